//! What stands in place of the greeting on a screen at which nothing can type.

use crate::console::{self, Place};
use crate::drivers::ps2;
use core::fmt;
use valhalla_core::i8042::Presence;

/// The warning, and what helps. The facts are asked for before the console is.
pub(super) struct Warning {
    has_controller: bool,
    has_serial: bool,
}

impl Warning {
    /// Returns the warning, where there is a screen and no keyboard answers for it.
    pub(super) fn if_due() -> Option<Self> {
        let found = ps2::live::found();
        let is_due = console::is_there(Place::Screen) && found != Ok(Presence::Answers);
        let has_serial = console::is_there(Place::Com1);
        is_due.then_some(Self { has_controller: found.is_ok(), has_serial })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ps2 = match self.has_controller {
            true => "also one that is plugged in now",
            false => "on a PC that has the controller for it",
        };
        let serial = if self.has_serial { "a prompt waits there" } else { "none answers now" };
        writeln!(
            f,
            "\x1b[93mNo keyboard answers: nothing can be typed here.\x1b[0m What helps, as there is no"
        )?;
        writeln!(f, "driver for USB keyboards yet:")?;
        writeln!(f, "  - a PS/2 keyboard, {ps2}")?;
        writeln!(
            f,
            "  - in the firmware's setup: \"USB legacy support\", or a start by BIOS (CSM)"
        )?;
        writeln!(f, "  - the serial port COM1 (0x3f8), 115200 baud 8N1: {serial}")?;
        writeln!(f, "  - the boot menu's entry \"no keyboard\", which shows this PC page by page")
    }
}
