//! The sixteen ISA interrupt lines: registration, dispatch, counts.
//!
//! A driver registers a handler for its line, which also unmasks it. The
//! dispatcher counts, calls the handler and ends the interrupt. It is short on
//! purpose: it runs a thousand times a second for the timer alone.

use super::pic;
use crate::cpu::TrapFrame;
use crate::cpu::idt;
use core::fmt;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU16, AtomicU64, Ordering};

/// Number of lines.
pub const LINES: usize = 16;

/// An ISA interrupt line, 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsaIrq(u8);

impl IsaIrq {
    /// The interval timer.
    pub const TIMER: Self = Self(0);
    /// The keyboard.
    pub const KEYBOARD: Self = Self(1);
    /// The second and the fourth serial port.
    pub const COM2: Self = Self(3);
    /// The first and the third serial port.
    pub const COM1: Self = Self(4);
    /// The real-time clock.
    pub const RTC: Self = Self(8);
    /// The mouse.
    pub const MOUSE: Self = Self(12);

    /// The line of this number, if there is one.
    #[must_use]
    pub const fn new(line: u8) -> Option<Self> {
        if (line as usize) < LINES { Some(Self(line)) } else { None }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    const fn bit(self) -> u16 {
        1 << self.0
    }
}

impl fmt::Display for IsaIrq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IRQ {}", self.0)
    }
}

/// One line's handler and count.
struct Line {
    handler: AtomicPtr<()>,
    arrived: AtomicU64,
}

