//! What the kernel's parts cost, counted, beside goals and peers.
//!
//! ```text
//! valhalla-bench BUILD PLUGIN table [SAVE]     boots, measures, prints; SAVE too, if given
//!                             compare OTHER    the kernel in another build directory beside it
//!                             gate BASELINE    fails where a count left its baseline
//!                             gate-turns-red   fails where the gate would not
//!                             update BASELINE  makes what is measured the baseline
//!                             profile WHAT     instructions by function: boot, key, scroll; bytes by folder: size
//! ```
//!
//! [`rows`] knows where each row begins and stops, its goal and its peer; [`runs`]
//! boots and [`outside`] presses keys, [`events`] finds a row's span in what the
//! plugin told; [`table`] prints the figures, [`gate`] compares them with the committed baseline
//! and [`profile`] says where instructions went. Counts, never times: under
//! QEMU's `-icount shift=0` the time-stamp counter counts instructions.
#![forbid(unsafe_code)]

mod counted;
mod events;
mod figures;
mod gate;
mod image;
mod outside;
mod places;
mod profile;
mod rows;
mod runs;
mod table;
mod video;

use harness::{Failure, Outcome};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to measure with.
#[derive(Clone)]
struct Bench {
    /// What is measured.
    rows: Vec<rows::Row>,
    /// Where the kernel, the shim and the images are.
    build: PathBuf,
    /// The counting plugin (tools/count).
    plugin: PathBuf,
    /// More words for the kernel's command line.
    options: String,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Outcome<ExitCode> {
    let [build, plugin, rest @ ..] = words else {
        return Err(Failure::new(
            "use: valhalla-bench BUILD PLUGIN table|compare|gate|gate-turns-red|update|profile",
        ));
    };
    let bench = Bench {
        rows: rows::ROWS.to_vec(),
        build: build.into(),
        plugin: plugin.into(),
        options: String::new(),
    };
    match rest {
        ["table"] => {
            print!("{}", table::Table { figures: &bench.measure()?, build: &bench.build });
            Ok(ExitCode::SUCCESS)
        }
        ["table", save] => {
            let text = table::Table { figures: &bench.measure()?, build: &bench.build }.to_string();
            std::fs::write(save, table::page(&text))?;
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        ["compare", other] => {
            let mut other = Bench { build: other.into(), ..bench.clone() };
            other.leave_out_what_is_not_there()?;
            let before = other.measure()?;
            print!("{}", table::Comparison { before: &before, after: &bench.measure()? });
            Ok(ExitCode::SUCCESS)
        }
        ["gate", baseline] => bench.gate(Path::new(baseline)),
        ["gate-turns-red"] => bench.gate_turns_red(),
        ["update", baseline] => {
            std::fs::write(baseline, gate::baseline(&bench.rows, &bench.measure()?))?;
            Ok(ExitCode::SUCCESS)
        }
        ["profile", what] => {
            print!("{}", bench.profile(what)?);
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failure::new(format!("what is {rest:?}?"))),
    }
}
