//! Machine checks: what the processor says of an error in the hardware.
//!
//! The machine-check architecture (SDM Vol. 3B, chapter 16) has one global
//! status and a few banks, one for each unit that watches itself. An error
//! that the hardware could not correct is logged in its bank and raises #MC,
//! on a stack of its own. `read` copies what was logged, in words; `clear`
//! makes room for the next. A second #MC before that would reset the machine.

use super::{Features, msr};
use core::fmt;

const IA32_MCG_CAP: u32 = 0x179;
const IA32_MCG_STATUS: u32 = 0x17a;
const IA32_MCG_CTL: u32 = 0x17b;
/// IA32_MC0_CTL; each bank has four registers: CTL, STATUS, ADDR, MISC.
const IA32_MC0_CTL: u32 = 0x400;

/// IA32_MCG_CAP: IA32_MCG_CTL exists.
const MCG_CTL_P: u64 = 1 << 8;
/// IA32_MCG_STATUS: the saved RIP is valid, so the code can go on.
const RIPV: u64 = 1 << 0;
/// IA32_MCG_STATUS: the saved RIP has to do with the error.
const EIPV: u64 = 1 << 1;
/// IA32_MCG_STATUS: in progress; another #MC now is a shutdown.
const MCIP: u64 = 1 << 2;

/// IA32_MCi_STATUS: the bank holds an error.
const VAL: u64 = 1 << 63;
/// An older one was overwritten.
const OVER: u64 = 1 << 62;
/// The hardware did not correct it.
const UC: u64 = 1 << 61;
/// IA32_MCi_MISC is valid.
const MISCV: u64 = 1 << 59;
/// IA32_MCi_ADDR is valid.
const ADDRV: u64 = 1 << 58;
/// The processor's own state may be wrong.
const PCC: u64 = 1 << 57;
/// The code that used the data must not go on.
const AR: u64 = 1 << 55;

/// More banks than any processor has had so far are not looked at.
const MOST_BANKS: usize = 64;

/// Lets every bank report, and forgets what was logged before this boot.
/// Returns how many such errors there were; `None` where the processor has no
/// machine-check architecture.
pub fn init() -> Option<usize> {
    let count = bank_count()?;
    let old = (0..count).filter(|bank| read_bank(*bank).is_some()).count();
    // SAFETY: CPUID names the architecture, IA32_MCG_CAP the banks. All ones
    // means "report everything" (16.3.2.1); the status registers take zero.
    unsafe {
        if msr::read(IA32_MCG_CAP) & MCG_CTL_P != 0 {
            msr::write(IA32_MCG_CTL, u64::MAX);
        }
        for bank in 0..count {
            msr::write(register(bank, Part::Control), u64::MAX);
        }
    }
    clear();
    Some(old)
}

/// The number of banks; `None` without the architecture.
fn bank_count() -> Option<usize> {
    let features = Features::get();
    // SAFETY: CPUID names the architecture, so the register exists.
    (features.msr && features.mce && features.mca)
        .then(|| (unsafe { msr::read(IA32_MCG_CAP) } as u8 as usize).min(MOST_BANKS))
}

/// A bank's registers, in their order.
#[derive(Clone, Copy)]
enum Part {
    Control = 0,
    Status = 1,
    Address = 2,
    Miscellaneous = 3,
}

const fn register(bank: usize, part: Part) -> u32 {
    IA32_MC0_CTL + 4 * bank as u32 + part as u32
}

/// One error, as a bank logged it.
#[derive(Clone, Copy, Debug)]
pub struct Bank {
    /// The bank's number; what it watches differs by processor model.
    pub number: usize,
    /// IA32_MCi_STATUS.
    pub status: u64,
    /// The physical address (as a rule), where the status says that it is valid.
    pub address: Option<u64>,
    /// More about the error, where valid.
    pub miscellaneous: Option<u64>,
}

impl Bank {
    /// Whether software may go on as if nothing had happened here: the error
    /// was corrected, or it touched nothing that has been used.
    #[must_use]
    pub const fn is_contained(&self) -> bool {
        self.status & PCC == 0 && (self.status & UC == 0 || self.status & AR == 0)
    }
}

