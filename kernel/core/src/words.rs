//! A command line cut into words, the way a shell does it.
//!
//! Words are separated by white space. `'...'` keeps everything as it is,
//! `"..."` too but for `\"` and `\\`, and outside quotes a `\` keeps the next
//! character. Quoting may start and end within a word, and `""` is a word of no
//! characters. Nothing is expanded.
//!
//! The words are unquoted into a buffer that [`Words`] owns: no heap, and the
//! line may change while the command runs.

use core::fmt;

use crate::command_line::End;

/// The most words that a line may have.
pub const MAX_WORDS: usize = 32;

/// The most bytes that all words together may have: the line editor's limit.
pub const MAX_BYTES: usize = 512;

/// Why a line cannot be cut into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitError {
    /// This quote was opened and not closed.
    UnterminatedQuote(char),
    /// The line ends in a lone backslash.
    TrailingBackslash,
    /// More than [`MAX_WORDS`].
    TooManyWords,
    /// More than [`MAX_BYTES`].
    TooLong,
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnterminatedQuote(quote) => write!(f, "the quote {quote} is not closed"),
            Self::TrailingBackslash => f.write_str("nothing follows the backslash at the end"),
            Self::TooManyWords => write!(f, "too many words ({MAX_WORDS} are the limit)"),
            Self::TooLong => write!(f, "the line is too long ({MAX_BYTES} bytes are the limit)"),
        }
    }
}

/// The words of a line, unquoted.
#[derive(Clone)]
pub struct Words {
    text: [u8; MAX_BYTES],
    /// Where each word ends in `text`; it starts where the one before ends.
    ends: [u16; MAX_WORDS],
    count: usize,
    used: usize,
}

/// Cuts `line` into words.
///
/// # Errors
/// [`SplitError`], in words that can be shown as they are.
pub fn split(line: &str) -> Result<Words, SplitError> {
    cut(line, |_| None).map(|(words, ..)| words)
}

/// Cuts the first command off `line`: up to a `|` or `;` that is not quoted.
/// Returns its words, what ended it, and the rest.
///
/// # Errors
/// As [`split`].
pub(crate) fn take_command(line: &str) -> Result<(Words, End, &str), SplitError> {
    cut(line, |ch| match ch {
        '|' => Some(End::Pipe),
        ';' => Some(End::Semicolon),
        _ => None,
    })
}

/// Cuts `line` into words as far as a character that `ends` them.
fn cut(line: &str, ends: impl Fn(char) -> Option<End>) -> Result<(Words, End, &str), SplitError> {
    let mut words = Words { text: [0; MAX_BYTES], ends: [0; MAX_WORDS], count: 0, used: 0 };
    let mut chars = line.chars();
    let mut in_word = false;
    let mut end = End::Line;
    while let Some(ch) = chars.next() {
        if let Some(found) = ends(ch) {
            end = found;
            break;
        }
        if ch.is_whitespace() {
            if in_word {
                words.end_word()?;
            }
            in_word = false;
            continue;
        }
        in_word = true;
        match ch {
            '\'' | '"' => words.quoted(ch, &mut chars)?,
            '\\' => words.push(chars.next().ok_or(SplitError::TrailingBackslash)?)?,
            _ => words.push(ch)?,
        }
    }
    if in_word {
        words.end_word()?;
    }
    Ok((words, end, chars.as_str()))
}

