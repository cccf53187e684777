//! The name that somebody probably meant.
//!
//! The distance is Damerau's and Levenshtein's (optimal string alignment): the
//! fewest letters to insert, leave out, exchange, or swap with their neighbour.
//! Three rows of a table do it, so it needs no heap.

/// Longer words are nobody's typing mistake.
const LONGEST: usize = 32;

type Row = [u8; LONGEST + 1];

/// The name nearest to `word`, if one is near enough to be meant: one mistake
/// in three letters, or `word` is how a name begins. Letter case is no mistake.
/// Among equals the first one wins.
#[must_use]
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() {
        return None;
    }
    let most = (word.len() / 3).max(1);
    names
        .into_iter()
        .filter_map(|name| {
            // A beginning is as good as one mistake, and no better than a name
            // that is one letter away.
            let begins = begins_with(name, word) && word.len() > 1;
            let distance = distance(word, name).filter(|distance| *distance <= most);
            let rank = if begins { Some(1) } else { distance };
            rank.filter(|_| name.len() > 1).map(|rank| (rank, name))
        })
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, name)| name)
}

fn begins_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

/// How many mistakes lie between two words; `None` when one is too long.
fn distance(a: &str, b: &str) -> Option<usize> {
    if a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    let letter = |byte: u8| byte.to_ascii_lowercase();
    let mut before: Row = [0; LONGEST + 1];
    let mut above: Row = core::array::from_fn(|column| column as u8);
    let mut left_in_a = None;
    for (row, x) in a.bytes().map(letter).enumerate() {
        let mut current: Row = [0; LONGEST + 1];
        let mut left = row as u8 + 1;
        if let Some(first) = current.first_mut() {
            *first = left;
        }
        let mut left_in_b = None;
        for (column, y) in b.bytes().map(letter).enumerate() {
            let at = |row: &Row, column: usize| row.get(column).copied().unwrap_or(u8::MAX);
            let exchanged = at(&above, column) + u8::from(x != y);
            let mut least = exchanged.min(at(&above, column + 1) + 1).min(left + 1);
            if left_in_a == Some(y) && left_in_b == Some(x) {
                least = least.min(at(&before, column.wrapping_sub(1)).saturating_add(1));
            }
            if let Some(cell) = current.get_mut(column + 1) {
                *cell = least;
            }
            left = least;
            left_in_b = Some(y);
        }
        left_in_a = Some(x);
        before = above;
        above = current;
    }
    above.get(b.len()).map(|distance| usize::from(*distance))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 8] = ["help", "mem", "memmap", "heap", "heap_test", "vm", "?", "shutdown"];

    fn meant(word: &str) -> Option<&'static str> {
        nearest(word, NAMES)
    }

    #[test]
    fn typing_mistakes_are_understood() {
        assert_eq!(meant("hlep"), Some("help"));
        assert_eq!(meant("MEM"), Some("mem"));
        assert_eq!(meant("memm"), Some("mem"));
        assert_eq!(meant("memap"), Some("memmap"));
        assert_eq!(meant("vn"), Some("vm"));
        assert_eq!(meant("shtudonw"), Some("shutdown"));
        // A beginning.
        assert_eq!(meant("shut"), Some("shutdown"));
        assert_eq!(meant("heap_"), Some("heap"));
    }

    #[test]
    fn what_nobody_meant_is_not_suggested() {
        for word in ["", "x", "no_such_thing", "hxyz", "\u{e9}\u{e9}", &"m".repeat(500)] {
            assert_eq!(meant(word), None, "{word:?}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, wanted) in
            [("", "abc", 3), ("abc", "abc", 0), ("ab", "ba", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), Some(wanted), "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn it_is_a_distance(a in "[a-d]{0,12}", b in "[a-d]{0,12}") {
            let there = distance(&a, &b).unwrap();
            prop_assert_eq!(distance(&b, &a), Some(there));
            prop_assert_eq!(there == 0, a == b);
            prop_assert!(there <= a.len().max(b.len()));
            prop_assert!(there >= a.len().abs_diff(b.len()));
        }

        #[test]
        fn any_word_has_an_answer(word in any::<String>()) {
            if let Some(name) = meant(&word) {
                prop_assert!(NAMES.contains(&name));
            }
        }
    }
}
