//! The real-time clock (MC146818A and its heirs, behind ports 0x70 and 0x71).
//!
//! It keeps the date while the machine is off, and is read twice until both
//! readings agree: once a second it updates its registers one by one, and says
//! so by a bit that may be set just after one has looked (UIP, register A).
//!
//! What it raises on IRQ 8 is acknowledged by reading register C. Nobody here
//! asks for its periodic interrupt or its alarm: whoever left them on, firmware
//! or a stray write, they are turned off when they strike.

use super::calibrate;
use super::notice::{self, Notice};
use super::sources::Id;
use crate::cpu::elapsed;
use crate::cpu::lock::SpinLock;
use crate::cpu::port::Port;
use crate::interrupts::{IsaIrq, Source, claim};
use core::fmt;
use core::ops::Range;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use valhalla_core::calendar::DateTime;
use valhalla_core::clock::rtc::{B_ALARM, B_PERIODIC, B_UPDATE_ENDED, Nonsense, Registers};
use x86_64::instructions::interrupts;

const INDEX: Port<u8> = Port::new(0x70);
const DATA: Port<u8> = Port::new(0x71);

/// The registers, by their index.
const SECONDS: u8 = 0x00;
const MINUTES: u8 = 0x02;
const HOURS: u8 = 0x04;
const DAY_OF_MONTH: u8 = 0x07;
const MONTH: u8 = 0x08;
const YEAR: u8 = 0x09;
const REGISTER_A: u8 = 0x0a;
const REGISTER_B: u8 = 0x0b;
const REGISTER_C: u8 = 0x0c;
const REGISTER_D: u8 = 0x0d;

/// Register A: an update is in progress, or begins in less than 244 us (UIP).
const A_UPDATING: u8 = 1 << 7;
/// Register C: the periodic interrupt, the alarm, the end of an update.
const C_PERIODIC: u8 = 1 << 6;
const C_ALARM: u8 = 1 << 5;
const C_UPDATE_ENDED: u8 = 1 << 4;

/// How long the clock is looked at before it is given up: an update takes 2 ms.
const SETTLE_LIMIT_NS: u64 = 20_000_000;

/// The FADT's century register; 0 where it names none.
static CENTURY: AtomicU8 = AtomicU8::new(0);
/// Interrupts that nobody asked for.
static UNASKED: AtomicU64 = AtomicU64::new(0);

/// Why there is no time to be had from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcError {
    /// What it shows is no time.
    Nonsense(Nonsense),
    /// It says that it is being updated, or shows something else at each look,
    /// for longer than an update can take.
    NeverAtRest,
}

impl fmt::Display for RtcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the real-time clock tells no time: ")?;
        match self {
            Self::Nonsense(nonsense) => nonsense.fmt(f),
            Self::NeverAtRest => f.write_str("its update never ends (UIP stays 1 in register A)"),
        }
    }
}

/// Registers that the century can be in: memory behind the clock's own, and
/// within reach of the index port, whose bit 7 is not ours.
const CENTURY_REGISTERS: Range<u8> = 0x0e..0x80;

/// Remembers where the century is, and takes IRQ 8 where there is a clock.
pub(super) fn init(century_register: Option<u8>) {
    let century = century_register.filter(|index| CENTURY_REGISTERS.contains(index));
    CENTURY.store(century.unwrap_or(0), Ordering::Relaxed);
    if look().decode() == Err(Nonsense::Absent) {
        return;
    }
    match claim(Source::Isa(IsaIrq::RTC), "RTC", |_| on_interrupt()) {
        Ok(claim) => claim.keep(),
        Err(error) => log::warn!(target: "rtc", "no interrupt: {error}"),
    }
    // What was raised before the line was open holds it, and there would be no
    // further edge.
    on_interrupt();
}

/// The time that the clock shows.
///
/// # Errors
///
/// [`RtcError`], after a bounded time.
pub fn read() -> Result<DateTime, RtcError> {
    settled().and_then(|registers| registers.decode().map_err(RtcError::Nonsense))
}

/// The time registers, read between two updates.
///
/// # Errors
///
/// `NeverAtRest`; also where there is no clock, unless every register says so.
pub fn settled() -> Result<Registers, RtcError> {
    let mut last = None;
    let settled = elapsed::wait_until(SETTLE_LIMIT_NS, || {
        if register(REGISTER_A) & A_UPDATING != 0 {
            last = None;
            return None;
        }
        let now = look();
        (last.replace(now) == Some(now)).then_some(now)
    });
    if let Some(registers) = settled {
        return Ok(registers);
    }
    let registers = look();
    match registers.decode() {
        Err(Nonsense::Absent) => Ok(registers),
        _ => Err(RtcError::NeverAtRest),
    }
}

