//! A message-signalled interrupt: what a device writes, and where (11.11).
//!
//! The address names the processor, the data the vector. The device writes the
//! data to the address, and the local APIC of that processor takes the write
//! for an interrupt: no line, no pin, no I/O APIC.

use core::fmt;

/// Where local APICs listen for messages.
const BASE: u64 = 0xfee0_0000;

/// What a device has to write to interrupt: for the address and data registers
/// of its MSI capability, or for a row of its MSI-X table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The message address register; the upper half is 0.
    pub address: u64,
    /// The message data register. With more than one message (MSI's Multiple
    /// Message Enable) the device adds the message's number to it.
    pub data: u16,
}

impl Message {
    /// The interrupt `vector` at the processor `apic_id`: fixed delivery, edge.
    /// `None` where the id does not fit: 8 bits are all that the address has
    /// without interrupt remapping.
    #[must_use]
    pub fn new(apic_id: u32, vector: u8) -> Option<Self> {
        let id = u8::try_from(apic_id).ok().filter(|id| *id != u8::MAX)?;
        Some(Self { address: BASE | u64::from(id) << 12, data: u16::from(vector) })
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x} to {:#x}", self.data, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_processor_and_vector() {
        let message = Message::new(3, 0x90);
        assert_eq!(message, Some(Message { address: 0xfee0_3000, data: 0x90 }));
        assert_eq!(message.map(|m| m.to_string()).as_deref(), Some("0x0090 to 0xfee03000"));
    }

    #[test]
    fn wide_ids_and_the_broadcast_are_refused() {
        assert_eq!(Message::new(255, 0x90), None);
        assert_eq!(Message::new(256, 0x90), None);
    }
}
