//! Interrupts from outside: pulses on real lines, each acknowledged.

use std::time::Instant;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::qmp::Qmp;
use harness::qtest::{Pic, pic_path};
use harness::serial::MONITOR;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

/// Pulses on each line while it is masked.
const PULSES: usize = 2_000;
/// Pulses that get through.
const OPEN_PULSES: usize = 500;

pub(crate) fn trials() -> Vec<Trial> {
    [(Pic::Master, 7), (Pic::Master, 5), (Pic::Slave, 7), (Pic::Slave, 3)]
        .into_iter()
        .map(|(pic, line)| {
            let irq = line + if pic == Pic::Master { 0 } else { 8 };
            let name = format!("interrupts::pulses_on_irq_{irq}_are_survived");
            test(name, move || pulses(pic, line, irq))
        })
        .chain([
            test("interrupts::nmi_is_survived", nmi),
            test("interrupts::nmi_says_where_the_processor_was", nmi_says_where),
            test("interrupts::contained_machine_checks_are_survived", contained_machine_checks),
            test("interrupts::a_machine_check_that_cannot_be_survived", fatal_machine_check),
            test("interrupts::errors_from_before_the_boot_are_told", old_machine_checks),
        ])
        .collect()
}

fn pulses(pic: Pic, line: u8, irq: u8) -> Outcome {
    // With the I/O APICs nobody listens to the 8259s; `controllers` pulses those.
    let recipe = Recipe::new(Door::Pvh).cmdline("irq=pic");
    let mut machine = recipe.with_qtest().boot_to_prompt()?;
    let path = pic_path(&mut machine.qmp, pic)?;
    for _ in 0..PULSES {
        machine.qtest()?.pulse(&path, line)?;
    }
    // Open the line at the controllers, as a driver would, so that pulses get
    // through; the kernel closes it again, because no driver has asked for it.
    let (data, bit) = match pic {
        Pic::Master => (0x21, 1 << line),
        Pic::Slave => (0xa1, 1 << line),
    };
    let cascade = machine.qtest()?.inb(0x21)?;
    machine.qtest()?.outb(0x21, cascade & !4)?;
    for _ in 0..OPEN_PULSES {
        let mask = machine.qtest()?.inb(data)?;
        machine.qtest()?.outb(data, mask & !bit)?;
        machine.qtest()?.pulse(&path, line)?;
    }
    hold_until_masked(&mut machine, &path, line, (data, bit))?;
    let answer = machine.run("ping")?;
    ensure(!answer.contains("ping: "), || format!("ping after the pulses:\n{answer}"))?;
    // The kernel says so when it comes back to the prompt.
    let again = machine.run("echo again")?;
    ensure(again.contains("again"), || format!("echo answered {again:?}"))?;
    let log = machine.serial()?.text();
    ensure(log.contains(&format!("IRQ {irq} arrived, but no driver")), || {
        format!("IRQ {irq} is not in the log:\n{log}")
    })?;
    // The timer's or COM1's may be in service for an instant; what never is
    // acknowledged stays.
    let deadline = Instant::now() + seconds(20);
    loop {
        let pics = machine.qmp.human("info pic")?;
        if nothing_in_service(&pics) {
            break;
        }
        ensure(Instant::now() < deadline, || format!("never acknowledged:\n{pics}"))?;
    }
    machine.no_triple_fault()
}

/// Holds the line until the kernel has masked it: firmware makes IRQ 5 and 11
/// level-triggered, so that of a pulse that is over before the processor asks
/// nothing is left, and on a busy host that may be every one.
fn hold_until_masked(
    machine: &mut Machine,
    path: &str,
    line: u8,
    (data, bit): (u16, u8),
) -> Outcome {
    let mask = machine.qtest()?.inb(data)?;
    machine.qtest()?.outb(data, mask & !bit)?;
    machine.qtest()?.set_line(path, line, 1)?;
    let deadline = Instant::now() + seconds(20);
    while machine.qtest()?.inb(data)? & bit == 0 {
        ensure(Instant::now() < deadline, || "an open line that nobody handles stays open".into())?;
    }
    machine.qtest()?.set_line(path, line, 0)
}

/// Whether `info pic` shows no interrupt in service in either 8259.
fn nothing_in_service(pics: &str) -> bool {
    let mut in_service = pics.split("isr=").skip(1).map(|rest| {
        u8::from_str_radix(rest.split_whitespace().next().unwrap_or("ff"), 16).unwrap_or(u8::MAX)
    });
    let both: Vec<u8> = in_service.by_ref().collect();
    both.len() == 2 && both.iter().all(|isr| *isr == 0)
}

