//! Where the lines are: a ring in the image, and one that outlives the boot.

use crate::memory::kept;
use valhalla_core::log_ring::{Ending, Entry, Level, Line, Lines, MOST_TEXT, Moment, Past, Ring};
use valhalla_core::text::Text;

/// Room for the first lines, and for all where no memory is kept; a normal boot
/// writes about 1.5 KiB.
const EARLY_BYTES: usize = 8 * 1024;

/// Room for lines that are measured, and not kept.
const ASIDE_BYTES: usize = 1024;

/// What the lines of a report are under.
const REPORT: &str = "report";

/// The log of this boot, and of the one before.
pub(super) struct Book {
    early: Ring<[u8; EARLY_BYTES]>,
    kept: Option<Ring<&'static mut [u8]>>,
    /// Where lines go that are measured, while they are.
    aside: Ring<[u8; ASIDE_BYTES]>,
    is_aside: bool,
    last: Option<Past<'static>>,
    /// Where the report begins, by line number, once there is one.
    report_from: Option<u64>,
    /// The line of a report that is not complete, and what surrounds it.
    unfinished: Text<MOST_TEXT>,
    escape: Escape,
}

/// Where we are in a colour sequence (ECMA-48, 5.4), which the log does without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    Parameters,
}

impl Book {
    pub(super) const fn new() -> Self {
        Self {
            early: Ring::new([0; EARLY_BYTES], 0),
            kept: None,
            aside: Ring::new([0; ASIDE_BYTES], 0),
            is_aside: false,
            last: None,
            report_from: None,
            unfinished: Text::new(),
            escape: Escape::None,
        }
    }

    pub(super) fn push(&mut self, line: &Line<'_>) {
        match &mut self.kept {
            _ if self.is_aside => self.aside.push(line, kept::write_back),
            Some(ring) => ring.push(line, kept::write_back),
            None => self.early.push(line, |_| {}),
        }
    }

    /// From now on lines are pushed as ever, but not kept; or kept again.
    pub(super) const fn set_aside(&mut self, is_aside: bool) {
        self.is_aside = is_aside;
    }

    /// Goes on in `memory`, which may hold the log of the boot before; that one
    /// is returned. There are two halves: the older log is written over.
    pub(super) fn keep(&mut self, memory: &'static mut [u8]) -> Option<Past<'static>> {
        let (first, second) = memory.split_at_mut(memory.len() / 2);
        let generation = |half: &[u8]| Past::find(half).map(|past| past.generation());
        let (old, new) =
            if generation(first) >= generation(second) { (first, second) } else { (second, first) };
        let old: &'static [u8] = old;
        self.last = Past::find(old);
        let number = self.last.map_or(1, |last| last.generation().wrapping_add(1));
        let mut ring = Ring::new(new, number);
        ring.begin(kept::write_back);
        for entry in self.early.lines() {
            if let Entry::Line(_, line) = entry {
                ring.push(&line, kept::write_back);
            }
        }
        self.kept = Some(ring);
        self.last
    }

    /// The lines of this boot.
    pub(super) fn lines(&self) -> Lines<'_> {
        self.kept.as_ref().map_or_else(|| self.early.lines(), Ring::lines)
    }

    /// The log of the boot before.
    pub(super) const fn last(&self) -> Option<Past<'static>> {
        self.last
    }

    /// How many lines there were before the report, or are now.
    pub(super) fn before_report(&self) -> u64 {
        let appended = || self.kept.as_ref().map_or(self.early.appended(), Ring::appended);
        self.report_from.unwrap_or_else(appended)
    }

    pub(super) fn begin_report(&mut self) {
        self.is_aside = false;
        self.report_from = Some(self.before_report());
        if let Some(ring) = &mut self.kept {
            ring.set_ending(Ending::Report, kept::write_back);
        }
    }

    /// Takes a report as it is printed, and keeps its lines without colours.
    pub(super) fn record_report(&mut self, text: &str, time: Moment) {
        for c in text.chars() {
            self.escape = match (self.escape, c) {
                (Escape::None, '\n') => {
                    let text = core::mem::take(&mut self.unfinished);
                    let text = text.as_str();
                    if !text.is_empty() {
                        self.push(&Line { level: Level::Error, time, module: REPORT, text });
                    }
                    Escape::None
                }
                (_, '\x1b') => Escape::Begun,
                (Escape::None, c) => {
                    self.unfinished.push(c);
                    Escape::None
                }
                (Escape::Begun, '[') | (Escape::Parameters, '0'..='?') => Escape::Parameters,
                _ => Escape::None,
            };
        }
    }
}
