//! What a bridge lets through to the bus behind it (PCI-to-PCI Bridge
//! Architecture Specification 1.2, 3.2.5).

use core::fmt;

use super::{ConfigSpace, Function, Layout};
use crate::units::Bytes;

/// What a window is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// I/O ports.
    Io,
    /// Memory.
    Memory,
    /// Memory that can be read ahead.
    Prefetchable,
}

impl Kind {
    /// As `lspci -v` says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "I/O behind bridge",
            Self::Memory => "Memory behind bridge",
            Self::Prefetchable => "Prefetchable memory behind bridge",
        }
    }
}

/// The first and the last port or byte that is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// What it is for.
    pub kind: Kind,
    /// The first.
    pub first: u64,
    /// The last; before the first when the window is closed.
    pub last: u64,
}

impl Window {
    /// Whether nothing goes through.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.last < self.first
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, first, last } = self;
        write!(f, "{}: ", kind.name())?;
        let size = (last.wrapping_sub(*first)).saturating_add(1);
        match kind {
            _ if self.is_closed() => f.write_str("[disabled]"),
            Kind::Io => write!(f, "{first:04x}-{last:04x} [size={}]", Bytes(size)),
            _ => write!(f, "{first:08x}-{last:08x} [size={}]", Bytes(size)),
        }
    }
}

/// The three windows of a bridge.
#[must_use]
pub fn windows(space: &impl ConfigSpace, function: &Function) -> Option<[Window; 3]> {
    if function.layout != Layout::Bridge {
        return None;
    }
    let half = |offset| u64::from(space.read_u16(function.address, offset));
    let [io_base, io_limit] =
        [0x1c, 0x1d].map(|offset| u64::from(space.read_u8(function.address, offset)));
    // The low four bits say whether the upper registers are there.
    let [io_upper, io_upper_limit] =
        if io_base & 15 == 1 { [half(0x30), half(0x32)] } else { [0, 0] };
    let (base, limit) = (half(0x24), half(0x26));
    let [upper, upper_limit] = if base & 15 == 1 {
        [0x28, 0x2c].map(|offset| u64::from(space.read_u32(function.address, offset)))
    } else {
        [0, 0]
    };
    Some([
        Window {
            kind: Kind::Io,
            first: io_upper << 16 | (io_base & 0xf0) << 8,
            last: io_upper_limit << 16 | (io_limit & 0xf0) << 8 | 0xfff,
        },
        Window {
            kind: Kind::Memory,
            first: (half(0x20) & 0xfff0) << 16,
            last: (half(0x22) & 0xfff0) << 16 | 0xf_ffff,
        },
        Window {
            kind: Kind::Prefetchable,
            first: upper << 32 | (base & 0xfff0) << 16,
            last: upper_limit << 32 | (limit & 0xfff0) << 16 | 0xf_ffff,
        },
    ])
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fake;
    use super::*;

    #[test]
    fn windows_are_read() {
        let fake = Fake::new();
        let at = fake.bridge("00:01.0", 1, 1);
        let plain = Function::find(&fake, fake.device("00:02.0", 1, 1, [0, 0, 0])).unwrap();
        let bridge = Function::find(&fake, at).unwrap();
        fake.set(at, 0x1c, &[0xc1, 0xd1]);
        fake.set(at, 0x20, &[0xf0, 0xff, 0x00, 0x00]);
        fake.set(at, 0x24, &[0x01, 0xfe, 0xf1, 0xfe, 2, 0, 0, 0, 2, 0, 0, 0]);
        let lines = windows(&fake, &bridge).unwrap().map(|window| window.to_string());
        assert_eq!(
            lines,
            [
                "I/O behind bridge: c000-dfff [size=8 KiB]",
                "Memory behind bridge: [disabled]",
                "Prefetchable memory behind bridge: 2fe000000-2feffffff [size=16 MiB]",
            ]
        );
        assert_eq!(windows(&fake, &plain), None);
    }
}
