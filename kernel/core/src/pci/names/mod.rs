//! What numbers are called: classes, vendors, devices.
//!
//! Two lists, kept as the text that people edit, sorted by number: ten KiB of
//! kernel. Where the entries of the first level begin is worked out when the kernel
//! is compiled, so that one is found by halving; what is below it is searched line
//! by line. Each level is indented by one more space.
//!
//! `classes.txt` has every class of the PCI Code and ID Assignment
//! Specification 1.15. `devices.txt` is a choice: what emulators show, and what
//! is common in PCs; a device that is not in it shows its vendor's name, its
//! class, and its numbers.

use super::header::{Class, Ids};

static CLASSES: List = {
    const TEXT: &str = include_str!("classes.txt");
    static STARTS: [u16; entries(TEXT)] = starts(TEXT);
    List { text: TEXT, starts: &STARTS }
};
static DEVICES: List = {
    const TEXT: &str = include_str!("devices.txt");
    static STARTS: [u16; entries(TEXT)] = starts(TEXT);
    List { text: TEXT, starts: &STARTS }
};

/// A list, and where its entries of the first level begin.
struct List {
    text: &'static str,
    starts: &'static [u16],
}

/// Whether an entry of the first level begins at byte `at`.
const fn is_start(text: &[u8], at: usize) -> bool {
    text[at] != b' ' && (at == 0 || text[at - 1] == b'\n')
}

const fn entries(text: &str) -> usize {
    let (text, mut count, mut at) = (text.as_bytes(), 0, 0);
    while at < text.len() {
        count += is_start(text, at) as usize;
        at += 1;
    }
    count
}

const fn starts<const N: usize>(text: &str) -> [u16; N] {
    let (text, mut starts, mut count, mut at) = (text.as_bytes(), [0; N], 0, 0);
    while at < text.len() {
        if is_start(text, at) {
            starts[count] = at as u16;
            count += 1;
        }
        at += 1;
    }
    starts
}

impl List {
    /// The name of an entry of the first level, and the lines below it.
    fn find(&self, number: u16) -> Option<(&'static str, &'static str)> {
        let from = |start: &u16| self.text.get(usize::from(*start)..).unwrap_or_default();
        let number_at = |start: &u16| {
            let digits = from(start).split(' ').next().unwrap_or_default();
            u16::from_str_radix(digits, 16).unwrap_or(u16::MAX)
        };
        let place = self.starts.binary_search_by_key(&number, number_at).ok()?;
        let end = self.starts.get(place + 1).map_or(self.text.len(), |end| usize::from(*end));
        let entry = self.text.get(usize::from(*self.starts.get(place)?)..end)?;
        let (line, below) = entry.split_once('\n')?;
        Some((line.split_once(' ')?.1, below))
    }
}

/// The vendor's name.
#[must_use]
pub fn vendor(ids: Ids) -> Option<&'static str> {
    DEVICES.find(ids.vendor).map(|(name, _)| name)
}

/// The device's name, without its vendor.
#[must_use]
pub fn device(ids: Ids) -> Option<&'static str> {
    let (_, devices) = DEVICES.find(ids.vendor)?;
    find(devices, 1, ids.device.into()).map(|(name, _)| name)
}

/// What kind of device a class is: the subclass, or else the base class.
#[must_use]
pub fn class(class: Class) -> Option<&'static str> {
    let (base, rest) = CLASSES.find(class.base.into())?;
    Some(find(rest, 1, class.sub.into()).map_or(base, |(name, _)| name))
}

/// The programming interface of a class.
#[must_use]
pub fn interface(class: Class) -> Option<&'static str> {
    let (_, rest) = CLASSES.find(class.base.into())?;
    let (_, rest) = find(rest, 1, class.sub.into())?;
    find(rest, 2, class.interface.into()).map(|(name, _)| name)
}

/// Finds the line of `number` among those indented by `depth`, up to a line
/// that is indented less; its name, and the lines behind it.
fn find(text: &'static str, depth: usize, number: u32) -> Option<(&'static str, &'static str)> {
    let mut rest = text;
    while let Some((line, behind)) = rest.split_once('\n') {
        let entry = line.trim_start_matches(' ');
        let indent = line.len() - entry.len();
        if indent < depth {
            return None;
        }
        if indent == depth
            && let Some((digits, name)) = entry.split_once(' ')
            && u32::from_str_radix(digits, 16) == Ok(number)
        {
            return Some((name, behind));
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_found_where_they_belong() {
        let piix3 = Ids { vendor: 0x8086, device: 0x7000 };
        assert_eq!(
            (vendor(piix3), device(piix3)),
            (Some("Intel"), Some("82371SB PIIX3 ISA bridge"))
        );
        // A number of another vendor.
        let wrong = Ids { vendor: 0x1234, device: 0x7000 };
        assert_eq!((vendor(wrong), device(wrong)), (Some("QEMU/Bochs"), None));
        assert_eq!(vendor(Ids { vendor: 0xfffe, device: 0 }), None);
        let ahci = Class { base: 1, sub: 6, interface: 1 };
        assert_eq!((class(ahci), interface(ahci)), (Some("SATA controller"), Some("AHCI 1.0")));
        // No such subclass: the base class says at least something; the
        // interface of another subclass says nothing.
        let odd = Class { base: 2, sub: 0x77, interface: 1 };
        assert_eq!((class(odd), interface(odd)), (Some("Network controller"), None));
        let plain = Class { base: 0x12, sub: 0, interface: 0 };
        assert_eq!((class(plain), interface(plain)), (Some("Processing accelerator"), None));
        assert_eq!(class(Class { base: 0x60, sub: 0, interface: 0 }), None);
    }

    /// Every line has a number of its level's width that is not there twice,
    /// and a name that leaves room on a line of 79 columns.
    #[test]
    fn the_lists_are_well_formed() {
        for (list, widths) in [(&CLASSES, &[2, 2, 2][..]), (&DEVICES, &[4, 4])] {
            let text = list.text;
            let mut above: Vec<Vec<&str>> = Vec::new();
            for line in text.lines() {
                let entry = line.trim_start_matches(' ');
                let depth = line.len() - entry.len();
                let (digits, name) = entry.split_once(' ').expect(line);
                assert!(depth <= above.len() && digits.len() == widths[depth], "{line:?}");
                assert!(u32::from_str_radix(digits, 16).is_ok(), "{line:?}");
                assert!(!name.is_empty() && name == name.trim() && name.is_ascii(), "{line:?}");
                above.truncate(depth + 1);
                above.resize(depth + 1, Vec::new());
                assert!(!above[depth].contains(&digits), "twice: {line:?}");
                above[depth].push(digits);
            }
            assert!(text.ends_with('\n'));
            // Sorted: each is found, by its own name.
            let tops: Vec<_> = text.lines().filter(|line| !line.starts_with(' ')).collect();
            assert_eq!(tops.len(), list.starts.len());
            for line in tops {
                let (digits, name) = line.split_once(' ').unwrap();
                let number = u16::from_str_radix(digits, 16).unwrap();
                assert_eq!(list.find(number).map(|(name, _)| name), Some(name), "not sorted");
            }
        }
    }

    proptest! {
        #[test]
        fn any_number_gets_an_answer(vendor_id: u16, device_id: u16, base: u8, sub: u8, last: u8) {
            let ids = Ids { vendor: vendor_id, device: device_id };
            let _ = (vendor(ids), device(ids));
            let kind = Class { base, sub, interface: last };
            let _ = (class(kind), interface(kind));
        }
    }
}
