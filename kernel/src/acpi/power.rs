//! Switching off.
//!
//! What the firmware's tables say comes first, then what emulators listen to.
//! Each step is said in the log, and every wait ends.

use super::handler::{pause, pause_us};
use super::register::{Register16, write_u8};
use super::tables;
use crate::cpu::port::Port;
use acpi::sdt::fadt::Fadt;
use core::arch::x86_64::__cpuid;
use core::fmt;
use valhalla_core::acpi::s5::SleepTypes;
use x86_64::instructions::interrupts;

/// PM1 control: the chipset sends its events to us (ACPI 6.5, 4.8.3.2).
const SCI_EN: u16 = 1 << 0;
/// PM1 control: which state to sleep in, three bits.
const SLP_TYP_SHIFT: u16 = 10;
const SLP_TYP: u16 = 7 << SLP_TYP_SHIFT;
/// PM1 control: go to sleep now.
const SLP_EN: u16 = 1 << 13;
/// Sleep control register of a hardware-reduced machine (4.8.3.7): the same
/// two fields, elsewhere.
const REDUCED_SLP_TYP_SHIFT: u8 = 2;
const REDUCED_SLP_EN: u8 = 1 << 5;

/// How long to wait for the machine to do what it was told, in microseconds.
const PATIENCE_US: u64 = 500_000;
/// How long firmware may take to hand the chipset over; 3 s as in ACPICA.
const HANDOVER_US: u32 = 3_000_000;

/// Why a step toward "off" was not possible, or the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerError {
    /// No ACPI tables that passed, or no FADT among them.
    NoFadt,
    /// Neither the DSDT nor an SSDT has a `_S5` that can be read.
    NoSleepType,
    /// The FADT names no register that can be written.
    NoRegister,
    /// The firmware did not hand the chipset over.
    NotHandedOver,
    /// Everything was tried, and the machine still runs.
    StillOn,
}

impl fmt::Display for PowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoFadt => "there is no FADT, so ACPI cannot switch off",
            Self::NoSleepType => "no table says which sleep type is \"off\" (_S5)",
            Self::NoRegister => "the FADT names no sleep register that can be written",
            Self::NotHandedOver => "the firmware did not switch to ACPI mode",
            Self::StillOn => "the machine could not be switched off: please use its power button",
        })
    }
}

/// Switches the machine off. Returns only if that is not possible; interrupts
/// are then as they were.
pub fn shutdown() -> PowerError {
    interrupts::without_interrupts(|| {
        match acpi_off() {
            Ok(()) => {
                log::warn!(target: "acpi", "power off was asked for, but the machine runs on")
            }
            Err(reason) => log::warn!(target: "acpi", "{reason}"),
        }
        emulator_off();
        PowerError::StillOn
    })
}

/// Off by the tables: `_S5`'s sleep types into the PM1 control registers.
fn acpi_off() -> Result<(), PowerError> {
    let tables = tables().ok_or(PowerError::NoFadt)?;
    let view = tables.view().ok_or(PowerError::NoFadt)?;
    let fadt = view.find_table::<Fadt>().ok_or(PowerError::NoFadt)?;
    let types = tables.soft_off().ok_or(PowerError::NoSleepType)?;
    let flags = fadt.flags;
    if flags.system_is_hw_reduced_acpi() {
        return reduced_off(&fadt, types);
    }
    let register = |address| Register16::new(address).ok_or(PowerError::NoRegister);
    let pm1a = register(fadt.pm1a_control_block().map_err(|_| PowerError::NoRegister)?)?;
    let pm1b = fadt.pm1b_control_block().ok().flatten().and_then(Register16::new);
    enter_acpi_mode(&fadt, &pm1a)?;

    log::info!(target: "acpi", "soft off: sleep type {} into PM1 control", types.a);
    let arm = |register: &Register16, sleep_type: u8| {
        let value = register.read() & !(SLP_TYP | SLP_EN) | u16::from(sleep_type) << SLP_TYP_SHIFT;
        register.write(value);
        value | SLP_EN
    };
    let go_a = arm(&pm1a, types.a);
    let go_b = pm1b.as_ref().map(|register| (register, arm(register, types.b)));
    pm1a.write(go_a);
    if let Some((register, go)) = go_b {
        register.write(go);
    }
    pause(PATIENCE_US);
    Ok(())
}

/// A machine without PM1 registers has one for sleep alone.
fn reduced_off(fadt: &Fadt, types: SleepTypes) -> Result<(), PowerError> {
    let address = fadt.sleep_control_register().ok().flatten().ok_or(PowerError::NoRegister)?;
    log::info!(target: "acpi", "soft off: sleep type {} into sleep control", types.a);
    let value = types.a << REDUCED_SLP_TYP_SHIFT | REDUCED_SLP_EN;
    write_u8(address, value).map_err(|_| PowerError::NoRegister)?;
    pause(PATIENCE_US);
    Ok(())
}

/// Takes the chipset over from the firmware, which is the condition for
/// `SLP_EN` to do anything (ACPI 6.5, 16.3.1).
fn enter_acpi_mode(fadt: &Fadt, pm1a: &Register16) -> Result<(), PowerError> {
    let in_acpi_mode = || pm1a.read() & SCI_EN != 0;
    let (port, enable) = (fadt.smi_cmd_port, fadt.acpi_enable);
    if in_acpi_mode() || port == 0 || enable == 0 {
        return Ok(());
    }
    let port = u16::try_from(port).map_err(|_| PowerError::NotHandedOver)?;
    log::info!(target: "acpi", "asking the firmware for the chipset (SMI command {enable:#x})");
    // SAFETY: the FADT says that this port and value hand the chipset over.
    unsafe { Port::<u8>::new(port).write(enable) };
    for _ in 0..HANDOVER_US {
        if in_acpi_mode() {
            return Ok(());
        }
        pause_us();
    }
    Err(PowerError::NotHandedOver)
}

/// Off by the ports that QEMU and Bochs listen on. Real machines may have
/// anything there, so only a machine that says it is virtual gets these.
fn emulator_off() {
    const HYPERVISOR_PRESENT: u32 = 1 << 31;
    const OFF: u16 = 0x2000;
    if __cpuid(1).ecx & HYPERVISOR_PRESENT == 0 {
        return;
    }
    for (number, owner) in [(0x604, "QEMU"), (0xb004, "Bochs and old QEMU")] {
        log::info!(target: "acpi", "trying the power-off port of {owner}, {number:#x}");
        // SAFETY: on these emulators the port is PM1 control; on others it is
        // at worst another chipset register, which moves no memory of ours.
        unsafe { Port::<u16>::new(number).write(OFF) };
        pause(PATIENCE_US / 10);
    }
}