impl Line {
    /// One processor, interrupts off: nobody counts in between, so a locked
    /// instruction would buy nothing.
    #[inline]
    fn count(&self) {
        self.arrived.store(self.arrived.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// A driver's handler. It runs with interrupts off, moves a byte and leaves.
pub type Handler = fn(&mut TrapFrame);

static TABLE: [Line; LINES] =
    [const { Line { handler: AtomicPtr::new(null_mut()), arrived: AtomicU64::new(0) } }; LINES];

/// Spurious interrupts: those of the master (IRQ 7) and the slave (IRQ 15).
static SPURIOUS: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
/// Lines that were masked because nobody handles them, until they are reported.
static UNCLAIMED: AtomicU16 = AtomicU16::new(0);

/// Fills vectors 32 to 47.
pub(super) fn init() {
    const ENTRIES: [idt::Handler; LINES] = [
        entry::<0>,
        entry::<1>,
        entry::<2>,
        entry::<3>,
        entry::<4>,
        entry::<5>,
        entry::<6>,
        entry::<7>,
        entry::<8>,
        entry::<9>,
        entry::<10>,
        entry::<11>,
        entry::<12>,
        entry::<13>,
        entry::<14>,
        entry::<15>,
    ];
    for (vector, entry) in (pic::FIRST_VECTOR..).zip(ENTRIES) {
        idt::set_handler(vector, entry);
    }
}

/// Makes `handler` the one for `line` and lets the line through. The handler
/// runs with interrupts off; the dispatcher ends the interrupt after it.
/// A later registration replaces an earlier one.
pub fn register(line: IsaIrq, handler: Handler) {
    TABLE[line.0 as usize].handler.store(handler as *mut (), Ordering::Release);
    unmask(line);
}

/// A handler that is known when the kernel is compiled, so that it is inlined
/// into the dispatcher. For lines that interrupt so often that an indirect
/// call shows; all others use [`register`].
pub trait HotHandler {
    /// The line's number, 0 to 6 or 8 to 14: no check for spurious interrupts
    /// is made.
    const LINE: u8;

    /// As the handler of [`register`].
    fn handle(frame: &mut TrapFrame);
}

/// Makes `H` the handler of its line for good, and lets the line through.
pub fn register_hot<H: HotHandler>() {
    const { assert!((H::LINE as usize) < LINES && H::LINE != 7 && H::LINE != 15) };
    TABLE[H::LINE as usize].handler.store(hot_entry::<H> as *mut (), Ordering::Release);
    idt::set_handler(pic::FIRST_VECTOR + H::LINE, hot_entry::<H>);
    unmask(IsaIrq(H::LINE));
}

/// What the dispatcher does for a hot line.
extern "C" fn hot_entry<H: HotHandler>(frame: &mut TrapFrame) {
    TABLE[H::LINE as usize].count();
    H::handle(frame);
    pic::end_of_interrupt(H::LINE);
}

/// Lets `line` through.
pub fn unmask(line: IsaIrq) {
    pic::unmask(line.bit());
}

/// Blocks `line`; its handler stays registered.
pub fn mask(line: IsaIrq) {
    pic::mask(line.bit());
}

/// Whether `line` is blocked.
#[must_use]
pub fn is_masked(line: IsaIrq) -> bool {
    pic::masks() & line.bit() != 0
}

/// What the dispatcher does for each interrupt on `LINE`.
extern "C" fn entry<const LINE: u8>(frame: &mut TrapFrame) {
    if (LINE == 7 || LINE == 15) && pic::is_spurious(LINE) {
        spurious::<LINE>();
        return;
    }
    let line = &TABLE[LINE as usize];
    line.count();
    let handler = line.handler.load(Ordering::Acquire);
    if handler.is_null() {
        unclaimed(IsaIrq(LINE));
    } else {
        // SAFETY: only `register` stores here, and it stores a `Handler`.
        let handler = unsafe { core::mem::transmute::<*mut (), Handler>(handler) };
        handler(frame);
    }
    pic::end_of_interrupt(LINE);
}

/// Nothing is in service at this 8259, so it gets no end of interrupt. The
/// master has the cascade in service when the slave is the one that erred.
#[cold]
fn spurious<const LINE: u8>() {
    SPURIOUS[usize::from(LINE == 15)].fetch_add(1, Ordering::Relaxed);
    if LINE == 15 {
        pic::end_of_cascade();
    }
}

/// A line that nobody handles would come again and again if its device holds
/// it: it is masked. Handlers do not print, so [`report`] says it later.
#[cold]
fn unclaimed(line: IsaIrq) {
    mask(line);
    UNCLAIMED.fetch_or(line.bit(), Ordering::Relaxed);
}

/// Says in the log which lines were masked because nobody handles them, each
/// once. For the idle loop: outside of handlers, and cheap when there is none.
pub fn report() {
    if UNCLAIMED.load(Ordering::Relaxed) == 0 {
        return;
    }
    let lines = UNCLAIMED.swap(0, Ordering::Relaxed);
    for line in (0..LINES as u8).map(IsaIrq).filter(|line| lines & line.bit() != 0) {
        log::warn!(target: "interrupts", "{line} arrived, but no driver handles it: masked");
    }
}

/// One line's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineStatistics {
    /// Which line.
    pub line: IsaIrq,
    /// Interrupts that arrived, spurious ones not counted.
    pub arrived: u64,
    /// Whether a driver handles it.
    pub claimed: bool,
    /// Whether it is blocked.
    pub masked: bool,
}

/// The figures of all sixteen lines.
pub fn statistics() -> impl Iterator<Item = LineStatistics> {
    (0..LINES as u8).zip(&TABLE).map(|(number, line)| LineStatistics {
        line: IsaIrq(number),
        arrived: line.arrived.load(Ordering::Relaxed),
        claimed: !line.handler.load(Ordering::Relaxed).is_null(),
        masked: is_masked(IsaIrq(number)),
    })
}

/// How many interrupts arrived on `line`.
#[must_use]
pub fn arrived(line: IsaIrq) -> u64 {
    TABLE[line.0 as usize].arrived.load(Ordering::Relaxed)
}

/// Spurious interrupts so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spurious {
    /// On IRQ 7, from the master.
    pub master: u64,
    /// On IRQ 15, from the slave.
    pub slave: u64,
}

/// The figures of spurious interrupts.
#[must_use]
pub fn spurious_counts() -> Spurious {
    let [master, slave] = &SPURIOUS;
    Spurious { master: master.load(Ordering::Relaxed), slave: slave.load(Ordering::Relaxed) }
}
