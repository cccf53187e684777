//! What was found out about clocks in the idle loop or a handler, for the log: it speaks when
//! the shell comes back to its prompt, and not into the line that is being typed.

use super::sources::{Id, Stater};
use crate::cpu::lock::SpinLock;
use valhalla_core::clock::rate::Rate;

/// Something to say.
#[derive(Clone, Copy)]
pub(super) enum Notice {
    /// A stated rate is wrong.
    Wrong { id: Id, stated: Rate, stater: Stater, rate: Rate, by: Id },
    /// Time passes from now on: the rate of a first counter is known.
    Begins(Id),
    /// The real-time clock interrupted unasked.
    RtcUnasked,
}

/// Both stated rates may be wrong, the clock begins once, and the real-time clock.
const MOST: usize = 4;

static NOTICES: SpinLock<[Option<Notice>; MOST]> = SpinLock::new([None; MOST]);
/// Leaves something to say.
pub(super) fn leave(notice: Notice) {
    if let Some(place) = NOTICES.lock().iter_mut().find(|place| place.is_none()) {
        *place = Some(notice);
    }
}

/// Says in the log what interrupt handlers and the idle loop could not. For the
/// shell, before it shows its prompt.
pub fn report() {
    let notices = core::mem::replace(&mut *NOTICES.lock(), [None; MOST]);
    notices.into_iter().flatten().for_each(say);
}

fn say(notice: Notice) {
    match notice {
        Notice::Wrong { id, stated, stater, rate, by } => {
            let what = if id == Id::Hpet { "not used" } else { "measured instead" };
            let (id, by) = (id.name(), by.name());
            log::warn!(target: "time", "{id} runs at {rate} by {by}, not at {stated} as {stater} tells: {what}");
        }
        Notice::RtcUnasked => {
            log::warn!(target: "time", "the real-time clock interrupted at a rate or an alarm that nobody asked for: turned off");
        }
        Notice::Begins(id) => {
            log::info!(target: "time", "{} keeps the time from now on", id.name());
        }
    }
}
