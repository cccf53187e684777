//! The kernel's file: what is at an address, and copies that ask the wrong question.
//!
//! A Limine request is found in the file by its ID, which the protocol fixes.
//! With one bit changed no loader knows it, and it stays unanswered.

use crate::{Failure, Outcome};

/// A Limine request, by the two words of its ID that are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request(pub [u64; 2]);

/// The higher-half direct map: where the loader mapped RAM.
pub const HHDM: Request = Request([0x48dc_f1cb_8ad2_b852, 0x6398_4e95_9a98_244b]);
/// The memory map.
pub const MEMORY_MAP: Request = Request([0x67cf_3d9d_378a_806f, 0xe304_acdf_c50c_3c62]);
/// The framebuffer.
pub const FRAMEBUFFER: Request = Request([0x9d58_27dc_d881_dd75, 0xa314_8604_f6fa_b11b]);
/// The time-stamp counter's frequency.
const TSC_FREQUENCY: Request = Request([0x10f2_ee1d_87d1_95e4, 0xf747_a2b7_8f6d_db31]);
/// The ACPI root pointer.
pub const RSDP: Request = Request([0xc5e7_7b6b_397e_7b43, 0x2763_7845_accd_cf3c]);

/// A copy of a kernel in which one request has an unknown ID.
///
/// # Errors
/// If the request is not in the file exactly once.
pub fn without(kernel: &[u8], request: Request) -> Outcome<Vec<u8>> {
    let place = place_of(kernel, request)?;
    let mut changed = kernel.to_vec();
    changed[place + ID_BYTES - 1] ^= 1;
    Ok(changed)
}

/// Bytes of the two words of an ID that are a request's own.
const ID_BYTES: usize = 16;

/// Where the words of a request's ID are in the file.
fn place_of(kernel: &[u8], request: Request) -> Outcome<usize> {
    let id: Vec<u8> = request.0.iter().flat_map(|word| word.to_le_bytes()).collect();
    let places: Vec<usize> =
        kernel.windows(id.len()).enumerate().filter(|(_, w)| *w == id).map(|(at, _)| at).collect();
    let [place] = places[..] else {
        let count = places.len();
        return Err(Failure::new(format!(
            "request {:x?} is in the kernel {count} times",
            request.0
        )));
    };
    Ok(place)
}

/// A copy of a kernel in which the loader has stated the time-stamp counter's
/// rate already; one that answers that request itself states its own.
///
/// # Errors
/// If the request is not in the file, or the text in whose place the answer goes.
pub fn with_tsc_rate(kernel: &[u8], hz: u64) -> Outcome<Vec<u8>> {
    /// Words for a rate that cannot be believed: they are not said here.
    const TEXT: &[u8] = b"the loader says that the time-stamp counter runs at ";
    let found = kernel.windows(TEXT.len()).position(|window| window == TEXT);
    let answer = found.ok_or_else(|| Failure::new("no text gives its place away"))?;
    let answer = answer.next_multiple_of(8);
    // Revision and frequency; behind the ID: the request's revision, its answer.
    let request = place_of(kernel, TSC_FREQUENCY)? + ID_BYTES + 8;
    let mut changed = kernel.to_vec();
    for (place, words) in
        [(answer, &[0, hz][..]), (request, &[address_of(kernel, answer as u64)?][..])]
    {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let room = changed.get_mut(place..place + bytes.len());
        room.ok_or_else(|| Failure::new("the file is too short"))?.copy_from_slice(&bytes);
    }
    Ok(changed)
}

/// The virtual address of a byte of the file, by the program headers.
fn address_of(kernel: &[u8], place: u64) -> Outcome<u64> {
    let nowhere = || Failure::new(format!("no segment has byte {place:#x} of the file"));
    let headers = field(kernel, 0x20).ok_or_else(nowhere)?;
    let count = field(kernel, 0x38).ok_or_else(nowhere)? & 0xffff;
    let inside = |header: u64| {
        let at = |offset| field(kernel, header + offset);
        let inside = place.checked_sub(at(8)?).filter(|inside| Some(*inside) < at(32))?;
        Some(at(16)? + inside)
    };
    (0..count).find_map(|index| inside(headers + index * 56)).ok_or_else(nowhere)
}

/// The address of the only function whose mangled name contains `part`.
///
/// # Errors
/// If there is no symbol table, or not exactly one such function.
pub fn function(kernel: &[u8], part: &str) -> Outcome<u64> {
    let found: Vec<u64> = functions(kernel, part).unwrap_or_default();
    match found[..] {
        [address] => Ok(address),
        _ => Err(Failure::new(format!("{} functions have {part:?} in their names", found.len()))),
    }
}

