//! Base address registers: where a function answers, and how large that is.
//!
//! How large is only told by writing all ones and reading which bits stayed
//! (6.2.5.1). Done with care that harms nobody:
//!
//! - the function answers to no address meanwhile (command register), so that
//!   it never shows up on top of something else;
//! - the caller keeps interrupts off, so that no driver talks to it meanwhile;
//! - every register is put back, also one that made no sense;
//! - host bridges are not asked at all: with memory off, one may cut the
//!   processor off its RAM.
//!
//! A graphics adapter is asked like the rest: it goes on showing its memory
//! while it does not answer, and nobody writes to it in those microseconds.

use core::fmt;

use super::header::{Control, register};
use super::{ConfigSpace, Function, Layout};
use crate::units::Bytes;

/// Base address registers that a function can have.
pub const MAX_BARS: usize = 6;
/// One more for the expansion ROM.
pub const MAX_RANGES: usize = MAX_BARS + 1;

const FIRST: u16 = 0x10;
/// An I/O register, rather than a memory one.
const IO: u32 = 1;
/// Memory that can be read ahead, and writes to which can be merged.
const PREFETCHABLE: u32 = 1 << 3;
/// The ROM answers, if memory does.
const ROM_ENABLE: u32 = 1;
const ROM_ADDRESS: u32 = !0x7ff;

/// What a range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// I/O ports.
    Io,
    /// Memory.
    Memory {
        /// How wide its address may be.
        width: Width,
        /// Whether it can be read ahead.
        prefetchable: bool,
    },
    /// The expansion ROM.
    Rom {
        /// Whether it answers.
        enabled: bool,
    },
}

/// How wide the address of a memory range may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 32 bits.
    Bits32,
    /// Below 1 MiB, on old devices.
    Below1M,
    /// 64 bits, in two registers.
    Bits64,
}

/// A range of ports or memory that a function answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The number of its register, 0 to 5; 6 for the ROM.
    pub number: u8,
    /// What it is.
    pub kind: Kind,
    /// Its first port or byte; 0 when none was given to it.
    pub base: u64,
    /// How many ports or bytes; `None` where nobody asked.
    pub size: Option<u64>,
}

impl Range {
    /// Whether `control` lets the function answer to it.
    #[must_use]
    pub const fn answers(&self, control: Control) -> bool {
        match self.kind {
            Kind::Io => control.0 & Control::IO != 0,
            Kind::Memory { .. } => control.0 & Control::MEMORY != 0,
            Kind::Rom { enabled } => enabled && control.0 & Control::MEMORY != 0,
        }
    }
}

impl fmt::Display for Range {
    /// As `lspci` says it: `Memory at febf1000 (32-bit, non-prefetchable)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Io => "I/O ports at ",
            Kind::Memory { .. } => "Memory at ",
            Kind::Rom { .. } => "Expansion ROM at ",
        })?;
        match (self.base, self.kind) {
            (0, _) => f.write_str("<unassigned>")?,
            (base, Kind::Io) => write!(f, "{base:04x}")?,
            (base, _) => write!(f, "{base:08x}")?,
        }
        if let Kind::Memory { width, prefetchable } = self.kind {
            let width = match width {
                Width::Bits32 => "32-bit",
                Width::Below1M => "low-1M",
                Width::Bits64 => "64-bit",
            };
            let non = if prefetchable { "" } else { "non-" };
            write!(f, " ({width}, {non}prefetchable)")?;
        }
        match self.size {
            Some(size) if self.kind == Kind::Io => write!(f, " [size={size}]"),
            Some(size) => write!(f, " [size={}]", Bytes(size)),
            None => Ok(()),
        }
    }
}

/// The ranges of a function.
pub type Ranges = [Option<Range>; MAX_RANGES];

/// Whether the sizes may be asked for.
#[must_use]
pub fn may_ask(function: &Function) -> bool {
    !function.class.is_host_bridge() && !matches!(function.layout, Layout::Unknown(_))
}

