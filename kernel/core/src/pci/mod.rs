//! PCI: what configuration space says, without the machine that reads it.
//!
//! Everything here reads registers through [`ConfigSpace`], which the kernel
//! implements over ports and memory and the tests over bytes. Devices are input
//! like any other: lists are bounded, loops end, and numbers are not believed.
//!
//! | file | what |
//! | --- | --- |
//! | [`address`] | where a function is |
//! | [`config`] | reading and writing its registers |
//!
//! Section numbers are those of the PCI Local Bus Specification 3.0, unless
//! another one is named.

pub mod address;
pub mod config;

pub use address::{Address, Buses};
pub use config::ConfigSpace;
