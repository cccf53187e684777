//! The kernel file: an ELF64 executable, checked before a byte of it is used.
//!
//! Offsets are those of the ELF-64 object file format; the rules on top of it
//! (upper 2 GiB, no relocation, W^X) are the Limine protocol's and ours.

use crate::memory::{Kind, Map, PAGE, page_down, page_up};
use crate::physical::{u16_at, u32_at, u64_at};
use crate::refusal::Refusal;

/// Executables live from here on: the protocol's lower bound.
pub(crate) const KERNEL_FLOOR: u64 = 0xffff_ffff_8000_0000;
/// The last page stays empty, so that no end address is 2^64.
const KERNEL_CEILING: u64 = 0xffff_ffff_ffff_f000;
const MAX_SEGMENTS: usize = 16;
const HEADER_BYTES: u16 = 56;

/// What a segment's pages allow; all of them may be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    Execute,
    ReadOnly,
    Write,
}

/// A `PT_LOAD` segment.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) address: u64,
    /// Bytes in memory.
    pub(crate) size: u64,
    pub(crate) file: &'static [u8],
    pub(crate) rights: Rights,
}

impl Segment {
    fn end(&self) -> u64 {
        self.address + self.size
    }
}

/// A kernel file that passed every check.
pub(crate) struct Kernel {
    pub(crate) entry: u64,
    segments: [Segment; MAX_SEGMENTS],
    count: usize,
}

impl Kernel {
    /// Reads the ELF header and the program headers.
    pub(crate) fn parse(file: &'static [u8]) -> Result<Self, Refusal> {
        if !file.starts_with(b"\x7fELF") {
            return Err(Refusal::NotElf("no ELF file"));
        }
        if file.get(4..6) != Some(&[2, 1]) {
            return Err(Refusal::NotElf("not a little-endian ELF64"));
        }
        header(file).ok_or(Refusal::NotElf("cut short"))?
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments[..self.count]
    }

    /// The first page of the image.
    pub(crate) fn base(&self) -> u64 {
        self.segments().first().map_or(0, |first| page_down(first.address))
    }

    fn bytes(&self) -> u64 {
        self.segments().last().map_or(0, |last| page_up(last.end()) - self.base())
    }

    /// Copies the segments to fresh memory, in one piece; gives its address.
    pub(crate) fn load(&self, map: &mut Map) -> Result<u64, Refusal> {
        let physical = map.alloc(self.bytes(), Kind::Executable, "the kernel")?;
        for segment in self.segments() {
            let to = physical + (segment.address - self.base());
            // SAFETY: `parse` checked that the segment lies in the image and that
            // its file part is no longer than it; the image was taken just now, so
            // it overlaps neither the file nor anything else.
            unsafe {
                core::ptr::copy_nonoverlapping(segment.file.as_ptr(), to as *mut u8, segment.file.len());
            }
        }
        Ok(physical)
    }

    /// The loaded image as words: that is how requests lie in it.
    pub(crate) fn image(&self, physical: u64) -> &'static mut [u64] {
        // SAFETY: `load` took these whole pages, and nobody else refers to them;
        // called once, by `start`.
        unsafe { core::slice::from_raw_parts_mut(physical as *mut u64, (self.bytes() / 8) as usize) }
    }

    fn add(&mut self, segment: Segment) -> Result<(), Refusal> {
        if segment.address < KERNEL_FLOOR {
            return Err(Refusal::BadProgramHeaders("a segment below 0xffffffff80000000"));
        }
        if segment.address.checked_add(segment.size).is_none_or(|end| end > KERNEL_CEILING) {
            return Err(Refusal::BadProgramHeaders("a segment wraps around"));
        }
        // Ordered as ELF wants them, and no page with two sets of rights.
        if self.segments().last().is_some_and(|last| page_down(segment.address) < page_up(last.end())) {
            return Err(Refusal::BadProgramHeaders("segments share a page or are out of order"));
        }
        let place = self.segments.get_mut(self.count);
        *place.ok_or(Refusal::BadProgramHeaders("too many segments"))? = segment;
        self.count += 1;
        Ok(())
    }
}

/// `None` when the file ends too early.
fn header(file: &'static [u8]) -> Option<Result<Kernel, Refusal>> {
    let (kind, machine) = (u16_at(file, 16)?, u16_at(file, 18)?);
    if machine != 62 {
        return Some(Err(Refusal::NotElf("not for x86-64")));
    }
    if kind != 2 {
        return Some(Err(Refusal::NotElf("not ET_EXEC (link it with relocation-model=static)")));
    }
    let (table, each, count) = (u64_at(file, 32)?, u16_at(file, 54)?, u16_at(file, 56)?);
    if each != HEADER_BYTES {
        return Some(Err(Refusal::BadProgramHeaders("an unknown size")));
    }
    let none = Segment { address: 0, size: 0, file: &[], rights: Rights::ReadOnly };
    let mut kernel = Kernel { entry: u64_at(file, 24)?, segments: [none; MAX_SEGMENTS], count: 0 };
    let table = file.get(usize::try_from(table).ok()?..)?.get(..usize::from(each) * usize::from(count))?;
    for header in table.chunks_exact(usize::from(each)) {
        match load_segment(file, header) {
            Ok(None) => {}
            Ok(Some(segment)) => {
                if let Err(refusal) = kernel.add(segment) {
                    return Some(Err(refusal));
                }
            }
            Err(refusal) => return Some(Err(refusal)),
        }
    }
    let code = |segment: &Segment| {
        segment.rights == Rights::Execute && (segment.address..segment.end()).contains(&kernel.entry)
    };
    if !kernel.segments().iter().any(code) {
        return Some(Err(Refusal::BadProgramHeaders("the entry point is in no executable segment")));
    }
    Some(Ok(kernel))
}

/// One program header; `None` for kinds that are not loaded and empty ones.
fn load_segment(file: &'static [u8], header: &[u8]) -> Result<Option<Segment>, Refusal> {
    const PT_LOAD: u32 = 1;
    const EXECUTE: u32 = 1;
    const WRITE: u32 = 2;
    let long = |offset| u64_at(header, offset).unwrap_or(0);
    let (address, size) = (long(16), long(40));
    if u32_at(header, 0) != Some(PT_LOAD) || size == 0 {
        return Ok(None);
    }
    let (offset, file_size) = (long(8), long(32));
    let file = offset.checked_add(file_size).and_then(|end| {
        file.get(usize::try_from(offset).ok()?..usize::try_from(end).ok()?)
    });
    let Some(file) = file else {
        return Err(Refusal::BadProgramHeaders("a segment is not whole in the file"));
    };
    if file_size > size {
        return Err(Refusal::BadProgramHeaders("more bytes in the file than in memory"));
    }
    let flags = u32_at(header, 4).unwrap_or(0);
    let rights = match (flags & WRITE != 0, flags & EXECUTE != 0) {
        (true, true) => return Err(Refusal::WritableCode { address }),
        (true, false) => Rights::Write,
        (false, true) => Rights::Execute,
        (false, false) => Rights::ReadOnly,
    };
    Ok(Some(Segment { address, size, file, rights }))
}

const _: () = assert!(KERNEL_FLOOR.is_multiple_of(PAGE));
