//! The harness: boots Valhalla OS in QEMU (and in [`bochs`]), types at it, and reads what it answers.
//!
//! A test describes a machine ([`recipe::Recipe`]), boots it, and then talks
//! to it the way a person does: through the serial line ([`serial`]), through
//! the PS/2 keyboard ([`keys`]) and by looking at the pixels of the screen
//! ([`screen`]). [`qtest`] reaches into the hardware from outside. Nothing here
//! waits by sleeping: every wait is for an event and has a bound.

use std::fmt;
use std::io;
use std::time::Duration;

pub mod asl;
pub mod blocks;
pub mod bochs;
pub mod boot_catalog;
pub mod breakpoint;
mod cloop;
pub mod dialogue;
pub mod documents;
pub mod door;
pub mod elf;
pub mod fat;
pub mod font;
pub mod images;
pub mod imports;
pub mod keys;
pub mod machine;
pub mod menu;
pub mod partitions;
pub mod pixels;
mod process;
pub mod qmp;
pub mod qtest;
pub mod random;
pub mod ratchet;
pub mod recipe;
pub mod screen;
pub mod serial;
pub mod snapshot;
pub mod source;
pub mod transcript;
mod xvfb;

/// Why a test failed, in words for the person who reads the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

/// What every step of a test returns.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure that says `words`.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// The same failure with what was being done in front of it.
    #[must_use]
    pub fn during(self, what: impl fmt::Display) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Failure {
    fn from(words: String) -> Self {
        Self(words)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("QMP: {error}"))
    }
}

/// Fails with the given words unless `holds`.
///
/// # Errors
/// Exactly when `holds` is false.
pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(Failure(otherwise())) }
}

/// What bounds are taken times of. A bound is for what hangs, and is never met by
/// what works: a busy host takes many times what a free one does.
const PATIENCE: u32 = 3;

/// A bound on a wait: so many seconds on a free machine, times [`PATIENCE`] or
/// `VALHALLA_PATIENCE`.
#[must_use]
pub fn seconds(bound: u32) -> Duration {
    let patience = std::env::var("VALHALLA_PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(u64::from(bound)) * patience.unwrap_or(PATIENCE).max(1)
}
