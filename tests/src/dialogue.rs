//! What a block shows of a conversation: what is typed at which prompt, and the answers.

use crate::Outcome;
use crate::serial::{MONITOR, PROMPT, without_status};

/// No line of a transcript is longer, where it has a space to be broken at.
const COLUMNS: usize = 80;
/// How much further the rest of a broken line stands to the right.
const INDENT: usize = 4;

/// Who is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// The shell.
    Shell,
    /// The crash monitor.
    Monitor,
    /// The shell of the machine that builds.
    Host,
}

impl Prompt {
    /// Its text.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Shell => PROMPT,
            Self::Monitor => MONITOR,
            Self::Host => "$",
        }
    }

    /// The prompt that `line` begins with, and what stands behind it.
    #[must_use]
    pub fn of(line: &str) -> Option<(Self, &str)> {
        let plain = without_status(line);
        [Self::Shell, Self::Monitor, Self::Host].into_iter().find_map(|prompt| {
            let rest = plain.strip_prefix(prompt.text())?;
            (rest.is_empty() || rest.starts_with(' ')).then_some((prompt, rest.trim()))
        })
    }
}

/// One command, and the answer that the block shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its line in the block, counted from 0.
    pub at: usize,
    /// Who is asked.
    pub prompt: Prompt,
    /// The line or, where it goes on behind a `\`, the lines with the command.
    pub asked: Vec<String>,
    /// What is typed; nothing at a prompt that ends the block.
    pub command: String,
    /// The answer as it is shown.
    pub shown: Vec<String>,
}

impl Exchange {
    /// Reports a prompt that shows the status of the command before.
    #[must_use]
    pub fn shows_status(&self) -> bool {
        self.asked.first().is_some_and(|line| without_status(line) != line)
    }
}

/// Reads a block.
///
/// # Errors
/// When something stands before its first prompt.
pub fn of(lines: &[&str]) -> Outcome<Vec<Exchange>> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(last) = exchanges.last_mut()
            && last.shown.is_empty()
            && let Some(begun) = last.command.strip_suffix('\\')
        {
            last.command = format!("{}{}", begun, line.trim_start());
            last.asked.push((*line).to_owned());
        } else if let Some((prompt, command)) = Prompt::of(line) {
            exchanges.push(Exchange {
                at,
                prompt,
                asked: vec![(*line).to_owned()],
                command: command.to_owned(),
                shown: Vec::new(),
            });
        } else {
            let last = exchanges.last_mut();
            let last = last.ok_or_else(|| format!("no prompt stands before {line:?}"))?;
            last.shown.push((*line).to_owned());
        }
    }
    Ok(exchanges)
}

/// What is shown of `answer` where `shown` was before.
///
/// A line `...` stands for lines that are left out, from behind the line before it to
/// the line after it. These two have to be in the answer, their numbers aside.
///
/// # Errors
/// When one of them is not there.
pub fn excerpt(shown: &[String], answer: &[String]) -> Outcome<Vec<String>> {
    let answer: Vec<String> = answer.iter().flat_map(|line| broken(line)).collect();
    let find = |line: &String, from: usize| -> Outcome<usize> {
        let found = answer.iter().skip(from).position(|other| is_alike(other, line));
        Ok(from + found.ok_or_else(|| format!("the answer has no line {line:?}"))?)
    };
    let mut dots = shown.iter().filter(|line| line.trim() == "...");
    let mut parts = shown.split(|line| line.trim() == "...").enumerate().peekable();
    let (mut excerpt, mut end) = (Vec::new(), 0);
    while let Some((number, part)) = parts.next() {
        let start = match part.first() {
            Some(first) if number > 0 => find(first, end)?,
            _ => end,
        };
        end = match part.last() {
            _ if number == 0 && parts.peek().is_none() => answer.len(),
            None => start,
            Some(_) if parts.peek().is_none() => answer.len(),
            Some(_) if number > 0 && part.len() == 1 => start + 1,
            Some(last) => find(last, start)? + 1,
        };
        excerpt.extend_from_slice(&answer[start..end]);
        excerpt.extend(dots.next().cloned());
    }
    Ok(excerpt)
}

/// Compares two lines, their numbers and gaps aside.
#[must_use]
pub fn is_alike(one: &str, other: &str) -> bool {
    let words = |line: &str| -> Vec<String> {
        let bare = line.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
        bare.filter(|word| !word.is_empty() && !is_number(word)).map(str::to_owned).collect()
    };
    let (left, right) = (words(one), words(other));
    if left.is_empty() { one == other } else { left == right }
}

