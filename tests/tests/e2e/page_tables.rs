//! Broken page tables: bits of entries flip while the kernel sleeps.

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// Where the kernel's image begins.
const IMAGE: u64 = 0xffff_ffff_8000_0000;

/// Bits of a page-table entry: present, one of the frame's, one that is reserved
/// in a PML4E, no-execute.
const BITS: [(&str, u64); 4] =
    [("present", 1), ("frame", 1 << 20), ("reserved", 1 << 7), ("no_execute", 1 << 63)];

/// The PML4 entries of the kernel but for the image's own: what lies behind each.
const WINDOWS: [&str; 4] = ["direct map of RAM", "heap", "main stack", "local APIC"];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for window in WINDOWS {
        let name = window.replace(' ', "_").to_lowercase();
        for (bit, mask) in BITS {
            trials
                .push(test(format!("page_tables::{name}_{bit}_bit_is_never_a_reset"), move || {
                    never_a_reset(window, mask)
                }));
        }
    }
    trials.push(test("page_tables::a_lost_main_stack_is_reported_in_full", lost_main_stack));
    for door in [Door::Pvh, Door::GRUB_BIOS, Door::LIMINE_BIOS, Door::LIMINE_UEFI] {
        let name = format!("page_tables::{door}_audit_names_what_a_page_must_be");
        trials.push(test_at(door, name, audit_names_what_a_page_must_be));
    }
    trials
}

fn boot(door: Door) -> Outcome<Machine> {
    Recipe::new(door).with_qtest().boot_to_prompt()
}

/// `vm audit` finds each bit that flips in the entry of one page of the image, says
/// what the page is and what it must be, and nothing once the bit is back.
fn audit_names_what_a_page_must_be(door: Door) -> Outcome {
    const RIGHTS: [(u64, &str); 2] = [(1 << 1, "rw-"), (1 << 63, "r-x")];
    let mut machine = boot(door)?;
    let address = start_of(&mut machine, "kernel symbols")? + 0x8000;
    let entry = entry_of(&mut machine, "PTE", address)?;
    let frame = entry_in(&mut machine, entry)? & 0x000f_ffff_ffff_f000;
    let must_be = format!("must be {frame:#x}, r--, PAT0");
    let mut cases = vec![
        (1, "is not mapped".to_owned()),
        (1 << 12, format!("is {:#x}, r--, PAT0", frame ^ 1 << 12)),
        (1 << 51, "is broken: reserved bits 0x8000000000000 set in the PTE".to_owned()),
    ];
    cases.extend(RIGHTS.map(|(bit, rights)| (bit, format!("is {frame:#x}, {rights}, PAT0"))));
    let place = format!("{address:#x}, 4 KiB (kernel symbols)");
    for (bits, is) in &cases {
        machine.flip(entry, *bits)?;
        let answer = machine.run("vm audit")?;
        for words in [&place, is, &must_be, "pages looked at, 1 violation"] {
            ensure(answer.contains(words), || format!("no {words:?} in:\n{answer}"))?;
        }
        machine.flip(entry, *bits)?;
        let answer = machine.run("vm audit")?;
        ensure(answer.contains(" pages looked at, 0 violations"), || answer.clone())?;
    }
    machine.no_triple_fault()
}

/// The page-table entry at this physical address.
fn entry_in(machine: &mut Machine, address: u64) -> Outcome<u64> {
    let bytes = machine.qtest()?.read(address, 8)?;
    let bytes = <[u8; 8]>::try_from(bytes).map_err(|odd| Failure::new(format!("{odd:x?}")))?;
    Ok(u64::from_le_bytes(bytes))
}

/// The first address of this line of `vm map`.
fn start_of(machine: &mut Machine, what: &str) -> Outcome<u64> {
    let map = machine.run("vm map")?;
    let line = map.lines().find(|line| line.ends_with(&format!(" {what}")));
    let start = line.and_then(|line| u64::from_str_radix(line.get(..16)?, 16).ok());
    start.ok_or_else(|| Failure::new(format!("no {what:?} in:\n{map}")))
}

/// Where the entry of this level for an address is, by `vm walk`.
fn entry_of(machine: &mut Machine, level: &str, address: u64) -> Outcome<u64> {
    let walk = machine.run(&format!("vm walk {address:#x}"))?;
    let line = walk.lines().find_map(|line| line.trim().strip_prefix(level)?.split_once(" at 0x"));
    let entry = line.and_then(|(_, rest)| u64::from_str_radix(rest.split(':').next()?, 16).ok());
    entry.ok_or_else(|| Failure::new(format!("no {level} in:\n{walk}")))
}

/// The PML4 entry for `window` breaks. Behind it may be what the next interrupt
/// needs, or what the next command needs: either works, or a report says why not.
fn never_a_reset(window: &str, mask: u64) -> Outcome {
    let mut machine = boot(Door::Pvh)?;
    let address = start_of(&mut machine, window)?;
    let entry = entry_of(&mut machine, "PML4E", address)?;
    let image = entry_of(&mut machine, "PML4E", IMAGE)?;
    ensure(entry != image, || format!("{window} lies behind the image's own entry"))?;
    machine.flip(entry, mask)?;
    let serial = machine.serial()?;
    serial.send(b"heap_test\rnext")?;
    serial.wait_row("the answer, or the crash monitor", seconds(20), |line| {
        line.ends_with("valhalla> next") || line.starts_with("monitor>")
    })?;
    let text = machine.serial()?.text();
    let is_fine = text.contains("heap_test passed") || text.contains("*** ");
    ensure(is_fine, || format!("nothing was reported:\n{text}"))?;
    machine.no_triple_fault()
}

/// The stack that the kernel runs on is gone: the report is written on another,
/// names it, and ends where the stack cannot be read.
fn lost_main_stack() -> Outcome {
    let mut machine = boot(Door::Pvh)?;
    let address = start_of(&mut machine, "main stack")?;
    let entry = entry_of(&mut machine, "PML4E", address)?;
    machine.flip(entry, 1)?;
    let serial = machine.serial()?;
    serial.send(b"\r")?;
    for text in [
        "*** CPU exception: double fault (#DF, vector 8)",
        "(main stack)",
        "not mapped: PML4E not present",
        "Backtrace:",
        "the chain ends",
        "walk of 0x",
        "The log's last",
        "monitor>",
    ] {
        serial.wait_for(text, seconds(20))?;
    }
    let text = machine.serial()?.text();
    ensure(!text.contains("While this was reported"), || format!("a second failure:\n{text}"))?;
    machine.no_triple_fault()
}
