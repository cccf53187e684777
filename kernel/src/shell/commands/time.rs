//! `time`: how long a command takes, by every measure that there is.

use crate::console;
use crate::cpu::{self, counters};
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use crate::time;
use valhalla_core::units::Nanoseconds;

pub(super) static COMMAND: Command = Command {
    name: "time",
    aliases: &[],
    group: Group::Shell,
    usage: "COMMAND ...",
    summary: "how long a command takes: time, ticks, cycles",
    example: "\
              time selftest heap        a command\n\
              time 'mem | count'        a whole line, in quotes\n\
              Instructions are counted where the processor can (CPUID leaf 0xA).",
    words: &[],
    reach: Reach::NeverInBulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    if arguments.is_empty() {
        return Err(CommandError::Usage);
    }
    let counter = counters::Instructions::start();
    let (began_ns, ticks) = (time::now_ns(), time::timer_interrupts());
    let cycles = cpu::timestamp();
    let result = session.run(arguments);
    let cycles = cpu::timestamp().wrapping_sub(cycles);
    let took_ns = time::now_ns().saturating_sub(began_ns);
    let ticks = time::timer_interrupts().saturating_sub(ticks);
    let instructions = counter.map(|counter| counter.stop());
    let took = Nanoseconds(took_ns);
    console::tell(format_args!(
        "\x1b[36mtook {took}, {ticks} timer ticks, {cycles} cycles\x1b[0m, "
    ));
    match instructions {
        Ok(count) => console::tell(format_args!("\x1b[36m{count} instructions\x1b[0m\n")),
        Err(reason) => console::tell(format_args!("\x1b[36m{reason}\x1b[0m\n")),
    }
    result
}
