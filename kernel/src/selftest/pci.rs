//! PCI on this very machine, real or not.

use super::{Outcome, selftest};
use crate::acpi::pci::{Config, mechanism};
use crate::drivers::edu::{Edu, EduError, Way};
use crate::drivers::pci;
use valhalla_core::pci::{Address, ConfigSpace};

selftest!("pci: asking for sizes leaves every header as it was", sizes_leave_no_trace);
fn sizes_leave_no_trace() -> Outcome {
    if !mechanism().exists() {
        return Outcome::Skipped("there is no PCI here");
    }
    let mut functions = 0;
    for function in pci::functions() {
        let before = header(function.address);
        let ranges = pci::ranges(&function);
        assert_eq!(header(function.address), before, "{}", function.address);
        let sizes = ranges.iter().flatten().filter_map(|range| range.size);
        assert!(sizes.into_iter().all(u64::is_power_of_two), "{}", function.address);
        functions += 1;
    }
    assert!(functions > 0);
    Outcome::Passed
}

/// Command, class, layout, base address registers: all but the status, which
/// changes by itself.
fn header(at: Address) -> [u32; 16] {
    let mut header = [0; 16];
    for (offset, register) in (0..).step_by(4).zip(&mut header) {
        *register = Config.read_u32(at, offset);
        if offset == 4 {
            *register &= 0xffff;
        }
    }
    header
}

selftest!("pci: the edu device interrupts by message, counted exactly", edu_by_message);
fn edu_by_message() -> Outcome {
    let edu = match Edu::find() {
        Ok(edu) => edu,
        Err(EduError::Missing) => return Outcome::Skipped("there is no edu device here"),
        Err(error) => panic!("{error}"),
    };
    let round = match edu.interrupt(Way::Message, 20) {
        Ok(round) => round,
        Err(EduError::Claim(_)) => return Outcome::Skipped("messages cannot be had here"),
        Err(error) => panic!("{error}"),
    };
    assert_eq!((round.handled, round.arrived, round.ended), (20, 20, 20));
    Outcome::Passed
}
