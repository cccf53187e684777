//! Figures: what was measured, on which machine.

use std::fmt;

/// A machine that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    /// The shim by PVH, VGA text, 128 MiB.
    VgaText,
    /// The same with 64 GiB, on a processor without pages of 1 GiB.
    SixtyFourGiB,
    /// GRUB's image as a disk, framebuffer, 128 MiB.
    Framebuffer,
    /// The same with four times the pixels.
    Large,
    /// The kernel's file.
    Image,
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::VgaText => "VGA text",
            Self::SixtyFourGiB => "64 GiB",
            Self::Framebuffer => "framebuffer",
            Self::Large => "2560x1600",
            Self::Image => "image",
        })
    }
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) door: Door,
    pub(crate) name: String,
    /// In what the name says, instructions where it says nothing.
    pub(crate) value: f64,
}

/// All of them, in the order in which they were measured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures(pub(crate) Vec<Figure>);

impl Figures {
    /// Adds one.
    pub(crate) fn push(&mut self, door: Door, name: &str, value: f64) {
        self.0.push(Figure { door, name: name.to_owned(), value });
    }

    /// Whether a figure says more than the same row on VGA text does: it is
    /// more than 2 % off.
    pub(crate) fn is_its_own(&self, door: Door, name: &str, value: f64) -> bool {
        let usual = self.get(Door::VgaText, name);
        door == Door::VgaText || usual.is_none_or(|usual| (value - usual).abs() > usual * 0.02)
    }

    /// The figure of this row on this machine.
    pub(crate) fn get(&self, door: Door, name: &str) -> Option<f64> {
        self.0.iter().find(|figure| figure.door == door && figure.name == name).map(|f| f.value)
    }
}

/// A figure as it is shown: tenths only where they say something.
pub(crate) struct Shown(pub(crate) f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::from(self.0 < 100.0 && self.0.fract() != 0.0);
        f.pad_integral(true, "", &format!("{:.decimals$}", self.0))
    }
}
