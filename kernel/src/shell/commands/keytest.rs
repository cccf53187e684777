//! `keytest`: what the keyboard and the terminals send, byte by byte.
//!
//! It takes the bytes itself, so that nothing else sees them while it runs.

use crate::drivers::ps2::live::{Record, next_record};
use crate::drivers::serial::{self, Line};
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{console, print, println, time};
use valhalla_core::i8042::Meaning;
use valhalla_core::key::Key;
use valhalla_core::keyboard::Decoded;
use valhalla_core::serial_input::Decoder;

pub(super) static COMMAND: Command = Command {
    name: "keytest",
    aliases: &[],
    group: Group::Devices,
    usage: "",
    summary: "show what keys send, until Escape or Ctrl-C twice",
    example: "keytest    each byte of the keyboard with its scan code set, the key that\n\
              it made, and the modifiers that are down; of a terminal the bytes and\n\
              the key that they made.\n\
              It ends after Escape or Ctrl-C twice, or half a minute without a key.",
    words: &[],
    reach: Reach::NeverInBulk,
    run,
};

/// It ends when nothing came for so long.
const PATIENCE_NS: u64 = 30_000_000_000;
/// A terminal's ESC that stays alone for so long was the Escape key.
const UNDECIDED_NS: u64 = 50_000_000;

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    println!("Press keys. Escape or Ctrl-C twice ends.");
    let mut last = Last { key: None, at_ns: time::now_ns() };
    let mut terminals = Line::ALL.map(|line| (line, Decoder::new()));
    loop {
        console::flush();
        while let Some(record) = next_record() {
            if show(&record, &mut last) == Wish::Stop {
                return Ok(());
            }
        }
        for (line, decoder) in &mut terminals {
            if listen(session, *line, decoder, &mut last) == Wish::Stop {
                return Ok(());
            }
        }
        if time::now_ns().saturating_sub(last.at_ns) > PATIENCE_NS {
            println!("nothing came for 30 s");
            return Ok(());
        }
        // A tick or a byte wakes us; where nothing ticks, that ends as well.
        let _ = time::wait_until(5, || is_waiting().then_some(()));
    }
}

fn is_waiting() -> bool {
    crate::drivers::ps2::is_waiting() || Line::ALL.into_iter().any(serial::is_waiting)
}

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    GoOn,
    Stop,
}

/// The last key, to see it come twice.
struct Last {
    key: Option<Key>,
    at_ns: u64,
}

impl Last {
    fn pressed(&mut self, key: Key) -> Wish {
        let twice = self.key.replace(key) == Some(key);
        if twice && matches!(key, Key::Escape | Key::Ctrl('c')) { Wish::Stop } else { Wish::GoOn }
    }
}

fn show(record: &Record, last: &mut Last) -> Wish {
    last.at_ns = time::now_ns();
    let Record { byte, meaning, held, wire } = record;
    print!("keyboard  {byte:02x}  set {}", wire.name());
    let mut wish = Wish::GoOn;
    match meaning {
        Meaning::Answer => print!("  an answer to a command"),
        Meaning::Code(Decoded::Nothing) => {}
        Meaning::Code(Decoded::Key(key)) => {
            print!("  {key:?}");
            wish = last.pressed(*key);
        }
        Meaning::Code(Decoded::Keys(first, second)) => print!("  {first:?} {second:?}"),
        Meaning::Code(Decoded::Started) => print!("  a keyboard has started"),
        Meaning::Code(Decoded::Overrun) => print!("  the keyboard lost codes"),
    }
    match held.count() {
        0 => println!(),
        count => println!("  ({count} down) {held}"),
    }
    wish
}

/// Shows what a terminal sent, a line for each key.
fn listen(session: &mut Session<'_>, line: Line, decoder: &mut Decoder, last: &mut Last) -> Wish {
    loop {
        let (mut began, mut now) = (false, 0);
        let key = decoder.next_key(|| {
            let byte = serial::receive(line)?;
            if !core::mem::replace(&mut began, true) {
                print!("{line}    ");
            }
            print!("  {byte:02x}");
            now = time::now_ns();
            Some(byte)
        });
        if began {
            last.at_ns = now;
        }
        let idle = time::now_ns().saturating_sub(last.at_ns) > UNDECIDED_NS;
        let key = key.or_else(|| if idle { decoder.idle() } else { None });
        match key {
            // No key: the terminal's answer to who asked at the prompt.
            Some(Key::Answer(answer)) => match answer.as_size() {
                Some((cols, rows)) => {
                    println!("  says its size: {cols} columns, {rows} rows");
                    session.resize(line.into(), (cols, rows));
                }
                None => println!("  says: {answer}"),
            },
            Some(key) => {
                println!("  {key:?}");
                if last.pressed(key) == Wish::Stop {
                    return Wish::Stop;
                }
            }
            None if began => println!(),
            None => return Wish::GoOn,
        }
    }
}
