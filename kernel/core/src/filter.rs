//! Text filters: what `grep` and `count` see of text that holds colours.

/// A line's characters without escape sequences (`ESC [ ... letter`, ECMA-48,
/// 5.4): what a person sees of it.
pub fn visible(line: &str) -> impl Iterator<Item = char> + Clone + '_ {
    visible_at(line).map(|(_, c)| c)
}

/// The same with the place of each in bytes.
fn visible_at(line: &str) -> impl Iterator<Item = (usize, char)> + Clone + '_ {
    let mut chars = line.char_indices();
    core::iter::from_fn(move || {
        loop {
            match chars.next()? {
                (_, '\x1b') => {
                    if chars.next()?.1 == '[' {
                        chars.find(|(_, c)| matches!(c, '@'..='~'))?;
                    }
                }
                seen => return Some(seen),
            }
        }
    })
}

/// Splits `text` into rows of at most `columns` characters that a person sees, at
/// its line feeds and where a row is full. Escape sequences stay where they are.
pub fn rows(text: &str, columns: usize) -> impl Iterator<Item = &str> {
    text.lines().flat_map(move |line| {
        let mut rest = Some(line);
        core::iter::from_fn(move || {
            let line = rest.take()?;
            let full = visible_at(line).nth(columns.max(1));
            let Some((row, behind)) = full.and_then(|(at, _)| line.split_at_checked(at)) else {
                return Some(line);
            };
            rest = Some(behind);
            Some(row)
        })
    })
}

/// How letters compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// As they are.
    Heeded,
    /// Capital or small.
    Ignored,
}

/// Whether a person sees `word` in `line`.
#[must_use]
pub fn contains(line: &str, word: &str, case: Case) -> bool {
    let mut rest = visible(line);
    loop {
        if starts_with(rest.clone(), word, case) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

fn starts_with(mut line: impl Iterator<Item = char>, word: &str, case: Case) -> bool {
    word.chars().all(|wanted| line.next().is_some_and(|found| same(found, wanted, case)))
}

fn same(a: char, b: char, case: Case) -> bool {
    a == b || (case == Case::Ignored && a.to_lowercase().eq(b.to_lowercase()))
}

/// What `count` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines, the last one also without a line feed.
    pub lines: u64,
    /// Words between white space.
    pub words: u64,
    /// Characters that can be seen, and blanks; no line feeds.
    pub characters: u64,
}

impl Counts {
    /// Adds a line.
    pub fn add(&mut self, line: &str) {
        self.lines += 1;
        let mut in_word = false;
        for c in visible(line) {
            self.characters += 1;
            self.words += u64::from(!in_word && !c.is_whitespace());
            in_word = !c.is_whitespace();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn colours_are_not_seen() {
        let line = "\x1b[96mhe\x1b[0;1mlp\x1b[0m [COMMAND]\x1b[";
        assert_eq!(visible(line).collect::<String>(), "help [COMMAND]");
        assert!(contains(line, "help [", Case::Heeded));
        assert!(!contains(line, "96", Case::Heeded));
    }

    #[test]
    fn case() {
        assert!(contains("Größe", "GRÖ", Case::Ignored));
        assert!(!contains("Größe", "GRÖ", Case::Heeded));
        assert!(contains("anything", "", Case::Heeded));
        assert!(!contains("", "a", Case::Ignored));
    }

    #[test]
    fn counting() {
        let mut counts = Counts::default();
        for line in ["one two", "", "  \x1b[1mthree\x1b[0m "] {
            counts.add(line);
        }
        assert_eq!(counts, Counts { lines: 3, words: 3, characters: 15 });
    }

    #[test]
    fn rows_are_full_or_end_with_their_line() {
        let text = "\x1b[96mhe\x1b[0mlp me\n\nüben\x1b[1m!\n";
        let expected = ["\x1b[96mhe\x1b[0mlp", " me", "", "üben\x1b[1m", "!"];
        assert_eq!(rows(text, 4).collect::<Vec<_>>(), expected);
        assert_eq!(rows(text, 80).count(), 3);
        assert_eq!(rows("", 80).count(), 0);
    }

    proptest! {
        #[test]
        fn rows_lose_nothing(text in any::<String>(), columns in 0..9_usize) {
            let lines: String = text.lines().collect();
            prop_assert_eq!(rows(&text, columns).collect::<String>(), lines);
            prop_assert!(rows(&text, columns).all(|row| visible(row).count() <= columns.max(1)));
        }

        #[test]
        fn agrees_with_the_library(line in "[a-c]{0,20}", word in "[a-c]{0,3}") {
            prop_assert_eq!(contains(&line, &word, Case::Heeded), line.contains(&word));
        }

        #[test]
        fn any_text_is_seen_through(line in any::<String>(), word in any::<String>()) {
            let _ = contains(&line, &word, Case::Ignored);
            Counts::default().add(&line);
        }
    }
}
