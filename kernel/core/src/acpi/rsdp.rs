//! The Root System Description Pointer: the first thing to believe or not.
//!
//! Version 1 (SeaBIOS) is 20 bytes and points to an RSDT. From version 2
//! (UEFI) on it is 36 bytes with a second sum over all of them, and points to
//! an XSDT as well (ACPI 6.5, 5.2.5.3).

use core::fmt;

use super::{array, sum, u8_at, u32_at, u64_at};

/// Bytes of an ACPI 1.0 RSDP, which the first checksum covers.
pub const V1_LENGTH: usize = 20;
/// Bytes of an RSDP from ACPI 2.0 on; no later version has grown it.
pub const V2_LENGTH: usize = 36;

/// What a valid RSDP says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rsdp {
    /// 0 for ACPI 1.0, 2 for everything later.
    pub revision: u8,
    /// The maker's mark, six bytes, usually ASCII.
    pub oem_id: [u8; 6],
    /// Physical address of the RSDT, if there is one.
    pub rsdt: Option<u32>,
    /// Physical address of the XSDT, if there is one. To be preferred.
    pub xsdt: Option<u64>,
}

/// Why an RSDP was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsdpProblem {
    /// Fewer bytes than its version needs.
    TooShort,
    /// It does not start with `RSD PTR `.
    NoSignature,
    /// The first 20 bytes do not sum to zero; the sum.
    BadChecksum(u8),
    /// A version 2 RSDP whose length is not 36; the length.
    BadLength(u32),
    /// All 36 bytes do not sum to zero; the sum.
    BadExtendedChecksum(u8),
    /// Neither an RSDT nor an XSDT.
    NoRoot,
}

impl fmt::Display for RsdpProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("it is cut short"),
            Self::NoSignature => f.write_str("it does not start with \"RSD PTR \""),
            Self::BadChecksum(sum) => write!(f, "bad checksum (the bytes sum to {sum}, not 0)"),
            Self::BadLength(length) => write!(f, "its length is {length}, not 36"),
            Self::BadExtendedChecksum(sum) => {
                write!(f, "bad extended checksum (the bytes sum to {sum}, not 0)")
            }
            Self::NoRoot => f.write_str("it points to no table"),
        }
    }
}

/// Checks and reads an RSDP. `bytes` starts at it and should hold
/// [`V2_LENGTH`] bytes; [`V1_LENGTH`] are enough for version 1.
pub fn parse(bytes: &[u8]) -> Result<Rsdp, RsdpProblem> {
    let first = bytes.get(..V1_LENGTH).ok_or(RsdpProblem::TooShort)?;
    if !first.starts_with(b"RSD PTR ") {
        return Err(RsdpProblem::NoSignature);
    }
    match sum(first) {
        0 => {}
        wrong => return Err(RsdpProblem::BadChecksum(wrong)),
    }
    let revision = u8_at(first, 15).ok_or(RsdpProblem::TooShort)?;
    let oem_id = array(first, 9).ok_or(RsdpProblem::TooShort)?;
    let rsdt = u32_at(first, 16).filter(|address| *address != 0);
    let xsdt = if revision < 2 { None } else { xsdt(bytes)? };
    if rsdt.is_none() && xsdt.is_none() {
        return Err(RsdpProblem::NoRoot);
    }
    Ok(Rsdp { revision, oem_id, rsdt, xsdt })
}

/// The part that only version 2 has, under its own length and sum.
fn xsdt(bytes: &[u8]) -> Result<Option<u64>, RsdpProblem> {
    let whole = bytes.get(..V2_LENGTH).ok_or(RsdpProblem::TooShort)?;
    let length = u32_at(whole, 20).ok_or(RsdpProblem::TooShort)?;
    if usize::try_from(length) != Ok(V2_LENGTH) {
        return Err(RsdpProblem::BadLength(length));
    }
    match sum(whole) {
        0 => Ok(u64_at(whole, 24).filter(|address| *address != 0)),
        wrong => Err(RsdpProblem::BadExtendedChecksum(wrong)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::rsdp;
    use super::*;

    #[test]
    fn version_1_points_to_an_rsdt() {
        let parsed = parse(&rsdp(0, 0x7fe_1234, 0)[..V1_LENGTH]).unwrap();
        assert_eq!((parsed.revision, parsed.rsdt, parsed.xsdt), (0, Some(0x7fe_1234), None));
        assert_eq!(&parsed.oem_id, b"VALHAL");
    }

    #[test]
    fn version_2_points_to_both() {
        let parsed = parse(&rsdp(2, 0x1000, 0x1_2345_6789)).unwrap();
        assert_eq!((parsed.rsdt, parsed.xsdt), (Some(0x1000), Some(0x1_2345_6789)));
    }

    #[test]
    fn problems_are_named() {
        assert_eq!(parse(b"RSD PTR "), Err(RsdpProblem::TooShort));
        assert_eq!(parse(&[0; 36]), Err(RsdpProblem::NoSignature));
        assert_eq!(parse(&rsdp(0, 0, 0)), Err(RsdpProblem::NoRoot));
        assert_eq!(parse(&rsdp(2, 1, 1)[..20]), Err(RsdpProblem::TooShort));
        let mut long = rsdp(2, 1, 1);
        long[20] = 37;
        assert_eq!(parse(&long), Err(RsdpProblem::BadLength(37)));
        assert_eq!(RsdpProblem::BadLength(37).to_string(), "its length is 37, not 36");
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_value(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&bytes);
            let mut signed = b"RSD PTR ".to_vec();
            signed.extend(bytes);
            let _ = parse(&signed);
        }

        #[test]
        fn one_flipped_bit_is_seen(at in 0..36usize, bit in 0..8u32, root in 1..u32::MAX) {
            let mut bytes = rsdp(2, root, u64::from(root) << 8);
            bytes[at] ^= 1 << bit;
            prop_assert!(parse(&bytes).is_err());
        }
    }
}
