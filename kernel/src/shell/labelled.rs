//! A label, and beside it words that wrap between two of them.

use crate::print;
use core::fmt;

/// What fits on the narrowest screen without a wrap.
const LINE: usize = 79;

/// Prints the label in its column, then the words, as many lines as it takes.
pub(super) fn words<'a>(label: &str, column: usize, words: impl IntoIterator<Item = &'a str>) {
    print!("  \x1b[36m{label:<0$}\x1b[0m", column - 2);
    let mut at = column;
    for word in words {
        if at > column && at + 1 + word.len() > LINE {
            print!("\n{:column$}", "");
            at = column;
        }
        let gap = usize::from(at > column);
        print!("{:gap$}{word}", "");
        at += gap + word.len();
    }
    println(format_args!(""));
}

/// Prints the label in its column, then a fact that fits the line.
pub(super) fn fact(label: &str, column: usize, fact: impl fmt::Display) {
    print!("  \x1b[36m{label:<0$}\x1b[0m", column - 2);
    println(format_args!("{fact}"));
}

fn println(text: fmt::Arguments<'_>) {
    crate::println!("{text}");
}
