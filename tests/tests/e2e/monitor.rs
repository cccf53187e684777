//! The crash monitor: after every kind of report somebody can look around.

use std::time::Duration;

use harness::door::Door;
use harness::machine::Machine;
use harness::recipe::Recipe;
use harness::serial::MONITOR;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::log::let_reset;
use crate::{test, test_at};

/// How long an answer may take.
fn bound() -> Duration {
    seconds(20)
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        test("monitor::answers_on_serial", answers_on_serial),
        test("monitor::halts_when_told", halts_when_told),
        test("monitor::halts_where_nobody_can_ask", halts_where_nobody_can_ask),
    ];
    for name in ["panic", "so", "lock", "ud"] {
        trials.push(test(format!("monitor::answers_after_{name}"), move || answers_after(name)));
    }
    for door in [Door::Pvh, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI] {
        trials.push(test_at(door, format!("monitor::{door}_answers_on_the_screen"), on_screen));
        trials.push(test_at(door, format!("monitor::{door}_reboots"), reboots));
    }
    trials
}

/// Boots and crashes.
fn crash(recipe: Recipe, fault: &str) -> Outcome<Machine> {
    let mut machine = recipe.boot_to_prompt()?;
    let serial = machine.serial()?;
    serial.send(format!("fault {fault} fatal\r").as_bytes())?;
    serial.wait_for("The log's last ", bound())?;
    serial.wait_for("] boot: Valhalla OS", bound())?;
    serial.wait_for("System halted. The crash monitor answers here", bound())?;
    serial.wait_for(MONITOR, bound())?;
    Ok(machine)
}

/// Asks on serial; each expected text is in a line after the one before.
fn ask(machine: &mut Machine, command: &str, expected: &[&str]) -> Outcome {
    let serial = machine.serial()?;
    serial.send(format!("{command}\r").as_bytes())?;
    for text in expected {
        serial.wait_for(text, bound()).map_err(|failure| failure.during(command))?;
    }
    serial.wait_for(MONITOR, bound()).map_err(|failure| failure.during(command)).map(drop)
}

fn answers_on_serial() -> Outcome {
    let mut machine = crash(Recipe::new(Door::Pvh), "null")?;
    ask(&mut machine, "help", &["regs", "peek ADDRESS", "reboot"])?;
    ask(&mut machine, "regs", &["RIP 0xffffffff8", "RSP 0x", "RAX 0x", "RFLAGS 0x"])?;
    ask(&mut machine, "bt", &["Backtrace", "#0 0xffffffff8", "#1 0xffffffff8"])?;
    ask(&mut machine, "stack", &["(main stack)", "words are 0"])?;
    ask(&mut machine, "peek 8", &["came back from: page fault (#PF"])?;
    ask(
        &mut machine,
        "peek 0xffffffff80000000 32",
        &["0xffffffff80000000  ", "0xffffffff80000010"],
    )?;
    ask(&mut machine, "peek 0x8000000000000000", &["came back from: general protection (#GP"])?;
    ask(&mut machine, "vm walk 0xffffffff80000000", &["(kernel text)", "PML4E 511"])?;
    ask(&mut machine, "vm walk", &["usage: vm "])?;
    ask(&mut machine, "dmesg", &["] boot: Valhalla OS", "report: *** CPU exception: page fault"])?;
    ask(&mut machine, "dmesg --last", &["dmesg: no log of an earlier boot"])?;
    ask(&mut machine, "ping", &["the monitor cannot do that"])?;
    ask(&mut machine, "'", &["cannot read this line"])?;
    // Half a line may mean something else: this one would show memory.
    let too_long = format!("peek 0xffffffff80000000 1{}", " ".repeat(600));
    ask(&mut machine, &too_long, &["not run: a line has 512 bytes at the most"])?;
    // Editing and Ctrl-C as at the shell's prompt.
    ask(&mut machine, "nonsense\x03peek 0xffffffff8000000x\x7f0 1", &["0xffffffff80000000  "])?;
    machine.no_triple_fault()
}

