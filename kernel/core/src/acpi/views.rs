//! Every view of this folder over the same bytes: what fuzzing runs.

use super::{check, fadt, hpet, madt, mcfg, resource, rsdp, s5, sdt, srat};
use core::fmt::Write;

/// Swallows text; formatting must not panic either.
struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, _: &str) -> core::fmt::Result {
        Ok(())
    }
}

/// Reads `bytes` as every kind of table there is. Whatever they are, it ends,
/// and without a panic; that is all it shows.
pub fn read_all(bytes: &[u8]) {
    let mut out = Nowhere;
    let _ = write!(out, "{:?} {:?}", rsdp::parse(bytes), sdt::check(bytes).is_ok());
    let _ = write!(out, "{}", sdt::root_entries(bytes).count());
    for field in fadt::fields::FIELDS {
        if let Some(value) = field.value(bytes) {
            let _ = write!(out, "{value}");
        }
    }
    let view = fadt::Fadt(bytes);
    let _ = write!(out, "{:?} {:?}", view.pm1_event(), view.pm1_control());
    let _ = write!(out, "{:?} {:?}", view.reset_register(), view.sleep_control());
    let _ = write!(out, "{:?} {:?}", view.pm_timer(), view.gpe_blocks().count());
    let _ = write!(out, "{:?} {:?}", view.facs(), fadt::dsdt_addresses(bytes).count());
    let _ = sdt::check(&fadt::padded_copy(bytes, view.facs()));
    for entry in madt::entries(bytes) {
        let _ = match entry {
            Ok(entry) => write!(out, "{entry}"),
            Err(problem) => write!(out, "{problem}"),
        };
    }
    let _ = write!(out, "{:?} {:?}", madt::facts(bytes), hpet::parse(bytes));
    for window in mcfg::windows(bytes) {
        let _ = match window {
            Ok(window) => write!(out, "{window}"),
            Err(problem) => write!(out, "{problem}"),
        };
    }
    let _ = write!(out, "{}", srat::entries(bytes).count());
    let _ = write!(out, "{:?}", srat::distances(bytes).map(|slit| slit.rows().count()));
    let _ = write!(out, "{:?}", s5::find(bytes));
    for resource in resource::resources(bytes) {
        let _ = write!(out, "{resource}");
    }
    for check in [check::fadt, check::madt, check::hpet, check::mcfg] {
        check(bytes, &mut |oddity| {
            let _ = write!(Nowhere, "{oddity}");
        });
    }
}