/// Reads the ranges, and asks for their sizes where [`may_ask`] says so. The
/// caller keeps interrupts off.
#[must_use]
pub fn ask(space: &impl ConfigSpace, function: &Function) -> Ranges {
    let at = function.address;
    let command = space.read_u16(at, register::COMMAND);
    // All ones: it was pulled out. There is nothing to put back then.
    if !may_ask(function) || command == u16::MAX {
        return read(space, function, &mut |_, _| None);
    }
    let quiet = command & !(Control::IO | Control::MEMORY);
    space.write_u16(at, register::COMMAND, quiet);
    let ranges = read(space, function, &mut |offset, ones| {
        let before = space.read_u32(at, offset);
        space.write_u32(at, offset, ones);
        let stayed = space.read_u32(at, offset);
        space.write_u32(at, offset, before);
        Some(stayed)
    });
    space.write_u16(at, register::COMMAND, command);
    ranges
}

/// Asks a register which of its bits can be set.
type Probe<'a> = &'a mut dyn FnMut(u16, u32) -> Option<u32>;

fn read(space: &impl ConfigSpace, function: &Function, probe: Probe<'_>) -> Ranges {
    let (count, rom) = match function.layout {
        Layout::Device => (6, Some(0x30)),
        Layout::Bridge => (2, Some(0x38)),
        Layout::CardBus => (1, None),
        Layout::Unknown(_) => (0, None),
    };
    let value = |offset| space.read_u32(function.address, offset);
    let mut ranges = [None; MAX_RANGES];
    let (bars, last) = ranges.split_at_mut(MAX_BARS);
    let mut is_upper_half = false;
    for (number, slot) in (0..count).zip(bars) {
        if core::mem::take(&mut is_upper_half) {
            continue;
        }
        let offset = FIRST + 4 * u16::from(number);
        let low = value(offset);
        let has_upper = low & (IO | 6) == 4 && number + 1 < count;
        *slot = if has_upper {
            is_upper_half = true;
            memory_64(number, low, value(offset + 4), probe, offset)
        } else if low & IO != 0 {
            io(number, low, probe(offset, u32::MAX))
        } else {
            memory_32(number, low, probe(offset, u32::MAX))
        };
    }
    if let (Some(offset), Some(slot)) = (rom, last.first_mut()) {
        *slot = expansion_rom(value(offset), probe(offset, ROM_ADDRESS));
    }
    ranges
}

/// The size that a probe's answer means; `None` for a register that is not
/// there. The lowest bit that can be set is the size.
const fn size(stayed: u64) -> Option<u64> {
    if stayed == 0 { None } else { Some(stayed & stayed.wrapping_neg()) }
}

/// A range, unless it was asked and said that it is not there, or was not asked
/// and has no address.
fn range(number: u8, kind: Kind, base: u64, stayed: Option<u64>) -> Option<Range> {
    let size = match stayed {
        Some(stayed) => Some(size(stayed)?),
        None if base == 0 => return None,
        None => None,
    };
    Some(Range { number, kind, base, size })
}

fn io(number: u8, low: u32, stayed: Option<u32>) -> Option<Range> {
    // The upper half may be missing: ports have 16 bits.
    let stayed = stayed.map(|stayed| u64::from(stayed & !3));
    range(number, Kind::Io, u64::from(low & !3), stayed)
}

fn memory_32(number: u8, low: u32, stayed: Option<u32>) -> Option<Range> {
    let width = if low & 6 == 2 { Width::Below1M } else { Width::Bits32 };
    let kind = Kind::Memory { width, prefetchable: low & PREFETCHABLE != 0 };
    range(number, kind, u64::from(low & !15), stayed.map(|stayed| u64::from(stayed & !15)))
}

fn memory_64(number: u8, low: u32, high: u32, probe: Probe<'_>, offset: u16) -> Option<Range> {
    let kind = Kind::Memory { width: Width::Bits64, prefetchable: low & PREFETCHABLE != 0 };
    let whole = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low & !15);
    // The upper half alone may say how large it is.
    let stayed = probe(offset, u32::MAX).zip(probe(offset + 4, u32::MAX));
    range(number, kind, whole(low, high), stayed.map(|(low, high)| whole(low, high)))
}

