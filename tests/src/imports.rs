//! The kernel's one rule: imports point left.
//!
//! The folders of `kernel/src` stand in a fixed order. A file may name its own
//! folder and those to its left. This reads every path that starts at `crate`,
//! climbs there by `super`, or names the library from outside, in code and in
//! macros alike; comments and strings do not count.
//!
//! Within the folders of [`STACKED`] the files stand in an order, too: that of the
//! table in the folder's `mod.rs`, each above those that use it.

use std::fs;
use std::path::Path;

use crate::source::code_only;
use crate::{Failure, Outcome};

/// The folders from left to right; those in one step may not use each other.
/// On top of all are the two files `lib` and `main`.
pub const ORDER: [&[&str]; 14] = [
    &["boot"],
    &["cpu"],
    &["memory"],
    &["acpi"],
    &["interrupts"],
    &["time"],
    &["drivers"],
    &["console"],
    &["bench"],
    &["report"],
    &["shell"],
    &["selftest"],
    &["lib"],
    &["main"],
];

/// Folders without circles: a file uses those alone that stand above it in the table
/// of `mod.rs`, which may use all.
pub const STACKED: [&str; 1] = ["interrupts"];

/// Names at the top of the crate, and where they belong: macros that are
/// exported, and the boot sequence, which only `main` calls.
const AT_THE_TOP: [(&str, &str); 3] =
    [("print", "console"), ("println", "console"), ("start", "lib")];

/// One path that points the wrong way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The file, from the source directory.
    pub file: String,
    /// Line number, from 1.
    pub line: usize,
    /// What it names.
    pub target: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: uses {}", self.file, self.line, self.target)
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many files.
    pub files: usize,
    /// How many paths between folders.
    pub paths: usize,
    /// Those that point right, or at nothing that has a place in the order.
    pub violations: Vec<Violation>,
}

/// Reads all of a source directory.
///
/// # Errors
/// If it cannot be read.
pub fn survey(source: &Path) -> Outcome<Survey> {
    let mut survey = Survey::default();
    let files = files(source)?;
    for (name, text) in &files {
        survey.file(name, text);
    }
    for folder in STACKED {
        let top = format!("{folder}/mod.rs");
        let order = files.iter().find(|(name, _)| *name == top).map(|(_, text)| order_in(text));
        for (name, text) in &files {
            survey.file_in(folder, order.as_deref().unwrap_or_default(), name, text);
        }
    }
    Ok(survey)
}

/// Returns the order that the first table in a `mod.rs` tells: the names in links that
/// its rows begin with.
#[must_use]
pub fn order_in(text: &str) -> Vec<String> {
    let rows = text.lines().skip_while(|line| !line.starts_with("//! |"));
    rows.map_while(|line| line.strip_prefix("//! |"))
        .filter_map(|row| Some(identifier(row.trim().strip_prefix("[`")?)))
        .collect()
}

