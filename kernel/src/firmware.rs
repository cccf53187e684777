//! ACPI: its tables, and the firmware's own programs. Asked now and then, and
//! large: see `base` for why this is a crate.

#![no_std]

extern crate alloc;

pub mod acpi;

use valhalla_base::{cpu, memory};
