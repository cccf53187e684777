//! Every command with arguments that make no sense, and pastes that make none.
//!
//! The kernel itself lists the commands (`help all`), so that a new one is
//! covered when it is added; the words that a command knows come from its
//! usage. Afterwards the prompt answers, and the heap has what it had before.

use std::time::Duration;

use std::iter;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::serial::{PROMPT, Serial};
use harness::{Failure, Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

/// Words that no command takes, or that only one in its right mind gives.
const JUNK: [&str; 10] = [
    "''",
    "0",
    "-1",
    "0x",
    "18446744073709551615",
    "18446744073709551616",
    "0xffffffffffffffff 0xffffffffffffffff 0xffffffffffffffff",
    "\u{e9}\u{df}\u{20ac}\u{1f980}\u{202e}\u{85}",
    "%s%n --help ; | \\",
    "no such thing at all",
];
/// What follows a word that a command knows.
const BEHIND_A_WORD: [&str; 4] = ["", " junk", " -1 18446744073709551616", " '' ''"];
/// More words than any command takes, and than a line may have.
const CROWDS: [usize; 2] = [10, 60];
/// It runs all the others for minutes, and has trials of its own: here it gets
/// its nonsense alone.
const RUNS_THE_OTHERS: &str = "failnth";
/// How long a command may take before somebody presses Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(6);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("arguments::every_command_with_nonsense", every_command),
        test("arguments::the_book_lists_every_command", the_book_lists_all),
        test("arguments::a_paste_of_100_kib", || large_input(Machine::serial, &paste(), ran)),
        test("arguments::a_paste_of_100_kib_at_com2", || {
            large_input(Machine::second, &paste(), ran)
        }),
        test("arguments::a_bracketed_paste_of_100_kib", || {
            let marked = [b"\x1b[200~", &*paste(), b"\x1b[201~"].concat();
            large_input(Machine::serial, &marked, ran)
        }),
        test("arguments::a_line_of_64_kib", || large_input(Machine::serial, &long_line(), refused)),
        test("arguments::a_line_of_64_kib_at_com2", || {
            large_input(Machine::second, &long_line(), refused)
        }),
        test("arguments::a_line_too_long_by_hand", long_line_by_hand),
        test("arguments::escape_sequences_cut_anywhere", cut_sequences),
    ]
}

/// A command as the kernel lists it.
struct Listed {
    name: String,
    /// Words in its usage that are not placeholders.
    words: Vec<String>,
    /// It can end the machine, or takes minutes, when its arguments make sense.
    nonsense_only: bool,
}

/// Reads `help all`: a heading at the margin, then a line for each command.
fn listed(machine: &mut Machine) -> Outcome<Vec<Listed>> {
    let help = machine.run("help all")?;
    let mut commands: Vec<Listed> = Vec::new();
    let mut is_way_out = false;
    for line in help.lines() {
        let indent = line.len() - line.trim_start().len();
        match indent {
            0 => is_way_out = line.starts_with("Power "),
            2 => {
                let mut parts = line.trim_start().splitn(2, ' ');
                let name = parts.next().unwrap_or_default().to_owned();
                let usage = parts.next().unwrap_or_default();
                // The summary stands behind two spaces, or is one of its words:
                // a word too many is one more nonsense.
                let words = usage.split(|c: char| " []|.".contains(c));
                let words = words.filter(|word| is_known_word(word)).map(str::to_owned).collect();
                let nonsense_only = is_way_out || name == RUNS_THE_OTHERS;
                commands.push(Listed { name, words, nonsense_only });
            }
            _ => {}
        }
    }
    // What the narrowest screen has room for.
    let wide = help.lines().find(|line| line.chars().count() > 79);
    ensure(wide.is_none(), || format!("help all has a line that wraps: {wide:?}"))?;
    ensure(commands.len() > 20, || format!("{} commands in:\n{help}", commands.len()))?;
    Ok(commands)
}