fn functions(kernel: &[u8], part: &str) -> Option<Vec<u64>> {
    const SYMBOL_TABLE: u64 = 2;
    const FUNCTION: u64 = 2;
    // ELF64 header: e_shoff at 0x28, e_shnum at 0x3c; headers of 64 bytes.
    let sections = field(kernel, 0x28)?;
    let count = field(kernel, 0x3c)? & 0xffff;
    let section = |index: u64, offset: u64| field(kernel, sections + index * 64 + offset);
    // sh_type at 4, sh_offset at 0x18, sh_size at 0x20, sh_link at 0x28.
    let symbols = (0..count)
        .find(|n| section(*n, 4).is_some_and(|kind| kind as u32 == SYMBOL_TABLE as u32))?;
    let strings = section(section(symbols, 0x28)? & 0xffff_ffff, 0x18)?;
    let (start, size) = (section(symbols, 0x18)?, section(symbols, 0x20)?);
    let mut found = Vec::new();
    for symbol in (start..start + size).step_by(24) {
        // st_name, st_info and st_shndx share the first eight bytes; st_value follows.
        let (head, value) = (field(kernel, symbol)?, field(kernel, symbol + 8)?);
        let name = usize::try_from(strings + (head & 0xffff_ffff)).ok()?;
        let name = kernel.get(name..)?.split(|byte| *byte == 0).next()?;
        let is_function = head >> 32 & 0xf == FUNCTION;
        if is_function && String::from_utf8_lossy(name).contains(part) {
            found.push(value);
        }
    }
    Some(found)
}

/// The bytes that the kernel has at a virtual address, by its program headers.
///
/// # Errors
/// If no segment of the file covers them.
pub fn bytes_at(kernel: &[u8], address: u64, count: u64) -> Outcome<Vec<u8>> {
    let nowhere = || Failure::new(format!("{address:#x} is not in the kernel's file"));
    // ELF64 header: e_phoff at 0x20, e_phnum at 0x38; headers of 56 bytes.
    let headers = field(kernel, 0x20).ok_or_else(nowhere)?;
    let count_of_headers = field(kernel, 0x38).ok_or_else(nowhere)? & 0xffff;
    for index in 0..count_of_headers {
        let header = headers + index * 56;
        let at = |offset| field(kernel, header + offset).ok_or_else(nowhere);
        // p_offset at 8, p_vaddr at 16, p_filesz at 32.
        let (offset, virtual_start, size) = (at(8)?, at(16)?, at(32)?);
        let inside = address.checked_sub(virtual_start).filter(|inside| inside + count <= size);
        if let Some(inside) = inside {
            let start = usize::try_from(offset + inside).map_err(|_| nowhere())?;
            let bytes = kernel.iter().skip(start).take(count as usize);
            return Ok(bytes.copied().collect());
        }
    }
    Err(nowhere())
}

/// The virtual address where a kernel is entered.
///
/// # Errors
/// If the file is too short for a header.
pub fn entry(kernel: &[u8]) -> Outcome<u64> {
    // e_entry at 0x18.
    field(kernel, 0x18).ok_or_else(|| Failure::new("the kernel's file has no header"))
}

/// A copy of a kernel whose last segment asks for `bytes` of memory.
///
/// # Errors
/// If the file has no such header.
pub fn enlarged(kernel: &[u8], bytes: u64) -> Outcome<Vec<u8>> {
    let broken = || Failure::new("the kernel's program headers are not where they should be");
    let headers = field(kernel, 0x20).ok_or_else(broken)?;
    let count = field(kernel, 0x38).ok_or_else(broken)? & 0xffff;
    let is_load = |header: &u64| field(kernel, *header).is_some_and(|word| word & 0xffff_ffff == 1);
    let last = (0..count).map(|index| headers + index * 56).rfind(is_load).ok_or_else(broken)?;
    // p_memsz at 40.
    let place = usize::try_from(last + 40).map_err(|_| broken())?;
    let mut changed = kernel.to_vec();
    changed.get_mut(place..place + 8).ok_or_else(broken)?.copy_from_slice(&bytes.to_le_bytes());
    Ok(changed)
}

/// The 64-bit little-endian number at an offset.
fn field(file: &[u8], offset: u64) -> Option<u64> {
    let start = usize::try_from(offset).ok()?;
    let bytes = file.get(start..start.checked_add(8)?)?;
    bytes.try_into().ok().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::{HHDM, bytes_at, without};

    #[test]
    fn bytes_are_found_through_the_program_headers() {
        let mut file = vec![0; 0x100];
        for (offset, value) in
            [(0x20, 0x40_u64), (0x38, 1), (0x48, 0x80), (0x50, 0x1000), (0x60, 4)]
        {
            file[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
        }
        file[0x80..0x84].copy_from_slice(&[1, 2, 3, 4]);
        assert_eq!(bytes_at(&file, 0x1001, 3).unwrap(), [2, 3, 4]);
        assert!(bytes_at(&file, 0x1001, 4).is_err());
        assert!(bytes_at(&file, 0xfff, 1).is_err());
    }

    #[test]
    fn exactly_one_bit_changes() {
        let mut file = vec![0; 64];
        for (index, word) in HHDM.0.iter().enumerate() {
            file[16 + index * 8..][..8].copy_from_slice(&word.to_le_bytes());
        }
        let changed = without(&file, HHDM).unwrap();
        let bits: u32 = file.iter().zip(&changed).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!(bits, 1);
        assert!(without(&changed, HHDM).is_err());
    }
}
