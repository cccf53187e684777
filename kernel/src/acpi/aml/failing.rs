//! Objects whose evaluation failed: they are not run again by lists and by
//! initialisation, which name them with the reason and go on with the others.

use super::super::list::List;
use super::{Words, asl};
use crate::cpu::lock::SpinLock;
use acpi::aml::namespace::AmlName;
use core::str::FromStr;
use valhalla_core::text::Text;

/// Room for objects; further ones cost the list that they are met in.
const ROOM: usize = 48;

/// A path as it is noted, cut where it is longer.
pub(super) type Path = Text<80>;

/// Not in the arena, which is cleared when an object fails.
static FAILING: SpinLock<List<(Path, Words), ROOM>> = SpinLock::new(List::new());

/// Returns why the object at `path` failed, if it did.
pub(super) fn why(path: &AmlName) -> Option<Words> {
    let path = self::path(path);
    let failing = FAILING.lock();
    failing.iter().find(|(failed, _)| failed.as_str() == path.as_str()).map(|(_, why)| *why)
}

/// Notes that the object failed. `false` where there is no room: it would fail
/// again.
#[must_use]
pub(super) fn note(path: Path, why: Words) -> bool {
    FAILING.lock().push((path, why)).is_ok()
}

/// Returns the path as it is noted.
pub(super) fn path(path: &AmlName) -> Path {
    Path::of(asl::Path(path))
}

/// Notes, and says in the log, that a device's object returned an error where
/// nobody asks for its value.
pub(super) fn report(device: &AmlName, name: &str, why: Words) {
    let object = AmlName::from_str(name).and_then(|name| name.resolve(device));
    let Ok(object) = object else { return };
    if self::why(&object).is_none() {
        log::warn!(target: "acpi", "AML: {} failed: {why}", asl::Path(&object));
        // Where there is no room the log alone has it.
        let _ = note(path(&object), why);
    }
}

/// Forgets all of them: another try.
pub(super) fn forget() {
    *FAILING.lock() = List::new();
}
