//! Names for addresses: the symbol table that the build packed into the image.
//!
//! A lookup takes no lock and no heap, and works from the first instruction
//! on. The format and its reader are `valhalla_core::symbols`.

use crate::memory;
use core::fmt;
use valhalla_core::symbols::{Location, Symbols};

/// The table; `None` in an image that was linked and never packed.
#[must_use]
pub fn table() -> Option<Symbols<'static>> {
    Symbols::parse(memory::symbol_bytes())
}

/// The function, file and line of the instruction at `address`.
#[must_use]
pub fn lookup(address: u64) -> Option<Location<'static>> {
    table()?.lookup(address)
}

/// The same for an address that a function returns to: the call is the
/// instruction before, which may be of another line, and of another function
/// where the call was not to return.
#[must_use]
pub fn lookup_call(return_address: u64) -> Option<Location<'static>> {
    let mut location = lookup(return_address.checked_sub(1)?)?;
    location.offset += 1;
    Some(location)
}

/// Shows as `function+0x9 (file:line)`, or as what the address is for.
#[derive(Clone, Copy, Debug)]
pub struct Named(pub u64);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match lookup(self.0) {
            Some(location) => location.fmt(f),
            None => write!(f, "({})", memory::what_is(self.0)),
        }
    }
}

/// A word from the stack that may be a return address: shows the call where it
/// stands behind one, else as [`Named`].
#[derive(Clone, Copy, Debug)]
pub struct NamedWord(pub u64);

impl fmt::Display for NamedWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match lookup_call(self.0).filter(|_| follows_call(self.0)) {
            Some(location) => location.fmt(f),
            None => Named(self.0).fmt(f),
        }
    }
}

/// Whether a CALL ends at `address`: E8 with four bytes of displacement, or FF
/// with 2 in the reg field of its ModRM byte (SDM Vol. 2A, CALL).
fn follows_call(address: u64) -> bool {
    let byte = |back: u64| {
        let at = address.checked_sub(back).filter(|at| memory::is_text(*at))?;
        // SAFETY: the kernel's text is mapped for good and nobody writes to it.
        Some(unsafe { (at as *const u8).read() })
    };
    let indirect = |length| {
        byte(length) == Some(0xff) && byte(length - 1).is_some_and(|modrm| modrm >> 3 & 7 == 2)
    };
    byte(5) == Some(0xe8) || [2, 3, 6, 7].into_iter().any(indirect)
}
