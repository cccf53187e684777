//! How fast a counter counts.
//!
//! A rate is a fraction, so that none is rounded: the HPET tells its period in
//! femtoseconds, crystals are named by their hertz.

use core::fmt::{self, Write};

use crate::text::Text;

/// Nanoseconds in a second.
pub const SECOND_NS: u64 = 1_000_000_000;
/// Rates that a time-stamp counter can have. A loader that measures it against
/// a timer that is not there finds some thousand hertz (seen with Limine 12).
pub const BELIEVABLE_TSC_HZ: core::ops::RangeInclusive<u64> = 50_000_000..=18_000_000_000;

/// So many counts in so many nanoseconds; neither is zero. Shows as
/// `3.579545 MHz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    counts: u64,
    ns: u64,
}

impl Rate {
    /// `counts` in `ns`; `None` if one of them is zero.
    #[must_use]
    pub const fn new(counts: u64, ns: u64) -> Option<Self> {
        if counts == 0 || ns == 0 { None } else { Some(Self { counts, ns }) }
    }

    /// So many counts a second.
    #[must_use]
    pub const fn from_hz(hz: u64) -> Option<Self> {
        Self::new(hz, SECOND_NS)
    }

    /// The period of one count in femtoseconds, as the HPET tells it.
    #[must_use]
    pub const fn from_period_fs(period: u32) -> Option<Self> {
        Self::new(1_000_000, period as u64)
    }

    /// Counts a second, rounded.
    #[must_use]
    pub const fn hz(self) -> u64 {
        let (counts, ns) = (self.counts as u128, self.ns as u128);
        saturate((counts * SECOND_NS as u128 + ns / 2) / ns)
    }

    /// How long `counts` take, in nanoseconds.
    #[must_use]
    pub const fn ns(self, counts: u64) -> u64 {
        saturate(counts as u128 * self.ns as u128 / self.counts as u128)
    }

    /// How many counts pass in `ns` nanoseconds.
    #[must_use]
    pub const fn counts(self, ns: u64) -> u64 {
        saturate(ns as u128 * self.counts as u128 / self.ns as u128)
    }

    /// Nanoseconds of one count in units of 2^-32: what a clock multiplies by.
    #[must_use]
    pub const fn multiplier(self) -> u64 {
        let (counts, ns) = (self.counts as u128, self.ns as u128);
        saturate(((ns << 32) + counts / 2) / counts)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hz = self.hz();
        let mut text = Text::<32>::new();
        let (unit, name) = match hz {
            0..1_000 => (1, "Hz"),
            1_000..1_000_000 => (1_000, "kHz"),
            1_000_000..1_000_000_000 => (1_000_000, "MHz"),
            _ => (1_000_000_000, "GHz"),
        };
        write!(text, "{}", hz / unit)?;
        if unit > 1 {
            write!(text, ".{:06}", u128::from(hz % unit) * 1_000_000 / u128::from(unit))?;
        }
        write!(text, " {name}")?;
        f.pad(text.as_str())
    }
}

const fn saturate(value: u128) -> u64 {
    if value > u64::MAX as u128 { u64::MAX } else { value as u64 }
}

/// What CPUID says about the time-stamp counter; leaves that the processor has
/// not are zeros (SDM Vol. 2A, CPUID; Vol. 3B, 18.7.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct TscLeaves {
    /// Leaf 0x15: denominator, numerator, crystal's hertz.
    pub leaf_15: [u32; 3],
    /// Leaf 0x16, EAX: the processor's base frequency in MHz.
    pub base_mhz: u32,
    /// Leaf 0x4000_0010, EAX: the rate in kHz, as some hypervisors tell it.
    pub hypervisor_khz: u32,
}

/// Who told the time-stamp counter's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teller {
    /// CPUID leaf 0x15.
    Leaf15,
    /// CPUID leaf 0x16: the counter runs at the base frequency.
    Leaf16,
    /// CPUID leaf 0x4000_0010.
    Hypervisor,
}

impl TscLeaves {
    /// The rate in Hz and who told it, if anybody did and it can be believed.
    #[must_use]
    pub fn hz(&self) -> Option<(u64, Teller)> {
        let [denominator, numerator, crystal] = self.leaf_15.map(u64::from);
        let leaf_15 = (crystal * numerator).checked_div(denominator);
        let told = [
            (leaf_15, Teller::Leaf15),
            (Some(u64::from(self.hypervisor_khz) * 1_000), Teller::Hypervisor),
            (Some(u64::from(self.base_mhz) * 1_000_000), Teller::Leaf16),
        ];
        told.into_iter().find_map(|(hz, teller)| {
            hz.filter(|hz| BELIEVABLE_TSC_HZ.contains(hz)).map(|hz| (hz, teller))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_of_real_clocks() {
        let pit = Rate::from_hz(1_193_182).unwrap();
        assert_eq!((pit.ns(1_193_182), pit.counts(SECOND_NS)), (SECOND_NS, 1_193_182));
        assert_eq!(pit.to_string(), "1.193182 MHz");
        let hpet = Rate::from_period_fs(69_841_279).unwrap();
        assert_eq!(hpet.to_string(), "14.318180 MHz");
        assert_eq!(hpet.ns(14_318_180), 1000000004);
        assert_eq!(Rate::from_hz(3_000_000_000).unwrap().to_string(), "3.000000 GHz");
        assert_eq!(Rate::from_hz(1).unwrap().to_string(), "1 Hz");
        assert_eq!(Rate::from_period_fs(0), None);
    }

    #[test]
    fn what_processors_say() {
        let none = TscLeaves::default();
        assert_eq!(none.hz(), None);
        // Skylake client: a crystal of 24 MHz, times 234 over 2.
        let skylake = TscLeaves { leaf_15: [2, 234, 24_000_000], base_mhz: 2800, ..none };
        assert_eq!(skylake.hz(), Some((2_808_000_000, Teller::Leaf15)));
        // The crystal is not told: the base frequency is what is left.
        let no_crystal = TscLeaves { leaf_15: [2, 234, 0], ..skylake };
        assert_eq!(no_crystal.hz(), Some((2_800_000_000, Teller::Leaf16)));
        let kvm = TscLeaves { hypervisor_khz: 2_600_000, ..none };
        assert_eq!(kvm.hz(), Some((2_600_000_000, Teller::Hypervisor)));
        let mad = TscLeaves { leaf_15: [0, 9, 9], base_mhz: 1, hypervisor_khz: 9 };
        assert_eq!(mad.hz(), None);
    }

    proptest! {
        #[test]
        fn nothing_overflows(counts: u64, ns: u64, value: u64, leaves: [u32; 5]) {
            if let Some(rate) = Rate::new(counts, ns) {
                let _ = (rate.hz(), rate.ns(value), rate.counts(value), rate.multiplier());
                let _ = rate.to_string();
            }
            let [a, b, c, base_mhz, hypervisor_khz] = leaves;
            let _ = TscLeaves { leaf_15: [a, b, c], base_mhz, hypervisor_khz }.hz();
        }

        #[test]
        fn there_and_back(hz in 1u64..20_000_000_000, ns in 0u64..1 << 60) {
            let rate = Rate::from_hz(hz).unwrap();
            prop_assert!(rate.ns(rate.counts(ns)) <= ns);
            prop_assert_eq!(rate.hz(), hz);
        }
    }
}
