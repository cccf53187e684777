//! Text blocks of a Markdown file, and the comments that say how each is made.
//!
//! The line above a block is `<!-- run: MACHINE -->` where `make transcripts` makes
//! it, and `<!-- by hand: WHY -->` where it cannot.

use std::ops::Range;

use crate::serial::{MONITOR, PROMPT, without_status};

/// A fenced block of the kind `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its lines, without the fences, counted from 0.
    pub lines: Range<usize>,
    /// What the comment above it says.
    pub origin: Origin,
}

/// How a block is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// By a run.
    Run(Run),
    /// By hand, with a reason.
    ByHand,
    /// There is no comment.
    Unsaid,
    /// The comment cannot be followed, with the reason.
    Unclear(String),
}

/// What is run for a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// A door and QEMU's arguments, or `host`. Blocks of a file that name the same
    /// share its boot.
    pub machine: String,
    /// Boots anew for this block.
    pub fresh: bool,
    /// Its numbers differ from run to run: it is written anew where its words differ.
    pub varies: bool,
    /// Keys that are pressed once the last command runs.
    pub keys: Option<String>,
    /// The command whose answer the block holds; without one, the block holds the
    /// prompts as well.
    pub command: Option<String>,
}

/// Finds the text blocks of a Markdown file.
#[must_use]
pub fn of(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let start = at + 1;
        at = start;
        let Some(kind) = lines[start - 1].trim_start().strip_prefix("```") else { continue };
        let length = lines[start..].iter().take_while(|line| line.trim() != "```").count();
        at = start + length + 1;
        if kind == "text" {
            let above = start.checked_sub(2).map_or("", |above| lines[above]);
            blocks.push(Block { lines: start..start + length, origin: origin(above) });
        }
    }
    blocks
}

/// What the line above a block says about it.
fn origin(above: &str) -> Origin {
    let comment = above.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
    let Some((word, rest)) = comment.and_then(|comment| comment.trim().split_once(':')) else {
        return Origin::Unsaid;
    };
    match word {
        "by hand" if rest.trim().is_empty() => Origin::Unclear("it does not say why".into()),
        "by hand" => Origin::ByHand,
        "run" => run(rest).map_or_else(Origin::Unclear, Origin::Run),
        _ => Origin::Unsaid,
    }
}

/// Parses `MACHINE[; fresh][; varies][; keys KEYS][; answer of COMMAND]`.
fn run(text: &str) -> Result<Run, String> {
    let mut parts = text.trim().split("; ");
    let machine =
        parts.next().filter(|machine| !machine.is_empty()).ok_or("it names no machine")?;
    let mut run = Run { machine: machine.to_owned(), ..Run::default() };
    for part in parts {
        match part.split_once(' ') {
            None if part == "fresh" => run.fresh = true,
            None if part == "varies" => run.varies = true,
            Some(("keys", keys)) => run.keys = Some(keys.to_owned()),
            Some(("answer", rest)) if rest.starts_with("of ") => {
                run.command = Some(rest[3..].to_owned());
            }
            _ => {
                return Err(format!(
                    "{part:?} is not fresh, varies, keys KEYS or answer of COMMAND"
                ));
            }
        }
    }
    Ok(run)
}

/// Reports lines that only a running kernel says: a prompt, a stamped line of the
/// log, a report.
#[must_use]
pub fn is_of_the_kernel(line: &str) -> bool {
    let plain = without_status(line);
    let stamp = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let stamped = stamp.is_some_and(|(stamp, _)| {
        stamp.contains('.') && stamp.trim_start().chars().all(|c| c.is_ascii_digit() || c == '.')
    });
    plain.starts_with(PROMPT) || plain.starts_with(MONITOR) || line.starts_with("*** ") || stamped
}

#[cfg(test)]
mod tests {
    use super::{Origin, Run, is_of_the_kernel, of};

    fn origins(text: &str) -> Vec<Origin> {
        of(text).into_iter().map(|block| block.origin).collect()
    }

    #[test]
    fn the_comment_above_a_block_says_how_it_is_made() {
        let text = "<!-- run: pvh -m 64M; fresh; keys a esc -->\n```text\na\nb\n```\n\
                    <!-- run: grub_uefi; varies; answer of dmesg | head 3 -->\n```text\n```\n\
                    <!-- by hand: no such machine -->\n```text\n```\n\n```text\n```\n\
                    <!-- run: pvh; soon -->\n```text\n```\n<!-- by hand: -->\n```text\n```\n";
        let run = Run {
            machine: "pvh -m 64M".into(),
            fresh: true,
            varies: false,
            keys: Some("a esc".into()),
            command: None,
        };
        let answer = Run {
            machine: "grub_uefi".into(),
            varies: true,
            command: Some("dmesg | head 3".into()),
            ..Run::default()
        };
        assert_eq!(
            origins(text),
            [
                Origin::Run(run),
                Origin::Run(answer),
                Origin::ByHand,
                Origin::Unsaid,
                Origin::Unclear(
                    "\"soon\" is not fresh, varies, keys KEYS or answer of COMMAND".into()
                ),
                Origin::Unclear("it does not say why".into()),
            ]
        );
        assert_eq!(of(text)[0].lines, 2..4);
    }

    #[test]
    fn other_blocks_are_passed_over() {
        let text = "```rust,ignore\n```text\n```\n```sh\nls\n```\n```text\nx\n```";
        let blocks = of(text);
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].lines, 7..8);
    }

    #[test]
    fn what_the_kernel_says_is_recognised() {
        for line in
            ["valhalla> mem", "[1] valhalla>", "monitor>", "[   12.201993] acpi: x", "*** panic"]
        {
            assert!(is_of_the_kernel(line), "{line}");
        }
        for line in ["[ 0 ][ 1 ] spans", "[25 rows] shown", "0xB8000  |---|", "** a"] {
            assert!(!is_of_the_kernel(line), "{line}");
        }
    }
}
