//! `cmdline`: what the boot entry asked for, and what it could ask for.

use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use valhalla_core::options::{OPTIONS, Options};

pub(super) static COMMAND: Command = Command {
    name: "cmdline",
    aliases: &["options"],
    group: Group::System,
    usage: "",
    summary: "the kernel command line, and what each option does",
    example: "\
              cmdline    what was given, what is in force, what was ignored and why\n\
              The boot menu's entries differ in it; e in the menu edits it for one boot.",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let options = Options::parse(session.machine.boot.cmdline.as_str());
    match options.text().trim() {
        "" => println!("nothing was given: every option is at its default"),
        text => println!("given: \x1b[97m{text}\x1b[0m"),
    }
    if session.machine.boot.cmdline.is_cut() {
        println!("\x1b[93mit was longer, and the rest is lost\x1b[0m");
    }
    for option in OPTIONS {
        match options.given(option.name) {
            Some(value) => println!("  \x1b[92m{}={value}\x1b[0m", option.name),
            None => println!("  \x1b[96m{}\x1b[0m=\x1b[36m{}\x1b[0m", option.name, option.values),
        }
        println!("      {}", option.help);
    }
    let mut complaints = options.complaints().peekable();
    if complaints.peek().is_some() {
        println!("not followed:");
    }
    for complaint in complaints {
        println!("  \x1b[93m{complaint}\x1b[0m");
    }
    Ok(())
}
