//! ACPI mode: the chipset reports to us instead of to the firmware.

use super::register::Register;
use super::{Tables, tables};
use crate::cpu::elapsed;
use crate::cpu::port::Port;
use core::fmt;
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::fadt::Fadt;

/// PM1 control: the chipset sends its events to us (ACPI 6.5, 4.8.3.2).
const SCI_EN: u16 = 1 << 0;

/// The firmware did not switch, or there is nothing to switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeError {
    /// There is no FADT, or it names no PM1 control register.
    NoRegister,
    /// The firmware was asked, and did not answer in time.
    NotHandedOver,
}

impl fmt::Display for ModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRegister => "the FADT names no PM1 control register",
            Self::NotHandedOver => "the firmware did not switch to ACPI mode",
        })
    }
}

/// The FADT that passed.
pub(super) fn fadt() -> Option<Fadt<'static>> {
    fadt_of(tables()?)
}

fn fadt_of(tables: &'static Tables) -> Option<Fadt<'static>> {
    tables.get(Signature::FADT).map(|table| Fadt(table.bytes()))
}

/// Takes the chipset over from the firmware, by its SMI command, and waits for
/// it at most `limit_ns` (ACPI 6.5, 16.3.1).
///
/// # Errors
///
/// [`ModeError`].
pub(super) fn enter(limit_ns: u64) -> Result<(), ModeError> {
    let fadt = fadt().ok_or(ModeError::NoRegister)?;
    let control = fadt.pm1_control().ok_or(ModeError::NoRegister)?;
    let control = Register::new(control.a, 2).ok_or(ModeError::NoRegister)?;
    let in_acpi_mode = || control.read_u16() & SCI_EN != 0;
    let Some((port, enable)) = fadt.acpi_enable() else { return Ok(()) };
    if in_acpi_mode() {
        return Ok(());
    }
    let port = u16::try_from(port).map_err(|_| ModeError::NotHandedOver)?;
    log::info!(target: "acpi", "asking the firmware for the chipset (SMI command {enable:#x})");
    // SAFETY: the FADT says that this port and value hand the chipset over.
    unsafe { Port::<u8>::new(port).write(enable) };
    let switched = elapsed::wait_until(limit_ns, || in_acpi_mode().then_some(()));
    switched.ok_or(ModeError::NotHandedOver)
}
