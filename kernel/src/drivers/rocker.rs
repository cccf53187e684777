//! QEMU's Rocker switch, as far as its test registers: a PCI device that sends
//! whichever of its MSI-X messages it is told to.
//!
//! So it shows what a driver with several interrupts does: a claim for each, a
//! row of the table for each, one of them masked and its pending bit, and all of
//! it given back (QEMU, `docs/specs/rocker`, sections 3 to 5).

use super::msix::{MsixError, Table};
use super::pci;
use super::registers::Registers;
use crate::cpu::TrapFrame;
use crate::interrupts::vectors::Counts;
use crate::interrupts::{Claim, ClaimError, Handler, Source, claim};
use crate::memory::mmio::MmioError;
use crate::time::{self, TimedOut};
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::apic::Mask;
use valhalla_core::pci::{Function, Ids};

const IDS: Ids = Ids { vendor: 0x1b36, device: 0x0006 };

/// Reads as twice what was written (section 5).
const TEST_REG: usize = 0x10;
/// The entry whose message is to be sent (section 5).
const TEST_IRQ: usize = 0x20;
/// Bytes of registers up to the test registers' end (section 3).
const USED_BYTES: u64 = 0x100;

/// The entries that every switch has, and what a driver uses them for (section
/// 4): command ring, event ring, test operations.
pub const ENTRIES: usize = 3;
/// Whose the claims are.
pub const NAMES: [&str; ENTRIES] = ["rocker command", "rocker event", "rocker test"];

/// The longest that anything may take.
const LIMIT_MS: u64 = 1000;

/// Why it did not do what it was asked.
#[derive(Clone, Copy, Debug)]
pub enum RockerError {
    /// There is none.
    Missing,
    /// Its first base address register has no memory.
    NoMemory,
    /// Its registers cannot be mapped.
    Unmapped(MmioError),
    /// TEST_REG does not double.
    Stranger(u32),
    /// It has no table for its messages.
    Msix(MsixError),
    /// Its table has fewer entries than every switch has.
    Short(u16),
    /// The source of an interrupt cannot be had.
    Claim(ClaimError),
    /// It did not send, or hold back, in time.
    Silent(TimedOut),
}

impl fmt::Display for RockerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => {
                write!(f, "there is no rocker switch here ({IDS}; QEMU: -device rocker)")
            }
            Self::NoMemory => f.write_str("the rocker switch has no memory"),
            Self::Unmapped(error) => write!(f, "the rocker switch's registers: {error}"),
            Self::Stranger(value) => write!(f, "the rocker switch's TEST_REG reads {value:#x}"),
            Self::Msix(error) => write!(f, "the rocker switch: {error}"),
            Self::Short(entries) => write!(f, "the rocker switch has {entries} MSI-X entries"),
            Self::Claim(error) => write!(f, "the rocker switch's interrupts: {error}"),
            Self::Silent(time) => write!(f, "the rocker switch: {time}"),
        }
    }
}

/// For each entry, how often its handler ran.
static HANDLED: [AtomicU64; ENTRIES] = [const { AtomicU64::new(0) }; ENTRIES];
const HANDLERS: [Handler; ENTRIES] = [on_message::<0>, on_message::<1>, on_message::<2>];

/// A message says by its vector whose it is: there is nothing to ask the device.
fn on_message<const ENTRY: usize>(_: &mut TrapFrame) {
    HANDLED[ENTRY].fetch_add(1, Ordering::Release);
}

fn handled(entry: usize) -> u64 {
    HANDLED.get(entry).map_or(0, |count| count.load(Ordering::Acquire))
}

/// The device, with its registers mapped.
#[derive(Debug)]
pub struct Rocker {
    function: Function,
    registers: Registers,
}

