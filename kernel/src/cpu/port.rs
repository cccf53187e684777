//! Typed I/O ports.
//!
//! A thin layer over the `x86_64` crate's port instructions that takes `&self`:
//! a port holds no state of its own, so exclusive access to a device is the
//! business of whoever owns the device, not of each register.

use core::arch::asm;
use core::marker::PhantomData;
use x86_64::structures::port::{PortRead, PortWrite};

/// A port of `T` = `u8`, `u16` or `u32` (SDM Vol. 1, chapter 19).
#[derive(Debug)]
pub struct Port<T> {
    number: u16,
    value: PhantomData<fn() -> T>,
}

impl<T> Port<T> {
    /// Names the port `number`; nothing is read or written.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self { number, value: PhantomData }
    }

    /// The port's number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }
}

impl<T: PortRead> Port<T> {
    /// Reads the port. Where no device answers, all bits read as one.
    ///
    /// # Safety
    ///
    /// Reading a device register can change the device's state: the caller
    /// must own the device, or know that this register reads without effect.
    #[inline]
    pub unsafe fn read(&self) -> T {
        // SAFETY: the caller answers for the effect on the device; the
        // instruction itself touches no memory.
        unsafe { T::read_from_port(self.number) }
    }
}

impl Port<u8> {
    /// Writes all of `bytes`, one after the other: for a device with a FIFO.
    ///
    /// # Safety
    ///
    /// As for [`write`](Self::write), for each of the bytes.
    #[inline]
    pub unsafe fn write_all(&self, bytes: &[u8]) {
        // SAFETY: the caller answers for the device; the instruction reads
        // `bytes` from its start to its end (DF is clear in all Rust code).
        unsafe {
            asm!(
                "rep outsb",
                in("dx") self.number,
                inout("rsi") bytes.as_ptr() => _,
                inout("rcx") bytes.len() => _,
                options(readonly, nostack, preserves_flags)
            );
        }
    }
}

impl<T: PortWrite> Port<T> {
    /// Writes the port. Where no device listens, nothing happens.
    ///
    /// # Safety
    ///
    /// The caller must own the device, and the write must not make the device
    /// break memory safety (by DMA, say).
    #[inline]
    pub unsafe fn write(&self, value: T) {
        // SAFETY: as above, the caller answers for the device.
        unsafe { T::write_to_port(self.number, value) }
    }
}
