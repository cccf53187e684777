//! The gate: counts that repeat exactly must stay at their baseline.
//!
//! The baseline is committed. A count that is more than 2 % above it is a
//! regression, one more than 2 % below an improvement: both are red, because
//! an improvement is to be kept on purpose (`make bench-baseline`). Counts
//! depend on compiler and emulator, so with others than those that the baseline
//! names they are reported and fail nothing.

use crate::Bench;
use crate::figures::{Door, Figures, Shown};
use crate::table::{qemu_version, rust_version};
use harness::{Failure, Outcome};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

/// How far a count may be off: 2 %.
const BAND: f64 = 0.02;
/// Below this many instructions a count may be off by one: a difference in
/// alignment moves the NOPs that the compiler puts in.
const BY_ONE_BELOW: f64 = 50.0;

/// The rows that are gated, on all machines that have them.
const GATED: [&str; 14] = [
    "boot: kernel to prompt",
    "interrupt: timer, IRQ 0 there and back",
    "lock: take and release, interrupts off",
    "frame: allocate, locked",
    "frame: free, locked",
    "page: map, tables there",
    "page: unmap and invalidate",
    "heap: allocate + free, 64 bytes",
    "heap: kernel-like trace, each operation",
    "console: one character echoed",
    "console: scroll one line",
    "console: 60-column line, scrolled",
    crate::image::WITHOUT_SYMBOLS,
    crate::image::WITH_SYMBOLS,
];

/// A row that left its band.
#[derive(Debug, Clone, PartialEq)]
struct Off {
    what: String,
    was: f64,
    is: Option<f64>,
}

impl Bench {
    /// Measures and compares.
    pub(crate) fn gate(&self, baseline: &Path) -> Outcome<ExitCode> {
        let text = std::fs::read_to_string(baseline)
            .map_err(|error| Failure::from(error).during(baseline.display()))?;
        let figures = self.measure_gated()?;
        let off = compare(&text, &figures)?;
        for Off { what, was, is } in &off {
            match is {
                Some(is) => {
                    let change = 100.0 * (is - was) / was;
                    let word = if is > was { "REGRESSION" } else { "improvement" };
                    println!(
                        "gate: {word}: {what}: {} -> {} ({change:+.1} %)",
                        Shown(*was),
                        Shown(*is)
                    );
                }
                None => println!("gate: MISSING: {what}: was {}", Shown(*was)),
            }
        }
        let rows = text.lines().filter(|line| line.contains('|')).count();
        if off.is_empty() {
            println!("gate: {rows} counts are within 2 % of their baseline");
            return Ok(ExitCode::SUCCESS);
        }
        if !text.starts_with(&header()) {
            println!(
                "gate: not judged: the baseline was made with {:?}, this is {:?}",
                text.lines().next().unwrap_or(""),
                header()
            );
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "gate: {} of {rows} counts left their baseline; `make bench-baseline` makes these the baseline, on purpose",
            off.len()
        );
        Ok(ExitCode::FAILURE)
    }
}

/// Emulator and compiler: the first line of a baseline.
fn header() -> String {
    format!("# {}; {}", qemu_version(), rust_version())
}

/// A baseline of these figures.
pub(crate) fn baseline(figures: &Figures) -> String {
    let mut text = header() + "\n";
    for figure in figures.0.iter().filter(|figure| GATED.contains(&figure.name.as_str())) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}|{}|{}", figure.door, figure.name, figure.value);
    }
    text
}

/// The rows of a baseline that these figures do not keep.
fn compare(baseline: &str, figures: &Figures) -> Outcome<Vec<Off>> {
    let mut off = Vec::new();
    for line in baseline.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').collect();
        let [door, name, was] = parts.as_slice() else {
            return Err(Failure::new(format!("the baseline has an odd line: {line:?}")));
        };
        let door = Door::ALL.into_iter().find(|known| known.to_string() == *door);
        let (Some(door), Ok(was)) = (door, was.parse::<f64>()) else {
            return Err(Failure::new(format!("the baseline has an odd line: {line:?}")));
        };
        let is = figures.get(door, name);
        let room = if was < BY_ONE_BELOW { 1.0 } else { was * BAND };
        if is.is_none_or(|is| (is - was).abs() > room) {
            off.push(Off { what: format!("{name} ({door})"), was, is });
        }
    }
    Ok(off)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(echo: f64) -> Figures {
        let mut figures = Figures::default();
        figures.push(Door::VgaText, "console: one character echoed", echo);
        figures.push(Door::VgaText, "boot: kernel to prompt", 340_000.0);
        figures.push(Door::VgaText, "a row that is not gated", 1.0);
        figures
    }

    #[test]
    fn a_baseline_keeps_itself_and_leaves_the_rest_out() {
        let text = baseline(&figures(257.0));
        assert_eq!(text.lines().count(), 3);
        assert_eq!(compare(&text, &figures(257.0)), Ok(Vec::new()));
    }

    #[test]
    fn the_band_is_two_percent_both_ways() {
        let text = baseline(&figures(250.0));
        for (echo, is_off) in [(255.0, false), (255.1, true), (245.0, false), (244.9, true)] {
            assert_eq!(
                compare(&text, &figures(echo)).unwrap().len(),
                usize::from(is_off),
                "{echo}"
            );
        }
    }

    #[test]
    fn a_row_that_is_gone_is_off() {
        let text = baseline(&figures(250.0));
        let off = compare(&text, &Figures::default()).unwrap();
        assert_eq!(off.len(), 2);
        assert_eq!(off[0].is, None);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["x", "VGA text|a|b", "nowhere|a|1"] {
            assert!(compare(text, &Figures::default()).is_err(), "{text}");
        }
    }
}
