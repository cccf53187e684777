//! Rates: those that are stated wrongly, those that only the real-time clock can
//! tell, and measurements that are disturbed.
//!
//! Under `-icount` QEMU's time-stamp counter has one gigahertz exactly, and the
//! local APIC's timer 62.5 MHz.

use std::fs;
use std::time::Instant;

use harness::bochs;
use harness::door::{Door, Loader};
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, elf, ensure, images, seconds};
use libtest_mimic::Trial;

use crate::clocks::{first_number, uptime_ms, wait_for};
use crate::requests::changed;
use crate::{test, test_in_bochs};

/// An ordinary PC; one with the 8254 and the RTC alone; one with the RTC alone.
const PC: &str = "pc";
const PIT_ALONE: &str = "pc,acpi=off";
const RTC_ALONE: &str = "microvm,pit=off,pic=off,rtc=on";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, machine, by) in
        [("hpet", PC, "hpet"), ("pit", PIT_ALONE, "pit"), ("rtc", RTC_ALONE, "rtc")]
    {
        trials.extend([
            test(format!("rates::far_too_high_is_seen_by_the_{name}"), move || {
                wrong(machine, 15_000_000_000, "15.000000 GHz", by)
            }),
            test(format!("rates::far_too_low_is_seen_by_the_{name}"), move || {
                wrong(machine, 60_000_000, "60.000000 MHz", by)
            }),
            test(format!("rates::a_little_wrong_is_seen_by_the_{name}"), move || {
                wrong(machine, 1_015_000_000, "1.015000 GHz", by)
            }),
            test(format!("rates::right_stays_by_the_{name}"), move || right(machine, by)),
        ]);
    }
    trials.extend([
        test("rates::the_rtc_tells_it_where_nothing_else_does", rtc_alone),
        test("rates::drift_does_not_spoil_the_local_apics", drift_beside_measuring),
        test_in_bochs(Loader::Grub, "rates::bochs_states_far_too_much", |_| in_bochs()),
    ]);
    trials
}

/// Every instruction takes 16 ns, and all clocks follow the same count.
fn counted(recipe: Recipe, machine: &str) -> Recipe {
    let recipe = recipe.machine(machine).arg("-icount").arg("shift=4,sleep=off");
    let recipe = recipe.arg("-rtc").arg("base=2026-01-01,clock=vm");
    if machine == RTC_ALONE { recipe.vga("none") } else { recipe }
}

/// A machine whose loader states this rate of the time-stamp counter.
fn stating(machine: &str, hz: u64) -> Outcome<Machine> {
    // Trials of one process run side by side.
    let tag = machine.bytes().fold(hz, |tag, byte| tag.wrapping_mul(31).wrapping_add(byte.into()));
    let (recipe, _file) = changed(&elf::with_tsc_rate(&fs::read(images::kernel()?)?, hz)?, tag)?;
    counted(recipe, machine).boot_to_prompt()
}

/// The measured rate takes the place of the stated one, one warning says so, and
/// time passes as it should and never goes back.
fn wrong(machine: &str, hz: u64, shown: &str, by: &str) -> Outcome {
    let mut machine = stating(machine, hz)?;
    // The first comes before the rate is looked at.
    let mut last = 0;
    for _ in 0..20 {
        let now = uptime_ms(&mut machine)?;
        ensure(now >= last, || format!("uptime went from {last} ms to {now} ms"))?;
        last = now;
    }
    let answer = wait_for(&mut machine, "clocks tsc", &format!("measured by {by}"))?;
    near(&answer, "tsc at ", 1_000_000_000)?;
    let words = format!(" by {by}, not at {shown} as the boot loader tells: measured instead");
    warned_once(&machine.run("dmesg")?, &words)?;
    keeps_up_with_the_rtc(|command| machine.run(command))?;
    machine.no_triple_fault()
}

/// What is right within 0.3 % stays, and was looked at.
fn right(machine: &str, by: &str) -> Outcome {
    let mut machine = stating(machine, 1_003_000_000)?;
    let words = format!("tsc at 1.003000 GHz, as the boot loader tells, checked by {by}");
    wait_for(&mut machine, "clocks tsc", &words)?;
    let log = machine.run("dmesg")?;
    ensure(!log.contains("tsc runs at"), || log.clone())?;
    keeps_up_with_the_rtc(|command| machine.run(command))?;
    machine.no_triple_fault()
}

/// Where nobody states a rate and there is no clock but the RTC, time passes
/// after two of its seconds, and what it measured then wakes sleepers.
fn rtc_alone() -> Outcome {
    let mut machine = counted(Recipe::new(Door::Pvh), RTC_ALONE).boot_to_prompt()?;
    wait_for(&mut machine, "clocks", "* tsc keeps the time")?;
    keeps_up_with_the_rtc(|command| machine.run(command))?;
    wait_for(&mut machine, "clocks lapic", "it wakes who sleeps: there is no interval timer")?;
    let answer = machine.run("clocks tsc")?;
    near(&answer, "tsc at ", 1_000_000_000)?;
    wait_for(&mut machine, "selftest sleeper", "asleep ... ok")?;
    let rtc = machine.run("clocks rtc")?;
    ensure(rtc.contains(" UIE 0 "), || format!("the RTC still interrupts:\n{rtc}"))?;
    machine.no_triple_fault()
}

