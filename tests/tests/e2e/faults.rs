//! Provoked exceptions: the report has the right name and address, nothing resets.

use std::fs;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, elf, ensure, images, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// A fault that the kernel does not survive.
struct Fault {
    /// What `fault` calls it.
    name: &'static str,
    /// The report's first line.
    title: &'static str,
    /// What else the report says.
    says: &'static [&'static str],
    /// What the instruction at the reported address starts with, one of these.
    instruction: &'static [&'static [u8]],
}

const FAULTS: [Fault; 5] = [
    Fault {
        name: "de",
        title: "*** CPU exception: divide error (#DE, vector 0)",
        says: &["error code 0x0"],
        // DIV and IDIV of 32 and 64 bits: F7 /6 and F7 /7, with or without REX.
        instruction: &[&[0xf7], &[0x48, 0xf7], &[0x49, 0xf7], &[0x41, 0xf7]],
    },
    Fault {
        name: "ud",
        title: "*** CPU exception: invalid opcode (#UD, vector 6)",
        says: &["error code 0x0"],
        instruction: &[&[0x0f, 0x0b]],
    },
    Fault {
        name: "pf",
        title: "*** CPU exception: page fault (#PF, vector 14)",
        says: &[
            "error code 0x0 (read of a page that is not mapped",
            "CR2 0x0000000000000008 (null page)",
        ],
        // MOV of 64 bits from memory.
        instruction: &[&[0x48, 0x8b], &[0x4c, 0x8b], &[0x49, 0x8b], &[0x4d, 0x8b]],
    },
    Fault {
        name: "gp",
        title: "*** CPU exception: general protection (#GP, vector 13)",
        says: &["error code 0x0"],
        instruction: &[&[0x48, 0x8b], &[0x4c, 0x8b], &[0x49, 0x8b], &[0x4d, 0x8b]],
    },
    Fault {
        name: "so",
        title: "*** CPU exception: double fault (#DF, vector 8)",
        says: &[
            "error code 0x0",
            "(guard page of the main stack)",
            "stack overflow: the main stack ran into its guard page",
        ],
        instruction: &[],
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = FAULTS
        .iter()
        .map(|fault| test(format!("faults::{}_is_reported", fault.name), || reported(fault)))
        .collect();
    trials.push(test("faults::bp_is_survived", breakpoint_is_survived));
    trials.push(test("faults::panic_is_reported", panic_is_reported));
    trials.push(test("faults::guarded_faults_come_back", guarded_faults_come_back));
    for door in [Door::GRUB_BIOS, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI] {
        trials.push(test_at(door, format!("faults::{door}_so_shows_on_the_screen"), on_screen));
    }
    trials
}

fn provoke(machine: &mut Machine, name: &str) -> Outcome<String> {
    machine.serial()?.send(format!("fault {name}\r").as_bytes())?;
    let serial = machine.serial()?;
    serial.wait_for("*** CPU exception", seconds(20))?;
    serial.wait_for("System halted.", seconds(20))?;
    serial.wait_for("monitor>", seconds(20))?;
    let text = machine.serial()?.text();
    let start = text.find("*** CPU exception").unwrap_or_default();
    Ok(text[start..].to_owned())
}

fn reported(fault: &Fault) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let report = provoke(&mut machine, fault.name)?;
    let first = report.lines().next().unwrap_or_default();
    ensure(first == fault.title, || format!("{:?} expected:\n{report}", fault.title))?;
    for text in fault.says {
        ensure(report.contains(text), || format!("{text:?} expected:\n{report}"))?;
    }
    for register in ["RAX", "RBX", "RSP", "RBP", "R8 ", "R15", "RFLAGS"] {
        value(&report, register)?;
    }

    // The address is that of the instruction that did it: the kernel's file shows it there.
    let rip = value(&report, "RIP")?;
    let code = elf::bytes_at(&fs::read(images::kernel()?)?, rip, 4)?;
    let right =
        fault.instruction.is_empty() || fault.instruction.iter().any(|b| code.starts_with(b));
    ensure(right, || format!("at RIP {rip:#x} the kernel has {code:02x?}:\n{report}"))?;
    if fault.name == "so" {
        // The overflow struck right below the stack, where its pointer was.
        let (cr2, rsp) = (value(&report, "CR2")?, value(&report, "RSP")?);
        ensure(cr2.abs_diff(rsp) <= 0x1000, || format!("CR2 is far from RSP:\n{report}"))?;
    }
    machine.no_triple_fault()
}

fn breakpoint_is_survived() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run("fault bp")?;
    let line = answer.lines().find(|line| line.starts_with("*** breakpoint (#BP, vector 3) at 0x"));
    let line = line.ok_or_else(|| Failure::new(format!("no breakpoint report:\n{answer}")))?;
    // The saved address is behind the instruction.
    let rip = value(line, "at")?;
    let code = elf::bytes_at(&fs::read(images::kernel()?)?, rip - 1, 1)?;
    ensure(code == [0xcc], || format!("before {rip:#x} the kernel has {code:02x?}"))?;
    let answer = machine.run("echo alive")?;
    ensure(answer == "alive", || format!("echo answered {answer:?}"))?;
    machine.no_triple_fault()
}

fn panic_is_reported() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let serial = machine.serial()?;
    serial.send(b"fault panic\r")?;
    serial.wait_for("*** Kernel panic: asked for at the prompt", seconds(20))?;
    serial.wait_for("kernel/src/shell/commands/fault.rs:", seconds(20))?;
    serial.wait_for("System halted.", seconds(20))?;
    serial.wait_for("monitor>", seconds(20))?;
    machine.no_triple_fault()
}

fn guarded_faults_come_back() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for fault in &FAULTS {
        let name = fault.title.trim_start_matches("*** CPU exception: ");
        let answer = machine.run(&format!("fault {} guarded", fault.name))?;
        let expected = format!("came back from: {name} at 0x");
        ensure(answer.contains(&expected), || format!("{expected:?} expected:\n{answer}"))?;
    }
    let answer = machine.run("fault panic guarded")?;
    let expected = "came back from: panic: asked for at the prompt";
    ensure(answer.contains(expected), || format!("{expected:?} expected:\n{answer}"))?;
    machine.no_triple_fault()
}

fn on_screen(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).boot_to_prompt()?;
    provoke(&mut machine, "so")?;
    let title = "*** CPU exception: double fault (#DF, vector 8)";
    machine.wait_screen(title, seconds(20), |screen| {
        screen.contains(title) && screen.contains("stack overflow") && screen.last() == "monitor>"
    })?;
    machine.no_triple_fault()
}

/// The hexadecimal number behind `name` in a report.
fn value(report: &str, name: &str) -> Outcome<u64> {
    let start = format!("{name} 0x");
    let digits = report.split(&start).nth(1).map(|rest| {
        rest.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default().to_owned()
    });
    digits
        .and_then(|digits| u64::from_str_radix(&digits, 16).ok())
        .ok_or_else(|| Failure::new(format!("no {name} in:\n{report}")))
}
