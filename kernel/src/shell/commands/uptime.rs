//! `uptime`: how long the kernel has been running, and how it knows.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{println, time};
use valhalla_core::units::Uptime;

pub(super) static COMMAND: Command = Command {
    name: "uptime",
    aliases: &[],
    group: Group::General,
    usage: "",
    summary: "time since the timer started",
    example: "uptime    how long the kernel has been running",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    println!("up {} ({} timer ticks)", Uptime(time::now_ns()), time::timer_interrupts());
    Ok(())
}