impl fmt::Display for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bank {}: status {:#018x} (", self.number, self.status)?;
        f.write_str(if self.status & UC == 0 { "corrected" } else { "uncorrected (UC)" })?;
        for (bit, words) in [
            (PCC, "processor context corrupt (PCC)"),
            (AR, "action required (AR)"),
            (OVER, "an older error was lost (OVER)"),
            (ADDRV, "ADDRV"),
            (MISCV, "MISCV"),
        ] {
            if self.status & bit != 0 {
                write!(f, ", {words}")?;
            }
        }
        let (code, model) = (self.status as u16, (self.status >> 16) as u16);
        write!(f, "), error code {code:#x}: {}, model's code {model:#x}", ErrorCode(code))?;
        if let Some(address) = self.address {
            write!(f, ", address {address:#x}")?;
        }
        self.miscellaneous.map_or(Ok(()), |value| write!(f, ", misc {value:#x}"))
    }
}

/// The architectural error code in words (SDM Vol. 3B, 16.9).
struct ErrorCode(u16);

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bit 12 only says that corrected errors are being filtered.
        let code = self.0 & !(1 << 12);
        let level = ["level 0", "level 1", "level 2", "generic level"][usize::from(code & 3)];
        match code {
            0 => f.write_str("no error"),
            1 => f.write_str("unclassified"),
            2 => f.write_str("parity error in the microcode ROM"),
            3 => f.write_str("external error"),
            4 => f.write_str("functional redundancy check"),
            5 => f.write_str("internal parity error"),
            0x400 => f.write_str("internal timer"),
            0x401..=0x7ff => f.write_str("internal, unclassified"),
            0x0c..=0x0f => write!(f, "cache hierarchy, {level}"),
            0x10..=0x1f => write!(f, "TLB, {level}"),
            0x80..=0xff => f.write_str("memory controller"),
            0x100..=0x1ff => write!(f, "cache, {level}"),
            0x800..=0xfff => write!(f, "bus or interconnect, {level}"),
            _ => f.write_str("unknown"),
        }
    }
}

fn read_bank(number: usize) -> Option<Bank> {
    // SAFETY: the caller took the number from IA32_MCG_CAP. The address and
    // the miscellaneous register are read only where the status says that
    // they are valid; else they need not exist.
    unsafe {
        let status = msr::read(register(number, Part::Status));
        let valid = |bit, part| (status & bit != 0).then(|| msr::read(register(number, part)));
        (status & VAL != 0).then(|| Bank {
            number,
            status,
            address: valid(ADDRV, Part::Address),
            miscellaneous: valid(MISCV, Part::Miscellaneous),
        })
    }
}

/// All that the processor logged.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineCheck {
    status: u64,
    banks: usize,
}

/// Reads the global status. Takes no lock; the banks are read when asked for.
#[must_use]
pub fn read() -> MachineCheck {
    bank_count().map_or_else(MachineCheck::default, |banks| MachineCheck {
        // SAFETY: the architecture is there, so the register exists.
        status: unsafe { msr::read(IA32_MCG_STATUS) },
        banks,
    })
}

impl MachineCheck {
    /// The errors that are logged now.
    pub fn errors(&self) -> impl Iterator<Item = Bank> {
        (0..self.banks).filter_map(read_bank)
    }

    /// Whether the interrupted code may go on: its place is known, and no
    /// error reached it.
    #[must_use]
    pub fn is_survivable(&self) -> bool {
        self.status & RIPV != 0 && self.errors().all(|bank| bank.is_contained())
    }
}

/// Shows as `MCG_STATUS 0x5 (in progress (MCIP), ...)`.
impl fmt::Display for MachineCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.banks == 0 {
            return f.write_str("this processor logs no details");
        }
        write!(f, "MCG_STATUS {:#x} (", self.status)?;
        f.write_str(if self.status & RIPV != 0 {
            "the code could go on (RIPV)"
        } else {
            "the code cannot go on (no RIPV)"
        })?;
        for (bit, words) in
            [(EIPV, "RIP has to do with the error (EIPV)"), (MCIP, "in progress (MCIP)")]
        {
            if self.status & bit != 0 {
                write!(f, ", {words}")?;
            }
        }
        f.write_str(")")
    }
}

/// Empties the banks and ends the machine check in progress.
pub fn clear() {
    let Some(banks) = bank_count() else { return };
    // SAFETY: the registers exist, and zero is the value that empties them
    // (16.3.2.2, 16.3.1.2).
    unsafe {
        for bank in 0..banks {
            msr::write(register(bank, Part::Status), 0);
        }
        msr::write(IA32_MCG_STATUS, 0);
    }
}
