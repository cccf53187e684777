//! Lets the real-time clock tell the time-stamp counter's rate, where no other
//! clock can: its seconds begin with an interrupt, or are seen to begin.

use super::conclude::apply;
use super::rtc::{self, EverySecond};
use super::sources::Id;
use valhalla_core::clock::rate::Rate;
use valhalla_core::clock::seconds::{Edge, Seconds};
use valhalla_core::clock::verdict::Verdict;

/// The time-stamp counter under measurement by the real-time clock.
pub(super) struct BySeconds {
    stated: Option<Rate>,
    /// None before the first second.
    course: Option<Seconds>,
    /// Number of the last second that was taken.
    taken: u64,
    /// Ends the interrupts when all is done.
    _interrupts: EverySecond,
}

impl BySeconds {
    pub(super) fn begin(stated: Option<Rate>) -> Self {
        let interrupts = rtc::every_second();
        Self { stated, course: None, taken: rtc::updates_ended(), _interrupts: interrupts }
    }

    /// Takes the second that has begun, if one has, and says whether all is done.
    pub(super) fn take(&mut self) -> bool {
        let (number, counts) = rtc::last_second();
        let Some(count) = counts.get(Id::Tsc as usize).filter(|_| number != self.taken) else {
            return false;
        };
        self.taken = number;
        let edge = Edge { number, count: *count };
        let Some(course) = &mut self.course else {
            self.course = Some(Seconds::begin(Verdict::on(self.stated), edge));
            return false;
        };
        apply(Id::Tsc, Id::Rtc, course.take(edge));
        course.is_over()
    }
}