fn expansion_rom(value: u32, stayed: Option<u32>) -> Option<Range> {
    let kind = Kind::Rom { enabled: value & ROM_ENABLE != 0 };
    let stayed = stayed.map(|stayed| u64::from(stayed & ROM_ADDRESS));
    range(MAX_BARS as u8, kind, u64::from(value & ROM_ADDRESS), stayed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Address;
    use super::super::testing::Fake;
    use super::*;

    fn lines(fake: &Fake, at: Address) -> Vec<String> {
        let function = Function::find(fake, at).unwrap();
        let ranges = ask(fake, &function);
        ranges.iter().flatten().map(|range| format!("{}: {range}", range.number)).collect()
    }

    fn bar(fake: &Fake, at: Address, offset: usize, value: u32, writable: u32) {
        fake.set(at, offset, &value.to_le_bytes());
        fake.open(at, offset, &writable.to_le_bytes());
    }

    #[test]
    fn every_kind_is_sized_and_put_back() {
        let fake = Fake::new();
        let at = fake.device("00:03.0", 0x8086, 0x100e, [2, 0, 0]);
        fake.set(at, 4, &0x0107u16.to_le_bytes());
        fake.open(at, 4, &0x0547u16.to_le_bytes());
        bar(&fake, at, 0x10, 0xfebc_0000, 0xfffe_0000);
        bar(&fake, at, 0x14, 0xc041, 0xffc0);
        bar(&fake, at, 0x18, 0xc, 0);
        bar(&fake, at, 0x1c, 0x80, 0xffff_fff0);
        bar(&fake, at, 0x20, 0x000a_0002, 0x000f_0000);
        bar(&fake, at, 0x30, 0xfeb8_0001, 0xfffc_0001);
        let before = fake.bytes(at);
        assert_eq!(
            lines(&fake, at),
            [
                "0: Memory at febc0000 (32-bit, non-prefetchable) [size=128 KiB]",
                "1: I/O ports at c040 [size=64]",
                "2: Memory at 8000000000 (64-bit, prefetchable) [size=64 GiB]",
                "4: Memory at 000a0000 (low-1M, non-prefetchable) [size=64 KiB]",
                "6: Expansion ROM at feb80000 [size=256 KiB]",
            ]
        );
        assert_eq!(fake.bytes(at), before);
        // It answered to nothing while it was asked.
        let writes = fake.writes();
        assert_eq!(writes.first(), Some(&(at, 4, 0x0104)));
        assert_eq!(writes.last(), Some(&(at, 4, 0x0107)));
        assert_eq!(writes.iter().filter(|(_, offset, _)| *offset == 4).count(), 2);
    }

    #[test]
    fn bridges_have_two_and_host_bridges_are_left_alone() {
        let fake = Fake::new();
        let bridge = fake.bridge("00:01.0", 1, 1);
        bar(&fake, bridge, 0x10, 0xfebf_0004, 0xffff_ff00);
        bar(&fake, bridge, 0x14, 0, 0xffff_ffff);
        let buses = fake.bytes(bridge);
        assert_eq!(
            lines(&fake, bridge),
            ["0: Memory at febf0000 (64-bit, non-prefetchable) [size=256 B]"]
        );
        assert_eq!(fake.bytes(bridge), buses);
        let host = fake.device("00:00.0", 0x8086, 0x1237, [6, 0, 0]);
        bar(&fake, host, 0x10, 0xe000_0008, 0xf000_0000);
        let writes = fake.writes().len();
        assert_eq!(lines(&fake, host), ["0: Memory at e0000000 (32-bit, prefetchable)"]);
        assert_eq!(fake.writes().len(), writes);
    }

    proptest! {
        /// Whatever the registers are and whichever bits can be written, they
        /// are the same afterwards, and only BARs and command were touched.
        #[test]
        fn any_function_is_as_it_was(
            bytes in prop::collection::vec(any::<u8>(), 256),
            writable in prop::collection::vec(any::<u8>(), 256),
        ) {
            let fake = Fake::new();
            let at = "00:01.0".parse().unwrap();
            fake.add(at, bytes.clone(), writable);
            if let Some(function) = Function::find(&fake, at) {
                for range in ask(&fake, &function).into_iter().flatten() {
                    prop_assert!(range.size.is_none_or(u64::is_power_of_two));
                    prop_assert!(!range.to_string().is_empty());
                }
            }
            prop_assert_eq!(fake.bytes(at), bytes);
            for (_, offset, _) in fake.writes() {
                prop_assert!(matches!(offset, 4 | 0x10..0x28 | 0x30 | 0x38));
            }
        }
    }
}
