//! Goals and peers: what a row should reach, and what others take for it.
//!
//! The peers were measured side by side on one machine, with QEMU 7.2 under
//! `-icount shift=0`: xv6-public (rev 11), blog_os (post 12), MOROS 0.11.0,
//! Linux 6.1 (Debian 12), talc 4.4. The peer of a row is the best that does the
//! same job. Rows that are not here are shown without a goal.

use crate::figures::{Door, Figures};
use crate::image;
use crate::outside::{IDLE, KEY_PRESS};
use crate::video::{
    LINE_READ, LINE_WRITTEN, REPAINT_READ, REPAINT_WRITTEN, SCROLLED_READ, SCROLLED_WRITTEN,
};

/// The most that a row may show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// So much.
    Most(f64),
    /// So many times the same row's figure on VGA text with 128 MiB.
    TimesVgaText(f64),
}

/// What is known about a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) door: Door,
    pub(crate) name: &'static str,
    pub(crate) goal: Goal,
    /// The best of the peers, and who it is.
    pub(crate) peer: Option<(f64, &'static str)>,
}

const fn row(door: Door, name: &'static str, most: f64) -> Row {
    Row { door, name, goal: Goal::Most(most), peer: None }
}

const fn beside(mut row: Row, figure: f64, who: &'static str) -> Row {
    row.peer = Some((figure, who));
    row
}

use Door::{FourGiB, Framebuffer, Image, SixtyFourGiB, VgaText};

/// Every row with a goal.
pub(crate) const ROWS: &[Row] = &[
    beside(row(VgaText, "boot: kernel to prompt", 500_000.0), 72_060_000.0, "xv6"),
    Row {
        door: FourGiB,
        name: "boot: kernel to prompt",
        goal: Goal::TimesVgaText(1.5),
        peer: None,
    },
    Row {
        door: SixtyFourGiB,
        name: "boot: kernel to prompt",
        goal: Goal::TimesVgaText(1.5),
        peer: None,
    },
    beside(row(Framebuffer, "boot: kernel to prompt", 2_000_000.0), 72_060_000.0, "xv6"),
    row(Framebuffer, SHARE, 5.0),
    beside(row(VgaText, IDLE, 60.0), 89.0, "MOROS"),
    beside(row(VgaText, KEY_PRESS, 400.0), 767.0, "blog_os"),
    row(Framebuffer, KEY_PRESS, 700.0),
    beside(row(VgaText, "key: release", 200.0), 200.0, "MOROS"),
    beside(
        row(VgaText, "scroll: an empty line at the prompt, accesses", 510.0),
        7_840.0,
        "blog_os",
    ),
    row(VgaText, "scroll: an empty line at the prompt, bytes read", 0.0),
    // Two bytes a cell; all pixels of 60 cells.
    row(VgaText, LINE_WRITTEN, 120.0),
    row(VgaText, LINE_READ, 0.0),
    row(Framebuffer, LINE_WRITTEN, 30_720.0),
    row(Framebuffer, LINE_READ, 0.0),
    // A row of new cells, and the prompt on it.
    row(VgaText, SCROLLED_WRITTEN, 200.0),
    row(VgaText, SCROLLED_READ, 0.0),
    row(Framebuffer, SCROLLED_WRITTEN, 1_500_000.0),
    row(Framebuffer, SCROLLED_READ, 0.0),
    // As for a line: every cell, every pixel.
    row(VgaText, REPAINT_WRITTEN, 4_000.0),
    row(VgaText, REPAINT_READ, 0.0),
    row(Framebuffer, REPAINT_WRITTEN, 4_096_000.0),
    row(Framebuffer, REPAINT_READ, 0.0),
    beside(row(VgaText, "console: scroll one line", 600.0), 8_715.0, "blog_os"),
    beside(row(Framebuffer, "console: 60-column line, scrolled", 800_000.0), 2_640_000.0, "naive"),
    beside(
        row(Framebuffer, "console: each line of a 1,000-line burst", 132_000.0),
        8_715.0,
        "blog_os",
    ),
    beside(row(VgaText, "page: map, tables there", 120.0), 230.0, "x86_64 crate"),
    beside(row(VgaText, "page: unmap and invalidate", 80.0), 113.0, "x86_64 crate"),
    row(VgaText, "page: map a range, each page", 12.0),
    beside(row(VgaText, "frame: allocate, locked", 40.0), 16.0, "xv6, no lock"),
    beside(row(VgaText, "frame: free, locked", 40.0), 49.0, "xv6, no lock"),
    row(VgaText, "frame: allocate, after 10,000", 40.0),
    row(VgaText, "frame: free, after 10,000", 40.0),
    row(FourGiB, "frame: allocate, after 10,000", 40.0),
    row(FourGiB, "frame: free, after 10,000", 40.0),
    beside(row(VgaText, "heap: allocate + free, 64 bytes", 200.0), 282.0, "talc 4"),
    beside(row(Image, image::WITHOUT_SYMBOLS, 262_144.0), 47_000.0, "xv6"),
    row(Image, image::WITH_SYMBOLS, 524_288.0),
    beside(row(VgaText, "memory: used at the prompt, KiB", 4096.0), 17_000.0, "MOROS"),
];

/// Our share of the time from power-on to the prompt, of two rows.
pub(crate) const SHARE: &str = "boot: our share of power-on to prompt, %";

/// Adds the rows that follow from others.
pub(crate) fn derive(figures: &mut Figures) {
    let before = figures.get(Framebuffer, "boot: power-on to kernel (not ours)");
    let ours = figures.get(Framebuffer, "boot: kernel to prompt");
    if let (Some(before), Some(ours)) = (before, ours) {
        let share = (1000.0 * ours / (before + ours)).round() / 10.0;
        figures.push(Framebuffer, SHARE, share);
    }
}

impl Goal {
    /// The limit in figures, if it can be known.
    pub(crate) fn limit(self, name: &str, figures: &Figures) -> Option<f64> {
        match self {
            Self::Most(most) => Some(most),
            Self::TimesVgaText(times) => {
                figures.get(Door::VgaText, name).map(|figure| (times * figure).floor())
            }
        }
    }
}
