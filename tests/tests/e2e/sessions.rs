//! Sessions: one person at the screen, one at COM1, one at COM2, each with a prompt
//! of their own; and Ctrl-C, which stops what one of them runs.

use std::time::{Duration, Instant};

use harness::door::Door;
use harness::keys;
use harness::machine::{Machine, Recipe};
use harness::serial::PROMPT;
use harness::{Failure, Outcome, ensure, images, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// Runs for minutes, unless it is stopped.
const LONG: &str = "heap fuzz 1 10000000";
/// More keys than are kept while a command runs (1,024).
const TOO_MANY: usize = 1_200;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("sessions::busy_words_and_keys_that_wait", busy),
        test("sessions::ctrl_c_stops_commands", ctrl_c),
        test("sessions::too_many_keys_ahead_and_ctrl_c", too_many_keys),
        test("sessions::without_a_screen_the_keyboard_is_com1s", keyboard_feeds_com1),
        test("sessions::a_script_from_the_command_line", script),
        test_at(Door::GRUB_BIOS, "sessions::a_script_through_grub", script_from_the_menu),
        test_at(Door::LIMINE_BIOS, "sessions::a_script_through_limine", script_from_the_menu),
        test("sessions::com2_wakes_on_the_first_key", three),
        test("sessions::a_log_line_leaves_an_edited_line_whole", log_line),
        test("sessions::a_long_command_has_a_bar", bar),
        test("sessions::a_bar_names_the_test_that_runs", bar_with_a_name),
        test("sessions::a_bar_outlives_the_machine", bar_at_the_end),
        test("sessions::the_terminals_size_is_followed", size),
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
    // Its bar: the command on the row may still wait for the return key.
    machine.serial()?.wait_row("a bar", seconds(20), |row| row.ends_with(" %"))?;
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
    machine.wait_screen("a bar", seconds(20), |screen| screen.last().ends_with(" %"))?;
    machine.serial()?.send(b"echo after\r")?;
    machine.serial()?.wait_for("busy: the screen's session runs \"heap fuzz", seconds(20))?;
    press(&mut machine, &["ctrl", "c"])?;
    machine.serial()?.wait_for_answer("after", seconds(20))?;
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

/// More was typed than is kept: Ctrl-C stops the command, drops what was typed,
/// and Ctrl-Alt-Del reboots.
fn too_many_keys() -> Outcome {
    // The X key goes down and up again (scan code set 1).
    const X: [u8; 2] = [0x2d, 0xad];
    let mut machine = Recipe::new(Door::Pvh).with_qtest().boot_to_prompt()?;
    let serial = machine.serial()?;
    serial.send(format!("{LONG}\r{}\x03", "x".repeat(TOO_MANY)).as_bytes())?;
    serial.wait_for("^C", seconds(20))?;
    let answer = machine.run("echo whole")?;
    ensure(answer == "whole", || format!("on serial: {answer}"))?;
    for (keys, comes_back) in [(&["ctrl", "c"][..], true), (&["ctrl", "alt", "delete"][..], false)]
    {
        machine.type_text(&format!("{LONG}\n"))?;
        machine.wait_screen("a bar", seconds(20), |screen| screen.last().ends_with(" %"))?;
        for _ in 0..TOO_MANY {
            for byte in X {
                machine.qtest()?.scancode(byte)?;
            }
        }
        press(&mut machine, keys)?;
        if comes_back {
            machine.wait_screen("an empty prompt", seconds(20), |screen| {
                screen.contains("[130]") && screen.last() == PROMPT
            })?;
        }
    }
    let event = machine.qmp.wait_event("SHUTDOWN", seconds(20))?;
    ensure(event["reason"] == "guest-reset", || format!("it ended with {event}"))?;
    machine.no_triple_fault()
}

fn keyboard_feeds_com1() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline("console=serial").boot_to_prompt()?;
    machine.type_text("echo by hand\n")?;
    machine.serial()?.wait_for_answer("by hand", seconds(20))?;
    let answer = machine.run("echo by wire")?;
    ensure(answer == "by wire", || format!("serial answered {answer:?}"))
}

/// What `run="..."` says is done before the first prompt, for everybody to read.
fn script() -> Outcome {
    let recipe = Recipe::new(Door::Pvh).cmdline("run=\"echo from; echo a script | grep -v x\"");
    let mut machine = recipe.boot_to_prompt()?;
    let text = machine.serial()?.text();
    ensure(text.contains("\nfrom\na script\n"), || format!("serial says:\n{text}"))?;
    // Serial has its prompt before the screen is painted.
    machine.wait_screen("the script's answer", seconds(20), |screen| {
        screen.rows.iter().any(|row| row == "a script")
    })?;
    Ok(())
}

