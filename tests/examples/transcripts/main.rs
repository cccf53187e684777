//! `make transcripts`: the transcripts of README and book, from real runs.
//!
//! Use: transcripts FILE...
//!
//! A block whose comment says how it is made (`harness::blocks`) is written anew;
//! every other byte stays. What cannot be made stays too, and is an error.

mod block;
mod machines;

use std::process::ExitCode;
use std::{env, fs};

use harness::blocks::{self, Origin};
use harness::dialogue::is_alike;
use harness::{Failure, Outcome};

use crate::machines::Machines;

fn main() -> ExitCode {
    let files: Vec<String> = env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("use: transcripts FILE...");
        return ExitCode::from(2);
    }
    let mut failures = 0;
    for file in &files {
        failures += make(file).unwrap_or_else(|failure| {
            eprintln!("{file}: {failure}");
            1
        });
    }
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes the blocks of a file and returns how many could not be made.
fn make(file: &str) -> Outcome<u32> {
    let text = fs::read_to_string(file)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut machines = Machines::default();
    let (mut made, mut copied) = (String::new(), 0);
    let (mut count, mut failures) = (0, 0);
    for block in blocks::of(&text) {
        let body: Vec<&str> = lines[block.lines.clone()].iter().map(|l| l.trim_end()).collect();
        let new = match &block.origin {
            Origin::Run(run) => block::make(run, &body, &mut machines),
            Origin::ByHand | Origin::Unsaid => continue,
            Origin::Unclear(why) => Err(block::Fault { at: 0, failure: why.clone().into() }),
        };
        match new {
            Ok(new) if stays(&block.origin, &body, &new) => count += 1,
            Ok(new) => {
                made.extend(lines[copied..block.lines.start].iter().copied());
                new.iter().for_each(|line| {
                    made += line;
                    made.push('\n');
                });
                copied = block.lines.end;
                count += 1;
            }
            Err(block::Fault { at, failure }) => {
                eprintln!("{file}:{}: {failure}", block.lines.start + at + 1);
                failures += 1;
            }
        }
    }
    made.extend(lines[copied..].iter().copied());
    if count > 0 {
        let verdict = if made == text { "unchanged" } else { "written" };
        if made != text {
            fs::write(file, &made).map_err(|error| Failure::from(error).during(file))?;
        }
        println!("{file}: {count} blocks, {verdict}");
    }
    Ok(failures)
}

/// Reports a block whose numbers differ from run to run and whose words did not.
fn stays(origin: &Origin, old: &[&str], new: &[String]) -> bool {
    let varies = matches!(origin, Origin::Run(run) if run.varies);
    varies && old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_alike(old, new))
}
