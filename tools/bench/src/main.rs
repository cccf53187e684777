//! What the kernel's parts cost, counted, beside goals and peers.
//!
//! ```text
//! valhalla-bench BUILD PLUGIN table [SAVE]     boots, measures, prints; SAVE too, if given
//!                             compare OTHER    the kernel in another build directory beside it
//!                             gate BASELINE    fails where a count left its baseline
//!                             update BASELINE [OPTION ...]
//!                                              makes what is measured the baseline (OPTION:
//!                                              one more word for the kernel's command line)
//!                             profile WHAT     instructions by function: boot, key, scroll; bytes by folder: size
//! ```
//!
//! [`runs`] boots and collects figures, [`rows`] knows their goals and peers,
//! [`table`] prints them, [`gate`] compares them with the committed baseline
//! and [`profile`] says where instructions went. Counts, never times: under
//! QEMU's `-icount shift=0` the time-stamp counter counts instructions.
#![forbid(unsafe_code)]

mod figures;
mod gate;
mod image;
mod outside;
mod profile;
mod rows;
mod runs;
mod table;
mod video;

use harness::{Failure, Outcome};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to measure with.
struct Bench {
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
            "use: valhalla-bench BUILD PLUGIN table|compare|gate|update|profile",
        ));
    };
    let bench = Bench { build: build.into(), plugin: plugin.into(), options: String::new() };
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
            let plugin = bench.plugin.clone();
            let before = Bench { build: other.into(), plugin, options: String::new() }.measure()?;
            print!("{}", table::Comparison { before: &before, after: &bench.measure()? });
            Ok(ExitCode::SUCCESS)
        }
        ["gate", baseline] => bench.gate(Path::new(baseline)),
        ["update", baseline, options @ ..] => {
            let bench = Bench { options: options.join(" "), ..bench };
            std::fs::write(baseline, gate::baseline(&bench.measure_gated()?))?;
            Ok(ExitCode::SUCCESS)
        }
        ["profile", what] => {
            print!("{}", bench.profile(what)?);
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failure::new(format!("what is {rest:?}?"))),
    }
}
