//! The rows: where each begins and stops, its goal, its best peer, and whether
//! the gate holds it.
//!
//! Rows are what a person gets, not what a function costs; rows of functions have
//! no goal. The peers were measured side by side on one machine, with QEMU 7.2
//! under `-icount shift=0`: xv6-public (rev 11), blog_os (post 12), MOROS 0.11.0.
//! The peer of a row is the best that does the same job. A row that is not here is
//! shown all the same.

use crate::events::Anchor::{KernelEntry, Rest, ShimEntry, Symbol};
use crate::events::{Anchor, Span, Start};
use crate::figures::{Door, Figures};
use Door::{Framebuffer, Image, Large, SixtyFourGiB, VgaText};
use Gate::{Held, Reported};
use Start::{At, WakeFor};

/// Called once for each interrupt of the keyboard.
pub(crate) const KEYBOARD: Anchor = Symbol("valhalla_machine::drivers::ps2::on_interrupt");
/// Called once for each interrupt of a serial line.
pub(crate) const SERIAL: Anchor =
    Symbol("valhalla_machine::drivers::serial::receive::on_interrupt");

/// The most that a row may show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// So much.
    Most(f64),
    /// The same, once the work is done in ring 3; today it is in ring 0.
    MostInRing3(f64),
    /// So many times the same row's figure on VGA text with 128 MiB.
    TimesVgaText(f64),
}

/// What a count that left its baseline is to the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// An error: the code is at rest.
    Held,
    /// A line: the code is being changed.
    Reported,
}

/// Who measures a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The plugin, in a boot with a person's command line.
    Boot,
    /// The plugin, while keys are pressed.
    Outside,
    /// The kernel, under `test=bench`.
    Inside,
    /// The file's size.
    File,
}

/// What is known about a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) door: Door,
    pub(crate) name: &'static str,
    pub(crate) by: By,
    /// What is counted, for the rows of the plugin.
    pub(crate) span: Option<Span>,
    pub(crate) gate: Gate,
    pub(crate) goal: Option<Goal>,
    /// The best of the peers, and who it is.
    pub(crate) peer: Option<(f64, &'static str)>,
}

pub(crate) const BOOT: &str = "boot: kernel entry to prompt and idle";
pub(crate) const SHIM: &str = "boot: the shim";
pub(crate) const IDLE: &str = "idle: wake-ups in a second";
pub(crate) const KEY: &str = "key: press to echo and idle, mean of 36";
pub(crate) const FIRST_KEY: &str = "key: first press, mean of 36";
pub(crate) const RELEASE: &str = "key: release, mean of 36";
pub(crate) const BACKSPACE: &str = "key: backspace, mean of 36";
pub(crate) const SERIAL_KEY: &str = "key: on the serial line, mean of 36";
pub(crate) const ENTER: &str = "enter: an empty line, full screen, to idle";
pub(crate) const ENTER_ACCESSES: &str = "enter: the same, device accesses";
pub(crate) const HELP: &str = "help: full screen, to idle";
pub(crate) const LSPCI: &str = "lspci: one bus, 6 functions, to idle";
pub(crate) const LSPCI_PORTS: &str = "lspci: the same, port accesses";
pub(crate) const MEMORY: &str = "memory: used at the prompt, KiB";
/// Without the table that reports name functions by.
pub(crate) const RING_0_SIZE: &str = "size: ring 0 without symbols, bytes";
pub(crate) const FILE_SIZE: &str = "size: the file that is shipped, bytes";