/// Units that change with the size of the number before them.
const UNITS: [&str; 9] = ["GHz", "MHz", "KiB", "MiB", "GiB", "s", "ms", "us", "ns"];

/// Reports a decimal number, a hexadecimal one of some length, or a unit.
fn is_number(word: &str) -> bool {
    let long = word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit());
    long || word.starts_with(char::is_numeric) || UNITS.contains(&word)
}

/// The line in pieces of at most [`COLUMNS`], as far as it has spaces for them.
fn broken(line: &str) -> Vec<String> {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let mut pieces = Vec::new();
    let mut rest = line.to_owned();
    while rest.chars().count() > COLUMNS {
        let margin = rest.chars().take_while(|c| *c == ' ').count();
        let spaces = rest.char_indices().enumerate().filter(|(_, (_, c))| *c == ' ');
        let place = spaces.take_while(|(column, _)| *column <= COLUMNS).last();
        let Some((_, (at, _))) = place.filter(|(column, _)| *column > margin) else { break };
        let tail = format!("{}{}", " ".repeat(indent + INDENT), rest[at..].trim_start());
        pieces.push(rest[..at].trim_end().to_owned());
        rest = tail;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Prompt, broken, excerpt, is_alike, of};

    fn owned(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_block_is_commands_and_their_answers() {
        let block = ["valhalla> mem", " a", " b", "[1] valhalla> peek 0", "monitor>"];
        let read = of(&block).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!((read[0].prompt, read[0].command.as_str()), (Prompt::Shell, "mem"));
        assert_eq!(read[0].shown, [" a", " b"]);
        assert!(!read[0].shows_status() && read[1].shows_status());
        assert_eq!((read[1].at, read[1].command.as_str()), (3, "peek 0"));
        assert_eq!((read[2].prompt, read[2].command.as_str()), (Prompt::Monitor, ""));
        assert!(of(&["pong", "valhalla> ping"]).is_err());
    }

    #[test]
    fn a_host_command_goes_on_behind_a_backslash() {
        let read = of(&["$ echo one \\", "      two", "one two"]).unwrap();
        assert_eq!((read[0].command.as_str(), read[0].asked.len()), ("echo one two", 2));
        assert_eq!(read[0].shown, ["one two"]);
    }

    #[test]
    fn without_dots_the_whole_answer_is_shown() {
        let answer = owned(&["x", "y"]);
        assert_eq!(excerpt(&owned(&["a"]), &answer).unwrap(), answer);
    }

    #[test]
    fn dots_stand_for_what_is_between_two_lines() {
        let answer = owned(&["a 1", "b 2", "{", "c 0x3", "d", "e 4", "}"]);
        let shown = |lines: &[&str]| excerpt(&owned(lines), &answer).unwrap();
        assert_eq!(shown(&["b 7", "  ...", "e 5"]), ["a 1", "b 2", "  ...", "e 4", "}"]);
        assert_eq!(shown(&["a", "x", "{", "..."]), ["a 1", "b 2", "{", "..."]);
        assert_eq!(shown(&["...", "}"]), ["...", "}"]);
        assert_eq!(
            shown(&["...", "b", "...", "c 0x77", "d", "..."]),
            ["...", "b 2", "...", "c 0x3", "d", "..."]
        );
    }

    #[test]
    fn the_lines_beside_dots_have_to_be_there() {
        let answer = owned(&["a 1", "b 2"]);
        assert!(excerpt(&owned(&["q", "..."]), &answer).is_err());
        assert!(excerpt(&owned(&["...", "q"]), &answer).is_err());
        assert!(excerpt(&owned(&["...", "b", "...", "a"]), &answer).is_err());
    }

    #[test]
    fn numbers_and_their_units_make_no_difference() {
        assert!(is_alike("  tsc  999.999997 MHz  0x1f", "  tsc  1.000000 GHz 0xbdf0ce8"));
        assert!(is_alike("ffff800000100000 rw-", "ffff800007c6bfff rw-"));
        assert!(!is_alike("tsc 1 GHz", "hpet 1 GHz") && !is_alike("{", "  {"));
    }

    #[test]
    fn a_long_line_is_broken_at_a_space() {
        let line = format!("  {}", "word ".repeat(40));
        let pieces = broken(line.trim_end());
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() <= 80));
        assert!(pieces[1].starts_with("      word"));
        assert_eq!(pieces.join(" ").split_whitespace().count(), 40);
        assert_eq!(broken(&"x".repeat(100)), ["x".repeat(100)]);
    }
}