fn answers_after(name: &str) -> Outcome {
    let mut machine = crash(Recipe::new(Door::Pvh), name)?;
    let registers = if name == "panic" { "a panic saves no registers" } else { "RIP 0x" };
    ask(&mut machine, "regs", &[registers])?;
    ask(&mut machine, "bt", &["#0 0xffffffff8", "#1 0xffffffff8"])?;
    ask(&mut machine, "stack", &["words are 0"])?;
    ask(&mut machine, "peek 8", &["came back from: page fault (#PF"])?;
    ask(&mut machine, "vm audit", &["0 violations"])?;
    machine.no_triple_fault()
}

fn halts_when_told() -> Outcome {
    let mut machine = crash(Recipe::new(Door::Pvh), "null")?;
    let serial = machine.serial()?;
    serial.send(b"halt\r")?;
    serial.wait_for("Halted", bound())?;
    machine.wait_halted(bound())?;
    machine.no_triple_fault()
}

/// Neither keyboard nor serial line: the report stays on the screen.
fn halts_where_nobody_can_ask() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh)
        .machine("pc,i8042=off")
        .without_serial()
        .cmdline("test=panic")
        .boot()?;
    machine.wait_screen("the report", seconds(40), |screen| {
        screen.contains("*** Kernel panic") && screen.contains("System halted.")
    })?;
    machine.wait_halted(bound())?;
    machine.no_triple_fault()
}

/// By the PS/2 keyboard, on the screen; there is no serial line at all.
fn on_screen(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).without_serial().boot_to_prompt()?;
    type_line(&mut machine, "valhalla>", "fault null fatal")?;
    let at_prompt = |text: &'static str| {
        move |screen: &harness::screen::Screen| screen.contains(text) && screen.last() == MONITOR
    };
    machine.wait_screen("the prompt", bound(), at_prompt("System halted. The crash monitor"))?;
    for (command, answer) in [
        ("peek 0x8", "came back from: page fault"),
        ("vm walk 0xffffffff80000000", "PML4E 511"),
        ("regs", "RFLAGS 0x"),
        // The report is longer than a screen of 25 rows: its end is what stays.
        ("dmesg error", "report: interrupt handlers 0, locks held 0"),
    ] {
        type_line(&mut machine, MONITOR, command)?;
        machine.wait_screen(answer, bound(), at_prompt(answer))?;
        // An empty screen again, so that the next answer is not taken for this.
        keys_clear(&mut machine)?;
    }
    machine.no_triple_fault()
}

/// Types a command, and return when it stands behind the prompt.
fn type_line(machine: &mut Machine, prompt: &str, command: &str) -> Outcome {
    let asked = format!("{prompt} {command}");
    machine.type_text(command)?;
    machine.wait_screen(&asked, bound(), |screen| screen.last() == asked)?;
    machine.type_text("\n")
}

/// Ctrl-L, and what it does.
fn keys_clear(machine: &mut Machine) -> Outcome {
    harness::keys::press(&mut machine.qmp, &["ctrl", "l"])?;
    machine
        .wait_screen("an empty screen", bound(), |screen| {
            screen.rows.first().is_some_and(|row| row == MONITOR)
        })
        .map(drop)
}

/// The monitor's `reboot` starts anew, and the report is found there.
fn reboots(door: Door) -> Outcome {
    let mut machine = crash(Recipe::new(door), "null")?;
    let_reset(&mut machine)?;
    let serial = machine.serial()?;
    serial.send(b"reboot\r")?;
    serial.wait_for("log: the boot before ended in a crash report", door.bound())?;
    serial.ready(door.bound())?;
    let last = machine.run("dmesg --last error")?;
    for text in ["report: *** CPU exception: page fault", "report: CR2 0x0000000000000008"] {
        ensure(last.contains(text), || format!("{text:?} expected:\n{last}"))?;
    }
    ensure(last.ends_with("(that boot ended in a crash report)"), || format!("its end:\n{last}"))
}