/// The same from the boot menu: a loader may move the quotes, and GRUB does.
fn script_from_the_menu(door: Door) -> Outcome {
    let Door::Iso(loader, ..) = door else { return Err(Failure::new("no ISO")) };
    let file = std::env::temp_dir().join(format!("valhalla-{door}-{}.iso", std::process::id()));
    let cmdline = "run=\"echo from; echo 'a  script' | grep -v x\" log=debug";
    images::iso_with_cmdline(loader, cmdline, &file)?;
    let booted = Recipe::new(door).kernel(&file).boot_to_prompt();
    for suffix in ["iso", "iso.inputs", "iso.log"] {
        // A file of its own that is left over does no harm.
        let _ = std::fs::remove_file(file.with_extension(suffix));
    }
    let mut machine = booted?;
    let text = machine.serial()?.text();
    ensure(text.contains("\nfrom\na  script\n"), || format!("serial says:\n{text}"))?;
    let answer = machine.run("cmdline")?;
    ensure(answer.contains(cmdline) && !answer.contains("not followed"), || answer.clone())
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

/// Nothing is said at COM2 before somebody types there; then there are three
/// consoles, and each reads what was asked for there and nothing else.
fn three() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).with_second_serial().boot_to_prompt()?;
    machine.run("echo before")?;
    let early = machine.second()?.received();
    ensure(early == 0, || format!("{early} bytes at COM2, where nobody was"))?;
    machine.second()?.send(b"\r")?;
    machine.second()?.ready(seconds(20))?;
    for (answer, wanted) in [
        (machine.second()?.run("echo at COM2")?, "at COM2"),
        (machine.run("echo at COM1")?, "at COM1"),
    ] {
        ensure(answer == wanted, || format!("{answer:?}, not {wanted:?}"))?;
    }
    machine.type_text("echo at the screen\n")?;
    let screen = machine.wait_screen("the answer", seconds(20), |screen| {
        screen.rows.iter().any(|row| row == "at the screen") && screen.last() == PROMPT
    })?;
    let (first, second) = (machine.serial()?.text(), machine.second()?.text());
    let all = [("COM1", first), ("COM2", second), ("the screen", screen.rows.join("\n"))];
    for (place, text) in &all {
        for (other, _) in &all {
            let heard = text.contains(&format!("at {}", other.trim_start_matches("at ")));
            ensure(heard == (place == other), || format!("{other}'s words at {place}:\n{text}"))?;
        }
    }
    machine.no_triple_fault()
}

/// A line of the log goes everywhere; the lines that are being typed are drawn
/// again below it, and run as they were typed.
fn log_line() -> Outcome {
    const LOGGED: &str = "there is no DSDT to interpret";
    let mut machine = Recipe::new(Door::Pvh).machine("pc,acpi=off").boot_to_prompt()?;
    let edited = format!("{PROMPT} echo ha");
    machine.serial()?.send(b"echo ha")?;
    machine.serial()?.wait_for(&edited, seconds(20))?;
    machine.type_text("shutdown acpi\n")?;
    // The log's words take the row of the line, which stands below them then.
    machine.serial()?.wait_for(&edited, seconds(20))?;
    machine.serial()?.send(b"lf\r")?;
    machine.serial()?.wait_for_answer("half", seconds(20))?;
    let text = machine.serial()?.text();
    let logged = text.lines().filter(|line| line.ends_with(LOGGED) && !line.contains("echo"));
    ensure(logged.count() == 1, || format!("one whole line of the log is wanted:\n{text}"))?;
    // And the screen's line, while COM1 logs.
    machine.wait_screen("the prompt", seconds(20), |screen| screen.last() == PROMPT)?;
    machine.type_text("clear\necho wh")?;
    let edited = format!("{PROMPT} echo wh");
    machine.wait_screen("the line", seconds(20), |screen| screen.last() == edited)?;
    machine.run("shutdown acpi")?;
    machine.wait_screen("log, then the line", seconds(20), |screen| {
        screen.rows.iter().any(|row| row.ends_with(LOGGED)) && screen.last() == edited
    })?;
    machine.type_text("ole\n")?;
    machine.wait_screen("the answer", seconds(20), |screen| {
        screen.rows.iter().any(|row| row == "whole") && screen.last() == PROMPT
    })?;
    machine.no_triple_fault()
}

