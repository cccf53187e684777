//! The high precision event timer (IA-PC HPET Specification 1.0a).
//!
//! One counter that runs for ever, and says itself how fast. Firmware names it
//! in a table; whether it is there its registers tell, and whether it counts
//! one sees by looking.

use super::pit;
use crate::acpi::Tables;
use crate::memory::{Caching, mmio};
use core::fmt;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::gas::Space;
use valhalla_core::acpi::hpet::parse;
use valhalla_core::clock::rate::Rate;

/// Bytes of registers (2.3.1).
const LENGTH: u64 = 0x400;
/// General capabilities and id (2.3.4).
const GCAP_ID: usize = 0x00;
/// General configuration (2.3.5).
const GEN_CONF: usize = 0x10;
/// Main counter value (2.3.7).
const MAIN_CNT: usize = 0xf0;

/// Capability: the counter has 64 bits (COUNT_SIZE_CAP).
const COUNT_SIZE_CAP: u64 = 1 << 13;
/// Capability: it can take the interrupts of PIT and RTC (LEG_RT_CAP).
const LEG_RT_CAP: u64 = 1 << 15;
/// Configuration: the counter runs (ENABLE_CNF).
const ENABLE_CNF: u64 = 1 << 0;
/// Configuration: timer 0 is IRQ 0 and timer 1 IRQ 8 (LEG_RT_CNF).
const LEG_RT_CNF: u64 = 1 << 1;
/// The longest period that a main counter may have: 100 ns (2.3.4).
const LONGEST_PERIOD_FS: u32 = 100_000_000;

static REGISTERS: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// Why there is no such timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHpet {
    /// No ACPI table names one.
    NoTable,
    /// The table is too short, or names an address that cannot be.
    BadTable,
    /// Its registers cannot be mapped.
    Unmapped(mmio::MmioError),
    /// Its capabilities read as nothing: claimed, but not there.
    NotThere(u64),
    /// It says that it counts at a period that none may have, in femtoseconds.
    BadPeriod(u32),
    /// It is there, and stands still.
    StandsStill,
    /// It counts at another rate than its period says.
    WrongRate {
        /// What its register tells.
        stated: Rate,
        /// What was measured.
        rate: Rate,
    },
}

impl fmt::Display for NoHpet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable => f.write_str("no ACPI table names one"),
            Self::BadTable => f.write_str("its table makes no sense"),
            Self::Unmapped(error) => write!(f, "its registers cannot be mapped: {error}"),
            Self::NotThere(read) => {
                write!(f, "a table names one, but GCAP_ID reads {read:#x}: nothing is there")
            }
            Self::BadPeriod(period) => {
                write!(f, "it claims a period of {period} fs (1 to {LONGEST_PERIOD_FS} may be)")
            }
            Self::StandsStill => f.write_str("it is there, but does not count"),
            Self::WrongRate { stated, rate } => write!(f, "it tells {stated}, but runs at {rate}"),
        }
    }
}

/// The timer, as its registers describe it.
#[derive(Clone, Copy, Debug)]
pub struct Hpet {
    /// How fast it counts.
    pub rate: Rate,
    /// Bits that count: 32 or 64.
    pub bits: u32,
}

/// Finds it, and sets it counting.
pub(super) fn init(tables: &Tables) -> Result<Hpet, NoHpet> {
    let table = tables.get(Signature(*b"HPET")).ok_or(NoHpet::NoTable)?;
    let base = parse(table.bytes()).ok_or(NoHpet::BadTable)?.base;
    if base.space != Space::Memory || base.address == 0 || !base.address.is_multiple_of(8) {
        return Err(NoHpet::BadTable);
    }
    let mapping = mmio::map(base.address, LENGTH, Caching::Uncached, "HPET");
    let mapping = mapping.map_err(NoHpet::Unmapped)?;
    // Dropped, and with it unmapped, where the timer turns out not to be one.
    let at = mapping.start().as_ptr();
    let capabilities = read_at(at, GCAP_ID);
    let period = (capabilities >> 32) as u32;
    if capabilities == 0 || capabilities == u64::MAX || capabilities as u32 == u32::MAX {
        return Err(NoHpet::NotThere(capabilities));
    }
    let rate = Rate::from_period_fs(period).filter(|_| period <= LONGEST_PERIOD_FS);
    let rate = rate.ok_or(NoHpet::BadPeriod(period))?;
    let configuration = read_at(at, GEN_CONF);
    // SAFETY: the registers are this file's: it counts, and takes no interrupt
    // of the PIT's or the RTC's.
    unsafe {
        let register = at.add(GEN_CONF).cast::<u64>();
        register.write_volatile(configuration & !LEG_RT_CNF | ENABLE_CNF);
    }
    if !pit::moves(|| read_at(at, MAIN_CNT)) {
        return Err(NoHpet::StandsStill);
    }
    REGISTERS.store(mapping.leak().as_ptr(), Ordering::Relaxed);
    let bits = if capabilities & COUNT_SIZE_CAP != 0 { 64 } else { 32 };
    Ok(Hpet { rate, bits })
}

/// The main counter; 0 where there is none.
pub(super) fn count() -> u64 {
    read(MAIN_CNT)
}

/// The general capabilities and the configuration, for those who explain them.
#[must_use]
pub fn registers() -> (Capabilities, Configuration) {
    (Capabilities(read(GCAP_ID)), Configuration(read(GEN_CONF)))
}

fn read(register: usize) -> u64 {
    let registers = REGISTERS.load(Ordering::Relaxed);
    if registers.is_null() { 0 } else { read_at(registers, register) }
}

/// `registers` must be what is mapped for the timer.
fn read_at(registers: *mut u8, register: usize) -> u64 {
    // SAFETY: 1 KiB from there is mapped and aligned, and stays so; reading
    // these registers changes nothing.
    unsafe { registers.add(register).cast::<u64>().read_volatile() }
}

/// GCAP_ID in words.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities(pub u64);

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        write!(f, "GCAP_ID {value:#018x}: COUNTER_CLK_PERIOD {} fs", value >> 32)?;
        write!(f, ", VENDOR_ID {:#06x}", value >> 16 & 0xffff)?;
        write!(f, ", LEG_RT_CAP {}", u8::from(value & LEG_RT_CAP != 0))?;
        write!(f, ", COUNT_SIZE_CAP {}", u8::from(value & COUNT_SIZE_CAP != 0))?;
        write!(f, ", {} timers, REV_ID {}", (value >> 8 & 0x1f) + 1, value & 0xff)
    }
}

/// GEN_CONF in words.
#[derive(Clone, Copy, Debug)]
pub struct Configuration(pub u64);

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (enabled, legacy) = (self.0 & ENABLE_CNF != 0, self.0 & LEG_RT_CNF != 0);
        write!(f, "GEN_CONF {:#x}: ENABLE_CNF {}", self.0, u8::from(enabled))?;
        write!(f, ", LEG_RT_CNF {}", u8::from(legacy))
    }
}
