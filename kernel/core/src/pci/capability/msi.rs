//! Message signalled interrupts: the function writes a value to an address, and
//! that is the interrupt (6.8.1).
//!
//! A function can ask for 1, 2, 4 ... 32 vectors; it tells them apart by the low
//! bits of the value. Whoever is to get them gives address and value, and each
//! vector can be masked where the function has the register for it.

use core::fmt;

use super::super::header::{Control, Function, register};
use super::super::{Address, ConfigSpace};
use super::{find, id};
use crate::apic::message::Message;

const ENABLE: u16 = 1 << 0;
const WIDE: u16 = 1 << 7;
const MASKABLE: u16 = 1 << 8;
/// How many vectors are given, as a power of two, from bit 4 on.
const GIVEN_SHIFT: u16 = 4;
const GIVEN: u16 = 7 << GIVEN_SHIFT;

/// The capability's registers as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Msi {
    at: Address,
    offset: u16,
    control: u16,
    message: Message,
}

/// Why messages cannot be turned on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MsiError {
    /// Not a power of two from 1 to 32, or more than the function can send.
    Vectors {
        /// Wanted.
        wanted: u8,
        /// What the function can send.
        most: u8,
    },
    /// The address needs 64 bits and the function has 32, or it is not aligned.
    Address(u64),
    /// The low bits of the value have to count the vectors, and are not zero.
    Data(u16),
}

impl fmt::Display for MsiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vectors { wanted, most } => {
                write!(f, "{wanted} vectors wanted, a power of two up to {most} can be had")
            }
            Self::Address(address) => write!(f, "it cannot write to {address:#x}"),
            Self::Data(data) => write!(f, "{data:#x} leaves no bits to tell vectors apart"),
        }
    }
}

impl Msi {
    /// Looks for the capability.
    #[must_use]
    pub fn find(space: &impl ConfigSpace, function: &Function) -> Option<Self> {
        let found = find(space, function, id::MSI)?;
        Some(Self::read(space, function.address, found.offset))
    }

    pub(super) fn read(space: &impl ConfigSpace, at: Address, offset: u16) -> Self {
        let control = space.read_u16(at, offset.saturating_add(2));
        let mut msi = Self { at, offset, control, message: Message { address: 0, data: 0 } };
        let low = u64::from(space.read_u32(at, msi.register(4)));
        let high = if msi.is_wide() { u64::from(space.read_u32(at, msi.register(8))) } else { 0 };
        let data = space.read_u16(at, msi.data_register());
        msi.message = Message { address: high << 32 | low, data };
        msi
    }

    const fn register(&self, more: u16) -> u16 {
        self.offset.saturating_add(more)
    }

    const fn is_wide(&self) -> bool {
        self.control & WIDE != 0
    }

    const fn data_register(&self) -> u16 {
        self.register(if self.is_wide() { 0x0c } else { 8 })
    }

    /// Whether messages are sent.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.control & ENABLE != 0
    }

    /// The most vectors that the function can send.
    #[must_use]
    pub const fn most(&self) -> u8 {
        // 6 and 7 are reserved.
        let power = self.control >> 1 & 7;
        1 << if power > 5 { 5 } else { power }
    }

    /// The vectors that it may send.
    #[must_use]
    pub const fn given(&self) -> u8 {
        let power = (self.control & GIVEN) >> GIVEN_SHIFT;
        1 << if power > 5 { 5 } else { power }
    }

    /// Whether single vectors can be masked.
    #[must_use]
    pub const fn is_maskable(&self) -> bool {
        self.control & MASKABLE != 0
    }

    /// Where messages go.
    #[must_use]
    pub const fn message(&self) -> Message {
        self.message
    }

    /// Lets the function send `vectors` messages instead of raising its pin:
    /// off, then where to and what, then on.
    ///
    /// # Errors
    /// [`MsiError`]; nothing was changed then.
    pub fn enable(
        &mut self,
        space: &impl ConfigSpace,
        message: Message,
        vectors: u8,
    ) -> Result<(), MsiError> {
        let most = self.most();
        if !vectors.is_power_of_two() || vectors > most {
            return Err(MsiError::Vectors { wanted: vectors, most });
        }
        let fits = self.is_wide() || u32::try_from(message.address).is_ok();
        if !fits || !message.address.is_multiple_of(4) {
            return Err(MsiError::Address(message.address));
        }
        if message.data & (u16::from(vectors) - 1) != 0 {
            return Err(MsiError::Data(message.data));
        }
        self.disable(space);
        space.write_u32(self.at, self.register(4), message.address as u32);
        if self.is_wide() {
            space.write_u32(self.at, self.register(8), (message.address >> 32) as u32);
        }
        space.write_u16(self.at, self.data_register(), message.data);
        self.message = message;
        let given = (vectors.trailing_zeros() as u16) << GIVEN_SHIFT;
        self.set_control(space, self.control & !GIVEN | given | ENABLE);
        set_command(space, self.at, Control::INTX_DISABLE, 0);
        Ok(())
    }

    /// Ends messages; the function may raise its pin again.
    pub fn disable(&mut self, space: &impl ConfigSpace) {
        self.set_control(space, self.control & !ENABLE);
        set_command(space, self.at, 0, Control::INTX_DISABLE);
    }

    fn set_control(&mut self, space: &impl ConfigSpace, control: u16) {
        space.write_u16(self.at, self.register(2), control);
        self.control = control;
    }

    fn mask_register(&self) -> Option<u16> {
        self.is_maskable().then(|| self.register(if self.is_wide() { 0x10 } else { 0x0c }))
    }

    /// Holds messages back: a bit for each vector. False where the function
    /// cannot.
    pub fn mask(&self, space: &impl ConfigSpace, vectors: u32) -> bool {
        let register = self.mask_register();
        register.inspect(|offset| space.write_u32(self.at, *offset, vectors)).is_some()
    }

    /// Messages that are held back by the mask, a bit for each vector.
    #[must_use]
    pub fn pending(&self, space: &impl ConfigSpace) -> u32 {
        self.mask_register().map_or(0, |mask| space.read_u32(self.at, mask.saturating_add(4)))
    }
}