fn is_known_word(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

impl Listed {
    /// Every line that is tried with it.
    fn lines(&self) -> Vec<String> {
        let name = &self.name;
        let mut lines: Vec<String> = JUNK.iter().map(|junk| format!("{name} {junk}")).collect();
        lines.extend(CROWDS.iter().map(|count| format!("{name}{}", " x".repeat(*count))));
        lines.push(format!("{name} {}", "y".repeat(400)));
        if !self.nonsense_only {
            lines.push(name.clone());
            let words = self.words.iter();
            lines.extend(words.flat_map(|word| {
                BEHIND_A_WORD.iter().map(move |rest| format!("{name} {word}{rest}"))
            }));
        }
        lines
    }
}

/// Types a line; what takes long is ended by Ctrl-C, as a person would.
fn give(machine: &mut Machine, line: &str) -> Outcome<String> {
    let serial = machine.serial()?;
    serial.prompt(seconds(20))?;
    if let Ok(answer) = serial.run_within(line, PATIENCE) {
        return Ok(answer);
    }
    let during = |failure: Failure| failure.during(format!("{line:?}"));
    // Twice, because `keytest` takes one for a key like any other.
    serial.send(b"\x03\x03")?;
    serial.prompt(seconds(120)).map_err(during)?;
    // The command may have ended by itself, and the prompt may be the one before
    // those that a Ctrl-C makes.
    let word = format!("in-step-{}", serial.received());
    serial.send(format!("echo {word}\r").as_bytes())?;
    serial.wait_for_answer(&word, seconds(20)).map_err(during)?;
    Ok("(ended by Ctrl-C)".into())
}

/// What the heap holds: the first line of `heap stats`.
fn heap(machine: &mut Machine) -> Outcome<String> {
    let answer = machine.run("heap stats")?;
    let line = answer.lines().find(|line| line.contains("in use"));
    line.map(str::to_owned).ok_or_else(|| Failure::new(format!("heap stats answered:\n{answer}")))
}

fn every_command() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let commands = listed(&mut machine)?;
    // What is made on first use stays: AML's objects, a device's buffers.
    for command in commands.iter().filter(|command| !command.nonsense_only) {
        give(&mut machine, &command.name)?;
        for word in &command.words {
            give(&mut machine, &format!("{} {word}", command.name))?;
        }
    }
    let before = heap(&mut machine)?;
    for command in &commands {
        for line in command.lines() {
            let answer = give(&mut machine, &line)?;
            ensure(!answer.contains("*** Kernel panic"), || format!("{line:?}:\n{answer}"))?;
        }
        let after = heap(&mut machine)?;
        ensure(before == after, || {
            format!("the heap held\n{before}\nand after {}\n{after}", command.name)
        })?;
    }
    has_stack_left(&mut machine)?;
    alive(&mut machine, "after-all-of-it")
}

/// A quarter of the main stack was never used, whatever ran: QEMU's memory is zero at
/// first, and with PVH nothing but the kernel has written to it.
fn has_stack_left(machine: &mut Machine) -> Outcome {
    let answer = machine.run("vm map | grep 'main stack'")?;
    let address = |text: Option<&str>| u64::from_str_radix(text?.trim(), 16).ok();
    let mut ends = answer.split([' ', '-']);
    let (Some(start), Some(last)) = (address(ends.next()), address(ends.next())) else {
        return Err(Failure::new(format!("where is the main stack? {answer:?}")));
    };
    let stack = machine.memory(start, last - start + 1)?;
    let unused = stack.iter().take_while(|byte| **byte == 0).count();
    ensure(stack.len() == 128 << 10 && unused >= stack.len() / 4, || {
        format!("{unused} of {} bytes were never used", stack.len())
    })
}

/// The chapter on commands has a row for each, with its arguments.
fn the_book_lists_all() -> Outcome {
    const CHAPTER: &str = "docs/src/commands.md";
    let book = std::fs::read_to_string(harness::images::workspace().join(CHAPTER))?;
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for Listed { name, .. } in listed(&mut machine)? {
        let page = machine.run(&format!("help {name}"))?;
        let synopsis = page.lines().next().and_then(|line| line.strip_prefix("usage: "));
        let row = format!("| `{}` |", synopsis.unwrap_or_default().replace('|', "\\|"));
        ensure(book.contains(&row), || format!("{CHAPTER} lacks the row {row}"))?;
    }
    machine.no_triple_fault()
}

/// The prompt answers, exactly, when everything that was sent has been read.
fn alive(machine: &mut Machine, word: &str) -> Outcome {
    answers(machine.serial()?, word)?;
    machine.no_triple_fault()
}

fn answers(serial: &mut Serial, word: &str) -> Outcome {
    let mut answered = Ok(());
    // Again, because time may pass within the sequence on a busy host, and what
    // it was to end goes on.
    for attempt in 0..3 {
        let word = format!("{word} {attempt}");
        // Ends a begun sequence, paste, quote or line.
        serial.send(format!("\x1b[201~\x1b\x1b\x03\x15\recho '{word}'\r").as_bytes())?;
        answered = serial.wait_for_answer(&word, seconds(60));
        if answered.is_ok() {
            break;
        }
    }
    answered?;
    serial.prompt(seconds(20))
}

/// Lines of the paste that are whole.
const PASTED: usize = 5_000;

/// 100 KiB of lines that would each be a command.
fn paste() -> Vec<u8> {
    let lines = (0..PASTED).flat_map(|number| format!("echo pasted {number}\r").into_bytes());
    lines.chain(iter::repeat(b' ')).take(100 << 10).collect()
}

