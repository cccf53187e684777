//! Where in the kernel and the shim rows begin and stop.

use crate::Bench;
use crate::events::Anchor;
use crate::rows::{By, KEYBOARD, Row};
use harness::{Failure, Outcome};
use object::{Object, ObjectSymbol};
use std::collections::HashMap;

/// The addresses of a build.
struct Places {
    functions: HashMap<String, u64>,
    kernel_entry: u64,
    shim_entry: u64,
}

impl Places {
    /// Returns where the code at a place is, and nothing for HLT, which is anywhere.
    fn address(&self, anchor: Anchor) -> Outcome<Option<u64>> {
        Ok(match anchor {
            Anchor::Rest => None,
            Anchor::ShimEntry => Some(self.shim_entry),
            Anchor::KernelEntry => Some(self.kernel_entry),
            Anchor::Symbol(name) => Some(*self.functions.get(name).ok_or_else(|| {
                Failure::new(format!("the kernel has no {name}, where a row begins or stops"))
            })?),
        })
    }

    fn has(&self, row: &Row) -> bool {
        anchors(row).all(|anchor| self.address(anchor).is_ok())
    }
}

/// Returns where a row begins and where it stops.
fn anchors(row: &Row) -> impl Iterator<Item = Anchor> + use<> {
    row.span.into_iter().flat_map(|span| [span.from.anchor(), span.to])
}

impl Bench {
    fn places(&self) -> Outcome<Places> {
        let debug = std::fs::read(self.build.join("valhalla.debug"))?;
        let shim = std::fs::read(self.build.join("valhalla-shim"))?;
        let (kernel, shim) = (elf(&debug)?, elf(&shim)?);
        let functions = kernel
            .symbols()
            .filter_map(|symbol| Some((symbol.name().ok()?, symbol.address())))
            .map(|(name, at)| (format!("{:#}", rustc_demangle::demangle(name)), at))
            .collect();
        Ok(Places { functions, kernel_entry: kernel.entry(), shim_entry: shim.entry() })
    }

    /// Returns all places that rows begin or stop at, with their addresses.
    ///
    /// # Errors
    /// Names the first that is not there.
    pub(crate) fn marks(&self) -> Outcome<Vec<(Anchor, u64)>> {
        let places = self.places()?;
        let mut marks = Vec::new();
        for anchor in self.rows.iter().flat_map(anchors) {
            if let Some(address) = places.address(anchor)?
                && !marks.contains(&(anchor, address))
            {
                marks.push((anchor, address));
            }
        }
        Ok(marks)
    }

    /// Leaves out the rows that another build cannot have, because its functions
    /// have other names. Without the keyboard's interrupt nobody can type.
    pub(crate) fn leave_out_what_is_not_there(&mut self) -> Outcome {
        let places = self.places()?;
        let has_keyboard = places.address(KEYBOARD).is_ok();
        for row in &self.rows {
            if !places.has(row) {
                eprintln!("bench: {}: not in {}", row.name, self.build.display());
            }
        }
        self.rows.retain(|row| places.has(row) && (has_keyboard || row.by != By::Outside));
        Ok(())
    }
}

/// Reads an ELF file.
pub(crate) fn elf(data: &[u8]) -> Outcome<object::File<'_>> {
    object::File::parse(data).map_err(|error| Failure::new(format!("an ELF file: {error}")))
}
