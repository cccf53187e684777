//! The kernel's symbols: packed into its image, and looked up on the host.
//!
//! `pack` reads functions and lines from a linked kernel (`kernel`), writes
//! them in the format of `valhalla_core::symbols` (`table`, `names`, `lines`)
//! and puts the table into a copy of the file (`image`). `trace` annotates a
//! log with the full debug information, inlined calls and all. `unpack` reads
//! the text of a report's QR code (`report`).
#![forbid(unsafe_code)]

pub mod image;
pub mod kernel;
pub mod lines;
pub mod names;
pub mod report;
pub mod table;
pub mod trace;

/// Why something could not be done, in words.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
/// A value, or the words.
pub type Outcome<T = ()> = Result<T, Failure>;
