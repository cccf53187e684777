//! `serial`: the serial lines, their UARTs, and what went over or got lost.

use crate::drivers::serial::{Line, Serial, statistics};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use valhalla_core::uart16550::{Transmitter, UartKind};
use valhalla_core::units::Many;

pub(super) static COMMAND: Command = Command {
    name: "serial",
    aliases: &[],
    group: Group::Devices,
    usage: "",
    summary: "the serial lines, and what they lost",
    example: "serial    the UART of each line, rate and frame, counts, errors\n\
              Overruns are bytes that the UART lost because nobody emptied it in\n\
              time; framing errors mean another rate at the other end, or noise.",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    for line in Line::ALL {
        match Serial::kind(line) {
            Some(kind) => show(line, kind),
            None => println!("{line}  not there: no UART answers at {:#x}", line.base()),
        }
    }
    Ok(())
}

fn show(line: Line, kind: UartKind) {
    let settings = Serial::at(line).settings();
    let counts = statistics(line);
    println!("{line}  {kind} at {:#x}, {}, {settings}", line.base(), line.irq());
    println!("      received {} bytes, {} waiting", counts.received, counts.waiting);
    println!(
        "      lost: {} overruns; damaged: {} parity, {} framing; {} breaks",
        counts.overruns, counts.parity, counts.framing, counts.breaks
    );
    let held_back = Many(counts.held_back as u64, "time");
    println!("      input held back {held_back} until somebody fetched it");
    match counts.transmitter {
        Transmitter::Works => {
            println!("      sent {} bytes, dropped {}", counts.sent, counts.dropped)
        }
        Transmitter::StandsStill => println!(
            "      sent {} bytes, then the line stood still: {} dropped so far",
            counts.sent, counts.dropped
        ),
    }
}
