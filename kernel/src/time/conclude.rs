//! What follows from a counter's rate: the table of counters is brought up to
//! date, and whatever counts by the rate goes on at the new one.

use super::hpet::NoHpet;
use super::notice::{self, Notice};
use super::sources::{self, Absent, Check, Id, Origin, Source};
use super::{clock, events, wall};
use valhalla_core::clock::calibration::Measured;
use valhalla_core::clock::rate::Rate;
use valhalla_core::clock::verdict::Finding;

/// The stated rate that is to be checked, or none where the rate is to be
/// measured; `None` where there is nothing to find out.
pub(super) fn to_find_out(id: Id) -> Option<Option<Rate>> {
    match sources::get(id).ok()?.rate {
        None => Some(None),
        Some((rate, Origin::Stated(_, Check::Pending))) => Some(Some(rate)),
        Some(_) => None,
    }
}

/// Draws the consequences of a measurement.
pub(super) fn apply(id: Id, by: Id, finding: Finding) {
    match finding {
        Finding::Open | Finding::Again => {}
        Finding::Right => settle(id, Check::Passed(by)),
        Finding::Wrong(measured) => {
            refute(id, by, measured);
            wall::forget();
        }
        Finding::Rate(measured) => learn(id, by, measured),
    }
}

/// Ends the check of a stated rate, which stays; does nothing without one.
pub(super) fn settle(id: Id, check: Check) {
    let Ok(source) = sources::get(id) else { return };
    let Some((rate, Origin::Stated(stater, Check::Pending))) = source.rate else { return };
    let rate_and_origin = Some((rate, Origin::Stated(stater, check)));
    sources::set(id, Ok(Source { rate: rate_and_origin, ..source }));
    if id == Id::Tsc {
        prefer_better();
        clock::tsc_rate_known(rate);
    }
}

/// The stated rate is wrong.
fn refute(id: Id, by: Id, measured: Measured) {
    let Ok(Source { rate: Some((stated, Origin::Stated(stater, _))), .. }) = sources::get(id)
    else {
        return;
    };
    let Some(rate) = Rate::from_hz(measured.hz) else { return };
    notice::leave(Notice::Wrong { id, stated, stater, rate, by });
    if id == Id::Hpet {
        sources::set(id, Err(Absent::Hpet(NoHpet::WrongRate { stated, rate })));
        prefer_better();
    } else {
        learn(id, by, measured);
    }
}

/// The rate is known, or better known.
fn learn(id: Id, by: Id, measured: Measured) {
    let (Ok(source), Some(rate)) = (sources::get(id), Rate::from_hz(measured.hz)) else { return };
    // What is measured by a measured rate shares its error.
    let error_of_by = match sources::get(by).ok().and_then(|by| by.rate) {
        Some((_, Origin::Measured { error_ppm, .. })) => error_ppm,
        _ => 0,
    };
    let error_ppm = measured.error_ppm.saturating_add(error_of_by);
    let origin = Origin::Measured { by, error_ppm };
    sources::set(id, Ok(Source { rate: Some((rate, origin)), ..source }));
    if id == Id::LapicTimer {
        return events::lapic_rate_known(rate);
    }
    clock::rate_changed(id, rate);
    events::tsc_rate_changed(rate);
    prefer_better();
    clock::tsc_rate_known(rate);
}

/// Lets the best counter keep the clock, now that more is known.
fn prefer_better() {
    let is_first = clock::keeper().is_none();
    if !clock::prefer_better() {
        return;
    }
    events::clock_changed();
    if let (true, Some((id, _))) = (is_first, clock::keeper()) {
        events::watch_for_storms();
        wall::forget();
        notice::leave(Notice::Begins(id));
    }
}
