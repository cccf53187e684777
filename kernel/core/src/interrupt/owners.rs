//! The drivers that share an interrupt line.
//!
//! A level stays until each device that holds it is satisfied, so any number of
//! them may hang on one line: every driver is asked, and the interrupt is ended
//! after the last. An edge says once that something happened, and a second one
//! is lost while the line is held by another device: such a line has one owner.

use core::fmt;

use crate::apic::{Mask, Trigger};

/// Drivers that one line has room for.
pub const MAX_OWNERS: usize = 4;

/// A driver that has claimed a line; `H` is its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<H> {
    /// Its name.
    pub name: &'static str,
    /// What it has called for each interrupt.
    pub handler: H,
    /// Whether it wants the line blocked for the time being.
    pub mask: Mask,
}

/// Why a line cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It interrupts by edges, and has an owner.
    Exclusive {
        /// The owner.
        by: &'static str,
    },
    /// There is no room for another owner.
    Full,
}

/// The owners of a line, each at a place of its own until it leaves.
#[derive(Clone, Copy, Debug)]
pub struct Owners<H> {
    places: [Option<Owner<H>>; MAX_OWNERS],
}

impl<H: Copy> Owners<H> {
    /// A line with its first owner, who is at place 0.
    #[must_use]
    pub const fn new(owner: Owner<H>) -> Self {
        let mut places = [None; MAX_OWNERS];
        places[0] = Some(owner);
        Self { places }
    }

    /// Lets another driver have the line as well; returns its place.
    ///
    /// # Errors
    ///
    /// [`Refusal`]; nothing has changed then.
    pub fn join(&mut self, owner: Owner<H>, trigger: Trigger) -> Result<usize, Refusal> {
        if trigger == Trigger::Edge
            && let Some(first) = self.iter().next()
        {
            return Err(Refusal::Exclusive { by: first.name });
        }
        let place = self.places.iter().position(Option::is_none).ok_or(Refusal::Full)?;
        if let Some(slot) = self.places.get_mut(place) {
            *slot = Some(owner);
        }
        Ok(place)
    }

    /// Takes the owner at `place` out, and nobody else.
    pub fn leave(&mut self, place: usize) {
        if let Some(slot) = self.places.get_mut(place) {
            *slot = None;
        }
    }

    /// Those that there are.
    pub fn iter(&self) -> impl Iterator<Item = &Owner<H>> {
        self.places.iter().flatten()
    }

    /// The owner, if it is the only one.
    #[must_use]
    pub fn only(&self) -> Option<&Owner<H>> {
        let mut all = self.iter();
        all.next().filter(|_| all.next().is_none())
    }

    /// Whether nobody is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Notes what the owner at `place` wants.
    pub fn set_mask(&mut self, place: usize, mask: Mask) {
        if let Some(Some(owner)) = self.places.get_mut(place) {
            owner.mask = mask;
        }
    }

    /// Notes the same for all of them.
    pub fn set_all_masks(&mut self, mask: Mask) {
        self.places.iter_mut().flatten().for_each(|owner| owner.mask = mask);
    }

    /// What the line has to be: open once no owner wants it blocked.
    #[must_use]
    pub fn mask(&self) -> Mask {
        if self.iter().any(|owner| owner.mask == Mask::Masked) { Mask::Masked } else { Mask::Open }
    }

    /// The names of all.
    #[must_use]
    pub fn names(&self) -> Names {
        Names(self.places.map(|place| place.map(|owner| owner.name)))
    }
}

/// Names of owners; prints as `SCI, edu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names([Option<&'static str>; MAX_OWNERS]);

impl Names {
    /// What has one name.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        let mut names = [None; MAX_OWNERS];
        names[0] = Some(name);
        Self(names)
    }

    /// Those that there are.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().flatten().copied()
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.iter().enumerate() {
            write!(f, "{}{name}", if number == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(name: &'static str) -> Owner<u8> {
        Owner { name, handler: 0, mask: Mask::Open }
    }

    #[test]
    fn a_level_line_is_shared_and_an_edge_is_not() {
        let mut line = Owners::new(owner("SCI"));
        assert_eq!(line.join(owner("edu"), Trigger::Edge), Err(Refusal::Exclusive { by: "SCI" }));
        assert_eq!(line.only().map(|owner| owner.name), Some("SCI"));
        assert_eq!(line.join(owner("edu"), Trigger::Level), Ok(1));
        assert_eq!(line.join(owner("xhci"), Trigger::Level), Ok(2));
        assert_eq!(line.join(owner("ahci"), Trigger::Level), Ok(3));
        assert_eq!(line.join(owner("more"), Trigger::Level), Err(Refusal::Full));
        assert_eq!(line.names().to_string(), "SCI, edu, xhci, ahci");
        assert_eq!(line.only(), None);
    }

    #[test]
    fn who_leaves_takes_itself_away_and_no_more() {
        let mut line = Owners::new(owner("SCI"));
        line.join(owner("edu"), Trigger::Level).unwrap();
        line.join(owner("xhci"), Trigger::Level).unwrap();
        line.leave(0);
        assert_eq!(line.names().to_string(), "edu, xhci");
        // Its place is the next one's; the others keep theirs.
        assert_eq!(line.join(owner("ahci"), Trigger::Level), Ok(0));
        line.leave(1);
        line.leave(2);
        assert_eq!(line.only().map(|owner| owner.name), Some("ahci"));
        line.leave(0);
        assert!(line.is_empty());
        // An edge line without an owner is free.
        assert_eq!(line.join(owner("COM1"), Trigger::Edge), Ok(0));
    }

    #[test]
    fn a_line_opens_when_no_owner_wants_it_blocked() {
        let mut line = Owners::new(owner("SCI"));
        line.join(owner("edu"), Trigger::Level).unwrap();
        assert_eq!(line.mask(), Mask::Open);
        line.set_all_masks(Mask::Masked);
        line.set_mask(0, Mask::Open);
        assert_eq!(line.mask(), Mask::Masked);
        line.leave(1);
        assert_eq!(line.mask(), Mask::Open);
    }
}
