//! Names in the documents: what stands in backticks must be there.
//!
//! Markdown files name paths, make targets, trials and items of the code in
//! spans of code. [`Tree::complaint`] says which of them name nothing:
//!
//! | a span that is | is right when |
//! | --- | --- |
//! | a path: it has a `/`, or a source file's ending | a file or folder of the tree ends with it |
//! | `make TARGET` | the Makefile has that target |
//! | `topic::trial`, in which `*` stands for anything | a trial's name begins with it |
//! | `folder::item` of the kernel, a topic or the core | its words stand in the code there |
//! | `Type::item` | its words stand in the code somewhere |
//!
//! Four kinds of paths are no paths of the tree: those below `build/` and
//! `target/`, which are generated, those that begin with `/` or `-`, and those
//! with a word in capitals (`drivers/NAME.rs`), whose folder is looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::{Failure, Outcome};

mod spans;
#[cfg(test)]
mod tests;

pub use spans::{Span, spans};

/// Endings by which a span without a `/` is a path.
const ENDINGS: [&str; 9] = [".rs", ".s", ".md", ".toml", ".ld", ".conf", ".asl", ".txt", ".tsv"];

/// Folders that are made, and not part of the tree.
const GENERATED: [&str; 2] = ["build", "target"];

/// Spans that look like a name and are none of the tree, with the reason.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("kernel/src/shell/commands/cr.rs", "written by the reader of adding.md"),
    ("cr::COMMAND", "the same"),
    ("kernel/src/drivers/rtc.rs", "the same"),
];

/// Names that documents may use.
#[derive(Debug, Default)]
pub struct Tree {
    /// Files and folders, from the top.
    paths: BTreeSet<String>,
    /// Targets of the Makefile.
    targets: BTreeSet<String>,
    /// The names of all trials.
    trials: Vec<String>,
    /// Words in the code by folder of the kernel and by topic; `""` has all.
    words: BTreeMap<String, BTreeSet<String>>,
}

impl Tree {
    /// Reads the tree below `top`. `trials` are the names of all trials.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read(top: &Path, trials: Vec<String>) -> Outcome<Self> {
        let mut tree = Self { trials, ..Self::default() };
        let mut pending = vec![String::new()];
        while let Some(folder) = pending.pop() {
            let dir = top.join(&folder);
            for entry in fs::read_dir(&dir).map_err(|e| Failure::from(e).during(dir.display()))? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name == ".git" || GENERATED.contains(&&*name) {
                    continue;
                }
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                if entry.file_type()?.is_dir() {
                    pending.push(path.clone());
                }
                if path.ends_with(".rs") {
                    tree.add_code(&path, &fs::read_to_string(entry.path())?);
                }
                tree.paths.insert(path);
            }
        }
        tree.add_makefile(&fs::read_to_string(top.join("Makefile"))?);
        Ok(tree)
    }

    /// The Markdown files that speak of the tree as it is. The change log speaks
    /// of the past.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        let paths = self.paths.iter().map(String::as_str);
        paths.filter(|path| path.ends_with(".md") && *path != "CHANGELOG.md")
    }

    /// Describes what is wrong with a span; `None` when it is right, or no name.
    #[must_use]
    pub fn complaint(&self, span: &str) -> Option<String> {
        if EXCEPTIONS.iter().any(|(name, _)| span.trim_start_matches('&').starts_with(name)) {
            return None;
        }
        let mut words = span.split_whitespace();
        let first = words.next()?;
        if first == "make" {
            return words
                .take_while(|word| !word.contains('='))
                .find(|word| !self.has_target(word))
                .map(|word| format!("the Makefile has no target {word}"));
        }
        if is_path(first) && !self.has_path(first) {
            return Some(format!("the tree has no file or folder {first}"));
        }
        let item = item(first)?;
        if self.has_item(item) || self.has_trial(item) {
            return None;
        }
        Some(format!("neither code nor a trial has the name {item}"))
    }

    /// Adds the words of a source file.
    fn add_code(&mut self, path: &str, text: &str) {
        let mut homes = vec![""];
        let parts: Vec<&str> = path.split('/').collect();
        match parts[..] {
            ["kernel", "core", ..] => homes.push("valhalla_core"),
            ["kernel", "src", folder, _, ..] => homes.push(folder),
            ["tests", "tests", "e2e", topic] => homes.push(topic.trim_end_matches(".rs")),
            _ => {}
        }
        let code = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let own = parts.iter().map(|part| part.trim_end_matches(".rs"));
        let found: BTreeSet<&str> = code.chain(own).filter(|word| !word.is_empty()).collect();
        for home in homes {
            let words = self.words.entry(home.to_owned()).or_default();
            for word in &found {
                if !words.contains(*word) {
                    words.insert((*word).to_owned());
                }
            }
        }
    }

    fn add_makefile(&mut self, text: &str) {
        let target = |line: &str| line.split_once(':').map(|(name, _)| name.to_owned());
        self.targets.extend(text.lines().filter_map(target).filter(|name| is_target(name)));
    }

    fn has_target(&self, word: &str) -> bool {
        self.targets.iter().any(|target| matches(word, target))
    }

    fn has_path(&self, span: &str) -> bool {
        let Some(path) = normal(span) else { return false };
        let there = |wanted: &str| {
            wanted.is_empty()
                || self.paths.contains(wanted)
                || self.paths.iter().any(|path| path.ends_with(&format!("/{wanted}")))
        };
        if GENERATED.contains(&path.split('/').next().unwrap_or_default()) || there(&path) {
            return true;
        }
        let chosen = |part: &str| {
            let stem = part.split('.').next().unwrap_or_default();
            !stem.is_empty() && stem.chars().all(|c| c.is_ascii_uppercase())
        };
        let parts: Vec<&str> = path.split('/').collect();
        parts.iter().position(|part| chosen(part)).is_some_and(|at| there(&parts[..at].join("/")))
    }

    fn has_item(&self, name: &str) -> bool {
        let mut parts: Vec<&str> = name.split("::").filter(|part| !part.is_empty()).collect();
        parts.retain(|part| !matches!(*part, "crate" | "valhalla" | "harness"));
        let home = parts.first().filter(|first| self.words.contains_key(**first));
        let words = self.words.get(home.map_or("", |home| *home));
        words.is_some_and(|words| {
            parts.iter().all(|part| home == Some(part) || words.contains(*part))
        })
    }

    fn has_trial(&self, name: &str) -> bool {
        self.trials.iter().any(|trial| matches(name, trial) || matches(&format!("{name}*"), trial))
    }
}

/// Tells by its form that a word is meant as a path.
fn is_path(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let named =
        ENDINGS.iter().any(|ending| word.strip_suffix(ending).is_some_and(|stem| !stem.is_empty()));
    word.chars().all(plain) && !word.starts_with(['/', '-']) && (word.contains('/') || named)
}

/// The path without `.`, `..` and a slash at its end; none if it leads out.
fn normal(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

/// The name of an item at the start of a word, without what it is called with.
fn item(word: &str) -> Option<&str> {
    let word = word.trim_start_matches('&');
    let part_of_name = |c: char| c.is_alphanumeric() || "_:*".contains(c);
    let end = word.find(|c| !part_of_name(c)).unwrap_or(word.len());
    let name = &word[..end];
    (name.contains("::") && !name.starts_with(':')).then_some(name)
}

fn is_target(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Compares a name with a pattern in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    name.strip_prefix(start).is_some_and(|name| {
        (0..=name.len())
            .filter(|at| name.is_char_boundary(*at))
            .any(|at| matches(rest, &name[at..]))
    })
}
