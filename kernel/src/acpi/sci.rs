//! The SCI: the chipset's own interrupt, for the power button and its like.
//!
//! ```text
//!   power button --> PM1 status, bit 8 --+
//!   sleep button --> PM1 status, bit 9 --+--> SCI --> on_interrupt()
//!   GPE devices  --> GPE status bits ----+      notes what was pressed
//! ```
//!
//! Only the buttons are enabled. A general-purpose event that comes anyway,
//! because firmware left it enabled, is counted and disabled: nobody here knows
//! what would quieten it. This folder stands left of `interrupts`, so
//! `lib.rs` joins the two (ACPI 6.5, 4.8.3 and 4.8.4).

use super::mode::{self, ModeError};
use super::register::Register;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use spin::Once;
use valhalla_core::acpi::fadt::flag;

/// PM1 status and enable: the power button.
const PWRBTN: u16 = 1 << 8;
/// PM1 status and enable: the sleep button.
const SLPBTN: u16 = 1 << 9;
/// Status bits that are cleared by writing ones: all but the reserved.
const ALL_STATUS: u16 = 0x8731;
/// How long firmware may take to hand the chipset over while booting.
const HANDOVER_NS: u64 = 300_000_000;
/// Bytes of status that a GPE block has at most.
const MOST_GPE_BYTES: usize = 32;

/// Status and enable registers of one PM1 block.
#[derive(Clone, Copy, Debug)]
struct Pm1 {
    status: Register,
    enable: Register,
}

/// Eight general-purpose events.
#[derive(Clone, Copy, Debug)]
struct GpeByte {
    /// The number of the first of them.
    first: u16,
    status: Register,
    enable: Register,
}

struct Registers {
    pm1: [Option<Pm1>; 2],
    gpe: [Option<GpeByte>; MOST_GPE_BYTES],
    buttons: u16,
}

static REGISTERS: Once<Registers> = Once::new();
static PRESSED: AtomicBool = AtomicBool::new(false);
static COUNTS: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];

/// The general-purpose events that came, and were disabled: a bit each.
static CAME: [AtomicU8; MOST_GPE_BYTES] = [const { AtomicU8::new(0) }; MOST_GPE_BYTES];

/// Eight general-purpose events as they are now, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gpes {
    /// The number of the first.
    pub first: u16,
    /// Which are active (GPEx_STS).
    pub status: u8,
    /// Which may raise the SCI (GPEx_EN).
    pub enable: u8,
    /// Which came while they might, and may not since.
    pub came: u8,
}

/// What the SCI brought so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Interrupts.
    pub interrupts: u32,
    /// Times that the power button was pressed.
    pub power: u32,
    /// Times that the sleep button was pressed.
    pub sleep: u32,
    /// General-purpose events, each disabled since.
    pub general: u32,
}

/// Why there is no SCI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SciError {
    /// No FADT, or it names no interrupt or no PM1 event block.
    NotDescribed,
    /// A hardware-reduced machine.
    HardwareReduced,
    /// The chipset stays with the firmware.
    Mode(ModeError),
}

impl fmt::Display for SciError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDescribed => f.write_str("no table describes the SCI"),
            Self::HardwareReduced => f.write_str("this machine has no fixed events"),
            Self::Mode(error) => error.fmt(f),
        }
    }
}

