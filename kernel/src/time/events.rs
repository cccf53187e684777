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
use super::waker::Waker;
use super::{clock, lapic_timer, pit};
use crate::cpu::lock::SpinLock;
use crate::cpu::{TrapFrame, guarded};
use crate::interrupts::isa::{self, IsaIrq};
use crate::interrupts::lapic::timer;
use crate::interrupts::{routes, storm};
use valhalla_core::clock::rate::Rate;

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

impl Timer {
    const ALL: [Self; 4] = [Self::Wake, Self::KeepUp, Self::Calibrate, Self::Retry];
}

/// What interrupts, and at which rate it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    /// The interval timer.
    Pit,
    /// The local APIC's timer, set to each deadline.
    OneShot(Rate),
    /// The local APIC's timer, all the time.
    Periodic(Rate),
    /// The local APIC's timer, when the time-stamp counter comes to a deadline.
    Deadline(Rate),
}

impl Device {
    fn is_lapic(self) -> bool {
        self != Self::Pit
    }
}

struct Events {
    /// None where nothing interrupts.
    device: Option<Device>,
    /// When each [`Timer`] is due; [`NEVER`] is not.
    due_ns: [u64; Timer::ALL.len()],
    /// Somebody counts ticks, a thousand a second.
    is_fast: bool,
}

static EVENTS: SpinLock<Events> =
    SpinLock::new(Events { device: None, due_ns: [NEVER; Timer::ALL.len()], is_fast: false });

const NEVER: u64 = u64::MAX;

/// The shortest period that is set: a deadline that is nearer is a little late.
const SHORTEST: u64 = 120;

/// The interval timer interrupts from now on.
pub(super) fn begin_with_pit() {
    EVENTS.lock().device = Some(Device::Pit);
    guarded::set_alarm(arm);
}

/// The local APIC's timer counts at this rate. If nothing else interrupts, it
/// does from now on.
pub(super) fn lapic_rate_known(rate: Rate) {
    let mut events = EVENTS.lock();
    if events.device.is_none() && routes::set_timer_handler(on_alarm).is_ok() {
        events.begin(Device::OneShot(rate));
    }
}

/// The time-stamp counter has another rate than was thought.
pub(super) fn tsc_rate_changed(rate: Rate) {
    let mut events = EVENTS.lock();
    if let Some(Device::Deadline(old)) = &mut events.device {
        *old = rate;
        events.arm(clock::now_ns());
    }
}

/// When the local APIC's timer is first tried.
const FIRST_ALARM_NS: u64 = 1_000_000;

/// Whether the local APIC's timer is what interrupts.
#[must_use]
pub fn lapic_interrupts() -> bool {
    EVENTS.lock().device.is_some_and(Device::is_lapic)
}

/// What wakes sleepers; none where nothing does.
#[must_use]
pub fn waker() -> Option<Waker> {
    EVENTS.lock().device.map(|device| match device {
        Device::Pit => Waker::Pit,
        Device::OneShot(_) => Waker::OneShot,
        Device::Periodic(_) => Waker::Periodic,
        Device::Deadline(_) => Waker::Deadline,
    })
}

/// The period of a timer that interrupts all the time.
const TICK_NS: u64 = 1_000_000;

/// Lets another timer wake sleepers, in the middle of whatever they wait for.
pub(super) fn wake_by(device: Device) {
    let mut events = EVENTS.lock();
    if events.device.is_some_and(Device::is_lapic) {
        timer::stop();
    }
    // Without a handler all stays as it was.
    if device.is_lapic() && routes::set_timer_handler(on_alarm).is_err() {
        return;
    }
    match device {
        Device::Pit => isa::unmask(IsaIrq::TIMER),
        _ => isa::mask(IsaIrq::TIMER),
    }
    match device {
        Device::Periodic(rate) => lapic_timer::interrupt_every(rate, TICK_NS),
        Device::Deadline(_) => lapic_timer::begin_deadlines(),
        Device::Pit | Device::OneShot(_) => {}
    }
    events.begin(device);
}

