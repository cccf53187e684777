//! Keyboards and serial lines: layouts, scan codes, lights, what goes missing.

use std::time::Instant;

use harness::door::Door;
use harness::keys;
use harness::machine::{Exit, Machine, Recipe};
use harness::serial::PROMPT;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

/// Layouts: keys by their names on a US keyboard, and what they then give.
const TYPED: [(&str, &str, &str); 5] = [
    ("us", "q y z shift+2 bracket_left shift+grave_accent", "qyz@[~"),
    ("uk", "shift+2 shift+3 shift+apostrophe backslash less alt_r+e", "\"£@#\\é"),
    (
        "de",
        "y z shift+7 minus bracket_left alt_r+q alt_r+7 alt_r+minus less equal e grave_accent o \
         grave_accent spc",
        "zy/ßü@{\\<éô^",
    ),
    (
        "fr",
        "q a w semicolon 1 shift+1 2 alt_r+0 alt_r+3 bracket_left e shift+bracket_left i alt_r+7 \
         spc",
        "aqzm&1é@#êï`",
    ),
    ("dvorak", "s d f q minus shift+z", "oeu'[:"),
];

/// The kinds of wire, as `scancodes=` and `keyboard` call them.
const WIRES: [(&str, &str, &str); 4] = [
    ("2", "2", "off"),
    ("1", "1", "off"),
    ("1-translated", "1", "on"),
    ("2-translated", "2", "on"),
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("keyboard::layouts_type_what_is_printed", layouts),
        test("keyboard::layout_from_the_command_line", layout_at_boot),
        test("keyboard::scan_code_sets_switched_live", wires_live),
        test("keyboard::scan_code_sets_at_boot", wires_at_boot),
        test("keyboard::lights_follow_the_locks", lights),
        test("keyboard::ctrl_alt_del_reboots", ctrl_alt_del),
        test("keyboard::plugged_in_again", plugged_in),
        test("keyboard::held_by_somebody_else", held),
        test("keyboard::no_controller", no_controller),
        test("keyboard::keytest_shows_bytes", keytest),
        test("keyboard::two_serial_lines", two_lines),
        test("keyboard::escape_alone_is_a_key", escape_alone),
    ]
}

/// Drops the line that is being typed.
fn drop_line(machine: &mut Machine) -> Outcome {
    keys::press(&mut machine.qmp, &["ctrl", "c"])?;
    machine.wait_screen("an empty prompt", seconds(20), |screen| screen.last() == PROMPT)?;
    Ok(())
}

/// Presses `keys` and waits until the prompt's line reads `text`.
fn types(machine: &mut Machine, keys: &str, text: &str) -> Outcome {
    keys::press_each(&mut machine.qmp, keys)?;
    let line = format!("{PROMPT} {text}");
    machine.wait_screen(&format!("{line:?}"), seconds(20), |screen| screen.last() == line)?;
    drop_line(machine)
}

fn layouts() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for (layout, keys, text) in TYPED {
        machine.run(&format!("keyboard {layout}"))?;
        types(&mut machine, keys, text).map_err(|failure| failure.during(layout))?;
    }
    // By the keyboard itself, on its own layout.
    machine.run("keyboard de")?;
    keys::press_each(&mut machine.qmp, "k e z b o a r d spc u s ret")?;
    machine.wait_screen("the prompt", seconds(20), |screen| screen.last() == PROMPT)?;
    types(&mut machine, "y", "y")?;
    let answer = machine.run("keyboard klingon")?;
    ensure(answer.contains("no layout is called klingon"), || answer)?;
    machine.no_triple_fault()
}

fn layout_at_boot() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline("keyboard=de").boot_to_prompt()?;
    types(&mut machine, "y alt_r+q", "z@")?;
    machine.no_triple_fault()
}

/// Letters, releases, extended keys, the keys that sets 1 and 2 disagree about.
fn types_everything(machine: &mut Machine) -> Outcome {
    let keys = "a shift+b 2 1 2 3 1 left left right end kp_7 f7 pause print num_lock num_lock \
                home x end y";
    types(machine, keys, "xaB212317y")
}

fn wires_live() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for (name, set, translation) in WIRES {
        for command in [format!("set {set}"), format!("translation {translation}")] {
            let answer = machine.run(&format!("keyboard {command}"))?;
            ensure(answer.is_empty(), || format!("keyboard {command}: {answer}"))?;
        }
        says_wire(&mut machine, set, translation)?;
        types_everything(&mut machine).map_err(|failure| failure.during(name))?;
    }
    machine.no_triple_fault()
}

