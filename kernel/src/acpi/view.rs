//! The window through which the `acpi` crate sees the tables.
//!
//! The crate believes what a root table lists: it maps by unchecked lengths,
//! loops for ever on a MADT entry of length zero and overlays a FADT with a
//! struct that may be longer. So it never sees the firmware's root table, but
//! one of ours, in a frame of ours:
//!
//! ```text
//!   +0     4 bytes unused: the XSDT's entries start at its offset 36, and the
//!          crate reads them as aligned u64s
//!   +4     XSDT: header and one entry for each table that passed
//!   +1024  the FADT, padded to full length, with a DSDT address only if that
//!          DSDT passed
//! ```

use super::handler::Handler;
use super::tables::{MAX_TABLES, Tables, Trust};
use crate::memory::{frames, hhdm};
use acpi::AcpiTables;
use core::slice;
use valhalla_core::acpi::fadt::{self, COPY_LENGTH};
use valhalla_core::acpi::sdt::{self, HEADER_LENGTH, Signature};

const XSDT_OFFSET: usize = 4;
const FADT_OFFSET: usize = 1024;
pub(super) const FRAME_BYTES: usize = 4096;

const _: () = assert!(XSDT_OFFSET + HEADER_LENGTH + 8 * MAX_TABLES <= FADT_OFFSET);
const _: () = assert!(FADT_OFFSET + COPY_LENGTH <= FRAME_BYTES);
const _: () = assert!((XSDT_OFFSET + HEADER_LENGTH).is_multiple_of(8));

/// Our own root table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    /// Physical address of the frame that it lies in.
    frame: u64,
}

impl Root {
    /// Builds it; `None`, with a word in the log, where there is no frame.
    pub(super) fn build(tables: &Tables) -> Option<Self> {
        let Ok(frame) = frames::allocate_zeroed(frames::Owner::Firmware) else {
            log::warn!(target: "acpi", "no memory for a root table of our own");
            return None;
        };
        let physical = frame.start_address();
        // SAFETY: the frame is RAM, so the direct map covers all of it, it is
        // ours alone, it is never given back, and any bytes are valid `u8`s.
        let page = unsafe { slice::from_raw_parts_mut(hhdm::pointer(physical), FRAME_BYTES) };
        let (low, high) = page.split_at_mut_checked(FADT_OFFSET)?;
        if let Some(table) = tables.get(Signature::FADT) {
            let dsdt = tables.get(Signature::DSDT).map(|dsdt| dsdt.physical);
            let copy = fadt::padded_copy(table.bytes(), dsdt);
            high.get_mut(..COPY_LENGTH)?.copy_from_slice(&copy);
        }
        let entries = tables.list().iter().filter(|table| table.trust == Trust::Whole);
        let addresses = entries.filter_map(|table| match table.header.signature {
            Signature::DSDT => None,
            Signature::FADT => physical.checked_add(FADT_OFFSET as u64),
            _ => Some(table.physical),
        });
        sdt::build_xsdt(low.get_mut(XSDT_OFFSET..)?, addresses)?;
        Some(Self { frame: physical })
    }
}

impl Tables {
    /// What the `acpi` crate is given to reach the machine with.
    pub(super) fn handler(&self) -> Option<Handler> {
        Some(Handler::with_root_frame(self.view?.frame))
    }

    /// The tables as the `acpi` crate knows them: those that passed. `None`
    /// without ACPI.
    #[must_use]
    pub fn view(&self) -> Option<AcpiTables<Handler>> {
        let frame = self.view?.frame;
        let xsdt = usize::try_from(frame).ok()?.checked_add(XSDT_OFFSET)?;
        // SAFETY: at this address is the XSDT that `Root::build` wrote, with a
        // right length; revision 2 says that its entries are 64 bits wide.
        unsafe { AcpiTables::from_rsdt(Handler::with_root_frame(frame), 2, xsdt) }.ok()
    }
}