/// One look at all of them, whatever they are doing.
fn look() -> Registers {
    let century = CENTURY.load(Ordering::Relaxed);
    Registers {
        second: register(SECONDS),
        minute: register(MINUTES),
        hour: register(HOURS),
        day: register(DAY_OF_MONTH),
        month: register(MONTH),
        year: register(YEAR),
        century: (century != 0).then(|| register(century)),
        status_b: register(REGISTER_B),
        status_d: register(REGISTER_D),
    }
}

/// Registers A and B, for those who explain them.
#[must_use]
pub fn status() -> (u8, u8) {
    (register(REGISTER_A), register(REGISTER_B))
}

/// The index of the century's register, where the FADT names one.
#[must_use]
pub fn century_register() -> Option<u8> {
    Some(CENTURY.load(Ordering::Relaxed)).filter(|index| *index != 0)
}

fn register(index: u8) -> u8 {
    // The handler chooses registers too.
    interrupts::without_interrupts(|| {
        // SAFETY: the ports are the clock's, which is this file's; bit 7 of the
        // index, which would block NMIs, is 0. Only register C changes by
        // being read, which acknowledges an interrupt.
        unsafe {
            INDEX.write(index);
            DATA.read()
        }
    })
}

fn set_register_b(change: impl FnOnce(u8) -> u8) {
    interrupts::without_interrupts(|| {
        let value = change(register(REGISTER_B));
        // SAFETY: as above; register B decides which interrupts come, and
        // callers leave the bits alone that say how the time is written.
        unsafe {
            INDEX.write(REGISTER_B);
            DATA.write(value);
        }
    });
}

/// As long as one lives, IRQ 8 comes after each update, once a second.
#[derive(Debug)]
#[must_use = "the interrupts end when this is dropped"]
pub struct EverySecond(());

/// How many [`EverySecond`] live.
static WANTED: AtomicU64 = AtomicU64::new(0);

/// Asks for an interrupt after each update.
pub fn every_second() -> EverySecond {
    if WANTED.fetch_add(1, Ordering::Relaxed) == 0 {
        set_register_b(|b| b | B_UPDATE_ENDED);
    }
    EverySecond(())
}

impl Drop for EverySecond {
    fn drop(&mut self) {
        if WANTED.fetch_sub(1, Ordering::Relaxed) == 1 {
            set_register_b(|b| b & !B_UPDATE_ENDED);
        }
    }
}

/// How often the clock said that an update has ended: since [`every_second`], the
/// seconds that began.
#[must_use]
pub fn updates_ended() -> u64 {
    SECOND.lock().0
}

/// Interrupts of kinds that nobody asked for.
#[must_use]
pub fn unasked_interrupts() -> u64 {
    UNASKED.load(Ordering::Relaxed)
}

/// Reads register C, without which no further interrupt would come.
fn on_interrupt() {
    let raised = register(REGISTER_C);
    // No clock, or one that went away: nothing was raised.
    if raised == u8::MAX {
        return;
    }
    if raised & C_UPDATE_ENDED != 0 {
        let mut second = SECOND.lock();
        *second = (second.0 + 1, Id::ALL.map(Id::read));
        drop(second);
        calibrate::is_due_now();
    }
    let enabled = register(REGISTER_B) & (B_PERIODIC | B_ALARM);
    if raised & (C_PERIODIC | C_ALARM) & enabled != 0 {
        UNASKED.fetch_add(1, Ordering::Relaxed);
        set_register_b(|b| b & !(B_PERIODIC | B_ALARM));
        notice::leave(Notice::RtcUnasked);
    }
}

/// Seconds that have begun while [`every_second`] interrupts, and what each counter
/// showed at the last one.
static SECOND: SpinLock<(u64, [u64; Id::ALL.len()])> = SpinLock::new((0, [0; Id::ALL.len()]));

/// How many seconds have begun while [`every_second`] interrupts, and what each
/// counter showed at the last one, in the order of [`Id::ALL`].
#[must_use]
pub fn last_second() -> (u64, [u64; Id::ALL.len()]) {
    *SECOND.lock()
}

/// Looks whether a second has begun, if somebody waits for one: the interrupt may
/// not arrive.
pub(super) fn poll() {
    if WANTED.load(Ordering::Relaxed) != 0 {
        interrupts::without_interrupts(on_interrupt);
    }
}
