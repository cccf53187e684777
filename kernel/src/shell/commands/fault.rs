//! `fault NAME`: makes the processor raise an exception, to see the report.

use crate::cpu::guarded::Limit;
use crate::cpu::lock::SpinLock;
use crate::memory;
use crate::println;
use crate::shell::command::{Command, CommandError, Reach, Session};
use core::arch::asm;
use core::hint::black_box;

pub(super) static COMMAND: Command = Command {
    name: "fault",
    aliases: &[],
    usage: "de|bp|ud|gp|pf|so|panic|lock [guarded]",
    summary: "raises a fault to show its report (guarded: and comes back)",
    reach: Reach::Bulk,
    run,
};

/// How long a guarded fault may take: a second is for ever.
const LIMIT: Limit = Limit::Ticks(1000);

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let (name, guarded) = match arguments {
        [name] => (name, false),
        [name, "guarded"] => (name, true),
        _ => return Err(CommandError::Usage),
    };
    let raise = find(name).ok_or(CommandError::Usage)?;
    if guarded {
        // SAFETY: none of the faults below holds anything when it strikes.
        match unsafe { memory::run_guarded(LIMIT, raise) } {
            Ok(()) => println!("nothing happened, or the code went on by itself"),
            Err(failure) => println!("came back from: {failure}"),
        }
    } else {
        raise();
        println!("the code went on");
    }
    Ok(())
}

fn find(name: &str) -> Option<fn()> {
    Some(match name {
        "de" => divide_error,
        "bp" => breakpoint,
        "ud" => invalid_opcode,
        "gp" => general_protection,
        "pf" => page_fault,
        "so" => overflow_stack,
        "panic" => panic,
        "lock" => fault_with_lock,
        _ => return None,
    })
}

fn divide_error() {
    // SAFETY: the division raises #DE and changes nothing but the registers
    // that are named.
    unsafe {
        asm!("div {zero:e}", zero = in(reg) 0_u32, inout("eax") 1_u32 => _, inout("edx") 0_u32 => _);
    }
}

fn breakpoint() {
    // SAFETY: the handler returns behind the instruction.
    unsafe { asm!("int3") };
}

fn invalid_opcode() {
    // SAFETY: UD2 raises #UD and does nothing else.
    unsafe { asm!("ud2") };
}

fn general_protection() {
    // SAFETY: a read of an address that is not canonical raises #GP and reads
    // nothing.
    unsafe {
        asm!("mov {out}, [{address}]", address = in(reg) 0x8000_0000_0000_0000_u64, out = out(reg) _)
    };
}

fn page_fault() {
    // SAFETY: nothing is ever mapped at the null page: the read raises #PF.
    unsafe { asm!("mov {out}, [{address}]", address = in(reg) 8_u64, out = out(reg) _) };
}

#[expect(unconditional_recursion, reason = "it is to overflow")]
#[inline(never)]
fn overflow_stack() {
    let room = black_box([0_u64; 64]);
    overflow_stack();
    black_box(room);
}

/// A guarded call does not come back past a lock: what it protects may be half
/// changed.
fn fault_with_lock() {
    static LOCK: SpinLock<()> = SpinLock::new(());
    let guard = LOCK.lock();
    invalid_opcode();
    drop(guard);
}

fn panic() {
    panic!("asked for at the prompt");
}
