//! Names in few bytes: learns which pairs of codes are the most frequent.
//!
//! The format is `valhalla_core::symbols::packed`.

use valhalla_core::symbols::packed::{DEPTH, LONGEST, PAIR_BYTES, PAIRS};

/// The 128 pairs that save the most in a set of names.
#[derive(Debug, Clone)]
pub struct Pairs(Vec<(u8, u8)>);

impl Pairs {
    /// Learns from `names`, each of which counts once.
    #[must_use]
    pub fn learn<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut texts: Vec<Vec<u8>> = names.map(codes).collect();
        let mut pairs = Vec::new();
        // How many pairs lie in each other below a code.
        let mut depth = [1_usize; 256];
        while pairs.len() < PAIRS {
            let Some((left, right)) = most_frequent(&texts, &depth) else { break };
            let code = (128 + pairs.len()) as u8;
            depth[usize::from(code)] = 1 + depth[usize::from(left)].max(depth[usize::from(right)]);
            for text in &mut texts {
                replace(text, (left, right), code);
            }
            pairs.push((left, right));
        }
        Self(pairs)
    }

    /// The codes of `name`.
    #[must_use]
    pub fn pack(&self, name: &str) -> Vec<u8> {
        let mut text = codes(name);
        for (index, pair) in self.0.iter().enumerate() {
            replace(&mut text, *pair, (128 + index) as u8);
        }
        text
    }

    /// The table of pairs as it stands in the image.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.iter().flat_map(|(left, right)| [*left, *right]).collect();
        bytes.resize(PAIR_BYTES, b'?');
        bytes
    }
}

/// The characters of a name; those that the format has no code for become `?`.
fn codes(name: &str) -> Vec<u8> {
    let code = |c: char| u8::try_from(c).ok().filter(|c| *c == b' ' || c.is_ascii_graphic());
    name.chars().take(LONGEST - 1).map(|c| code(c).unwrap_or(b'?')).collect()
}

/// The pair that stands most often in `texts`, if any does twice; the same
/// names give the same pairs.
fn most_frequent(texts: &[Vec<u8>], depth: &[usize; 256]) -> Option<(u8, u8)> {
    let mut counts = vec![0_u32; 1 << 16];
    for pair in texts.iter().flat_map(|text| text.windows(2)) {
        counts[usize::from(pair[0]) << 8 | usize::from(pair[1])] += 1;
    }
    let (mut best, mut most) = (None, 1);
    for (index, count) in counts.into_iter().enumerate() {
        let (left, right) = (index >> 8, index & 0xff);
        // The reader's stack has DEPTH places.
        if count > most && depth[left].max(depth[right]) + 1 < DEPTH {
            (best, most) = (Some((left as u8, right as u8)), count);
        }
    }
    best
}

fn replace(text: &mut Vec<u8>, pair: (u8, u8), code: u8) {
    let (mut from, mut to) = (0, 0);
    while from < text.len() {
        let found = text[from] == pair.0 && text.get(from + 1) == Some(&pair.1);
        text[to] = if found { code } else { text[from] };
        from += if found { 2 } else { 1 };
        to += 1;
    }
    text.truncate(to);
}

#[cfg(test)]
mod tests {
    use super::Pairs;
    use proptest::prelude::*;
    use valhalla_core::symbols::packed::Packed;

    #[test]
    fn what_repeats_gets_short() {
        let names = ["valhalla::shell::run", "valhalla::shell::commands::run"];
        let pairs = Pairs::learn(names.into_iter());
        assert!(pairs.pack(names[0]).len() < 6);
        assert_eq!(Packed::new(&pairs.pack("zé"), &pairs.bytes()).to_string(), "z?");
    }

    #[test]
    fn a_long_run_of_one_letter_keeps_to_the_depth() {
        let name = "a".repeat(500);
        let pairs = Pairs::learn(std::iter::repeat_n(name.as_str(), 9));
        assert!(Packed::new(&pairs.pack(&name), &pairs.bytes()) == *name);
    }

    proptest! {
        #[test]
        fn names_come_back(names in prop::collection::vec("[a-c:<>]{0,60}", 1..40)) {
            let pairs = Pairs::learn(names.iter().map(String::as_str));
            for name in &names {
                prop_assert!(Packed::new(&pairs.pack(name), &pairs.bytes()) == **name);
            }
        }
    }
}
