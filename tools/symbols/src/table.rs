//! Writes the symbol table; the format is `valhalla_core::symbols`.

use std::collections::BTreeMap;

use valhalla_core::symbols::packed::PAIR_BYTES;
use valhalla_core::symbols::rows::Line;
use valhalla_core::symbols::{BLOCK, HEADER_BYTES, MAGIC};

use crate::kernel::{Function, Kernel, Place};
use crate::lines::{self, varint};
use crate::names::Pairs;
use crate::{Failure, Outcome};

/// A function and its rows: where in it, which line.
type Listed<'a> = (&'a Function, Vec<(u32, Option<Place>)>);

/// The table of a linked kernel.
///
/// # Errors
/// If the debug information is damaged, or the kernel spans more than 4 GiB.
pub fn pack(kernel: &Kernel<'_>) -> Outcome<Vec<u8>> {
    let mut listed: Vec<Listed<'_>> = Vec::new();
    for function in &kernel.functions {
        let mut rows: Vec<(u32, Option<Place>)> = Vec::new();
        // Byte by byte: inlined code ends anywhere, not only where rows begin.
        for address in function.start..function.start + function.size {
            let place = kernel.line(address)?;
            if rows.last().is_none_or(|(_, last)| *last != place) {
                rows.push(((address - function.start) as u32, place));
            }
        }
        listed.push((function, rows));
    }
    let files = files_by_use(&listed);
    let names = listed.iter().map(|(function, _)| function.name.as_str());
    let pairs = Pairs::learn(names.chain(files.keys().copied()));
    write(&listed, &files, &pairs)
}

/// The files, numbered: those that rows name most often get the small numbers.
fn files_by_use<'a>(listed: &'a [Listed<'_>]) -> BTreeMap<&'a str, u32> {
    let mut uses: BTreeMap<&str, u32> = BTreeMap::new();
    for place in listed.iter().flat_map(|(_, rows)| rows).filter_map(|(_, place)| place.as_ref()) {
        *uses.entry(&place.file).or_default() += 1;
    }
    let mut order: Vec<(&str, u32)> = uses.into_iter().collect();
    order.sort_by_key(|(file, uses)| (std::cmp::Reverse(*uses), *file));
    order.into_iter().zip(0..).map(|((file, _), number)| (file, number)).collect()
}

fn write(listed: &[Listed<'_>], files: &BTreeMap<&str, u32>, pairs: &Pairs) -> Outcome<Vec<u8>> {
    let base = listed.first().map_or(0, |(function, _)| function.start);
    let (mut index, mut records) = (Vec::new(), Vec::new());
    let mut end = base;
    for (number, (function, rows)) in listed.iter().enumerate() {
        if number % BLOCK == 0 {
            // A block's first gap counts from the block's own start.
            word(&mut index, function.start - base)?;
            word(&mut index, records.len() as u64)?;
            end = function.start;
        }
        varint(&mut records, small(function.start - end)?);
        varint(&mut records, small(function.size)?);
        counted(&mut records, &pairs.pack(&function.name));
        counted(&mut records, &lines::pack(&numbered(rows, files)));
        end = function.start + function.size;
    }

    let mut order: Vec<(&str, u32)> = files.iter().map(|(file, number)| (*file, *number)).collect();
    order.sort_by_key(|(_, number)| *number);
    let files_at = HEADER_BYTES + PAIR_BYTES + index.len();
    let names_at = files_at + 4 * order.len();
    let (mut places, mut names) = (Vec::new(), Vec::new());
    for (file, _) in order {
        word(&mut places, (names_at + names.len()) as u64)?;
        counted(&mut names, &pairs.pack(file));
    }
    let records_at = names_at + names.len();

    let mut table = MAGIC.to_vec();
    word(&mut table, (records_at + records.len()) as u64)?;
    word(&mut table, listed.len() as u64)?;
    table.extend(base.to_le_bytes());
    for number in [HEADER_BYTES + PAIR_BYTES, files_at, files.len(), records_at] {
        word(&mut table, number as u64)?;
    }
    for part in [pairs.bytes(), index, places, names, records] {
        table.extend(part);
    }
    Ok(table)
}

fn numbered(
    rows: &[(u32, Option<Place>)],
    files: &BTreeMap<&str, u32>,
) -> Vec<(u32, Option<Line>)> {
    let line = |place: &Place| {
        let file = *files.get(place.file.as_str())?;
        Some(Line { file, line: place.line })
    };
    rows.iter().map(|(offset, place)| (*offset, place.as_ref().and_then(line))).collect()
}

fn small(number: u64) -> Outcome<u32> {
    u32::try_from(number).map_err(|_| Failure::from("the kernel spans more than 4 GiB"))
}

fn word(bytes: &mut Vec<u8>, number: u64) -> Outcome {
    bytes.extend(small(number)?.to_le_bytes());
    Ok(())
}

fn counted(bytes: &mut Vec<u8>, part: &[u8]) {
    varint(bytes, part.len() as u32);
    bytes.extend(part);
}
