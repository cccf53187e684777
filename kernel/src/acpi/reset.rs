//! Starting anew: the FADT's reset register, the keyboard controller, and at
//! last a triple fault, which always works.

use super::handler::{pause, pause_us};
use super::register::write_u8;
use super::tables;
use crate::cpu::port::Port;
use acpi::address::GenericAddress;
use acpi::sdt::fadt::Fadt;
use core::arch::asm;
use x86_64::VirtAddr;
use x86_64::instructions::interrupts;
use x86_64::instructions::tables::lidt;
use x86_64::structures::DescriptorTablePointer;

/// How long to wait for each way to work, in microseconds.
const PATIENCE_US: u64 = 500_000;

/// Starts the machine anew, by the first way that works; the last one always
/// does.
pub fn reboot() -> ! {
    interrupts::disable();
    match reset_register() {
        Some((address, value)) => {
            log::info!(target: "acpi", "reset through the FADT's reset register");
            if write_u8(address, value).is_ok() {
                pause(PATIENCE_US);
            }
        }
        None => log::info!(target: "acpi", "the FADT has no reset register that can be written"),
    }
    log::info!(target: "acpi", "reset through the keyboard controller");
    keyboard_reset();
    log::info!(target: "acpi", "reset by a triple fault");
    triple_fault()
}

/// The reset register and what to write to it, where the FADT has one.
fn reset_register() -> Option<(GenericAddress, u8)> {
    let view = tables()?.view()?;
    let fadt = view.find_table::<Fadt>()?;
    let flags = fadt.flags;
    let address = fadt.reset_register().ok()?;
    let there = flags.supports_system_reset_via_fadt() && address.address != 0;
    there.then_some((address, fadt.reset_value))
}

/// Pulses the reset line, which hangs on the 8042's output port bit 0.
fn keyboard_reset() {
    const INPUT_FULL: u8 = 1 << 1;
    const PULSE_RESET: u8 = 0xfe;
    let port = Port::<u8>::new(0x64);
    for _ in 0..10_000 {
        // SAFETY: reading the status has no effect.
        if unsafe { port.read() } & INPUT_FULL == 0 {
            break;
        }
        pause_us();
    }
    // SAFETY: the machine is meant to reset. Without a controller (status
    // 0xff, the loop above ends) the write goes nowhere.
    unsafe { port.write(PULSE_RESET) };
    pause(PATIENCE_US);
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
