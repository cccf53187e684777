//! Timer interrupts: when somebody waits for one, and few otherwise.
//!
//! While nothing is due the interval timer interrupts as seldom as it can, 18
//! times a second. A deadline that comes sooner shortens its period to just
//! that. So an idle machine sleeps, and a sleeper is woken in time.
//!
//! Where there is no interval timer, the local APIC's wakes sleepers, once its
//! rate has been measured: it is set to each deadline, and else it is silent.
//! Which of them does it, and in which mode, can be changed while the kernel
//! runs (`waker`).
//!
//! Where the interval timer is the clock itself, it ticks a thousand times a
//! second: a longer period could not be told from a missed tick.

use super::sources::Id;
use super::waker::{Ready, Waker};
use super::{clock, lapic_timer, pit};
use crate::cpu::lock::SpinLock;
use crate::cpu::{TrapFrame, guarded};
use crate::interrupts::isa::{self, IsaIrq};
use crate::interrupts::lapic::timer;
use crate::interrupts::{routes, storm};
use valhalla_core::clock::rate::Rate;
use valhalla_core::clock::timers::Timers;

/// What may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Somebody sleeps, and looks at the clock when woken.
    Wake,
    /// A narrow counter goes round: the clock must be read.
    KeepUp,
    /// A reading for a calibration.
    Calibrate,
    /// A stuck interrupt line is tried again.
    Retry,
}

/// What interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Device {
    /// Nothing does.
    None,
    /// The interval timer.
    Pit,
    /// The local APIC's timer does, set to each deadline at this rate.
    OneShot(Rate),
    /// The local APIC's timer does, all the time.
    Periodic,
    /// The local APIC's timer does, when the time-stamp counter, which has this
    /// rate, comes to a deadline.
    Deadline(Rate),
}

impl Device {
    const fn is_lapic(self) -> bool {
        matches!(self, Self::OneShot(_) | Self::Periodic | Self::Deadline(_))
    }
}

struct Events {
    device: Device,
    timers: Timers<Timer, 4>,
    /// How many want a thousand ticks a second.
    fast: u32,
}

static EVENTS: SpinLock<Events> =
    SpinLock::new(Events { device: Device::None, timers: Timers::new(), fast: 0 });

/// The shortest period that is set: a deadline that is nearer is a little late.
const SHORTEST: u64 = 120;

/// The interval timer interrupts from now on.
pub(super) fn begin_with_pit() {
    EVENTS.lock().device = Device::Pit;
    guarded::set_timekeeper(guarded::Timekeeper { now_ns: clock::now_ns, interrupt_by });
}

/// Lets the first tick come at once, where another counter keeps the clock:
/// nobody sleeps before it has shown that interrupts arrive.
pub(super) fn tick_soon() {
    let events = EVENTS.lock();
    let is_clock = clock::keeper().is_none_or(|(id, _)| id == Id::Pit);
    if events.device == Device::Pit && !is_clock && isa::arrived(IsaIrq::TIMER) == 0 {
        pit::set_period(SHORTEST as u32);
    }
}

/// The local APIC's timer counts at this rate. If nothing else interrupts, it
/// does from now on.
pub(super) fn lapic_rate_known(rate: Rate) {
    let mut events = EVENTS.lock();
    if events.device != Device::None || routes::set_timer_handler(on_alarm).is_err() {
        return;
    }
    events.device = Device::OneShot(rate);
    let now = clock::now_ns();
    events.begin(now);
    events.arm(now);
}

/// The time-stamp counter has another rate than was thought.
pub(super) fn tsc_rate_changed(rate: Rate) {
    let mut events = EVENTS.lock();
    if let Device::Deadline(old) = &mut events.device {
        *old = rate;
        events.arm(clock::now_ns());
    }
}

/// When the local APIC's timer is first tried.
const FIRST_ALARM_NS: u64 = 1_000_000;

/// Whether the local APIC's timer is what interrupts.
#[must_use]
pub fn lapic_interrupts() -> bool {
    EVENTS.lock().device.is_lapic()
}

/// What wakes sleepers now.
pub(super) fn waker() -> Option<Waker> {
    match EVENTS.lock().device {
        Device::None => None,
        Device::Pit => Some(Waker::Pit),
        Device::OneShot(_) => Some(Waker::OneShot),
        Device::Periodic => Some(Waker::Periodic),
        Device::Deadline(_) => Some(Waker::Deadline),
    }
}

/// The period of a timer that interrupts all the time.
const TICK_NS: u64 = 1_000_000;

/// Lets another timer wake sleepers, in the middle of whatever they wait for.
pub(super) fn wake_by(ready: Ready) {
    let mut events = EVENTS.lock();
    if events.device.is_lapic() {
        timer::stop();
    }
    let has_handler = || routes::set_timer_handler(on_alarm).is_ok();
    events.device = match ready {
        Ready::Pit => Device::Pit,
        // Then all stays as it was.
        _ if !has_handler() => return,
        Ready::OneShot(rate) => Device::OneShot(rate),
        Ready::Periodic(rate) => {
            lapic_timer::interrupt_every(rate, TICK_NS);
            Device::Periodic
        }
        Ready::Deadline(rate) => {
            lapic_timer::begin_deadlines();
            Device::Deadline(rate)
        }
    };
    if events.device.is_lapic() {
        isa::mask(IsaIrq::TIMER);
    } else {
        isa::unmask(IsaIrq::TIMER);
    }
    let now = clock::now_ns();
    events.begin(now);
    events.arm(now);
}