/// Every line of it was run, in order.
fn ran(text: &str) -> Outcome {
    let numbers = text.lines().filter_map(|line| line.strip_prefix("pasted ")?.parse().ok());
    let wrong = numbers.zip(0..).find(|(found, expected): &(usize, usize)| found != expected);
    let count = text.lines().filter(|line| line.starts_with("pasted ")).count();
    ensure(count == PASTED && wrong.is_none(), || {
        format!("{count} of {PASTED} lines answered, the first wrong one {wrong:?}")
    })
}

/// A line of 64 KiB.
fn long_line() -> Vec<u8> {
    [&b"echo "[..], &[b'x'; 64 << 10], b"\r"].concat()
}

/// What is said about it, once.
const REFUSED: &str = "not run: a line has 512 bytes at the most";

/// It was refused in words, and no part of it was run.
fn refused(text: &str) -> Outcome {
    let said = text.lines().filter(|line| *line == REFUSED).count();
    let run = text.lines().any(|line| line.starts_with("xxx"));
    ensure(said == 1 && !run, || format!("refused {said} times; a part was run: {run}"))
}

/// As much at once as somebody may paste at a serial line: every line is answered,
/// and the heap is as before.
fn large_input(
    line: fn(&mut Machine) -> Outcome<&mut Serial>,
    bytes: &[u8],
    answered: fn(&str) -> Outcome,
) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).with_second_serial().boot_to_prompt()?;
    machine.second()?.send(b"\r")?;
    machine.second()?.ready(seconds(20))?;
    line(&mut machine)?.run("echo first")?;
    let before = heap(&mut machine)?;
    line(&mut machine)?.send(bytes)?;
    answers(line(&mut machine)?, "after-the-paste")?;
    let text = line(&mut machine)?.text();
    answered(&text)?;
    let after = heap(&mut machine)?;
    ensure(before == after, || format!("the heap held\n{before}\nand now\n{after}"))?;
    machine.no_triple_fault()
}

/// More keys without a return than a line has room for: the row says that they
/// are refused, the return that the line is not run, and the prompt answers.
fn long_line_by_hand() -> Outcome {
    // The X key goes down and up again (scan code set 1).
    const X: [u8; 2] = [0x2d, 0xad];
    /// Three lines full: a keyboard pastes nothing.
    const LEANT_ON: usize = 1_500;
    let mut machine = Recipe::new(Door::Pvh).with_qtest().boot_to_prompt()?;
    let before = heap(&mut machine)?;
    for _ in 0..LEANT_ON {
        for byte in X {
            machine.qtest()?.scancode(byte)?;
        }
    }
    // The keyboard's keys come first: all have been followed when serial answers,
    // and there is room for more.
    machine.run("echo in step")?;
    machine.wait_screen("a full row", seconds(60), |screen| {
        let row = screen.last();
        row.starts_with(PROMPT) && row.contains("<xxx") && row.contains("xxx")
    })?;
    machine.type_text("\n")?;
    machine.wait_screen("a refusal", seconds(60), |screen| {
        let stands = |text: &str| screen.rows.iter().any(|row| row == text);
        stands(REFUSED) && stands(&format!("[2] {PROMPT}"))
    })?;
    machine.type_text("echo whole\n")?;
    machine.wait_screen("the answer", seconds(20), |screen| {
        screen.rows.iter().any(|row| row == "whole") && screen.last() == PROMPT
    })?;
    let after = heap(&mut machine)?;
    ensure(before == after, || format!("the heap held\n{before}\nand now\n{after}"))?;
    machine.no_triple_fault()
}

/// What a terminal may send, and what a file that was pasted may hold.
const SEQUENCES: [&str; 14] = [
    "\x1b[A",
    "\x1bOP",
    "\x1b[1;5D",
    "\x1b[15~",
    "\x1b[200~pasted\x1b[201~",
    "\x1b[24;80R",
    "\x1b[?1;2c",
    "\x1b]0;a title\x07",
    "\x1b]8;;http://x\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1b[38;2;1;2;3m",
    "\x1b[99999999999999999999;99999999999;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;H",
    "\x1b%G\u{1f980}",
    "\u{9b}2J",
];

/// Each cut after every byte, then a line end; the shell still reads lines.
fn cut_sequences() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.run("echo first")?;
    let before = heap(&mut machine)?;
    for sequence in SEQUENCES {
        for cut in 1..=sequence.len() {
            machine.serial()?.send(&sequence.as_bytes()[..cut])?;
            machine.serial()?.send(b"\r")?;
        }
        alive(&mut machine, "still here")
            .map_err(|failure| failure.during(format!("{sequence:?}")))?;
    }
    let after = heap(&mut machine)?;
    ensure(before == after, || format!("the heap held\n{before}\nand now\n{after}"))
}
