//! Firmware tables: every view of every kind of table, over any bytes.
#![cfg_attr(fuzzing, no_main)]

use valhalla_core::acpi::views;

valhalla_fuzz::target!(|bytes: &[u8]| views::read_all(bytes));
