//! `port`: I/O ports, read and written as the person at the prompt says.
//!
//! In the kernel no port is forbidden, and where no device is all bits read as
//! one. The accesses are guarded all the same, like those of `peek` and `msr`.

use crate::cpu::guarded::Limit;
use crate::cpu::port::Port;
use crate::memory::run_guarded;
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use valhalla_core::port_names;

pub(super) static COMMAND: Command = Command {
    name: "port",
    aliases: &[],
    group: Group::Devices,
    usage: "in[b|w|l] PORT | out[b|w|l] PORT VALUE --yes",
    summary: "I/O ports",
    example: "port in 0x64                  a byte, and its bits where they are known\n\
              port inl 0xcf8                four bytes (inw: two)\n\
              port out 0x80 0x55 --yes      writes a byte (outw, outl: two, four)\n\
              Reading can change a device, and writing can do anything to one, so writing\n\
              wants --yes: nothing that types at random can get there.",
    words: &["in", "inb", "inw", "inl", "out", "outb", "outw", "outl"],
    reach: Reach::Bulk,
    run: |_: &mut Session<'_>, arguments| run(arguments),
};

const LIMIT: Limit = Limit::Ms(1000);

/// How many bits go through at once.
#[derive(Clone, Copy)]
enum Width {
    Byte,
    Word,
    Long,
}

impl Width {
    const fn bits(self) -> u32 {
        match self {
            Self::Byte => 8,
            Self::Word => 16,
            Self::Long => 32,
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        ["in" | "inb", port] => read(port, Width::Byte),
        ["inw", port] => read(port, Width::Word),
        ["inl", port] => read(port, Width::Long),
        ["out" | "outb", rest @ ..] => write(rest, Width::Byte),
        ["outw", rest @ ..] => write(rest, Width::Word),
        ["outl", rest @ ..] => write(rest, Width::Long),
        _ => Err(CommandError::Usage),
    }
}

fn parse_port(text: &str, width: Width) -> Result<u16, CommandError> {
    let number = parse_number(text)?;
    let last = 0x1_0000 - u64::from(width.bits() / 8);
    u16::try_from(number).ok().filter(|_| number <= last).ok_or_else(|| {
        CommandError::failed(format_args!("{number:#x}: the last such port is {last:#x}"))
    })
}

fn read(port: &str, width: Width) -> Result<(), CommandError> {
    let number = parse_port(port, width)?;
    // SAFETY: reading a port moves no memory; that it can change the device is
    // what was asked for.
    let access = || unsafe {
        match width {
            Width::Byte => u32::from(Port::<u8>::new(number).read()),
            Width::Word => u32::from(Port::<u16>::new(number).read()),
            Width::Long => Port::<u32>::new(number).read(),
        }
    };
    let value = guard(number, access)?;
    let digits = width.bits() as usize / 4 + 2;
    match port_names::describe(number) {
        Some(ports) => {
            println!("{number:#06x} = {value:#0digits$x}  {}", ports.name);
            for field in ports.fields.iter().filter(|field| u32::from(field.high) < width.bits()) {
                println!("  {}", field.line(value.into()));
            }
        }
        None => println!("{number:#06x} = {value:#0digits$x}"),
    }
    Ok(())
}

fn write(arguments: &[&str], width: Width) -> Result<(), CommandError> {
    let [port, value, rest @ ..] = arguments else { return Err(CommandError::Usage) };
    let (number, value) = (parse_port(port, width)?, parse_number(value)?);
    let bits = width.bits();
    let value = u32::try_from(value).ok().filter(|value| u64::from(*value) >> bits == 0);
    let Some(value) = value else {
        return Err(CommandError::failed(format_args!("the value does not fit into {bits} bits")));
    };
    match rest {
        ["--yes"] => {}
        [] => {
            let refusal = format_args!("not written: add --yes to write {value:#x} to {number:#x}");
            return Err(CommandError::failed(refusal));
        }
        _ => return Err(CommandError::Usage),
    }
    // SAFETY: the person at the prompt asked for this write, with a word more,
    // and answers for what the device does.
    let access = || unsafe {
        match width {
            Width::Byte => Port::<u8>::new(number).write(value as u8),
            Width::Word => Port::<u16>::new(number).write(value as u16),
            Width::Long => Port::<u32>::new(number).write(value),
        }
    };
    guard(number, access)
}

fn guard<T>(number: u16, access: impl FnOnce() -> T) -> Result<T, CommandError> {
    // SAFETY: the accesses above hold nothing.
    let outcome = unsafe { run_guarded(LIMIT, access) };
    outcome.map_err(|failure| CommandError::failed(format_args!("{failure}; at port {number:#x}")))
}