/// Finds the registers, turns every event off, and enters ACPI mode. Returns
/// the interrupt's number: an ISA line below 16, else a GSI.
///
/// # Errors
///
/// [`SciError`]: there will be no events.
pub fn prepare() -> Result<u16, SciError> {
    let fadt = mode::fadt().ok_or(SciError::NotDescribed)?;
    if fadt.has(flag::HW_REDUCED_ACPI) {
        return Err(SciError::HardwareReduced);
    }
    let line = fadt.sci_interrupt().ok_or(SciError::NotDescribed)?;
    let pair = fadt.pm1_event().ok_or(SciError::NotDescribed)?;
    let half = u64::from(fadt.pm1_event_bytes() / 2);
    if half < 2 {
        return Err(SciError::NotDescribed);
    }
    let pm1 = [Some(pair.a), pair.b].map(|gas| {
        Some(Pm1 {
            status: Register::new(gas?, 2)?,
            enable: Register::new(gas?.at_offset(half), 2)?,
        })
    });
    let mut gpe = [None; MOST_GPE_BYTES];
    let bytes = fadt.gpe_blocks().flat_map(|block| {
        let (all, status) = (u64::from(block.bytes), block.status);
        (0..block.bytes).map(move |byte| {
            let first = u16::from(block.first) + 8 * u16::from(byte);
            let byte = u64::from(byte);
            (first, status.at_offset(byte), status.at_offset(all + byte))
        })
    });
    for (slot, (first, status, enable)) in gpe.iter_mut().zip(bytes) {
        if let (Some(status), Some(enable)) = (Register::new(status, 1), Register::new(enable, 1)) {
            *slot = Some(GpeByte { first, status, enable });
        }
    }
    let mut buttons = 0;
    if !fadt.has(flag::PWR_BUTTON) {
        buttons |= PWRBTN;
    }
    if !fadt.has(flag::SLP_BUTTON) {
        buttons |= SLPBTN;
    }
    let registers = REGISTERS.call_once(|| Registers { pm1, gpe, buttons });
    registers.pm1.iter().flatten().for_each(|pm1| pm1.enable.write_u16(0));
    registers.gpe.iter().flatten().for_each(|gpe| gpe.enable.write_u8(0));
    mode::enter(HANDOVER_NS).map_err(SciError::Mode)?;
    Ok(line)
}

/// Lets the buttons through: the handler is in place.
pub fn open() {
    let Some(registers) = REGISTERS.get() else { return };
    for pm1 in registers.pm1.iter().flatten() {
        // What was pressed before nobody meant for us.
        pm1.status.write_u16(ALL_STATUS);
        pm1.enable.write_u16(registers.buttons);
    }
}

/// The handler: clears what is active and notes it.
pub fn on_interrupt() {
    let Some(registers) = REGISTERS.get() else { return };
    let [interrupts, power, sleep, general] = &COUNTS;
    interrupts.fetch_add(1, Ordering::Relaxed);
    for pm1 in registers.pm1.iter().flatten() {
        let active = pm1.status.read_u16() & pm1.enable.read_u16();
        if active != 0 {
            pm1.status.write_u16(active);
        }
        if active & PWRBTN != 0 {
            power.fetch_add(1, Ordering::Relaxed);
            PRESSED.store(true, Ordering::Release);
        }
        if active & SLPBTN != 0 {
            sleep.fetch_add(1, Ordering::Relaxed);
        }
    }
    let slots = registers.gpe.iter().zip(&CAME);
    for (gpe, came) in slots.filter_map(|(gpe, came)| Some((gpe.as_ref()?, came))) {
        let enabled = gpe.enable.read_u8();
        let active = gpe.status.read_u8() & enabled;
        if active != 0 {
            gpe.enable.write_u8(enabled & !active);
            gpe.status.write_u8(active);
            general.fetch_add(active.count_ones(), Ordering::Relaxed);
            came.fetch_or(active, Ordering::Relaxed);
        }
    }
}

/// Whether the power button waits for an answer. Cheap, for idle loops.
#[inline]
#[must_use]
pub fn is_pressed() -> bool {
    PRESSED.load(Ordering::Relaxed)
}

/// Takes the press of the power button, if there was one.
#[must_use]
#[inline]
pub fn take_press() -> bool {
    is_pressed() && PRESSED.swap(false, Ordering::Acquire)
}

/// What came so far; none where the SCI brings nothing.
#[must_use]
pub fn counts() -> Option<Counts> {
    REGISTERS.get()?;
    let [interrupts, power, sleep, general] = [0, 1, 2, 3]
        .map(|index: usize| COUNTS.get(index).map_or(0, |count| count.load(Ordering::Relaxed)));
    Some(Counts { interrupts, power, sleep, general })
}

/// The general-purpose events; none where there are none, or no SCI.
pub fn gpes() -> impl Iterator<Item = Gpes> {
    let slots = REGISTERS.get().into_iter().flat_map(|registers| registers.gpe.iter().zip(&CAME));
    slots.filter_map(|(gpe, came)| {
        let gpe = gpe.as_ref()?;
        Some(Gpes {
            first: gpe.first,
            status: gpe.status.read_u8(),
            enable: gpe.enable.read_u8(),
            came: came.load(Ordering::Relaxed),
        })
    })
}
