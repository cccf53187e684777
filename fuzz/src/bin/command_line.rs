//! A line is read as commands joined by `|` and `;`, or refused in words; what
//! was read, written down again, is read as the same.
#![cfg_attr(fuzzing, no_main)]

use std::fmt::Write;

use valhalla_core::command_line::{End, Quoted, parse};

/// The commands of `line`, as far as they can be read.
fn commands(line: &str) -> Option<Vec<(Vec<String>, End)>> {
    let mut line = match parse(line) {
        Ok(line) => line,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    let next = || line.next_command();
    let owned = std::iter::from_fn(next)
        .map(|(words, end)| (words.iter().map(str::to_owned).collect(), end));
    Some(owned.collect())
}

valhalla_fuzz::target!(|data: &[u8]| {
    let line = String::from_utf8_lossy(data);
    let Some(first) = commands(&line) else { return };
    let mut again = String::new();
    for (words, end) in &first {
        assert!(!words.is_empty());
        for word in words {
            write!(again, "{} ", Quoted(word)).expect("a String takes it");
        }
        again.push_str(match end {
            End::Line => "",
            End::Pipe => "|",
            End::Semicolon => ";",
        });
    }
    assert_eq!(commands(&again), Some(first), "{line:?} became {again:?}");
});
