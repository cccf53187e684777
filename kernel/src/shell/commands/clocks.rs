//! `clocks`: every counter that tells time, side by side; their drift against
//! the real-time clock; which of them keeps the monotonic clock.

use crate::interrupts::lapic::timer;
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use crate::time::rtc;
use crate::time::sources::{self, Absent, Id, Origin, Source};
use crate::time::{self, LapicRun, Waker, hpet, pm_timer, tsc};
use crate::{print, println};
use core::fmt;
use valhalla_core::clock::calibration::drift_ppm;
use valhalla_core::clock::rate::{Rate, SECOND_NS};
use valhalla_core::clock::timeline::mask;
use valhalla_core::units::{Many, Nanoseconds};

pub(super) static COMMAND: Command = Command {
    name: "clocks",
    aliases: &[],
    group: Group::Interrupts,
    usage: "[NAME|drift [SECONDS]|use NAME|wake NAME]",
    summary: "all clocks, their drift, which to use",
    example: "clocks             every clock, and which keeps the time (*)\n\
        clocks hpet        one of them, with its registers in words\n\
        clocks drift 10    all of them against the RTC, over ten of its seconds\n\
        clocks use tsc     lets another keep the time, from where it is\n\
        clocks wake oneshot    lets the local APIC's timer wake who sleeps; also:\n\
                               periodic, deadline (by the TSC), pit",
    words: &["drift", "use", "wake", "tsc", "hpet", "pm", "pit", "lapic", "rtc"],
    reach: Reach::Bulk,
    run,
};

/// Seconds over which drift is measured if nobody says, and at most.
const DRIFT_SECONDS: u64 = 5;
const MOST_DRIFT_SECONDS: u64 = 86_400;
/// How long the first second may be in coming.
const FIRST_SECOND_NS: u64 = 3 * SECOND_NS;
/// Pace of looking whether a second has begun.
const LOOK_NS: u64 = 20_000_000;

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => list(),
        ["drift"] => drift(session, DRIFT_SECONDS)?,
        ["drift", seconds] => match parse_number(seconds)? {
            seconds @ 1..=MOST_DRIFT_SECONDS => drift(session, seconds)?,
            _ => return Err(CommandError::Usage),
        },
        ["use", name] => {
            let id = named(name)?;
            time::use_source(id).map_err(CommandError::failed)?;
            println!("{} keeps the time from now on", id.name());
        }
        ["wake", name] => wake(name)?,
        ["use" | "wake"] => return Err(CommandError::Usage),
        [name] => details(named(name)?)?,
        _ => return Err(CommandError::Usage),
    }
    Ok(())
}

fn named(name: &str) -> Result<Id, CommandError> {
    Id::from_name(name).ok_or_else(|| {
        CommandError::failed(format_args!("{}: there is no such clock", Printable(name)))
    })
}

fn wake(name: &str) -> Result<(), CommandError> {
    let waker = Waker::from_name(name).ok_or(CommandError::Usage)?;
    time::wake_by(waker).map_err(CommandError::failed)?;
    println!("from now on {waker}");
    Ok(())
}

fn list() {
    let keeper = time::keeper().map(|(id, _)| id);
    println!("  clock             rate  bits  goes round in  one count  shows");
    for id in Id::ALL {
        let mark = if keeper == Some(id) { '*' } else { ' ' };
        match sources::get(id) {
            Err(why) => println!("{mark} {:<6} absent: {why}", id.name()),
            Ok(Source { rate: None, bits }) => {
                print!("{mark} {:<6} {:>15}  {bits:>4}", id.name(), "not yet known");
                println!("  {:>13}  {:>9}  {:#x}", "?", "?", id.read() & mask(bits));
            }
            Ok(Source { rate: Some((rate, _)), bits }) => {
                print!("{mark} {:<6} {rate:>15}  {bits:>4}", id.name());
                print!("  {:>13}  {:>9}", Long(rate.ns(mask(bits))), One(rate));
                match id {
                    Id::Rtc => println!("  {}", Date),
                    _ => println!("  {:#x}", id.read() & mask(bits)),
                }
            }
        }
    }
    for (id, source) in Id::ALL.into_iter().filter_map(|id| Some((id, sources::get(id).ok()?))) {
        match source.rate {
            // Nobody doubts it.
            None | Some((_, Origin::Specification)) => {}
            Some((_, origin)) => println!("  the rate of {}: {origin}", id.name()),
        }
    }
    match keeper {
        Some(id) => println!("* {} keeps the time: {} ns since boot", id.name(), time::now_ns()),
        None => println!("nothing keeps the time, which stands still"),
    }
    if let Some(waker) = time::waker() {
        println!("{waker}");
    }
}

