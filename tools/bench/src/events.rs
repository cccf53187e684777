//! What the counting plugin (tools/count) tells: where the guest came by, and
//! what it had done by then.

use std::ops::Sub;

/// A place in the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// The shim's entry point, of its ELF header.
    ShimEntry,
    /// The kernel's, likewise.
    KernelEntry,
    /// A function of the kernel, as `rustc_demangle` has it without the hash.
    Symbol(&'static str),
    /// HLT, wherever it is.
    Rest,
}

/// Where a span begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At this place.
    At(Anchor),
    /// At the HLT that an interrupt ended which leads to this place.
    WakeFor(Anchor),
}

impl Start {
    /// Returns the place that is looked for.
    pub(crate) fn anchor(self) -> Anchor {
        match self {
            Self::At(anchor) | Self::WakeFor(anchor) => anchor,
        }
    }
}

/// What a row counts: from its start to where the guest next comes by its stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Start,
    pub(crate) to: Anchor,
}

/// Sums since the machine was started, or differences of two of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) instructions: u64,
    pub(crate) kernel: u64,
    pub(crate) ports: u64,
    pub(crate) device: u64,
    pub(crate) video_read: u64,
    pub(crate) video_written: u64,
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            instructions: self.instructions - earlier.instructions,
            kernel: self.kernel - earlier.kernel,
            ports: self.ports - earlier.ports,
            device: self.device - earlier.device,
            video_read: self.video_read - earlier.video_read,
            video_written: self.video_written - earlier.video_written,
        }
    }
}

/// The guest came by a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) place: Anchor,
    pub(crate) by_then: Counts,
}

impl Event {
    /// Reads a line of the plugin's; `marks` are what it was told to mark.
    pub(crate) fn parse(line: &str, marks: &[Anchor]) -> Option<Self> {
        let (place, numbers) = match line.strip_prefix("mark ") {
            Some(rest) => {
                let (which, numbers) = rest.split_once(' ')?;
                (*marks.get(which.parse::<usize>().ok()?)?, numbers)
            }
            None => (Anchor::Rest, line.strip_prefix("rest ")?),
        };
        let numbers: Option<Vec<u64>> =
            numbers.split_whitespace().map(|number| number.parse().ok()).collect();
        let [instructions, kernel, ports, device, video_read, video_written] = *numbers?.as_slice()
        else {
            return None;
        };
        let by_then = Counts { instructions, kernel, ports, device, video_read, video_written };
        Some(Self { place, by_then })
    }
}

impl Span {
    /// Finds the first span whose start's place is the `first`th event or later.
    pub(crate) fn find(self, events: &[Event], first: usize) -> Option<Counts> {
        let is_at = |place: Anchor| move |event: &Event| event.place == place;
        let came = events.iter().skip(first).position(is_at(self.from.anchor()))? + first;
        let begin = match self.from {
            Start::At(_) => came,
            Start::WakeFor(_) => events[..came].iter().rposition(is_at(Anchor::Rest))?,
        };
        let end = events[came + 1..].iter().find(|event| event.place == self.to)?;
        Some(end.by_then - events[begin].by_then)
    }
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Counts, Event, Span, Start};

    const KEY: Anchor = Anchor::Symbol("key");
    const DRAWN: Anchor = Anchor::Symbol("drawn");

    fn events() -> Vec<Event> {
        let text = "rest 10 9 2 0 3 4\nmark 0 15 9 2 0 3 4\nmark 1 17 9 2 0 3 4\nat 0x10 3\n\
                    rest 20 9 4 0 3 4\nrest 30 9 4 0 3 4\nmark 0 36 9 4 0 3 4\nrest 50 9 4 0 3 4\nmark 0 60 9";
        text.lines().filter_map(|line| Event::parse(line, &[KEY, DRAWN])).collect()
    }

    #[test]
    fn the_plugins_lines_are_read() {
        assert_eq!(events().len(), 7);
        let first = Counts {
            instructions: 10,
            kernel: 9,
            ports: 2,
            device: 0,
            video_read: 3,
            video_written: 4,
        };
        assert_eq!(events()[0], Event { place: Anchor::Rest, by_then: first });
        for line in ["at 0x10 3", "rest 1 2 3", "rest a b c d e f", "mark 2 1 2 3 4 5 6", "mark 1"]
        {
            assert_eq!(Event::parse(line, &[KEY, DRAWN]), None, "{line}");
        }
    }

    #[test]
    fn a_span_is_from_the_wake_to_the_next_stop() {
        let instructions = |from, to, first| {
            Span { from, to }.find(&events(), first).map(|counts| counts.instructions)
        };
        assert_eq!(instructions(Start::WakeFor(KEY), Anchor::Rest, 0), Some(10));
        assert_eq!(instructions(Start::At(KEY), Anchor::Rest, 0), Some(5));
        assert_eq!(instructions(Start::WakeFor(KEY), DRAWN, 0), Some(7));
        assert_eq!(instructions(Start::WakeFor(KEY), Anchor::Rest, 2), Some(20));
        assert_eq!(instructions(Start::WakeFor(KEY), DRAWN, 2), None);
        assert_eq!(instructions(Start::WakeFor(KEY), Anchor::Rest, 7), None);
    }
}
