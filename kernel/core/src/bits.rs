//! Registers in words: which bits mean what, and how that is printed.
//!
//! A register's description is data; the commands that show registers print
//! every field by the manual's name with its value.

use core::fmt;

/// A field of a register.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The manual's name.
    pub name: &'static str,
    /// Its lowest bit.
    pub low: u8,
    /// Its highest bit.
    pub high: u8,
    /// What its value means.
    pub meaning: Meaning,
}

/// What a field's value means.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// On or off; the words say what is on.
    Flag(&'static str),
    /// A number.
    Number(&'static str),
    /// A number that people read in hexadecimal.
    Hex(&'static str),
    /// An address or its upper part: shown in place, with zeros below.
    Address(&'static str),
    /// One of these names, by number; an empty one is reserved.
    Names(&'static [&'static str]),
}

/// A field that is one bit.
#[must_use]
pub const fn flag(bit: u8, name: &'static str, words: &'static str) -> Field {
    Field { name, low: bit, high: bit, meaning: Meaning::Flag(words) }
}

/// A field that is a number.
#[must_use]
pub const fn number(low: u8, high: u8, name: &'static str, words: &'static str) -> Field {
    Field { name, low, high, meaning: Meaning::Number(words) }
}

/// A field that is a hexadecimal number.
#[must_use]
pub const fn hex(low: u8, high: u8, name: &'static str, words: &'static str) -> Field {
    Field { name, low, high, meaning: Meaning::Hex(words) }
}

/// A field that is an address, or the upper part of one.
#[must_use]
pub const fn address(low: u8, high: u8, name: &'static str, words: &'static str) -> Field {
    Field { name, low, high, meaning: Meaning::Address(words) }
}

/// A field whose values have names.
#[must_use]
pub const fn names(low: u8, high: u8, name: &'static str, names: &'static [&'static str]) -> Field {
    Field { name, low, high, meaning: Meaning::Names(names) }
}

impl Field {
    /// The field's bits, in place.
    #[must_use]
    pub const fn mask(&self) -> u64 {
        let above = if self.high >= 63 { 0 } else { u64::MAX << (self.high + 1) };
        !above & (u64::MAX << (self.low & 63))
    }

    /// The field's value in `register`.
    #[must_use]
    pub const fn value(&self, register: u64) -> u64 {
        (register & self.mask()) >> (self.low & 63)
    }

    /// The field of `register` as one line: bits, name, value, words.
    #[must_use]
    pub const fn line(&self, register: u64) -> Line<'_> {
        Line { field: self, register }
    }
}

/// A field's value, printed as a line: `bits 12-51  BASE  0xfee00000  ...`.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    field: &'a Field,
    register: u64,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Field { name, low, high, meaning } = *self.field;
        if low == high {
            write!(f, "bit  {low:<5} {name:<12} ")?;
        } else {
            write!(f, "bits {low:>2}-{high:<2} {name:<12} ")?;
        }
        let value = self.field.value(self.register);
        match meaning {
            Meaning::Flag(words) | Meaning::Number(words) => write!(f, "{value}  {words}"),
            Meaning::Hex(words) => write!(f, "{value:#x}  {words}"),
            Meaning::Address(words) => {
                write!(f, "{:#x}  {words}", self.register & self.field.mask())
            }
            Meaning::Names(names) => {
                let found = usize::try_from(value).ok().and_then(|value| names.get(value));
                let name = found.copied().filter(|name| !name.is_empty());
                write!(f, "{value}  {}", name.unwrap_or("reserved"))
            }
        }
    }
}

/// Bits of `register` that are set and that no field names.
#[must_use]
pub fn unnamed(fields: &[Field], register: u64) -> u64 {
    fields.iter().fold(register, |rest, field| rest & !field.mask())
}

/// A register's fields in one line: flags that are set, numbers that are not
/// zero, the first word of names.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a>(pub &'a [Field], pub u64);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(fields, register) = *self;
        let shown = fields.iter().filter(|field| {
            field.value(register) != 0 || matches!(field.meaning, Meaning::Names(_))
        });
        shown.enumerate().try_for_each(|(number, field)| {
            let space = if number == 0 { "" } else { " " };
            let (name, value) = (field.name, field.value(register));
            match field.meaning {
                Meaning::Flag(_) => write!(f, "{space}{name}"),
                Meaning::Number(_) => write!(f, "{space}{name}={value}"),
                Meaning::Hex(_) => write!(f, "{space}{name}={value:#x}"),
                Meaning::Address(_) => write!(f, "{space}{name}={:#x}", register & field.mask()),
                Meaning::Names(names) => {
                    let known = usize::try_from(value).ok().and_then(|value| names.get(value));
                    match known.filter(|known| !known.is_empty()) {
                        Some(known) => {
                            let word = known.split(',').next().unwrap_or(known);
                            write!(f, "{space}{name}={word}")
                        }
                        None => write!(f, "{space}{name}={value}"),
                    }
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIELDS: [Field; 5] = [
        flag(8, "BSP", "this is the boot processor"),
        number(0, 3, "COUNT", "things"),
        address(12, 51, "BASE", "of registers"),
        names(4, 5, "TYPE", &["UC", "", "WC, combining"]),
        hex(52, 63, "TOP", "the rest"),
    ];

    #[test]
    fn lines() {
        let all: Vec<_> =
            FIELDS.iter().map(|field| field.line(0x0010_0000_fee0_0923).to_string()).collect();
        assert_eq!(
            all,
            [
                "bit  8     BSP          1  this is the boot processor",
                "bits  0-3  COUNT        3  things",
                "bits 12-51 BASE         0xfee00000  of registers",
                "bits  4-5  TYPE         2  WC, combining",
                "bits 52-63 TOP          0x1  the rest",
            ]
        );
        assert_eq!(FIELDS[3].line(0x10).to_string(), "bits  4-5  TYPE         1  reserved");
        let brief = Brief(&FIELDS, 0x0010_0000_fee0_0923).to_string();
        assert_eq!(brief, "BSP COUNT=3 BASE=0xfee00000 TYPE=WC TOP=0x1");
        assert_eq!(Brief(&FIELDS, 0).to_string(), "TYPE=UC");
        assert_eq!(unnamed(&FIELDS, 0xf00), 0xe00);
    }

    proptest! {
        #[test]
        fn any_value_prints(low in 0..64u8, more in 0..64u8, register: u64) {
            let high = (low + more).min(63);
            for meaning in [Meaning::Flag(""), Meaning::Hex(""), Meaning::Address(""), Meaning::Names(&["a"])] {
                let field = Field { name: "x", low, high, meaning };
                prop_assert_eq!(field.mask().count_ones(), u32::from(high - low) + 1);
                prop_assert!(!field.line(register).to_string().is_empty());
                let _ = Brief(&[field], register).to_string();
            }
        }
    }
}
