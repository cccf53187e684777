//! An entry of the I/O APIC's redirection table (82093AA, 3.2.4).

use super::{Delivery, Mask, Polarity, Trigger};
use core::fmt;

const DELIVERY: u32 = 8;
const LOGICAL: u64 = 1 << 11;
const SEND_PENDING: u64 = 1 << 12;
const ACTIVE_LOW: u64 = 1 << 13;
const REMOTE_IRR: u64 = 1 << 14;
const LEVEL: u64 = 1 << 15;
const MASKED: u64 = 1 << 16;
const DESTINATION: u32 = 56;

/// What one pin of an I/O APIC does, in the manual's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// Interrupt vector, INTVEC.
    pub vector: u8,
    /// Delivery mode, DELMOD.
    pub delivery: Delivery,
    /// Destination mode, DESTMOD: a set of processors instead of one.
    pub logical: bool,
    /// Delivery status, DELIVS: an interrupt waits to be sent.
    pub send_pending: bool,
    /// Interrupt input pin polarity, INTPOL.
    pub polarity: Polarity,
    /// Remote IRR: a level interrupt was accepted and not yet ended.
    pub remote_irr: bool,
    /// Trigger mode.
    pub trigger: Trigger,
    /// Interrupt mask.
    pub mask: Mask,
    /// Destination field: an APIC id, or a set of processors.
    pub destination: u8,
}

impl Redirection {
    /// A masked entry that will send `vector` to the processor `destination`.
    #[must_use]
    pub const fn fixed(vector: u8, destination: u8, polarity: Polarity, trigger: Trigger) -> Self {
        Self {
            vector,
            delivery: Delivery::Fixed,
            logical: false,
            send_pending: false,
            polarity,
            remote_irr: false,
            trigger,
            mask: Mask::Masked,
            destination,
        }
    }

    /// The entry's two registers, the high one in the upper half.
    #[must_use]
    pub fn decode(bits: u64) -> Self {
        let is = |bit: u64| bits & bit != 0;
        Self {
            vector: bits as u8,
            delivery: Delivery::from_bits((bits >> DELIVERY) as u32),
            logical: is(LOGICAL),
            send_pending: is(SEND_PENDING),
            polarity: if is(ACTIVE_LOW) { Polarity::ActiveLow } else { Polarity::ActiveHigh },
            remote_irr: is(REMOTE_IRR),
            trigger: if is(LEVEL) { Trigger::Level } else { Trigger::Edge },
            mask: if is(MASKED) { Mask::Masked } else { Mask::Open },
            destination: (bits >> DESTINATION) as u8,
        }
    }

    /// As the two registers; the two read-only bits stay 0.
    #[must_use]
    pub fn bits(&self) -> u64 {
        let bit = |on: bool, bit: u64| if on { bit } else { 0 };
        u64::from(self.vector)
            | u64::from(self.delivery.bits()) << DELIVERY
            | bit(self.logical, LOGICAL)
            | bit(self.polarity == Polarity::ActiveLow, ACTIVE_LOW)
            | bit(self.trigger == Trigger::Level, LEVEL)
            | bit(self.mask == Mask::Masked, MASKED)
            | u64::from(self.destination) << DESTINATION
    }
}

/// As `vector 0x24 fixed, edge, high, to APIC 0, open`.
impl fmt::Display for Redirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = if self.logical { "set" } else { "APIC" };
        write!(
            f,
            "vector {:#04x} {:<8} {:<5} {:<4} to {to} {:<3} {}",
            self.vector, self.delivery, self.trigger, self.polarity, self.destination, self.mask
        )?;
        if self.send_pending {
            f.write_str(", send pending")?;
        }
        if self.remote_irr {
            f.write_str(", remote IRR")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_entry_is_made_masked_and_says_what_it_is() {
        let mut entry = Redirection::fixed(0x24, 3, Polarity::ActiveLow, Trigger::Level);
        assert_eq!(entry.bits(), 3 << 56 | MASKED | LEVEL | ACTIVE_LOW | 0x24);
        entry.mask = Mask::Open;
        assert_eq!(entry.to_string(), "vector 0x24 fixed    level low  to APIC 3   open");
        let busy = Redirection::decode(entry.bits() | REMOTE_IRR | SEND_PENDING | 7 << DELIVERY);
        assert_eq!(
            busy.to_string(),
            "vector 0x24 ExtINT   level low  to APIC 3   open, send pending, remote IRR"
        );
    }

    proptest! {
        #[test]
        fn decoding_loses_nothing_that_can_be_written(bits in any::<u64>()) {
            let writable = !(SEND_PENDING | REMOTE_IRR) & (0xff << DESTINATION | 0x1_ffff);
            prop_assert_eq!(Redirection::decode(bits).bits(), bits & writable);
        }
    }
}
