//! `about`: what this is, what it was built from, and on which terms.

use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::shell::labelled::{fact, words};

pub(super) static COMMAND: Command = Command {
    name: "about",
    aliases: &[],
    group: Group::General,
    usage: "",
    summary: "what this is, what it was built from, its licence",
    example: "about    the versions of the kernel, the compiler and every crate in it",
    words: &[],
    reach: Reach::Bulk,
    run,
};

/// Where facts begin.
const COLUMN: usize = 12;

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    println!("\x1b[97mValhalla OS\x1b[0m {}", env!("CARGO_PKG_VERSION"));
    println!("  A 64-bit higher-half kernel in Rust for x86_64 PCs, in which everything that");
    println!("  the kernel knows about the machine can be looked at, and most things tried.");
    fact("licence", COLUMN, env!("CARGO_PKG_LICENSE"));
    fact("compiler", COLUMN, env!("VALHALLA_RUSTC"));
    words("crates", COLUMN, env!("VALHALLA_CRATES").split_inclusive(", ").map(str::trim_end));
    println!("  The crates are their authors' work, each under its own licence.");
    Ok(())
}
