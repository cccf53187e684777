//! `heap`: figures, a picture, and a fuzzer.

use crate::memory::heap::{self, HeapStatistics};
use crate::memory::stopped;
use crate::shell::bar::{Bar, Part};
use crate::shell::command::{
    Command, CommandError, Group, Reach, Session, expect_none, parse_number,
};
use crate::{print, println};
use alloc::vec::Vec;
use valhalla_core::random::Random;
use valhalla_core::terminal::Colour;
use valhalla_core::units::{Bytes, Many};

pub(super) static COMMAND: Command = Command {
    name: "heap",
    aliases: &[],
    group: Group::Memory,
    usage: "stats|map|fuzz SEED COUNT",
    summary: "the heap: figures, a picture, random use",
    example: "\
              heap stats           figures\n\
              heap map             which parts are in use\n\
              heap fuzz 7 1000     1,000 random allocations from seed 7",
    words: &["stats", "map", "fuzz"],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => {
            stats(&heap::statistics());
            Ok(())
        }
        ["stats", rest @ ..] => expect_none(rest).map(|()| stats(&heap::statistics())),
        ["map", rest @ ..] => expect_none(rest).map(|()| map(&heap::statistics())),
        ["fuzz", seed, count] => fuzz(session, parse_number(seed)?, parse_number(count)?),
        _ => Err(CommandError::Usage),
    }
}

fn stats(heap: &HeapStatistics) {
    println!("  in use       {:>10}  in {} allocations", Bytes(heap.used as u64), heap.allocations);
    println!(
        "  free         {:>10}  in {}",
        Bytes(heap.free as u64),
        Many(heap.gaps as u64, "gap")
    );
    println!("  bookkeeping  {:>10}", Bytes(heap.overhead() as u64));
    println!("  mapped       {:>10}", Bytes(heap.mapped));
    println!("  may grow to  {:>10}", Bytes(heap.limit));
    println!("  so far       {:>10} allocations", heap.total_allocations);
    let left = stopped::heap_bytes();
    if left > 0 {
        println!("  left behind  {:>10}  of those in use, by stopped commands", Bytes(left));
    }
}

fn map(heap: &HeapStatistics) {
    let parts = [
        Part { bytes: heap.used as u64, colour: Colour::LightRed, name: "in use" },
        Part { bytes: heap.overhead() as u64, colour: Colour::LightMagenta, name: "bookkeeping" },
        Part { bytes: heap.free as u64, colour: Colour::LightGreen, name: "free" },
    ];
    print!("{}", Bar(&parts));
    println!(
        "  of {} mapped, in a window that may grow to {}",
        Bytes(heap.mapped),
        Bytes(heap.limit)
    );
}

/// Blocks that live at the same time.
const SLOTS: usize = 128;
/// The largest block in bytes.
const LARGEST: u64 = 16 * 1024;
/// Rounds between two looks at whether somebody wants it to stop.
const LOOK_EVERY: u64 = 256;
/// More rounds than anybody waits for.
const MOST_ROUNDS: u64 = 10_000_000;

/// Allocates and frees at random, fills each block with a pattern of its own
/// and looks for it again: a block that was handed out twice shows.
fn fuzz(session: &mut Session<'_>, seed: u64, rounds: u64) -> Result<(), CommandError> {
    if rounds > MOST_ROUNDS {
        return Err(CommandError::failed(format_args!("at most {MOST_ROUNDS} rounds")));
    }
    let before = heap::statistics();
    let mut random = Random::new(seed);
    let mut slots = [const { None::<Vec<u8>> }; SLOTS];
    let mut refused = 0_u64;
    for round in 0..rounds {
        if round % LOOK_EVERY == 0 {
            session.progress(round, rounds);
            session.check()?;
        }
        let choice = random.number();
        let number = choice as usize % SLOTS;
        let Some(slot) = slots.get_mut(number) else { continue };
        match slot.take() {
            Some(block) => check(&block, number, round)?,
            None => match filled(choice >> 32, number) {
                Some(block) => *slot = Some(block),
                None => refused += 1,
            },
        }
    }
    for (number, block) in slots.into_iter().enumerate() {
        if let Some(block) = block {
            check(&block, number, rounds)?;
        }
    }
    let after = heap::statistics();
    println!(
        "  {} with seed {seed}, {} refused, every block intact",
        Many(rounds, "round"),
        Many(refused, "allocation")
    );
    if (before.used, before.allocations) == (after.used, after.allocations) {
        Ok(())
    } else {
        Err(CommandError::failed("the heap did not come back to where it was"))
    }
}

/// A block whose size `choice` decides, small ones more often; `None` when
/// there is no memory for it.
fn filled(choice: u64, number: usize) -> Option<Vec<u8>> {
    let limit = LARGEST >> (choice % 10);
    let size = 1 + (choice >> 8) % limit.max(1);
    let mut block = Vec::new();
    block.try_reserve_exact(size as usize).ok()?;
    block.resize(size as usize, number as u8);
    Some(block)
}

fn check(block: &[u8], number: usize, round: u64) -> Result<(), CommandError> {
    match block.iter().find(|byte| **byte != number as u8) {
        None => Ok(()),
        Some(byte) => Err(CommandError::failed(format_args!(
            "block {number} held {byte:#04x} in round {round}: the heap is broken"
        ))),
    }
}
