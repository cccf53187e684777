//! `keyboard`: layout, scan codes, LEDs and repeat rate, to look at and change.

use crate::drivers::ps2::live::{self, Status, TellError};
use crate::println;
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use core::fmt;
use valhalla_core::i8042::Presence;
use valhalla_core::keyboard::{Layout, Rate, ScanSet, Translation};
use valhalla_core::units::Many;

pub(super) static COMMAND: Command = Command {
    name: "keyboard",
    aliases: &[],
    group: Group::Devices,
    usage: "[LAYOUT|set N|translation on|off|rate N [MS]]",
    summary: "layout, codes, lights",
    example: "keyboard                    what is known about it, and what it lost\n\
              keyboard de                 German keys; us, uk, fr and dvorak too\n\
              keyboard rate 30 250        30 repeats a second, after 250 ms\n\
              keyboard set 1              has the keyboard send scan code set 1\n\
              keyboard translation off    the controller passes codes as they are\n\
              The keys work in all four combinations of set and translation.\n\
              At boot: keyboard=de, scancodes=2-translated. keytest shows codes.",
    words: &["us", "uk", "de", "fr", "dvorak", "rate", "set", "translation"],
    reach: Reach::Bulk,
    run,
};

/// Milliseconds before the first repeat, unless told.
const DELAY_MS: u32 = 500;

/// The names of the layouts.
struct Layouts;

impl fmt::Display for Layouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for layout in Layout::ALL {
            write!(f, "{between}{}", layout.name())?;
            between = ", ";
        }
        Ok(())
    }
}

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => show(&live::status()),
        ["set", "1"] => live::set_scan_set(ScanSet::One).map_err(failed)?,
        ["set", "2"] => live::set_scan_set(ScanSet::Two).map_err(failed)?,
        ["translation", "on"] => live::set_translation(Translation::On).map_err(failed)?,
        ["translation", "off"] => live::set_translation(Translation::Off).map_err(failed)?,
        ["rate", rate] => set_rate(rate, None)?,
        ["rate", rate, delay] => set_rate(rate, Some(delay))?,
        [name] => {
            let layout = Layout::named(name).ok_or_else(|| {
                CommandError::failed(format_args!(
                    "no layout is called {}: there is {Layouts}",
                    Printable(name)
                ))
            })?;
            live::set_layout(layout);
        }
        _ => return Err(CommandError::Usage),
    }
    Ok(())
}

fn failed(error: TellError) -> CommandError {
    CommandError::failed(error)
}

fn set_rate(rate: &str, delay: Option<&&str>) -> Result<(), CommandError> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| CommandError::Usage);
    let rate = Rate::nearest(number(rate)?, delay.map_or(Ok(DELAY_MS), |text| number(text))?);
    live::set_rate(rate).map_err(failed)?;
    println!("keys repeat {rate}");
    Ok(())
}

fn show(status: &Status) {
    println!("layout      {}", status.layout);
    println!("codes       {}", status.wire);
    println!("locks       {}", status.locks);
    match status.rate {
        Some(rate) => println!("repeat      {rate}"),
        None => println!("repeat      as the keyboard likes ({} is usual)", Rate::DEFAULT),
    }
    match status.held.count() {
        0 => println!("held        no key"),
        1 => println!("held        1 key {}", status.held),
        count => println!("held        {count} keys {}", status.held),
    }
    match (status.found, status.configuration) {
        (Err(error), _) => println!("controller  {error}"),
        (Ok(_), None) => println!("controller  answered once, and does not now"),
        (Ok(_), Some(byte)) => println!("controller  8042, configuration {byte:#04x}"),
    }
    let talk = status.talk;
    if let Ok(presence) = status.found {
        println!(
            "keyboard    {}; {} commands done, {} refused, {} unanswered, {} resent",
            match presence {
                Presence::Answers => "answers",
                Presence::Silent => "silent",
            },
            talk.done,
            talk.refused,
            talk.silent,
            talk.resent
        );
        match status.aux as u64 {
            0 => println!("mouse port  off"),
            came => println!("mouse port  {}, dropped", Many(came, "byte")),
        }
    }
    println!(
        "bytes       {} received, {} dropped, {} overruns; plugged in {}",
        status.received,
        status.dropped,
        status.overruns,
        Many(status.started as u64, "time")
    );
}
