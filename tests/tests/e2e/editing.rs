//! The line editor and the keyboard: every key that the prompt understands.

use harness::door::Door;
use harness::keys;
use harness::machine::{Machine, Recipe};
use harness::serial::PROMPT;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("editing::keyboard", keyboard),
        test("editing::serial", serial),
        test("editing::each_console_has_its_own_line", apart),
    ]
}

fn press(machine: &mut Machine, keys: &[&str]) -> Outcome {
    keys::press(&mut machine.qmp, keys)
}

/// Waits for the prompt line to read exactly so, and presses return.
fn enter(machine: &mut Machine, line: &str, answer: &str) -> Outcome {
    let asked = format!("{PROMPT} {line}");
    machine.wait_screen(&format!("{asked:?}"), seconds(20), |screen| screen.last() == asked)?;
    machine.type_text("\n")?;
    machine.wait_screen(&format!("{answer:?} and the prompt"), seconds(20), |screen| {
        let answered = screen.after(&asked).and_then(|rows| rows.first());
        answered.is_some_and(|row| row == answer) && screen.last() == PROMPT
    })?;
    Ok(())
}

fn keyboard() -> Outcome {
    let mut machine = Recipe::new(Door::GRUB_BIOS).boot_to_prompt()?;
    let machine = &mut machine;

    machine.type_text("echo abX")?;
    press(machine, &["backspace"])?;
    machine.type_text("c")?;
    enter(machine, "echo abc", "abc")?;

    // Left and insert; delete takes what is under the cursor.
    machine.type_text("echo ad")?;
    press(machine, &["left"])?;
    machine.type_text("bXc")?;
    press(machine, &["left"])?;
    press(machine, &["left"])?;
    press(machine, &["delete"])?;
    enter(machine, "echo abcd", "abcd")?;

    // Home, right and end.
    machine.type_text("cho e")?;
    press(machine, &["home"])?;
    machine.type_text("e")?;
    press(machine, &["end"])?;
    machine.type_text("nd")?;
    enter(machine, "echo end", "end")?;

    // Ctrl-U drops the line, Ctrl-C too and asks again.
    machine.type_text("rubbish")?;
    press(machine, &["ctrl", "u"])?;
    machine.type_text("echo kept")?;
    enter(machine, "echo kept", "kept")?;
    machine.type_text("never run")?;
    press(machine, &["ctrl", "c"])?;
    machine
        .wait_screen("a new prompt after Ctrl-C", seconds(20), |screen| screen.last() == PROMPT)?;

    // Caps lock turns letters round, shift turns them back, digits stay.
    press(machine, &["caps_lock"])?;
    machine.type_text("ab1C")?;
    press(machine, &["caps_lock"])?;
    machine.type_text("d")?;
    press(machine, &["home"])?;
    machine.type_text("echo ")?;
    enter(machine, "echo AB1cd", "AB1cd")?;

    // Up brings the last line back.
    press(machine, &["up"])?;
    enter(machine, "echo AB1cd", "AB1cd")?;

    // Ctrl-L clears the screen and keeps the line.
    machine.type_text("echo still")?;
    press(machine, &["ctrl", "l"])?;
    machine.wait_screen("the line alone at the top", seconds(20), |screen| {
        screen.rows[0] == format!("{PROMPT} echo still")
            && screen.rows[1..].iter().all(String::is_empty)
    })?;
    enter(machine, "echo still", "still")?;
    machine.no_triple_fault()
}

fn serial() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for (keys, answer) in [
        // DEL and BS are backspace; Ctrl-U, Ctrl-A and Ctrl-E by their bytes.
        ("echo abX\x7fc", "abc"),
        ("echo abX\x08c", "abc"),
        ("rubbish\x15echo kept", "kept"),
        // Left, delete, home, end as a terminal sends them.
        ("echo ad\x1b[Dbc", "abcd"),
        ("echo abXc|\x1b[D\x1b[D\x1b[3~", "abc"),
        ("cho e\x1b[He\x1b[Fnd", "end"),
        // Up brings the last line back.
        ("\x1b[A", "end"),
        // Tab completes, Ctrl-R finds; words are gone over, killed and put back.
        ("ech\thi", "hi"),
        ("\x12hi", "hi"),
        ("echo b\x1bba ", "a b"),
        ("echo x y\x17\x19", "x y"),
        // Control characters in a bracketed paste are not followed.
        ("\x1b[200~echo pas|\x03\x15ted\x1b[201~", "pasted"),
        // UTF-8 comes back as it went in.
        ("echo \u{e4}\u{f6}\u{fc} \u{2500}", "\u{e4}\u{f6}\u{fc} \u{2500}"),
    ] {
        // At each bar the guest has answered before more is sent: a sequence that
        // arrives in two goes, with time between, is something else.
        let got = machine.serial()?.run_pieces(&keys.split('|').collect::<Vec<_>>())?;
        ensure(got == answer, || format!("{keys:?} answered {got:?}, not {answer:?}"))?;
    }
    // Ctrl-C drops the line and asks again.
    machine.serial()?.send(b"never run\x03")?;
    machine.serial()?.wait_for("^C", seconds(20))?;
    let got = machine.run("echo after")?;
    ensure(got == "after", || format!("after Ctrl-C: {got:?}"))?;
    machine.no_triple_fault()
}

/// A line begun on the keyboard stays there, whatever is run on serial.
fn apart() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.type_text("echo one-")?;
    let got = machine.run("echo two")?;
    ensure(got == "two", || format!("serial answered {got:?}"))?;
    machine.type_text("half")?;
    enter(&mut machine, "echo one-half", "one-half")?;
    let text = machine.serial()?.text();
    ensure(!text.contains("one-"), || format!("the keyboard's line on serial:\n{text}"))?;
    let screen = machine.screen()?;
    ensure(!screen.contains("two"), || format!("serial's on the screen:\n{:?}", screen.rows))
}
