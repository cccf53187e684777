//! A line of the log, and how severe it is.

use core::fmt;

use crate::clock::rate::Rate;
use crate::units::Stamp;

/// When a line was said, since its boot began. Early lines know only what the
/// time-stamp counter has counted; its rate comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds.
    Ns(u64),
    /// Counts of the time-stamp counter.
    Counts(u64),
}

impl Moment {
    /// Set in the stored form of counts; nanoseconds reach it in 292 years.
    const ARE_COUNTS: u64 = 1 << 63;

    /// In nanoseconds, if the counter's rate is known; else as it was.
    #[must_use]
    pub fn known(self, rate: Option<Rate>) -> Self {
        match (self, rate) {
            (Self::Counts(counts), Some(rate)) => Self::Ns(rate.ns(counts)),
            (moment, _) => moment,
        }
    }

    pub(super) const fn to_bits(self) -> u64 {
        match self {
            Self::Ns(ns) => ns & !Self::ARE_COUNTS,
            Self::Counts(counts) => counts | Self::ARE_COUNTS,
        }
    }

    pub(super) const fn from_bits(bits: u64) -> Self {
        match bits & Self::ARE_COUNTS {
            0 => Self::Ns(bits),
            _ => Self::Counts(bits & !Self::ARE_COUNTS),
        }
    }
}

/// Counts whose rate is not known show as dashes: no time is better than a
/// wrong one.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ns(ns) => Stamp(*ns).fmt(f),
            Self::Counts(_) => f.write_str("    -.------"),
        }
    }
}

/// How severe a line is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Something is broken.
    Error = 1,
    /// Something is not as it should be, and the kernel goes on.
    Warn,
    /// What a person wants to know.
    Info,
    /// What helps to find a bug.
    Debug,
    /// Every step.
    Trace,
}

impl Level {
    /// All levels, the worst first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The level of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// As the command line and `dmesg` spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level as u8 == byte)
    }
}

/// One line. Shows as `[    0.001234] memory: 127 MiB usable`, in the colour of
/// its level and without a line break; control characters show as `\u{..}`, so
/// that a log which nobody can vouch for cannot move the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// How severe it is.
    pub level: Level,
    /// When it was said.
    pub time: Moment,
    /// Which part of the kernel said it.
    pub module: &'a str,
    /// What it said.
    pub text: &'a str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (on, off) = match self.level {
            Level::Error => ("\x1b[91m", "\x1b[0m"),
            Level::Warn => ("\x1b[93m", "\x1b[0m"),
            Level::Info => ("", ""),
            Level::Debug | Level::Trace => ("\x1b[90m", "\x1b[0m"),
        };
        write!(f, "\x1b[90m[{}]\x1b[0m {on}", self.time)?;
        printable(self.module, f)?;
        f.write_str(": ")?;
        printable(self.text, f)?;
        f.write_str(off)
    }
}

fn printable(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for part in text.split_inclusive(char::is_control) {
        let before = part.strip_suffix(char::is_control).unwrap_or(part);
        f.write_str(before)?;
        write!(f, "{}", part.get(before.len()..).unwrap_or_default().escape_default())?;
    }
    Ok(())
}
