//! Interrupt lines that are held, shared, or described by nobody: the SCI's.

use std::time::Instant;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::qtest::{Pic, pic_path};
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;
use serde_json::json;

use crate::acpi::{find_table, reseal};
use crate::controllers::row_of;
use crate::power::is_over;
use crate::test;

/// The SCI's line on QEMU's machines.
const SCI: u8 = 9;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for way in ["pic", "apic"] {
        trials.push(test(format!("lines::{way}_a_held_sci_is_tried_again"), move || held(way)));
        trials.push(test(format!("lines::{way}_the_sci_is_shared"), move || shared(way)));
        trials.push(test(format!("lines::{way}_an_sci_without_override"), move || plain(way)));
    }
    trials
}

fn recipe(way: &str) -> Recipe {
    Recipe::new(Door::Pvh).cmdline(&format!("irq={way}")).with_qtest()
}

/// Holds the SCI's line at the controller that brings it, or lets it go.
fn hold(machine: &mut Machine, way: &str, level: u8) -> Outcome {
    let (path, line) = match way {
        "pic" => (pic_path(&mut machine.qmp, Pic::Slave)?, SCI - 8),
        _ => ("/machine/i440fx/ioapic".to_owned(), SCI),
    };
    machine.qtest()?.set_line(&path, line, level)
}

/// It is masked, tried again and masked again, which is said once; when it is let
/// go it is open again, which is said once, and the power button works.
fn held(way: &str) -> Outcome {
    let mut machine = recipe(way).boot_to_prompt()?;
    hold(&mut machine, way, 1)?;
    let stuck = machine.serial()?.wait_for_line("IRQ 9 (SCI) is stuck", seconds(20))?;
    ensure(stuck.ends_with("masked, tried again later"), || stuck.clone())?;
    // Three trials find it held still.
    let mut arrived = row_of(&mut machine, "IRQ 9 ")?.arrived;
    for _ in 0..3 {
        arrived = wait_for_more(&mut machine, arrived)?;
    }
    ensure(machine.run("ping")?.contains("pong"), || "no pong beside a held line".into())?;
    hold(&mut machine, way, 0)?;
    machine.serial()?.wait_for("IRQ 9 (SCI) has been quiet for 10 s: open again", seconds(90))?;
    let log = machine.serial()?.text();
    ensure(log.matches("is stuck").count() == 1, || format!("said more than once:\n{log}"))?;
    let row = machine.run("irq")?;
    ensure(row.lines().any(|line| line.contains(" SCI ") && line.contains(" open ")), || row)?;
    power_off(machine)
}

/// Waits until more have come on the SCI's line; returns how many there are.
fn wait_for_more(machine: &mut Machine, than: u64) -> Outcome<u64> {
    let deadline = Instant::now() + seconds(30);
    loop {
        let arrived = row_of(machine, "IRQ 9 ")?.arrived;
        if arrived > than {
            return Ok(arrived);
        }
        ensure(Instant::now() < deadline, || "the masked line is never tried again".to_owned())?;
    }
}

fn power_off(mut machine: Machine) -> Outcome {
    machine.qmp.execute("system_powerdown", json!({}))?;
    is_over(&mut machine, "the power button", "guest-shutdown")?;
    machine.no_triple_fault()
}

/// PIIX routes edu's pin to the SCI's line: edu interrupts there, gives the line
/// back, and the power button works before and after.
fn shared(way: &str) -> Outcome {
    /// 00:01.0, the routes of PIRQ A to D; 00:06.0, its interrupt line.
    const PIRQ_ROUTES: u32 = 0x8000_0860;
    const EDU_LINE: u32 = 0x8000_303c;
    let mut machine = recipe(way).arg("-device").arg("edu,addr=6").boot_to_prompt()?;
    for (register, width, value) in [(PIRQ_ROUTES, 'l', 0x0909_0909), (EDU_LINE, 'b', 9)] {
        machine.qtest()?.command(&format!("outl 0xcf8 {register:#x}"))?;
        machine.qtest()?.command(&format!("out{width} 0xcfc {value:#x}"))?;
    }
    let before = row_of(&mut machine, "IRQ 9 ")?;
    let command = if way == "pic" { "edu 20" } else { "edu 20 gsi" };
    let answer = machine.run(command)?;
    let row = answer.lines().find(|line| line.contains("pin") && line.contains("vector 0x29"));
    let counts = "20 raised, 20 handled";
    ensure(row.is_some_and(|row| row.contains(counts)), || answer.clone())?;
    let after = machine.run("irq")?;
    ensure(after.contains(" SCI  ") && !after.contains("edu"), || after.clone())?;
    // One end for both handlers, and the line's counts go on.
    let row = row_of(&mut machine, "IRQ 9 ")?;
    ensure(row.arrived >= before.arrived + 20 && row.arrived == row.ended, || format!("{row:?}"))?;
    power_off(machine)
}

/// The MADT says nothing about the SCI: it is level and low, and works.
fn plain(way: &str) -> Outcome {
    let mut machine = recipe(way).before_entry(forget_sci).boot_to_prompt()?;
    let route = machine.run("irq route 9")?;
    let expected = "-> GSI 9: level low\n";
    ensure(route.contains(expected), || format!("{expected:?} expected:\n{route}"))?;
    let row = machine.run("irq")?;
    ensure(row.lines().any(|line| line.contains(" SCI ") && line.contains("level low")), || row)?;
    power_off(machine)
}

/// Makes the override of IRQ 9 in the MADT an entry of a type that nobody knows.
fn forget_sci(machine: &mut Machine) -> Outcome {
    let (at, mut madt) = find_table(machine, b"APIC")?;
    let override_of_9 = [2, 10, 0, SCI];
    let place = madt.windows(4).position(|bytes| bytes == override_of_9);
    let place = place.ok_or_else(|| "the firmware's MADT does not override IRQ 9".to_owned())?;
    madt[place] = 0x7f;
    reseal(&mut madt);
    machine.qtest()?.write(at, &madt)
}
