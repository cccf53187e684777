//! Machine checks: the processor's reports of errors in the hardware.
//!
//! An error that the hardware could not correct is logged in its bank and raises
//! #MC, on a stack of its own. `read` copies what was logged, in words; `clear`
//! makes room for the next. A second #MC before that would reset the machine. What
//! the registers mean is in `valhalla_core::machine_check`; each is read under a
//! guard, because not all that CPUID promises is there on an emulator.

use super::{Features, identity, msr};
use core::arch::x86_64::__cpuid;
use core::fmt;
use valhalla_core::machine_check::{Bank, Capabilities, GlobalStatus, Model, Part, register};

const IA32_MCG_CAP: u32 = 0x179;
const IA32_MCG_STATUS: u32 = 0x17a;
const IA32_MCG_CTL: u32 = 0x17b;

/// Logs what the banks still hold, clears it, and lets every bank report.
pub fn init() {
    let Some(capabilities) = capabilities() else {
        log::debug!(target: "cpu", "no machine-check banks, or none that can be read");
        return;
    };
    for bank in read().errors() {
        log::warn!(target: "cpu", "machine check left by the boot before or by the firmware: {bank}");
    }
    // All ones means "report everything" (16.3.2.1).
    let report_all = |number| {
        // SAFETY: what is reported here has a handler: #MC.
        if unsafe { msr::write(number, u64::MAX) }.is_err() {
            log::debug!(target: "cpu", "machine checks: no register {number:#x}");
        }
    };
    if capabilities.has_global_control() {
        report_all(IA32_MCG_CTL);
    }
    let model = model();
    for bank in (0..capabilities.banks()).filter(|bank| model.may_set_control(*bank)) {
        report_all(register(bank, Part::Control));
    }
    clear();
}

/// `None` without the architecture, or where an emulator only says that it has it.
fn capabilities() -> Option<Capabilities> {
    let features = Features::get();
    (features.msr && features.mce && features.mca)
        .then(|| msr::read(IA32_MCG_CAP).ok().map(Capabilities))?
}

fn model() -> Model {
    let vendor = __cpuid(0);
    let is_intel = [vendor.ebx, vendor.edx, vendor.ecx]
        == [*b"Genu", *b"ineI", *b"ntel"].map(u32::from_le_bytes);
    // A processor without leaf 1 is no 64-bit one.
    let (family, model) = identity::signature().map_or((0, 0), |it| (it.family, it.model));
    Model { is_intel, family, model }
}

/// All that the processor logged.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineCheck {
    status: GlobalStatus,
    banks: usize,
}

/// Reads the global status. Takes no lock; the banks are read when asked for.
#[must_use]
pub fn read() -> MachineCheck {
    let banks = capabilities().map_or(0, Capabilities::banks);
    match msr::read(IA32_MCG_STATUS) {
        Ok(status) if banks > 0 => MachineCheck { status: GlobalStatus(status), banks },
        _ => MachineCheck::default(),
    }
}

impl MachineCheck {
    /// The errors that are logged now.
    pub fn errors(&self) -> impl Iterator<Item = Bank> {
        (0..self.banks).filter_map(|number| Bank::read(number, |it| msr::read(it).ok()))
    }

    /// True where the interrupted code may go on: its place is known, and no error
    /// reached it.
    #[must_use]
    pub fn is_survivable(&self) -> bool {
        self.status.can_go_on() && self.errors().all(|bank| bank.is_contained())
    }
}

impl fmt::Display for MachineCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.banks == 0 {
            return f.write_str("this processor logs no details");
        }
        self.status.fmt(f)
    }
}

/// Empties the banks and ends the machine check in progress.
pub fn clear() {
    let banks = capabilities().map_or(0, Capabilities::banks);
    let statuses = (0..banks).map(|bank| register(bank, Part::Status));
    for number in statuses.chain((banks > 0).then_some(IA32_MCG_STATUS)) {
        // SAFETY: zero is the value that empties them (16.3.2.2, 16.3.1.2). One that
        // is refused holds nothing.
        let _ = unsafe { msr::write(number, 0) };
    }
}
