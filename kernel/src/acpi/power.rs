//! Switching off and starting anew.
//!
//! Both try what the firmware's tables say first, then what every PC or every
//! emulator does, and say each step in the log. Every wait ends.

use super::handler::pause_us;
use super::{map, tables};
use crate::cpu::port::Port;
use acpi::address::{AddressSpace, GenericAddress};
use acpi::sdt::fadt::Fadt;
use core::arch::asm;
use core::arch::x86_64::__cpuid;
use core::fmt;
use core::ptr::NonNull;
use valhalla_core::acpi::s5::SleepTypes;
use x86_64::VirtAddr;
use x86_64::instructions::interrupts;
use x86_64::instructions::tables::lidt;
use x86_64::structures::DescriptorTablePointer;

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
const PATIENCE_US: u32 = 500_000;
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

/// A 16-bit register in port or memory space.
enum Register {
    Port(Port<u16>),
    Memory(NonNull<u16>),
}

impl Register {
    fn new(address: GenericAddress) -> Option<Self> {
        match address.address_space {
            AddressSpace::SystemIo => {
                let port = u16::try_from(address.address).ok().filter(|port| *port != 0)?;
                Some(Self::Port(Port::new(port)))
            }
            AddressSpace::SystemMemory if address.address.is_multiple_of(2) => {
                Some(Self::Memory(map::register(address.address, 2)?.cast()))
            }
            _ => None,
        }
    }

    fn read(&self) -> u16 {
        match self {
            // SAFETY: the FADT says that this is the PM1 control register,
            // which reads without effect.
            Self::Port(port) => unsafe { port.read() },
            // SAFETY: as above; two bytes are mapped, and aligned.
            Self::Memory(register) => unsafe { register.as_ptr().read_volatile() },
        }
    }

    fn write(&self, value: u16) {
        match self {
            // SAFETY: the FADT says that this is the PM1 control register; it
            // moves no memory.
            Self::Port(port) => unsafe { port.write(value) },
            // SAFETY: as above; two bytes are mapped, and aligned.
            Self::Memory(register) => unsafe { register.as_ptr().write_volatile(value) },
        }
    }
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
    let register = |address| Register::new(address).ok_or(PowerError::NoRegister);
    let pm1a = register(fadt.pm1a_control_block().map_err(|_| PowerError::NoRegister)?)?;
    let pm1b = fadt.pm1b_control_block().ok().flatten().and_then(Register::new);
    enter_acpi_mode(&fadt, &pm1a)?;

    log::info!(target: "acpi", "soft off: sleep type {} into PM1 control", types.a);
    let arm = |register: &Register, sleep_type: u8| {
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
    write_u8(address, types.a << REDUCED_SLP_TYP_SHIFT | REDUCED_SLP_EN)?;
    pause(PATIENCE_US);
    Ok(())
}

/// Takes the chipset over from the firmware, which is the condition for
/// `SLP_EN` to do anything (ACPI 6.5, 16.3.1).
fn enter_acpi_mode(fadt: &Fadt, pm1a: &Register) -> Result<(), PowerError> {
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

/// Writes a byte register in port or memory space.
fn write_u8(address: GenericAddress, value: u8) -> Result<(), PowerError> {
    match address.address_space {
        AddressSpace::SystemIo => {
            let port = u16::try_from(address.address).map_err(|_| PowerError::NoRegister)?;
            // SAFETY: the FADT says what this register is; a port moves no
            // memory of ours.
            unsafe { Port::<u8>::new(port).write(value) };
            Ok(())
        }
        AddressSpace::SystemMemory => {
            let register = map::register(address.address, 1).ok_or(PowerError::NoRegister)?;
            // SAFETY: the byte is mapped, and the FADT says what it is.
            unsafe { register.as_ptr().write_volatile(value) };
            Ok(())
        }
        _ => Err(PowerError::NoRegister),
    }
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
fn triple_fault() -> ! {
    let nothing = DescriptorTablePointer { limit: 0, base: VirtAddr::zero() };
    // SAFETY: the machine is meant to reset, so nothing runs after this that
    // could miss the IDT.
    unsafe {
        lidt(&nothing);
        asm!("2:", "ud2", "jmp 2b", options(noreturn));
    }
}

fn pause(microseconds: u32) {
    (0..microseconds).for_each(|_| pause_us());
}
