//! The kernel file: an ELF64 executable, checked before a byte of it is used.
//!
//! Offsets are those of the ELF-64 object file format; the rules on top of it
//! (upper 2 GiB, no relocation, W^X) are the Limine protocol's and ours.

use crate::memory::{Kind, Map, page_down, page_up, zero};
use crate::physical::{u16_at, u32_at, u64_at};
use crate::{Refusal, Result};

/// Executables live from here on: the protocol's lower bound.
pub(crate) const KERNEL_FLOOR: u64 = 0xffff_ffff_8000_0000;
/// The last page stays empty, so that no end address is 2^64.
const KERNEL_CEILING: u64 = 0xffff_ffff_ffff_f000;
const MAX_SEGMENTS: usize = 16;
const PROGRAM_HEADER_BYTES: usize = 56;

/// What a segment's pages allow; all of them may be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    Execute,
    ReadOnly,
    Write,
}

/// A `PT_LOAD` segment, at the address where it wants to be.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) rights: Rights,
    file: &'static [u8],
}

/// A kernel that passed every check, and lies in memory in one piece.
pub(crate) struct Kernel {
    pub(crate) entry: u64,
    pub(crate) physical: u64,
    segments: [Segment; MAX_SEGMENTS],
    count: usize,
}

impl Kernel {
    /// Checks the file and copies its segments to fresh memory.
    pub(crate) fn load(file: &'static [u8], map: &mut Map) -> Result<Self> {
        if file.get(..6) != Some(b"\x7fELF\x02\x01") {
            return Err(c"the module is not a kernel: no little-endian ELF64 file");
        }
        let (kind, machine, size) = (u16_at(file, 16)?, u16_at(file, 18)?, u16_at(file, 54)?);
        check(&[
            (machine != 62, c"the kernel is not for x86-64"),
            (kind != 2, c"the kernel is not ET_EXEC: link it with relocation-model=static"),
            (usize::from(size) != PROGRAM_HEADER_BYTES, c"bad program headers: unknown size"),
        ])?;
        let none = Segment { start: 0, end: 0, rights: Rights::ReadOnly, file: &[] };
        let mut kernel =
            Self { entry: u64_at(file, 24)?, physical: 0, segments: [none; _], count: 0 };
        let headers = part(file, u64_at(file, 32)?, u64::from(u16_at(file, 56)?) * 56)?;
        for header in headers.chunks_exact(PROGRAM_HEADER_BYTES) {
            kernel.add(file, header)?;
        }
        let code = kernel.segments().iter().find(|segment| {
            segment.rights == Rights::Execute
                && (segment.start..segment.end).contains(&kernel.entry)
        });
        code.ok_or(c"bad program headers: the entry point is in no executable segment")?;

        let bytes = kernel.segments().last().map_or(0, |last| last.end - kernel.base());
        kernel.physical =
            map.reserve(bytes, Kind::Executable, c"too little memory for the kernel")?;
        let mut filled = kernel.physical;
        for segment in kernel.segments() {
            let to = kernel.physical + (segment.start - kernel.base());
            // SAFETY: `add` checked that the segments ascend and that the file part
            // is no longer than the segment, so it fits into the image, which was
            // taken just now: it overlaps neither the file nor anything else. What
            // lies between two parts becomes zero.
            unsafe {
                zero(filled, to);
                segment.file.as_ptr().copy_to_nonoverlapping(to as *mut u8, segment.file.len());
            }
            filled = to + segment.file.len() as u64;
        }
        // SAFETY: the rest of the image.
        unsafe { zero(filled, kernel.physical + page_up(bytes)) };
        Ok(kernel)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments[..self.count]
    }

    /// The address of the first page of the image.
    pub(crate) fn base(&self) -> u64 {
        page_down(self.segments[0].start)
    }

    /// The part of the loaded image that may be written, as words, up to the
    /// zeroes that end it: a request is answered in place, so it is in there.
    ///
    /// # Safety
    /// To be called once.
    pub(crate) unsafe fn writable(&self) -> &'static mut [u64] {
        let mut writable = self.segments().iter().filter(|part| part.rights == Rights::Write);
        let Some(first) = writable.next() else { return &mut [] };
        let last = writable.next_back().unwrap_or(first);
        let start = page_down(first.start);
        let bytes = last.start - start + last.file.len() as u64;
        let place = (self.physical + (start - self.base())) as *mut u64;
        // SAFETY: whole pages that `load` took, and that nobody else refers to.
        unsafe { core::slice::from_raw_parts_mut(place, bytes.div_ceil(8) as usize) }
    }

    /// Takes a program header in, unless it loads nothing.
    fn add(&mut self, file: &'static [u8], header: &[u8]) -> Result<()> {
        const PT_LOAD: u32 = 1;
        let (flags, offset, start) = (u32_at(header, 4)?, u64_at(header, 8)?, u64_at(header, 16)?);
        let (in_file, in_memory) = (u64_at(header, 32)?, u64_at(header, 40)?);
        if u32_at(header, 0)? != PT_LOAD || in_memory == 0 {
            return Ok(());
        }
        let end = start.saturating_add(in_memory);
        let last = self.segments().last().map_or(0, |last| page_up(last.end));
        check(&[
            (start < KERNEL_FLOOR, c"bad program headers: a segment below 0xffffffff80000000"),
            (end > KERNEL_CEILING, c"bad program headers: a segment wraps around"),
            (in_file > in_memory, c"bad program headers: more bytes in the file than in memory"),
            (page_down(start) < last, c"bad program headers: segments share a page or descend"),
            (flags & 3 == 3, c"the kernel has a segment that is writable and executable"),
        ])?;
        let rights = match flags & 3 {
            1 => Rights::Execute,
            0 => Rights::ReadOnly,
            _ => Rights::Write,
        };
        let place =
            self.segments.get_mut(self.count).ok_or(c"bad program headers: too many segments")?;
        *place = Segment { start, end, rights, file: part(file, offset, in_file)? };
        self.count += 1;
        Ok(())
    }
}

/// The first thing that is wrong is the refusal.
fn check(list: &[(bool, Refusal)]) -> Result<()> {
    list.iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, refusal)| Err(refusal))
}

fn part(file: &'static [u8], offset: u64, length: u64) -> Result<&'static [u8]> {
    let end = offset.checked_add(length).filter(|&end| end <= file.len() as u64);
    let end = end.ok_or(c"the kernel file is cut short, or its program headers are bad")?;
    Ok(&file[offset as usize..end as usize])
}
