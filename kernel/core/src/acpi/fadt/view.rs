//! What the kernel reads from a FADT: registers, flags, the SCI.
//!
//! Fields come twice: 32 bits wide in the old part, and as a generic address
//! in the part that ACPI 2.0 added. The wide one counts where it is there and
//! not zero (ACPI 6.5, 5.2.9).

use crate::acpi::gas::Gas;
use crate::acpi::{u8_at, u16_at, u32_at, u64_at};

/// A FADT that passed its checks. Fields behind its end read as "not there".
#[derive(Clone, Copy, Debug)]
pub struct Fadt<'a>(pub &'a [u8]);

/// Bits of the Flags field that decide what the kernel does (Table 5.10).
pub mod flag {
    /// The power button is a control method, not a fixed feature.
    pub const PWR_BUTTON: u32 = 1 << 4;
    /// The sleep button is a control method, not a fixed feature.
    pub const SLP_BUTTON: u32 = 1 << 5;
    /// The PM timer is 32 bits wide, else 24.
    pub const TMR_VAL_EXT: u32 = 1 << 8;
    /// There is a reset register.
    pub const RESET_REG_SUP: u32 = 1 << 10;
    /// There are no PM1 registers: a hardware-reduced machine.
    pub const HW_REDUCED_ACPI: u32 = 1 << 20;
}

/// A pair of register blocks, PM1a and PM1b; most machines have the first alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// PM1a, which every machine but a hardware-reduced one has.
    pub a: Gas,
    /// PM1b.
    pub b: Option<Gas>,
}

/// A block of general-purpose event registers: status bits, then enable bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpeBlock {
    /// Where the status bits begin.
    pub status: Gas,
    /// Bytes of status, and as many of enable right behind.
    pub bytes: u8,
    /// The number of the first event.
    pub first: u8,
}

impl Fadt<'_> {
    /// The flags, zero where there are none.
    #[must_use]
    pub fn flags(&self) -> u32 {
        u32_at(self.0, 112).unwrap_or(0)
    }

    /// Whether all bits of `flag` are set.
    #[must_use]
    pub fn has(&self, flag: u32) -> bool {
        self.flags() & flag == flag
    }

    /// The interrupt of the chipset's events: an 8259 line, or a GSI. None on
    /// hardware-reduced machines, which have no such events; nor can it be IRQ 0,
    /// the timer's.
    #[must_use]
    pub fn sci_interrupt(&self) -> Option<u16> {
        u16_at(self.0, 46).filter(|line| *line != 0 && !self.has(flag::HW_REDUCED_ACPI))
    }

    /// Port and value that ask the firmware to hand the chipset over; `None`
    /// where there is nothing to ask.
    #[must_use]
    pub fn acpi_enable(&self) -> Option<(u32, u8)> {
        let (port, value) = (u32_at(self.0, 48)?, u8_at(self.0, 52)?);
        (port != 0 && value != 0).then_some((port, value))
    }

    /// PM1 status and enable registers.
    #[must_use]
    pub fn pm1_event(&self) -> Option<Pair> {
        self.pair(56, 148, 60, 160, self.pm1_event_bytes())
    }

    /// Bytes of a PM1 event block: half status, half enable.
    #[must_use]
    pub fn pm1_event_bytes(&self) -> u8 {
        u8_at(self.0, 88).unwrap_or(0)
    }

    /// PM1 control registers.
    #[must_use]
    pub fn pm1_control(&self) -> Option<Pair> {
        self.pair(64, 172, 68, 184, u8_at(self.0, 89).unwrap_or(0))
    }

    /// The power management timer's register.
    #[must_use]
    pub fn pm_timer(&self) -> Option<Gas> {
        let bytes = u8_at(self.0, 91).filter(|bytes| *bytes == 4)?;
        self.block(76, 208, bytes)
    }

    /// The general-purpose event blocks that are there.
    pub fn gpe_blocks(&self) -> impl Iterator<Item = GpeBlock> {
        let block = |narrow, wide, length, first| {
            let bytes = u8_at(self.0, length).filter(|bytes| *bytes >= 2)?;
            Some(GpeBlock { status: self.block(narrow, wide, bytes)?, bytes: bytes / 2, first })
        };
        let first_of_second = u8_at(self.0, 94).unwrap_or(0);
        [block(80, 220, 92, 0), block(84, 232, 93, first_of_second)].into_iter().flatten()
    }

    /// The reset register and what to write to it, where the flags say so.
    #[must_use]
    pub fn reset_register(&self) -> Option<(Gas, u8)> {
        let register = Gas::parse(self.0, 116).filter(Gas::is_there)?;
        self.has(flag::RESET_REG_SUP).then_some((register, u8_at(self.0, 128)?))
    }

    /// Sleep control of a hardware-reduced machine.
    #[must_use]
    pub fn sleep_control(&self) -> Option<Gas> {
        Gas::parse(self.0, 244).filter(Gas::is_there)
    }

    /// Where the FACS is, the wide address first.
    #[must_use]
    pub fn facs(&self) -> Option<u64> {
        let wide = u64_at(self.0, 132).filter(|address| *address != 0);
        wide.or_else(|| u32_at(self.0, 36).map(u64::from).filter(|address| *address != 0))
    }

    /// The RTC's register for the century, if it has one.
    #[must_use]
    pub fn century_register(&self) -> Option<u8> {
        u8_at(self.0, 108).filter(|register| *register != 0)
    }

    fn pair(&self, a: usize, x_a: usize, b: usize, x_b: usize, bytes: u8) -> Option<Pair> {
        Some(Pair { a: self.block(a, x_a, bytes)?, b: self.block(b, x_b, bytes) })
    }

    /// A register block by its two fields.
    fn block(&self, narrow: usize, wide: usize, bytes: u8) -> Option<Gas> {
        let wide = Gas::parse(self.0, wide).filter(Gas::is_there);
        wide.or_else(|| u32_at(self.0, narrow).map(|port| Gas::port(port, bytes)))
            .filter(Gas::is_there)
    }
}
