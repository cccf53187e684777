//! The MSI-X table of a function: a message for each entry, in the function's
//! own memory, and for each a mask and a pending bit (PCI Local Bus
//! Specification 3.0, 6.8.2 and 6.8.3).
//!
//! ```text
//!   cause n --> table[n]: masked? -- no --> the message is sent
//!                            | yes
//!                            +--> pending bit n; sent when it is unmasked
//! ```

use super::pci;
use super::registers::Registers;
use crate::acpi::pci::Config;
use crate::memory::mmio::MmioError;
use core::fmt;
use valhalla_core::apic::Mask;
use valhalla_core::apic::message::Message;
use valhalla_core::pci::Function;
use valhalla_core::pci::capability::msix::{self, ENTRY_BYTES, MsiX, Place, State, VECTOR_CONTROL};

/// Why there is no table.
#[derive(Clone, Copy, Debug)]
pub enum MsixError {
    /// The function has no such capability.
    Missing,
    /// The base address register that it names has not that much memory.
    NoMemory(u8),
    /// It cannot be mapped.
    Unmapped(MmioError),
}

impl fmt::Display for MsixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("it has no MSI-X capability"),
            Self::NoMemory(bar) => write!(f, "its MSI-X table is not in the memory of BAR {bar}"),
            Self::Unmapped(error) => write!(f, "its MSI-X table: {error}"),
        }
    }
}

/// The table, mapped. Dropped, it turns MSI-X off.
#[derive(Debug)]
pub struct Table {
    capability: MsiX,
    entries: Registers,
    pending: Registers,
}

impl Table {
    /// Finds it, turns MSI-X on with every message held back, and masks each
    /// entry. The function must answer to its memory.
    ///
    /// # Errors
    /// [`MsixError`]; nothing has changed then.
    pub fn open(function: &Function) -> Result<Self, MsixError> {
        let mut capability = MsiX::find(&Config, function).ok_or(MsixError::Missing)?;
        let (table, pending) = (capability.table(), capability.pending());
        let entries = map(function, table, capability.table_bytes(), "MSI-X table")?;
        let pending = map(function, pending, capability.pending_bytes(), "MSI-X pending bits")?;
        capability.set(&Config, State::Held);
        let table = Self { capability, entries, pending };
        (0..table.count()).for_each(|entry| table.set_mask(entry, Mask::Masked));
        Ok(table)
    }

    /// How many entries it has.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.capability.entries()
    }

    /// Writes an entry that is masked, or while all messages are held back.
    pub fn set(&self, entry: u16, message: Message, mask: Mask) {
        let at = usize::from(entry) * ENTRY_BYTES;
        for (word, value) in (at..).step_by(4).zip(msix::entry(message, mask)) {
            self.entries.write(word, value);
        }
    }

    /// Holds an entry's message back, or lets it go: at once, if its cause came
    /// meanwhile.
    pub fn set_mask(&self, entry: u16, mask: Mask) {
        let at = usize::from(entry) * ENTRY_BYTES + VECTOR_CONTROL;
        let others = self.entries.read(at) & !msix::MASK_BIT;
        let bit = if mask == Mask::Masked { msix::MASK_BIT } else { 0 };
        self.entries.write(at, others | bit);
    }

    /// Whether an entry's message waits for its mask to go.
    #[must_use]
    pub fn is_pending(&self, entry: u16) -> bool {
        let (offset, bit) = msix::pending_bit(entry);
        self.pending.read(offset) & bit != 0
    }

    /// Lets the function send the messages of the entries that are not masked.
    pub fn send(&mut self) {
        self.capability.set(&Config, State::Sending);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.capability.set(&Config, State::Off);
    }
}

fn map(
    function: &Function,
    place: Place,
    bytes: u64,
    name: &'static str,
) -> Result<Registers, MsixError> {
    let memory = pci::memory(function, place.bar).ok_or(MsixError::NoMemory(place.bar))?;
    let offset = u64::from(place.offset);
    if memory.size.is_none_or(|size| offset + bytes > size) {
        return Err(MsixError::NoMemory(place.bar));
    }
    // SAFETY: the entries make the device write messages, and what those are
    // `Message` vouches for; pending bits are only read.
    unsafe { Registers::map(memory.base + offset, bytes, name) }.map_err(MsixError::Unmapped)
}
