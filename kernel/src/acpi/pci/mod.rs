//! PCI configuration access: through memory where the MCFG says so, else ports.
//!
//! It stands in this folder because AML reads and writes configuration space.
//! The way is looked for when the first register is asked for, not in boot. An
//! MCFG is firmware's word, so its window for segment 0 is believed only if the
//! first function reads the same there as by ports.

mod ecam;
mod ports;

use super::{Tables, tables};
use crate::cpu::lock::SpinLock;
use core::fmt;
use ecam::Ecam;
use ports::Ports;
use spin::Once;
use valhalla_core::acpi::mcfg::{self, Window};
use valhalla_core::acpi::{Signature, bbn};
use valhalla_core::pci::config::{EXTENDED_BYTES, PLAIN_BYTES};
use valhalla_core::pci::header::register;
use valhalla_core::pci::{Address, Buses, ConfigSpace, Roots};
use x86_64::structures::port::{PortRead, PortWrite};

/// A register's width: `u8`, `u16` or `u32`.
trait Value: Copy + PortRead + PortWrite {
    /// What reads where nothing is.
    const ALL_ONES: Self;
}

impl Value for u8 {
    const ALL_ONES: Self = Self::MAX;
}
impl Value for u16 {
    const ALL_ONES: Self = Self::MAX;
}
impl Value for u32 {
    const ALL_ONES: Self = Self::MAX;
}

/// How configuration space is reached on this machine.
#[derive(Debug)]
struct Ways {
    ecam: Ecam,
    ports: Option<Ports>,
}

/// Held for a single access. Interrupts are off meanwhile: a handler may ask
/// too, and a guarded call (AML) is not abandoned between address and data.
static WAYS: SpinLock<Option<Ways>> = SpinLock::new(None);

fn with_ways<T>(ask: impl FnOnce(&mut Ways) -> T) -> T {
    let mut ways = WAYS.lock();
    ask(ways.get_or_insert_with(Ways::find))
}

impl Ways {
    fn find() -> Self {
        let mut ways = Self { ecam: Ecam::new(), ports: Ports::find() };
        let table = tables().and_then(|tables| tables.get(Signature::MCFG));
        for window in table.into_iter().flat_map(|table| mcfg::windows(table.bytes())) {
            match window.map(|window| ways.ecam.add(window)) {
                Ok(Ok(())) => {}
                Ok(Err(window)) => {
                    log::warn!(target: "pci", "no room for another window: {window}")
                }
                Err(problem) => log::warn!(target: "pci", "an MCFG entry is left out: {problem}"),
            }
        }
        ways.doubt_segment_0();
        ways
    }

    /// Both ways must find the same first function.
    fn doubt_segment_0(&mut self) {
        let Some(first) = Address::new(0, 0, 0, 0) else { return };
        let Some(by_ports) = self.ports.as_ref().and_then(|ports| ports.read::<u32>(first, 0))
        else {
            return;
        };
        let by_memory = self.ecam.read::<u32>(first, 0);
        if by_memory.is_some_and(|id| id != by_ports) {
            log::warn!(target: "pci", "the MCFG is wrong: nothing known is where it says; ports are used");
            self.ecam.forget_segment_0();
        }
    }

    fn read<T: Value>(&mut self, function: Address, offset: u16) -> T {
        let by_memory = self.ecam.read(function, offset);
        by_memory.or_else(|| self.ports.as_ref()?.read(function, offset)).unwrap_or(T::ALL_ONES)
    }

    fn write<T: Value>(&mut self, function: Address, offset: u16, value: T) {
        if self.ecam.write(function, offset, value).is_none()
            && let Some(ports) = &self.ports
        {
            // Where neither reaches there is nothing to write to.
            let _ = ports.write(function, offset, value);
        }
    }
}

/// This machine's configuration space.
#[derive(Clone, Copy, Debug)]
pub struct Config;

/// Not inlined: registers are asked for in many places, and never in a hurry.
impl ConfigSpace for Config {
    fn reach(&self, function: Address) -> u16 {
        with_ways(|ways| if ways.ecam.shows(function) { EXTENDED_BYTES } else { PLAIN_BYTES })
    }
    #[inline(never)]
    fn read_u8(&self, function: Address, offset: u16) -> u8 {
        with_ways(|ways| ways.read(function, offset))
    }
    #[inline(never)]
    fn read_u16(&self, function: Address, offset: u16) -> u16 {
        with_ways(|ways| ways.read(function, offset))
    }
    #[inline(never)]
    fn read_u32(&self, function: Address, offset: u16) -> u32 {
        with_ways(|ways| ways.read(function, offset))
    }
    #[inline(never)]
    fn write_u8(&self, function: Address, offset: u16, value: u8) {
        with_ways(|ways| ways.write(function, offset, value));
    }
    #[inline(never)]
    fn write_u16(&self, function: Address, offset: u16, value: u16) {
        with_ways(|ways| ways.write(function, offset, value));
    }
    #[inline(never)]
    fn write_u32(&self, function: Address, offset: u16, value: u32) {
        with_ways(|ways| ways.write(function, offset, value));
    }

    /// By ports where there are any: they need no mapping, and most buses are
    /// empty.
    fn has_devices(&self, segment: u16, bus: u8) -> bool {
        Address::devices(segment, bus).any(|function| {
            let vendor = with_ways(|ways| {
                let by_ports = ways.ports.as_ref();
                let vendor = by_ports.and_then(|ports| ports.read(function, register::VENDOR));
                vendor.unwrap_or_else(|| ways.read(function, register::VENDOR))
            });
            !matches!(vendor, 0_u16 | u16::MAX)
        })
    }
}

/// What [`Config`] goes through.
#[derive(Clone, Copy, Debug)]
pub struct Mechanism {
    ports: bool,
    window: Option<Window>,
    windows: usize,
}

impl Mechanism {
    /// Whether there is any way at all: a PC without PCI has none.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.ports || self.windows > 0
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.window, self.ports) {
            (Some(window), _) => {
                write!(f, "by memory (ECAM): {window}")?;
                match self.windows {
                    0 | 1 => Ok(()),
                    more => write!(f, ", and {} windows more", more - 1),
                }
            }
            (None, true) => f.write_str("by ports 0xcf8 and 0xcfc"),
            (None, false) => f.write_str("there is no PCI here"),
        }
    }
}

/// How configuration space is reached; looks for it if nobody has yet.
#[must_use]
pub fn mechanism() -> Mechanism {
    with_ways(|ways| Mechanism {
        ports: ways.ports.is_some(),
        window: ways.ecam.windows().next(),
        windows: ways.ecam.windows().count(),
    })
}

/// The root buses beside the first of a segment, as far as the tables tell.
#[must_use]
pub fn roots() -> Roots {
    static ROOTS: Once<Roots> = Once::new();
    *ROOTS.call_once(|| bbn::roots(tables().into_iter().flat_map(Tables::aml)))
}

/// The range of buses number `index`, from 0 until `None`.
#[must_use]
pub fn buses(index: usize) -> Option<Buses> {
    with_ways(|ways| {
        let window = ways.ecam.windows().nth(index);
        let by_memory =
            window.map(|Window { segment, first, last, .. }| Buses { segment, first, last });
        let only_ports = ways.ecam.windows().next().is_none() && ways.ports.is_some();
        let all = Buses { segment: 0, first: 0, last: u8::MAX };
        by_memory.or_else(|| (only_ports && index == 0).then_some(all))
    })
}
