//! What a terminal answers when its host asks (ECMA-48, DSR; VT100 manual,
//! chapter 3; xterm, "Control Sequences").
//!
//! Answers come on the line that keys come on, so they have to be told apart from
//! these, and none may ever be taken for something that was typed.

use core::fmt;

/// A terminal's answer. Whoever asked decides what is believable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `CSI 0 n`, to DSR 5: all is well.
    Ready,
    /// `CSI 3 n`: not all.
    Faulty,
    /// `CSI row ; col R`, to DSR 6: where the cursor is, from 1 on.
    Place {
        /// From the top.
        row: u16,
        /// From the left.
        col: u16,
    },
    /// `CSI 8 ; rows ; cols t`, to `CSI 18 t`: how large it is.
    Size {
        /// Columns, from 1 on.
        cols: u16,
        /// Rows, from 1 on.
        rows: u16,
    },
    /// `CSI ? kind ; ... c`, to DA: what it is.
    Device(u16),
}

impl Answer {
    /// Columns and rows, where the question was for the size; the other way to
    /// put it is to send the cursor to the farthest corner (`CSI 999 ; 999 H`)
    /// and to ask where it is.
    #[must_use]
    pub const fn as_size(self) -> Option<(u16, u16)> {
        match self {
            Self::Place { row: rows, col: cols } | Self::Size { cols, rows } => Some((cols, rows)),
            Self::Ready | Self::Faulty | Self::Device(_) => None,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = match *self {
            Self::Ready => return f.write_str("it is well"),
            Self::Faulty => return f.write_str("it is not well"),
            Self::Place { row, col } => return write!(f, "row {row}, column {col}"),
            Self::Size { cols, rows } => return write!(f, "{cols} columns, {rows} rows"),
            Self::Device(device) => device,
        };
        // The first parameter of DA names the model, or the level that it speaks.
        let name = match device {
            1 => "a VT100",
            4 => "a VT132",
            6 => "a VT102",
            7 => "a VT131",
            12 => "a VT125",
            62 => "a VT220, or like one",
            63 => "a VT320, or like one",
            64 => "a VT420, or like one",
            65 => "a VT510, or like one",
            _ => return write!(f, "a terminal of kind {device}"),
        };
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn what_says_a_size() {
        assert_eq!(Answer::Place { row: 25, col: 80 }.as_size(), Some((80, 25)));
        assert_eq!(Answer::Size { cols: 132, rows: 50 }.as_size(), Some((132, 50)));
        for answer in [Answer::Ready, Answer::Faulty, Answer::Device(6)] {
            assert_eq!(answer.as_size(), None);
        }
    }

    #[test]
    fn in_words() {
        assert_eq!(Answer::Device(6).to_string(), "a VT102");
        assert_eq!(Answer::Device(99).to_string(), "a terminal of kind 99");
        assert_eq!(Answer::Place { row: 3, col: 1 }.to_string(), "row 3, column 1");
    }
}
