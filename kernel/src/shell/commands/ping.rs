//! `ping`: is the hardware there? A real interrupt, there and back.

use crate::interrupts::mode;
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::time;
use valhalla_core::units::Nanoseconds;

pub(super) static COMMAND: Command = Command {
    name: "ping",
    aliases: &[],
    group: Group::Interrupts,
    usage: "",
    summary: "measures timer ticks and an interrupt's round trip",
    example: "ping    ticks counted, and one interrupt there and back",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let trip = time::round_trip().map_err(CommandError::failed)?;
    println!(
        "pong: {} timer ticks in {}; IRQ 0 there and back in {} cycles ({})",
        trip.ticks,
        Nanoseconds(trip.window_ns),
        trip.cycles,
        mode::current()
    );
    Ok(())
}