fn wires_at_boot() -> Outcome {
    for (name, set, translation) in WIRES {
        let recipe = Recipe::new(Door::Pvh).cmdline(&format!("scancodes={name}"));
        let mut machine = recipe.boot_to_prompt()?;
        types_everything(&mut machine).map_err(|failure| failure.during(name))?;
        says_wire(&mut machine, set, translation)?;
        machine.no_triple_fault()?;
    }
    Ok(())
}

fn says_wire(machine: &mut Machine, set: &str, translation: &str) -> Outcome {
    let answer = machine.run("keyboard")?;
    let said = answer.lines().find(|line| line.starts_with("codes")).unwrap_or_default();
    let right = said.contains(&format!("set {set}, "))
        && said.contains("not translated") == (translation == "off");
    ensure(right, || format!("set {set}, translation {translation}:\n{answer}"))
}

/// What the keyboard's lights show, as QEMU's own keyboard sees it.
fn wait_lights(machine: &Machine, expected: u8) -> Outcome {
    let deadline = Instant::now() + seconds(20);
    loop {
        let log = machine.log()?;
        let last = log.lines().rfind(|line| line.contains("ps2_set_ledstate"));
        if last.is_some_and(|line| line.ends_with(&format!("ledstate {expected}"))) {
            return Ok(());
        }
        ensure(Instant::now() < deadline, || format!("lights {expected} expected: {last:?}"))?;
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn traced() -> Recipe {
    Recipe::new(Door::Pvh).arg("-trace").arg("ps2_set_ledstate")
}

fn lights() -> Outcome {
    let mut machine = traced().boot_to_prompt()?;
    wait_lights(&machine, 0b010)?;
    for (key, lights) in
        [("caps_lock", 0b110), ("num_lock", 0b100), ("scroll_lock", 0b101), ("caps_lock", 0b001)]
    {
        keys::press(&mut machine.qmp, &[key])?;
        wait_lights(&machine, lights).map_err(|failure| failure.during(key))?;
    }
    // While lights are told, no key is lost: as many as the keyboard holds at once.
    for toggles in ["a caps_lock b caps_lock c caps_lock d", "caps_lock e caps_lock f caps_lock g"]
    {
        keys::burst(&mut machine.qmp, toggles)?;
    }
    types(&mut machine, "h", "aBcDeFgh")?;
    let answer = machine.run("keyboard")?;
    ensure(answer.contains("locks       caps off, num off, scroll on"), || answer.clone())?;
    ensure(answer.contains("0 refused, 0 unanswered"), || answer.clone())?;
    ensure(answer.contains("0 dropped, 0 overruns"), || answer)?;
    machine.no_triple_fault()
}

fn ctrl_alt_del() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    // With what follows no more bytes than QEMU's keyboard holds.
    machine.type_text("half")?;
    keys::press(&mut machine.qmp, &["ctrl", "alt", "delete"])?;
    let event = machine.qmp.wait_event("SHUTDOWN", seconds(20))?;
    ensure(event["reason"] == "guest-reset", || format!("ended with {event}"))?;
    let exit = machine.wait_exit(seconds(20))?;
    ensure(exit == Exit::Silent, || format!("ended QEMU with {exit:?}"))?;
    ensure(machine.serial()?.text().contains("Rebooting."), || "it did not say so".into())?;
    machine.no_triple_fault()
}

/// A keyboard that announces itself is told its lights and its rate again.
fn plugged_in() -> Outcome {
    let mut machine = traced().with_qtest().boot_to_prompt()?;
    wait_lights(&machine, 0b010)?;
    machine.run("keyboard rate 30 250")?;
    let told = machine.log()?.matches("ps2_set_ledstate").count();
    machine.qtest()?.scancode(0xaa)?;
    let deadline = Instant::now() + seconds(20);
    while machine.log()?.matches("ps2_set_ledstate").count() == told {
        ensure(Instant::now() < deadline, || "the lights were not set again".into())?;
    }
    types(&mut machine, "a shift+b c", "aBc")?;
    let answer = machine.run("keyboard")?;
    ensure(answer.contains("plugged in 1 time"), || answer.clone())?;
    ensure(answer.contains("repeat      30.0 a second after 250 ms"), || answer)?;
    machine.no_triple_fault()
}

/// The keyboard's clock is held from outside: nothing comes, serial goes on, and
/// asking the controller wakes it.
fn held() -> Outcome {
    const DISABLE_KEYBOARD: u8 = 0xad;
    let mut machine = traced().with_qtest().boot_to_prompt()?;
    // A byte for the keyboard would wake it: the lights are to be told first.
    wait_lights(&machine, 0b010)?;
    machine.run("echo ready")?;
    machine.qtest()?.outb(0x64, DISABLE_KEYBOARD)?;
    keys::press_each(&mut machine.qmp, "a b c")?;
    let answer = machine.run("echo still here")?;
    ensure(answer == "still here", || answer)?;
    let answer = machine.run("keyboard")?;
    ensure(answer.contains("0 refused, 0 unanswered"), || answer)?;
    // What was typed meanwhile waited in the keyboard.
    machine.wait_screen("the keys", seconds(20), |screen| {
        screen.last().trim_end() == format!("{PROMPT} abc")
    })?;
    machine.no_triple_fault()
}

fn no_controller() -> Outcome {
    for machine in ["pc,i8042=off", "q35,i8042=off"] {
        let mut machine = Recipe::new(Door::Pvh).machine(machine).boot_to_prompt()?;
        let log = machine.serial()?.text();
        let lines = log.lines().filter(|line| line.contains("keyboard: none: ")).count();
        ensure(lines == 1, || format!("{lines} lines about it:\n{log}"))?;
        let answer = machine.run("keyboard")?;
        ensure(answer.contains("controller  no PS/2 controller answers"), || answer)?;
        for command in ["set 1", "translation off", "rate 30"] {
            let answer = machine.run(&format!("keyboard {command}"))?;
            ensure(answer == "keyboard: no PS/2 controller answers", || answer)?;
        }
        machine.no_triple_fault()?;
    }
    Ok(())
}

fn keytest() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.serial()?.send(b"keytest\r")?;
    machine.serial()?.wait_for("Press keys.", seconds(20))?;
    keys::press_each(&mut machine.qmp, "shift+a left")?;
    for line in ["2a!  (1 down) Shift", "1e!  Char('A')", "e0!", "4b!  Left"] {
        let line = line.replace('!', "  set 2-translated");
        machine.serial()?.wait_for(&line, seconds(20))?;
    }
    machine.serial()?.send(b"x\x1b[1;5C")?;
    machine.serial()?.wait_for("COM1      78  Char('x')", seconds(20))?;
    machine.serial()?.wait_for("1b  5b  31  3b  35  43  WordRight", seconds(20))?;
    // A terminal's answer is no key, and is followed.
    machine.serial()?.send(b"\x1b[30;100R")?;
    machine.serial()?.wait_for("52  says its size: 100 columns, 30 rows", seconds(20))?;
    machine.serial()?.send(b"\x03\x03")?;
    let answer = machine.run("echo back")?;
    ensure(answer == "back", || answer)?;
    machine.no_triple_fault()
}

