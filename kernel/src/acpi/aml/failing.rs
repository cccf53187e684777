//! Objects whose evaluation failed: they are not run again by lists and by
//! initialisation, which name them with the reason and go on with the others.

use super::super::list::List;
use super::{Words, asl, words};
use crate::cpu::lock::SpinLock;
use acpi::aml::namespace::AmlName;
use core::fmt::{self, Write};
use core::str::FromStr;
use valhalla_core::text::Text;

/// Room for objects; further ones cost the list that they are met in. A machine may
/// have hundreds that fail alike, such as one for each processor.
const ROOM: usize = 1024;

/// Room for different reasons.
const REASONS: usize = 32;

/// A path as it is noted.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// The path for people, cut where it is longer.
    text: Text<80>,
    /// A hash of all of it (FNV-1a), by which it is known again.
    key: u64,
}

impl Path {
    pub(super) fn of(path: &AmlName) -> Self {
        /// What is written, hashed.
        struct Hash(u64);
        impl Write for Hash {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                let add = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
                self.0 = text.bytes().fold(self.0, add);
                Ok(())
            }
        }
        let mut key = Hash(0xcbf2_9ce4_8422_2325);
        // It has no error.
        let _ = write!(key, "{}", asl::Path(path));
        Self { text: Text::of(asl::Path(path)), key: key.0 }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.as_str())
    }
}

/// What failed, by key, with the number of its reason.
struct Failing {
    objects: List<(u64, usize), ROOM>,
    reasons: List<Words, REASONS>,
}

impl Failing {
    /// The number of a reason; one that does not exist where there is no room.
    fn reason(&mut self, why: Words) -> usize {
        let known = self.reasons.iter().position(|known| known.as_str() == why.as_str());
        known.unwrap_or_else(|| {
            let number = self.reasons.len();
            self.reasons.push(why).map_or(usize::MAX, |()| number)
        })
    }
}

/// Not in the arena, which is cleared when an object fails.
static FAILING: SpinLock<Failing> =
    SpinLock::new(Failing { objects: List::new(), reasons: List::new() });

/// Returns why the object at `path` failed, if it did.
pub(super) fn why(path: &AmlName) -> Option<Words> {
    let key = Path::of(path).key;
    let failing = FAILING.lock();
    let (_, reason) = failing.objects.iter().find(|(failed, _)| *failed == key)?;
    let why = failing.reasons.iter().nth(*reason).copied();
    Some(why.unwrap_or_else(|| words("the log says why, where it failed first")))
}

/// Notes that the object failed. `false` where there is no room: it would fail
/// again.
#[must_use]
pub(super) fn note(path: Path, why: Words) -> bool {
    let mut failing = FAILING.lock();
    let reason = failing.reason(why);
    failing.objects.push((path.key, reason)).is_ok()
}

/// Notes, and says in the log, that a device's object returned an error where
/// nobody asks for its value.
pub(super) fn report(device: &AmlName, name: &str, why: Words) {
    let object = AmlName::from_str(name).and_then(|name| name.resolve(device));
    let Ok(object) = object else { return };
    if self::why(&object).is_none() {
        log::warn!(target: "acpi", "AML: {} failed: {why}", asl::Path(&object));
        // Where there is no room the log alone has it.
        let _ = note(Path::of(&object), why);
    }
}

/// Forgets all of them: another try.
pub(super) fn forget() {
    let mut failing = FAILING.lock();
    failing.objects.clear();
    failing.reasons.clear();
}
