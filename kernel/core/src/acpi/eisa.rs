//! EISA ids: three letters and four digits, packed into a number, as `_HID`
//! often gives them (ACPI 6.5, 6.1.5).

use core::fmt;

/// A packed id; shows as `PNP0A03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EisaId(pub u32);

impl fmt::Display for EisaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packed = self.0.swap_bytes();
        for shift in [26, 21, 16] {
            // Five bits a letter, 1 is A; what is no letter shows as such.
            let [letter, ..] = (packed >> shift & 0x1f).to_le_bytes();
            write!(f, "{}", char::from(letter.wrapping_add(b'@')))?;
        }
        write!(f, "{:04X}", packed & 0xffff)
    }
}

#[cfg(test)]
mod tests {
    use super::EisaId;

    #[test]
    fn ids_are_unpacked() {
        assert_eq!(EisaId(0x030a_d041).to_string(), "PNP0A03");
        assert_eq!(EisaId(0x0303_d041).to_string(), "PNP0303");
        assert_eq!(EisaId(u32::MAX).to_string(), "___FFFF");
    }
}
