//! Sums over the dumps of all machines, and the table of them.

use std::fmt::Write as _;

use crate::acpica::Answer;
use crate::dumps::Machine;
use crate::firmware::Measured;

/// Sums over all machines.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) loads: usize,
    pub(crate) whole: usize,
    pub(crate) in_budget: usize,
    pub(crate) ran_out: usize,
    pub(crate) s5: usize,
    pub(crate) prt: usize,
    pub(crate) prts: usize,
    pub(crate) prts_whole: usize,
    pub(crate) lists: usize,
    pub(crate) devices: usize,
    pub(crate) answering: usize,
    pub(crate) pts: usize,
    pub(crate) with_pts: usize,
    pub(crate) most_memory: f64,
    pub(crate) acpica_s5: usize,
    pub(crate) s5_equal: usize,
    pub(crate) acpica_pts: usize,
    pub(crate) pts_compared: usize,
    pub(crate) pts_equal: usize,
}

impl Sums {
    /// Adds a machine.
    pub(crate) fn add(&mut self, machine: &Machine, measured: &Measured) {
        self.loads += usize::from(measured.dsdt_loads);
        self.whole += usize::from(measured.dsdt_loads && measured.skipped == 0);
        self.in_budget += usize::from(measured.in_budget);
        self.ran_out += measured.ran_out;
        self.s5 += usize::from(matches!(measured.s5, Some(Answer::Value(_))));
        self.prt += usize::from(measured.prts > 0 && measured.prts == measured.prts_whole);
        self.prts += measured.prts;
        self.prts_whole += measured.prts_whole;
        self.lists += usize::from(measured.devices > 0);
        self.devices += measured.devices;
        self.answering += measured.answering;
        self.with_pts += usize::from(measured.pts.is_some());
        self.pts += usize::from(matches!(measured.pts, Some(Answer::Value(_) | Answer::Nothing)));
        let factor = measured.memory_bytes as f64 / machine.aml_bytes() as f64;
        self.most_memory = self.most_memory.max(factor);
    }

    /// Writes the table.
    pub(crate) fn table(&self, machines: usize, has_acpica: bool) -> String {
        let mut text = String::new();
        let mut row = |name: &str, ours: String, theirs: String| {
            let theirs = if has_acpica { theirs } else { String::new() };
            let _infallible = writeln!(text, "| {name:<34} | {ours:<30} | {theirs:<21} |");
        };
        row(&format!("of {machines} machines"), "here".into(), "ACPICA".into());
        row("---", "---".into(), "---".into());
        row("DSDT loads", self.loads.to_string(), String::new());
        row("no term of any table skipped", self.whole.to_string(), String::new());
        let ran_out = format!("{} (later, {} evaluations)", self.in_budget, self.ran_out);
        row("loading ends within its budget", ran_out, String::new());
        row("_S5", self.s5.to_string(), format!("{}, equal {}", self.acpica_s5, self.s5_equal));
        let names = format!("{} of {} names", self.prts_whole, self.prts);
        row("_PRT by I/O APIC", format!("{}; {names}", self.prt), String::new());
        let share = 100.0 * self.answering as f64 / self.devices.max(1) as f64;
        row(
            "devices are listed; answer",
            format!("{}; {} of {} ({share:.2}%)", self.lists, self.answering, self.devices),
            String::new(),
        );
        row(
            "_PTS(5)",
            format!("{} of {}", self.pts, self.with_pts),
            format!("{}, equal {} of {}", self.acpica_pts, self.pts_equal, self.pts_compared),
        );
        row(
            "memory, at most, by size of tables",
            format!("{:.1}", self.most_memory),
            String::new(),
        );
        text
    }
}