/// Every row that has a goal, or that the gate knows.
#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    boot(VgaText, Reported).in_ring_3(2_000_000.0).beside(72_060_000.0, "xv6"),
    boot(Framebuffer, Reported).in_ring_3(3_200_000.0).beside(72_060_000.0, "xv6"),
    boot(Large, Reported).in_ring_3(5_000_000.0).beside(72_060_000.0, "xv6"),
    boot(SixtyFourGiB, Reported).times_vga_text(1.3),
    row(VgaText, SHIM, By::Boot, Held).span(At(ShimEntry), KernelEntry).most(400_000.0),
    row(VgaText, IDLE, By::Outside, Reported).most(0.0),
    key(VgaText, KEY, Held).in_ring_3(1_700.0).beside(767.0, "blog_os"),
    key(Framebuffer, KEY, Reported).in_ring_3(2_200.0),
    key(VgaText, FIRST_KEY, Held).in_ring_3(1_700.0).beside(767.0, "blog_os"),
    key(Framebuffer, FIRST_KEY, Reported).in_ring_3(2_200.0),
    row(VgaText, SERIAL_KEY, By::Outside, Reported).span(WakeFor(SERIAL), Rest).in_ring_3(1_600.0),
    key(VgaText, BACKSPACE, Held).in_ring_3(1_700.0),
    key(VgaText, RELEASE, Held).beside(200.0, "MOROS"),
    key(VgaText, ENTER, Held).in_ring_3(4_000.0).beside(8_715.0, "blog_os, line alone"),
    key(VgaText, ENTER_ACCESSES, Reported).beside(7_840.0, "blog_os"),
    key(VgaText, HELP, Reported).in_ring_3(150_000.0),
    key(Framebuffer, HELP, Reported).in_ring_3(1_000_000.0),
    row(VgaText, BURST, By::Inside, Held).in_ring_3(2_000.0).beside(8_715.0, "blog_os"),
    row(Framebuffer, BURST, By::Inside, Reported).in_ring_3(2_000.0).beside(8_715.0, "blog_os"),
    key(VgaText, LSPCI, Reported).in_ring_3(200_000.0),
    key(VgaText, LSPCI_PORTS, Reported).in_ring_3(600.0),
    row(VgaText, MEMORY, By::Outside, Reported).in_ring_3(6_144.0).beside(17_000.0, "MOROS"),
    row(Image, RING_0_SIZE, By::File, Reported).in_ring_3(409_600.0).beside(47_000.0, "xv6"),
    row(Image, FILE_SIZE, By::File, Reported).in_ring_3(2_621_440.0).beside(47_000.0, "xv6"),
    // Functions: no goals, because one would ask for a second way through the code.
    row(VgaText, "lock: take and release, interrupts off", By::Inside, Held),
    row(VgaText, "page: map, tables there", By::Inside, Held).beside(230.0, "x86_64 crate"),
    row(VgaText, "page: unmap and invalidate", By::Inside, Held).beside(113.0, "x86_64 crate"),
    row(VgaText, "interrupt: timer, IRQ 0 there and back", By::Inside, Held),
    row(VgaText, "frame: allocate, locked", By::Inside, Held).beside(16.0, "xv6, no lock"),
    row(VgaText, "frame: free, locked", By::Inside, Held).beside(49.0, "xv6, no lock"),
    row(VgaText, "heap: kernel-like trace, each operation", By::Inside, Held),
    row(VgaText, "console: one character echoed", By::Inside, Held),
    row(Framebuffer, "console: one character echoed", By::Inside, Reported),
    row(VgaText, "console: 60-column line, scrolled", By::Inside, Held),
    row(Framebuffer, "console: 60-column line, scrolled", By::Inside, Reported),
];

/// The kernel's own row of this name.
const BURST: &str = "console: a line of a 10,000-line burst";

const fn row(door: Door, name: &'static str, by: By, gate: Gate) -> Row {
    Row { door, name, by, span: None, gate, goal: None, peer: None }
}

/// From the kernel's entry until it rests, its prompt on the screen.
const fn boot(door: Door, gate: Gate) -> Row {
    row(door, BOOT, By::Boot, gate).span(At(KernelEntry), Rest)
}

/// From the HLT that a key's interrupt ends to the next.
const fn key(door: Door, name: &'static str, gate: Gate) -> Row {
    row(door, name, By::Outside, gate).span(WakeFor(KEYBOARD), Rest)
}

impl Row {
    const fn span(mut self, from: Start, to: Anchor) -> Self {
        self.span = Some(Span { from, to });
        self
    }

    const fn most(mut self, most: f64) -> Self {
        self.goal = Some(Goal::Most(most));
        self
    }

    const fn in_ring_3(mut self, most: f64) -> Self {
        self.goal = Some(Goal::MostInRing3(most));
        self
    }

    const fn times_vga_text(mut self, times: f64) -> Self {
        self.goal = Some(Goal::TimesVgaText(times));
        self
    }

    const fn beside(mut self, figure: f64, who: &'static str) -> Self {
        self.peer = Some((figure, who));
        self
    }

    /// Returns whether a figure is of this row.
    pub(crate) fn is(&self, door: Door, name: &str) -> bool {
        self.door == door && self.name == name
    }
}

impl Goal {
    /// The limit in figures, if it can be known.
    pub(crate) fn limit(self, name: &str, figures: &Figures) -> Option<f64> {
        match self {
            Self::Most(most) | Self::MostInRing3(most) => Some(most),
            Self::TimesVgaText(times) => {
                figures.get(Door::VgaText, name).map(|figure| (times * figure).floor())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{By, ROWS};

    #[test]
    fn each_row_stands_once_and_says_where_it_begins() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(!ROWS[..index].iter().any(|other| other.is(row.door, row.name)), "{row:?}");
            let counts_steps = matches!(row.by, By::Boot | By::Outside);
            // Neither idling nor memory is a stretch of code.
            let is_other = row.name.starts_with("idle:") || row.name.starts_with("memory:");
            assert_eq!(row.span.is_some(), counts_steps && !is_other, "{row:?}");
        }
    }
}
