//! `mem`: who holds how much memory.

use crate::memory::{frames, heap};
use crate::println;
use crate::shell::command::{Command, CommandError, Session, expect_none};
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::units::Bytes;

pub(super) static COMMAND: Command = Command {
    name: "mem",
    aliases: &["free"],
    usage: "",
    summary: "memory in use: frames and heap",
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let frames = frames::statistics();
    let heap = heap::statistics();
    let line = |name: &str, count: u64| {
        println!("  {name:<12} {count:>10} frames  {:>9}", Bytes(count * PAGE_SIZE));
    };
    line("usable", frames.total);
    line("free", frames.free);
    line("in use", frames.used);
    line("bookkeeping", frames.bookkeeping);
    line("longest run", frames::largest_free_run());
    println!(
        "  heap: {} in {} allocations, {} mapped, may grow to {}",
        Bytes(heap.used as u64),
        heap.allocations,
        Bytes(heap.mapped),
        Bytes(heap.limit)
    );
    Ok(())
}
