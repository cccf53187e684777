//! Finding every function: buses, multi-function devices, bridges.
//!
//! It starts at the first bus of a segment and follows bridges to the buses
//! behind them. A bus is looked at once, whatever bridges claim: loops, bogus
//! numbers and bridges to themselves end. No heap, no recursion: at most 256 buses
//! of 256 functions, lowest bus first.
//!
//! No bridge leads to the further roots of machines with several host bridges:
//! they are told ([`Roots`]), or each bus is asked, 32 reads for one that is empty.

use super::header::{Function, Layout, register};
use super::{Address, Buses, ConfigSpace};

/// A set of bus numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusSet([u128; 2]);

/// The buses that no bridge leads to, beside the first of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// No others than these, or than bridges of the first device say.
    These(BusSet),
    /// Any bus may be one.
    Unknown,
}

impl BusSet {
    fn word(&mut self, bus: u8) -> (&mut u128, u128) {
        let [low, high] = &mut self.0;
        (if bus < 128 { low } else { high }, 1 << (bus & 127))
    }

    /// Adds a bus; false when it was there.
    pub fn insert(&mut self, bus: u8) -> bool {
        let (word, bit) = self.word(bus);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes out the lowest bus.
    pub fn take_lowest(&mut self) -> Option<u8> {
        let [low, high] = &mut self.0;
        let (word, base) = if *low == 0 { (high, 128) } else { (low, 0) };
        let bit = word.trailing_zeros();
        (bit < 128).then(|| {
            *word &= *word - 1;
            base + bit as u8
        })
    }
}

/// The buses that a bridge connects, as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridged {
    /// The bus towards the processor.
    pub primary: u8,
    /// The bus directly behind it.
    pub secondary: u8,
    /// The highest bus behind it.
    pub subordinate: u8,
}

/// The buses that `function` connects, if it is a bridge.
#[must_use]
pub fn bridged(space: &impl ConfigSpace, function: &Function) -> Option<Bridged> {
    if !matches!(function.layout, Layout::Bridge | Layout::CardBus) {
        return None;
    }
    let [primary, secondary, subordinate, _] =
        space.read_u32(function.address, register::BUSES).to_le_bytes();
    Some(Bridged { primary, secondary, subordinate })
}

/// The functions of a range of buses, one after the other.
#[derive(Debug)]
pub struct Scan<'a, C> {
    space: &'a C,
    buses: Buses,
    /// Buses to look at.
    waiting: BusSet,
    /// Buses that were looked at, or wait to be.
    known: BusSet,
    /// The next place on the bus that is looked at now.
    place: Option<Address>,
    /// Whether its device has more functions than the first.
    has_siblings: bool,
    /// The next bus to try that no bridge leads to.
    stray: Option<u8>,
}

impl<'a, C: ConfigSpace> Scan<'a, C> {
    /// Looks at nothing yet.
    #[must_use]
    pub fn new(space: &'a C, buses: Buses, roots: Roots) -> Self {
        let mut scan = Self {
            space,
            buses,
            waiting: BusSet::default(),
            known: BusSet::default(),
            place: None,
            has_siblings: false,
            stray: (roots == Roots::Unknown).then_some(buses.first),
        };
        scan.expect(buses.first);
        if let Roots::These(mut roots) = roots {
            core::iter::from_fn(|| roots.take_lowest()).for_each(|bus| scan.expect(bus));
        }
        scan
    }

    /// A bus that is to be looked at, unless it is known or out of range.
    fn expect(&mut self, bus: u8) {
        let is_ours = (self.buses.first..=self.buses.last).contains(&bus);
        if is_ours && self.known.insert(bus) {
            self.waiting.insert(bus);
        }
    }

    /// The next bus: one that waits, or else one that no bridge leads to.
    fn next_bus(&mut self) -> Option<u8> {
        if let Some(bus) = self.waiting.take_lowest() {
            return Some(bus);
        }
        while let Some(bus) = self.stray {
            self.stray = bus.checked_add(1).filter(|next| *next <= self.buses.last);
            if self.known.insert(bus) && self.space.has_devices(self.buses.segment, bus) {
                return Some(bus);
            }
        }
        None
    }

    /// Looks at one place and goes on to the next.
    fn look(&mut self, place: Address) -> Option<Function> {
        let found = Function::find(self.space, place);
        if place.function() == 0 {
            self.has_siblings = found.is_some_and(|function| function.has_siblings);
        }
        self.place = if self.has_siblings { place.next() } else { place.next_device() };
        let function = found?;
        if let Some(bridged) = bridged(self.space, &function) {
            self.expect(bridged.secondary);
        }
        // Host bridges that are functions of the first device lead to the bus of
        // their number each.
        if place.bus() == 0 && place.device() == 0 && function.class.is_host_bridge() {
            self.expect(place.function());
        }
        Some(function)
    }
}

