//! The kernel's own page tables, seen from outside by QEMU.

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, ensure};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// Where the kernel's image begins.
const IMAGE: u64 = 0xffff_ffff_8000_0000;
/// The first address that the lower half does not have.
const HIGHER_HALF: u64 = 0x8000_0000_0000;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for door in [Door::Pvh, Door::GRUB_BIOS, Door::LIMINE_BIOS, Door::LIMINE_UEFI] {
        for cpu in ["qemu64", "max"] {
            trials.push(test_at(
                door,
                format!("memory::{door}_{cpu}_walks_as_qemu_does"),
                move |door| walks_as_qemu_does(Recipe::new(door).cpu(cpu)),
            ));
        }
        trials.push(test_at(
            door,
            format!("memory::{door}_no_page_is_writable_and_executable"),
            |door| no_page_is_writable_and_executable(Recipe::new(door)),
        ));
    }
    trials.push(test("memory::what_a_stopped_command_took_is_named", stopped_command));
    trials
}

/// A test that takes every frame is stopped by its limit, because here an instruction
/// takes a microsecond: what it took is nobody's, and called that.
fn stopped_command() -> Outcome {
    // As much as is taken frame by frame: well over the limit's 20 s.
    let slow = Recipe::new(Door::Pvh).memory("250M").arg("-icount").arg("shift=10,sleep=off");
    let mut machine = slow.boot_to_prompt()?;
    let answer = machine.run("selftest taken")?;
    ensure(answer.contains("FAILED: it took too long"), || answer.clone())?;
    let frames = machine.run("frames")?;
    let line = frames.lines().find_map(|line| line.trim().strip_prefix("stopped commands"));
    let count = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    ensure(count.is_some_and(|count| count > 1_000), || frames.clone())?;
    ensure(!frames.contains("programs"), || frames.clone())?;
    let picture = machine.run("mem")?;
    let line = picture.lines().find(|line| line.contains("left by stopped commands"));
    ensure(line.is_some_and(|line| line.contains("MiB")), || picture.clone())?;
    let line = picture.lines().find(|line| line.contains("page tables, books"));
    ensure(line.is_some_and(|line| line.contains("KiB")), || picture.clone())?;
    let check = machine.run("frames check")?;
    ensure(check.contains("the books agree"), || check.clone())?;
    machine.no_triple_fault()
}

/// `vm walk` and QEMU's own page walk agree on every address.
fn walks_as_qemu_does(recipe: Recipe) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    let log = machine.serial()?.text();
    let hhdm = hexadecimal(&log, "HHDM at ")?;
    let heap = machine.run("heap_test")?;
    let heap = hexadecimal(&heap, "Box: 0x56414c48414c4c41 at ")?;
    let addresses =
        [IMAGE, IMAGE + 0x1234, hhdm + 0x1000, hhdm + 0x20_0123, hhdm + 0x80_0000, heap, 0, 0x1000];
    for address in addresses {
        let answer = machine.run(&format!("vm walk {address:#x}"))?;
        let ours = answer.contains("mapped to ").then(|| hexadecimal(&answer, "mapped to "));
        let ours = ours.transpose()?;
        let theirs = machine.qmp.human(&format!("gva2gpa {address:#x}"))?;
        let expected =
            theirs.contains("gpa: ").then(|| hexadecimal(&theirs, "gpa: ")).transpose()?;
        ensure(ours == expected, || {
            format!("{address:#x}: QEMU says {theirs}, we say:\n{answer}")
        })?;
        // Page 0 must be a hole; all the others were chosen because they are not.
        ensure(ours.is_some() == (address >= HIGHER_HALF), || {
            format!("{address:#x} is mapped to {ours:x?}")
        })?;
    }
    machine.no_triple_fault()
}

/// Every leaf that QEMU finds in the page tables keeps the rules.
fn no_page_is_writable_and_executable(recipe: Recipe) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    let leaves = leaves(&mut machine)?;
    ensure(leaves.len() > 20, || format!("only {} leaves found", leaves.len()))?;
    ensure(leaves.iter().any(|leaf| !leaf.no_execute), || "no text is executable".to_owned())?;
    for leaf in leaves {
        let why = if leaf.writable && !leaf.no_execute {
            "writable and executable"
        } else if leaf.user {
            "the user's"
        } else if leaf.start < HIGHER_HALF {
            "in the lower half"
        } else {
            continue;
        };
        return Err(Failure::new(format!("{:#x} is {why}: {}", leaf.start, leaf.text)));
    }
    machine.no_triple_fault()
}

/// A mapped page, as `info tlb` lists it.
struct Leaf {
    start: u64,
    no_execute: bool,
    writable: bool,
    user: bool,
    text: String,
}

/// Reads `info tlb`: lines of `VIRTUAL: PHYSICAL XGPDACTUW`, `-` where a flag is clear.
fn leaves(machine: &mut Machine) -> Outcome<Vec<Leaf>> {
    let text = machine.qmp.human("info tlb")?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let odd = || Failure::new(format!("info tlb: {line:?}"));
            let (start, rest) = line.split_once(": ").ok_or_else(odd)?;
            let flags = rest.split_whitespace().nth(1).ok_or_else(odd)?;
            Ok(Leaf {
                start: u64::from_str_radix(start, 16).map_err(|_| odd())?,
                no_execute: flags.contains('X'),
                writable: flags.contains('W'),
                user: flags.contains('U'),
                text: line.to_owned(),
            })
        })
        .collect()
}

/// The hexadecimal number behind `before`.
fn hexadecimal(text: &str, before: &str) -> Outcome<u64> {
    let rest = text.split(before).nth(1).and_then(|rest| rest.strip_prefix("0x"));
    let digits = rest.and_then(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next());
    digits
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Failure::new(format!("no number behind {before:?} in:\n{text}")))
}
