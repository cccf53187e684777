//! Answers that the terminal owes: to status reports, mostly.

use core::fmt::{self, Write};

use crate::answer::Answer;
use crate::serial_input::first_answer;
use crate::text::Text;

/// Bytes of answers that are kept; a host that asks on without reading gets no
/// more than these.
pub const BYTES: usize = 64;

/// Answers nobody has read yet.
#[derive(Debug)]
pub(super) struct Replies(Text<BYTES>);

impl Replies {
    pub(super) const fn new() -> Self {
        Self(Text::new())
    }

    /// Keeps an answer, whole or not at all.
    pub(super) fn add(&mut self, answer: fmt::Arguments<'_>) {
        let mut longer = self.0;
        if longer.write_fmt(answer).is_ok() && !longer.is_cut() {
            self.0 = longer;
        }
    }

    /// Whether there are any.
    pub(super) const fn are_owed(&self) -> bool {
        !self.0.is_empty()
    }

    /// The first of them, which is nobody's any more.
    pub(super) fn next(&mut self) -> Option<Answer> {
        let first = first_answer(self.0.as_str()).map(|(answer, rest)| (answer, Text::of(rest)));
        let (answer, rest) = first.unzip();
        self.0 = rest.unwrap_or_default();
        answer
    }

    pub(super) fn take(&mut self) -> Option<Text<BYTES>> {
        let text = core::mem::take(&mut self.0);
        (!text.as_str().is_empty()).then_some(text)
    }
}
