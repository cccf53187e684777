//! `heap_test`: a `Box` and a growing `Vec`, and the heap back to where it was.

use crate::memory::heap;
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use alloc::vec::Vec;
use core::hint::black_box;
use valhalla_core::units::Bytes;

pub(super) static COMMAND: Command = Command {
    name: "heap_test",
    aliases: &[],
    group: Group::Testing,
    usage: "",
    summary: "a Box and a growing Vec on the heap, checked",
    example: "heap_test    a Box and a Vec that grows, checked",
    words: &[],
    reach: Reach::Bulk,
    run,
};

/// Numbers in the `Vec`: 512 KiB, more than the heap starts with.
const NUMBERS: u64 = 64 * 1024;

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let before = heap::statistics();
    boxed()?;
    growing()?;
    let after = heap::statistics();
    println!(
        "  heap: {} in {} allocations before, {} in {} after; {} mapped",
        Bytes(before.used as u64),
        before.allocations,
        Bytes(after.used as u64),
        after.allocations,
        Bytes(after.mapped)
    );
    if (before.used, before.allocations) != (after.used, after.allocations) {
        return Err(CommandError::failed("the heap did not come back to where it was"));
    }
    println!("  heap_test passed");
    Ok(())
}

fn boxed() -> Result<(), CommandError> {
    let value = heap::try_box(black_box(0x5641_4c48_414c_4c41_u64))
        .map_err(|_| CommandError::failed("there is no memory for a Box"))?;
    println!("  Box: {:#x} at {:p}", *value, &*value);
    if *value == 0x5641_4c48_414c_4c41 {
        Ok(())
    } else {
        Err(CommandError::failed("the Box holds another value"))
    }
}

fn growing() -> Result<(), CommandError> {
    let mut numbers = Vec::new();
    let mut moves = 0;
    for number in 0..NUMBERS {
        if numbers.len() == numbers.capacity() {
            let more = numbers.capacity().max(512);
            numbers.try_reserve_exact(more).map_err(|_| {
                CommandError::failed(format_args!("out of memory after {number} numbers"))
            })?;
            moves += 1;
        }
        numbers.push(square(number));
    }
    let numbers = black_box(numbers);
    let wrong = (0..NUMBERS).zip(&numbers).find(|(number, found)| square(*number) != **found);
    if let Some((number, found)) = wrong {
        return Err(CommandError::failed(format_args!("number {number} became {found}")));
    }
    println!("  Vec: {} numbers, grown {moves} times, all as written", numbers.len());
    Ok(())
}

const fn square(number: u64) -> u64 {
    number.wrapping_mul(number)
}
