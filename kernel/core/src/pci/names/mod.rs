//! What numbers are called: classes, vendors, devices.
//!
//! Two lists, kept as the text that people edit and searched line by line: ten
//! KiB of kernel, no table to build, and quick enough for something that is
//! printed. Each level is indented by one more space.
//!
//! `classes.txt` has every class of the PCI Code and ID Assignment
//! Specification 1.15. `devices.txt` is a choice: what emulators show, and what
//! is common in PCs; a device that is not in it shows its vendor's name, its
//! class, and its numbers.

use super::header::{Class, Ids};

const CLASSES: &str = include_str!("classes.txt");
const DEVICES: &str = include_str!("devices.txt");

/// The vendor's name.
#[must_use]
pub fn vendor(ids: Ids) -> Option<&'static str> {
    find(DEVICES, 0, ids.vendor.into()).map(|(name, _)| name)
}

/// The device's name, without its vendor.
#[must_use]
pub fn device(ids: Ids) -> Option<&'static str> {
    let (_, devices) = find(DEVICES, 0, ids.vendor.into())?;
    find(devices, 1, ids.device.into()).map(|(name, _)| name)
}

/// What kind of device a class is: the subclass, or else the base class.
#[must_use]
pub fn class(class: Class) -> Option<&'static str> {
    let (base, rest) = find(CLASSES, 0, class.base.into())?;
    Some(find(rest, 1, class.sub.into()).map_or(base, |(name, _)| name))
}

/// The programming interface of a class.
#[must_use]
pub fn interface(class: Class) -> Option<&'static str> {
    let (_, rest) = find(CLASSES, 0, class.base.into())?;
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
        for (text, widths) in [(CLASSES, &[2, 2, 2][..]), (DEVICES, &[4, 4])] {
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
