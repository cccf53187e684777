//! `mem`: a picture of RAM by kind, then figures.

use crate::memory::frames::{self, Owner};
use crate::memory::heap;
use crate::shell::bar::{Bar, Part};
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{print, println};
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::regions::RegionKind;
use valhalla_core::terminal::Colour;
use valhalla_core::units::Bytes;

pub(super) static COMMAND: Command = Command {
    name: "mem",
    aliases: &["free"],
    group: Group::Memory,
    usage: "",
    summary: "a picture of RAM, and who holds how much",
    example: "mem    RAM as a bar, and who holds how much",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let of_kind = |kind| -> u64 {
        let regions = session.machine.boot.regions.iter();
        regions.filter(|region| region.kind == kind).map(|region| region.len()).sum()
    };
    let frames = frames::statistics();
    let heap = heap::statistics();
    let held_by = |owner| frames.used_by(owner) * PAGE_SIZE;
    let tables = frames.used_by(Owner::Table) + frames.bookkeeping;
    let named = [Owner::Heap, Owner::Stack, Owner::Table, Owner::Stopped];
    let rest = Owner::ALL.into_iter().filter(|owner| !named.contains(owner)).map(held_by).sum();
    let parts = [
        Part {
            bytes: of_kind(RegionKind::KernelAndModules),
            colour: Colour::LightRed,
            name: "kernel image",
        },
        Part { bytes: held_by(Owner::Heap), colour: Colour::Yellow, name: "heap" },
        Part { bytes: held_by(Owner::Stack), colour: Colour::LightCyan, name: "stacks" },
        Part {
            bytes: tables * PAGE_SIZE,
            colour: Colour::LightMagenta,
            name: "page tables, books",
        },
        Part { bytes: rest, colour: Colour::Cyan, name: "others (see frames)" },
        Part {
            bytes: held_by(Owner::Stopped),
            colour: Colour::Brown,
            name: "left by stopped commands",
        },
        Part { bytes: frames.free * PAGE_SIZE, colour: Colour::LightGreen, name: "free" },
        Part {
            bytes: of_kind(RegionKind::AcpiReclaimable) + of_kind(RegionKind::AcpiNvs),
            colour: Colour::LightBlue,
            name: "ACPI",
        },
    ];
    print!("{}", Bar(&parts));
    println!(
        "  {} of {} frames free, longest run {}",
        frames.free,
        frames.total,
        Bytes(frames::largest_free_run() * PAGE_SIZE)
    );
    println!(
        "  heap: {} in {} allocations, may grow to {}",
        Bytes(heap.used as u64),
        heap.allocations,
        Bytes(heap.limit)
    );
    Ok(())
}
