//! The instruction that faulted: its bytes, and an address that it cannot use.

use crate::cpu::exception::{Fault, GENERAL_PROTECTION, STACK_SEGMENT};
use crate::memory::inspect;
use core::fmt::{self, Write};

/// An instruction has at most 15 bytes (SDM Vol. 2A, 2.3.11).
const MOST_BYTES: usize = 15;

/// The bytes at RIP, and for #GP and #SS whether a register holds an address
/// that is not canonical.
pub(super) fn write(out: &mut impl Write, fault: &Fault) -> fmt::Result {
    let mut room = [0; MOST_BYTES];
    let bytes = inspect::read(fault.frame.rip, &mut room);
    out.write_str("    bytes there:")?;
    if bytes.is_empty() {
        out.write_str(" none can be read")?;
    }
    for byte in bytes {
        write!(out, " {byte:02x}")?;
    }
    writeln!(out)?;
    let may_be_address = matches!(fault.vector(), GENERAL_PROTECTION | STACK_SEGMENT);
    if may_be_address && fault.frame.error_code == 0 {
        write_suspects(out, fault)?;
    }
    Ok(())
}

/// The processor does not say which address it did not like. A register that
/// holds no canonical one is a likely reason, and is called no more than that.
fn write_suspects(out: &mut impl Write, fault: &Fault) -> fmt::Result {
    let registers = super::registers::general(&fault.frame);
    let suspects = registers.into_iter().filter(|(_, value)| !inspect::is_canonical(*value));
    for (name, value) in suspects {
        writeln!(
            out,
            "\x1b[93mlikely a non-canonical address: {} holds {value:#x}\x1b[0m",
            name.trim_end()
        )?;
    }
    Ok(())
}
