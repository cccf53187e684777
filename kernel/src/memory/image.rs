//! The kernel's own image: where its sections begin and end.
//!
//! The linker script (`linker-x86_64.ld`) defines the symbols, each on a page
//! border, and gives each section its rights.

use crate::boot::BootInfo;
use crate::cpu::image_stacks::ImageStack;
use core::sync::atomic::{AtomicU64, Ordering};
use valhalla_core::frames::PAGE_SIZE;
use valhalla_core::paging::Rights;
use valhalla_core::symbols;

unsafe extern "C" {
    static __text_start: u8;
    static __text_end: u8;
    static __rodata_start: u8;
    static __rodata_end: u8;
    static __data_start: u8;
    static __data_end: u8;
    static __symbols_start: u8;
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

/// The sections, without the guard pages of the stacks in the image: what must
/// be mapped.
pub(super) fn parts() -> impl Iterator<Item = Section> {
    sections().into_iter().flat_map(|section| {
        let mut guards = ImageStack::ALL.into_iter().map(ImageStack::guard);
        let mut rest = section;
        core::iter::from_fn(move || {
            let guard = guards.find(|guard| rest.start <= *guard && *guard < rest.end);
            let part = Section { end: guard.unwrap_or(rest.end), ..rest };
            rest.start = guard.map_or(rest.end, |guard| guard + PAGE_SIZE);
            (part.start < section.end).then_some(part)
        })
        .filter(|part| part.start < part.end)
    })
}

/// What leads from a virtual address of the image to its physical one.
static TO_PHYSICAL: AtomicU64 = AtomicU64::new(0);

/// Remembers where the loader put the image: in one piece.
pub(super) fn init(boot: &BootInfo) {
    let to_physical = boot.kernel_physical_base.wrapping_sub(boot.kernel_virtual_base);
    TO_PHYSICAL.store(to_physical, Ordering::Relaxed);
}

/// The physical address of a byte of the image.
pub(super) fn physical(address: u64) -> u64 {
    address.wrapping_add(TO_PHYSICAL.load(Ordering::Relaxed))
}

/// Whether `address` lies in the kernel's code.
#[must_use]
pub fn is_text(address: u64) -> bool {
    (&raw const __text_start as u64..&raw const __text_end as u64).contains(&address)
}

/// The image's sections, in order.
#[must_use]
pub fn sections() -> [Section; 4] {
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
        symbols_section(),
    ]
}

/// The packed symbols, as the build left them; all zeroes in an image that was
/// linked and never packed.
#[must_use]
pub fn symbol_bytes() -> &'static [u8] {
    let start = &raw const __symbols_start;
    // SAFETY: the linker script keeps that many bytes there at least.
    let header = unsafe { core::slice::from_raw_parts(start, SYMBOLS_LEAST) };
    let length = symbols::claimed_length(header).unwrap_or(0).clamp(SYMBOLS_LEAST, SYMBOLS_MOST);
    // SAFETY: the tool that wrote the header made the segment as long as the
    // header says; loaders map all of it, and so do our own tables.
    unsafe { core::slice::from_raw_parts(start, length) }
}

/// Bytes of an empty table: what the linker script reserves.
const SYMBOLS_LEAST: usize = 16;
/// More than any kernel's symbols take.
const SYMBOLS_MOST: usize = 16 * 1024 * 1024;

fn symbols_section() -> Section {
    let bytes = symbol_bytes();
    let start = bytes.as_ptr() as u64;
    let end = start + (bytes.len() as u64).next_multiple_of(PAGE_SIZE);
    Section { name: "kernel symbols", start, end, rights: Rights::Read }
}
