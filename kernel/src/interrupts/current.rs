//! Which controller brings the lines now.

use super::controller::Controller;
use super::ioapic::Apic;
use super::lapic::{self, Access};
use super::pic::Pic;
use core::fmt;
use core::sync::atomic::{AtomicU8, Ordering};

/// Who brings the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The pair of 8259s.
    Pic,
    /// The I/O APICs and the local APIC.
    Apic,
}

impl Mode {
    /// Its controller.
    pub(super) fn controller(self) -> &'static dyn Controller {
        match self {
            Self::Pic => &Pic,
            Self::Apic => &Apic,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match (self, lapic::access()) {
            (Self::Pic, _) => "PIC",
            (Self::Apic, Access::Msr) => "x2APIC",
            (Self::Apic, _) => "xAPIC",
        })
    }
}

static MODE: AtomicU8 = AtomicU8::new(Mode::Pic as u8);

/// Who brings the lines now.
#[must_use]
pub fn current() -> Mode {
    if MODE.load(Ordering::Relaxed) == Mode::Pic as u8 { Mode::Pic } else { Mode::Apic }
}

/// Notes that it is `mode` from now on.
pub(super) fn set_current(mode: Mode) {
    MODE.store(mode as u8, Ordering::Relaxed);
}

/// The controller that brings the lines now.
pub(super) fn controller() -> &'static dyn Controller {
    current().controller()
}

/// The controller that has the interrupt on `vector` in service, whatever the mode is:
/// the APICs bring messages and the local timer in each.
pub(super) fn serving(vector: u8) -> Option<&'static dyn Controller> {
    let all = [Mode::Apic, Mode::Pic].map(Mode::controller);
    all.into_iter().find(|controller| controller.is_in_service(vector))
}
