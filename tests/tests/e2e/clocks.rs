//! Clocks: dates that are odd, real-time clocks that are broken, time that stops.

use std::time::Instant;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

/// What QEMU's real-time clock begins at, and the first words of `date`: the
/// day must be right, the time is a few seconds later.
const DATES: [(&str, &str); 6] = [
    ("1970-01-01T00:00:00", "Thursday 1970-01-01T00:0"),
    ("2000-02-29T12:00:00", "Tuesday 2000-02-29T12:0"),
    ("2024-02-29T00:00:00", "Thursday 2024-02-29T00:0"),
    ("2038-01-19T03:14:08", "Tuesday 2038-01-19T03:1"),
    // QEMU takes any month and day, and carries what is too much.
    ("2023-13-45T99:99:99", "Sunday 2024-02-18T04:"),
    // Its date has 32 bits of seconds on the way in: 1963 is what the clock
    // then shows.
    ("2099-12-31T00:00:00", "Sunday 1963-11-24T17:3"),
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = DATES
        .into_iter()
        .map(|(base, shown)| {
            test(format!("clocks::date_{}", &base[..10]), move || date(base, shown))
        })
        .collect();
    trials.extend([
        test("clocks::the_year_2000_begins", new_year),
        test("clocks::an_rtc_full_of_ff_is_refused_in_words", full_of_ff),
        test("clocks::impossible_dates_are_refused_in_words", impossible),
        test("clocks::a_twelve_hour_binary_rtc", twelve_hours_binary),
        test("clocks::a_century_further", next_century),
        test("clocks::rtc_interrupts_nobody_asked_for_are_turned_off", unasked_interrupts),
    ]);
    trials
}

fn with_date(base: &str) -> Outcome<Machine> {
    Recipe::new(Door::Pvh).with_qtest().arg("-rtc").arg(&format!("base={base}")).boot_to_prompt()
}

fn date(base: &str, shown: &str) -> Outcome {
    let mut machine = with_date(base)?;
    let answer = machine.run("date")?;
    ensure(answer.starts_with(shown), || format!("{shown:?} expected:\n{answer}"))?;
    machine.no_triple_fault()
}

/// From 1999-12-31T23:59:58 over midnight, without a wrong date in between.
fn new_year() -> Outcome {
    let mut machine = with_date("1999-12-31T23:59:55")?;
    let deadline = Instant::now() + seconds(30);
    let mut seen_old = false;
    loop {
        let answer = machine.run("date")?;
        if answer.starts_with("Saturday 2000-01-01T00:00:0") {
            break;
        }
        seen_old |= answer.starts_with("Friday 1999-12-31T23:59:5");
        ensure(seen_old, || format!("neither the old year nor the new:\n{answer}"))?;
        ensure(Instant::now() < deadline, || format!("the year does not end:\n{answer}"))?;
    }
    machine.no_triple_fault()
}

/// Writes RTC registers. Bit 7 of register B (SET) stops the clock first, so
/// that what is written stays.
fn write(machine: &mut Machine, status_b: u8, registers: &[(u8, u8)]) -> Outcome {
    for (register, value) in [(0x0b, 0x80 | status_b)].iter().chain(registers) {
        machine.qtest()?.outb(0x70, *register)?;
        machine.qtest()?.outb(0x71, *value)?;
    }
    Ok(())
}

/// Lets a stopped clock run on.
fn run_on(machine: &mut Machine, status_b: u8) -> Outcome {
    machine.qtest()?.outb(0x70, 0x0b)?;
    machine.qtest()?.outb(0x71, status_b)
}

fn says(machine: &mut Machine, words: &str) -> Outcome {
    let answer = machine.run("date")?;
    ensure(answer.contains(words), || format!("{words:?} expected:\n{answer}"))?;
    let again = machine.run("echo on")?;
    ensure(again == "on", || format!("the prompt answers {again:?}"))
}

fn full_of_ff() -> Outcome {
    let mut machine = with_date("2024-02-29T00:00:00")?;
    write(&mut machine, 2, &[0, 2, 4, 7, 8, 9, 0x32].map(|register| (register, 0xff)))?;
    says(&mut machine, "tells no time: a register reads 0xff, which is not BCD")?;
    machine.no_triple_fault()
}

fn impossible() -> Outcome {
    let mut machine = with_date("2024-02-29T00:00:00")?;
    for (register, wrong, right, words) in [
        (0x00, 0x99, 0x00, "there is no second 99"),
        (0x02, 0x60, 0x00, "there is no minute 60"),
        (0x04, 0x24, 0x00, "there is no hour 24"),
        (0x07, 0x30, 0x29, "there is no day 30"),
        (0x08, 0x13, 0x02, "there is no month 13"),
        (0x08, 0x00, 0x02, "there is no month 0"),
        (0x09, 0xa0, 0x24, "a register reads 0xa0, which is not BCD"),
    ] {
        write(&mut machine, 2, &[(register, wrong)])?;
        says(&mut machine, words)?;
        write(&mut machine, 2, &[(register, right)])?;
    }
    says(&mut machine, "it is held, to be set (SET is 1 in register B)")?;
    run_on(&mut machine, 2)?;
    says(&mut machine, "Thursday 2024-02-29T00:0")?;
    machine.no_triple_fault()
}

/// The other way to write the time: 11 in the evening as 0x8b.
fn twelve_hours_binary() -> Outcome {
    let mut machine = with_date("2024-02-29T00:00:00")?;
    let time = [(0, 0), (2, 50), (4, 0x80 | 11), (7, 31), (8, 12), (9, 26), (0x32, 20)];
    write(&mut machine, 4, &time)?;
    run_on(&mut machine, 4)?;
    says(&mut machine, "Thursday 2026-12-31T23:5")?;
    says(&mut machine, "binary (DM = 1), 12 hours (24/12 = 0), century in register 0x32")?;
    machine.no_triple_fault()
}

fn next_century() -> Outcome {
    let mut machine = with_date("2024-02-29T00:00:00")?;
    let time = [(0, 0), (2, 0), (4, 0), (7, 0x31), (8, 0x12), (9, 0x99), (0x32, 0x20)];
    write(&mut machine, 2, &time)?;
    run_on(&mut machine, 2)?;
    says(&mut machine, "Thursday 2099-12-31T00:0")?;
    machine.no_triple_fault()
}

/// A stray write turns on the periodic interrupt and the alarm: each is read
/// off at register C, then off they go, and the log says so once.
fn unasked_interrupts() -> Outcome {
    let mut machine = with_date("2024-02-29T00:00:00")?;
    run_on(&mut machine, 0x62)?;
    // The log speaks when the shell comes back to its prompt.
    let deadline = Instant::now() + seconds(20);
    let words = "interrupted at a rate or an alarm that nobody asked for: turned off";
    while !machine.serial()?.text().contains(words) {
        machine.run("echo")?;
        ensure(Instant::now() < deadline, || "the log does not say it".into())?;
    }
    machine.qtest()?.outb(0x70, 0x0b)?;
    let b = machine.qtest()?.inb(0x71)?;
    ensure(b == 2, || format!("register B is {b:#x}, expected 2"))?;
    says(&mut machine, "Thursday 2024-02-29T00:0")?;
    machine.no_triple_fault()
}
