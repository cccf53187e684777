//! The logic of Valhalla OS that needs no machine.
//!
//! Whatever can be worked out from bytes alone lives here: no hardware, no
//! `unsafe`, no dependency on the kernel, so that the host tests it in
//! milliseconds, with property tests where the input is hostile. The kernel
//! proper is the crate `valhalla-kernel`.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod acpi;
pub mod answer;
pub mod apic;
pub mod bits;
pub mod box_drawing;
pub mod calendar;
pub mod clock;
pub mod command_line;
pub mod cp437;
pub mod cpuid;
pub mod editor;
pub mod filter;
pub mod framebuffer;
pub mod frames;
pub mod i8042;
pub mod interrupt;
pub mod key;
pub mod keyboard;
pub mod limit;
pub mod log_filter;
pub mod log_ring;
pub mod machine_check;
pub mod msr;
pub mod nearest;
pub mod number;
pub mod options;
pub mod paging;
pub mod pci;
pub mod pixel;
pub mod port_names;
pub mod qr_text;
pub mod random;
pub mod regions;
pub mod ring;
pub mod serial_input;
#[cfg(test)]
mod simulated;
pub mod symbols;
pub mod terminal;
pub mod text;
pub mod uart16550;
pub mod units;
pub mod vga;
pub mod words;
