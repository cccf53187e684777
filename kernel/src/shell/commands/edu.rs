//! `edu`: QEMU's educational device, from finding it to its interrupts.

use crate::drivers::edu::{Edu, EduError, Way};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};

pub(super) static COMMAND: Command = Command {
    name: "edu",
    aliases: &[],
    group: Group::Devices,
    usage: "[COUNT [gsi]]",
    summary: "QEMU's edu device: sums, MSI, pin",
    example: "edu        what it is, a factorial, and ten interrupts each way\n\
              edu 100    a hundred\n\
              edu 9 gsi  nine by its pin, on the I/O APIC's line that AML's _PRT names\n\
              The device is there when QEMU was started with -device edu.",
    words: &[],
    reach: Reach::Bulk,
    run,
};

const COUNT: u64 = 10;
/// How it interrupts unless one way is asked for.
const USUAL: [(&str, Way); 2] = [("MSI", Way::Message), ("pin", Way::Pin)];
/// More take longer than a person waits.
const MOST: u64 = 10_000;

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let (count, ways) = match arguments {
        [] => (COUNT, &USUAL[..]),
        [count] => (parse_number(count)?, &USUAL[..]),
        [count, "gsi"] => (parse_number(count)?, &[("pin by _PRT", Way::PinByTable)][..]),
        _ => return Err(CommandError::Usage),
    };
    if !(1..=MOST).contains(&count) {
        return Err(CommandError::failed(format_args!("1 to {MOST} interrupts can be raised")));
    }
    let edu = Edu::find().map_err(CommandError::failed)?;
    let id = edu.identification();
    println!(
        "  edu device at {}, version {}.{}, registers at {:#x}",
        edu.function().address,
        id >> 24,
        id >> 16 & 0xff,
        edu.physical()
    );
    let value = 0x1234_5678;
    println!("  liveness: {value:#010x} comes back as {:#010x}", edu.invert(value));
    for n in [5, 10] {
        println!("  factorial: {n}! = {}", edu.factorial(n).map_err(CommandError::failed)?);
    }
    let mut outcome = Ok(());
    for (name, way) in ways {
        session.check()?;
        outcome = outcome.and(show(&edu, name, *way, count));
    }
    outcome.map_err(CommandError::failed)
}

fn show(edu: &Edu, name: &str, way: Way, count: u64) -> Result<(), EduError> {
    match edu.interrupt(way, count) {
        Ok(round) => {
            println!(
                "  {name}: {} raised, {} handled, {} counted, {} ended; vector {:#x}, {}",
                round.raised, round.handled, round.arrived, round.ended, round.vector, round.route
            );
            Ok(())
        }
        Err(error) => {
            println!("  {name}: {error}");
            Err(error)
        }
    }
}
