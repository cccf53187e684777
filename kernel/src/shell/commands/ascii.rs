//! `ascii`: the table of ASCII, and of Latin-1 after it.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{print, println};

pub(super) static COMMAND: Command = Command {
    name: "ascii",
    aliases: &[],
    group: Group::General,
    usage: "",
    summary: "the table of ASCII and Latin-1, by hexadecimal code",
    example: "\
              ascii    row + column is the code: A stands in row 40, column 1: 0x41\n\
              What a display's font lacks, it shows by a substitute.",
    words: &[],
    reach: Reach::Bulk,
    run,
};

/// The codes that do something and show nothing (ECMA-6, table 1).
const CONTROLS: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR",
    "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
    "FS", "GS", "RS", "US",
];

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    print!("    \x1b[36m");
    for column in 0..16 {
        print!("   {column:X}");
    }
    println!("\x1b[0m");
    // 0x80 to 0x9F are controls again, which nobody uses.
    for row in (0..0x80_u8).step_by(16).chain((0xa0..=0xf0).step_by(16)) {
        print!("  \x1b[36m{row:02X}\x1b[0m");
        for code in row..=row | 0xf {
            match (CONTROLS.get(usize::from(code)), code) {
                (Some(name), _) => print!("\x1b[90m{name:>4}\x1b[0m"),
                (None, 0x7f) => print!("\x1b[90m DEL\x1b[0m"),
                // A soft hyphen shows only where a line ends.
                (None, 0xad) => print!("\x1b[90m SHY\x1b[0m"),
                (None, code) => print!("{:>4}", char::from(code)),
            }
        }
        println!();
    }
    Ok(())
}
