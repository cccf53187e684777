//! Who wakes sleepers: the interval timer, or the local APIC's in one of its modes.
//!
//! | name | timer | when |
//! | --- | --- | --- |
//! | `pit` | 8254, IRQ 0 | its period is as long as the wait; 18 Hz when nothing is due |
//! | `oneshot` | local APIC | set to each deadline, else silent |
//! | `periodic` | local APIC | a thousand times a second |
//! | `deadline` | local APIC | when the time-stamp counter comes to a value |
//!
//! Start-up takes the 8254, whose rate nobody has to measure, and where there is
//! none the local APIC's timer. A person changes it live (`clocks wake NAME`).

use super::events::{self, Device};
use super::sources::{self, Id};
use super::{calibrate, clock};
use crate::interrupts::isa::{self, IsaIrq};
use crate::interrupts::lapic::timer;
use core::fmt;
use valhalla_core::clock::rate::Rate;

/// A timer, and how it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waker {
    /// The 8254, its period as long as the wait.
    Pit,
    /// The local APIC's timer, set to each deadline.
    OneShot,
    /// The local APIC's timer, a thousand times a second.
    Periodic,
    /// The local APIC's timer in TSC-deadline mode.
    Deadline,
}

impl Waker {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pit, Self::OneShot, Self::Periodic, Self::Deadline];

    /// What `clocks wake` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pit => "pit",
            Self::OneShot => "oneshot",
            Self::Periodic => "periodic",
            Self::Deadline => "deadline",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|waker| waker.name() == name)
    }
}

impl fmt::Display for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pit => "the interval timer wakes who sleeps",
            Self::OneShot => "the local APIC's timer wakes who sleeps, set to each deadline",
            Self::Periodic => "the local APIC's timer wakes who sleeps, a thousand times a second",
            Self::Deadline => "the local APIC's timer wakes who sleeps, by TSC deadlines",
        })
    }
}

/// Why a timer cannot wake sleepers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWaker {
    /// There is no interval timer, or its interrupt does not arrive.
    NoPit,
    /// The interval timer keeps the time, by its ticks.
    PitKeepsTime,
    /// There is no local APIC.
    NoLapic,
    /// The rate of this counter is not known, or not yet.
    RateUnknown(Id),
    /// The processor has no TSC-deadline mode.
    NoDeadlines,
}

impl fmt::Display for NotWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPit => f.write_str("no interval timer interrupts here"),
            Self::PitKeepsTime => {
                f.write_str("the interval timer keeps the time and has to tick for it")
            }
            Self::NoLapic => f.write_str("there is no local APIC"),
            Self::RateUnknown(id) => write!(f, "the rate of {} is not known yet", id.name()),
            Self::NoDeadlines => f.write_str(
                "this processor's timer has no TSC-deadline mode (CPUID 1, ECX bit 24 is 0)",
            ),
        }
    }
}

/// Lets another timer wake sleepers from now on.
///
/// # Errors
///
/// [`NotWaker`]: it cannot; all is as before.
pub fn wake_by(waker: Waker) -> Result<(), NotWaker> {
    let device = match waker {
        Waker::Pit if sources::get(Id::Pit).is_err() || isa::arrived(IsaIrq::TIMER) == 0 => {
            return Err(NotWaker::NoPit);
        }
        Waker::Pit => Device::Pit,
        _ if !timer::is_there() => return Err(NotWaker::NoLapic),
        _ if clock::keeper().is_none_or(|(id, _)| id == Id::Pit) => {
            return Err(NotWaker::PitKeepsTime);
        }
        Waker::OneShot => Device::OneShot(rate(Id::LapicTimer)?),
        Waker::Periodic => Device::Periodic(rate(Id::LapicTimer)?),
        Waker::Deadline if !timer::has_tsc_deadline() => return Err(NotWaker::NoDeadlines),
        Waker::Deadline => Device::Deadline(rate(Id::Tsc)?),
    };
    events::wake_by(device);
    if waker == Waker::Pit && rate(Id::LapicTimer).is_err() {
        calibrate::measure_lapic();
    }
    Ok(())
}

fn rate(id: Id) -> Result<Rate, NotWaker> {
    let known = sources::get(id).ok().and_then(|source| source.rate);
    known.map(|(rate, _)| rate).ok_or(NotWaker::RateUnknown(id))
}
