//! Clocks: dates that are odd, real-time clocks that are broken, time that stops.

use std::fs;
use std::time::{Duration, Instant};

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test;

/// The idle loop measures the TSC and the local APIC's timer twenty
/// milliseconds after the prompt, and again a second after it.
pub(crate) fn wait_for(machine: &mut Machine, command: &str, words: &str) -> Outcome<String> {
    let deadline = Instant::now() + seconds(30);
    loop {
        let answer = machine.run(command)?;
        if answer.contains(words) {
            return Ok(answer);
        }
        ensure(Instant::now() < deadline, || format!("{words:?} expected:\n{answer}"))?;
    }
}

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
    for (machine, shown) in [
        ("pc,hpet=off", ["hpet   absent: no ACPI table names one", "* pm "]),
        ("pc,pit=off", ["pit    absent: nothing counts at its ports", "* hpet "]),
        ("pc,acpi=off", ["pm     absent: no FADT describes one", "* tsc "]),
        ("q35", ["lapic    6", "* hpet "]),
    ] {
        let name = format!("clocks::on_{}", machine.replace([',', '='], "_"));
        trials.push(test(name, move || on_machine(machine, shown)));
    }
    trials.extend([
        test("clocks::an_hpet_that_is_claimed_but_absent", absent_hpet),
        test("clocks::all_agree_where_instructions_are_counted", all_agree),
        test("clocks::stop_and_cont_is_no_time", stop_and_cont),
        test("clocks::without_an_interval_timer_the_apic_wakes_sleepers", without_pit),
        test("clocks::the_apic_wakes_sleepers_in_each_mode", wakers),
        test("clocks::early_lines_get_their_stamps", stamps),
        test("clocks::drift_is_ended_by_ctrl_c", cancelled_drift),
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

/// From 1999-12-31T23:59:55 over midnight, without a wrong date in between. The
/// boot itself may take until the new year.
fn new_year() -> Outcome {
    let mut machine = with_date("1999-12-31T23:59:55")?;
    let deadline = Instant::now() + seconds(30);
    loop {
        let answer = machine.run("date")?;
        let date = answer.lines().find(|line| !line.starts_with('[')).unwrap_or_default();
        if date.starts_with("Saturday 2000-01-01T00:0") {
            break;
        }
        ensure(date.starts_with("Friday 1999-12-31T23:59:5"), || {
            format!("neither the old year nor the new:\n{answer}")
        })?;
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
    says(&mut machine, "binary (DM = 1), 12 hours (24/12 = 0), century in 0x32")?;
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

/// Interrupts of the interval timer and of the local APIC's so far.
fn timer_interrupts(machine: &mut Machine) -> Outcome<[u64; 2]> {
    let mut count = |command: &str| -> Outcome<u64> {
        let answer = machine.run(command)?;
        let before = answer.split(" interrupts").next().and_then(|text| text.rsplit(' ').next());
        before.and_then(|n| n.parse().ok()).ok_or_else(|| format!("no count: {answer}").into())
    };
    Ok([count("clocks pit")?, count("clocks lapic")?])
}

/// Each timer in turn wakes the pauses of a command that takes two seconds, and
/// the other does not meanwhile; a limit strikes under each.
fn wakers() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine("q35").boot_to_prompt()?;
    wait_for(&mut machine, "clocks", "the rate of lapic: measured by ")?;
    for (name, is_lapic) in [("oneshot", true), ("periodic", true), ("pit", false)] {
        let answer = machine.run(&format!("clocks wake {name}"))?;
        ensure(answer.starts_with("from now on the "), || answer.clone())?;
        let before = timer_interrupts(&mut machine)?;
        machine.run("clocks drift 2")?;
        let after = timer_interrupts(&mut machine)?;
        let [pit, lapic] = [0, 1].map(|index| after[index] - before[index]);
        let (waker, other) = if is_lapic { (lapic, pit) } else { (pit, lapic) };
        // One is enough to see it, and a busy host may give us few.
        ensure(waker >= 5 && other == 0, || {
            format!("{name}: the 8254 interrupted {pit} times, the local APIC {lapic} times")
        })?;
        let answer = machine.run("selftest")?;
        ensure(answer.contains(" 0 failed"), || format!("under {name}: {answer}"))?;
    }
    // The 8254 cannot keep the time without its ticks, in whichever order.
    for (command, words) in [
        ("clocks wake oneshot", "from now on the local APIC's timer wakes"),
        ("clocks use pit", "pit keeps the time from now on"),
        ("clocks", "the interval timer wakes who sleeps"),
        ("clocks wake oneshot", "the interval timer keeps the time and has to tick for it"),
        ("selftest ticks", " 0 failed"),
        ("clocks use hpet", "hpet keeps the time from now on"),
        ("clocks wake oneshot", "from now on the local APIC's timer wakes"),
        ("irq mode pic", ""),
        ("selftest sleeper", "1 passed, 0 failed"),
        ("irq mode apic", ""),
        ("selftest sleeper", "1 passed, 0 failed"),
    ] {
        let answer = machine.run(command)?;
        ensure(answer.contains(words), || format!("{command}: {answer}"))?;
    }
    let answer = machine.run("clocks wake deadline")?;
    let words = "no TSC-deadline mode (CPUID 1, ECX bit 24 is 0)";
    ensure(answer.contains(words), || answer.clone())?;
    machine.no_triple_fault()
}

/// The clocks of this machine, after their rates have been measured.
fn on_machine(machine: &'static str, shown: [&str; 2]) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine(machine).boot_to_prompt()?;
    wait_for(&mut machine, "clocks", "the rate of tsc: measured by ")?;
    for words in shown {
        wait_for(&mut machine, "clocks", words)?;
    }
    let answer = machine.run("selftest time:")?;
    ensure(answer.contains(" 0 failed"), || answer.clone())?;
    machine.no_triple_fault()
}

/// A table names registers where no device is.
fn absent_hpet() -> Outcome {
    let body = std::env::temp_dir().join(format!("valhalla-hpet-{}", std::process::id()));
    // Block id, generic address (memory, 64 bits), number, least tick, protection.
    let mut bytes = 0x8086_a201u32.to_le_bytes().to_vec();
    bytes.extend([0, 64, 0, 0]);
    bytes.extend(0xfed0_0000u64.to_le_bytes());
    bytes.extend([0, 100, 0, 0]);
    fs::write(&body, bytes)?;
    let table = format!("sig=HPET,data={}", body.display());
    let recipe = Recipe::new(Door::Pvh).machine("pc,hpet=off").arg("-acpitable").arg(&table);
    let booted = recipe.boot_to_prompt();
    // QEMU has read it by now, or never will.
    fs::remove_file(&body)?;
    let mut machine = booted?;
    let answer = machine.run("clocks")?;
    let words = "hpet   absent: a table names one, but GCAP_ID reads 0x";
    ensure(answer.contains(words) && answer.contains("* pm "), || answer.clone())?;
    machine.no_triple_fault()
}

/// With a nanosecond an instruction every clock follows the same count. What
/// the kernel says of each, against the RTC, is within the error that it states.
fn all_agree() -> Outcome {
    let recipe = Recipe::new(Door::Pvh).arg("-icount").arg("shift=0,sleep=off");
    let recipe = recipe.arg("-rtc").arg("base=2026-01-01,clock=vm");
    let mut machine = recipe.boot_to_prompt()?;
    wait_for(&mut machine, "clocks", "the rate of tsc: measured by ")?;
    wait_for(&mut machine, "clocks", "the rate of lapic: measured by ")?;
    let answer = machine.run("clocks drift 4")?;
    let stated = answer.lines().find_map(|line| line.trim().strip_prefix("+-"));
    let stated: i64 = first_number(stated.unwrap_or_default())?;
    // A bound that says nothing would hold everything.
    ensure(stated < 200, || answer.clone())?;
    // What the measured rates may be wrong by, as `clocks` states it.
    let rates = machine.run("clocks")?;
    let measured = rates.lines().filter_map(|line| line.split_once(", +-"));
    let measured: Vec<i64> =
        measured.map(|(_, rest)| first_number(rest)).collect::<Outcome<_>>()?;
    let error = stated + measured.into_iter().max().unwrap_or(0);
    let mut seen = 0;
    for line in answer.lines().filter(|line| line.contains(" counts ")) {
        let ppm = line.split(" counts ").nth(1).unwrap_or_default().trim();
        let ppm = first_number(ppm)?;
        // The interval timer loses the oscillations in which its period is set.
        let allowed = if line.trim().starts_with("pit") { error + 2_000 } else { error };
        ensure(ppm.abs() <= allowed, || format!("{line:?}: more than {allowed} ppm\n{answer}"))?;
        seen += 1;
    }
    ensure(seen == 5, || format!("{seen} clocks compared:\n{answer}\n{rates}"))?;
    machine.no_triple_fault()
}

/// The number, with its sign, that a text begins with.
pub(crate) fn first_number(text: &str) -> Outcome<i64> {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.parse().map_err(|error| harness::Failure::new(format!("{text:?}: {error}")))
}

/// Milliseconds in `up 1 min 02.345 s (...)`. A line of the log may come between.
pub(crate) fn uptime_ms(machine: &mut Machine) -> Outcome<u64> {
    let answer = machine.run("uptime")?;
    let text = answer.lines().find_map(|line| line.strip_prefix("up "));
    let text = text.and_then(|rest| rest.split(" s").next());
    let text = text.ok_or_else(|| harness::Failure::new(format!("uptime answered {answer:?}")))?;
    let mut ms = 0;
    for part in text.split(" min ") {
        let (whole, part) = part.split_once('.').unwrap_or((part, "0"));
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        ms = ms * 60 + number(whole) * 1000 + number(part);
    }
    Ok(ms)
}

/// How long the machine stands still.
const PAUSE: Duration = Duration::from_secs(4);

/// The machine stands still for four seconds, in which its clocks do too, but
/// not the RTC, which QEMU lets follow the host.
fn stop_and_cont() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.run("date")?;
    let asked = Instant::now();
    let before = uptime_ms(&mut machine)?;
    machine.qmp.execute("stop", serde_json::json!({}))?;
    let stopped = Instant::now();
    // Time that passes is what this is about: there is no event to wait for.
    std::thread::sleep(PAUSE);
    let stood_still = stopped.elapsed();
    machine.qmp.execute("cont", serde_json::json!({}))?;
    let resumed = Instant::now();
    let after = uptime_ms(&mut machine)?;
    // What ran outside of the pause is all that may have passed; half of that,
    // so that a pause which counts is too much, for how clocks may differ.
    let most = stopped - asked + resumed.elapsed() + PAUSE / 2;
    ensure(u128::from(after - before) <= most.as_millis(), || {
        format!("{} ms passed in a pause of {stood_still:?}", after - before)
    })?;
    says(&mut machine, "the wall clock took a step of ")?;
    machine.no_triple_fault()
}

fn without_pit() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine("pc,pit=off").boot_to_prompt()?;
    wait_for(&mut machine, "clocks lapic", "it wakes who sleeps: there is no interval timer")?;
    wait_for(&mut machine, "selftest sleeper", "asleep ... ok")?;
    let answer = machine.run("selftest guarded")?;
    ensure(answer.contains("ended by its limit ... ok"), || answer.clone())?;
    machine.no_triple_fault()
}

/// The shim tells no TSC rate, so lines that come early show dashes on serial;
/// once it has been measured, `dmesg` knows better.
fn stamps() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let early = machine.serial()?.text();
    ensure(early.contains("[    -.------]"), || format!("rates were known early:\n{early}"))?;
    wait_for(&mut machine, "clocks", "the rate of tsc: measured by ")?;
    let log = machine.run("dmesg")?;
    let stamps = log.lines().filter_map(|line| line.strip_prefix('[')?.split(']').next());
    let stamps: Vec<f64> = stamps.filter_map(|stamp| stamp.trim().parse().ok()).collect();
    let rises = stamps.is_sorted() && stamps.first() > Some(&0.0);
    ensure(rises && stamps.len() > 8, || format!("stamps {stamps:?} in\n{log}"))
}

fn cancelled_drift() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    machine.serial()?.send(b"clocks drift 3600\r")?;
    // The progress bar says that it runs.
    machine.serial()?.wait_for(" %", seconds(20))?;
    machine.serial()?.send(b"\x03")?;
    machine.serial()?.prompt(seconds(20))?;
    let answer = machine.run("clocks rtc")?;
    ensure(answer.contains(" UIE 0 "), || format!("the RTC still interrupts:\n{answer}"))?;
    machine.no_triple_fault()
}
