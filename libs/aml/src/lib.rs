//! An interpreter of AML, the machine language of ACPI.
//!
//! The firmware of a PC describes its devices as programs in AML: definition
//! blocks (the DSDT and the SSDTs) that create a tree of names, with methods
//! that read and write hardware. [`Interpreter`] loads such tables, keeps the
//! tree ([`Namespace`]) and evaluates what is in it.
//!
//! It is written for hostile input, since firmware is often wrong:
//!
//! - no `unsafe`, no panic: the lints below forbid what could;
//! - no recursion on AML: the evaluator has its own stack (`machine`);
//! - each evaluation has a [`Budget`] of steps, memory and call depth, and can
//!   be cancelled by its caller;
//! - each error says table, byte offset and path ([`Error`]);
//! - one bad term at table level costs itself: it is skipped and noted.
//!
//! Hardware is reached through one trait, [`Hardware`]. The language is that of
//! ACPI 6.5, sections 19 and 20; where implementations and text differ, values
//! are those of ACPICA, the interpreter that firmware is tested with.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "no table, however broken, may stop the machine that reads it"
    )
)]

extern crate alloc;

mod budget;
mod convert;
mod data;
mod decode;
mod embedded;
mod error;
mod field;
mod hardware;
mod heap;
mod init;
mod interfaces;
mod interpreter;
mod listing;
mod machine;
pub mod model;
mod name;
mod namespace;
mod object;
mod opcode;
mod region;
mod skip;
mod state;
mod status;
mod table;
mod value;

pub use budget::Budget;
pub use data::Data;
pub use embedded::EcPorts;
pub use error::{At, Error, Fault};
pub use hardware::{Access, Hardware, HardwareFault, PciAddress, Width};
pub use init::Initialised;
pub use interfaces::is_windows_interface;
pub use interpreter::{Interpreter, Loaded, Note, Notification, Settings};
pub use machine::{Observer, Step};
pub use name::Seg;
pub use namespace::{Namespace, NodeId};
pub use object::Kind;
pub use opcode::OPERATORS;
pub use region::Space;
pub use table::Signature;
