//! Which lines the log takes: `log=debug,acpi=trace,memory=off`.
//!
//! A level alone is for every module, `module=level` for one. The last word on
//! a module counts, and a text with any mistake in it is refused as a whole, so
//! that nobody takes half a filter for the one that they asked for.

use crate::log_ring::Level;

/// The least severe level that is taken; `None` takes nothing.
type Threshold = Option<Level>;

/// How many modules may have a level of their own.
pub const MOST_MODULES: usize = 8;

/// A filter, as the command line gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogFilter<'a> {
    every: Threshold,
    modules: [Option<(&'a str, Threshold)>; MOST_MODULES],
}

impl Default for LogFilter<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> LogFilter<'a> {
    /// The usual filter: [`Level::Info`] and worse.
    #[must_use]
    pub const fn new() -> Self {
        Self { every: Some(Level::Info), modules: [None; MOST_MODULES] }
    }

    /// Reads a filter. `None` when a level is unknown, a module has no name, or
    /// there are more than [`MOST_MODULES`].
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut filter = Self::new();
        for word in text.split(',') {
            match word.split_once('=') {
                None => filter.every = threshold(word)?,
                Some(("", _)) => return None,
                Some((module, level)) => filter.set(module, threshold(level)?)?,
            }
        }
        Some(filter)
    }

    /// Whether a line of `level` from `module` is taken.
    #[must_use]
    pub fn takes(&self, module: &str, level: Level) -> bool {
        let own = self.modules.iter().flatten().find(|(name, _)| *name == module);
        own.map_or(self.every, |(_, threshold)| *threshold).is_some_and(|least| level <= least)
    }

    /// The least severe level that any module's lines are taken at.
    #[must_use]
    pub fn widest(&self) -> Option<Level> {
        let own = self.modules.iter().flatten().map(|(_, threshold)| *threshold);
        own.fold(self.every, Ord::max)
    }

    fn set(&mut self, module: &'a str, threshold: Threshold) -> Option<()> {
        let known = |slot: &Option<(&str, _)>| slot.is_none_or(|(name, _)| name == module);
        *self.modules.iter_mut().find(|slot| known(slot))? = Some((module, threshold));
        Some(())
    }
}

fn threshold(name: &str) -> Option<Threshold> {
    if name == "off" { Some(None) } else { Level::from_name(name).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn levels_and_modules() {
        let filter = LogFilter::parse("debug,acpi=trace,memory=off").unwrap();
        assert!(filter.takes("acpi", Level::Trace) && filter.takes("boot", Level::Debug));
        assert!(!filter.takes("boot", Level::Trace) && !filter.takes("memory", Level::Error));
        assert_eq!(filter.widest(), Some(Level::Trace));
        let usual = LogFilter::new();
        assert!(usual.takes("boot", Level::Info) && !usual.takes("boot", Level::Debug));
        assert_eq!(LogFilter::parse("off").unwrap().widest(), None);
        // The last word counts, wherever the general one stands.
        let filter = LogFilter::parse("acpi=warn,acpi=error,trace").unwrap();
        assert!(!filter.takes("acpi", Level::Warn) && filter.takes("x", Level::Trace));
    }

    #[test]
    fn mistakes_refuse_the_whole() {
        for text in ["", "loud", "debug,", "=debug", "acpi=", "acpi=loud,debug", "Debug"] {
            assert_eq!(LogFilter::parse(text), None, "{text:?}");
        }
        let many: Vec<_> = (0..=MOST_MODULES).map(|number| format!("m{number}=info")).collect();
        assert!(LogFilter::parse(&many[1..].join(",")).is_some());
        assert_eq!(LogFilter::parse(&many.join(",")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>(), words in "[a-z=,]{0,40}") {
            for text in [&*text, &*words] {
                if let Some(filter) = LogFilter::parse(text) {
                    let takes = Level::ALL.map(|level| filter.takes("x", level));
                    prop_assert!(takes.is_sorted_by(|a, b| a >= b), "{takes:?}");
                }
            }
        }
    }
}
