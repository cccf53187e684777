//! The gate: counts that repeat exactly must stay at their baseline.
//!
//! The baseline is committed. A row that is held and more than 2 % above it is a
//! regression, one more than 2 % below an improvement: both are red, because
//! an improvement is to be kept on purpose (`make bench-baseline`). A row whose
//! code is being changed is only reported. Counts depend on compiler and emulator,
//! so with others than those that the baseline names nothing is judged; but a row
//! whose start or stop the kernel does not have is always red.

use crate::Bench;
use crate::events::Anchor;
use crate::figures::{Door, Figures, Shown};
use crate::rows::{BOOT, By, Gate, Row};
use crate::table::{qemu_version, rust_version};
use harness::{Failure, Outcome, ensure};
use std::fmt;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

/// How far a count may be off: 2 %.
const BAND: f64 = 0.02;
/// Below this many instructions a count may be off by one: a difference in
/// alignment moves the NOPs that the compiler puts in.
const BY_ONE_BELOW: f64 = 50.0;

/// A row that left its band.
#[derive(Debug, Clone, PartialEq)]
struct Off {
    what: String,
    gate: Gate,
    was: Option<f64>,
    is: Option<f64>,
}

impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, gate, was, is } = self;
        let shown = |figure: &Option<f64>| figure.map_or("-".into(), |at| Shown(at).to_string());
        let word = match (gate, was, is) {
            (Gate::Reported, ..) => "reported",
            (_, None, _) => "NO BASELINE",
            (_, _, None) => "MISSING",
            (_, Some(was), Some(is)) if is > was => "REGRESSION",
            _ => "improvement",
        };
        write!(f, "{word}: {what}: {} -> {}", shown(was), shown(is))?;
        match (was, is) {
            (Some(was), Some(is)) => write!(f, " ({:+.1} %)", 100.0 * (is - was) / was.max(0.1)),
            _ => Ok(()),
        }
    }
}