impl Rocker {
    /// Finds it, and sees that it is what it says.
    ///
    /// # Errors
    /// [`RockerError`].
    pub fn find() -> Result<Self, RockerError> {
        let function = pci::find(IDS).ok_or(RockerError::Missing)?;
        let memory = pci::memory(&function, 0).ok_or(RockerError::NoMemory)?;
        // SAFETY: none of the registers written here makes it access memory.
        let registers = unsafe { Registers::map(memory.base, USED_BYTES, "rocker registers") }
            .map_err(RockerError::Unmapped)?;
        let rocker = Self { function, registers };
        pci::turn_on(&rocker.function);
        match rocker.double(21) {
            42 => Ok(rocker),
            other => Err(RockerError::Stranger(other)),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn function(&self) -> &Function {
        &self.function
    }

    /// Writes a value and reads what it made of it: twice that.
    #[must_use]
    pub fn double(&self, value: u32) -> u32 {
        self.registers.write(TEST_REG, value);
        self.registers.read(TEST_REG)
    }

    /// Claims a source for each entry, and lets it send.
    ///
    /// # Errors
    /// When it has no table, or a source cannot be had.
    pub fn listen(&self) -> Result<Listening<'_>, RockerError> {
        let table = Table::open(&self.function).map_err(RockerError::Msix)?;
        if usize::from(table.count()) < ENTRIES {
            return Err(RockerError::Short(table.count()));
        }
        let mut listening = Listening { rocker: self, table, claims: [const { None }; ENTRIES] };
        for (entry, slot) in listening.claims.iter_mut().enumerate() {
            HANDLED[entry].store(0, Ordering::Relaxed);
            let claim = claim(Source::Msi, NAMES[entry], HANDLERS[entry]);
            let claim = slot.insert(claim.map_err(RockerError::Claim)?);
            let message = claim.message().ok_or(RockerError::Claim(ClaimError::NoLocalApic))?;
            listening.table.set(entry as u16, message, Mask::Open);
        }
        listening.table.send();
        Ok(listening)
    }
}

/// What became of messages that were held back.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// How many came while the entry was masked.
    pub masked: u64,
    /// How many came when it was not any more.
    pub open: u64,
    /// Whether the pending bit was still set then.
    pub is_pending: bool,
}

/// The device while its sources are claimed. In this order: dropped, it is
/// quiet before the vectors are given back.
#[derive(Debug)]
pub struct Listening<'a> {
    rocker: &'a Rocker,
    table: Table,
    claims: [Option<Claim>; ENTRIES],
}

impl Listening<'_> {
    /// Lets it send the message of `entry` so many times, each after the one
    /// before was handled. Returns how many were, and what the vector counted.
    ///
    /// # Errors
    /// When one does not come.
    pub fn raise(&self, entry: usize, times: u64) -> Result<(u64, Counts), RockerError> {
        let before = handled(entry);
        for number in 1..=times {
            self.rocker.registers.write(TEST_IRQ, entry as u32);
            wait_until(&|| handled(entry) >= before + number)?;
        }
        let counts = self.claims.get(entry).and_then(|claim| claim.as_ref().map(Claim::counts));
        Ok((handled(entry) - before, counts.unwrap_or_default()))
    }

    /// Masks `entry` in the table, has its message sent twice, sees it pending,
    /// and lets it go.
    ///
    /// # Errors
    /// When it does not become pending, or does not come afterwards.
    pub fn hold(&self, entry: usize) -> Result<Held, RockerError> {
        let (before, number) = (handled(entry), entry as u16);
        self.table.set_mask(number, Mask::Masked);
        for _ in 0..2 {
            self.rocker.registers.write(TEST_IRQ, entry as u32);
        }
        let pending = wait_until(&|| self.table.is_pending(number));
        let masked = handled(entry) - before;
        self.table.set_mask(number, Mask::Open);
        pending?;
        wait_until(&|| handled(entry) > before + masked)?;
        let open = handled(entry) - before - masked;
        Ok(Held { masked, open, is_pending: self.table.is_pending(number) })
    }
}

/// One copy for every question: nothing here is in a hurry.
#[inline(never)]
fn wait_until(is_so: &dyn Fn() -> bool) -> Result<(), RockerError> {
    time::wait_until(LIMIT_MS, || is_so().then_some(())).map_err(RockerError::Silent)
}