impl Words {
    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether the line was blank.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The word at `index`, from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(..self.count)?.get(index)?;
        let start =
            index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        str::from_utf8(self.text.get(start.into()..end.into())?).ok()
    }

    /// The words in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.count).filter_map(|index| self.get(index))
    }

    /// The words as a slice, in `room` that the caller lends:
    /// `words.slices(&mut [""; MAX_WORDS])`.
    pub fn slices<'a, 'b>(&'a self, room: &'b mut [&'a str; MAX_WORDS]) -> &'b [&'a str] {
        let mut count = 0;
        for (place, word) in room.iter_mut().zip(self.iter()) {
            *place = word;
            count += 1;
        }
        room.get(..count).unwrap_or_default()
    }

    fn quoted(&mut self, quote: char, chars: &mut core::str::Chars) -> Result<(), SplitError> {
        let unterminated = SplitError::UnterminatedQuote(quote);
        loop {
            match chars.next().ok_or(unterminated)? {
                ch if ch == quote => return Ok(()),
                '\\' if quote == '"' => match chars.next().ok_or(unterminated)? {
                    ch @ ('"' | '\\') => self.push(ch)?,
                    ch => {
                        self.push('\\')?;
                        self.push(ch)?;
                    }
                },
                ch => self.push(ch)?,
            }
        }
    }

    fn push(&mut self, ch: char) -> Result<(), SplitError> {
        let room = self.text.get_mut(self.used..).filter(|room| room.len() >= ch.len_utf8());
        self.used += ch.encode_utf8(room.ok_or(SplitError::TooLong)?).len();
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), SplitError> {
        let end = self.ends.get_mut(self.count).ok_or(SplitError::TooManyWords)?;
        *end = self.used as u16;
        self.count += 1;
        Ok(())
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        split(line).unwrap().iter().map(str::to_owned).collect()
    }

    #[test]
    fn plain_words() {
        assert!(split("").unwrap().is_empty());
        assert!(split(" \t ").unwrap().is_empty());
        assert_eq!(words("  vm  walk\t0x1000 "), ["vm", "walk", "0x1000"]);
        let line = split("a b").unwrap();
        assert_eq!(
            (line.len(), line.get(0), line.get(1), line.get(2)),
            (2, Some("a"), Some("b"), None)
        );
        assert_eq!(line.slices(&mut [""; MAX_WORDS]), ["a", "b"]);
    }

    #[test]
    fn quotes_and_escapes() {
        assert_eq!(
            words(r#"echo "two words" 'and "more"'"#),
            ["echo", "two words", "and \"more\""]
        );
        assert_eq!(words(r#"a"b c"d '' """#), ["ab cd", "", ""]);
        assert_eq!(words(r#""say \"hi\" \\ \n" '\'"#), ["say \"hi\" \\ \\n", "\\"]);
        assert_eq!(words(r"a\ b \' \\"), ["a b", "'", "\\"]);
        assert_eq!(words("grüße '✓ ok'"), ["grüße", "✓ ok"]);
    }

    #[test]
    fn errors() {
        assert_eq!(split("a 'b").err(), Some(SplitError::UnterminatedQuote('\'')));
        assert_eq!(split(r#"a "b\"#).err(), Some(SplitError::UnterminatedQuote('"')));
        assert_eq!(split("a\\").err(), Some(SplitError::TrailingBackslash));
        assert_eq!(words(&"x ".repeat(MAX_WORDS)).len(), MAX_WORDS);
        assert_eq!(split(&"x ".repeat(MAX_WORDS + 1)).err(), Some(SplitError::TooManyWords));
        assert_eq!(words(&"x".repeat(MAX_BYTES))[0].len(), MAX_BYTES);
        assert_eq!(split(&"x".repeat(MAX_BYTES + 1)).err(), Some(SplitError::TooLong));
        assert_eq!(split(&"✓".repeat(171)).err(), Some(SplitError::TooLong));
    }

    proptest! {
        #[test]
        fn any_line_gets_an_answer(line in any::<String>(), quotes in r#"[ab \\"']{0,40}"#) {
            for line in [line, quotes] {
                if let Ok(words) = split(&line) {
                    prop_assert_eq!(words.iter().count(), words.len());
                    prop_assert!(words.iter().map(str::len).sum::<usize>() <= line.len());
                }
            }
        }

        #[test]
        fn quoting_brings_any_word_through(parts in prop::collection::vec("[^']{0,10}", 0..8)) {
            let line: String = parts.iter().map(|part| format!("'{part}' ")).collect();
            prop_assert_eq!(words(&line), parts);
        }
    }
}
