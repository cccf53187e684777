//! The audit: every address of the space against what must be there.
//!
//! The caller knows what must be mapped where (the image by its sections, RAM by
//! the memory map, devices by its records); the tables say what is. A page that
//! is missing counts as much as one too many, or one that shows another frame,
//! has other rights or another memory type.
//!
//! ```text
//!   must be   |---image: frame, r-x---|  nothing  |---RAM: frame, rw----|
//!   is        |-----------|  |--------|     |-|   |---------------------|
//!                         missing       one too many
//! ```

#[cfg(test)]
mod tests;

use core::fmt;

use super::{Leaf, Levels, Outcome, PatIndex, Rights, Walk};
use crate::frames::{Frame, Owner, State};

/// Which frame a page must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The one at this physical address.
    Address(u64),
    /// Any that this owner holds.
    FrameOf(Owner),
}

/// What a mapped page must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Which frame it shows.
    pub shows: Shows,
    /// What may be done with it.
    pub rights: Rights,
    /// How it is cached.
    pub caching: PatIndex,
}

impl Page {
    /// The page that lies `bytes` after this one.
    #[must_use]
    pub fn after(self, bytes: u64) -> Self {
        match self.shows {
            Shows::Address(first) => {
                Self { shows: Shows::Address(first.wrapping_add(bytes)), ..self }
            }
            Shows::FrameOf(_) => self,
        }
    }

    /// Is `leaf` such a page? Without NX the processor executes everything.
    fn is(self, leaf: &Leaf, nx: bool, owner_of: &impl Fn(Frame) -> Option<State>) -> bool {
        let shows_right = match self.shows {
            Shows::Address(address) => leaf.physical == address,
            Shows::FrameOf(owner) => {
                owner_of(Frame::containing(leaf.physical)) == Some(State::Used(owner))
            }
        };
        shows_right
            && leaf.writable == (self.rights == Rights::ReadWrite)
            && (!nx || leaf.executable == (self.rights == Rights::ReadExecute))
            && leaf.caching == self.caching
            && !leaf.user
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shows {
            Shows::Address(address) => write!(f, "{address:#x}, ")?,
            Shows::FrameOf(owner) => write!(f, "a frame of the {}, ", owner.name())?,
        }
        let rights = match self.rights {
            Rights::Read => "r--",
            Rights::ReadWrite => "rw-",
            Rights::ReadExecute => "r-x",
        };
        write!(f, "{rights}, PAT{}", self.caching.number())
    }
}

/// What must be at an address, and as far as that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The page at the address; `None` for a hole.
    pub page: Option<Page>,
    /// The last address for which the same holds, with frames in a row.
    pub last: u64,
}

/// Addresses that are not as they must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Violation {
    /// The first.
    pub address: u64,
    /// The last.
    pub last: u64,
    /// What is there.
    pub is: Outcome,
    /// What must be at the first address; `None` for nothing.
    pub must_be: Option<Page>,
}

/// `{:#}` gives what must be there a line of its own.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is {
            Outcome::Mapped(leaf) => {
                let flag = |is, letter| if is { letter } else { '-' };
                let (write, execute) = (flag(leaf.writable, 'w'), flag(leaf.executable, 'x'));
                write!(f, "is {:#x}, r{write}{execute}", leaf.physical)?;
                write!(
                    f,
                    "{}, PAT{}",
                    if leaf.user { " user" } else { "" },
                    leaf.caching.number()
                )?;
            }
            Outcome::NotPresent { .. } => f.write_str("is not mapped")?,
            broken => write!(f, "is {broken}")?,
        }
        f.write_str(if f.alternate() { "\n      " } else { "; " })?;
        match self.must_be {
            Some(page) => write!(f, "must be {page}"),
            None => f.write_str("must not be mapped"),
        }
    }
}

/// How far an audit came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Pages that are mapped, of any size.
    pub pages: u64,
    /// Did it come to the end? Tables that lead into each other show more pages
    /// than can be looked at.
    pub complete: bool,
}

/// Steps after which an audit gives up: 2 TiB in pages of 2 MiB take a million.
const MOST_STEPS: u32 = 4 << 20;

/// Goes through all addresses, and hands each violation to `found`, in order.
///
/// `walk` reads the tables, if there are any, `expected` says what must be at an address, and
/// `owner_of` whose a frame is. With `nx` the processor knows no-execute.
pub fn audit(
    levels: Levels,
    nx: bool,
    walk: impl Fn(u64) -> Option<Walk>,
    expected: impl Fn(u64) -> Expected,
    owner_of: impl Fn(Frame) -> Option<State>,
    mut found: impl FnMut(Violation),
) -> Audited {
    let mut audited = Audited::default();
    let mut at = 0;
    let (mut from, mut wanted) = (at, expected(at));
    for _ in 0..MOST_STEPS {
        if wanted.last < at {
            (from, wanted) = (at, expected(at));
        }
        let Some(Walk { outcome: is, .. }) = walk(at) else { break };
        let must_be = wanted.page.map(|page| page.after(at - from));
        let last = last_of(levels, at, is).min(wanted.last);
        audited.pages += u64::from(matches!(is, Outcome::Mapped(_)));
        let fits = match (is, must_be) {
            (Outcome::Mapped(leaf), Some(page)) => page.is(&leaf, nx, &owner_of),
            (Outcome::NotPresent { .. } | Outcome::NonCanonical, None) => true,
            _ => false,
        };
        if !fits {
            found(Violation { address: at, last, is, must_be });
        }
        match last.checked_add(1) {
            Some(next) => at = next,
            None => {
                audited.complete = true;
                break;
            }
        }
    }
    audited
}

/// The last address for which a walk ends as it does at `at`.
fn last_of(levels: Levels, at: u64, outcome: Outcome) -> u64 {
    let span = match outcome {
        Outcome::Mapped(leaf) => leaf.size.bytes(),
        Outcome::NotPresent { level } | Outcome::Reserved { level, .. } => level.span(),
        // An entry of the level above names what is no table.
        Outcome::Unreachable { level, .. } => level.span().saturating_mul(512),
        // The addresses between the halves.
        Outcome::NonCanonical => return !(u64::MAX >> (65 - levels.virtual_bits())) - 1,
    };
    at | (span - 1)
}
