//! Interrupt controllers: every machine brings its interrupts by each way it has.
//!
//! The matrix boots one ISO on {BIOS, UEFI} x {pc, q35} x {with, without HPET} x
//! {1, 4 processors}, tries the I/O APICs there and then, live, the 8259s; and
//! x2APIC through the quick door, where the QEMU that is used can do it. The
//! table of results is in `controllers.txt`, beside the images.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::time::Instant;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::qtest::{Pic, pic_path};
use harness::{Failure, Outcome, ensure, images, keys, recipe, seconds};
use libtest_mimic::{Completion, Trial};

use crate::interrupts::inject_nmi;
use crate::{failed, test};

/// The least QEMU that does x2APIC without hardware help.
const X2APIC_FROM: u32 = 9;
/// Keys pressed and let go.
const KEYS: u64 = 60;
/// Changes of mode while keys are pressed.
const CHANGES: usize = 100;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (board, hpet, cpus) in boards() {
        let machine = if hpet { board.to_owned() } else { format!("{board},hpet=off") };
        let what = format!("{board}_{}_{cpus}cpu", if hpet { "hpet" } else { "no_hpet" });
        for (firmware, door) in [("bios", Door::GRUB_BIOS), ("uefi", Door::GRUB_UEFI)] {
            let (row, machine) = (format!("{firmware}_{what}"), machine.clone());
            trials.push(test(format!("controllers::{row}"), move || {
                both_ways(&row, Recipe::new(door).machine(&machine), cpus)
            }));
        }
        let row = format!("pvh_{what}_x2apic");
        trials.push(Trial::ignorable_test(format!("controllers::{row}"), move || {
            if recipe::qemu_version().map_err(failed)? < X2APIC_FROM {
                note(&row, "x2APIC", "skipped: this QEMU cannot");
                return Ok(Completion::ignored_with("x2APIC wants QEMU 9 or later"));
            }
            x2apic(&row, &machine, cpus).map(|()| Completion::Completed).map_err(failed)
        }));
    }
    for board in ["pc", "q35"] {
        trials.push(test(format!("controllers::{board}_no_acpi"), move || no_acpi(board)));
    }
    for way in ["pic", "apic"] {
        trials.push(test(format!("controllers::{way}_counts_every_key"), move || count_keys(way)));
        trials.push(test(format!("controllers::{way}_nmi"), move || nmi(way)));
    }
    trials.push(test("controllers::changing_while_typing_loses_no_key", change_while_typing));
    trials.push(test("controllers::timer_and_keyboard_move_to_other_vectors", move_lines));
    trials.push(test("controllers::a_stuck_line_is_masked", stuck_line));
    for way in ["pic", "apic"] {
        trials.push(test(format!("controllers::{way}_a_busy_line_is_no_storm"), move || busy(way)));
    }
    trials.push(test("controllers::apic_pulses_of_nobody_are_survived", pulses));
    trials
}

fn boards() -> impl Iterator<Item = (&'static str, bool, u32)> {
    ["pc", "q35"].into_iter().flat_map(|board| {
        [true, false].into_iter().flat_map(move |hpet| [1, 4].map(|cpus| (board, hpet, cpus)))
    })
}

/// Notes a result; the table is written anew each time, so that it is whole
/// whatever comes later.
fn note(row: &str, mode: &str, result: &str) {
    static TABLE: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let Ok(mut table) = TABLE.lock() else { return };
    table.insert(format!("{row:<28} {mode:<7}"), result.to_owned());
    let text: String = table.iter().map(|(row, result)| format!("{row} {result}\n")).collect();
    // The table is for people; the trials say for themselves how they ended.
    let _ = fs::write(images::build_dir().join("controllers.txt"), text);
}

/// Runs `check` and notes how it ended.
fn noted(row: &str, mode: &str, check: impl FnOnce() -> Outcome<String>) -> Outcome {
    match check() {
        Ok(result) => {
            note(row, mode, &format!("passed: {result}"));
            Ok(())
        }
        Err(failure) => {
            note(row, mode, "FAILED");
            Err(failure.during(format!("{row}, {mode}")))
        }
    }
}

