//! Numbers as people type them: `4096`, `0x1000`, `0xffff_8000_0000_0000`.

use core::fmt;

/// Why a word is not a number that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Nothing was given.
    Empty,
    /// Something other than digits, or no digit at all.
    NotANumber,
    /// More than 64 bits.
    TooLarge,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a number is missing",
            Self::NotANumber => "not a number (write 4096, 0x1000 or 0xffff_8000)",
            Self::TooLarge => "the number is too large (64 bits are the limit)",
        })
    }
}

/// Reads a decimal number, or a hexadecimal one after `0x`; `_` may stand
/// between digits.
///
/// # Errors
/// [`NumberError`]; a sign or a space is no part of a number.
pub fn parse(text: &str) -> Result<u64, NumberError> {
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |digits| (digits, 16));
    if digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') {
        return Err(NumberError::NotANumber);
    }
    let mut value = Some(0u64);
    for ch in digits.chars().filter(|&ch| ch != '_') {
        let digit = ch.to_digit(radix).ok_or(NumberError::NotANumber)?;
        // On to the end even when it is too large: `99999999999999999999x` is
        // not a number first.
        value = value
            .and_then(|value| value.checked_mul(radix.into()))
            .and_then(|value| value.checked_add(digit.into()));
    }
    value.ok_or(NumberError::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(parse("0"), Ok(0));
        assert_eq!(parse("007"), Ok(7));
        assert_eq!(parse("1_000_000"), Ok(1_000_000));
        assert_eq!(parse("0xFFFF_8000_0000_0000"), Ok(0xffff_8000_0000_0000));
        assert_eq!(parse("0XfF"), Ok(255));
        assert_eq!(parse("18446744073709551615"), Ok(u64::MAX));
    }

    #[test]
    fn others() {
        assert_eq!(parse(""), Err(NumberError::Empty));
        for text in ["x", "0x", "-1", "+1", " 1", "1 ", "_", "1_", "0x_1", "12ab", "0x12g", "٣"] {
            assert_eq!(parse(text), Err(NumberError::NotANumber), "{text:?}");
        }
        assert_eq!(parse("18446744073709551616"), Err(NumberError::TooLarge));
        assert_eq!(parse("0x1_0000_0000_0000_0000"), Err(NumberError::TooLarge));
        assert_eq!(parse("99999999999999999999x"), Err(NumberError::NotANumber));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(n: u64) {
            prop_assert_eq!(parse(&n.to_string()), Ok(n));
            prop_assert_eq!(parse(&format!("{n:#x}")), Ok(n));
        }

        #[test]
        fn any_text_gets_an_answer(text in any::<String>(), digits in "0?x?[0-9a-f_]{0,30}") {
            let _ = (parse(&text), parse(&digits));
        }
    }
}
