//! What the bytes on the wire mean: two scan code sets, and a controller that
//! may translate.
//!
//! ```text
//! keyboard      controller           bytes that arrive
//! set 2         translates           set 1: what every PC starts with
//! set 2         does not             set 2
//! set 1         does not             set 1
//! set 1         translates           set 1, taken for set 2: undone here
//! ```
//!
//! The controller's table maps set 2 to set 1 and knows nothing of what it gets.
//! It is one to one for all keys of set 1 but one: 0x41 is "1 pressed" and "2
//! released" at once, and which it was, shows whether 2 is down.
//!
//! IBM PS/2 Hardware Interface Technical Reference, "Keyboard", scan code sets.

use core::fmt;

/// What the keyboard itself sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScanSet {
    /// The PC's: a release is the press with bit 7.
    One,
    /// The AT's: a release is 0xF0 and the press.
    #[default]
    Two,
}

impl ScanSet {
    /// The byte that keyboard command 0xF0 takes.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// From the answer to command 0xF0 0x00, translated or not.
    #[must_use]
    pub const fn from_answer(answer: u8) -> Option<Self> {
        match answer {
            1 | 0x43 => Some(Self::One),
            2 | 0x41 => Some(Self::Two),
            _ => None,
        }
    }
}

/// Whether the controller translates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Translation {
    /// From set 2 to set 1, it thinks.
    #[default]
    On,
    /// Bytes come as they are.
    Off,
}

/// Both together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// What the keyboard sends.
    pub set: ScanSet,
    /// What the controller makes of it.
    pub translation: Translation,
}

impl Wire {
    /// What every PC starts with.
    pub const USUAL: Self = Self { set: ScanSet::Two, translation: Translation::On };

    /// The words that `scancodes=` takes, and what they mean.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("2-translated", Self { set: ScanSet::Two, translation: Translation::On }),
        ("2", Self { set: ScanSet::Two, translation: Translation::Off }),
        ("1", Self { set: ScanSet::One, translation: Translation::Off }),
        ("1-translated", Self { set: ScanSet::One, translation: Translation::On }),
    ];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, wire)| wire)
    }

    /// Its name among [`NAMES`](Self::NAMES).
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|(_, wire)| *wire == self).map_or("", |(name, _)| name)
    }

    /// The set in which the bytes arrive, once a needless translation is undone.
    pub(super) const fn arriving(self) -> ScanSet {
        match (self.set, self.translation) {
            (ScanSet::Two, Translation::Off) => ScanSet::Two,
            _ => ScanSet::One,
        }
    }

    /// Whether set 1 went through the translation.
    pub(super) const fn is_garbled(self) -> bool {
        matches!(self, Self { set: ScanSet::One, translation: Translation::On })
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "set {}, ", self.set.number())?;
        f.write_str(match (self.set, self.translation) {
            (ScanSet::Two, Translation::On) => "translated to set 1 by the controller",
            (_, Translation::Off) => "not translated",
            (ScanSet::One, Translation::On) => "translated by the controller, undone by the driver",
        })
    }
}

/// The controller's table from set 2 to set 1, for bytes below 0x80. From there
/// on a byte stays as it is, except 0x83 (F7, to 0x41) and 0x84 (to 0x54).
#[rustfmt::skip]
pub(super) const TRANSLATED: [u8; 128] = [
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
];

/// What the keyboard sent when `byte` came out of the translation.
/// `two_is_down` decides about 0x41: see above.
pub(super) fn untranslate(byte: u8, two_is_down: bool) -> u8 {
    match byte {
        0x41 if two_is_down => 0x83,
        // Set 1 has no key 0x7F, and releases the key 3 with 0x84.
        0x54 => 0x84,
        _ => {
            let found = TRANSLATED.iter().position(|translated| *translated == byte);
            found.map_or(byte, |at| u8::try_from(at).unwrap_or(byte))
        }
    }
}
