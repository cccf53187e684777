//! The heap of values: cells by handle, freed by mark and sweep.
//!
//! Handles are plain numbers, so values can be copied and may refer to each
//! other in circles. Cells that nothing refers to are swept *between* two steps
//! of the evaluator, when every living value is on its stack or in the
//! namespace: an operator may hold handles in its own variables without care.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use crate::error::Fault;
use crate::value::Value;

/// A cell of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Handle(u32);

/// What a cell holds.
#[derive(Debug)]
pub(crate) enum Cell {
    /// Free; the number of the next free cell.
    Free(Option<u32>),
    /// The bytes of a string (without a final zero) or of a buffer.
    Bytes(Box<[u8]>),
    /// The elements of a package.
    Package(Box<[Value]>),
}

impl Cell {
    fn cost(&self) -> usize {
        let content = match self {
            Self::Free(_) => 0,
            Self::Bytes(bytes) => bytes.len(),
            Self::Package(elements) => elements.len().saturating_mul(size_of::<Value>()),
        };
        content.saturating_add(size_of::<Self>())
    }
}

/// The heap.
#[derive(Debug)]
pub(crate) struct Heap {
    cells: Vec<Cell>,
    free: Option<u32>,
    used: usize,
    limit: usize,
    /// Use at which the next sweep pays.
    threshold: usize,
}

/// Smallest use at which a sweep is considered.
const MINIMUM_THRESHOLD: usize = 256 << 10;

impl Heap {
    pub(crate) fn new() -> Self {
        Self {
            cells: Vec::new(),
            free: None,
            used: 0,
            limit: usize::MAX,
            threshold: MINIMUM_THRESHOLD,
        }
    }

    /// Bytes in use.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Sets how many bytes may be in use.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(crate) fn alloc(&mut self, cell: Cell) -> Result<Handle, Fault> {
        self.charge(cell.cost())?;
        match self.free {
            Some(number) => {
                let place = self.cells.get_mut(number as usize).ok_or(LOST)?;
                let Cell::Free(next) = mem::replace(place, cell) else { return Err(LOST) };
                self.free = next;
                Ok(Handle(number))
            }
            None => {
                let number = u32::try_from(self.cells.len()).map_err(|_| Fault::OutOfMemory)?;
                self.cells.push(cell);
                Ok(Handle(number))
            }
        }
    }

    pub(crate) fn alloc_bytes(&mut self, bytes: Vec<u8>) -> Result<Handle, Fault> {
        self.alloc(Cell::Bytes(bytes.into_boxed_slice()))
    }

    pub(crate) fn alloc_package(&mut self, elements: Vec<Value>) -> Result<Handle, Fault> {
        self.alloc(Cell::Package(elements.into_boxed_slice()))
    }

    /// Refuses a size before it is allocated.
    pub(crate) fn check(&self, size: usize) -> Result<(), Fault> {
        match self.used.checked_add(size) {
            Some(used) if used <= self.limit => Ok(()),
            _ => Err(Fault::OutOfMemory),
        }
    }

    fn charge(&mut self, size: usize) -> Result<(), Fault> {
        self.check(size)?;
        self.used = self.used.saturating_add(size);
        Ok(())
    }

    /// The bytes of a string or buffer.
    pub(crate) fn bytes(&self, handle: Handle) -> Result<&[u8], Fault> {
        match self.cells.get(handle.0 as usize) {
            Some(Cell::Bytes(bytes)) => Ok(bytes),
            _ => Err(LOST),
        }
    }

    /// The bytes of a string or buffer, to be changed in place.
    pub(crate) fn bytes_mut(&mut self, handle: Handle) -> Result<&mut [u8], Fault> {
        match self.cells.get_mut(handle.0 as usize) {
            Some(Cell::Bytes(bytes)) => Ok(bytes),
            _ => Err(LOST),
        }
    }

    /// Gives a string or buffer new bytes, of any length.
    pub(crate) fn replace_bytes(&mut self, handle: Handle, bytes: Vec<u8>) -> Result<(), Fault> {
        self.charge(bytes.len())?;
        match self.cells.get_mut(handle.0 as usize) {
            Some(Cell::Bytes(old)) => {
                self.used = self.used.saturating_sub(old.len());
                *old = bytes.into_boxed_slice();
                Ok(())
            }
            _ => Err(LOST),
        }
    }

    /// The elements of a package.
    pub(crate) fn package(&self, handle: Handle) -> Result<&[Value], Fault> {
        match self.cells.get(handle.0 as usize) {
            Some(Cell::Package(elements)) => Ok(elements),
            _ => Err(LOST),
        }
    }

    /// The elements of a package, to be changed in place.
    pub(crate) fn package_mut(&mut self, handle: Handle) -> Result<&mut [Value], Fault> {
        match self.cells.get_mut(handle.0 as usize) {
            Some(Cell::Package(elements)) => Ok(elements),
            _ => Err(LOST),
        }
    }

    /// True when a sweep would pay.
    pub(crate) fn is_due(&self) -> bool {
        self.used >= self.threshold
    }

    /// Frees every cell that the roots do not lead to.
    pub(crate) fn sweep(&mut self, roots: impl Iterator<Item = Value>) {
        let mut marked = alloc::vec![false; self.cells.len()];
        let mut open: Vec<Handle> = roots.filter_map(Value::handle).collect();
        while let Some(handle) = open.pop() {
            let Some(mark) = marked.get_mut(handle.0 as usize) else { continue };
            if !mem::replace(mark, true)
                && let Some(Cell::Package(elements)) = self.cells.get(handle.0 as usize)
            {
                open.extend(elements.iter().filter_map(|element| element.handle()));
            }
        }
        let mut used = 0_usize;
        for ((number, cell), marked) in (0..).zip(&mut self.cells).zip(marked) {
            if marked {
                used = used.saturating_add(cell.cost());
            } else if !matches!(cell, Cell::Free(_)) {
                *cell = Cell::Free(self.free);
                self.free = Some(number);
            }
        }
        self.used = used;
        self.threshold = used.saturating_mul(2).max(MINIMUM_THRESHOLD).min(self.limit);
    }
}

const LOST: Fault = Fault::Internal("a heap cell of another kind than its handle");

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;
    use crate::value::Place;

    #[test]
    fn a_sweep_keeps_what_roots_lead_to_and_frees_circles() {
        let mut heap = Heap::new();
        let kept = heap.alloc_bytes(vec![7; 100]).unwrap();
        let package = heap.alloc_package(vec![Value::Buffer(kept)]).unwrap();
        let circle = heap.alloc_package(vec![Value::Uninitialized]).unwrap();
        *heap.package_mut(circle).unwrap().first_mut().unwrap() =
            Value::Reference(Place::Element { package: circle, index: 0 });
        let before = heap.used();
        heap.sweep([Value::Package(package)].into_iter());
        assert!(heap.used() < before);
        assert_eq!(heap.bytes(kept).unwrap().len(), 100);
        assert!(heap.package(circle).is_err());
        assert_eq!(heap.alloc_bytes(vec![]).unwrap(), circle, "the freed cell is used again");
    }

    #[test]
    fn the_limit_holds() {
        let mut heap = Heap::new();
        heap.set_limit(1000);
        let bytes = heap.alloc_bytes(vec![0; 500]).unwrap();
        assert_eq!(heap.alloc_bytes(vec![0; 500]), Err(Fault::OutOfMemory));
        assert_eq!(heap.replace_bytes(bytes, vec![0; 2000]), Err(Fault::OutOfMemory));
    }
}
