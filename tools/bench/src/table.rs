//! The table for people: measure, this build, goal, peer, ratio.

use crate::figures::{Figure, Figures, Shown};
use crate::rows::{Goal, ROWS, Row};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// Everything that was measured, the rows with a goal first.
pub(crate) struct Table<'a> {
    pub(crate) figures: &'a Figures,
    pub(crate) build: &'a Path,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = self.figures;
        writeln!(f, "Guest instructions under -icount shift=0, unless a row names its unit.")?;
        writeln!(f, "{}; {}; {}.\n", qemu_version(), rust_version(), commit())?;
        writeln!(
            f,
            "{:<11} {:<46} {:>9} {:>9}  {:<14} {:<28} {:>6}",
            "machine", "measure", "this", "goal", "", "peer", "ratio"
        )?;
        let mut missed = 0;
        for row in ROWS {
            let Some(goal) = row.goal else { continue };
            let limit = goal.limit(row.name, figures);
            let value = figures.get(row.door, row.name);
            let verdict = match (value, limit) {
                (Some(value), Some(limit)) if value <= limit => "met",
                (Some(_), Some(_)) => {
                    missed += 1;
                    "MISSED"
                }
                _ => "-",
            };
            // The goal is for ring 3; a figure of ring 0 says little yet.
            let place = if matches!(goal, Goal::MostInRing3(_)) { ", ring 0" } else { "" };
            line(f, row, value, limit, &format!("{verdict}{place}"))?;
        }
        writeln!(f, "\n{missed} goals missed. Rows without a goal:\n")?;
        for Figure { door, name, value } in &figures.0 {
            let row = ROWS.iter().find(|row| row.is(*door, name));
            if row.is_some_and(|row| row.goal.is_some()) {
                continue;
            }
            match row.filter(|row| row.peer.is_some()) {
                Some(row) => line(f, row, Some(*value), None, "")?,
                None if figures.is_its_own(*door, name, *value) => {
                    writeln!(f, "{door:<11} {name:<46} {:>9}", Shown(*value))?;
                }
                None => {}
            }
        }
        writeln!(f, "\nThe build: {}", self.build.display())
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    row: &Row,
    value: Option<f64>,
    limit: Option<f64>,
    verdict: &str,
) -> fmt::Result {
    let shown = |figure: Option<f64>| figure.map_or("-".into(), |figure| Shown(figure).to_string());
    write!(
        f,
        "{:<11} {:<46} {:>9} {:>9}  {verdict:<14}",
        row.door.to_string(),
        row.name,
        shown(value),
        shown(limit)
    )?;
    match (row.peer, value) {
        (Some((peer, who)), Some(value)) if value > 0.0 => {
            let ratio = format!("{:.1}x", peer / value);
            writeln!(f, " {:<28} {ratio:>6}", format!("{} {who}", Shown(peer)))
        }
        (Some((peer, who)), _) => writeln!(f, " {} {who}", Shown(peer)),
        (None, _) => writeln!(f),
    }
}

/// The table as a page of the book.
pub(crate) fn page(table: &str) -> String {
    // The last line names a directory of this machine.
    let table = table.rsplit_once("\n\nThe build").map_or(table, |(table, _)| table);
    format!(
        "# The figures\n\nMade by `make bench SAVE=1`, never by hand.\n\n```text\n{table}\n```\n"
    )
}

/// Two builds beside each other: what differs.
pub(crate) struct Comparison<'a> {
    pub(crate) before: &'a Figures,
    pub(crate) after: &'a Figures,
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<11} {:<46} {:>9} {:>9} {:>8}",
            "machine", "measure", "before", "after", ""
        )?;
        let mut same = 0;
        for Figure { door, name, value } in &self.after.0 {
            let Some(before) = self.before.get(*door, name) else {
                writeln!(f, "{door:<11} {name:<46} {:>9} {:>9}", "-", Shown(*value))?;
                continue;
            };
            if before == *value {
                same += 1;
                continue;
            }
            let change = 100.0 * (value - before) / before.max(0.1);
            writeln!(
                f,
                "{door:<11} {name:<46} {:>9} {:>9} {change:>+7.1}%",
                Shown(before),
                Shown(*value)
            )?;
        }
        for Figure { door, name, value } in &self.before.0 {
            if self.after.get(*door, name).is_none() {
                writeln!(f, "{door:<11} {name:<46} {:>9} {:>9}", Shown(*value), "-")?;
            }
        }
        writeln!(f, "{same} rows are the same")
    }
}

/// The first line of what a program says of itself.
fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(str::to_owned)
}

pub(crate) fn qemu_version() -> String {
    said_by("qemu-system-x86_64", &["--version"]).unwrap_or_else(|| "no QEMU".into())
}

pub(crate) fn rust_version() -> String {
    said_by("rustc", &["--version"]).unwrap_or_else(|| "no rustc".into())
}

fn commit() -> String {
    said_by("git", &["describe", "--always", "--dirty"])
        .map_or_else(|| "no commit".into(), |name| format!("commit {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Door;

    #[test]
    fn a_goal_is_met_or_missed_and_the_peer_stands_beside_it() {
        let mut figures = Figures::default();
        figures.push(Door::VgaText, crate::rows::ENTER, 3486.0);
        figures.push(Door::VgaText, crate::rows::IDLE, 18.0);
        figures.push(Door::VgaText, "page: map, tables there", 115.0);
        figures.push(Door::VgaText, "something else", 5.5);
        let text = Table { figures: &figures, build: Path::new("b") }.to_string();
        let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap();
        assert!(
            line("enter:").contains(" met, ring 0 ") && line("enter:").contains("2.5x"),
            "{text}"
        );
        assert!(line("idle:").contains("MISSED") && !line("idle:").contains("ring"), "{text}");
        assert!(line("map, tables").ends_with("2.0x"), "{text}");
        assert!(line("something else").ends_with("5.5"));
        assert!(text.contains("\n1 goals missed"));
        assert!(!page(&text).contains("The build"));
    }

    #[test]
    fn a_comparison_shows_what_differs() {
        let (mut before, mut after) = (Figures::default(), Figures::default());
        before.push(Door::VgaText, "a", 100.0);
        after.push(Door::VgaText, "a", 90.0);
        before.push(Door::VgaText, "b", 1.0);
        after.push(Door::VgaText, "b", 1.0);
        after.push(Door::VgaText, "new", 7.0);
        let text = Comparison { before: &before, after: &after }.to_string();
        assert!(
            text.contains("-10.0%") && text.contains("new") && text.contains("1 rows are the same")
        );
    }
}