/// Drift lets the local APIC's timer count from its top, in the middle of what
/// measures it.
fn drift_beside_measuring() -> Outcome {
    let mut machine = counted(Recipe::new(Door::Pvh), PC).boot_to_prompt()?;
    machine.run("clocks drift 1; clocks lapic")?;
    let answer = wait_for(&mut machine, "clocks lapic", "measured by hpet")?;
    near(&answer, "lapic at ", 62_500_000)?;
    // And half a minute later, when it is measured for the last time.
    machine.run("clocks drift 35")?;
    let answer = wait_for(&mut machine, "clocks lapic", "measured by hpet, +-1 ppm")?;
    near(&answer, "lapic at ", 62_500_000)?;
    machine.run("clocks wake periodic")?;
    let before = interrupts_and_ms(&mut machine)?;
    machine.run("clocks drift 4")?;
    let after = interrupts_and_ms(&mut machine)?;
    let (interrupts, ms) = (after.0 - before.0, after.1 - before.1);
    ensure(interrupts.abs_diff(ms) <= ms / 100 + 2, || {
        format!("{interrupts} interrupts in {ms} ms")
    })?;
    machine.no_triple_fault()
}

/// The local APIC's timer interrupts so far, and the time.
fn interrupts_and_ms(machine: &mut Machine) -> Outcome<(u64, u64)> {
    let answer = machine.run("clocks lapic")?;
    let count = answer.split(" interrupts").next().and_then(|text| text.rsplit(' ').next());
    let count = count.and_then(|count| count.parse().ok());
    let count = count.ok_or_else(|| Failure::new(format!("no count: {answer}")))?;
    Ok((count, uptime_ms(machine)?))
}

/// CPUID leaf 0x16 of this model tells 3.5 GHz; its counter has one count an
/// instruction, ten millions a second (`ips`).
fn in_bochs() -> Outcome {
    let recipe = bochs::Recipe::new("corei7_skylake_x").ignoring_bad_msrs();
    let mut machine = recipe.boot_to_prompt()?;
    let words = ", not at 3.500000 GHz as CPUID leaf 0x16 tells: measured instead";
    let deadline = Instant::now() + seconds(60);
    let answer = loop {
        let answer = machine.run("clocks tsc")?;
        if !answer.contains("not checked yet") {
            break answer;
        }
        ensure(Instant::now() < deadline, || answer)?;
    };
    let is_measured = answer.contains("measured by hpet") && answer.contains("  invariant");
    ensure(is_measured, || answer.clone())?;
    near(&answer, "tsc at ", 10_000_000)?;
    warned_once(&machine.run("dmesg")?, words)?;
    let answer = machine.run("clocks drift 3")?;
    let line = answer.lines().find(|line| line.trim_start().starts_with("tsc "));
    let ppm = line.and_then(|line| line.split(" counts ").nth(1)).unwrap_or_default();
    ensure(first_number(ppm)?.abs() < 10_000, || answer.clone())?;
    keeps_up_with_the_rtc(|command| machine.run(command))?;
    // Deadlines are set by the rate that was measured.
    let answer = machine.run("clocks wake deadline")?;
    ensure(answer.contains("by TSC deadlines"), || answer.clone())?;
    let answer = machine.run("selftest sleeper")?;
    ensure(answer.contains("asleep ... ok"), || answer.clone())
}

/// The rate behind `words` is this one, but for one per cent.
fn near(answer: &str, words: &str, hz: u64) -> Outcome {
    let text = answer.split_once(words).map(|(_, rest)| rest).unwrap_or_default();
    let mut parts = text.split([' ', ',']);
    let number: f64 = parts.next().and_then(|number| number.parse().ok()).unwrap_or(0.0);
    let unit = match parts.next() {
        Some("kHz") => 1e3,
        Some("MHz") => 1e6,
        Some("GHz") => 1e9,
        _ => 1.0,
    };
    let hz = hz as f64;
    ensure((number * unit - hz).abs() <= hz / 100.0, || format!("not {hz} Hz: {answer}"))
}

fn warned_once(log: &str, words: &str) -> Outcome {
    let count = log.lines().filter(|line| line.contains(words)).count();
    ensure(count == 1, || format!("{words:?} is in the log {count} times:\n{log}"))?;
    let stamps = log.lines().filter_map(|line| line.strip_prefix('[')?.split(']').next());
    let stamps: Vec<f64> = stamps.filter_map(|stamp| stamp.trim().parse().ok()).collect();
    ensure(stamps.is_sorted() && stamps.len() > 8, || format!("stamps {stamps:?} in\n{log}"))
}

/// Five seconds of the real-time clock are five of the monotonic one.
fn keeps_up_with_the_rtc(mut run: impl FnMut(&str) -> Outcome<String>) -> Outcome {
    let mut look = || -> Outcome<(i64, i64)> {
        let answer = run("date; clocks")?;
        let rtc = answer.split(", ").find(|part| part.contains(" s since 1970"));
        let ns = answer.split("keeps the time: ").nth(1);
        Ok((
            first_number(rtc.unwrap_or_default())?,
            first_number(ns.unwrap_or_default())? / 1_000_000,
        ))
    };
    let first = look()?;
    let (seconds, ms) = loop {
        let now = look()?;
        if now.0 - first.0 >= 5 {
            break (now.0 - first.0, now.1 - first.1);
        }
    };
    ensure((ms - seconds * 1000).abs() < 1_200 + seconds * 20, || {
        format!("{seconds} s of the real-time clock were {ms} ms")
    })
}
