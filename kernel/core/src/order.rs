//! Sorting a few things: the library's sort is made for millions, and takes 6 KiB
//! of code for each kind of thing that is sorted.

/// Sorts by insertion, which is the quickest for some dozens; things with equal
/// keys stay in their order.
pub fn sort_few_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    for end in 2..=items.len() {
        let sorted = items.get_mut(..end).unwrap_or_default();
        let mut last = sorted.len();
        // Sinks the last one to its place.
        while let Some([before, item]) = last.checked_sub(2).and_then(|at| sorted.get_mut(at..last))
            && key(before) > key(item)
        {
            core::mem::swap(before, item);
            last -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sort_few_by_key;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_the_library_sorts(mut items in prop::collection::vec((0_u8..9, 0_u16..999), 0..70)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort_few_by_key(&mut items, |(key, _)| *key);
            prop_assert_eq!(items, expected);
        }
    }
}
