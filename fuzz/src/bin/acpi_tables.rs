//! Firmware tables: every view of every kind of table, over any bytes, and the
//! rewriting of a method's code.
#![cfg_attr(fuzzing, no_main)]

use valhalla_core::acpi::{stores, views};

valhalla_fuzz::target!(|bytes: &[u8]| {
    views::read_all(bytes);
    let _ = stores::call_for_stores(bytes, *b"HELP", &|name| name.len() % 8);
});
