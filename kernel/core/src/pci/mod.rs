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
//! | [`header`] | who it is: numbers, class, command and status |
//! | [`scan`] | finding every function of a segment |
//! | [`bar`] | the ports and memory that it answers to, and how much |
//! | [`window`] | what a bridge lets through |
//! | [`capability`] | its capabilities, and what the common ones say |
//! | [`names`] | what the numbers are called |
//!
//! Section numbers are those of the PCI Local Bus Specification 3.0, unless
//! another one is named.

pub mod address;
pub mod bar;
pub mod capability;
pub mod config;
pub mod header;
pub mod names;
pub mod scan;
#[cfg(test)]
pub(crate) mod testing;
pub mod window;

pub use address::{Address, Buses, Place};
pub use config::ConfigSpace;
pub use header::{Class, Function, Ids, Layout};
pub use scan::{Roots, Scan};
