//! What a driver gets: a claim of its source.

use super::routes::{self, Handler, Path};
use super::source::{ClaimError, Source};
use super::vectors::{self, Counts};
use valhalla_core::apic::message::Message;

/// A source that is ours, open, with a handler. Dropping it masks the source
/// and frees its vector, unless other drivers share the line: quieten the device
/// first, which neither a message nor a shared line does.
#[derive(Debug)]
#[must_use = "the source is given back when this is dropped; `keep` keeps it"]
pub struct Claim {
    id: usize,
}

impl Claim {
    /// Keeps the source for good.
    pub fn keep(self) {
        core::mem::forget(self);
    }

    /// The vector that it arrives on now.
    #[must_use]
    pub fn vector(&self) -> u8 {
        routes::claimed(self.id).map_or(0, |route| route.vector)
    }

    /// For [`Source::Msi`]: what the device has to send, and where. Programme it
    /// into the MSI capability (address, data) or a row of the MSI-X table, and
    /// only then let the device send.
    #[must_use]
    pub fn message(&self) -> Option<Message> {
        match routes::claimed(self.id)?.path {
            Path::Message(message) => Some(message),
            Path::Line(_) | Path::Internal => None,
        }
    }

    /// What has come so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        vectors::counts(self.vector())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        routes::release(self.id);
    }
}

/// Makes `handler` the one for `source` and lets the source through. `name`
/// says whose it is. The handler runs with interrupts off; the interrupt is ended
/// after it. A line that is level-triggered can be claimed by several
/// drivers: the handler of each is called, and asks its own device.
///
/// # Errors
///
/// [`ClaimError`]; nothing has changed then.
pub fn claim(source: Source, name: &'static str, handler: Handler) -> Result<Claim, ClaimError> {
    routes::claim(source, name, handler).map(|id| Claim { id })
}
