//! ACPI on this machine: its tables, power off, reset.
//!
//! [`mod@tables`] maps what the firmware handed over and believes only what
//! passes the checks of `valhalla_core::acpi`; [`power`] switches off and
//! [`reset`] starts anew with what they say, [`sci`] hears the power button. The `acpi` crate sees a root table
//! of our own making, which lists nothing but tables that passed
//! ([`Tables::view`]).
//!
//! AML ([`aml`]) is interpreted on first use and never in boot.

pub mod aml;
mod facs;
mod handler;
mod list;
mod map;
mod mode;
pub mod pci;
pub mod power;
mod register;
pub mod reset;
pub mod sci;
pub mod tables;
mod view;
mod walk;

use spin::Once;
use valhalla_core::regions::Region;

pub use handler::Handler;
pub use power::{Off, PowerError, shutdown};
pub use reset::{Reset, reboot, reset_by, triple_fault};
pub use tables::Tables;

static TABLES: Once<Tables> = Once::new();

/// Finds and checks every table, once. `rsdp` is the root pointer's physical
/// address as the loader gave it, `regions` the normalised memory map.
///
/// Needs memory mapping and one frame. Never fails: a machine without ACPI has
/// an empty list, and says why ([`Tables::absence`]).
pub fn init(rsdp: Option<u64>, regions: &'static [Region]) -> &'static Tables {
    TABLES.call_once(|| {
        let tables = Tables::find(rsdp, regions);
        tables.log();
        tables
    })
}

/// What [`init`] found; `None` before it ran.
#[must_use]
pub fn tables() -> Option<&'static Tables> {
    TABLES.get()
}
