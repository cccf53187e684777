//! `peek` and `poke`: memory by address, through the guarded call, so that a
//! bad address costs a line and not the kernel.

use crate::cpu::guarded::Limit;
use crate::memory::{self, run_guarded};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use crate::shell::hex::{ROW, Row};

pub(in crate::shell) static PEEK: Command = Command {
    name: "peek",
    aliases: &[],
    group: Group::Memory,
    usage: "ADDRESS [BYTES]",
    summary: "shows memory (16 bytes, at most 256)",
    example: "peek 0xffffffff80000000 64    64 bytes from there; a bad address is said",
    words: &[],
    reach: Reach::Bulk,
    run: |_: &mut Session<'_>, arguments| peek(arguments),
};

pub(super) static POKE: Command = Command {
    name: "poke",
    aliases: &[],
    group: Group::Memory,
    usage: "ADDRESS VALUE [8|16|32|64]",
    summary: "writes a value of so many bits (8) to memory",
    example: "poke 0xffffffff80000000 0x90    refused: the kernel's text is read-only",
    words: &[],
    reach: Reach::Bulk,
    run: poke,
};

/// The most that `peek` shows at once.
const MOST: usize = 256;
const LIMIT: Limit = Limit::Ms(1000);

/// Needs nothing of the session: the crash monitor runs it too.
pub(in crate::shell) fn peek(arguments: &[&str]) -> Result<(), CommandError> {
    let (address, count) = match arguments {
        [address] => (parse_number(address)?, ROW),
        [address, count] => (parse_number(address)?, byte_count(count)?),
        _ => return Err(CommandError::Usage),
    };
    let mut bytes = [0_u8; MOST];
    let Some(room) = bytes.get_mut(..count) else { return Err(CommandError::Usage) };
    let read = || {
        for (offset, byte) in room.iter_mut().enumerate() {
            let at = address.wrapping_add(offset as u64) as *const u8;
            // SAFETY: a volatile read has no effect on memory; where nothing is
            // mapped it faults, and the guarded call comes back. Reading a
            // device register can change the device: that is what was asked.
            *byte = unsafe { at.read_volatile() };
        }
    };
    guard(address, read)?;
    for (number, row) in room.chunks(ROW).enumerate() {
        let address = address.wrapping_add((number * ROW) as u64);
        println!("{}", Row { address, digits: 16, bytes: row });
    }
    Ok(())
}

fn byte_count(text: &str) -> Result<usize, CommandError> {
    let count = usize::try_from(parse_number(text)?).unwrap_or(usize::MAX);
    if (1..=MOST).contains(&count) {
        Ok(count)
    } else {
        Err(CommandError::failed(format_args!("1 to {MOST} bytes can be shown at once")))
    }
}

fn poke(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let (address, value, bits) = match arguments {
        [address, value] => (parse_number(address)?, parse_number(value)?, 8),
        [address, value, bits] => {
            (parse_number(address)?, parse_number(value)?, parse_number(bits)?)
        }
        _ => return Err(CommandError::Usage),
    };
    let write: fn(u64, u64) = match bits {
        8 => |at, value| write_to(at, value as u8),
        16 => |at, value| write_to(at, value as u16),
        32 => |at, value| write_to(at, value as u32),
        64 => |at, value| write_to(at, value),
        _ => return Err(CommandError::Usage),
    };
    if bits < 64 && value >> bits != 0 {
        return Err(CommandError::failed(format_args!("{value:#x} does not fit into {bits} bits")));
    }
    guard(address, || write(address, value))
}

fn write_to<T>(address: u64, value: T) {
    // SAFETY: the person at the prompt asked for this write and answers for it;
    // where it is not allowed it faults, and the guarded call comes back.
    unsafe { (address as *mut T).write_unaligned(value) }
}

/// Runs an access that may fault, and says what the address is if it does.
fn guard(address: u64, access: impl FnOnce()) -> Result<(), CommandError> {
    // SAFETY: the accesses above hold nothing.
    let outcome = unsafe { run_guarded(LIMIT, access) };
    outcome.map_err(|failure| {
        CommandError::failed(format_args!("{failure}; that is: {}", memory::what_is(address)))
    })
}
