//! What people read: reports, the shell, the self tests. See `base` for why this
//! is a crate.

#![no_std]

extern crate alloc;

pub mod report;
pub mod selftest;
pub mod shell;

use valhalla_base::{boot, cpu, memory};
use valhalla_firmware::acpi;
use valhalla_machine::{bench, console, drivers, interrupts, print, println, time};
