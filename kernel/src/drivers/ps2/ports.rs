//! The controller's two ports, and the count of what came from the mouse's.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use valhalla_core::i8042::{self, Controller};

use crate::cpu::port::Port;

/// Data from and to the keyboard, and the answers of the controller.
const DATA: Port<u8> = Port::new(0x60);
/// Status register when read, commands to the controller when written.
const STATUS_COMMAND: Port<u8> = Port::new(0x64);

/// Bytes of the mouse port that were dropped.
static AUX: AtomicUsize = AtomicUsize::new(0);

/// The ports of the one controller that there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports;

/// The one controller that there is.
#[inline]
pub(super) const fn controller() -> Controller<Ports> {
    Controller::new(Ports)
}

/// Bytes of the mouse port that were dropped.
pub(super) fn aux_dropped() -> usize {
    AUX.load(Relaxed)
}

impl i8042::Ports for Ports {
    #[inline]
    fn status(&mut self) -> u8 {
        // SAFETY: reading the status register changes nothing.
        unsafe { STATUS_COMMAND.read() }
    }

    #[inline]
    fn data(&mut self) -> u8 {
        // SAFETY: takes a byte out of the output buffer of this driver's device.
        unsafe { DATA.read() }
    }

    #[inline]
    fn write_command(&mut self, command: u8) {
        // SAFETY: the controller is this driver's; the commands that it is sent
        // change its own state alone (0xFE and 0xD1, which pull the reset line or
        // gate A20, are not among them).
        unsafe { STATUS_COMMAND.write(command) };
    }

    #[inline]
    fn write_data(&mut self, byte: u8) {
        // SAFETY: the device is this driver's.
        unsafe { DATA.write(byte) };
    }

    #[cold]
    fn note_aux(&mut self) {
        AUX.fetch_add(1, Relaxed);
    }
}