fn both_ways(row: &str, recipe: Recipe, cpus: u32) -> Outcome {
    let mut machine = recipe.arg("-smp").arg(&cpus.to_string()).boot_to_prompt()?;
    noted(row, "xAPIC", || works(&mut machine, "xAPIC", "selftest"))?;
    let answer = machine.run("irq mode pic")?;
    ensure(answer.contains("mode PIC"), || format!("irq mode pic answered {answer:?}"))?;
    noted(row, "PIC", || works(&mut machine, "PIC", "selftest interrupts"))?;
    machine.no_triple_fault()
}

fn x2apic(row: &str, board: &str, cpus: u32) -> Outcome {
    let recipe = Recipe::new(Door::Pvh).machine(board).cpu("max").cmdline("x2apic=on");
    let mut machine = recipe.arg("-smp").arg(&cpus.to_string()).boot_to_prompt()?;
    noted(row, "x2APIC", || works(&mut machine, "x2APIC", "selftest"))?;
    machine.no_triple_fault()
}

fn no_acpi(board: &str) -> Outcome {
    // Without ACPI there is no MADT, so nothing tells of an I/O APIC; under
    // q35 SeaBIOS has tables of its own, and either way is right.
    let recipe = Recipe::new(Door::Pvh).machine(&format!("{board},acpi=off"));
    let mut machine = recipe.boot_to_prompt()?;
    let answer = machine.run("irq mode")?;
    let mode = if answer.contains("mode PIC") { "PIC" } else { "xAPIC" };
    ensure(board == "q35" || mode == "PIC", || format!("without a MADT: {answer}"))?;
    noted(&format!("pvh_{board}_acpi_off"), mode, || works(&mut machine, mode, "selftest"))?;
    machine.no_triple_fault()
}

/// Serial, keyboard and timer work, `irq` tells the mode, and tests pass.
fn works(machine: &mut Machine, mode: &str, tests: &str) -> Outcome<String> {
    let answer = machine.run("irq")?;
    ensure(answer.contains(&format!("mode {mode}:")), || format!("not {mode}:\n{answer}"))?;
    let ping = machine.run("ping")?;
    ensure(ping.contains("pong"), || format!("ping answered {ping}"))?;
    let before = row_of(machine, "IRQ 1 ")?;
    machine.type_command("echo typed")?;
    // Ten letters and a return, each pressed and let go.
    wait_for_keys(machine, before.arrived + 22)?;
    let answer = machine.serial()?.run_within(tests, seconds(120))?;
    let counts = answer.lines().find(|line| line.contains(" passed, 0 failed"));
    counts.map(str::to_owned).ok_or_else(|| Failure::new(format!("{tests}:\n{answer}")))
}

/// The two counts of a line in `irq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) arrived: u64,
    pub(crate) ended: u64,
}

pub(crate) fn row_of(machine: &mut Machine, source: &str) -> Outcome<Row> {
    let answer = machine.run("irq")?;
    row_in(&answer, source)
}

fn row_in(answer: &str, source: &str) -> Outcome<Row> {
    let line = answer.lines().find(|line| line.trim_start().starts_with(source));
    let mut numbers = line.into_iter().flat_map(|line| line.split_whitespace().rev());
    let mut next = || numbers.next().and_then(|word| word.parse().ok());
    let (ended, arrived) = (next(), next());
    match (arrived, ended) {
        (Some(arrived), Some(ended)) => Ok(Row { arrived, ended }),
        _ => Err(Failure::new(format!("no counts of {source:?} in:\n{answer}"))),
    }
}

/// How often QEMU raised line 1 of `controller`, by its own count.
fn raised(machine: &mut Machine, controller: &str) -> Outcome<u64> {
    let statistics = machine.qmp.human("info irq")?;
    let ours = statistics.split("IRQ statistics for ").find(|part| part.starts_with(controller));
    let line = ours.and_then(|part| part.lines().find_map(|line| line.trim().strip_prefix("1:")));
    line.and_then(|count| count.trim().parse().ok())
        .ok_or_else(|| Failure::new(format!("no line 1 of {controller} in:\n{statistics}")))
}

