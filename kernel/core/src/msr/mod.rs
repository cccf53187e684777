//! Model-specific registers: their names, and what their bits mean.
//!
//! Names and bits are those of the SDM Vol. 4, chapter 2, and for the numbers
//! from 0xC0010000 on of the AMD64 Architecture Programmer's Manual Vol. 2,
//! appendix A. Not every processor has every one; none here is read for effect.

mod table;

use crate::bits::Field;
use core::fmt;

pub use table::TABLE;

/// A register, or several in a row that are built alike.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The number of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// From one to the next.
    pub step: u32,
    /// The manual's name; that of several has a `#` for their number.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Its bits.
    pub fields: &'static [Field],
}

/// A register with its description.
#[derive(Clone, Copy, Debug)]
pub struct Register {
    /// Its number.
    pub number: u32,
    group: &'static Group,
    index: u32,
}

impl Register {
    /// What it is for.
    #[must_use]
    pub const fn purpose(&self) -> &'static str {
        self.group.purpose
    }

    /// Its bits.
    #[must_use]
    pub const fn fields(&self) -> &'static [Field] {
        self.group.fields
    }
}

impl fmt::Display for Register {
    /// Its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = crate::text::Text::<32>::new();
        // A `Text` cuts what does not fit; it has no other error.
        let _ = match self.group.name.split_once('#') {
            Some((before, after)) => {
                fmt::Write::write_fmt(&mut text, format_args!("{before}{}{after}", self.index))
            }
            None => fmt::Write::write_str(&mut text, self.group.name),
        };
        f.pad(text.as_str())
    }
}

/// Every register that is described, by number within each group.
pub fn all() -> impl Iterator<Item = Register> {
    TABLE.iter().flat_map(|group| {
        (0..group.count).map(move |index| Register {
            number: group.first + index * group.step,
            group,
            index,
        })
    })
}

/// The description of the register `number`.
#[must_use]
pub fn describe(number: u32) -> Option<Register> {
    all().find(|register| register.number == number)
}

/// The register of this name, in any case, with or without `IA32_` or `MSR_`.
#[must_use]
pub fn find(name: &str) -> Option<Register> {
    all().find(|register| {
        let mut text = crate::text::Text::<32>::new();
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{register}"));
        let full = text.as_str();
        let short = full.strip_prefix("IA32_").or_else(|| full.strip_prefix("MSR_"));
        name.eq_ignore_ascii_case(full)
            || short.is_some_and(|short| name.eq_ignore_ascii_case(short))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_name_and_by_number() {
        for name in ["IA32_EFER", "efer", "Ia32_Efer"] {
            assert_eq!(find(name).map(|register| register.number), Some(0xc000_0080), "{name}");
        }
        let mask = find("mtrr_physmask2").unwrap();
        assert_eq!((mask.number, mask.to_string().as_str()), (0x205, "IA32_MTRR_PHYSMASK2"));
        assert_eq!(describe(0x1b).unwrap().to_string(), "IA32_APIC_BASE");
        assert!(describe(0x7fff_ffff).is_none() && find("").is_none() && find("IA32_").is_none());
    }

    #[test]
    fn the_table_is_well_formed() {
        let mut names: Vec<_> = all().map(|register| register.to_string()).collect();
        let mut numbers: Vec<_> = all().map(|register| register.number).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!((names.len(), numbers.len()), (count, count));
        for register in all() {
            assert!(register.to_string().len() <= 24, "{register}");
            let mut taken = 0;
            for field in register.fields() {
                assert!(field.low <= field.high && field.high < 64, "{register} {}", field.name);
                assert_eq!(taken & field.mask(), 0, "{register} {} overlaps", field.name);
                taken |= field.mask();
                assert!(field.name.len() <= 12, "{register} {}", field.name);
                let line = field.line(0).to_string();
                assert!(line.len() <= 75, "{register}: {line}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_name_gets_an_answer(name in any::<String>(), number: u32) {
            let _ = (find(&name), describe(number));
        }
    }
}
