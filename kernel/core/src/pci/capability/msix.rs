//! MSI-X: the messages are in a table in the function's own memory (6.8.2).

use core::fmt;

use super::super::{Address, ConfigSpace, Function};
use super::{find, id};
use crate::apic::Mask;
use crate::apic::message::Message;

const ENABLE: u16 = 1 << 15;
const ALL_MASKED: u16 = 1 << 14;

/// Bytes of an entry of the table.
pub const ENTRY_BYTES: usize = 16;
/// Where in an entry its vector control is.
pub const VECTOR_CONTROL: usize = 12;
/// Vector control: the entry's message is held back.
pub const MASK_BIT: u32 = 1 << 0;

/// Where something is: in the memory of which base address register, and from
/// which byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the register.
    pub bar: u8,
    /// The first byte.
    pub offset: u32,
}

impl Place {
    const fn from_register(register: u32) -> Self {
        Self { bar: (register & 7) as u8, offset: register & !7 }
    }
}

/// The capability's registers as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsiX {
    at: Address,
    offset: u16,
    control: u16,
    table: Place,
    pending: Place,
}

impl MsiX {
    /// Looks for the capability.
    #[must_use]
    pub fn find(space: &impl ConfigSpace, function: &Function) -> Option<Self> {
        let found = find(space, function, id::MSI_X)?;
        Some(Self::read(space, function.address, found.offset))
    }

    pub(super) fn read(space: &impl ConfigSpace, at: Address, offset: u16) -> Self {
        let place = |more| Place::from_register(space.read_u32(at, offset.saturating_add(more)));
        Self {
            at,
            offset,
            control: space.read_u16(at, offset.saturating_add(2)),
            table: place(4),
            pending: place(8),
        }
    }

    /// Entries of the table, 1 to 2048.
    #[must_use]
    pub const fn entries(&self) -> u16 {
        (self.control & 0x7ff) + 1
    }

    /// Bytes of the table.
    #[must_use]
    pub const fn table_bytes(&self) -> u64 {
        self.entries() as u64 * ENTRY_BYTES as u64
    }

    /// Bytes of the pending bits: whole words of 64.
    #[must_use]
    pub const fn pending_bytes(&self) -> u64 {
        (self.entries() as u64).div_ceil(64) * 8
    }

    /// Where the table is.
    #[must_use]
    pub const fn table(&self) -> Place {
        self.table
    }

    /// Where the bits of the messages are that were held back.
    #[must_use]
    pub const fn pending(&self) -> Place {
        self.pending
    }

    /// Whether messages are sent.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.control & ENABLE != 0
    }

    /// Turns messages on with all held back, so that the table can be written,
    /// or lets them go, or turns them off.
    pub fn set(&mut self, space: &impl ConfigSpace, state: State) {
        let bits = match state {
            State::Off => 0,
            State::Held => ENABLE | ALL_MASKED,
            State::Sending => ENABLE,
        };
        self.control = self.control & !(ENABLE | ALL_MASKED) | bits;
        space.write_u16(self.at, self.offset.saturating_add(2), self.control);
    }
}

/// Whether messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The function raises its pin instead.
    Off,
    /// They are held back, all of them.
    Held,
    /// Those whose entry is not masked are sent.
    Sending,
}

/// The four words of a table's entry.
#[must_use]
pub const fn entry(message: Message, mask: Mask) -> [u32; 4] {
    let control = match mask {
        Mask::Masked => MASK_BIT,
        Mask::Open => 0,
    };
    [message.address as u32, (message.address >> 32) as u32, message.data as u32, control]
}

/// Where the pending bit of an entry is: the offset of 32 of them, and the bit.
#[must_use]
pub const fn pending_bit(entry: u16) -> (usize, u32) {
    (entry as usize / 32 * 4, 1 << (entry % 32))
}

impl fmt::Display for MsiX {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |bit: u16| if self.control & bit != 0 { '+' } else { '-' };
        let (on, masked, count) = (sign(ENABLE), sign(ALL_MASKED), self.entries());
        let (table, pending) = (self.table, self.pending);
        write!(
            f,
            "Enable{on} Count={count} Masked{masked} Table=BAR {}+{:#x} Pending=BAR {}+{:#x}",
            table.bar, table.offset, pending.bar, pending.offset
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Fake;
    use super::*;

    #[test]
    fn the_table_is_found_and_messages_turned_on() {
        let fake = Fake::new();
        let at = fake.device("00:05.0", 0x1af4, 0x1041, [2, 0, 0]);
        fake.set(at, 6, &[0x10]);
        fake.set(at, 0x34, &[0x84]);
        fake.set(at, 0x84, &[0x11, 0, 2, 0, 1, 0, 0, 0, 1, 8, 0, 0]);
        fake.open(at, 0x86, &[0, 0xc0]);
        let function = Function::find(&fake, at).unwrap();
        let mut msix = MsiX::find(&fake, &function).unwrap();
        assert_eq!(msix.table(), Place { bar: 1, offset: 0 });
        assert_eq!(msix.to_string(), "Enable- Count=3 Masked- Table=BAR 1+0x0 Pending=BAR 1+0x800");
        for (state, byte) in [(State::Held, 0xc0), (State::Sending, 0x80), (State::Off, 0)] {
            msix.set(&fake, state);
            assert_eq!(fake.bytes(at)[0x87], byte);
            assert_eq!(msix.is_enabled(), byte != 0);
        }
        let message = Message { address: 0x1_fee0_1000, data: 0x41 };
        assert_eq!(entry(message, Mask::Masked), [0xfee0_1000, 1, 0x41, 1]);
        assert_eq!(entry(message, Mask::Open)[3], 0);
        assert_eq!((msix.table_bytes(), msix.pending_bytes()), (48, 8));
        let last = [0, 31, 32, 2047].map(pending_bit);
        assert_eq!(last, [(0, 1), (0, 1 << 31), (4, 1), (252, 1 << 31)]);
    }
}
