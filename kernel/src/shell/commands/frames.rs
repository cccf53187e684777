//! `frames`: who holds how many, whose a frame is, and whether the books agree.

use crate::memory::frames::{self, Owner};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use valhalla_core::frames::{Frame, PAGE_SIZE, State};
use valhalla_core::units::Bytes;

pub(super) static COMMAND: Command = Command {
    name: "frames",
    aliases: &[],
    group: Group::Memory,
    usage: "[check | ADDRESS]",
    summary: "physical frames by owner, or the owner of one",
    example: "\
              frames            who holds how many frames\n\
              frames check      goes through the books\n\
              frames 0x100000   the owner of the frame there",
    words: &["check"],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => list(),
        ["check"] => check()?,
        [address] => owner(parse_number(address)?)?,
        _ => return Err(CommandError::Usage),
    }
    Ok(())
}

fn list() {
    let statistics = frames::statistics();
    let line = |name: &str, count: u64| {
        println!("  {name:<16} {count:>8}  {:>10}", Bytes(count * PAGE_SIZE));
    };
    for owner in Owner::ALL {
        let count = statistics.used_by(owner);
        if count > 0 {
            line(owner.name(), count);
        }
    }
    line("bookkeeping", statistics.bookkeeping);
    line("free", statistics.free);
    line("all", statistics.total);
    println!(
        "  the longest free run within a block is {}",
        Bytes(frames::largest_free_run() * PAGE_SIZE)
    );
}

fn check() -> Result<(), CommandError> {
    frames::check_books().map_err(CommandError::failed)?;
    println!("the books agree: taken and free make up all, and each frame has its owner");
    Ok(())
}

fn owner(address: u64) -> Result<(), CommandError> {
    let frame = Frame::containing(address);
    match frames::owner_of(frame) {
        Some(State::Free) => println!("{frame} is free"),
        Some(State::Used(owner)) => println!("{frame} is held by: {}", owner.name()),
        Some(State::Bookkeeping) => println!("{frame} holds the allocator's books"),
        None => return Err(CommandError::failed(format_args!("{frame} is not ours to give"))),
    }
    Ok(())
}
