//! `help keys`: what the keys do, at the prompt and while a command runs.

use crate::println;

/// A heading, and under it the keys with what they do.
type Section = (&'static str, &'static [(&'static str, &'static str)]);

/// The names fit this column.
const COLUMN: usize = 24;

const SECTIONS: [Section; 3] = [
    (
        "a line",
        &[
            ("Left Right Home End", "move; with Ctrl by words (Alt-B, Alt-F too)"),
            ("Backspace Delete", "erase a character"),
            ("Ctrl-W Ctrl-U Ctrl-K", "kill a word, to the start, to the end; Ctrl-Y: back"),
            ("Ctrl-T", "exchanges two characters"),
            ("Tab", "completes commands and first arguments; twice: all"),
            ("Up Down", "earlier lines"),
            ("Ctrl-R", "finds an earlier line; again: older, Escape: none"),
            ("Ctrl-L", "clears the screen"),
        ],
    ),
    ("the screen", &[("Shift-PageUp, -PageDown", "looks back a thousand lines, and forth")]),
    (
        "a command",
        &[
            ("Ctrl-C", "stops it; at the prompt, drops the line"),
            ("Ctrl-Alt-Del", "ends it and reboots"),
        ],
    ),
];

/// Prints the page; it fits a screen of 25 rows.
pub(super) fn page() {
    for (heading, keys) in SECTIONS {
        println!("\x1b[93m{heading}\x1b[0m");
        for (names, what) in keys {
            println!("  \x1b[96m{names:COLUMN$}\x1b[0m {what}");
        }
    }
    println!("help keyboard has the layouts; keytest shows what a key sends.");
}
