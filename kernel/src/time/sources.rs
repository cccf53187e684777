//! Every counter that tells time, in one table: what it is, how fast, how wide.
//!
//! The table is filled at start-up by asking each device once; what is not known
//! then, the rates of processor clocks, `calibrate` fills in later, and it checks
//! those that are stated.

use super::hpet::{self, NoHpet};
use super::pit::NoPit;
use super::pm_timer::{self, NoPmTimer};
use super::rtc::RtcError;
use super::{lapic_timer, pit, tsc};
use crate::cpu::{self, lock::SpinLock};
use core::fmt;
use valhalla_core::clock::rate::{Rate, Teller};

/// A counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Id {
    /// The time-stamp counter.
    Tsc,
    /// The high precision event timer.
    Hpet,
    /// The ACPI power management timer.
    PmTimer,
    /// The interval timer (8254).
    Pit,
    /// The local APIC's timer.
    LapicTimer,
    /// The real-time clock.
    Rtc,
}

impl Id {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Tsc, Self::Hpet, Self::PmTimer, Self::Pit, Self::LapicTimer, Self::Rtc];

    /// As the prompt spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tsc => "tsc",
            Self::Hpet => "hpet",
            Self::PmTimer => "pm",
            Self::Pit => "pit",
            Self::LapicTimer => "lapic",
            Self::Rtc => "rtc",
        }
    }

    /// The counter of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.name() == name)
    }

    /// What it shows now, counting upwards.
    #[inline]
    #[must_use]
    pub fn read(self) -> u64 {
        match self {
            Self::Tsc => cpu::timestamp(),
            Self::Hpet => hpet::count(),
            Self::PmTimer => pm_timer::count(),
            Self::Pit => pit::oscillations(),
            Self::LapicTimer => lapic_timer::count(),
            // It has no counter that is worth the name.
            Self::Rtc => 0,
        }
    }
}

/// Who says how fast a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Its specification.
    Specification,
    /// A register, the processor or the loader, none of which has to be right.
    Stated(Stater, Check),
    /// It was measured.
    Measured {
        /// By this one.
        by: Id,
        /// And may be wrong by so many millionths of that.
        error_ppm: u64,
    },
}

/// Who states a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stater {
    /// A register of the counter's own.
    Register,
    /// The boot loader.
    Loader,
    /// The processor.
    Cpuid(Teller),
}

/// Whether a stated rate was compared with another clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Not yet.
    Pending,
    /// It was, with this one, and is right.
    Passed(Id),
    /// No other clock can tell.
    Impossible,
}

impl Origin {
    /// Whether the rate is stated, and may turn out to be wrong.
    pub(super) const fn is_unchecked(&self) -> bool {
        matches!(self, Self::Stated(_, Check::Pending | Check::Impossible))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Specification => f.write_str("by its specification"),
            Self::Stated(by, check) => write!(f, "as {by} tells, {check}"),
            Self::Measured { by, error_ppm } => {
                write!(f, "measured by {}, +-{error_ppm} ppm", by.name())
            }
        }
    }
}

impl fmt::Display for Stater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "its register",
            Self::Loader => "the boot loader",
            Self::Cpuid(Teller::Leaf15) => "CPUID leaf 0x15",
            Self::Cpuid(Teller::Leaf16) => "CPUID leaf 0x16",
            Self::Cpuid(Teller::Hypervisor) => "CPUID leaf 0x40000010",
        })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending => f.write_str("not checked yet"),
            Self::Passed(by) => write!(f, "checked by {}", by.name()),
            Self::Impossible => f.write_str("checked by no other clock"),
        }
    }
}

/// Why a counter is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The processor has none.
    NotInProcessor,
    /// No HPET.
    Hpet(NoHpet),
    /// No PM timer.
    PmTimer(NoPmTimer),
    /// No interval timer.
    Pit(NoPit),
    /// No real-time clock.
    Rtc(RtcError),
    /// Nobody has looked.
    NotLooked,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInProcessor => f.write_str("this processor has none"),
            Self::Hpet(why) => why.fmt(f),
            Self::PmTimer(why) => why.fmt(f),
            Self::Pit(NoPit) => f.write_str("nothing counts at its ports"),
            Self::Rtc(why) => why.fmt(f),
            Self::NotLooked => f.write_str("nobody has looked for it"),
        }
    }
}

/// A counter that is there.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// How fast it counts, as far as is known, and who says so.
    pub rate: Option<(Rate, Origin)>,
    /// Bits that count.
    pub bits: u32,
}

static TABLE: SpinLock<[Result<Source, Absent>; Id::ALL.len()]> =
    SpinLock::new([Err(Absent::NotLooked); Id::ALL.len()]);

/// What is known about a counter.
///
/// # Errors
///
/// Why it cannot be used.
pub fn get(id: Id) -> Result<Source, Absent> {
    TABLE.lock().get(id as usize).copied().unwrap_or(Err(Absent::NotLooked))
}

/// Writes down what was found out about a counter.
pub(super) fn set(id: Id, source: Result<Source, Absent>) {
    if let Some(row) = TABLE.lock().get_mut(id as usize) {
        *row = source;
    }
}

/// A counter that can keep the monotonic clock, as good as this one is: the
/// greater, the better. `None` where it cannot.
pub(super) fn rank(id: Id) -> Option<(u32, Source, Rate)> {
    let source = get(id).ok()?;
    let (rate, origin) = source.rate?;
    let rank = match id {
        // Better than none, until another clock has seen that it is right.
        Id::Tsc if origin.is_unchecked() => 0,
        Id::Tsc if tsc::is_invariant() => 5,
        Id::Hpet => 4,
        Id::PmTimer => 3,
        // It stands still or changes its rate in states that this kernel does
        // not enter, but firmware may.
        Id::Tsc => 2,
        // Each look takes three port accesses, and a tick that comes late is
        // time lost.
        Id::Pit => 1,
        Id::LapicTimer | Id::Rtc => return None,
    };
    Some((rank, source, rate))
}

/// The best of some counters for the monotonic clock.
pub(super) fn best_of(ids: impl IntoIterator<Item = Id>) -> Option<(Id, Source, Rate)> {
    let ranked = ids
        .into_iter()
        .filter_map(|id| rank(id).map(|(rank, source, rate)| (rank, id, source, rate)));
    ranked.max_by_key(|(rank, ..)| *rank).map(|(_, id, source, rate)| (id, source, rate))
}