/// A key is two interrupts, pressed and let go: as many as QEMU raised, each
/// acknowledged. Shift leaves the prompt alone.
fn count_keys(way: &str) -> Outcome {
    let recipe = Recipe::new(Door::Pvh).cmdline(&format!("irq={way}"));
    let mut machine = recipe.boot_to_prompt()?;
    let controller = if way == "pic" { "isa-i8259" } else { "ioapic" };
    let before = (row_of(&mut machine, "IRQ 1 ")?, raised(&mut machine, controller)?);
    for key in 1..=KEYS {
        keys::press(&mut machine.qmp, &["shift"])?;
        // The keyboard's queue holds 16 bytes, and this is about none lost.
        wait_for_keys(&mut machine, before.0.arrived + 2 * key)?;
    }
    let after = (row_of(&mut machine, "IRQ 1 ")?, raised(&mut machine, controller)?);
    let counts = [
        ("arrived", after.0.arrived - before.0.arrived),
        ("ended", after.0.ended - before.0.ended),
        ("raised by QEMU", after.1 - before.1),
    ];
    for (what, count) in counts {
        ensure(count == 2 * KEYS, || format!("{KEYS} keys, but {count} {what}"))?;
    }
    machine.no_triple_fault()
}

/// QEMU holds each key for a while, so the last ones come late.
fn wait_for_keys(machine: &mut Machine, arrived: u64) -> Outcome {
    let deadline = Instant::now() + seconds(30);
    loop {
        let row = row_of(machine, "IRQ 1 ")?;
        if row.arrived >= arrived {
            return Ok(());
        }
        ensure(Instant::now() < deadline, || format!("{arrived} interrupts expected, {row:?}"))?;
    }
}

/// Between any two changes a key is pressed, and nobody waits for it.
fn change_while_typing() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let before = row_of(&mut machine, "IRQ 1 ")?;
    for change in 0..CHANGES {
        // It goes up in the middle of the change.
        keys::hold(&mut machine.qmp, "shift")?;
        let mode = if change % 2 == 0 { "pic" } else { "apic" };
        let answer = machine.run(&format!("irq mode {mode}"))?;
        ensure(answer.contains("bring the lines"), || format!("irq mode {mode}: {answer}"))?;
    }
    let expected = before.arrived + 2 * CHANGES as u64;
    wait_for_keys(&mut machine, expected)?;
    let after = row_of(&mut machine, "IRQ 1 ")?;
    ensure(after == Row { arrived: expected, ended: before.ended + 2 * CHANGES as u64 }, || {
        format!("{CHANGES} keys: from {before:?} to {after:?}")
    })?;
    machine.type_command("echo still here")?;
    let ping = machine.run("ping")?;
    ensure(ping.contains("pong"), || format!("ping answered {ping}"))?;
    machine.no_triple_fault()
}

/// Both go on interrupting on their new vectors, with the counts that they had, and
/// the 8259s bring them on the usual ones again.
fn move_lines() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline("irq=apic").boot_to_prompt()?;
    for (line, vector, name) in [(0, "0x95", "timer"), (1, "0x96", "keyboard")] {
        let before = row_of(&mut machine, &format!("IRQ {line} "))?;
        let route = machine.run(&format!("irq route {line} vector {vector}"))?;
        ensure(route.contains(&format!("-> vector {vector}: {name}; ")), || route.clone())?;
        let after = row_of(&mut machine, &format!("IRQ {line} "))?;
        ensure(after.arrived >= before.arrived && after.arrived == after.ended, || {
            format!("from {before:?} to {after:?}")
        })?;
    }
    let keys = |machine: &mut Machine| row_of(machine, "IRQ 1 ").map(|row| row.arrived);
    for mode in ["apic", "pic"] {
        machine.run(&format!("irq mode {mode}"))?;
        let (ping, before) = (machine.run("ping")?, keys(&mut machine)?);
        ensure(ping.contains("pong"), || format!("ping in mode {mode}: {ping}"))?;
        machine.type_command("echo typed")?;
        wait_for_keys(&mut machine, before + 22)?;
    }
    let irq = machine.run("irq")?;
    for (name, vector) in [(" timer ", " 0x20 "), (" keyboard ", " 0x21 ")] {
        let row = irq.lines().find(|line| line.contains(name));
        ensure(row.is_some_and(|row| row.contains(vector)), || irq.clone())?;
    }
    machine.no_triple_fault()
}

