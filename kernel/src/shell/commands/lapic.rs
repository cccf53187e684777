//! `lapic`: every register of the local APIC, in the manual's words.

use crate::interrupts::lapic::access::Register;
use crate::interrupts::lapic::{self, Access, error, timer};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use core::fmt;
use valhalla_core::apic::esr::ErrorStatus;
use valhalla_core::apic::lvt::{Kind, LvtEntry};
use valhalla_core::units::Many;

pub(super) static COMMAND: Command = Command {
    name: "lapic",
    aliases: &[],
    group: Group::Interrupts,
    usage: "",
    summary: "the local APIC's registers",
    example: "lapic    id, version, priorities, the local vector table, errors, what is\n\
              \x20        requested (IRR) and in service (ISR), the timer\n\
              \x20        (Intel SDM Vol. 3A, chapter 11)",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let mode = match lapic::access() {
        Access::None => return Err(CommandError::failed("this processor has none in reach")),
        Access::Memory => "xAPIC mode, registers in memory",
        Access::Msr => "x2APIC mode, registers are MSRs",
    };
    let version = lapic::register(Register::Version);
    let entries = (version >> 16 & 0xff) + 1;
    let integrated = if version & 0xf0 != 0 { "integrated" } else { "82489DX" };
    println!("  ID        {}, {mode}", lapic::id());
    println!("  Version   {:#04x} ({integrated}), {entries} entries in the LVT", version & 0xff);
    println!(
        "  TPR       {:#04x}: class {}    PPR {:#04x}",
        lapic::register(Register::TaskPriority),
        lapic::register(Register::TaskPriority) >> 4 & 0xf,
        lapic::register(Register::ProcessorPriority)
    );
    destination();
    let svr = lapic::register(Register::SpuriousVector);
    println!(
        "  SVR       vector {:#04x}, APIC software {}; {} spurious so far",
        svr & 0xff,
        if svr >> 8 & 1 == 1 { "enabled" } else { "disabled" },
        lapic::spurious_count()
    );
    vector_table(entries);
    errors();
    for (name, first) in
        [("ISR", Register::InService), ("TMR", Register::TriggerMode), ("IRR", Register::Request)]
    {
        println!("  {name}       {}", Vectors(lapic::vector_bits(first)));
    }
    println!(
        "  Timer     {} of {}, clock divided by {}; {} interrupts",
        timer::current_count(),
        timer::initial_count(),
        timer::divisor(),
        timer::arrived()
    );
    Ok(())
}

fn destination() {
    let logical = lapic::register(Register::LogicalDestination);
    match lapic::access() {
        Access::Msr => {
            println!(
                "  LDR       cluster {:#x}, member bits {:#06x}",
                logical >> 16,
                logical & 0xffff
            );
        }
        _ => {
            let model = match lapic::register(Register::DestinationFormat) >> 28 {
                0xf => "flat",
                0 => "cluster",
                _ => "reserved",
            };
            println!("  LDR       {:#04x}, {model} model (DFR)", logical >> 24);
        }
    }
}

/// Each entry that this version has.
fn vector_table(entries: u32) {
    for (name, register, kind, needs) in [
        ("Timer", Register::LvtTimer, Kind::Timer, 1),
        ("CMCI", Register::LvtCmci, Kind::Other, 7),
        ("LINT0", Register::LvtLint0, Kind::Pin, 3),
        ("LINT1", Register::LvtLint1, Kind::Pin, 3),
        ("Error", Register::LvtError, Kind::Error, 4),
        ("Perf.", Register::LvtPerformance, Kind::Other, 5),
        ("Thermal", Register::LvtThermal, Kind::Other, 6),
    ] {
        if entries >= needs {
            let entry = LvtEntry { kind, bits: lapic::register(register) };
            println!("  LVT {name:<7} {entry}");
        }
    }
}

fn errors() {
    let now = ErrorStatus(lapic::register(Register::ErrorStatus) as u8);
    println!("  ESR       {now}");
    for (name, count) in error::counts().filter(|(_, count)| *count > 0) {
        println!("            {}: {name}", Many(count, "time"));
    }
}

/// The vectors whose bits are set, or `none`.
struct Vectors([u32; 8]);

impl fmt::Display for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = (0u32..).zip(self.0).flat_map(|(n, word)| {
            (0..32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| n * 32 + bit)
        });
        let mut count = 0;
        for vector in set {
            write!(f, "{}{vector:#04x}", if count == 0 { "" } else { ", " })?;
            count += 1;
        }
        if count == 0 { f.write_str("none") } else { Ok(()) }
    }
}