/// Sets and clears bits of the command register.
fn set_command(space: &impl ConfigSpace, at: Address, set: u16, clear: u16) {
    let command = space.read_u16(at, register::COMMAND);
    space.write_u16(at, register::COMMAND, command & !clear | set);
}

impl fmt::Display for Msi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |bit: u16| if self.control & bit != 0 { '+' } else { '-' };
        let (on, maskable, wide) = (sign(ENABLE), sign(MASKABLE), sign(WIDE));
        let (given, most) = (self.given(), self.most());
        write!(f, "Enable{on} Count={given}/{most} Maskable{maskable} 64bit{wide}")?;
        if self.is_enabled() {
            let Message { address, data } = self.message;
            write!(f, " Address: {address:08x} Data: {data:04x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Fake;
    use super::*;

    const MESSAGE: Message = Message { address: 0xfee0_0000, data: 0x40 };

    fn device(fake: &Fake, control: u16) -> (Address, Msi) {
        let at = fake.device("00:05.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        fake.set(at, 6, &[0x10]);
        fake.set(at, 0x34, &[0x40]);
        fake.set(at, 0x40, &[5, 0]);
        fake.set(at, 0x42, &control.to_le_bytes());
        fake.open(at, 0x42, &[0x71, 0]);
        fake.open(at, 0x44, &[0xff; 0x14]);
        fake.open(at, 4, &[0xff, 0xff]);
        let function = Function::find(fake, at).unwrap();
        (at, Msi::find(fake, &function).unwrap())
    }

    #[test]
    fn wide_and_maskable() {
        let fake = Fake::new();
        let (at, mut msi) = device(&fake, 0x0186);
        assert_eq!((msi.most(), msi.is_enabled(), msi.is_maskable()), (8, false, true));
        let high = Message { address: 0x12_fee0_0000, data: 0x40 };
        assert_eq!(msi.enable(&fake, high, 4), Ok(()));
        let bytes = fake.bytes(at);
        assert_eq!(bytes[0x42..0x4e], [0xa7, 1, 0, 0, 0xe0, 0xfe, 0x12, 0, 0, 0, 0x40, 0]);
        assert_eq!(bytes[5], 4, "the pin is off");
        assert!(msi.mask(&fake, 0b10) && msi.pending(&fake) == 0);
        assert_eq!(fake.bytes(at)[0x50], 0b10);
        let again = Msi::read(&fake, at, 0x40);
        assert_eq!((again.message(), again.given()), (high, 4));
        assert_eq!(
            again.to_string(),
            "Enable+ Count=4/8 Maskable+ 64bit+ Address: 12fee00000 Data: 0040"
        );
        msi.disable(&fake);
        assert!(!Msi::read(&fake, at, 0x40).is_enabled() && fake.bytes(at)[5] == 0);
    }

    #[test]
    fn narrow() {
        let fake = Fake::new();
        let (at, mut msi) = device(&fake, 0);
        assert_eq!(msi.enable(&fake, MESSAGE, 1), Ok(()));
        assert_eq!(fake.bytes(at)[0x42..0x4a], [1, 0, 0, 0, 0xe0, 0xfe, 0x40, 0]);
        assert!(!msi.mask(&fake, 1));
    }

    #[test]
    fn what_cannot_be_changes_nothing() {
        let fake = Fake::new();
        let (_, mut msi) = device(&fake, 0x0006);
        let writes = fake.writes().len();
        let wrong = |address, data| Message { address, data };
        assert_eq!(msi.enable(&fake, MESSAGE, 3), Err(MsiError::Vectors { wanted: 3, most: 8 }));
        assert_eq!(msi.enable(&fake, MESSAGE, 16), Err(MsiError::Vectors { wanted: 16, most: 8 }));
        assert_eq!(msi.enable(&fake, MESSAGE, 0), Err(MsiError::Vectors { wanted: 0, most: 8 }));
        assert_eq!(msi.enable(&fake, wrong(1 << 32, 0), 1), Err(MsiError::Address(1 << 32)));
        assert_eq!(msi.enable(&fake, wrong(2, 0), 1), Err(MsiError::Address(2)));
        assert_eq!(msi.enable(&fake, wrong(0, 0x41), 2), Err(MsiError::Data(0x41)));
        assert_eq!(fake.writes().len(), writes);
    }
}
