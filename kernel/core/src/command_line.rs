//! A line as the shell reads it: commands, joined by `|` and `;`.
//!
//! ```text
//!   line      pipeline { ; pipeline } [ ; ]
//!   pipeline  command { | command }
//!   command   word { word }
//! ```
//!
//! Words are those of [`words`](crate::words); a `|` or `;` in quotes, or after a
//! backslash, is a character as any other. No heap: commands are cut off one
//! after the other, and [`parse`] has looked through all of them before the
//! first one runs, so that a mistake at the end costs nothing.

use core::fmt;

use crate::words::{self, SplitError, Words};

/// What stands behind a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The end of the line.
    Line,
    /// `|`: its output goes to the next.
    Pipe,
    /// `;`: the next comes when it has ended.
    Semicolon,
}

impl End {
    const fn sign(self) -> &'static str {
        match self {
            Self::Line => "the end",
            Self::Pipe => "|",
            Self::Semicolon => ";",
        }
    }
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// A command of it cannot be cut into words.
    Split(SplitError),
    /// There are no words where a command should be, before this.
    NothingBefore(End),
    /// Nothing takes what goes into the last pipe.
    NothingBehindPipe,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Split(error) => error.fmt(f),
            Self::NothingBefore(end) => write!(f, "a command is missing before {}", end.sign()),
            Self::NothingBehindPipe => f.write_str("a command is missing behind |"),
        }
    }
}

impl From<SplitError> for LineError {
    fn from(error: SplitError) -> Self {
        Self::Split(error)
    }
}

/// A line without mistakes, and how far it was read.
#[derive(Clone, Debug)]
pub struct CommandLine<'a> {
    rest: &'a str,
}

/// Looks through `line`.
///
/// # Errors
/// [`LineError`], in words that can be shown as they are.
pub fn parse(line: &str) -> Result<CommandLine<'_>, LineError> {
    let mut rest = line;
    let mut piped = false;
    loop {
        let (words, end, behind) = words::take_command(rest)?;
        match (words.is_empty(), end) {
            (false, End::Line) => break,
            (true, End::Line) if piped => return Err(LineError::NothingBehindPipe),
            // A blank line, or a `;` at the end of one.
            (true, End::Line) => break,
            (true, end) => return Err(LineError::NothingBefore(end)),
            (false, _) => {}
        }
        piped = end == End::Pipe;
        rest = behind;
    }
    Ok(CommandLine { rest: line })
}

impl CommandLine<'_> {
    /// The next command, and what stands behind it.
    pub fn next_command(&mut self) -> Option<(Words, End)> {
        // What fails or is empty here was found by `parse`, but for the blank
        // end of a line.
        let (words, end, rest) = words::take_command(self.rest).ok()?;
        self.rest = rest;
        (!words.is_empty()).then_some((words, end))
    }
}

/// A word so that [`parse`] reads it as that one word: in quotes where it has to
/// be.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| !c.is_whitespace() && !"'\"\\|;".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) {
            return f.write_str(self.0);
        }
        for (index, part) in self.0.split('\'').enumerate() {
            if index > 0 {
                f.write_str("\\'")?;
            }
            if !part.is_empty() || self.0.is_empty() {
                write!(f, "'{part}'")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn commands(line: &str) -> Vec<(Vec<String>, End)> {
        let mut line = parse(line).unwrap();
        core::iter::from_fn(|| line.next_command())
            .map(|(words, end)| (words.iter().map(str::to_owned).collect(), end))
            .collect()
    }

    fn joined(line: &str) -> String {
        let parts = commands(line)
            .into_iter()
            .map(|(words, end)| words.join(",") + if end == End::Line { "" } else { end.sign() });
        parts.collect()
    }

    #[test]
    fn pipes_and_sequences() {
        assert_eq!(joined(""), "");
        assert_eq!(joined("help"), "help");
        assert_eq!(joined("dmesg|grep irq | count"), "dmesg|grep,irq|count");
        assert_eq!(joined("a 1;b; c|d ;"), "a,1;b;c|d;");
    }

    #[test]
    fn quoted_signs_are_characters() {
        assert_eq!(joined(r#"echo 'a|b' "c;d" e\|f \;"#), "echo,a|b,c;d,e|f,;");
        assert_eq!(commands("echo a'|'b")[0].0, ["echo", "a|b"]);
    }

    #[test]
    fn mistakes() {
        for (line, error) in [
            ("| a", "a command is missing before |"),
            ("a | | b", "a command is missing before |"),
            ("; a", "a command is missing before ;"),
            ("a ;; b", "a command is missing before ;"),
            ("a |; b", "a command is missing before ;"),
            ("a | ", "a command is missing behind |"),
            ("a; b 'c", "the quote ' is not closed"),
        ] {
            assert_eq!(parse(line).unwrap_err().to_string(), error, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_gets_an_answer(line in any::<String>(), signs in r#"[ab |;\\"']{0,40}"#) {
            for line in [line, signs] {
                if let Ok(mut commands) = parse(&line) {
                    let mut last = End::Line;
                    let mut count = 0;
                    while let Some((words, end)) = commands.next_command() {
                        prop_assert!(!words.is_empty());
                        last = end;
                        count += 1;
                    }
                    prop_assert!(last != End::Pipe);
                    prop_assert!(count <= line.len());
                }
            }
        }

        #[test]
        fn quoting_brings_any_words_through(
            given in prop::collection::vec(r#"[a-c |;'"\\é]{0,8}"#, 1..8),
        ) {
            let line: Vec<String> = given.iter().map(|word| Quoted(word).to_string()).collect();
            let read = commands(&line.join(" "));
            prop_assert_eq!(read, vec![(given, End::Line)]);
        }
    }
}
