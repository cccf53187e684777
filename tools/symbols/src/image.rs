//! Puts the table into the linked file.
//!
//! The linker script keeps a segment for it behind everything else in memory,
//! as good as empty. The table is appended to the file, and the segment and its
//! section are made to span it. So it has exactly the size that it needs, and
//! no address moves: no byte of the linked file changes but in its two headers.

use object::elf::{FileHeader64, PT_LOAD, ProgramHeader64, SHF_ALLOC, SectionHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{LittleEndian as LE, U64};

use crate::{Failure, Outcome};

/// The section's name.
const SECTION: &[u8] = b".symbols";
const PAGE: u64 = 4096;

/// A copy of the ELF file in which the section `.symbols` holds `table`.
///
/// # Errors
/// If the file has no such section, or the section has no segment of its own
/// behind all others.
pub fn with_table(file: &[u8], table: &[u8]) -> Outcome<Vec<u8>> {
    let elf = FileHeader64::<LE>::parse(file)?;
    let segments = elf.program_headers(LE, file)?;
    let sections = elf.sections(LE, file)?;
    let (number, section) = sections
        .iter()
        .enumerate()
        .find(|(_, section)| sections.section_name(LE, section) == Ok(SECTION))
        .ok_or("the kernel has no section .symbols (linker-x86_64.ld)")?;
    let start = section.sh_addr.get(LE);
    let loads = || segments.iter().filter(|segment| segment.p_type(LE) == PT_LOAD);
    let is_own = |segment: &ProgramHeader64<LE>| {
        segment.p_vaddr(LE) == start && segment.p_memsz(LE) == section.sh_size.get(LE)
    };
    if loads().any(|segment| segment.p_vaddr(LE) > start) || start % PAGE != 0 {
        return Err("the segment of .symbols is not the last in memory".into());
    }
    let segment =
        segments.iter().position(is_own).ok_or("the section .symbols has no segment of its own")?;

    let mut out = file.to_vec();
    out.resize(out.len().next_multiple_of(PAGE as usize), 0);
    let (offset, size) = (U64::new(LE, out.len() as u64), U64::new(LE, table.len() as u64));
    out.extend(table);

    let mut load = segments[segment];
    (load.p_offset, load.p_paddr) = (offset, load.p_vaddr);
    (load.p_filesz, load.p_memsz) = (size, size);
    let at = elf.e_phoff(LE) + (segment * size_of::<ProgramHeader64<LE>>()) as u64;
    overwrite(&mut out, at, object::bytes_of(&load))?;
    let mut section: SectionHeader64<LE> = *section;
    (section.sh_offset, section.sh_size) = (offset, size);
    // The linker takes what a script writes for data.
    section.sh_flags = U64::new(LE, SHF_ALLOC);
    let at = elf.e_shoff(LE) + (number * size_of::<SectionHeader64<LE>>()) as u64;
    overwrite(&mut out, at, object::bytes_of(&section))?;
    Ok(out)
}

fn overwrite(file: &mut [u8], at: u64, bytes: &[u8]) -> Outcome {
    let start = usize::try_from(at)?;
    let place = file.get_mut(start..start + bytes.len());
    place.ok_or_else(|| Failure::from("a header lies outside the file"))?.copy_from_slice(bytes);
    Ok(())
}