/// The Rust files below a directory: path from there, and text; sorted by path.
///
/// # Errors
/// If one cannot be read.
pub fn files(source: &Path) -> Outcome<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut pending = vec![source.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir).map_err(|e| Failure::from(e).during(dir.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(source).unwrap_or(&path).display().to_string();
                files.push((name, fs::read_to_string(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether code, not comments, has a path that starts with the crate `name`.
#[must_use]
pub fn names_crate(text: &str, name: &str) -> bool {
    let code = code_only(text);
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        !before.is_alphanumeric() && before != '_' && (before != ':' || code[..at].ends_with(" ::"))
    })
}

impl Survey {
    /// Reads one file; `name` is its path from the source directory.
    pub fn file(&mut self, name: &str, text: &str) {
        self.files += 1;
        let stem = name.trim_end_matches(".rs");
        let own = stem.split('/').next().unwrap_or(stem);
        // How many `super`s lead to the crate's root from here.
        let depth = stem.trim_end_matches("/mod").split('/').count();
        let code = code_only(text);
        for (line, target) in paths(&code, &["crate::", "valhalla::", &"super::".repeat(depth)]) {
            self.paths += 1;
            let target_folder = AT_THE_TOP
                .iter()
                .find(|(name, _)| *name == target)
                .map_or(&*target, |(_, home)| home);
            let allowed = target_folder == own
                || matches!((place(target_folder), place(own)), (Some(t), Some(o)) if t < o);
            if !allowed {
                self.violations.push(Violation { file: name.to_owned(), line, target });
            }
        }
    }

    /// Reads one file for what it uses in its own `folder`, whose files stand in this
    /// `order`; files elsewhere and the folder's `mod.rs` are passed over.
    pub fn file_in(&mut self, folder: &str, order: &[String], name: &str, text: &str) {
        let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let Some(stem) = stem.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else {
            return;
        };
        let place = |name: &str| order.iter().position(|other| other == name);
        let (own, depth) = (stem.split('/').next().unwrap_or(stem), stem.split('/').count());
        let starts = ["super::".repeat(depth), format!("crate::{folder}::")];
        for (line, target) in paths(&code_only(text), &starts.each_ref().map(String::as_str)) {
            self.paths += 1;
            let allowed = target == own
                || matches!((place(&target), place(own)), (Some(t), Some(o)) if t < o);
            if !allowed {
                let target = format!("{folder}::{target}");
                self.violations.push(Violation { file: name.to_owned(), line, target });
            }
        }
    }
}

fn place(folder: &str) -> Option<usize> {
    ORDER.iter().position(|step| step.contains(&folder))
}

/// Names right behind one of `starts` that some path mentions, with their lines.
fn paths(code: &str, starts: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for start in starts {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' || before == ':' {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let rest = code[at + start.len()..].trim_start();
            match rest.strip_prefix('{') {
                Some(group) => found.extend(group_heads(group).map(|head| (line, head))),
                None => found.push((line, identifier(rest))),
            }
        }
    }
    found
}

/// The first names in `a, b::{c, d}, e}`: here `a`, `b` and `e`.
fn group_heads(group: &str) -> impl Iterator<Item = String> {
    let mut depth = 0_usize;
    let mut heads = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ if depth == 0 => heads.last_mut().into_iter().for_each(|head| head.push(character)),
            _ => {}
        }
    }
    heads.into_iter().map(|head| identifier(head.trim())).filter(|head| !head.is_empty())
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::{Survey, order_in};

    fn violations(name: &str, text: &str) -> Vec<String> {
        let mut survey = Survey::default();
        survey.file(name, text);
        survey.violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn left_is_allowed_and_right_is_not() {
        assert_eq!(violations("memory/heap.rs", "use crate::cpu::lock::SpinLock;"), [""; 0]);
        assert_eq!(
            violations("memory/heap.rs", "\nuse crate::shell::run;"),
            ["memory/heap.rs:2: uses shell"]
        );
    }

    #[test]
    fn groups_super_macros_and_plain_paths_are_seen() {
        let text = "use crate::{boot::BootInfo, console::{print, x}, memory};";
        assert_eq!(violations("cpu/idt.rs", text).len(), 2);
        assert_eq!(violations("cpu/idt.rs", "fn f() { super::super::time::now() }").len(), 1);
        assert_eq!(violations("cpu/mod.rs", "use super::time::now;").len(), 1);
        assert_eq!(violations("cpu/mod.rs", "fn f() { crate::println!(\"x\") }").len(), 1);
        assert_eq!(violations("bench/mod.rs", "use crate::selftest::run;").len(), 1);
        assert_eq!(violations("cpu/mod.rs", "use crate::nowhere::x;").len(), 1);
    }

    #[test]
    fn files_of_a_stacked_folder_use_what_stands_above_them() {
        let top = "//! Text.\n//!\n//! | file | what |\n//! | --- | --- |\n//! | [`line`] | a |\n\
                   //! | [`lapic`] | b |\n//! | [`pic`](mod@pic) | c |\n\nmod line;";
        let order = order_in(top);
        assert_eq!(order, ["line", "lapic", "pic"]);
        let found = |name: &str, text: &str| {
            let mut survey = Survey::default();
            survey.file_in("interrupts", &order, name, text);
            survey.violations.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let up = "use super::{lapic, line::Line};\nuse super::pic::Pic;";
        assert_eq!(found("interrupts/pic.rs", up), [""; 0]);
        let wrong = ["interrupts/line.rs:1: uses interrupts::lapic"];
        assert_eq!(found("interrupts/line.rs", "use super::lapic;"), wrong);
        // From further down, by the whole name, and what `mod.rs` re-exports.
        assert_eq!(found("interrupts/lapic/ipi.rs", "super::super::pic::x()").len(), 1);
        assert_eq!(found("interrupts/lapic/ipi.rs", "super::access::x()"), [""; 0]);
        assert_eq!(found("interrupts/lapic/mod.rs", "use super::pic;").len(), 1);
        assert_eq!(found("interrupts/lapic/mod.rs", "crate::interrupts::pic::x()").len(), 1);
        assert_eq!(found("interrupts/pic.rs", "use super::IsaIrq;").len(), 1);
        assert_eq!(found("interrupts/mod.rs", "use pic::x; use crate::cpu;"), [""; 0]);
        assert_eq!(found("memory/mod.rs", "use super::pic;"), [""; 0]);
    }

    #[test]
    fn words_in_comments_and_strings_do_not_count() {
        let text = "// crate::shell\n/* crate::shell */ const A: &str = \"crate::shell \\\" \";";
        assert_eq!(violations("cpu/idt.rs", text), [""; 0]);
    }

    #[test]
    fn the_top_may_use_everything() {
        assert_eq!(violations("lib.rs", "use crate::shell; use crate::selftest;"), [""; 0]);
        assert_eq!(violations("main.rs", "valhalla::start(valhalla::boot::limine())"), [""; 0]);
        assert_eq!(violations("shell/mod.rs", "crate::start()").len(), 1);
    }
}
