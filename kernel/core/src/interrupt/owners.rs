//! The drivers that share an interrupt line.
//!
//! A level stays until each device that holds it is satisfied, so any number of
//! them may hang on one line: every driver is asked, and the interrupt is ended
//! after the last. An edge says once that something happened, and a second one
//! is lost while the line is held by another device: such a line has one owner.

use core::fmt;

use crate::apic::Trigger;

/// Drivers that one line has room for.
pub const MAX_OWNERS: usize = 4;

/// A driver that has claimed a line; `H` is its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<H> {
    /// Name of the driver.
    pub name: &'static str,
    /// Function that is called for each interrupt.
    pub handler: H,
}

/// Reason why a line cannot be had.
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

    /// Returns those that there are.
    pub fn iter(&self) -> impl Iterator<Item = &Owner<H>> {
        self.places.iter().flatten()
    }

    /// Returns true when nobody is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Returns the names of all.
    #[must_use]
    pub fn names(&self) -> Names {
        Names(self.places.map(|place| place.map(|owner| owner.name)))
    }
}

/// Names of owners; prints as `SCI, edu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names([Option<&'static str>; MAX_OWNERS]);

impl Names {
    /// Creates a list of one name.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        let mut names = [None; MAX_OWNERS];
        names[0] = Some(name);
        Self(names)
    }

    /// Returns those that there are.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().flatten().copied()
    }
}

/// Splits what [`Names`] print as into lines of at most `columns`, behind commas. A
/// name that is longer by itself goes on in the next line.
pub fn lines(names: &str, columns: usize) -> impl Iterator<Item = &str> {
    let mut rest = names;
    core::iter::from_fn(move || {
        let fits = rest.get(..rest.floor_char_boundary(columns.max(1)))?;
        let end = match fits.rfind(", ") {
            Some(comma) if fits.len() < rest.len() => comma + 1,
            _ => fits.len(),
        };
        let (line, behind) = rest.split_at_checked(end).filter(|(line, _)| !line.is_empty())?;
        rest = behind.trim_start();
        Some(line)
    })
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
    use proptest::prelude::*;

    use super::*;

    fn owner(name: &'static str) -> Owner<u8> {
        Owner { name, handler: 0 }
    }

    #[test]
    fn a_level_line_is_shared_and_an_edge_is_not() {
        let mut line = Owners::new(owner("SCI"));
        assert_eq!(line.join(owner("edu"), Trigger::Edge), Err(Refusal::Exclusive { by: "SCI" }));
        assert_eq!(line.names().to_string(), "SCI");
        assert_eq!(line.join(owner("edu"), Trigger::Level), Ok(1));
        assert_eq!(line.join(owner("xhci"), Trigger::Level), Ok(2));
        assert_eq!(line.join(owner("ahci"), Trigger::Level), Ok(3));
        assert_eq!(line.join(owner("more"), Trigger::Level), Err(Refusal::Full));
        assert_eq!(line.names().to_string(), "SCI, edu, xhci, ahci");
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
        assert_eq!(line.names().to_string(), "ahci");
        line.leave(0);
        assert!(line.is_empty());
        // An edge line without an owner is free.
        assert_eq!(line.join(owner("COM1"), Trigger::Edge), Ok(0));
    }

    #[test]
    fn long_names_go_on_in_another_line() {
        let split = |names| lines(names, 14).collect::<Vec<_>>();
        assert_eq!(split("SCI, edu"), ["SCI, edu"]);
        assert_eq!(split("SCI, edu, xhci"), ["SCI, edu, xhci"]);
        assert_eq!(split("SCI, edu, xhci, ahci"), ["SCI, edu,", "xhci, ahci"]);
        assert_eq!(split("SCI, a-name-of-twenty-x, b"), ["SCI,", "a-name-of-twen", "ty-x, b"]);
        assert_eq!(split(""), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_nothing_is_lost(names in any::<String>(), columns in 4..20_usize) {
            let split: Vec<_> = lines(&names, columns).collect();
            prop_assert!(split.iter().all(|line| line.len() <= columns));
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(letters(&split.concat()), letters(&names));
        }
    }
}
