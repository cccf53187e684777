//! The root buses of PCI, as the tables say without AML being run.
//!
//! Each host bridge is a device in the DSDT or an SSDT, and its `_BBN` tells the
//! bus directly behind it (ACPI 6.5, 6.5.5). A bridge without one has the first
//! bus. Most firmware writes the number down; some works it out by a longer method,
//! which only an interpreter could follow, 1.6 million instructions. So the definitions
//! are looked for in the bytes:
//!
//! ```text
//! 08 '_BBN' 0A 80           Name (_BBN, 0x80)
//! 14 len '_BBN' 00 A4 0A 80 Method (_BBN) { Return (0x80) }
//! 08 '_HID' 0C 41 D0 0A 08  Name (_HID, EisaId ("PNP0A08")), or 03
//! ```
//!
//! Letters that are mere data cost a look at an empty bus, and no more.

use crate::pci::scan::{BusSet, Roots};

const ZERO_OP: u8 = 0x00;
const ONE_OP: u8 = 0x01;
const NAME_OP: u8 = 0x08;
const BYTE_PREFIX: u8 = 0x0a;
const WORD_PREFIX: u8 = 0x0b;
const DWORD_PREFIX: u8 = 0x0c;
const METHOD_OP: u8 = 0x14;
const RETURN_OP: u8 = 0xa4;
/// `EisaId` of PNP0A03 and PNP0A08, without the last byte.
const HOST_BRIDGE: [u8; 4] = [DWORD_PREFIX, 0x41, 0xd0, 0x0a];

/// Looks through the AML of each table (the bytes behind its header).
#[must_use]
pub fn roots<'a>(tables: impl Iterator<Item = &'a [u8]>) -> Roots {
    let mut buses = BusSet::default();
    let [mut all, mut bridges, mut told, mut worked_out] = [0_u32; 4];
    for aml in tables {
        all += 1;
        // Nearly all bytes are looked at and left, so that is all the loop does.
        let marks = aml.iter().enumerate().filter(|(_, byte)| **byte == b'_');
        for (at, _) in marks {
            let Some((name, behind)) = aml.get(at..).and_then(|rest| rest.split_at_checked(4))
            else {
                break;
            };
            let before = aml.get(..at).unwrap_or_default();
            if name == b"_HID" && behind.starts_with(&HOST_BRIDGE) {
                bridges += u32::from(matches!(behind.get(4), Some(3 | 8)));
            } else if name == b"_BBN" {
                // A method's length may be 8, too: it is looked for first.
                let bus = match (before, behind) {
                    ([.., METHOD_OP, _], [_, RETURN_OP, value @ ..]) => bus(value),
                    ([.., METHOD_OP, _], _) => None,
                    ([.., NAME_OP], value) => bus(value),
                    _ => None,
                };
                match bus {
                    Some(bus) => {
                        told += 1;
                        buses.insert(bus);
                    }
                    None => worked_out += 1,
                }
            }
        }
    }
    let is_only_root = bridges <= 1 && told + worked_out <= 1;
    if all == 0 || (worked_out > 0 && !is_only_root) { Roots::Unknown } else { Roots::These(buses) }
}

/// An integer that is a bus.
fn bus(value: &[u8]) -> Option<u8> {
    match *value {
        [bus @ (ZERO_OP | ONE_OP), ..]
        | [BYTE_PREFIX, bus, ..]
        | [WORD_PREFIX, bus, 0, ..]
        | [DWORD_PREFIX, bus, 0, 0, 0, ..] => Some(bus),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BRIDGE: &[u8] = b"\x08_HID\x0c\x41\xd0\x0a\x08";
    const METHOD: &[u8] = b"\x14\x0b_BBN\x00\xa4BUS_";

    fn of(tables: &[&[&[u8]]]) -> Roots {
        let tables: Vec<Vec<u8>> = tables.iter().map(|table| table.concat()).collect();
        roots(tables.iter().map(Vec::as_slice))
    }

    fn these(buses: &[u8]) -> Roots {
        let mut set = BusSet::default();
        buses.iter().for_each(|bus| _ = set.insert(*bus));
        Roots::These(set)
    }

    #[test]
    fn numbers_that_are_written_down_are_taken() {
        // As QEMU's pxb-pcie: the first bridge has no number.
        let second = b"\x08_BBN\x0a\x80";
        assert_eq!(of(&[&[BRIDGE, BRIDGE, second]]), these(&[0x80]));
        assert_eq!(
            of(&[
                &[BRIDGE, b"\x08_BBN\x00"],
                &[BRIDGE, b"\x08_BBN\x0b\xff\x00", BRIDGE, b"\x08_BBN\x01", b"xx"],
                &[BRIDGE, b"\x08_BBN\x0c\x40\x00\x00\x00"],
            ]),
            these(&[0, 1, 0x40, 0xff])
        );
        assert_eq!(of(&[&[BRIDGE]]), these(&[]));
        // A method of eight bytes is no name, and what it returns is written down.
        let methods: [&[u8]; 2] = [b"\x14\x08_BBN\x00\xa4\x01", b"\x14\x09_BBN\x00\xa4\x0a\x85"];
        assert_eq!(of(&[&[BRIDGE, methods[0], BRIDGE, methods[1]]]), these(&[1, 0x85]));
    }

    #[test]
    fn a_method_says_nothing_unless_there_is_one_bridge() {
        assert_eq!(of(&[&[BRIDGE, METHOD]]), these(&[]));
        assert_eq!(of(&[&[BRIDGE, METHOD], &[BRIDGE, b"\x08_BBN\x0a\x80"]]), Roots::Unknown);
        assert_eq!(of(&[&[BRIDGE, METHOD, BRIDGE]]), Roots::Unknown);
        assert_eq!(of(&[&[BRIDGE, BRIDGE, b"\x14\x08_BBN\x00\xa3\xa3"]]), Roots::Unknown);
        // Written down, but as something that is no bus.
        assert_eq!(of(&[&[BRIDGE, BRIDGE, b"\x08_BBN\x0b\x00\x01"]]), Roots::Unknown);
        assert_eq!(of(&[]), Roots::Unknown);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = roots([bytes.as_slice()].into_iter());
            let name = [b"\x08_BBN", bytes.as_slice()].concat();
            let _ = roots([name.as_slice()].into_iter());
        }
    }
}