/// The local APIC's timer has come to zero.
fn on_alarm(frame: &mut TrapFrame) {
    on_timer();
    guarded::on_timer(frame);
}

/// Does what is due where nothing interrupts, and nobody else looks.
pub(super) fn poll() {
    if EVENTS.lock().device.is_none() {
        on_timer();
    }
}

/// Does what is due. Called by each interrupt of a timer.
pub(super) fn on_timer() {
    // A fault while it is held, and nothing more is due.
    let Some(mut events) = EVENTS.try_lock() else { return };
    let now = clock::now_ns();
    for timer in Timer::ALL {
        if events.due_ns[timer as usize] > now {
            continue;
        }
        events.due_ns[timer as usize] = NEVER;
        match timer {
            Timer::Wake => {}
            // Reading the clock was all there was to do.
            Timer::KeepUp => events.keep_up(now),
            Timer::Calibrate => super::calibrate::is_due_now(),
            Timer::Retry => {
                events.due_ns[timer as usize] = storm::retry(now).unwrap_or(NEVER);
            }
        }
    }
    events.arm(now);
}

/// Makes `timer` due at `at_ns`.
pub(super) fn set(timer: Timer, at_ns: u64) {
    let mut events = EVENTS.lock();
    events.due_ns[timer as usize] = at_ns;
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

/// Another counter keeps the clock: what was planned may be wrong.
pub(super) fn clock_changed() {
    let mut events = EVENTS.lock();
    let now = clock::now_ns();
    events.keep_up(now);
    events.arm(now);
}

impl Events {
    /// Something interrupts from now on, and limits and the clock count on it.
    fn begin(&mut self, device: Device) {
        self.device = Some(device);
        guarded::set_alarm(arm);
        let now = clock::now_ns();
        self.keep_up(now);
        // Soon, to see that it arrives: until then nobody sleeps.
        self.due_ns[Timer::Wake as usize] = now.saturating_add(FIRST_ALARM_NS);
        self.arm(now);
    }

    fn keep_up(&mut self, now: u64) {
        self.due_ns[Timer::KeepUp as usize] =
            clock::keeper().map_or(NEVER, |(_, wrap_ns)| now.saturating_add(wrap_ns / 4));
    }

    /// Sets the device so that it interrupts when something is due.
    fn arm(&mut self, now: u64) {
        let due = self.due_ns.into_iter().fold(guarded::deadline_ns(), u64::min);
        let wait = due.saturating_sub(now);
        match self.device {
            // The next tick looks what is due.
            None | Some(Device::Periodic(_)) => {}
            Some(Device::Pit) => self.arm_pit(wait),
            Some(Device::OneShot(rate)) => lapic_timer::interrupt_in(rate, wait),
            Some(Device::Deadline(rate)) => lapic_timer::interrupt_at(rate, wait),
        }
    }

    fn arm_pit(&self, wait: u64) {
        // The first tick is on its way, and arms for what is due then.
        if isa::arrived(IsaIrq::TIMER) == 0 {
            return;
        }
        let is_clock = clock::keeper().is_none_or(|(id, _)| id == Id::Pit);
        let period = if is_clock || self.is_fast {
            u64::from(pit::DIVISOR)
        } else {
            let rate = Rate::from_hz(pit::OSCILLATOR_HZ);
            let counts = rate.map_or(u64::MAX, |rate| rate.counts(wait));
            counts.clamp(SHORTEST, pit::LONGEST.into())
        };
        pit::set_period(period as u32);
    }
}

/// Sets the device to what is due next: a guarded call's limit may be.
fn arm() {
    EVENTS.lock().arm(clock::now_ns());
}

/// Has a thousand ticks a second while `f` runs, for those who count them.
pub(super) fn with_fast_ticks<T>(f: impl FnOnce() -> T) -> T {
    EVENTS.lock().is_fast = true;
    arm();
    let result = f();
    EVENTS.lock().is_fast = false;
    arm();
    result
}