impl<C: ConfigSpace> Iterator for Scan<'_, C> {
    type Item = Function;

    fn next(&mut self) -> Option<Function> {
        loop {
            let place = match self.place {
                Some(place) => place,
                None => Address::new(self.buses.segment, self.next_bus()?, 0, 0)?,
            };
            if let Some(function) = self.look(place) {
                return Some(function);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::Fake;
    use super::*;

    const ALL: Buses = Buses { segment: 0, first: 0, last: 255 };

    fn found(fake: &Fake, buses: Buses) -> Vec<String> {
        found_from(fake, buses, Roots::Unknown)
    }

    fn found_from(fake: &Fake, buses: Buses, roots: Roots) -> Vec<String> {
        Scan::new(fake, buses, roots).map(|function| function.address.to_string()).collect()
    }

    #[test]
    fn bridges_are_followed_and_siblings_found() {
        let fake = Fake::new();
        fake.device("00:00.0", 0x8086, 0x1237, [6, 0, 0]);
        fake.bridge("00:02.0", 1, 2);
        fake.bridge("01:1f.0", 2, 2);
        let first = fake.device("02:01.0", 0x8086, 0x7000, [6, 1, 0]);
        fake.device("02:01.3", 0x8086, 0x7113, [6, 0x80, 0]);
        // Function 1 of a device that says it has one function is not there.
        fake.device("00:03.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        fake.device("00:03.1", 0x1234, 0x11e8, [0, 0xff, 0]);
        fake.set(first, 0x0e, &[0x80]);
        let expected = ["00:00.0", "00:02.0", "00:03.0", "01:1f.0", "02:01.0", "02:01.3"];
        assert_eq!(found(&fake, ALL), expected);
    }

    #[test]
    fn loops_end_and_bogus_buses_are_not_followed() {
        let fake = Fake::new();
        fake.bridge("00:01.0", 0, 0);
        fake.bridge("00:02.0", 5, 1);
        fake.bridge("00:03.0", 5, 5);
        fake.bridge("05:00.0", 0, 255);
        fake.bridge("05:01.0", 200, 200);
        let buses = Buses { last: 100, ..ALL };
        assert_eq!(found(&fake, buses), ["00:01.0", "00:02.0", "00:03.0", "05:00.0", "05:01.0"]);
    }

    #[test]
    fn further_roots_are_found_last() {
        let fake = Fake::new();
        fake.device("00:00.0", 0x8086, 0x1237, [6, 0, 0]);
        fake.bridge("80:00.0", 0x20, 0x20);
        fake.device("20:00.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        fake.device("ff:1f.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        // By number: 20 is found before its bridge on 80.
        assert_eq!(found(&fake, ALL), ["00:00.0", "20:00.0", "80:00.0", "ff:1f.0"]);
        let one = Buses { segment: 1, first: 4, last: 4 };
        fake.device("0001:04:00.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        assert_eq!(found(&fake, one), ["0001:04:00.0"]);
    }

    #[test]
    fn told_roots_are_followed_and_nothing_else_is_asked() {
        let fake = Fake::new();
        let first = fake.device("00:00.0", 0x8086, 0x1237, [6, 0, 0]);
        fake.set(first, 0x0e, &[0x80]);
        fake.device("00:00.3", 0x8086, 0x1237, [6, 0, 0]);
        fake.bridge("00:02.0", 0x10, 0x11);
        fake.bridge("10:00.0", 0x11, 0x11);
        fake.device("11:00.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        fake.device("03:01.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        fake.bridge("80:05.0", 0x81, 0x81);
        fake.device("81:00.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        fake.device("c0:00.0", 0x1234, 0x11e8, [0, 0xff, 0]);
        let mut roots = BusSet::default();
        assert!(roots.insert(0x80) && roots.insert(0xf0) && roots.insert(0));
        let mut told = found_from(&fake, ALL, Roots::These(roots));
        told.sort();
        let expected = [
            "00:00.0", "00:00.3", "00:02.0", "03:01.0", "10:00.0", "11:00.0", "80:05.0", "81:00.0",
        ];
        assert_eq!(told, expected);
        assert_eq!(found(&fake, ALL).len(), expected.len() + 1);
        // Five buses that are there and the empty one, 32 devices each, and what
        // the eight functions are asked beside.
        let reads = fake.reads();
        let _ = found_from(&fake, ALL, Roots::These(roots));
        assert!(fake.reads() - reads < 7 * 32 + 8 * 3 + 7, "{}", fake.reads() - reads);
    }

    #[test]
    fn all_that_can_be_is_found_once() {
        struct Full;
        impl ConfigSpace for Full {
            fn reach(&self, _: Address) -> u16 {
                256
            }
            fn read_u8(&self, _: Address, _: u16) -> u8 {
                0x81
            }
            fn read_u16(&self, _: Address, _: u16) -> u16 {
                0x8181
            }
            fn read_u32(&self, _: Address, _: u16) -> u32 {
                0x8181_8181
            }
            fn write_u8(&self, _: Address, _: u16, _: u8) {}
            fn write_u16(&self, _: Address, _: u16, _: u16) {}
            fn write_u32(&self, _: Address, _: u16, _: u32) {}
        }
        let mut all: Vec<_> =
            Scan::new(&Full, ALL, Roots::Unknown).map(|function| function.address).collect();
        assert_eq!(all.len(), 65536);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 65536);
    }

    proptest! {
        #[test]
        fn any_bridges_end(
            numbers in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 0..60),
            first: u8, last: u8,
        ) {
            let fake = Fake::new();
            for (bus, device, secondary) in &numbers {
                fake.bridge(&format!("{bus:02x}:{:02x}.0", device & 31), *secondary, 0);
            }
            let buses = Buses { segment: 0, first, last };
            let mut all = found(&fake, buses);
            let count = all.len();
            prop_assert!(count <= numbers.len());
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(all.len(), count);
        }
    }
}
