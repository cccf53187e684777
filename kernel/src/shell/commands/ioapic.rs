//! `ioapic`: every redirection entry of every I/O APIC, in the manual's words.

use crate::interrupts::ioapic::{self, IoApic};
use crate::interrupts::{Gsi, list};
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{print, println};
use valhalla_core::apic::Mask;

pub(super) static COMMAND: Command = Command {
    name: "ioapic",
    aliases: &[],
    group: Group::Interrupts,
    usage: "",
    summary: "the I/O APICs' redirection tables",
    example: "ioapic    each I/O APIC: id, version, and what each of its pins sends:\n\
              \x20         vector, delivery mode, trigger, polarity, destination, mask,\n\
              \x20         delivery status, remote IRR (82093AA data sheet, 3.2)",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    if ioapic::all().next().is_none() {
        return Err(CommandError::failed("this machine has none, by its MADT"));
    }
    for io_apic in ioapic::all() {
        show(io_apic);
        session.check()?;
    }
    Ok(())
}

fn show(io_apic: &IoApic) {
    println!(
        "  {}: IOAPICID {}, IOAPICVER {:#04x}, {} pins",
        io_apic.claim,
        io_apic.id(),
        io_apic.version(),
        io_apic.pins.count
    );
    for pin in 0..io_apic.pins.count {
        let gsi = Gsi(io_apic.pins.base.saturating_add(pin));
        let entry = io_apic.redirection(pin);
        let owners = list::owners_of(gsi);
        let (on, off) = match entry.mask {
            Mask::Open => ("\x1b[92m", "\x1b[0m"),
            Mask::Masked => ("", ""),
        };
        print!("  {pin:>3} {on}{entry}{off}  ");
        match owners {
            Some(names) => println!("{names}"),
            None => println!(),
        }
    }
}
