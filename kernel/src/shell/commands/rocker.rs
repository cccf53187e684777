//! `rocker`: QEMU's Rocker switch, whose test register sends MSI-X messages.

use super::irq;
use crate::drivers::rocker::{Held, NAMES, Rocker};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};

pub(super) static COMMAND: Command = Command {
    name: "rocker",
    aliases: &[],
    group: Group::Devices,
    usage: "[COUNT]",
    summary: "QEMU's Rocker switch: MSI-X",
    example: "rocker     ten messages from each of three entries of its MSI-X table,\n\
              \x20          one of them masked, pending, and open again\n\
              rocker 50  fifty\n\
              The device is there when QEMU was started with -device rocker.",
    words: &[],
    reach: Reach::Bulk,
    run,
};

const COUNT: u64 = 10;
/// More take longer than a person waits.
const MOST: u64 = 10_000;
/// The entry that is masked.
const HELD: usize = 1;

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let count = match arguments {
        [] => COUNT,
        [count] => parse_number(count)?,
        _ => return Err(CommandError::Usage),
    };
    if !(1..=MOST).contains(&count) {
        return Err(CommandError::failed(format_args!("1 to {MOST} interrupts can be raised")));
    }
    let rocker = Rocker::find().map_err(CommandError::failed)?;
    let at = rocker.function().address;
    println!(
        "  rocker switch at {at}; TEST_REG: 0x1234 comes back as {:#x}",
        rocker.double(0x1234)
    );
    let listening = rocker.listen().map_err(CommandError::failed)?;
    for (entry, name) in NAMES.iter().enumerate() {
        session.check()?;
        let (handled, counts) = listening.raise(entry, count).map_err(CommandError::failed)?;
        println!(
            "  entry {entry} ({name}): {count} raised, {handled} handled, {} counted, {} ended",
            counts.arrived, counts.acknowledged
        );
    }
    let Held { masked, open, is_pending } = listening.hold(HELD).map_err(CommandError::failed)?;
    println!("  entry {HELD} masked: 2 raised, {masked} came, and its pending bit is set");
    println!(
        "  entry {HELD} open: {open} came, and its pending bit is {}",
        if is_pending { "still set" } else { "clear" }
    );
    irq::list_of(&NAMES);
    drop(listening);
    println!("  given back: MSI-X is off, and their vectors are free");
    Ok(())
}
