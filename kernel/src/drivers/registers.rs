//! A PCI device's registers in memory, 32 bits each.

use crate::memory::Caching;
use crate::memory::mmio::{self, Mapping, MmioError};

/// Registers that are mapped, uncached, for as long as this lives.
#[derive(Debug)]
pub struct Registers {
    mapping: Mapping,
    bytes: usize,
}

impl Registers {
    /// Maps `bytes` of registers from `physical`; `name` is what reports call
    /// them.
    ///
    /// # Errors
    /// [`MmioError`].
    ///
    /// # Safety
    /// Whatever is written to them makes the device access no memory but the
    /// caller's.
    pub unsafe fn map(physical: u64, bytes: u64, name: &'static str) -> Result<Self, MmioError> {
        if !physical.is_multiple_of(4) {
            return Err(MmioError::BadRange);
        }
        let mapping = mmio::map(physical, bytes, Caching::Uncached, name)?;
        Ok(Self { mapping, bytes: bytes as usize })
    }

    #[inline(never)]
    fn register(&self, offset: usize) -> Option<*mut u32> {
        let is_inside = offset.is_multiple_of(4) && offset < self.bytes.saturating_sub(3);
        is_inside.then(|| self.mapping.start().as_ptr().wrapping_add(offset).cast())
    }

    /// The register at `offset`; all ones where there is none.
    #[must_use]
    pub fn read(&self, offset: usize) -> u32 {
        // SAFETY: the register is aligned, and mapped while `self` lives.
        self.register(offset).map_or(u32::MAX, |register| unsafe { register.read_volatile() })
    }

    /// Writes the register at `offset`, if there is one.
    pub fn write(&self, offset: usize, value: u32) {
        if let Some(register) = self.register(offset) {
            // SAFETY: it is aligned and mapped; what it does is what the caller
            // of `map` vouched for.
            unsafe { register.write_volatile(value) };
        }
    }
}