fn two_lines() -> Outcome {
    // A second line that nobody is at; the first is sent a break.
    let recipe = Recipe::new(Door::Pvh).arg("-chardev").arg("null,id=com2");
    let mut machine = recipe.arg("-serial").arg("chardev:com2").boot_to_prompt()?;
    machine.qmp.execute("chardev-send-break", serde_json::json!({ "id": "com1" }))?;
    let answer = machine.run("serial")?;
    for words in [
        "COM1  16550A, 16-byte FIFO at 0x3f8, IRQ 4, 115200 8N1",
        "COM2  16550A, 16-byte FIFO at 0x2f8, IRQ 3, 115200 8N1",
        "lost: 0 overruns; damaged: 0 parity, 0 framing; 1 breaks",
    ] {
        ensure(answer.contains(words), || format!("{words:?} expected:\n{answer}"))?;
    }
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run("serial")?;
    ensure(answer.contains("COM2  not there: no UART answers at 0x2f8"), || answer)?;
    machine.no_triple_fault()
}

/// ESC and `b` in one go are Alt-b, which inserts nothing; with time between them
/// they are two keys. How long it takes is the guest's to say: Escape ends a search.
fn escape_alone() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run("echo fou\x1bb")?;
    ensure(answer == "fou", || format!("in one go: {answer}"))?;
    let serial = machine.serial()?;
    serial.prompt(seconds(20))?;
    serial.send(b"echo fou\x12")?;
    serial.wait_row("a search", seconds(20), |row| row.starts_with("(find"))?;
    serial.send(b"\x1b")?;
    let typed = format!("{PROMPT} echo fou");
    serial.wait_row("its end", seconds(20), |row| row == typed)?;
    serial.send(b"b\r")?;
    serial.wait_for_answer("foub", seconds(20))?;
    // While a command waits for a key, too: nothing else comes after it.
    for (command, shown) in [("help all | more", "-- more --"), ("watch 600 uptime", "every 600 s")]
    {
        serial.send(format!("{command}\r").as_bytes())?;
        serial.wait_for(shown, seconds(20))?;
        serial.send(b"\x1b")?;
        serial.prompt(seconds(20))?;
    }
    machine.no_triple_fault()
}
