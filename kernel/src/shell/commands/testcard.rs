//! `testcard`: what the terminal and its font can do, to look at.
//!
//! Lines have to join, colours have to be the right ones, and each row has to end
//! at the same bar, whatever width its characters have.

use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};

pub(super) static COMMAND: Command = Command {
    name: "testcard",
    aliases: &[],
    group: Group::Testing,
    usage: "",
    summary: "shows lines, blocks, letters and attributes",
    example: "testcard    lines join, and every row ends at the same bar
VGA text has 256 characters: what it lacks is shown as what comes closest",
    words: &[],
    reach: Reach::Bulk,
    run,
};

/// Boxes side by side: light, heavy, double, round, and mixed ones.
const BOXES: [&str; 5] = [
    "┌──┬──┐ ┏━━┳━━┓ ╔══╦══╗ ╭──┬──╮ ┍━━┯━━┑ ╓──╥──╖ ╒══╤══╕",
    "│  │  │ ┃  ┃  ┃ ║  ║  ║ │  │  │ │  │  │ ║  ║  ║ │  │  │",
    "├──┼──┤ ┣━━╋━━┫ ╠══╬══╣ ├┄┄┼┈┈┤ ┝━━┿━━┥ ╟──╫──╢ ╞══╪══╡",
    "│  │  │ ┃  ┃  ┃ ║  ║  ║ │  │  │ │  │  │ ║  ║  ║ │  │  │",
    "└──┴──┘ ┗━━┻━━┛ ╚══╩══╝ ╰──┴──╯ ┕━━┷━━┙ ╙──╨──╜ ╘══╧══╛",
];

/// What each row shows.
const ROWS: [(&str, &str); 10] = [
    ("blocks", "▁▂▃▄▅▆▇█ ▏▎▍▌▋▊▉█ ▖▗▘▙▚▛▜▝▞▟ ▀▔▐▕ ░▒▓ ╱╲╳"),
    ("Latin-1", "¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿×÷"),
    ("letters", "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞß"),
    ("", "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"),
    ("others", "“Žluťoučký” — αβγ Привет … ←↑→↓ €™ ✓✗"),
    ("wide", "中文 한글 かな e\u{301}a\u{308}o\u{302} \u{feff}."),
    (
        "looks",
        "\x1b[1mbold\x1b[0m \x1b[4munderlined\x1b[0m \x1b[7minverse\x1b[0m \x1b[1;4;7mall\x1b[0m \x1b[8mhidden\x1b[0m",
    ),
    (
        "colours",
        "\x1b[31mred \x1b[92mgreen \x1b[38;5;208morange \x1b[38;2;255;105;180mpink \x1b[44m on blue \x1b[0m",
    ),
    ("DEC", "\x1b(0lqqwqqk x  x\x1b(B"),
    ("", "\x1b(0mqqvqqj `afgy~\x1b(B"),
];

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    for row in BOXES {
        println!("  {row} \x1b[60G│");
    }
    for (name, row) in ROWS {
        println!("  {name:<8}{row}\x1b[60G│");
    }
    Ok(())
}
