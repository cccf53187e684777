//! Interrupts from processor to processor (SDM Vol. 3A, 11.6): one runs here,
//! so they go to itself.

use super::access::{self, Access, Register, read};
use crate::cpu::elapsed;
use valhalla_core::apic::Delivery;

/// Interrupt command: asserted, as everything but INIT must be.
const ASSERT: u32 = 1 << 14;
/// Interrupt command: the last one has not been sent yet.
const SEND_PENDING: u32 = 1 << 12;
/// How long a command may be on its way before it counts as stuck: it takes a few
/// bus cycles on hardware that has a bus for it.
const SEND_LIMIT_NS: u64 = 100_000_000;

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpiError {
    /// There is no local APIC to send it.
    NoLocalApic,
    /// The one before it is still not sent.
    Stuck,
}

/// Sends the interrupt `vector`, from 16 on, to this processor.
///
/// # Errors
///
/// [`IpiError`].
pub fn send_to_self(vector: u8) -> Result<(), IpiError> {
    send(Delivery::Fixed, vector)
}

/// Sends a non-maskable interrupt to this processor. (The shorthand "self" does
/// not take NMI.)
///
/// # Errors
///
/// [`IpiError`].
#[inline(always)]
pub fn send_nmi_to_self() -> Result<(), IpiError> {
    send(Delivery::Nmi, 0)
}

/// Inlined: an NMI strikes at once, and is to be seen to strike whoever asked for it.
#[inline(always)]
fn send(delivery: Delivery, vector: u8) -> Result<(), IpiError> {
    let is_sent = || (read(Register::Command) & SEND_PENDING == 0).then_some(());
    match access::access() {
        Access::None => return Err(IpiError::NoLocalApic),
        Access::Memory => {
            elapsed::wait_until(SEND_LIMIT_NS, is_sent).ok_or(IpiError::Stuck)?;
        }
        // In x2APIC mode there is nothing to wait for: the bit is gone.
        Access::Msr => {}
    }
    access::send(super::id(), ASSERT | delivery.bits() << 8 | u32::from(vector));
    Ok(())
}