/// A bar stands there while a command takes long, and is gone when it ends.
fn bar() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let is_bar = |row: &str| row.starts_with('[') && row.ends_with(" %");
    machine.type_text(&format!("{LONG}\n"))?;
    machine.wait_screen("a bar", seconds(30), |screen| is_bar(screen.last()))?;
    press(&mut machine, &["ctrl", "c"])?;
    machine.wait_screen("no bar", seconds(20), |screen| {
        screen.last() == PROMPT && !screen.rows.iter().any(|row| is_bar(row))
    })?;
    // On serial the same, up to an end of its own: a quick command has none.
    let answer = machine.run("heap fuzz 1 10")?;
    ensure(!answer.contains('%'), || answer.clone())?;
    machine.serial()?.send(format!("{LONG}\r").as_bytes())?;
    machine.serial()?.wait_for(" %", seconds(30))?;
    machine.serial()?.send(b"\x03")?;
    machine.serial()?.prompt(seconds(20))?;
    let text = machine.serial()?.text();
    ensure(!text.lines().any(is_bar), || format!("a bar is left:\n{text}"))?;
    machine.no_triple_fault()
}

/// A report leaves the bar where it was: it says what was being done.
fn bar_at_the_end() -> Outcome {
    let is_bar = |row: &str| row.starts_with('[') && row.contains(" %");
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.serial()?.send(b"heap fuzz 1 10000000\r")?;
    machine.serial()?.wait_row("a bar", seconds(30), is_bar)?;
    machine.qmp.human("mce 0 1 0xb200000000000175 0x4 0x1234000 0x0")?;
    let serial = machine.serial()?;
    serial.wait_for("*** CPU exception: machine check (#MC, vector 18)", seconds(20))?;
    let text = serial.text();
    ensure(text.lines().any(is_bar), || format!("the bar is gone:\n{text}"))?;
    machine.no_triple_fault()
}

/// The self tests on a slow machine: from half a second on the bar stands below
/// their lines and says which one runs. The lines are as they were, a pipe gets
/// nothing else, and no bar is left.
fn bar_with_a_name() -> Outcome {
    // 32 ns an instruction, by the machine's own clock: the host's speed is nothing
    // to it.
    let recipe = Recipe::new(Door::Pvh).arg("-icount").arg("shift=5,sleep=off");
    let mut machine = recipe.boot_to_prompt()?;
    let serial = machine.serial()?;
    serial.send(b"selftest\r")?;
    serial.wait_for(" passed, ", seconds(60))?;
    serial.prompt(seconds(20))?;
    let (tail, text) = (serial.tail(), serial.text());
    ensure(tail.contains(" %  symbols: "), || format!("no bar names a test:\n{tail}"))?;
    ensure(!text.contains(" %  "), || format!("a bar is left:\n{text}"))?;
    let ok = text.lines().filter(|line| line.starts_with("test ") && line.ends_with(" ... ok"));
    let ok = ok.count();
    ensure(ok > 50, || format!("{ok} tests are ok:\n{text}"))?;
    let answer = machine.run("selftest | grep -v %")?;
    let piped =
        answer.lines().filter(|line| line.starts_with("test ") && line.ends_with(" ... ok"));
    ensure(piped.count() >= ok && !answer.contains(" %  "), || {
        format!("through a pipe, in which {ok} are expected:\n{answer}")
    })?;
    machine.no_triple_fault()
}

/// The kernel asks the terminal where its farthest corner is, and believes the
/// answer: a long line scrolls within so many columns.
fn size() -> Outcome {
    const LINE: &str = "echo 0123456789abcdefghijklmnopqrstuvwxyz";
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let asked = |tail: &str| tail.contains("[?2004h") && tail.contains("[999;999H");
    // It asks behind the prompt.
    let deadline = Instant::now() + seconds(20);
    loop {
        let tail = machine.serial()?.tail();
        if asked(&tail) {
            break;
        }
        ensure(Instant::now() < deadline, || format!("it does not ask:\n{tail}"))?;
        std::thread::sleep(Duration::from_millis(20));
    }
    for (report, columns) in [
        // Nobody has answered.
        ("", 80),
        ("\x1b[30;100R", 100),
        ("\x1b[24;32R", 32),
        // What cannot be is not believed.
        ("\x1b[30;3R", 32),
        ("\x1b[65535;65535R", 32),
        ("\x1b[30;40R", 40),
    ] {
        let serial = machine.serial()?;
        serial.prompt(seconds(20))?;
        // The whole line, or its end: what fits beside prompt and cursor.
        serial.send(format!("{report}{LINE}").as_bytes())?;
        let row = serial.wait_row("its end", seconds(20), |row| row.ends_with("xyz"))?;
        let whole = row == format!("{PROMPT} {LINE}");
        let fits = PROMPT.len() + 1 + LINE.len() < columns;
        ensure(whole == fits && row.len() < columns, || format!("{columns} columns: {row:?}"))?;
        serial.send(b"\r")?;
        serial.wait_for_answer("0123456789abcdefghijklmnopqrstuvwxyz", seconds(20))?;
    }
    machine.no_triple_fault()
}
