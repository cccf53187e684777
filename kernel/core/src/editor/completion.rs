//! What Tab completes: where in a line the cursor is, and what candidates share.

/// The word before the cursor, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The words of its command before it; white space in front of each.
    pub before: &'a str,
    /// The word as far as the cursor; empty behind a blank.
    pub part: &'a str,
}

impl<'a> Place<'a> {
    /// The place at the end of `text`: what stands before the last `|` or `;`
    /// is another command's. Quotes are not looked at: names have none.
    #[must_use]
    pub fn at_end_of(text: &'a str) -> Self {
        let command = text.rsplit(['|', ';']).next().unwrap_or_default();
        let start = command.rfind(char::is_whitespace).map_or(0, |at| {
            at + command.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let (before, part) = command.split_at_checked(start).unwrap_or((command, ""));
        Self { before, part }
    }

    /// The words before it.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.before.split_whitespace()
    }
}

/// What the candidates that begin with a part say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared<'a> {
    /// How they all go on, the part included.
    pub prefix: &'a str,
    /// How many there are; the same name twice counts once.
    pub count: usize,
}

/// What those of `candidates` share that begin with `part`.
pub fn shared<'a>(part: &str, candidates: impl Iterator<Item = &'a str>) -> Option<Shared<'a>> {
    let mut shared: Option<Shared<'a>> = None;
    for candidate in candidates.filter(|candidate| candidate.starts_with(part)) {
        shared = Some(match shared {
            None => Shared { prefix: candidate, count: 1 },
            Some(so_far) if so_far.count == 1 && so_far.prefix == candidate => so_far,
            Some(so_far) => {
                Shared { prefix: common(so_far.prefix, candidate), count: so_far.count + 1 }
            }
        });
    }
    shared
}

/// The characters that both begin with.
fn common<'a>(a: &'a str, b: &str) -> &'a str {
    let end = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    let end = end.unwrap_or(a.len().min(b.len()));
    a.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places() {
        let place = |text| {
            let place = Place::at_end_of(text);
            (place.words().collect::<Vec<_>>(), place.part)
        };
        assert_eq!(place(""), (vec![], ""));
        assert_eq!(place("he"), (vec![], "he"));
        assert_eq!(place("vm wa"), (vec!["vm"], "wa"));
        assert_eq!(place("vm "), (vec!["vm"], ""));
        assert_eq!(place("vm map|gr"), (vec![], "gr"));
        assert_eq!(place("a; time  he"), (vec!["time"], "he"));
    }

    #[test]
    fn what_is_shared() {
        let names = ["heap", "heap_test", "help", "mem", "memmap"];
        let of = |part| shared(part, names.into_iter()).map(|s| (s.prefix, s.count));
        assert_eq!(of("he"), Some(("he", 3)));
        assert_eq!(of("hea"), Some(("heap", 2)));
        assert_eq!(of("hel"), Some(("help", 1)));
        assert_eq!(of("x"), None);
        assert_eq!(shared("", ["a", "a"].into_iter()), Some(Shared { prefix: "a", count: 1 }));
    }

    proptest! {
        #[test]
        fn any_line_has_a_place(text in any::<String>(), words in "[a |;]{0,20}") {
            for text in [text, words] {
                let place = Place::at_end_of(&text);
                prop_assert!(text.ends_with(place.part));
                prop_assert!(!place.part.contains(char::is_whitespace));
            }
        }

        #[test]
        fn all_begin_with_what_is_shared(names in prop::collection::vec("[aéb]{0,5}", 1..6)) {
            let found = shared("", names.iter().map(String::as_str)).unwrap();
            prop_assert!(names.iter().all(|name| name.starts_with(found.prefix)));
        }
    }
}
