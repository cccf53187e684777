//! The error status register of the local APIC (11.5.3).

use core::fmt;

/// Its bits, lowest first.
pub const ERRORS: [&str; 8] = [
    "send checksum error",
    "receive checksum error",
    "send accept error",
    "receive accept error",
    "redirectable IPI",
    "send illegal vector",
    "received illegal vector",
    "illegal register address",
];

/// What the register said; shows as the names of its bits, or as `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorStatus(pub u8);

impl ErrorStatus {
    /// The names of the errors.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        ERRORS
            .into_iter()
            .enumerate()
            .filter(move |(bit, _)| self.0 >> bit & 1 == 1)
            .map(|(_, n)| n)
    }
}

impl fmt::Display for ErrorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("none");
        }
        self.names().enumerate().try_for_each(|(n, name)| {
            f.write_str(if n == 0 { "" } else { ", " })?;
            f.write_str(name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_have_names() {
        assert_eq!(ErrorStatus(0).to_string(), "none");
        assert_eq!(
            ErrorStatus(0b1010_0000).to_string(),
            "send illegal vector, illegal register address"
        );
    }
}
