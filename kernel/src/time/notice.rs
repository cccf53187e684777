//! What was found out about clocks in the idle loop, for the log: it speaks when
//! the shell comes back to its prompt, and not into the line that is being typed.

use super::sources::{Id, Stater};
use crate::cpu::lock::SpinLock;
use core::sync::atomic::{AtomicBool, Ordering};
use valhalla_core::clock::rate::Rate;

/// Something to say.
#[derive(Clone, Copy)]
pub(super) enum Notice {
    /// A stated rate is wrong.
    Wrong { id: Id, stated: Rate, stater: Stater, rate: Rate, by: Id },
    /// Time passes from now on: the rate of a first counter is known.
    Begins(Id),
}

/// Both stated rates may be wrong, and the clock begins once.
const MOST: usize = 3;

static NOTICES: SpinLock<[Option<Notice>; MOST]> = SpinLock::new([None; MOST]);
/// There is one.
static IS_LEFT: AtomicBool = AtomicBool::new(false);

/// Leaves something to say.
pub(super) fn leave(notice: Notice) {
    if let Some(place) = NOTICES.lock().iter_mut().find(|place| place.is_none()) {
        *place = Some(notice);
    }
    IS_LEFT.store(true, Ordering::Relaxed);
}

/// Says all that was left.
pub(super) fn report() {
    if !IS_LEFT.load(Ordering::Relaxed) {
        return;
    }
    IS_LEFT.store(false, Ordering::Relaxed);
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
        Notice::Begins(id) => {
            log::info!(target: "time", "{} keeps the time from now on", id.name());
        }
    }
}
