//! Conversions between integers, strings and buffers (ACPI 6.5, 19.3.5).
//!
//! The values are ACPICA's where the text of the standard leaves room.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Width of integers, by the revision of the DSDT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntegerWidth {
    /// Revision 0 or 1.
    Bits32,
    /// Revision 2 and later.
    Bits64,
}

impl IntegerWidth {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }

    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::Bits32 => 32,
            Self::Bits64 => 64,
        }
    }

    /// Cuts a number to the width.
    pub(crate) fn cut(self, number: u64) -> u64 {
        match self {
            Self::Bits32 => number & 0xFFFF_FFFF,
            Self::Bits64 => number,
        }
    }

    /// The number's bytes, little-endian.
    pub(crate) fn to_bytes(self, number: u64) -> Vec<u8> {
        number.to_le_bytes().into_iter().take(self.bytes()).collect()
    }

    /// A buffer's number: its first bytes, little-endian. An empty one has none.
    pub(crate) fn number_of(self, bytes: &[u8]) -> Option<u64> {
        let first = bytes.get(..bytes.len().min(self.bytes())).unwrap_or_default();
        let number = first.iter().rev().fold(0, |number, &byte| (number << 8) | u64::from(byte));
        (!bytes.is_empty()).then_some(number)
    }

    /// Hexadecimal digits, all of the width.
    pub(crate) fn to_hex(self, number: u64) -> String {
        match self {
            Self::Bits32 => format!("{number:08X}"),
            Self::Bits64 => format!("{number:016X}"),
        }
    }
}

/// A string's number in an implicit conversion: hexadecimal, up to the first
/// byte that is no digit.
pub(crate) fn implicit_number(text: &[u8], width: IntegerWidth) -> u64 {
    let text = trim_start(text);
    hexadecimal(strip_hex_prefix(text).unwrap_or(text), width)
}

/// A string's number by `ToInteger`: decimal, or hexadecimal behind `0x`.
pub(crate) fn explicit_number(text: &[u8], width: IntegerWidth) -> u64 {
    let text = trim_start(text);
    match strip_hex_prefix(text) {
        Some(digits) => hexadecimal(digits, width),
        None => decimal(text, width),
    }
}

/// Text without the white space of C in front, which has the vertical tab.
fn trim_start(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0B;
    let blank = text.iter().take_while(|byte| is_space(byte)).count();
    text.get(blank..).unwrap_or_default()
}

fn strip_hex_prefix(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))
}

/// Digits that do not fit any more end the number.
fn hexadecimal(digits: &[u8], width: IntegerWidth) -> u64 {
    digits
        .iter()
        .map_while(|&digit| char::from(digit).to_digit(16))
        .try_fold(0_u64, |number, digit| {
            let next = (u128::from(number) << 4) | u128::from(digit);
            u64::try_from(next).ok().filter(|&next| width.cut(next) == next).ok_or(number)
        })
        .unwrap_or_else(|number| number)
}

fn decimal(digits: &[u8], width: IntegerWidth) -> u64 {
    digits
        .iter()
        .map_while(|&digit| char::from(digit).to_digit(10))
        .try_fold(0_u64, |number, digit| {
            let next = number.checked_mul(10).and_then(|ten| ten.checked_add(u64::from(digit)));
            next.filter(|&next| width.cut(next) == next).ok_or(number)
        })
        .unwrap_or_else(|number| number)
}

/// A buffer's string in an implicit conversion, with blanks between the bytes,
/// and by `ToHexString`, with commas.
pub(crate) fn hex_bytes(bytes: &[u8], separator: char) -> String {
    join(bytes, separator, |byte| format!("0x{byte:02X}"))
}

/// A buffer's string by `ToDecimalString`.
pub(crate) fn decimal_bytes(bytes: &[u8]) -> String {
    join(bytes, ',', |byte| format!("{byte}"))
}

fn join(bytes: &[u8], separator: char, write: impl Fn(u8) -> String) -> String {
    let mut text = String::new();
    for (position, &byte) in bytes.iter().enumerate() {
        if position > 0 {
            text.push(separator);
        }
        text.push_str(&write(byte));
    }
    text
}

/// Binary-coded decimal to a number.
pub(crate) fn from_bcd(bcd: u64, width: IntegerWidth) -> Option<u64> {
    let digits = width.bits().checked_div(4)?;
    (0..digits).rev().try_fold(0_u64, |number, position| {
        let digit = (bcd >> position.checked_mul(4)?) & 0xF;
        (digit <= 9).then_some(())?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A number to binary-coded decimal; nothing if its digits do not fit.
pub(crate) fn to_bcd(number: u64, width: IntegerWidth) -> Option<u64> {
    let mut bcd = 0_u64;
    let mut rest = number;
    let mut shift = 0_u32;
    while rest > 0 {
        (shift < width.bits()).then_some(())?;
        bcd |= rest.checked_rem(10)?.checked_shl(shift)?;
        rest = rest.checked_div(10)?;
        shift = shift.checked_add(4)?;
    }
    Some(bcd)
}

#[cfg(test)]
mod tests {
    use super::IntegerWidth::{Bits32, Bits64};
    use super::*;

    #[test]
    fn strings_become_numbers() {
        assert_eq!(implicit_number(b"1F", Bits64), 0x1F);
        assert_eq!(implicit_number(b"0x1F", Bits64), 0x1F);
        assert_eq!(implicit_number(b"  1FG", Bits64), 0x1F);
        assert_eq!(implicit_number(b"", Bits64), 0);
        assert_eq!(explicit_number(b"19", Bits64), 19);
        assert_eq!(explicit_number(b"0x19", Bits64), 0x19);
        assert_eq!(explicit_number(b"x", Bits64), 0);
    }

    #[test]
    fn buffers_become_numbers_by_their_first_bytes() {
        assert_eq!(Bits64.number_of(&[1, 2, 3]), Some(0x03_02_01));
        assert_eq!(Bits32.number_of(&[1, 2, 3, 4, 5]), Some(0x0403_0201));
        assert_eq!(Bits64.number_of(&[]), None);
    }

    #[test]
    fn decimal_is_coded_in_four_bits_a_digit() {
        assert_eq!(to_bcd(1234, Bits64), Some(0x1234));
        assert_eq!(from_bcd(0x1234, Bits64), Some(1234));
        assert_eq!(from_bcd(0x1A, Bits64), None);
        assert_eq!(to_bcd(123_456_789, Bits32), None);
    }
}
