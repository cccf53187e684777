//! Sessions: one person at the screen, one at COM1, each with a prompt of their
//! own; and Ctrl-C, which stops what one of them runs.

use harness::door::Door;
use harness::keys;
use harness::machine::{Machine, Recipe};
use harness::serial::PROMPT;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

/// Runs for minutes, unless it is stopped.
const LONG: &str = "heap fuzz 1 10000000";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("sessions::busy_words_and_keys_that_wait", busy),
        test("sessions::ctrl_c_stops_commands", ctrl_c),
        test("sessions::without_a_screen_the_keyboard_is_com1s", keyboard_feeds_com1),
        test("sessions::a_script_from_the_command_line", script),
        test("sessions::the_status_is_in_the_prompt", status),
    ]
}

fn press(machine: &mut Machine, keys: &[&str]) -> Outcome {
    keys::press(&mut machine.qmp, keys)
}

/// Serial runs something long: who types at the screen is told so once, and
/// what they type is run afterwards.
fn busy() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.serial()?.send(format!("{LONG}\r").as_bytes())?;
    machine.serial()?.wait_for(LONG, seconds(20))?;
    machine.type_text("echo waited\n")?;
    let words = "busy: COM1's session runs \"heap fuzz";
    let screen = machine.wait_screen(words, seconds(20), |screen| screen.contains(words))?;
    ensure(!screen.rows.iter().any(|row| row == "waited"), || "it ran at once".to_owned())?;
    machine.serial()?.send(b"\x03")?;
    machine.serial()?.wait_for("^C", seconds(20))?;
    machine.wait_screen("the answer", seconds(20), |screen| {
        screen.rows.iter().any(|row| row == "waited") && screen.last() == PROMPT
    })?;
    let screen = machine.screen()?;
    let said = screen.rows.iter().filter(|row| row.contains("busy:")).count();
    ensure(said == 1, || format!("said {said} times:\n{}", screen.rows.join("\n")))?;
    // The other way round, and Ctrl-C by the keyboard.
    machine.type_text(&format!("{LONG}\n"))?;
    machine.wait_screen("the command", seconds(20), |screen| screen.last().contains(LONG))?;
    machine.serial()?.send(b"echo after\r")?;
    machine.serial()?.wait_for("busy: the screen's session runs \"heap fuzz", seconds(20))?;
    press(&mut machine, &["ctrl", "c"])?;
    machine.serial()?.wait_for_line("after", seconds(20))?;
    machine.wait_screen("^C", seconds(20), |screen| {
        screen.contains("^C") && screen.rows.iter().any(|row| row == "[130] valhalla>")
    })?;
    machine.no_triple_fault()
}

/// The prompt is back soon after Ctrl-C, and the next command is whole.
fn ctrl_c() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for command in [LONG, "failnth", "selftest", "bench"] {
        let serial = machine.serial()?;
        serial.prompt(seconds(20))?;
        serial.send(format!("{command}\r\x03").as_bytes())?;
        serial.wait_for("^C", seconds(30)).map_err(|failure| failure.during(command))?;
        let answer = machine.run("echo whole")?;
        ensure(answer == "whole", || format!("after {command}: {answer}"))?;
    }
    machine.no_triple_fault()
}

fn keyboard_feeds_com1() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline("console=serial").boot_to_prompt()?;
    machine.type_text("echo by hand\n")?;
    machine.serial()?.wait_for_line("by hand", seconds(20))?;
    let answer = machine.run("echo by wire")?;
    ensure(answer == "by wire", || format!("serial answered {answer:?}"))
}

/// What `run="..."` says is done before the first prompt, for everybody to read.
fn script() -> Outcome {
    let recipe = Recipe::new(Door::Pvh).cmdline("run=\"echo from; echo a script | grep -v x\"");
    let mut machine = recipe.boot_to_prompt()?;
    let text = machine.serial()?.text();
    ensure(text.contains("\nfrom\na script\n"), || format!("serial says:\n{text}"))?;
    let shown = machine.screen()?;
    ensure(shown.rows.iter().any(|row| row == "a script"), || shown.rows.join("\n"))
}

fn status() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for (command, prompt) in [
        ("vm walk 12x", "[1] valhalla>"),
        ("clear everything", "[2] valhalla>"),
        ("no_such_thing", "[127] valhalla>"),
        ("echo well", PROMPT),
    ] {
        machine.run(command)?;
        let text = machine.serial()?.text();
        let last = text.lines().last().unwrap_or_default();
        ensure(last == prompt, || format!("{command:?} is followed by {last:?}"))?;
    }
    Ok(())
}
