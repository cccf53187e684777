//! Switching off.
//!
//! What the firmware's tables say comes first, then what emulators listen to:
//!
//! | step | how |
//! | --- | --- |
//! | types | `_S5` by AML; where AML is off, by looking for its bytes |
//! | word | `_PTS (5)` tells the firmware, where it wants to know |
//! | off | sleep type and sleep enable into PM1 control, or sleep control |
//! | else | the ports of QEMU and Bochs, where the machine is virtual |
//!
//! Each step is said in the log, and every wait ends.

use super::mode::{self, ModeError};
use super::register::Register;
use super::{aml, tables};
use crate::cpu::elapsed;
use crate::cpu::port::Port;
use core::arch::x86_64::__cpuid;
use core::fmt;
use valhalla_core::acpi::fadt::{Fadt, flag};
use valhalla_core::acpi::gas::Gas;
use valhalla_core::acpi::s5::SleepTypes;
use x86_64::instructions::interrupts;

/// PM1 control: which state to sleep in, three bits (ACPI 6.5, 4.8.3.2).
const SLP_TYP_SHIFT: u16 = 10;
const SLP_TYP: u16 = 7 << SLP_TYP_SHIFT;
/// PM1 control: go to sleep now.
const SLP_EN: u16 = 1 << 13;
/// Sleep control register of a hardware-reduced machine (4.8.3.7): the same
/// two fields, elsewhere.
const REDUCED_SLP_TYP_SHIFT: u8 = 2;
const REDUCED_SLP_EN: u8 = 1 << 5;
/// Soft off, as `_PTS` counts sleep states.
const S5: u64 = 5;

/// How long to wait for the machine to do what it was told.
const LIMIT_NS: u64 = 500_000_000;
/// How long firmware may take to hand the chipset over; 3 s as in ACPICA.
const HANDOVER_NS: u64 = 3_000_000_000;

/// A way to switch off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// All of them, one after the other.
    Any,
    /// By the tables, with the sleep types that AML says.
    Aml,
    /// By the tables, with the sleep types that are found in their bytes.
    Scan,
    /// By the ports of emulators.
    Ports,
}

/// Why a step toward "off" was not possible, or the last word.
#[derive(Clone, Copy, Debug)]
pub enum PowerError {
    /// No ACPI tables that passed, or no FADT among them.
    NoFadt,
    /// Neither the DSDT nor an SSDT has a `_S5` that can be read.
    NoSleepType,
    /// AML does not say the sleep types.
    Aml(aml::Error),
    /// The FADT names no register that can be written.
    NoRegister,
    /// The firmware did not hand the chipset over.
    Mode(ModeError),
    /// Everything was tried, and the machine still runs.
    StillOn,
}

impl fmt::Display for PowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoFadt => "there is no FADT, so ACPI cannot switch off",
            Self::NoSleepType => "no table says which sleep type is \"off\" (_S5)",
            Self::NoRegister => "the FADT names no sleep register that can be written",
            Self::Aml(error) => return error.fmt(f),
            Self::Mode(error) => return error.fmt(f),
            Self::StillOn => "the machine could not be switched off: please use its power button",
        })
    }
}

/// Switches the machine off. Returns only if that is not possible; interrupts
/// are then as they were.
pub fn shutdown(way: Off) -> PowerError {
    if way != Off::Ports {
        match sleep_types(way).and_then(acpi_off) {
            Ok(()) => {
                log::warn!(target: "acpi", "power off was asked for, but the machine runs on");
            }
            Err(reason) => log::warn!(target: "acpi", "{reason}"),
        }
    }
    if matches!(way, Off::Any | Off::Ports) {
        interrupts::without_interrupts(emulator_off);
    }
    PowerError::StillOn
}

/// The sleep types, and the firmware's last chance to prepare.
fn sleep_types(way: Off) -> Result<SleepTypes, PowerError> {
    let tables = tables().ok_or(PowerError::NoFadt)?;
    let scan = || {
        let types = tables.soft_off().ok_or(PowerError::NoSleepType)?;
        log::info!(target: "acpi", "_S5 found in the tables' bytes");
        Ok(types)
    };
    // AML's time limit needs the timer.
    if way == Off::Scan || (way == Off::Any && !interrupts::are_enabled()) {
        return scan();
    }
    match aml::soft_off() {
        Ok(types) => {
            log::info!(target: "acpi", "_S5 evaluated by AML");
            if let Err(error) = aml::prepare_to_sleep(S5) {
                log::warn!(target: "acpi", "_PTS failed: {error}");
            }
            Ok(types)
        }
        Err(error) if way == Off::Aml => Err(PowerError::Aml(error)),
        Err(error) => {
            log::warn!(target: "acpi", "{error}");
            scan()
        }
    }
}

/// Off by the tables: the sleep types into the PM1 control registers.
fn acpi_off(types: SleepTypes) -> Result<(), PowerError> {
    let fadt = mode::fadt().ok_or(PowerError::NoFadt)?;
    if fadt.has(flag::HW_REDUCED_ACPI) {
        return reduced_off(fadt, types);
    }
    let register = |gas: Gas| Register::new(gas, 2);
    let control = fadt.pm1_control().ok_or(PowerError::NoRegister)?;
    let pm1a = register(control.a).ok_or(PowerError::NoRegister)?;
    let pm1b = control.b.and_then(register);
    mode::enter(HANDOVER_NS).map_err(PowerError::Mode)?;

    log::info!(target: "acpi", "soft off: sleep type {} into PM1 control", types.a);
    let arm = |register: Register, sleep_type: u8| {
        let kept = register.read_u16() & !(SLP_TYP | SLP_EN);
        let value = kept | u16::from(sleep_type) << SLP_TYP_SHIFT;
        register.write_u16(value);
        value | SLP_EN
    };
    interrupts::without_interrupts(|| {
        let go_a = arm(pm1a, types.a);
        let go_b = pm1b.map(|register| (register, arm(register, types.b)));
        pm1a.write_u16(go_a);
        if let Some((register, go)) = go_b {
            register.write_u16(go);
        }
        elapsed::stall(LIMIT_NS);
    });
    Ok(())
}

/// A machine without PM1 registers has one for sleep alone.
fn reduced_off(fadt: Fadt<'_>, types: SleepTypes) -> Result<(), PowerError> {
    let control = fadt.sleep_control().and_then(|gas| Register::new(gas, 1));
    let control = control.ok_or(PowerError::NoRegister)?;
    log::info!(target: "acpi", "soft off: sleep type {} into sleep control", types.a);
    control.write_u8(types.a << REDUCED_SLP_TYP_SHIFT | REDUCED_SLP_EN);
    elapsed::stall(LIMIT_NS);
    Ok(())
}

/// Off by the ports that QEMU and Bochs listen on. Real machines may have
/// anything there, so only a machine that says it is virtual gets these.
fn emulator_off() {
    const HYPERVISOR_PRESENT: u32 = 1 << 31;
    const OFF: u16 = 0x2000;
    if __cpuid(1).ecx & HYPERVISOR_PRESENT == 0 {
        log::info!(target: "acpi", "no emulator: its power-off ports are left alone");
        return;
    }
    for (number, owner) in [(0x604, "QEMU"), (0xb004, "Bochs and old QEMU")] {
        log::info!(target: "acpi", "trying the power-off port of {owner}, {number:#x}");
        // SAFETY: on these emulators the port is PM1 control; on others it is
        // at worst another chipset register, which moves no memory of ours.
        unsafe { Port::<u16>::new(number).write(OFF) };
        elapsed::stall(LIMIT_NS / 10);
    }
}