/// What the real-time clock shows, or why it shows nothing.
struct Date;

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match rtc::read() {
            Ok(date) => date.fmt(f),
            Err(why) => why.fmt(f),
        }
    }
}

/// How long one count takes: below ten nanoseconds in picoseconds.
struct One(Rate);

impl fmt::Display for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.ns(1) {
            0..10 => {
                write!(f, "{:>1$} ps", self.0.ns(1000), f.width().unwrap_or(0).saturating_sub(3))
            }
            ns => Nanoseconds(ns).fmt(f),
        }
    }
}

/// A time that may be long: from days on in whole days or years.
struct Long(u64);

impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY_NS: u64 = 86_400 * SECOND_NS;
        const YEAR_NS: u64 = 31_556_952 * SECOND_NS;
        let width = f.width().unwrap_or(0).saturating_sub(2);
        match self.0 {
            // What 64 bits of nanoseconds cannot say is more than 584 years.
            u64::MAX => write!(f, "{:>1$} y", "> 584", width),
            ns @ YEAR_NS.. => write!(f, "{:>1$} y", ns / YEAR_NS, width),
            ns @ DAY_NS.. => write!(f, "{:>1$} d", ns / DAY_NS, width),
            ns => Nanoseconds(ns).fmt(f),
        }
    }
}

fn details(id: Id) -> Result<(), CommandError> {
    let absent = |why: Absent| CommandError::failed(format_args!("no {}: {why}", id.name()));
    let source = sources::get(id).map_err(absent)?;
    match source.rate {
        Some((rate, origin)) => println!("  {} at {rate}, {origin}", id.name()),
        None => println!("  {}, its rate not yet known", id.name()),
    }
    match id {
        Id::Tsc => println!(
            "  {} (CPUID 0x80000007, EDX bit 8)",
            if tsc::is_invariant() { "invariant" } else { "not invariant" }
        ),
        Id::Hpet => {
            let (capabilities, configuration) = hpet::registers();
            println!("  {capabilities}\n  {configuration}");
        }
        Id::PmTimer => {
            let port = pm_timer::port().unwrap_or(0);
            println!("  PM_TMR_BLK port {port:#x}, {} bits (TMR_VAL_EXT)", source.bits);
        }
        Id::Pit => println!(
            "  channel 0, mode 2 (rate generator), count {} of {}, {} interrupts",
            time::pit::count(),
            time::pit::period(),
            time::ticks()
        ),
        Id::LapicTimer => lapic_timer(),
        Id::Rtc => {
            let (a, b) = rtc::status();
            println!("  register A {a:#04x}: UIP {}, DV {}, RS {}", a >> 7, a >> 4 & 7, a & 0xf);
            print!("  register B {b:#04x}:");
            let bits = ["SET", "PIE", "AIE", "UIE", "SQWE", "DM", "24/12", "DSE"];
            for (name, bit) in bits.into_iter().zip((0..8).rev()) {
                print!(" {name} {}", b >> bit & 1);
            }
            println!(
                "\n  {} interrupts at a second's beginning, {} that nobody asked for",
                rtc::updates_ended(),
                rtc::unasked_interrupts()
            );
        }
    }
    Ok(())
}

