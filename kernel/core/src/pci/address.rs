//! Where a function is: segment, bus, device, function.

use core::fmt;
use core::str::FromStr;

/// A PCI function's place, as `lspci` writes it: `00:1f.2`, or `0001:00:1f.2`
/// in a segment group other than 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    segment: u16,
    bus: u8,
    /// Device in the upper five bits, function in the lower three.
    place: u8,
}

impl Address {
    /// Devices on a bus.
    pub const DEVICES: u8 = 32;
    /// Functions of a device.
    pub const FUNCTIONS: u8 = 8;

    /// The function at this place; `None` for a device above 31 or a function
    /// above 7.
    #[must_use]
    pub const fn new(segment: u16, bus: u8, device: u8, function: u8) -> Option<Self> {
        if device < Self::DEVICES && function < Self::FUNCTIONS {
            Some(Self { segment, bus, place: device << 3 | function })
        } else {
            None
        }
    }

    /// Function 0 of every device on a bus.
    pub fn devices(segment: u16, bus: u8) -> impl Iterator<Item = Self> {
        (0..Self::DEVICES).map(move |device| Self { segment, bus, place: device << 3 })
    }

    /// The functions of the same device behind function 0.
    pub fn siblings(self) -> impl Iterator<Item = Self> {
        (1..Self::FUNCTIONS).map(move |function| Self { place: self.place & !7 | function, ..self })
    }

    /// The segment group.
    #[must_use]
    pub const fn segment(self) -> u16 {
        self.segment
    }

    /// The bus.
    #[must_use]
    pub const fn bus(self) -> u8 {
        self.bus
    }

    /// The device, 0 to 31.
    #[must_use]
    pub const fn device(self) -> u8 {
        self.place >> 3
    }

    /// The function, 0 to 7.
    #[must_use]
    pub const fn function(self) -> u8 {
        self.place & 7
    }

    /// Device and function as configuration addresses carry them, 0 to 255.
    #[must_use]
    pub const fn place(self) -> u8 {
        self.place
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segment != 0 {
            write!(f, "{:04x}:", self.segment)?;
        }
        write!(f, "{:02x}:{:02x}.{}", self.bus, self.device(), self.function())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The buses that a segment group can have, as far as they can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buses {
    /// The segment group.
    pub segment: u16,
    /// The first bus.
    pub first: u8,
    /// The last bus.
    pub last: u8,
}

/// The words are not a function's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnAddress;

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a PCI address (write BUS:DEVICE.FUNCTION in hexadecimal, as 00:1f.2)")
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (bus, place) = text.rsplit_once(':').ok_or(NotAnAddress)?;
        let (segment, bus) = bus.split_once(':').unwrap_or(("0", bus));
        let (device, function) = place.split_once('.').ok_or(NotAnAddress)?;
        let [segment, bus, device, function] = [(segment, 4), (bus, 2), (device, 2), (function, 1)]
            .map(|(digits, most)| {
                let hex = (1..=most).contains(&digits.len()) && !digits.starts_with('+');
                u16::from_str_radix(digits, 16).ok().filter(|_| hex)
            });
        let byte = |number: Option<u16>| number.and_then(|number| u8::try_from(number).ok());
        match (segment, byte(bus), byte(device), byte(function)) {
            (Some(segment), Some(bus), Some(device), Some(function)) => {
                Self::new(segment, bus, device, function).ok_or(NotAnAddress)
            }
            _ => Err(NotAnAddress),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_as_lspci_writes() {
        assert_eq!("00:1f.2".parse(), Address::new(0, 0, 31, 2).ok_or(NotAnAddress));
        assert_eq!("abcd:ff:0.7".parse(), Address::new(0xabcd, 255, 0, 7).ok_or(NotAnAddress));
        for text in [
            "",
            "1f.2",
            "0:20.0",
            "0:0.8",
            "100:0.0",
            "0:0",
            "+0:0.0",
            "0:0.0.0",
            "::.",
            "0:0:0:0.0",
        ] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(segment: u16, bus: u8, device in 0..32u8, function in 0..8u8) {
            let address = Address::new(segment, bus, device, function).unwrap();
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }

        #[test]
        fn any_text_gets_an_answer(text in any::<String>()) {
            let _ = text.parse::<Address>();
        }
    }
}
