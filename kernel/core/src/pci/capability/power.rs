//! Power management (PCI Bus Power Management Interface Specification 1.2).

use core::fmt;

use super::super::{Address, ConfigSpace};

/// What the capability says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Power {
    capabilities: u16,
    control: u16,
}

impl Power {
    pub(super) fn read(space: &impl ConfigSpace, at: Address, offset: u16) -> Self {
        let capabilities = space.read_u16(at, offset.saturating_add(2));
        let control = space.read_u16(at, offset.saturating_add(4));
        Self { capabilities, control }
    }

    /// The state that it is in: 0 for D0, awake, to 3 for D3, off.
    #[must_use]
    pub const fn state(self) -> u8 {
        (self.control & 3) as u8
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {}: in state D{}", self.capabilities & 7, self.state())?;
        let can = |bit: u16| self.capabilities >> bit & 1 == 1;
        let states = [(9, " D1+"), (10, " D2+")];
        let wakes = [(11, "D0"), (12, "D1"), (13, "D2"), (14, "D3hot"), (15, "D3cold")];
        states.iter().filter(|(bit, _)| can(*bit)).try_for_each(|(_, name)| f.write_str(name))?;
        if wakes.iter().any(|(bit, _)| can(*bit)) {
            f.write_str(", wakes from")?;
        }
        let mut wakes = wakes.iter().filter(|(bit, _)| can(*bit));
        wakes.try_for_each(|(_, name)| write!(f, " {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        let plain = Power { capabilities: 3, control: 0 };
        assert_eq!(plain.to_string(), "version 3: in state D0");
        let waking = Power { capabilities: 0xca02, control: 3 };
        assert_eq!(waking.to_string(), "version 2: in state D3 D1+, wakes from D0 D3hot D3cold");
    }
}
