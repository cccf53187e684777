//! `memmap`: the loader's memory map, cleaned.

use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use valhalla_core::units::Bytes;

pub(super) static COMMAND: Command = Command {
    name: "memmap",
    aliases: &[],
    group: Group::Memory,
    usage: "",
    summary: "the machine's physical memory map",
    example: "memmap    the ranges that the firmware reported",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let boot = &session.machine.boot;
    let mut usable = 0;
    for region in boot.regions {
        println!(
            "  {:#014x} .. {:#014x}  {:>9}  {}",
            region.start,
            region.end,
            Bytes(region.len()),
            region.kind.name()
        );
        if region.kind == valhalla_core::regions::RegionKind::Usable {
            usable += region.len();
        }
    }
    println!("  {} regions, {} usable", boot.regions.len(), Bytes(usable));
    if boot.regions_dropped > 0 {
        println!(
            "  {} entries of the loader's map did not fit and are not used",
            boot.regions_dropped
        );
    }
    Ok(())
}
