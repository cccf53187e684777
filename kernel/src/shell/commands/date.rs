//! `date`: the wall clock, and the real-time clock that it comes from.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{println, time};
use valhalla_core::clock::rtc::{B_24_HOURS, B_BINARY};

pub(super) static COMMAND: Command = Command {
    name: "date",
    aliases: &[],
    group: Group::General,
    usage: "",
    summary: "date and time of day, and the clock they come from",
    example: "date    the wall clock, then what the real-time clock (RTC) shows\n\
        The RTC keeps universal or local time, as whoever set it liked; nobody says which.",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let wall = time::wall().map_err(CommandError::failed)?;
    println!("{} {}.{:03}", wall.time.weekday(), wall.time, wall.subsecond_ns / 1_000_000);
    println!("  RTC {}, {} s since 1970", wall.rtc, wall.rtc.unix_seconds());
    let (_, b) = time::rtc::status();
    let digits = if b & B_BINARY != 0 { "binary (DM = 1)" } else { "BCD (DM = 0)" };
    let hours = if b & B_24_HOURS != 0 { "24 hours (24/12 = 1)" } else { "12 hours (24/12 = 0)" };
    match time::rtc::century_register() {
        Some(index) => {
            println!("  kept as {digits}, {hours}, century in {index:#x} (FADT CENTURY)");
        }
        None => println!("  kept as {digits}, {hours}, no century register (FADT CENTURY = 0)"),
    }
    if wall.step_seconds != 0 {
        println!("  the wall clock took a step of {} s to agree with the RTC", wall.step_seconds);
    }
    Ok(())
}
