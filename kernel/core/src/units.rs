//! Sizes and times as people read them.
//!
//! Each type wraps a plain number and knows how to print it; width and
//! alignment of the format string are honoured, so that tables line up.

use core::fmt::{self, Write};

/// A number of bytes: `640 KiB`, `1.5 GiB`, `17 B`.
///
/// The largest unit that leaves at least 1, with one decimal (rounded) unless
/// that is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Text::new();
        match UNITS.iter().find_map(|&(shift, name)| Some((tenths(self.0, shift)?, name))) {
            None => write!(text, "{} B", self.0)?,
            Some((tenths, name)) if tenths % 10 == 0 => write!(text, "{} {name}", tenths / 10)?,
            Some((tenths, name)) => write!(text, "{}.{} {name}", tenths / 10, tenths % 10)?,
        }
        text.pad(f)
    }
}

/// The units above a byte, largest first, each with its power of two.
const UNITS: [(u32, &str); 6] =
    [(60, "EiB"), (50, "PiB"), (40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];

/// `bytes` in tenths of `1 << shift`, rounded; `None` if that is less than one
/// whole. Rounding comes first, so that 1024 of a unit is never printed.
const fn tenths(bytes: u64, shift: u32) -> Option<u64> {
    let unit = 1 << shift;
    let tenths = (bytes >> shift) * 10 + (bytes % unit * 10 + unit / 2) / unit;
    if tenths >= 10 && bytes >= 1024 { Some(tenths) } else { None }
}

/// Nanoseconds since the start: `12.345 s`, `1 min 02.345 s`, `2 d 00 h 05 min 00.000 s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime(pub u64);

impl fmt::Display for Uptime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0 / 1_000_000;
        let (seconds, ms) = (ms / 1000, ms % 1000);
        let (minutes, s) = (seconds / 60, seconds % 60);
        let (hours, min) = (minutes / 60, minutes % 60);
        let (days, h) = (hours / 24, hours % 24);
        let mut text = Text::new();
        match (days, hours, minutes) {
            (0, 0, 0) => write!(text, "{s}.{ms:03} s")?,
            (0, 0, _) => write!(text, "{min} min {s:02}.{ms:03} s")?,
            (0, _, _) => write!(text, "{h} h {min:02} min {s:02}.{ms:03} s")?,
            _ => write!(text, "{days} d {h:02} h {min:02} min {s:02}.{ms:03} s")?,
        }
        text.pad(f)
    }
}

/// A short span in nanoseconds, three digits and a unit: `850 ns`, `12.3 us`,
/// `4.56 ms`, `1.23 s`. Cut off, not rounded; whole seconds from 1000 s on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nanoseconds(pub u64);

impl fmt::Display for Nanoseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "us"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        };
        let (whole, part) = (self.0 / unit, self.0 % unit * 100 / unit);
        let mut text = Text::new();
        match whole {
            _ if unit == 1 => write!(text, "{whole}")?,
            0..10 => write!(text, "{whole}.{part:02}")?,
            10..100 => write!(text, "{whole}.{}", part / 10)?,
            _ => write!(text, "{whole}")?,
        }
        write!(text, " {name}")?;
        text.pad(f)
    }
}

/// Nanoseconds as a log line's time stamp, seconds and microseconds:
/// `    0.001234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(pub u64);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:5}.{:06}", self.0 / 1_000_000_000, self.0 / 1000 % 1_000_000)
    }
}

/// A number of things, by the name of one: `1 line`, `2 lines`. For names whose
/// plural is an `s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Many<'a>(pub u64, pub &'a str);

impl fmt::Display for Many<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// Room for any text of this module, so that `{:>10}` can measure it.
struct Text {
    bytes: [u8; 48],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 48], len: 0 }
    }

    fn pad(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.bytes.get(..self.len).and_then(|bytes| str::from_utf8(bytes).ok());
        f.pad(text.ok_or(fmt::Error)?)
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn many() {
        let texts = [0, 1, 2].map(|count| Many(count, "time").to_string());
        assert_eq!(texts, ["0 times", "1 time", "2 times"]);
    }

    #[test]
    fn bytes() {
        for (bytes, text) in [
            (0, "0 B"),
            (1, "1 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (640 << 10, "640 KiB"),
            (128 << 20, "128 MiB"),
            (3 << 29, "1.5 GiB"),
            ((1 << 20) - 1, "1 MiB"),
            ((1 << 20) + 1, "1 MiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), text, "{bytes}");
        }
        assert_eq!(format!("{:>9}|", Bytes(4096)), "    4 KiB|");
    }

    #[test]
    fn uptime() {
        const S: u64 = 1_000_000_000;
        assert_eq!(Uptime(0).to_string(), "0.000 s");
        assert_eq!(Uptime(62 * S + 345_678_901).to_string(), "1 min 02.345 s");
        assert_eq!(Uptime(3600 * S).to_string(), "1 h 00 min 00.000 s");
        assert_eq!(Uptime(2 * 86_400 * S + 300 * S).to_string(), "2 d 00 h 05 min 00.000 s");
    }

    #[test]
    fn spans_and_stamps() {
        assert_eq!(Nanoseconds(850).to_string(), "850 ns");
        assert_eq!(Nanoseconds(12_345).to_string(), "12.3 us");
        assert_eq!(Nanoseconds(4_567_890).to_string(), "4.56 ms");
        assert_eq!(Nanoseconds(123_456_789_012).to_string(), "123 s");
        assert_eq!(Stamp(1_234_567).to_string(), "    0.001234");
        assert_eq!(Stamp(u64::MAX).to_string(), "18446744073.709551");
    }

    proptest! {
        #[test]
        fn every_number_prints(n: u64) {
            prop_assert!(Bytes(n).to_string().len() <= 10);
            prop_assert!(!Uptime(n).to_string().is_empty());
            prop_assert!(Nanoseconds(n).to_string().len() <= 13);
            prop_assert!(Stamp(n).to_string().len() >= 12);
        }
    }
}
