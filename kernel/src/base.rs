//! What everything stands on: boot information, the processor, memory.
//!
//! The folders of `kernel/src` are four crates, cut where their order allows, so
//! that what runs often is built to be quick and the rest to be small (the
//! profiles in the workspace's `Cargo.toml`):
//!
//! ```text
//! base: boot, cpu, memory <- firmware: acpi <- machine: interrupts, time,
//! drivers, console, bench <- prompt: report, shell, selftest <- lib, main
//! ```
//!
//! A crate's root brings the crates to its left in, so that `crate::memory` means
//! the same in every file.

#![no_std]

extern crate alloc;

pub mod boot;
pub mod cpu;
pub mod memory;