fn lapic_timer() {
    println!("  LVT timer: {}", timer::entry());
    print!("  count {} of {}", timer::current_count(), timer::initial_count());
    println!(", clock divided by {}, {} interrupts", timer::divisor(), timer::arrived());
    let bit = |set: bool| u8::from(set);
    print!("  TSC-deadline mode {} (CPUID 1, ECX bit 24)", bit(timer::has_tsc_deadline()));
    println!(", always running {} (CPUID 6, EAX bit 2)", bit(timer::is_always_running()));
    if time::lapic_interrupts() {
        let pit = sources::get(Id::Pit).is_ok();
        println!("  it wakes who sleeps{}", if pit { "" } else { ": there is no interval timer" });
    }
}

/// All counters over the same seconds of the real-time clock. Narrow ones go
/// round in between, so they are added up second by second.
fn drift(session: &mut Session<'_>, seconds: u64) -> Result<(), CommandError> {
    rtc::read().map_err(CommandError::failed)?;
    let lapic = LapicRun::begin().filter(|_| seconds < time::LAPIC_SECONDS);
    let _interrupts = rtc::every_second();
    let began = wait_for_second(session, rtc::last_second().0)?;
    let ((first, mut last), mut total) = (began, [0u64; Id::ALL.len()]);
    let (mut shortest, mut longest) = (u64::MAX, 0);
    let mut seen = first;
    while seen - first < seconds {
        session.progress(seen - first, seconds);
        let (number, counts) = wait_for_second(session, seen)?;
        for (id, ((total, last), count)) in
            Id::ALL.into_iter().zip(total.iter_mut().zip(&last).zip(&counts))
        {
            let Ok(source) = sources::get(id) else { continue };
            let passed = count.wrapping_sub(*last) & mask(source.bits);
            *total = total.saturating_add(passed);
            if time::keeper().is_some_and(|(keeper, _)| keeper == id)
                && let Some((rate, _)) = source.rate
                && number == seen + 1
            {
                (shortest, longest) = (shortest.min(rate.ns(passed)), longest.max(rate.ns(passed)));
            }
        }
        (seen, last) = (number, counts);
    }
    // Who wakes us, would come to its end or was set anew gets no row; nor the
    // interval timer where nobody counts its ticks.
    let lapic_counted = lapic.is_some_and(|run| run.is_unbroken());
    for (id, counted) in [(Id::LapicTimer, lapic_counted), (Id::Pit, time::interval_timer_ticks())]
    {
        if !counted {
            total.iter_mut().skip(id as usize).take(1).for_each(|total| *total = 0);
        }
    }
    report(&total, seen - first, longest.saturating_sub(shortest.min(longest)));
    Ok(())
}

fn report(total: &[u64], seconds: u64, jitter_ns: u64) {
    println!("over {} of the real-time clock:", Many(seconds, "second"));
    for (id, total) in Id::ALL.into_iter().zip(total) {
        let Ok(Source { rate: Some((rate, _)), .. }) = sources::get(id) else { continue };
        if let Some(ppm) = drift_ppm(*total, rate.counts(seconds.saturating_mul(SECOND_NS)))
            && id != Id::Rtc
            && *total != 0
        {
            println!("  {:<6} {total:>16} counts  {ppm:>+8} ppm", id.name());
        }
    }
    if seconds < 2 {
        println!("  how wrong that can be is not known from one second alone");
    } else {
        let error = jitter_ns / 1_000 / seconds + 1;
        println!(
            "  +-{error} ppm: the seconds differ by {} among themselves",
            Nanoseconds(jitter_ns)
        );
    }
}

/// Waits until another second than number `seen` has begun.
fn wait_for_second(
    session: &mut Session<'_>,
    seen: u64,
) -> Result<(u64, [u64; Id::ALL.len()]), CommandError> {
    let began = time::now_ns();
    loop {
        let (number, counts) = rtc::last_second();
        if number != seen {
            return Ok((number, counts));
        }
        if time::now_ns().saturating_sub(began) > FIRST_SECOND_NS {
            return Err(CommandError::failed(
                "the real-time clock does not interrupt at its seconds (IRQ 8)",
            ));
        }
        session.pause(LOOK_NS)?;
    }
}