impl Bench {
    /// Measures the rows that are held, and compares.
    pub(crate) fn gate(&self, baseline: &Path) -> Outcome<ExitCode> {
        let text = std::fs::read_to_string(baseline)
            .map_err(|error| Failure::from(error).during(baseline.display()))?;
        // First: places may be those of rows that are not measured now.
        self.marks()?;
        let figures = self.measure_for(|row| row.gate == Gate::Held)?;
        let off = compare(&self.rows, &text, &figures)?;
        off.iter().for_each(|off| println!("gate: {off}"));
        let is_held = |gate: Gate| gate == Gate::Held;
        let held = self.rows.iter().filter(|row| is_held(row.gate)).count();
        match off.iter().filter(|off| is_held(off.gate)).count() {
            0 => println!("gate: {held} counts are within 2 % of their baseline"),
            _ if !text.starts_with(&header()) => println!(
                "gate: not judged: the baseline was made with {:?}, this is {:?}",
                text.lines().next().unwrap_or(""),
                header()
            ),
            left => {
                println!(
                    "gate: {left} of {held} counts left their baseline; `make bench-baseline` makes these the baseline, on purpose"
                );
                return Ok(ExitCode::FAILURE);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Tests the gate: red for a kernel that does more, for a row whose stop was
    /// moved, and for one whose stop is not in the kernel.
    ///
    /// # Errors
    /// If it stays green.
    pub(crate) fn gate_turns_red(&self) -> Outcome<ExitCode> {
        const EARLIER: Anchor = Anchor::Symbol("valhalla_prompt::shell::greet");
        const NOWHERE: Anchor = Anchor::Symbol("valhalla::no_such_function");
        let is_boot = |row: &Row| row.by == By::Boot && row.door == Door::VgaText;
        let held = |row: &Row| Row { gate: Gate::Held, ..*row };
        let rows: Vec<Row> = self.rows.iter().filter(|row| is_boot(row)).map(held).collect();
        let with = |options: &str, rows: &[Row]| Bench {
            rows: rows.to_vec(),
            options: options.into(),
            ..self.clone()
        };
        let stopping_at = |to: Anchor| {
            let mut rows = rows.clone();
            rows.iter_mut().filter(|row| row.name == BOOT).for_each(|row| {
                row.span = row.span.map(|span| crate::events::Span { to, ..span });
            });
            with("", &rows)
        };
        let left = |bench: &Bench, baseline: &Figures| -> Outcome<Vec<String>> {
            let off = compare(&rows, &self::baseline(&rows, baseline), &bench.measure()?)?;
            Ok(off.iter().map(ToString::to_string).collect())
        };
        let shipped = with("", &rows).measure()?;
        // With the log, as it is shipped, there is more work before the prompt.
        let silent = with("log=off", &rows).measure()?;
        let is_red = |off: &[String], word: &str| {
            let whole =
                off.iter().any(|off| off.starts_with(&format!("{word}: {BOOT} (VGA text)")));
            ensure(whole, || format!("the gate did not turn red for what was planted: {off:?}"))
        };
        ensure(left(&with("", &rows), &shipped)?.is_empty(), || {
            "the same kernel is not within 2 % of itself".to_owned()
        })?;
        is_red(&left(&with("", &rows), &silent)?, "REGRESSION")?;
        println!("gate: a planted regression turns it red");
        is_red(&left(&stopping_at(EARLIER), &shipped)?, "improvement")?;
        println!("gate: a row that stops earlier turns it red");
        ensure(stopping_at(NOWHERE).marks().is_err(), || {
            "a row that stops nowhere was let through".to_owned()
        })?;
        println!("gate: a row that stops nowhere turns it red");
        Ok(ExitCode::SUCCESS)
    }
}

/// Emulator and compiler: the first line of a baseline.
fn header() -> String {
    format!("# {}; {}", qemu_version(), rust_version())
}

/// A baseline of these figures: of all rows, held or not.
pub(crate) fn baseline(rows: &[Row], figures: &Figures) -> String {
    let mut text = header() + "\n";
    for row in rows {
        if let Some(value) = figures.get(row.door, row.name) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}|{}|{value}", row.door, row.name);
        }
    }
    text
}

/// The rows that these figures do not keep. A row that is only reported, and is
/// in one of the two alone, is none of them.
fn compare(rows: &[Row], baseline: &str, figures: &Figures) -> Outcome<Vec<Off>> {
    let mut kept = Vec::new();
    for line in baseline.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').collect();
        let odd = || Failure::new(format!("the baseline has an odd line: {line:?}"));
        let [door, name, was] = *parts.as_slice() else { return Err(odd()) };
        kept.push((door, name, was.parse::<f64>().map_err(|_| odd())?));
    }
    let mut off = Vec::new();
    for Row { door, name, gate, .. } in rows {
        let place = door.to_string();
        let was = kept.iter().find(|(door, known, _)| *door == place && known == name);
        let was = was.map(|(_, _, was)| *was);
        let is = figures.get(*door, name);
        let is_off = match (was, is) {
            (Some(was), Some(is)) => {
                (is - was).abs() > if was < BY_ONE_BELOW { 1.0 } else { was * BAND }
            }
            _ => *gate == Gate::Held,
        };
        if is_off {
            off.push(Off { what: format!("{name} ({door})"), gate: *gate, was, is });
        }
    }
    Ok(off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::ROWS;

    /// Two rows, the first of them held.
    fn rows() -> Vec<Row> {
        let mut rows = vec![ROWS[0], ROWS[0]];
        rows[0] = Row { name: "held", gate: Gate::Held, ..rows[0] };
        rows[1] = Row { name: "reported", gate: Gate::Reported, ..rows[1] };
        rows
    }

    fn figures(held: f64, reported: f64) -> Figures {
        let mut figures = Figures::default();
        figures.push(Door::VgaText, "held", held);
        figures.push(Door::VgaText, "reported", reported);
        figures.push(Door::VgaText, "a row that is not known", 1.0);
        figures
    }

    fn off(baseline: &Figures, figures: &Figures) -> Vec<String> {
        let text = super::baseline(&rows(), baseline);
        let off = compare(&rows(), &text, figures).unwrap();
        off.iter().map(|off| off.to_string().split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_baseline_keeps_itself_and_leaves_the_rest_out() {
        assert_eq!(baseline(&rows(), &figures(257.0, 1.0)).lines().count(), 3);
        assert!(off(&figures(257.0, 1.0), &figures(257.0, 1.0)).is_empty());
    }

    #[test]
    fn the_band_is_two_percent_both_ways() {
        for (held, word) in [
            (255.0, None),
            (255.1, Some("REGRESSION")),
            (245.0, None),
            (244.9, Some("improvement")),
        ] {
            let off = off(&figures(250.0, 1.0), &figures(held, 1.0));
            assert_eq!(off.first().map(String::as_str), word, "{held}");
        }
    }

    #[test]
    fn a_row_that_is_not_held_is_reported() {
        assert_eq!(off(&figures(250.0, 100.0), &figures(250.0, 200.0)), ["reported"]);
    }

    #[test]
    fn a_held_row_needs_figure_and_baseline() {
        assert_eq!(off(&figures(250.0, 1.0), &Figures::default()), ["MISSING"]);
        assert_eq!(off(&Figures::default(), &figures(250.0, 1.0)), ["NO BASELINE"]);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["x", "VGA text|a|b", "a|1"] {
            assert!(compare(&rows(), text, &Figures::default()).is_err(), "{text}");
        }
    }
}
