//! Random numbers that a seed repeats exactly: xorshift64*.

/// A generator; the same seed gives the same numbers on every machine.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator from `seed` (any value; zero is mapped away from the fixed point).
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self((seed ^ 0x9e37_79b9_7f4a_7c15).max(1))
    }

    /// The seed in `VALHALLA_SEED`, or `default`.
    #[must_use]
    pub fn seed_or(default: u64) -> u64 {
        std::env::var("VALHALLA_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.next_u64().to_be_bytes()[0]
    }

    /// `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_repeats_and_every_byte_occurs() {
        let first = Random::new(7).bytes(20_000);
        assert_eq!(first, Random::new(7).bytes(20_000));
        assert_ne!(first, Random::new(8).bytes(20_000));
        assert!((0..=255).all(|byte| first.contains(&byte)));
    }
}
