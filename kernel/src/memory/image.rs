//! The kernel's own image: where its sections begin and end.
//!
//! The linker script (`linker-x86_64.ld`) defines the symbols, each on a page
//! border, and gives each section its rights.

use valhalla_core::paging::Rights;

unsafe extern "C" {
    static __text_start: u8;
    static __text_end: u8;
    static __rodata_start: u8;
    static __rodata_end: u8;
    static __data_start: u8;
    static __data_end: u8;
}

/// A section: what it is, `start..end` as virtual addresses, and its rights.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// For messages.
    pub name: &'static str,
    /// First byte.
    pub start: u64,
    /// Just past the last byte.
    pub end: u64,
    /// What its pages allow.
    pub rights: Rights,
}

/// The section that `address` lies in.
#[must_use]
pub(super) fn section_of(address: u64) -> Option<Section> {
    sections().into_iter().find(|section| section.start <= address && address < section.end)
}

/// The image's sections, in order.
#[must_use]
pub fn sections() -> [Section; 3] {
    // Only the symbols' addresses are taken; they are not variables.
    let section = |name, start: *const u8, end: *const u8, rights| Section {
        name,
        start: start as u64,
        end: end as u64,
        rights,
    };
    [
        section("kernel text", &raw const __text_start, &raw const __text_end, Rights::ReadExecute),
        section(
            "kernel constants",
            &raw const __rodata_start,
            &raw const __rodata_end,
            Rights::Read,
        ),
        section("kernel data", &raw const __data_start, &raw const __data_end, Rights::ReadWrite),
    ]
}
