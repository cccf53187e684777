//! Spans of code in a Markdown file, and where they stand.

/// Text between backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Line number, from 1, of its first backtick.
    pub line: usize,
    /// The text between the backticks; a line end in it is a blank.
    pub text: String,
}

/// Finds the spans of code in `text`; in blocks of code, the lines that run make.
#[must_use]
pub fn spans(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<Span> = None;
    let mut fenced = false;
    for (line, words) in (1..).zip(text.lines()) {
        let fence = words.trim_start().starts_with("```");
        fenced ^= fence;
        if fenced || fence || words.trim().is_empty() {
            open = None;
        }
        if fence {
            continue;
        }
        if fenced || words.starts_with("    ") {
            if words.trim_start().starts_with("make ") {
                let command = words.split('#').next().unwrap_or_default().trim();
                found.push(Span { line, text: command.to_owned() });
            }
            continue;
        }
        // Two backticks hold a span with one in it: no name of ours.
        for (at, piece) in words.split('`').enumerate() {
            if at > 0 {
                match open.take() {
                    Some(span) => found.push(span),
                    None => open = Some(Span { line, text: String::new() }),
                }
            }
            if let Some(span) = &mut open {
                span.text.push_str(piece);
            }
        }
        if let Some(span) = &mut open {
            span.text.push(' ');
        }
    }
    found
}
