//! A PC keyboard: from the controller's bytes to keys, and what is said back.
//!
//! ```text
//! byte --> Talk::take --- not an answer --> Decoder::byte --> Decoded
//!            | answers to                     | wire    scan code sets, translation
//!            v our commands                   | held    keys that are down, locks
//!          Talk::next --> byte to send        | layout  characters, AltGr
//!                         (LEDs, rate, set)   v accent  dead keys
//! ```
//!
//! No machine here: `drivers::ps2` in the kernel moves the bytes. The tables of
//! scan codes and layouts are the `pc-keyboard` crate's. Any bytes whatsoever
//! are decoded to something, and no modifier outlives its key: modifiers are the
//! keys that are down, not a state beside them.

mod accent;
mod decode;
mod held;
mod layout;
mod rate;
mod talk;
#[cfg(test)]
mod tests;
mod wire;

pub use decode::{Decoded, Decoder};
pub use held::{Held, Locks};
pub use layout::Layout;
pub use rate::Rate;
pub use talk::{Counts, Heard, Request, Talk, command};
pub use wire::{ScanSet, Translation, Wire};
