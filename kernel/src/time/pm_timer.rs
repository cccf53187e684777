//! The ACPI power management timer (ACPI 6.5, 4.8.3.3).
//!
//! It counts 3,579,545 a second, three times the interval timer's crystal, in
//! 24 or 32 bits, and does nothing else. Where the FADT describes it, it is a
//! port; that it counts is seen by looking.

use super::pit;
use crate::cpu::port::Port;
use core::fmt;
use core::sync::atomic::{AtomicU16, Ordering};
use valhalla_core::acpi::fadt::{Fadt, flag};
use valhalla_core::acpi::gas::{Gas, Space};

/// Its rate in Hz.
pub const HZ: u64 = 3_579_545;

/// Its port; 0 is none.
static PORT: AtomicU16 = AtomicU16::new(0);

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPmTimer {
    /// The FADT describes none, or there is no FADT.
    NotDescribed,
    /// It is somewhere else than at a port.
    Elsewhere(Gas),
    /// Nothing counts at its port, which reads so.
    StandsStill(u32),
}

impl fmt::Display for NoPmTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDescribed => f.write_str("no FADT describes one"),
            Self::Elsewhere(place) => write!(f, "it is not at a port but at {place}"),
            Self::StandsStill(read) => write!(f, "nothing counts at its port: it reads {read:#x}"),
        }
    }
}

/// Finds it; returns how many bits count.
pub(super) fn init(fadt: Fadt<'_>) -> Result<u32, NoPmTimer> {
    let place = fadt.pm_timer().ok_or(NoPmTimer::NotDescribed)?;
    let port = match place.space {
        Space::Port => u16::try_from(place.address).ok(),
        _ => None,
    };
    let port = port.ok_or(NoPmTimer::Elsewhere(place))?;
    PORT.store(port, Ordering::Relaxed);
    if !pit::moves(count) {
        let shown = count() as u32;
        PORT.store(0, Ordering::Relaxed);
        return Err(NoPmTimer::StandsStill(shown));
    }
    Ok(if fadt.has(flag::TMR_VAL_EXT) { 32 } else { 24 })
}

/// The port that it was found at.
#[must_use]
pub fn port() -> Option<u16> {
    Some(PORT.load(Ordering::Relaxed)).filter(|port| *port != 0)
}

/// What it shows; 0 where there is none.
pub(super) fn count() -> u64 {
    let Some(port) = port() else { return 0 };
    // SAFETY: the FADT says that this is the timer, which only counts.
    u64::from(unsafe { Port::<u32>::new(port).read() })
}
