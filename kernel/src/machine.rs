//! The machine at work: interrupts, clocks, drivers, the console, and what all
//! of it costs. See `base` for why this is a crate.

#![no_std]

extern crate alloc;

pub mod bench;
pub mod console;
pub mod drivers;
pub mod interrupts;
pub mod time;

use valhalla_base::{boot, cpu, memory};
use valhalla_firmware::acpi;
