//! The ports of keyboard and serial lines: what waits there, strays there, or says
//! that it is broken.

use harness::door::Door;
use harness::keys;
use harness::machine::{Machine, Recipe};
use harness::serial::PROMPT;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        test("ports::typed_before_the_kernel", typed_before_the_kernel),
        test("ports::self_test_passes_when_tried_again", || {
            self_test(1, "gave 0xfc, and passed when tried again")
        }),
        test("ports::self_test_fails", || self_test(2, "gave 0xfc instead of 0x55")),
    ];
    for irq in ["apic", "pic"] {
        let name = format!("ports::bytes_of_the_mouse_port_irq_{irq}");
        trials.push(test(name, move || bytes_of_the_mouse_port(irq)));
    }
    trials
}

/// What waits in the UARTs when the kernel comes is what it reads first.
fn typed_before_the_kernel() -> Outcome {
    let recipe = Recipe::new(Door::Pvh).with_second_serial();
    let mut machine = recipe
        .before_entry(|machine| {
            machine.serial()?.send(b"echo first of all\r")?;
            machine.second()?.send(b"echo here as well\r")
        })
        .boot()?;
    machine.serial()?.wait_for_answer("first of all", Door::Pvh.bound())?;
    machine.second()?.wait_for_answer("here as well", Door::Pvh.bound())?;
    let answer = machine.run("serial")?;
    let whole = answer.matches("lost: 0 overruns").count();
    ensure(whole == 2, || answer)?;
    machine.no_triple_fault()
}

/// A self test that fails is said, and the keyboard works.
fn self_test(fails: u32, words: &str) -> Outcome {
    let recipe = Recipe::new(Door::Pvh).calling("5i80425start7verdict", 0xfc, fails);
    let mut machine = recipe.boot_to_prompt()?;
    let log = machine.serial()?.text();
    let said = format!("keyboard: the PS/2 controller's self test {words}: going on");
    let said = log.lines().filter(|line| line.contains(&said)).count();
    ensure(said == 1, || format!("{said} lines about it:\n{log}"))?;
    types(&mut machine, "k e y s")?;
    machine.no_triple_fault()
}

/// Bytes of the mouse port do not stand in the way of the keyboard's.
fn bytes_of_the_mouse_port(irq: &str) -> Outcome {
    let recipe = Recipe::new(Door::Pvh).cmdline(&format!("irq={irq}"));
    let mut machine = recipe.with_qtest().boot_to_prompt()?;
    for byte in [0x08, 0xfa, 0x1e] {
        machine.qtest()?.mouse_byte(byte)?;
        types(&mut machine, "k e y s")?;
    }
    let answer = machine.run("keyboard")?;
    ensure(answer.contains("mouse port  3 bytes, dropped"), || answer)?;
    machine.no_triple_fault()
}

/// Types `keys` on the keyboard, waits for them on the screen, and drops the line.
fn types(machine: &mut Machine, keys: &str) -> Outcome {
    keys::press_each(&mut machine.qmp, keys)?;
    let line = format!("{PROMPT} {}", keys.replace(' ', ""));
    machine.wait_screen("the keys", seconds(20), |screen| screen.last().trim_end() == line)?;
    keys::press(&mut machine.qmp, &["ctrl", "c"])?;
    machine
        .wait_screen("an empty line", seconds(20), |screen| screen.last().trim_end() == PROMPT)?;
    Ok(())
}
