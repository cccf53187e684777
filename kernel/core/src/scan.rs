//! Looking through text eight bytes at a time.
//!
//! Everything that is printed is looked through some times: for the end of a
//! line, and for what is not plain text. Each of the searches turns a word into
//! flags, the highest bit of each byte that is looked for. A flag may also stand
//! above a true one (carries go upward), so that only the lowest counts.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHEST: u64 = 0x8080_8080_8080_8080;

/// How many bytes at the start of `bytes` are printable ASCII, the space among
/// them.
#[must_use]
#[inline]
pub fn printable_run(bytes: &[u8]) -> usize {
    // Below the space a byte borrows, 0x7f carries, and beyond ASCII the bit is set.
    let flags = |word: u64| {
        let below = word.wrapping_sub(u64::from(b' ') * ONES);
        (below | word.wrapping_add(ONES) | word) & HIGHEST
    };
    position(bytes, flags, |byte| !matches!(byte, b' '..=b'~')).unwrap_or(bytes.len())
}

/// Where the first line feed is.
#[must_use]
#[inline]
pub fn line_feed(bytes: &[u8]) -> Option<usize> {
    let flags = |word: u64| {
        let other = word ^ (u64::from(b'\n') * ONES);
        other.wrapping_sub(ONES) & !other & HIGHEST
    };
    position(bytes, flags, |byte| byte == b'\n')
}

#[inline]
fn position(bytes: &[u8], flags: impl Fn(u64) -> u64, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = flags(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(8 * index + found.trailing_zeros() as usize / 8);
        }
    }
    let found = rest.iter().position(|byte| is_it(*byte))?;
    Some(8 * words.len() + found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_in_every_place_of_a_word() {
        for (place, byte) in (0..19).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte)))
        {
            let mut bytes = [b'x'; 20];
            bytes[place] = byte;
            let printable = (0x20..0x7f).contains(&byte);
            assert_eq!(printable_run(&bytes), if printable { 20 } else { place }, "{byte} {place}");
            assert_eq!(line_feed(&bytes), (byte == b'\n').then_some(place), "{byte} {place}");
        }
    }

    proptest! {
        #[test]
        fn as_one_by_one(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let odd = bytes.iter().position(|byte| !(0x20..0x7f).contains(byte));
            prop_assert_eq!(printable_run(&bytes), odd.unwrap_or(bytes.len()));
            prop_assert_eq!(line_feed(&bytes), bytes.iter().position(|byte| *byte == b'\n'));
        }
    }
}
