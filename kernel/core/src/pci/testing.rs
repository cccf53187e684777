//! A bus of bytes for the tests of this folder.

use core::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::config::{EXTENDED_BYTES, PLAIN_BYTES};
use super::{Address, ConfigSpace};

/// Functions as bytes, and for each bit whether it can be written.
pub(crate) struct Fake {
    functions: RefCell<HashMap<Address, Registers>>,
    writes: RefCell<Vec<(Address, u16, u32)>>,
    reads: Cell<usize>,
}

#[derive(Clone)]
struct Registers {
    bytes: Vec<u8>,
    writable: Vec<u8>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self { functions: RefCell::default(), writes: RefCell::default(), reads: Cell::new(0) }
    }

    /// Adds a plain function; the class is base, subclass, interface.
    pub(crate) fn device(
        &self,
        address: &str,
        vendor: u16,
        device: u16,
        class: [u8; 3],
    ) -> Address {
        let at = address.parse().unwrap();
        self.add(at, vec![0; PLAIN_BYTES.into()], vec![0; PLAIN_BYTES.into()]);
        self.set(at, 0, &vendor.to_le_bytes());
        self.set(at, 2, &device.to_le_bytes());
        let [base, sub, interface] = class;
        self.set(at, 9, &[interface, sub, base]);
        at
    }

    /// Adds a bridge between two buses.
    pub(crate) fn bridge(&self, address: &str, secondary: u8, subordinate: u8) -> Address {
        let at = self.device(address, 0x1b36, 1, [6, 4, 0]);
        self.set(at, 0x0e, &[1]);
        self.set(at, 0x18, &[at.bus(), secondary, subordinate]);
        at
    }

    /// Adds a function of any bytes.
    pub(crate) fn add(&self, at: Address, bytes: Vec<u8>, writable: Vec<u8>) {
        self.functions.borrow_mut().insert(at, Registers { bytes, writable });
    }

    /// Makes bytes read as these.
    pub(crate) fn set(&self, at: Address, offset: usize, bytes: &[u8]) {
        let mut functions = self.functions.borrow_mut();
        let registers = functions.get_mut(&at).unwrap();
        registers.bytes[offset..][..bytes.len()].copy_from_slice(bytes);
    }

    /// Makes bits writable.
    pub(crate) fn open(&self, at: Address, offset: usize, mask: &[u8]) {
        let mut functions = self.functions.borrow_mut();
        let registers = functions.get_mut(&at).unwrap();
        registers.writable[offset..][..mask.len()].copy_from_slice(mask);
    }

    /// The bytes of a function as they are now.
    pub(crate) fn bytes(&self, at: Address) -> Vec<u8> {
        self.functions.borrow()[&at].bytes.clone()
    }

    /// What was written: where, at which offset, what.
    pub(crate) fn writes(&self) -> Vec<(Address, u16, u32)> {
        self.writes.borrow().clone()
    }

    /// How many registers were read so far.
    pub(crate) fn reads(&self) -> usize {
        self.reads.get()
    }

    fn read<const N: usize>(&self, at: Address, offset: u16) -> [u8; N] {
        self.reads.set(self.reads.get() + 1);
        assert!(usize::from(offset).is_multiple_of(N), "{N} bytes at {offset:#x}");
        let functions = self.functions.borrow();
        let bytes = functions.get(&at).and_then(|registers| registers.bytes.get(offset.into()..));
        bytes.and_then(|bytes| bytes.first_chunk().copied()).unwrap_or([0xff; N])
    }

    fn write<const N: usize>(&self, at: Address, offset: u16, value: [u8; N]) {
        assert!(usize::from(offset).is_multiple_of(N), "{N} bytes at {offset:#x}");
        let mut wide = [0; 4];
        wide[..N].copy_from_slice(&value);
        self.writes.borrow_mut().push((at, offset, u32::from_le_bytes(wide)));
        let mut functions = self.functions.borrow_mut();
        let Some(Registers { bytes, writable }) = functions.get_mut(&at) else { return };
        let registers = bytes.iter_mut().zip(writable).skip(offset.into());
        for ((byte, mask), value) in registers.zip(value) {
            *byte = *byte & !*mask | value & *mask;
        }
    }
}

impl ConfigSpace for Fake {
    fn reach(&self, at: Address) -> u16 {
        let functions = self.functions.borrow();
        let length = functions.get(&at).map_or(0, |registers| registers.bytes.len());
        (length as u16).clamp(PLAIN_BYTES, EXTENDED_BYTES)
    }
    fn read_u8(&self, at: Address, offset: u16) -> u8 {
        let [byte] = self.read(at, offset);
        byte
    }
    fn read_u16(&self, at: Address, offset: u16) -> u16 {
        u16::from_le_bytes(self.read(at, offset))
    }
    fn read_u32(&self, at: Address, offset: u16) -> u32 {
        u32::from_le_bytes(self.read(at, offset))
    }
    fn write_u8(&self, at: Address, offset: u16, value: u8) {
        self.write(at, offset, [value]);
    }
    fn write_u16(&self, at: Address, offset: u16, value: u16) {
        self.write(at, offset, value.to_le_bytes());
    }
    fn write_u32(&self, at: Address, offset: u16, value: u32) {
        self.write(at, offset, value.to_le_bytes());
    }
}
