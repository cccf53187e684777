//! The banner: what was found, in six lines above the first prompt.
//!
//! ASCII and sixteen colours, so that a plain serial terminal shows it as well
//! as a screen does; 80 columns, so that nothing wraps.

use super::machine::Machine;
use crate::interrupts::{self, ioapic, mode::Mode};
use crate::memory::frames;
use crate::{console, cpu, print};
use core::fmt::{self, Write};
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::regions::RegionKind;
use valhalla_core::text::Text;
use valhalla_core::units::Bytes;

/// A V, each row with its colour (ECMA-48 SGR).
const SIGN: [(u8, &str); 6] = [
    (93, r"\\          //"),
    (93, r" \\        // "),
    (93, r"  \\      //  "),
    (33, r"   \\    //   "),
    (33, r"    \\  //    "),
    (33, r"     \\//     "),
];
/// What is left of a row of 80 for label and fact.
const ROOM: usize = 50;

/// A fact, cut to its room.
type Fact = Text<ROOM>;

/// Shows it.
pub(super) fn show(machine: &Machine) {
    // All at once: a screen that scrolls is painted once.
    print!("{}", Banner::new(machine));
}

/// The facts, asked for before the console is: it is one of them.
struct Banner([(&'static str, Fact); SIGN.len()]);

impl Banner {
    fn new(machine: &Machine) -> Self {
        Self([
            ("\x1b[97mValhalla OS\x1b[0m", fact(env!("CARGO_PKG_VERSION"))),
            ("loader   ", fact(Started(machine))),
            ("processor", fact(Processor(machine))),
            ("memory   ", fact(Memory(machine))),
            ("display  ", fact(console::describe())),
            ("firmware ", fact(format_args!("{}; {Lines}", Firmware(machine)))),
        ])
    }
}

fn fact(what: impl fmt::Display) -> Fact {
    let mut text = Fact::new();
    // A `Text` cuts what does not fit; it has no other error.
    let _ = write!(text, "{what}");
    text
}

impl fmt::Display for Banner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\n")?;
        for ((colour, sign), (label, fact)) in SIGN.iter().zip(&self.0) {
            let fact = fact.as_str();
            writeln!(f, "  \x1b[{colour}m{sign}\x1b[0m   \x1b[36m{label}\x1b[0m {fact}")?;
        }
        f.write_str("\n")
    }
}

/// Who loaded us, on which firmware.
struct Started<'a>(&'a Machine);

impl fmt::Display for Started<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loader = &self.0.boot.loader;
        write!(f, "{} {} on {}", loader.name, loader.version, self.0.boot.firmware)
    }
}

/// Its name, and how many there are.
struct Processor<'a>(&'a Machine);

impl fmt::Display for Processor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.tables.madt().map(|facts| facts.processors) {
            Some(count) if count > 1 => write!(f, "{count} x ")?,
            _ => {}
        }
        write!(f, "{}", cpu::identity::brand())
    }
}

/// How much RAM the map lists, and how much nobody holds.
struct Memory<'a>(&'a Machine);

impl fmt::Display for Memory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ram = |kind| match kind {
            RegionKind::Usable
            | RegionKind::BootloaderReclaimable
            | RegionKind::KernelAndModules
            | RegionKind::AcpiReclaimable
            | RegionKind::AcpiNvs => true,
            RegionKind::Framebuffer | RegionKind::Bad | RegionKind::Reserved => false,
        };
        let regions = self.0.boot.regions.iter();
        let all: u64 = regions.filter(|r| ram(r.kind)).map(|r| r.len()).sum();
        let free = frames::statistics().free * PAGE_SIZE;
        write!(f, "{} RAM, {} free", Bytes(all), Bytes(free))
    }
}

/// What ACPI there is.
struct Firmware<'a>(&'a Machine);

impl fmt::Display for Firmware<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.0.tables;
        let Some(rsdp) = tables.rsdp() else { return f.write_str("no ACPI") };
        // RSDP revision 0 is ACPI 1.0, which has an RSDT only (ACPI 6.5, 5.2.5.3).
        let version = if rsdp.revision < 2 { "1.0" } else { "2.0 or later" };
        write!(f, "ACPI {version}, {} tables", tables.list().iter().count())
    }
}

/// Who brings the interrupts of the lines.
struct Lines;

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if interrupts::mode::current() == Mode::Pic {
            return f.write_str("8259 pair");
        }
        let pins: u32 = ioapic::all().map(|io_apic| io_apic.pins.count).sum();
        match ioapic::all().count() {
            1 => write!(f, "I/O APIC, {pins} pins"),
            more => write!(f, "{more} I/O APICs, {pins} pins"),
        }
    }
}
