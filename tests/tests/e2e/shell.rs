//! What the shell does with commands: pipes, sequences, and commands that run
//! others.

use harness::door::Door;
use harness::machine::Recipe;
use harness::serial::PROMPT;
use harness::{Outcome, ensure, keys, seconds};
use libtest_mimic::Trial;

use crate::test;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("shell::pipes_and_sequences", pipes),
        test("shell::repeat_time_and_alias", wrappers),
        test("shell::watch_and_more_end_by_a_key", watch_and_more),
        test("shell::nothing_leaks", nothing_leaks),
    ]
}

fn pipes() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for (line, wanted) in [
        ("echo one; echo two", "one\ntwo"),
        ("echo 'a|b;c'", "a|b;c"),
        (
            "memmap | grep -v usable | grep 12345 | count",
            "grep: no line holds 12345\n0 lines, 0 words, 0 characters",
        ),
        ("echo one two | count", "1 line, 2 words, 7 characters"),
        ("echo ABC | grep b", "grep: no line holds b"),
        ("echo ABC | grep -i b | head 1", "ABC"),
        (
            "dmesg | grep -v : | head 1 | grep -v x",
            "grep: no line is without :\ngrep: no line is without x",
        ),
        ("grep x", "grep: it reads what another command says: COMMAND | filter"),
        (
            "nothing_such | count",
            "unknown command: nothing_such (help lists them)\n0 lines, 0 words, 0 characters",
        ),
        ("echo a |", "cannot read this line: a command is missing behind |"),
        ("echo a ;; echo b", "cannot read this line: a command is missing before ;"),
        ("echo a; echo 'b", "cannot read this line: the quote ' is not closed"),
    ] {
        let got = machine.run(line)?;
        ensure(got == wanted, || format!("{line:?} answered {got:?}, not {wanted:?}"))?;
    }
    // More than a pipe holds is said, and the rest is whole.
    let answer = machine.run("repeat 3000 'memmap' | count")?;
    ensure(answer.contains("a pipe holds 256 KiB; the rest is cut off"), || answer.clone())?;
    let answer = machine.run("vm map | grep kernel | head 2 | count")?;
    ensure(answer.starts_with("2 lines"), || answer.clone())?;
    machine.no_triple_fault()
}

fn wrappers() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for (line, wanted) in [
        ("repeat 3 echo x", "x\nx\nx"),
        ("repeat 2 'echo x; echo y' | count", "4 lines, 4 words, 4 characters"),
        ("repeat 3 nothing_such", "unknown command: nothing_such (help lists them)"),
        ("alias two='echo 1; echo 2'", ""),
        ("two | count", "2 lines, 2 words, 2 characters"),
        ("alias count2='count'; echo a b | count2", "1 line, 2 words, 3 characters"),
        ("two 'with words'", "1\n2 with words"),
        ("alias two=two", "alias: it would stand for itself"),
        ("alias a=b; alias b=a", "alias: it would stand for itself"),
        ("unalias two; two", "unknown command: two (help lists them)"),
        (
            "repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 echo x",
            "commands within commands, more than 8 deep",
        ),
    ] {
        let got = machine.run(line)?;
        ensure(got == wanted, || format!("{line:?} answered {got:?}, not {wanted:?}"))?;
    }
    let answer = machine.run("time echo x")?;
    ensure(
        answer.starts_with("x\ntook ")
            && answer.contains(" timer ticks, ")
            && answer.contains(" cycles, "),
        || format!("time says:\n{answer}"),
    )?;
    machine.no_triple_fault()
}

fn watch_and_more() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.type_text("watch 1 uptime\n")?;
    let what = "every 1 s: uptime";
    let first = machine.wait_screen(what, seconds(20), |screen| {
        screen.rows[0].contains(what) && screen.rows[1].starts_with("up ")
    })?;
    machine.wait_screen("another figure", seconds(20), |screen| screen.rows[1] != first.rows[1])?;
    machine.type_text("x")?;
    machine.wait_screen("the prompt", seconds(20), |screen| screen.last() == PROMPT)?;
    machine.type_text("help all | more\n")?;
    machine.wait_screen("a page", seconds(20), |screen| screen.last() == "-- more --")?;
    machine.type_text("q")?;
    machine.wait_screen("the prompt", seconds(20), |screen| screen.last() == PROMPT)?;
    machine.no_triple_fault()
}

/// The heap is as it was after pipes, names, type-ahead and cancelled commands.
fn nothing_leaks() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let figures = |answer: &str| answer.lines().next().unwrap_or_default().to_owned();
    machine.run("vm map | grep heap | more | count")?;
    let before = figures(&machine.run("heap stats")?);
    for _ in 0..3 {
        machine.run("repeat 3000 memmap | grep -i USABLE | count")?;
        machine.run("alias x='echo y'; x; unalias x; nonsense | more; time x; echo a | b | c")?;
        let serial = machine.serial()?;
        serial.send(b"heap fuzz 1 10000000\recho ahead\r\x03")?;
        serial.wait_for("^C", seconds(30))?;
    }
    // Keys that wait in the meantime are not what is looked for.
    machine.serial()?.send(b"heap fuzz 1 1000000\r")?;
    machine.serial()?.wait_row("a bar", seconds(30), |row| row.ends_with(" %"))?;
    keys::press_each(&mut machine.qmp, "a b c")?;
    let serial = machine.serial()?;
    serial.wait_for("every block intact", seconds(60))?;
    serial.wait_row("no status", seconds(20), |row| row == PROMPT)?;
    let after = figures(&machine.run("heap stats")?);
    ensure(before == after, || format!("before: {before}\nafter: {after}"))?;
    machine.no_triple_fault()
}