/// The local APIC's timer has come to zero.
fn on_alarm(frame: &mut TrapFrame) {
    on_timer();
    guarded::on_timer(frame);
}

/// Does what is due where nothing interrupts, and nobody else looks.
pub(super) fn poll() {
    if EVENTS.lock().device == Device::None {
        on_timer();
    }
}

/// Does what is due. Called by each interrupt of a timer.
pub(super) fn on_timer() {
    // A fault while it is held, and nothing more is due.
    let Some(mut events) = EVENTS.try_lock() else { return };
    let now = clock::now_ns();
    while let Some(due) = events.timers.take_due(now) {
        match due {
            Timer::Wake => {}
            // Reading the clock was all there was to do.
            Timer::KeepUp => events.keep_up(now),
            Timer::Calibrate => super::calibrate::is_due_now(),
            Timer::Retry => {
                if let Some(at_ns) = storm::retry(now) {
                    let _ = events.timers.set(at_ns, Timer::Retry);
                }
            }
        }
    }
    events.arm(now);
}

/// Makes `timer` due at `at_ns`.
pub(super) fn set(timer: Timer, at_ns: u64) {
    let mut events = EVENTS.lock();
    // There is a slot for each kind.
    let _ = events.timers.set(at_ns, timer);
    events.arm(clock::now_ns());
}

/// Time passes from now on: a storm of interrupts can be told from a busy device.
pub(super) fn watch_for_storms() {
    storm::set_clock(storm::Clock { now_ns: clock::now_ns, retry_at });
}

/// Has stuck interrupt lines tried again at that time. For handlers.
fn retry_at(at_ns: u64) {
    set(Timer::Retry, at_ns);
}

/// The limit of a guarded call; the slow tick looks at it by itself.
fn interrupt_by(deadline_ns: u64) {
    let now = clock::now_ns();
    let mut events = EVENTS.lock();
    let is_near = deadline_ns.saturating_sub(now) < pit::oscillations_to_ns(pit::LONGEST.into());
    if is_near || events.device != Device::Pit {
        events.arm(now);
    }
}

/// Another counter keeps the clock: what was planned may be wrong.
pub(super) fn clock_changed() {
    let mut events = EVENTS.lock();
    let now = clock::now_ns();
    events.keep_up(now);
    events.arm(now);
}

impl Events {
    /// Something interrupts from now on, and limits and the clock count on it.
    fn begin(&mut self, now: u64) {
        guarded::set_timekeeper(guarded::Timekeeper { now_ns: clock::now_ns, interrupt_by });
        self.keep_up(now);
        // Soon, to see that it arrives: until then nobody sleeps.
        let _ = self.timers.set(now.saturating_add(FIRST_ALARM_NS), Timer::Wake);
    }

    fn keep_up(&mut self, now: u64) {
        match clock::keeper() {
            Some((_, wrap_ns)) => {
                let _ = self.timers.set(now.saturating_add(wrap_ns / 4), Timer::KeepUp);
            }
            None => self.timers.cancel(Timer::KeepUp),
        }
    }

    /// Sets the device so that it interrupts when something is due.
    fn arm(&mut self, now: u64) {
        let due = self.timers.next().unwrap_or(u64::MAX).min(guarded::deadline_ns());
        let wait = due.saturating_sub(now);
        match self.device {
            Device::None => {}
            Device::Pit => self.arm_pit(wait),
            // The next tick looks what is due.
            Device::Periodic => {}
            Device::OneShot(rate) => lapic_timer::interrupt_in(rate, wait),
            Device::Deadline(rate) => lapic_timer::interrupt_at(rate, wait),
        }
    }

    fn arm_pit(&self, wait: u64) {
        // The first tick is on its way, and arms for what is due then.
        if isa::arrived(IsaIrq::TIMER) == 0 {
            return;
        }
        let is_clock = clock::keeper().is_none_or(|(id, _)| id == Id::Pit);
        let period = if is_clock || self.fast > 0 {
            u64::from(pit::DIVISOR)
        } else {
            pit::ns_to_oscillations(wait).clamp(SHORTEST, pit::LONGEST.into())
        };
        pit::set_period(period as u32);
    }
}

/// As long as it lives there are a thousand ticks a second.
#[derive(Debug)]
#[must_use = "the ticks slow down when this is dropped"]
pub struct FastTicks(());

/// Asks for a thousand ticks a second: for those who count them.
pub fn fast_ticks() -> FastTicks {
    let mut events = EVENTS.lock();
    events.fast += 1;
    events.arm(clock::now_ns());
    FastTicks(())
}

impl Drop for FastTicks {
    fn drop(&mut self) {
        let mut events = EVENTS.lock();
        events.fast = events.fast.saturating_sub(1);
        events.arm(clock::now_ns());
    }
}
