//! Text filters: what `grep` and `count` see of text that holds colours.

/// A line's characters without escape sequences (`ESC [ ... letter`, ECMA-48,
/// 5.4): what a person sees of it.
pub fn visible(line: &str) -> impl Iterator<Item = char> + Clone + '_ {
    let mut chars = line.chars();
    core::iter::from_fn(move || {
        loop {
            match chars.next()? {
                '\x1b' => {
                    if chars.next()? == '[' {
                        chars.find(|c| matches!(c, '@'..='~'))?;
                    }
                }
                c => return Some(c),
            }
        }
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

    proptest! {
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
