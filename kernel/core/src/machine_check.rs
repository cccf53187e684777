//! Machine checks: the registers of a bank, their meaning in words, and which of
//! them may be written.
//!
//! The machine-check architecture (SDM Vol. 3B, chapter 16) has one global status
//! and a few banks, one for each unit that watches itself. Reading and writing them
//! is the kernel's.

use core::fmt;

/// The value of IA32_MCG_CAP (16.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities(pub u64);

impl Capabilities {
    /// More banks than any processor has had so far are not looked at.
    const MOST_BANKS: usize = 64;

    /// The number of banks.
    #[must_use]
    pub const fn banks(self) -> usize {
        let count = (self.0 & 0xff) as usize;
        if count < Self::MOST_BANKS { count } else { Self::MOST_BANKS }
    }

    /// True where IA32_MCG_CTL exists (MCG_CTL_P).
    #[must_use]
    pub const fn has_global_control(self) -> bool {
        self.0 & 1 << 8 != 0
    }
}

/// A processor's family and model, as far as banks depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Made by Intel.
    pub is_intel: bool,
    /// With the extended family added.
    pub family: u8,
    /// With the extended model in front.
    pub model: u8,
}

impl Model {
    /// True where IA32_MCi_CTL of `bank` may be written. On Intel's family 6 before
    /// model 0x1a, bank 0's is an alias of EBL_CR_POWERON, and software must not
    /// modify it (16.3.2.1).
    #[must_use]
    pub const fn may_set_control(self, bank: usize) -> bool {
        !(bank == 0 && self.is_intel && self.family == 6 && self.model < 0x1a)
    }
}

/// A bank's registers, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// IA32_MCi_CTL: which errors are reported.
    Control = 0,
    /// IA32_MCi_STATUS: the error.
    Status = 1,
    /// IA32_MCi_ADDR: where, if the status says so.
    Address = 2,
    /// IA32_MCi_MISC: more about it, if the status says so.
    Miscellaneous = 3,
}

/// The number of a bank's register; the first is IA32_MC0_CTL.
#[must_use]
pub const fn register(bank: usize, part: Part) -> u32 {
    0x400 + 4 * bank as u32 + part as u32
}

/// IA32_MCi_STATUS (16.3.2.2): the bank holds an error.
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

/// One error, as a bank logged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Reads bank `number` through `read`, which has no value for a register that the
    /// processor does not have. `None` where the bank holds no error. The address and
    /// the miscellaneous register are read only where the status says that they are
    /// valid; else they need not exist.
    pub fn read(number: usize, mut read: impl FnMut(u32) -> Option<u64>) -> Option<Self> {
        let status = read(register(number, Part::Status)).filter(|status| status & VAL != 0)?;
        let mut valid = |bit: u64, part| {
            if status & bit != 0 { read(register(number, part)) } else { None }
        };
        let address = valid(ADDRV, Part::Address);
        Some(Self { number, status, address, miscellaneous: valid(MISCV, Part::Miscellaneous) })
    }

    /// True where software may go on as if nothing had happened here: the error
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

/// IA32_MCG_STATUS (16.3.1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GlobalStatus(pub u64);

impl GlobalStatus {
    /// The saved RIP is valid, so the code can go on.
    const RIPV: u64 = 1 << 0;
    /// The saved RIP has to do with the error.
    const EIPV: u64 = 1 << 1;
    /// In progress; another #MC now is a shutdown.
    const MCIP: u64 = 1 << 2;

    /// True where the interrupted code can go on where it was (RIPV).
    #[must_use]
    pub const fn can_go_on(self) -> bool {
        self.0 & Self::RIPV != 0
    }
}

