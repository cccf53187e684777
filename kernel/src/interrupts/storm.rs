//! Interrupts that should not be: nobody's, and those that never end.
//!
//! A line that nobody handles is masked when it first interrupts, because its
//! device might hold it for ever. A line that has a handler may be stuck all
//! the same: a level that its device never takes back interrupts again as soon
//! as the handler has returned, and the rest of the kernel stands still. So
//! every [`LOOK_EVERY`] interrupts on a vector we look at the clock, and a line that
//! keeps coming faster than any device of a PC does is masked, unless its handler
//! says that it found something to do ([`was_needed`]). It is tried again at growing
//! intervals ([`retry`], by the schedule of `valhalla_core::interrupt::backoff`).
//!
//! Handlers do not print: what was done is said by [`report`], once.

use super::current::controller;
use super::line::IsaIrq;
use super::list::name_of;
use super::{routes, vectors, wiring};
use crate::cpu::expected;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use spin::Once;
use valhalla_core::apic::Mask;
use valhalla_core::interrupt::backoff::QUIET_NS;

/// Interrupts on a vector between two looks at the clock.
const LOOK_EVERY: u64 = 512;
/// A line is stuck when so many looks in a row find it ...
const LOOKS: u8 = 4;
/// ... faster than this many interrupts a second. A serial port without a FIFO
/// makes 11,520 at its fastest, a keyboard some hundred, the interval timer 10,000.
const TOO_FAST_HZ: u64 = 25_000;
/// The time that [`LOOK_EVERY`] interrupts take at that rate. All looks together
/// are less than a tenth of a second.
const WINDOW_NS: u64 = LOOK_EVERY * 1_000_000_000 / TOO_FAST_HZ;

/// The time, in any context.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Returns how late it is, in nanoseconds.
    pub now_ns: fn() -> u64,
    /// Has [`retry`] called at that time.
    pub retry_at: fn(u64),
}

static CLOCK: Once<Clock> = Once::new();

/// What is known about a vector.
struct Watch {
    last_look_ns: AtomicU64,
    /// Looks in a row that were too soon.
    too_soon: AtomicU8,
    /// What there is to say, a bit each.
    news: AtomicU8,
}

static WATCHES: [Watch; 256] = [const {
    Watch { last_look_ns: AtomicU64::new(0), too_soon: AtomicU8::new(0), news: AtomicU8::new(0) }
}; 256];
/// Tells whether there is anything to say: asked before every prompt.
static NEWS: AtomicBool = AtomicBool::new(false);

const UNCLAIMED: u8 = 1 << 0;
const STUCK: u8 = 1 << 1;
const WELL: u8 = 1 << 2;

fn watch(vector: u8) -> &'static Watch {
    &WATCHES[usize::from(vector)]
}

fn note(vector: u8, news: u8) {
    watch(vector).news.fetch_or(news, Ordering::Relaxed);
    NEWS.store(true, Ordering::Relaxed);
}

/// Tells how late it is, so that a storm can be told from a busy device. Until
/// then nothing counts as a storm. Interrupt handlers ask it.
pub fn set_clock(clock: Clock) {
    CLOCK.call_once(|| clock);
}

/// Asks at the `arrived`th interrupt on `vector` whether they come too fast.
pub(super) fn look(vector: u8, arrived: u64) {
    let is_line = || routes::on(vector).is_some_and(|route| route.line().is_some());
    // A message cannot be stuck: each is sent.
    let Some(clock) = CLOCK.get().filter(|_| arrived.is_multiple_of(LOOK_EVERY) && is_line())
    else {
        return;
    };
    let (now, watch) = ((clock.now_ns)(), watch(vector));
    let since = now.saturating_sub(watch.last_look_ns.swap(now, Ordering::Relaxed));
    if since >= WINDOW_NS {
        watch.too_soon.store(0, Ordering::Relaxed);
    } else if watch.too_soon.fetch_add(1, Ordering::Relaxed) + 1 >= LOOKS {
        watch.too_soon.store(0, Ordering::Relaxed);
        if routes::strike(vector, now) {
            note(vector, STUCK);
        }
        routes::next_retry_ns().into_iter().for_each(clock.retry_at);
    }
}

/// Opens the lines again whose time it is. Returns when to call this next.
pub fn retry(now_ns: u64) -> Option<u64> {
    routes::retry(now_ns, |vector| note(vector, WELL));
    routes::next_retry_ns()
}

/// The handler of `line` had something to do: that is no storm, however fast it
/// is. A virtual serial port hands over a paste as fast as it is fetched.
#[inline]
pub fn was_needed(line: IsaIrq) {
    watch(vectors::of_isa(line)).too_soon.store(0, Ordering::Relaxed);
}

/// An interrupt that nobody handles would come again and again if its device
/// holds the line: it is masked. One that a test has sent is no news.
pub(super) fn unclaimed(vector: u8) {
    if let Some(irq) = vectors::isa_on(vector) {
        controller().set_mask(&wiring::line_of(irq), Mask::Masked);
    }
    if !expected::is_now() {
        note(vector, UNCLAIMED);
    }
}

/// Says in the log what was masked, and what is well again, each once. For the
/// shell: outside of handlers, and cheap when there is nothing.
#[inline]
pub fn report() {
    if NEWS.swap(false, Ordering::Relaxed) {
        (0..=u8::MAX).for_each(tell);
    }
}

#[cold]
fn tell(vector: u8) {
    let news = watch(vector).news.swap(0, Ordering::Relaxed);
    if news & UNCLAIMED != 0 {
        let line = name_of(vector);
        log::warn!(target: "interrupts", "{line} arrived, but no driver handles it: masked");
    }
    if news & STUCK != 0 {
        let line = name_of(vector);
        log::warn!(target: "interrupts", "{line} is stuck: masked, tried again later");
    }
    if news & WELL != 0 {
        let (line, seconds) = (name_of(vector), QUIET_NS / 1_000_000_000);
        log::info!(target: "interrupts", "{line} has been quiet for {seconds} s: open again");
    }
}
