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

    /// The next function on the same bus, also on the next device.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.place.checked_add(1) {
            Some(place) => Some(Self { place, ..self }),
            None => None,
        }
    }

    /// Function 0 of the next device on the same bus.
    #[must_use]
    pub const fn next_device(self) -> Option<Self> {
        Self { place: self.place | 7, ..self }.next()
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

/// A hexadecimal number of at most so many digits.
fn hexadecimal(digits: &str, most: usize) -> Result<u16, NotAnAddress> {
    // `from_str_radix` would take a sign.
    let plain = digits.len() <= most && !digits.starts_with('+');
    u16::from_str_radix(digits, 16).ok().filter(|_| plain).ok_or(NotAnAddress)
}

fn byte(digits: &str, most: usize) -> Result<u8, NotAnAddress> {
    hexadecimal(digits, most).and_then(|number| number.try_into().map_err(|_| NotAnAddress))
}

/// Segment, bus and device of `0001:00:1f` or `00:1f`.
fn split(text: &str) -> Result<(u16, u8, u8), NotAnAddress> {
    let (bus, device) = text.rsplit_once(':').ok_or(NotAnAddress)?;
    let (segment, bus) = bus.split_once(':').unwrap_or(("0", bus));
    Ok((hexadecimal(segment, 4)?, byte(bus, 2)?, byte(device, 2)?))
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (device, function) = text.rsplit_once('.').ok_or(NotAnAddress)?;
        let (segment, bus, device) = split(device)?;
        Self::new(segment, bus, device, byte(function, 1)?).ok_or(NotAnAddress)
    }
}

/// One function, or all of a device, as a person names them: `00:1f.2`, `00:1f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One function.
    Function(Address),
    /// All functions of the device that this is the first of.
    Device(Address),
}

impl Place {
    /// Returns the bus of it.
    #[must_use]
    pub const fn bus(self) -> u8 {
        match self {
            Self::Function(address) | Self::Device(address) => address.bus(),
        }
    }

    /// Whether `address` is meant.
    #[must_use]
    pub fn contains(self, address: Address) -> bool {
        match self {
            Self::Function(function) => address == function,
            Self::Device(first) => Address { place: address.place & !7, ..address } == first,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(function) => function.fmt(f),
            Self::Device(Address { segment: 0, bus, place }) => {
                write!(f, "{bus:02x}:{:02x}", place >> 3)
            }
            Self::Device(Address { segment, bus, place }) => {
                write!(f, "{segment:04x}:{bus:02x}:{:02x}", place >> 3)
            }
        }
    }
}

impl FromStr for Place {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        if text.contains('.') {
            return text.parse().map(Self::Function);
        }
        let (segment, bus, device) = split(text)?;
        Address::new(segment, bus, device, 0).map(Self::Device).ok_or(NotAnAddress)
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

    #[test]
    fn devices_and_functions() {
        let (device, function) = ("00:1f".parse::<Place>(), "3:00:1f.2".parse::<Place>());
        let at = |text: &str| text.parse::<Address>().unwrap();
        assert!(device.is_ok_and(|place| place.contains(at("00:1f.5"))));
        assert!(device.is_ok_and(|place| !place.contains(at("00:1e.5"))));
        assert!(function.is_ok_and(|place| place.contains(at("3:00:1f.2"))));
        assert!(function.is_ok_and(|place| !place.contains(at("3:00:1f.3"))));
        assert_eq!(
            [device, function].map(|place| place.unwrap().to_string()),
            ["00:1f", "0003:00:1f.2"]
        );
        assert_eq!("00:20".parse::<Place>(), Err(NotAnAddress));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(segment: u16, bus: u8, device in 0..32u8, function in 0..8u8) {
            let address = Address::new(segment, bus, device, function).unwrap();
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }

        #[test]
        fn any_text_gets_an_answer(text in any::<String>()) {
            let _ = (text.parse::<Address>(), text.parse::<Place>());
        }
    }
}
