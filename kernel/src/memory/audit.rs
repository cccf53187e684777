//! The audit: walks every table and lists what must not be.
//!
//! The rules are few and hold for each page that is mapped:
//!
//! - no page is writable and executable (W^X);
//! - no page is the user's, as there is no user mode yet, and none lies in the
//!   lower half;
//! - text is not writable, constants are neither writable nor executable, and
//!   the direct map, stacks, heap and devices are not executable;
//! - the page below each stack is a hole.
//!
//! Without NX the first rule cannot be enforced by the processor; the audit
//! says so instead of listing every page.

use super::layout;
use super::{image, space, stacks};
use crate::cpu::Features;
use core::fmt;
use valhalla_core::paging::{Leaf, Outcome, Rights};

/// How many violations are kept; all are counted.
pub const KEPT: usize = 16;

/// What is wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It can be written and executed.
    WritableAndExecutable,
    /// It can be executed, and is not the kernel's text.
    Executable,
    /// It can be written, and is text or a constant.
    Writable,
    /// It is open to user mode.
    User,
    /// It lies in the lower half.
    LowerHalf,
    /// It is mapped, and ought to be a guard page.
    NoGuard,
    /// An entry on the way is broken: the processor would fault on it.
    BrokenTable,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WritableAndExecutable => "is writable and executable",
            Self::Executable => "is executable, but not kernel text",
            Self::Writable => "is writable, but text or a constant",
            Self::User => "is open to user mode",
            Self::LowerHalf => "lies in the lower half",
            Self::NoGuard => "is mapped, but should be a guard page",
            Self::BrokenTable => "has a broken table entry on its way",
        })
    }
}

/// One page that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The page's first address.
    pub address: u64,
    /// The rule.
    pub wrong: Wrong,
}

/// What the audit found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audit {
    /// Pages looked at, of any size.
    pub pages: u64,
    /// All violations.
    pub count: usize,
    kept: [Option<Violation>; KEPT],
}

impl Audit {
    /// The first violations, at most `KEPT`.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.kept.iter().flatten()
    }

    fn add(&mut self, address: u64, wrong: Wrong) {
        if let Some(slot) = self.kept.get_mut(self.count) {
            *slot = Some(Violation { address, wrong });
        }
        self.count += 1;
    }

    fn look_at(&mut self, address: u64, leaf: &Leaf, nx: bool) {
        self.pages += 1;
        if address < layout::UPPER_HALF_OF_ANY {
            self.add(address, Wrong::LowerHalf);
        }
        if leaf.user {
            self.add(address, Wrong::User);
        }
        let rights = image::section_of(address).map(|section| section.rights);
        if leaf.writable && leaf.executable && nx {
            self.add(address, Wrong::WritableAndExecutable);
        } else if leaf.writable && rights.is_some_and(|rights| rights != Rights::ReadWrite) {
            self.add(address, Wrong::Writable);
        } else if leaf.executable && nx && rights != Some(Rights::ReadExecute) {
            self.add(address, Wrong::Executable);
        }
    }
}

/// Looks at every page and every guard page.
#[must_use]
pub fn run() -> Audit {
    let nx = Features::get().nx;
    let mut audit = Audit::default();
    let visited = space::for_each_page(|address, leaf| audit.look_at(address, &leaf, nx));
    for _ in 0..visited.broken {
        audit.add(0, Wrong::BrokenTable);
    }
    for guard in stacks::guards() {
        let is_hole = space::walk(guard)
            .is_some_and(|walk| matches!(walk.outcome, Outcome::NotPresent { .. }));
        if !is_hole {
            audit.add(guard, Wrong::NoGuard);
        }
    }
    audit
}
