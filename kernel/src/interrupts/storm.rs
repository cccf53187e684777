//! Interrupts that should not be: nobody's, and those that never end.
//!
//! A line that nobody handles is masked when it first interrupts, because its
//! device might hold it for ever. A line that has a handler may be stuck all
//! the same: a level that its device never takes back interrupts again as soon
//! as the handler has returned, and the rest of the kernel stands still. So
//! every [`LOOK_EVERY`] interrupts the entry looks at the clock, and a line that
//! keeps coming faster than any device of a PC does is masked, unless its handler
//! says that it found something to do ([`was_needed`]). It is tried again at growing
//! intervals ([`retry`], by the schedule of `valhalla_core::interrupt::backoff`).
//!
//! Handlers do not print: what was done is said by [`report`], once.

use super::isa::{self, IsaIrq};
use super::routes;
use crate::cpu::expected;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use spin::Once;
use valhalla_core::interrupt::backoff::QUIET_NS;

/// Interrupts on a vector between two looks at the clock.
pub(super) const LOOK_EVERY: u64 = 512;
/// A line is stuck when so many looks in a row find it ...
const LOOKS: u8 = 4;
/// ... faster than this many interrupts a second. A serial port without a FIFO
/// makes 11,520 at its fastest, a keyboard some hundred; the interval timer's
/// entry does not look.
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

/// Vectors that were masked, until they are reported: a bit each.
struct Bits([AtomicU32; 8]);

impl Bits {
    const fn new() -> Self {
        Self([const { AtomicU32::new(0) }; 8])
    }

    fn set(&self, vector: u8) {
        let [word, bit] = [vector / 32, vector % 32];
        if let Some(word) = self.0.get(usize::from(word)) {
            word.fetch_or(1 << bit, Ordering::Relaxed);
        }
    }

    fn take(&self) -> impl Iterator<Item = u8> {
        self.0.iter().zip(0u8..).flat_map(|(word, n)| {
            let bits = word.swap(0, Ordering::Relaxed);
            (0..32u8).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| n * 32 + bit)
        })
    }
}

static UNCLAIMED: Bits = Bits::new();
static STUCK: Bits = Bits::new();
static WELL: Bits = Bits::new();
/// Whether there is anything to say: asked before every prompt.
static NEWS: AtomicBool = AtomicBool::new(false);

/// When the last look at each vector was, and how many in a row were too soon.
static LAST_LOOK_NS: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];
static TOO_SOON: [AtomicU8; 256] = [const { AtomicU8::new(0) }; 256];

/// Tells how late it is, so that a storm can be told from a busy device. Until
/// then nothing counts as a storm. Interrupt handlers ask it.
pub fn set_clock(clock: Clock) {
    CLOCK.call_once(|| clock);
}

/// Every [`LOOK_EVERY`] interrupts on `vector`: is this too fast?
#[cold]
pub(super) fn look(vector: u8) {
    // A message cannot be stuck: each is sent.
    let Some(clock) = CLOCK.get().filter(|_| routes::is_line(vector)) else { return };
    let now = (clock.now_ns)();
    let index = usize::from(vector);
    let since = now.saturating_sub(LAST_LOOK_NS[index].swap(now, Ordering::Relaxed));
    if since >= WINDOW_NS {
        TOO_SOON[index].store(0, Ordering::Relaxed);
        return;
    }
    if TOO_SOON[index].fetch_add(1, Ordering::Relaxed) + 1 >= LOOKS {
        TOO_SOON[index].store(0, Ordering::Relaxed);
        if routes::strike(vector, now) {
            STUCK.set(vector);
            NEWS.store(true, Ordering::Relaxed);
        }
        routes::next_retry_ns().into_iter().for_each(clock.retry_at);
    }
}

/// Opens the lines again whose time it is. Returns when to call this next.
pub fn retry(now_ns: u64) -> Option<u64> {
    routes::retry(now_ns, |vector| {
        WELL.set(vector);
        NEWS.store(true, Ordering::Relaxed);
    });
    routes::next_retry_ns()
}

/// The handler of `line` had something to do: that is no storm, however fast it
/// is. A virtual serial port hands over a paste as fast as it is fetched.
#[inline]
pub fn was_needed(line: IsaIrq) {
    TOO_SOON[usize::from(isa::vector(line))].store(0, Ordering::Relaxed);
}

/// An interrupt that nobody handles would come again and again if its device
/// holds the line: it is masked. One that a test has sent is no news.
#[cold]
pub(super) fn unclaimed(vector: u8) {
    routes::mask_unclaimed(vector);
    if expected::is_now() {
        return;
    }
    UNCLAIMED.set(vector);
    NEWS.store(true, Ordering::Relaxed);
}

/// Says in the log what was masked, and what is well again, each once. For the
/// shell: outside of handlers, and cheap when there is nothing.
#[inline]
pub fn report() {
    if NEWS.load(Ordering::Relaxed) {
        tell();
    }
}

#[cold]
fn tell() {
    NEWS.store(false, Ordering::Relaxed);
    for vector in UNCLAIMED.take() {
        let line = routes::name_of(vector);
        log::warn!(target: "interrupts", "{line} arrived, but no driver handles it: masked");
    }
    for vector in STUCK.take() {
        let line = routes::name_of(vector);
        log::warn!(target: "interrupts", "{line} is stuck: masked, tried again later");
    }
    for vector in WELL.take() {
        let (line, seconds) = (routes::name_of(vector), QUIET_NS / 1_000_000_000);
        log::info!(target: "interrupts", "{line} has been quiet for {seconds} s: open again");
    }
}
