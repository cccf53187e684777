//! `acpi tree`, `eval`, `devices`, `prt`, `aml`, `fuzz`: the firmware's own
//! programs, interpreted on first use.

use crate::acpi::aml::{self, Error, Mode, Verdict};
use crate::memory::{frames, heap};
use crate::println;
use crate::shell::command::{CommandError, Session, parse_number};
use alloc::string::String;
use alloc::vec::Vec;
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::sdt::HEADER_LENGTH;
use valhalla_core::random::Random;

/// Arguments that a method takes.
const MOST_ARGUMENTS: usize = 7;

/// The name space, or the part below a path.
pub(super) fn tree(session: &mut Session<'_>, path: &str) -> Result<(), CommandError> {
    show(session, aml::tree(path))
}

/// The value of an object, or what a method returns.
pub(super) fn eval(
    session: &mut Session<'_>,
    path: &str,
    arguments: &[&str],
) -> Result<(), CommandError> {
    let mut numbers = [0_u64; MOST_ARGUMENTS];
    let room = numbers.get_mut(..arguments.len()).ok_or(CommandError::Usage)?;
    for (number, text) in room.iter_mut().zip(arguments) {
        *number = parse_number(text)?;
    }
    show(session, aml::evaluate(path, room))
}

/// Every device with what the firmware says about it.
pub(super) fn devices(session: &mut Session<'_>) -> Result<(), CommandError> {
    show(session, aml::devices())
}

/// Where the interrupts of PCI devices arrive.
pub(super) fn prt(session: &mut Session<'_>, mode: Mode) -> Result<(), CommandError> {
    show(session, aml::routes(mode))
}

/// What is loaded.
pub(super) fn state() {
    println!("  AML is {}", aml::describe());
}

/// Another try, after AML was off.
pub(super) fn reload() -> Result<(), CommandError> {
    aml::reload().map_err(CommandError::failed)?;
    state();
    Ok(())
}

fn show(session: &mut Session<'_>, answer: Result<String, Error>) -> Result<(), CommandError> {
    for line in answer.map_err(CommandError::failed)?.lines() {
        session.check()?;
        println!("{line}");
    }
    Ok(())
}

/// Flips a bit in each of `count` copies of the DSDT and loads each: the kernel
/// goes on, and gets all of its memory back.
pub(super) fn fuzz(session: &mut Session<'_>, seed: u64, count: u64) -> Result<(), CommandError> {
    let dsdt = super::table(session.machine.tables, Signature::DSDT)?;
    let code = dsdt.bytes().get(HEADER_LENGTH..).unwrap_or(&[]);
    let mut copy = Vec::new();
    copy.try_reserve_exact(code.len())
        .map_err(|_| CommandError::failed("no memory for a copy of the DSDT"))?;
    copy.extend_from_slice(code);
    let mut random = Random::new(seed);
    let mut verdicts = [0_u64; 5];
    // Once unharmed, so that what is made once (page tables) is there before
    // memory is compared.
    aml::try_dsdt(&copy).map_err(CommandError::failed)?;
    let before = (heap::statistics().used, frames::statistics().used - heap_pages());
    for done in 0..count {
        session.check()?;
        session.progress(done, count);
        let at = (random.number() % (code.len() as u64).max(1)) as usize;
        let flip = 1 << (random.number() % 8);
        if let Some(byte) = copy.get_mut(at) {
            *byte ^= flip;
        }
        let verdict = aml::try_dsdt(&copy).map_err(CommandError::failed)?;
        if let Some(count) = verdicts.get_mut(verdict as usize) {
            *count += 1;
        }
        if let Some(byte) = copy.get_mut(at) {
            *byte ^= flip;
        }
    }
    let after = (heap::statistics().used, frames::statistics().used - heap_pages());
    let count_of = |verdict: Verdict| verdicts.get(verdict as usize).copied().unwrap_or(0);
    println!(
        "  {count} flips with seed {seed}: {} loaded, {} refused, {} panics, {} faults, {} time-outs",
        count_of(Verdict::Loaded),
        count_of(Verdict::Refused),
        count_of(Verdict::Panicked),
        count_of(Verdict::Faulted),
        count_of(Verdict::TimedOut)
    );
    if before != after {
        return Err(CommandError::failed(format_args!(
            "heap and frames in use were {before:?} before and are {after:?} now"
        )));
    }
    println!("  heap and frames as before");
    Ok(())
}

/// Frames that the heap keeps for later.
fn heap_pages() -> u64 {
    heap::statistics().mapped / 4096
}