/// Shows as `MCG_STATUS 0x5 (the code could go on (RIPV), in progress (MCIP))`.
impl fmt::Display for GlobalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MCG_STATUS {:#x} (", self.0)?;
        f.write_str(if self.can_go_on() {
            "the code could go on (RIPV)"
        } else {
            "the code cannot go on (no RIPV)"
        })?;
        for (bit, words) in [
            (Self::EIPV, "RIP has to do with the error (EIPV)"),
            (Self::MCIP, "in progress (MCIP)"),
        ] {
            if self.0 & bit != 0 {
                write!(f, ", {words}")?;
            }
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intel(model: u8) -> Model {
        Model { is_intel: true, family: 6, model }
    }

    #[test]
    fn bank_0_of_early_family_6_keeps_its_control() {
        for model in [0x00, 0x0f, 0x17, 0x19] {
            assert!(!intel(model).may_set_control(0), "{model:#x}");
            assert!(intel(model).may_set_control(1), "{model:#x}");
        }
        for model in [0x1a, 0x1c, 0x3c, 0x55, 0xff] {
            assert!(intel(model).may_set_control(0), "{model:#x}");
        }
        // Neither Intel's family 15 nor AMD's families have the alias.
        assert!(Model { is_intel: true, family: 15, model: 2 }.may_set_control(0));
        assert!(Model { is_intel: false, family: 6, model: 2 }.may_set_control(0));
        assert!(Model { is_intel: false, family: 0x17, model: 1 }.may_set_control(0));
    }

    #[test]
    fn a_bank_is_read_as_far_as_it_is_valid() {
        let all = |number: u32| Some(u64::from(number));
        assert_eq!(Bank::read(3, all), None, "VAL is clear");
        let mut read = Vec::new();
        let bank = Bank::read(6, |number| {
            read.push(number);
            Some(if number == 0x419 { 1 << 63 | 1 << 58 } else { 0x567_8000 })
        });
        assert_eq!(read, [0x419, 0x41a], "and no IA32_MC6_MISC");
        let bank = bank.unwrap();
        assert_eq!((bank.number, bank.address, bank.miscellaneous), (6, Some(0x567_8000), None));
        // A register that is refused is one that says nothing.
        assert_eq!(Bank::read(0, |_| None), None);
        let lame = Bank::read(0, |number| (number == 0x401).then_some(u64::MAX)).unwrap();
        assert_eq!((lame.address, lame.miscellaneous), (None, None));
    }

    #[test]
    fn a_bank_in_words() {
        let bank = Bank {
            number: 6,
            status: 0x9c00_0000_0000_0135,
            address: Some(0x567_8000),
            miscellaneous: Some(0),
        };
        assert_eq!(
            bank.to_string(),
            "bank 6: status 0x9c00000000000135 (corrected, ADDRV, MISCV), error code 0x135: \
             cache, level 1, model's code 0x0, address 0x5678000, misc 0x0"
        );
        assert!(bank.is_contained());
        let corrupt = Bank { status: bank.status | UC | PCC, ..bank };
        assert!(!corrupt.is_contained());
        assert!(corrupt.to_string().contains("uncorrected (UC), processor context corrupt (PCC)"));
        assert!(Bank { status: bank.status | UC, ..bank }.is_contained());
        assert!(!Bank { status: bank.status | UC | AR, ..bank }.is_contained());
    }

    #[test]
    fn every_error_code_has_words() {
        let words = |code| ErrorCode(code).to_string();
        assert_eq!(words(0x1135), words(0x135), "bit 12 is no part of the code");
        assert_eq!(words(0x0f), "cache hierarchy, generic level");
        assert_eq!(words(0x90), "memory controller");
        assert_eq!(words(0xe0b), "bus or interconnect, generic level");
        assert_eq!(words(0x400), "internal timer");
        for code in 0..=u16::MAX {
            assert!(!words(code).is_empty());
        }
    }

    #[test]
    fn capabilities_and_the_global_status() {
        assert_eq!((Capabilities(0x10a).banks(), Capabilities(0xff).banks()), (10, 64));
        assert!(Capabilities(0x10a).has_global_control());
        assert!(!Capabilities(0xa).has_global_control());
        let status = GlobalStatus(5);
        assert!(status.can_go_on() && !GlobalStatus(4).can_go_on());
        assert_eq!(
            status.to_string(),
            "MCG_STATUS 0x5 (the code could go on (RIPV), in progress (MCIP))"
        );
    }
}
