//! `make screenshots`: the pictures of README and book, from real boots.
//!
//! Use: screenshots OUT
//!
//! Each machine counts instructions instead of time (QEMU's `-icount`), so that
//! the same kernel draws the same pictures; a picture that did not change is
//! not written again.

mod png;

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs};

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::menu::Entry;
use harness::pixels::Pixels;
use harness::screen::Screen;
use harness::serial::PROMPT;
use harness::{Failure, Outcome, seconds};

/// What is typed on one machine, and the pictures that are taken of it.
struct Session {
    display: Display,
    shots: &'static [Shot],
}

/// What the machine shows itself on.
#[derive(Clone, Copy)]
enum Display {
    VgaText,
    Framebuffer,
}

/// One picture: its file, what is typed before, and what must be seen on it.
struct Shot {
    file: &'static str,
    commands: &'static [&'static str],
    sees: &'static str,
}

const SESSIONS: [Session; 2] = [
    Session {
        display: Display::VgaText,
        shots: &[
            Shot { file: "first-prompt", commands: &[], sees: "Type help" },
            Shot { file: "help", commands: &["clear", "help", "help vm"], sees: "vm walk" },
            Shot { file: "lscpu", commands: &["clear", "lscpu"], sees: "protections" },
            Shot { file: "fault", commands: &["clear", "fault pf"], sees: "page fault" },
        ],
    },
    Session {
        display: Display::Framebuffer,
        shots: &[
            Shot {
                file: "framebuffer",
                commands: &["mem", "vm walk 0xffffffff80000000", "lspci"],
                sees: "PML4E",
            },
            Shot { file: "colors", commands: &["clear", "colors", "ascii"], sees: "24 bits" },
        ],
    },
];

fn main() -> ExitCode {
    let Some(out) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("use: screenshots OUT");
        return ExitCode::from(2);
    };
    for session in &SESSIONS {
        if let Err(failure) = take(session, &out) {
            eprintln!("screenshots: {failure}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn take(session: &Session, out: &Path) -> Outcome {
    let recipe = match session.display {
        Display::VgaText => Recipe::new(Door::Pvh).memory("128M"),
        // As a disk: reading a CD takes millions of counted instructions more.
        Display::Framebuffer => Recipe::new(Door::GRUB_BIOS).entry(Entry::Framebuffer),
    };
    let mut machine = recipe
        .cpu("max")
        .arg("-icount")
        .arg("shift=4,sleep=off")
        .arg("-rtc")
        .arg("base=2026-01-01,clock=vm")
        .boot_to_prompt()?;
    // The screen is painted a little later than serial speaks.
    machine.wait_screen("the prompt", seconds(60), |screen| screen.last() == PROMPT)?;
    for shot in session.shots {
        for command in shot.commands {
            give(&mut machine, command).map_err(|failure| failure.during(command))?;
        }
        machine.wait_screen(shot.sees, seconds(60), |screen| {
            screen.last().ends_with(PROMPT) && screen.contains(shot.sees)
        })?;
        let file = out.join(shot.file).with_extension("png");
        let picture = match session.display {
            Display::VgaText => with_cursor(&mut machine)?,
            Display::Framebuffer => machine.picture()?,
        };
        let picture = png::encode(&picture);
        let old = fs::read(&file).unwrap_or_default();
        let verdict = if old == picture { "unchanged" } else { "written" };
        if old != picture {
            fs::write(&file, &picture)
                .map_err(|error| Failure::from(error).during(file.display()))?;
        }
        println!("{}: {} bytes, {verdict}", file.display(), picture.len());
    }
    machine.no_triple_fault()
}

/// A picture of VGA text with the cursor, which blinks: of two that differ the
/// one with more that is lit.
fn with_cursor(machine: &mut Machine) -> Outcome<Pixels> {
    let first = machine.picture()?;
    let deadline = Instant::now() + seconds(20);
    while Instant::now() < deadline {
        let next = machine.picture()?;
        match next.lit().cmp(&first.lit()) {
            Ordering::Less => return Ok(first),
            Ordering::Greater => return Ok(next),
            Ordering::Equal => {}
        }
    }
    Err(Failure::new("the cursor does not blink"))
}

/// Types on the keyboard and waits until the answer is all there.
fn give(machine: &mut Machine, command: &str) -> Outcome {
    machine.type_text(command)?;
    machine
        .wait_screen("what was typed", seconds(60), |screen| screen.last().ends_with(command))?;
    machine.type_text("\n")?;
    let quiet = |screen: &Screen| screen.last().ends_with(PROMPT);
    machine.wait_screen("the next prompt", seconds(60), quiet)?;
    Ok(())
}