pub(crate) fn inject_nmi(qmp: &mut Qmp) -> Outcome {
    qmp.execute("inject-nmi", serde_json::json!({})).map(drop)
}

/// Many, whatever the kernel is doing.
fn nmi() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for _ in 0..20 {
        inject_nmi(&mut machine.qmp)?;
    }
    let serial = machine.serial()?;
    serial.wait_for("NMI", seconds(20))?;
    serial.send(b"\x03echo after the NMI\r")?;
    serial.wait_for_answer("after the NMI", seconds(20))?;
    machine.no_triple_fault()
}

/// The function that was interrupted, and on which stack.
fn nmi_says_where() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.while_idle(seconds(20), inject_nmi)?;
    let serial = machine.serial()?;
    let line = serial.wait_for_line("(NMI, vector 2) at 0xffffffff8", seconds(20))?;
    let names_it = line.contains(" valhalla") && line.contains("+0x") && line.contains("(kernel/");
    ensure(names_it && line.contains("on the main stack; going on"), || {
        format!("where it was is not said: {line}")
    })?;
    machine.no_triple_fault()
}

/// Uncorrected errors that nothing has used yet (UC, no PCC, no AR) with a valid
/// RIP. Two: the first must be cleared, or the second resets the machine.
fn contained_machine_checks() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for address in ["0x1234000", "0x5678000"] {
        machine.while_idle(seconds(20), |qmp| {
            qmp.human(&format!("mce 0 1 0xbd000000000000cf 0x5 {address} 0x8c")).map(drop)
        })?;
        let serial = machine.serial()?;
        serial.wait_for("*** machine check (#MC, vector 18) at 0x", seconds(20))?;
        serial.wait_for("MCG_STATUS 0x5 (", seconds(20))?;
        let bank = serial.wait_for_line("bank 1: ", seconds(20))?;
        ensure(bank.contains("uncorrected (UC)") && bank.contains(address), || bank.clone())?;
        serial.wait_for("going on", seconds(20))?;
        // Only now is the first one over: a second that strikes while it is
        // being handled (MCIP) shuts any processor down.
        let words = format!("after {address}");
        serial.send(format!("\x03echo {words}\r").as_bytes())?;
        serial.wait_for_answer(&words, seconds(20))?;
    }
    machine.no_triple_fault()
}

/// Corrected errors that are in two banks when the kernel is entered.
fn old_machine_checks() -> Outcome {
    let recipe = Recipe::new(Door::Pvh).before_entry(|machine| {
        machine.qmp.human("mce 0 6 0x9c00000000000135 0 0x5678000 0")?;
        machine.qmp.human("mce 0 2 0x9400000000000090 0 0x1234000 0").map(drop)
    });
    let mut machine = recipe.boot_to_prompt()?;
    let said = machine.run("dmesg | grep 'left by'")?;
    let what = "machine check left by the boot before or by the firmware";
    let errors = [
        "bank 2: status 0x9400000000000090 (corrected, ADDRV), error code 0x90: memory \
         controller, model's code 0x0, address 0x1234000",
        "bank 6: status 0x9c00000000000135 (corrected, ADDRV, MISCV), error code 0x135: cache, \
         level 1, model's code 0x0, address 0x5678000, misc 0x0",
    ];
    let lines: Vec<&str> = said.lines().collect();
    ensure(
        lines.len() == 2
            && lines
                .iter()
                .zip(errors)
                .all(|(line, error)| line.ends_with(&format!("cpu: {what}: {error}"))),
        || format!("of the errors before dmesg says {said:?}"),
    )?;
    // And they are cleared: IA32_MC6_STATUS, IA32_MC2_STATUS.
    for register in ["0x419", "0x409"] {
        let answer = machine.run(&format!("msr read {register}"))?;
        ensure(answer.ends_with("= 0x0000000000000000"), || answer)?;
    }
    machine.no_triple_fault()
}

/// The processor's own state is in doubt: a report, and no further.
fn fatal_machine_check() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.while_idle(seconds(20), |qmp| {
        qmp.human("mce 0 1 0xb200000000000175 0x4 0x1234000 0x0").map(drop)
    })?;
    let serial = machine.serial()?;
    serial.wait_for("*** CPU exception: machine check (#MC, vector 18)", seconds(20))?;
    serial.wait_for("MCG_STATUS 0x4 (", seconds(20))?;
    let bank = serial.wait_for_line("bank 1: status 0xb200000000000175", seconds(20))?;
    ensure(bank.contains("(PCC)") && bank.contains("error code 0x175: cache, level 1"), || bank)?;
    serial.wait_for("System halted.", seconds(20))?;
    serial.wait_for(MONITOR, seconds(20))?;
    machine.no_triple_fault()
}
