//! The sleep types for S5, "soft off", found without running AML.
//!
//! Switching off means to write a number to the PM1 control registers that
//! only the firmware knows. It sits in the DSDT or an SSDT as
//! `Name (_S5, Package () { a, b, ... })` (ACPI 6.5, 7.4.2). An interpreter
//! would find it after loading the whole name space, 1.6 million instructions;
//! firmware never computes it, so its encoding can be looked for in the bytes:
//!
//! ```text
//! 08        5C?      5F 53 35 5F    12        len        n        0A a  0A b ...
//! NameOp    root     _  S  5  _     PackageOp PkgLength  elements
//! ```
//!
//! The four letters may also occur as mere data, so what surrounds them must
//! fit; where it does not, the search goes on.

use super::{u8_at, u16_at, u32_at};

const ZERO_OP: u8 = 0x00;
const ONE_OP: u8 = 0x01;
const NAME_OP: u8 = 0x08;
const BYTE_PREFIX: u8 = 0x0a;
const WORD_PREFIX: u8 = 0x0b;
const DWORD_PREFIX: u8 = 0x0c;
const PACKAGE_OP: u8 = 0x12;
const ROOT_CHAR: u8 = b'\\';
const NAME: &[u8; 4] = b"_S5_";

/// What to write to `SLP_TYP` of the two PM1 control registers, 0 to 7 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SleepTypes {
    /// For PM1a.
    pub a: u8,
    /// For PM1b, where there is one.
    pub b: u8,
}

/// Looks for `_S5` in the AML of a table (the bytes behind its header).
/// `None`: it is not there, or not in a form that firmware uses.
#[must_use]
pub fn find(aml: &[u8]) -> Option<SleepTypes> {
    aml.windows(NAME.len())
        .enumerate()
        .filter(|(_, window)| window == NAME)
        .find_map(|(at, _)| at_name(aml.get(..at)?, aml.get(at.checked_add(NAME.len())?..)?))
}

/// Reads the definition around the name.
fn at_name(before: &[u8], after: &[u8]) -> Option<SleepTypes> {
    if !matches!(before, [.., NAME_OP] | [.., NAME_OP, ROOT_CHAR]) {
        return None;
    }
    let (&PACKAGE_OP, package) = after.split_first()? else { return None };
    let (&count, mut elements) = package_body(package)?.split_first()?;
    let first = integer(&mut elements)?;
    let (a, b) = match count {
        0 => return None,
        // Some firmware packs both into one word (ACPICA accepts it, too).
        1 => (first & 0xff, first >> 8),
        _ => (first, integer(&mut elements)?),
    };
    Some(SleepTypes { a: sleep_type(a)?, b: sleep_type(b)? })
}

/// `SLP_TYP` is three bits wide: anything else is not a sleep type.
fn sleep_type(value: u32) -> Option<u8> {
    u8::try_from(value).ok().filter(|value| *value < 8)
}

/// Cuts a package by its `PkgLength` (20.2.4): one to four bytes, the top two
/// bits of the first say how many follow; the length includes itself.
fn package_body(bytes: &[u8]) -> Option<&[u8]> {
    let lead = u8_at(bytes, 0)?;
    let following = usize::from(lead >> 6);
    let low = if following == 0 { lead & 0x3f } else { lead & 0x0f };
    let mut length = usize::from(low);
    for (index, byte) in bytes.get(1..=following)?.iter().enumerate() {
        length |= usize::from(*byte) << (4 + 8 * index);
    }
    bytes.get(following + 1..length)
}

/// Takes one integer constant off the front.
fn integer(bytes: &mut &[u8]) -> Option<u32> {
    let (value, size) = match u8_at(bytes, 0)? {
        ZERO_OP => (0, 1),
        ONE_OP => (1, 1),
        BYTE_PREFIX => (u32::from(u8_at(bytes, 1)?), 2),
        WORD_PREFIX => (u32::from(u16_at(bytes, 1)?), 3),
        DWORD_PREFIX => (u32_at(bytes, 1)?, 5),
        _ => return None,
    };
    *bytes = bytes.get(size..)?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const S5: [u8; 12] = *b"\x08_S5_\x12\x06\x04\x0a\x05\x01\x00";

    fn found(bytes: &[u8]) -> Option<(u8, u8)> {
        find(bytes).map(|types| (types.a, types.b))
    }

    #[test]
    fn the_usual_encodings_are_read() {
        // QEMU: Package (4) { Zero, Zero, Zero, Zero }
        assert_eq!(found(b"\x08_S5_\x12\x06\x04\0\0\0\0"), Some((0, 0)));
        assert_eq!(found(b"\x08_S5_\x12\x06\x04\x0a\x05\x01\0"), Some((5, 1)));
        assert_eq!(found(b"\x08\\_S5_\x12\x08\x04\x0b\x07\0\x0a\x06\0\0"), Some((7, 6)));
        assert_eq!(found(b"\x08_S5_\x12\x0a\x02\x0c\x05\0\0\0\x01\0\0\0"), Some((5, 1)));
        assert_eq!(found(b"\x08_S5_\x12\x05\x01\x0b\x05\x03"), Some((5, 3)));
        // A two-byte PkgLength.
        assert_eq!(found(b"\x08_S5_\x12\x47\x00\x04\x0a\x05\0\0"), Some((5, 0)));
    }

    #[test]
    fn the_letters_as_data_are_passed_over() {
        let mut bytes = b"\x0d_S5_\0 \x08_S5_\x0a\x05 \x08_S5_\x12\x7f".to_vec();
        assert_eq!(found(&bytes), None);
        bytes.extend(S5);
        assert_eq!(found(&bytes), Some((5, 1)));
    }

    #[test]
    fn what_does_not_fit_is_not_found() {
        assert_eq!(found(b""), None);
        assert_eq!(found(b"_S5_"), None);
        for end in 0..S5.len() - 1 {
            assert_eq!(found(&S5[..end]), None, "cut at {end}");
        }
        assert_eq!(found(b"\x08_S5_\x12\x06\x04\x0a\x08\x01\x00"), None, "type 8");
        assert_eq!(found(b"\x08_S5_\x12\x06\x00\x0a\x05\x01\x00"), None, "empty package");
        assert_eq!(found(b"\x08_S5_\x12\x03\x04\x0a\x05\x01\x00"), None, "package too short");
        assert_eq!(found(b"\x08_S5_\x12\x00\x04\x0a\x05\x01\x00"), None, "length 0");
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_value(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let _ = find(&bytes);
            let mut prefixed = b"\x08_S5_\x12".to_vec();
            prefixed.extend(bytes);
            let _ = find(&prefixed);
        }

        #[test]
        fn it_is_found_anywhere(
            before in prop::collection::vec(any::<u8>(), 0..200),
            after in prop::collection::vec(any::<u8>(), 0..50), a in 0..8u8, b in 0..8u8
        ) {
            let mut bytes = before;
            bytes.extend([8, b'_', b'S', b'5', b'_', 0x12, 8, 4, 0x0a, a, 0x0a, b, 0, 0]);
            bytes.extend(after);
            prop_assert_eq!(found(&bytes), Some((a, b)));
        }
    }
}
