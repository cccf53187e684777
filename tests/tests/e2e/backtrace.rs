//! Reports name functions, files and lines, from symbols that the image carries.

use std::fs;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, ensure, images, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// What a symbol table starts with.
const MAGIC: &[u8] = b"VALSYM01";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        test("backtrace::names_functions_files_and_lines", || names(Door::Pvh)),
        test("backtrace::counts_a_runaway_recursion", counts_a_recursion),
        test("backtrace::of_a_panic_begins_at_the_panic", begins_at_the_panic),
        test("backtrace::without_symbols_shows_addresses", without_symbols),
    ];
    // Other loaders map the symbols too.
    for door in [Door::GRUB_BIOS, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI] {
        trials.push(test_at(door, format!("backtrace::{door}_names_functions"), names));
    }
    trials
}

/// The report that `fault NAME fatal` ends in, up to its backtrace's end.
fn report(machine: &mut Machine, name: &str) -> Outcome<String> {
    let serial = machine.serial()?;
    serial.send(format!("fault {name} fatal\r").as_bytes())?;
    serial.wait_for("Backtrace", seconds(20))?;
    serial.wait_for("interrupt handlers", seconds(20))?;
    let text = serial.text();
    let start = text.rfind("*** ").unwrap_or_default();
    Ok(text[start..].to_owned())
}

/// The lines of the backtrace that show frames, in order.
fn frames(report: &str) -> Vec<&str> {
    report.lines().map(str::trim_start).filter(|line| line.starts_with('#')).collect()
}

fn expect_frame(report: &str, number: usize, function: &str) -> Outcome {
    let start = format!("#{number} 0xffffffff8");
    let found = frames(report).into_iter().find(|line| line.starts_with(&start));
    let right = found.is_some_and(|line| line.contains(&format!(" valhalla::{function}+0x")));
    ensure(right, || format!("#{number} is not {function} in:\n{report}"))
}

fn names(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).boot_to_prompt()?;
    let report = report(&mut machine, "pf")?;
    let rip = report.lines().find(|line| line.starts_with("RIP 0x")).unwrap_or_default();
    let function = " valhalla::shell::commands::fault::raise::page_fault+0x";
    let line =
        rip.split_once(function).and_then(|(_, rest)| line_in(rest, "commands/fault/raise.rs"));
    let line = line.ok_or_else(|| Failure::new(format!("RIP has no name in:\n{report}")))?;
    // The line is the one that did it.
    let source = images::workspace().join("kernel/src/shell/commands/fault/raise.rs");
    let text = fs::read_to_string(source)?;
    let source = text.lines().nth(line - 1).unwrap_or_default();
    ensure(source.contains("asm!(\"mov"), || format!("line {line} is {source:?}:\n{report}"))?;

    expect_frame(&report, 0, "shell::commands::fault::raise::page_fault")?;
    expect_frame(&report, 1, "shell::commands::fault::run")?;
    let last = frames(&report).last().copied().unwrap_or_default().to_owned();
    ensure(last.contains("on_main_stack+0x"), || format!("it ends early:\n{report}"))?;
    machine.no_triple_fault()
}

/// The number behind `file` in `(kernel/src/.../file:78)`.
fn line_in(text: &str, file: &str) -> Option<usize> {
    let (_, rest) = text.split_once(&format!("{file}:"))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn counts_a_recursion() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let report = report(&mut machine, "so")?;
    expect_frame(&report, 0, "shell::commands::fault::raise::overflow_stack")?;
    let counted = report.lines().any(|line| line.ends_with(" more of the frame above"));
    ensure(counted, || format!("the recursion is not counted:\n{report}"))?;
    ensure(report.contains("valhalla::shell::commands::fault::run+0x"), || {
        format!("what called the recursion is not shown:\n{report}")
    })?;
    ensure(frames(&report).len() < 12, || format!("too many lines:\n{report}"))?;
    machine.no_triple_fault()
}

fn begins_at_the_panic() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let report = report(&mut machine, "panic")?;
    expect_frame(&report, 0, "shell::commands::fault::raise::panic")?;
    expect_frame(&report, 1, "shell::commands::fault::run")?;
    machine.no_triple_fault()
}

/// What `cargo build` alone makes: the same kernel, never packed.
fn without_symbols() -> Outcome {
    let mut kernel = fs::read(images::kernel()?)?;
    // The last: the reader's own copy of the word lies before it.
    let place = kernel.windows(MAGIC.len()).rposition(|window| window == MAGIC);
    let place = place.ok_or_else(|| Failure::new("the kernel has no symbols"))?;
    kernel[place..place + MAGIC.len()].fill(0);
    let path = std::env::temp_dir().join(format!("valhalla-bare-{}", std::process::id()));
    fs::write(&path, kernel)?;
    let outcome = (|| {
        let mut machine = Recipe::new(Door::Pvh).kernel(&path).boot_to_prompt()?;
        let report = report(&mut machine, "pf")?;
        ensure(report.contains("(no symbols in this image)"), || report.clone())?;
        ensure(frames(&report).len() >= 4, || format!("too few frames:\n{report}"))?;
        let plain = frames(&report).iter().all(|line| line.ends_with("(kernel text)"));
        ensure(plain, || format!("a name without symbols:\n{report}"))?;
        machine.no_triple_fault()
    })();
    fs::remove_file(&path)?;
    outcome
}
