//! `msr`: model-specific registers. One that is not there, or a value that it
//! refuses, costs a line.

use crate::cpu::msr as registers;
use crate::shell::Printable;
use crate::shell::command::{
    Command, CommandError, Group, Reach, Session, expect_none, parse_number,
};
use crate::{print, println};
use core::fmt::Write;
use valhalla_core::bits::{Brief, unnamed};
use valhalla_core::msr::{self, Register};
use valhalla_core::text::Text;

pub(super) static COMMAND: Command = Command {
    name: "msr",
    aliases: &[],
    group: Group::System,
    usage: "list|read REGISTER|write REGISTER VALUE --yes",
    summary: "model-specific registers",
    example: "msr list                      those with a name, and what they hold\n\
              msr read EFER                 one, bit by bit; a number will do: 0xc0000080\n\
              msr write LSTAR 0x1000 --yes  changes one, and shows what it holds then\n\
              A register that is not there, and a value that the processor refuses, raise\n\
              #GP; that is caught and said. What it accepts it does at once, so writing\n\
              wants --yes: nothing that types at random can get there.",
    words: &["list", "read", "write"],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        ["list", rest @ ..] => expect_none(rest).and_then(|()| list(session)),
        ["read", register] => read(number(register)?),
        ["write", register, value, "--yes"] => write(number(register)?, parse_number(value)?),
        ["write", register, value] => {
            let (number, value) = (number(register)?, parse_number(value)?);
            Err(CommandError::failed(format_args!(
                "not written: add --yes to write {value:#x} to {}",
                Name(number)
            )))
        }
        _ => Err(CommandError::Usage),
    }
}

/// A register by name, or by number.
fn number(text: &str) -> Result<u32, CommandError> {
    if let Some(register) = msr::find(text) {
        return Ok(register.number);
    }
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        let name = Printable(text);
        return Err(CommandError::failed(format_args!("{name}: no such name (msr list has them)")));
    }
    let number = parse_number(text)?;
    u32::try_from(number)
        .map_err(|_| CommandError::failed(format_args!("{number:#x}: numbers have 32 bits")))
}

/// A register's name, or its number.
struct Name(u32);

impl core::fmt::Display for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match msr::describe(self.0) {
            Some(register) => register.fmt(f),
            None => write!(f, "MSR {:#x}", self.0),
        }
    }
}

fn value_of(number: u32) -> Result<u64, CommandError> {
    registers::read(number).map_err(|error| {
        let name = Name(number);
        CommandError::failed(format_args!("{error}; {name} is not there, or cannot be read"))
    })
}

fn list(session: &mut Session<'_>) -> Result<(), CommandError> {
    for register in msr::all() {
        session.check()?;
        let number = register.number;
        match registers::read(number) {
            Ok(value) => {
                print!("{number:#010x} {register:<24} {value:#018x}");
                let mut brief = Text::<120>::new();
                // A `Text` cuts what does not fit; it has no other error.
                let _ = write!(brief, "{}", Brief(register.fields(), value));
                // 79 columns, of which 54 are used.
                let gap = if brief.as_str().len() <= 24 { " " } else { "\n           " };
                println!("{gap}{brief}");
            }
            Err(_) => println!("{number:#010x} {register:<24} not on this processor"),
        }
    }
    Ok(())
}

fn read(number: u32) -> Result<(), CommandError> {
    show(number, value_of(number)?);
    Ok(())
}

fn show(number: u32, value: u64) {
    let Some(register) = msr::describe(number) else {
        println!("MSR {number:#x} = {value:#018x}");
        return;
    };
    println!("{register} ({number:#x}) = {value:#018x}  {}", register.purpose());
    show_fields(&register, value);
}

fn show_fields(register: &Register, value: u64) {
    for field in register.fields() {
        println!("  {}", field.line(value));
    }
    let rest = unnamed(register.fields(), value);
    if rest != 0 && !register.fields().is_empty() {
        println!("  and bits without a name here: {rest:#x}");
    }
}

/// EFER's bits that the kernel runs on: LME, LMA, NXE.
const EFER: u32 = 0xc000_0080;
const EFER_NEEDED: u64 = 1 << 8 | 1 << 10 | 1 << 11;

fn write(number: u32, value: u64) -> Result<(), CommandError> {
    // Not every processor refuses by itself, and no kernel could say so.
    if number == EFER && (value ^ value_of(EFER)?) & EFER_NEEDED != 0 {
        return Err(CommandError::failed(
            "not written: the kernel does not survive a change of EFER's LME, LMA or NXE",
        ));
    }
    // SAFETY: the person at the prompt asked for this write, by name and with
    // a word more, and answers for what it does.
    let outcome = unsafe { registers::write(number, value) };
    outcome.map_err(|failure| {
        let name = Name(number);
        CommandError::failed(format_args!(
            "{failure}; {name} is not there, or refuses {value:#x}; it is as it was"
        ))
    })?;
    read(number)
}