fn nmi(way: &str) -> Outcome {
    let recipe = Recipe::new(Door::Pvh).cmdline(&format!("irq={way}"));
    let mut machine = recipe.boot_to_prompt()?;
    machine.while_idle(seconds(20), inject_nmi)?;
    machine.serial()?.wait_for_line("(NMI, vector 2) at 0xffffffff8", seconds(20))?;
    machine.no_triple_fault()
}

/// COM1's line is made level-triggered and held: the handler finds nothing to
/// do, and would be called for ever. It is masked, and comes back when it is let go.
fn stuck_line() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline("irq=pic").with_qtest().boot_to_prompt()?;
    let path = pic_path(&mut machine.qmp, Pic::Master)?;
    machine.qtest()?.outb(0x4d0, 1 << 4)?;
    machine.qtest()?.set_line(&path, 4, 1)?;
    // Serial is dead by this, the keyboard is not.
    machine.type_command("echo goes on")?;
    machine.serial()?.wait_for("IRQ 4 (COM1) is stuck", seconds(20))?;
    let screen = machine.type_command("irq")?;
    let _ = row_in(&screen.text_from(0), "IRQ 4 ")?;
    machine.qtest()?.set_line(&path, 4, 0)?;
    // The next trial finds it well; what was typed meanwhile waits in the device.
    let answer = machine.run("echo serial again")?;
    ensure(answer.contains("serial again"), || format!("echo answered {answer:?}"))?;
    let log = machine.serial()?.text();
    ensure(log.matches("is stuck").count() == 1, || format!("said more than once:\n{log}"))?;
    machine.no_triple_fault()
}

/// A paste as fast as the kernel takes it: COM1 stays open.
fn busy(way: &str) -> Outcome {
    const LINES: usize = 20;
    let recipe = Recipe::new(Door::Pvh).cmdline(&format!("irq={way}"));
    let mut machine = recipe.boot_to_prompt()?;
    for line in 0..LINES {
        let paste = format!("{}\r\x03echo line-{line}\r", "x".repeat(50_000));
        machine.serial()?.send(paste.as_bytes())?;
        let wanted = format!("line-{line}");
        while machine.serial()?.wait_for_line(&wanted, seconds(30))? != wanted {}
    }
    let row = row_of(&mut machine, "IRQ 4 ")?;
    ensure(row.arrived == row.ended, || format!("{row:?}"))?;
    let log = machine.serial()?.text();
    ensure(!log.contains("is stuck"), || log.clone())?;
    machine.no_triple_fault()
}

/// A pin that nobody has claimed, opened from outside: said once, and masked.
fn pulses() -> Outcome {
    const PIN: u8 = 6;
    let mut machine = Recipe::new(Door::Pvh).cmdline("irq=apic").with_qtest().boot_to_prompt()?;
    for _ in 0..100 {
        let qtest = machine.qtest()?;
        qtest.command(&format!("writel 0xfec00000 {:#x}", 0x10 + 2 * PIN))?;
        qtest.command(&format!("writel 0xfec00010 {:#x}", 0x20 + PIN))?;
        qtest.pulse("/machine/i440fx/ioapic", PIN)?;
    }
    let serial = machine.serial()?;
    serial.wait_for(&format!("IRQ {PIN} arrived, but no driver handles it"), seconds(20))?;
    // Each pulse may be told at the prompt as it comes: the answer is in step after them.
    serial.send(b"\x03echo after the pulses\r")?;
    serial.wait_for_answer("after the pulses", seconds(20))?;
    let answer = machine.run("ping")?;
    ensure(answer.contains("pong"), || format!("ping after the pulses:\n{answer}"))?;
    let lapic = machine.run("lapic")?;
    let in_service = lapic.lines().find(|line| line.trim_start().starts_with("ISR"));
    ensure(in_service.is_some_and(|line| line.ends_with("none")), || lapic.clone())?;
    machine.no_triple_fault()
}
