//! Starting anew: the FADT's reset register, the keyboard controller, and at
//! last a triple fault, which always works.

use super::mode;
use super::register::Register;
use crate::cpu::elapsed;
use crate::cpu::port::Port;
use core::arch::asm;
use core::fmt;
use x86_64::VirtAddr;
use x86_64::instructions::interrupts;
use x86_64::instructions::tables::lidt;
use x86_64::structures::DescriptorTablePointer;

/// How long to wait for each way to work.
const LIMIT_NS: u64 = 500_000_000;
/// How long the keyboard controller may take over a byte before.
const TAKEN_NS: u64 = 100_000_000;

/// A way to start anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// By the FADT's reset register.
    Register,
    /// By the keyboard controller.
    Keyboard,
    /// By a triple fault.
    TripleFault,
}

/// Why one way alone did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetError {
    /// The FADT has no reset register that can be written.
    NoRegister,
    /// It was asked for, and the machine runs on.
    RunsOn,
}

impl fmt::Display for ResetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRegister => "the FADT has no reset register that can be written",
            Self::RunsOn => "the machine was told to reset, and runs on",
        })
    }
}

/// Starts the machine anew, by the first way that works; the last one always
/// does.
pub fn reboot() -> ! {
    interrupts::disable();
    for way in [Reset::Register, Reset::Keyboard] {
        if let Err(error @ ResetError::NoRegister) = reset_by(way) {
            log::info!(target: "acpi", "{error}");
        }
    }
    log::info!(target: "acpi", "reset by a triple fault");
    triple_fault()
}

/// Starts the machine anew by one way, and returns where that does not work.
pub fn reset_by(way: Reset) -> Result<(), ResetError> {
    match way {
        Reset::Register => {
            let register = mode::fadt().and_then(|fadt| fadt.reset_register());
            let (gas, value) = register.ok_or(ResetError::NoRegister)?;
            let register = Register::new(gas, 1).ok_or(ResetError::NoRegister)?;
            log::info!(target: "acpi", "reset through the FADT's reset register ({gas})");
            interrupts::without_interrupts(|| {
                register.write_u8(value);
                elapsed::stall(LIMIT_NS);
            });
        }
        Reset::Keyboard => {
            log::info!(target: "acpi", "reset through the keyboard controller");
            interrupts::without_interrupts(keyboard_reset);
        }
        Reset::TripleFault => {
            log::info!(target: "acpi", "reset by a triple fault");
            interrupts::disable();
            triple_fault()
        }
    }
    Err(ResetError::RunsOn)
}

/// Pulses the reset line, which hangs on the 8042's output port bit 0.
fn keyboard_reset() {
    const INPUT_FULL: u8 = 1 << 1;
    const PULSE_RESET: u8 = 0xfe;
    let port = Port::<u8>::new(0x64);
    // SAFETY: reading the status has no effect.
    let takes_a_byte = || (unsafe { port.read() } & INPUT_FULL == 0).then_some(());
    // One that is stuck is told all the same.
    let _ = elapsed::wait_until(TAKEN_NS, takes_a_byte);
    // SAFETY: the machine is meant to reset. Without a controller (status
    // 0xff, the wait ends) the write goes nowhere.
    unsafe { port.write(PULSE_RESET) };
    elapsed::stall(LIMIT_NS);
}

/// Takes the IDT away and faults: the processor gives up and resets.
pub fn triple_fault() -> ! {
    let nothing = DescriptorTablePointer { limit: 0, base: VirtAddr::zero() };
    // SAFETY: the machine is meant to reset, so nothing runs after this that
    // could miss the IDT.
    unsafe {
        lidt(&nothing);
        asm!("2:", "ud2", "jmp 2b", options(noreturn));
    }
}
