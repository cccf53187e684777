//! `colors`: what the terminal shows of 16, 256 and 16 million colours.
//!
//! A display with fewer takes the nearest that it has: VGA text has sixteen.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{print, println};
use core::fmt;

pub(super) static COMMAND: Command = Command {
    name: "colors",
    aliases: &["colours"],
    group: Group::General,
    usage: "",
    summary: "shows the 16, the 256 and the 24-bit colours",
    example: "colors    a display with fewer colours takes the nearest it has",
    words: &[],
    reach: Reach::Bulk,
    run,
};

/// The ANSI colours, in the order of their numbers (ECMA-48, 8.3.117).
const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
/// Columns of the 24-bit ramps.
const RAMP: u32 = 72;

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    for (first, lead) in [(30, "normal"), (90, "bright")] {
        print!("  {lead} ");
        for (code, name) in (first..).zip(NAMES) {
            print!("\x1b[{code}m{name:<8}\x1b[0m");
        }
        println!();
    }
    for (first, lead) in [(40, "behind"), (100, "bright")] {
        print!("  {lead} ");
        for code in first..first + 8 {
            print!("\x1b[{code}m{:8}\x1b[0m", "");
        }
        println!();
    }
    println!("  256: a cube of 6 x 6 x 6, and 24 greys");
    for green in 0..6 {
        print!("  ");
        for red in 0..6 {
            for blue in 0..6 {
                print!("\x1b[48;5;{}m  ", 16 + 36 * red + 6 * green + blue);
            }
        }
        println!("\x1b[0m");
    }
    print!("  ");
    for grey in 232..=255 {
        print!("\x1b[48;5;{grey}m   ");
    }
    println!("\x1b[0m");
    println!("  24 bits");
    ramp(|level| Rgb(level, 0, 0));
    ramp(|level| Rgb(0, level, 0));
    ramp(|level| Rgb(0, 0, level));
    rainbow();
    Ok(())
}

/// Red, green and blue; shows as the background of what follows.
struct Rgb(u8, u8, u8);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\x1b[48;2;{};{};{}m", self.0, self.1, self.2)
    }
}

fn ramp(colour: impl Fn(u8) -> Rgb) {
    print!("  ");
    for step in 0..RAMP {
        print!("{} ", colour((step * 255 / (RAMP - 1)) as u8));
    }
    println!("\x1b[0m");
}

/// Once around the hues: six legs, in each of which one colour rises or falls.
fn rainbow() {
    const LEG: u32 = RAMP / 6;
    print!("  ");
    for step in 0..RAMP {
        let up = (step % LEG * 255 / LEG) as u8;
        let down = u8::MAX - up;
        let colour = match step / LEG {
            0 => Rgb(u8::MAX, up, 0),
            1 => Rgb(down, u8::MAX, 0),
            2 => Rgb(0, u8::MAX, up),
            3 => Rgb(0, down, u8::MAX),
            4 => Rgb(up, 0, u8::MAX),
            _ => Rgb(u8::MAX, 0, down),
        };
        print!("{colour} ");
    }
    println!("\x1b[0m");
}
