//! The ratchet: how many lines of code ring 0 links, by folder.
//!
//! The *old rooms* are what the kernel had before there were programs: their sum
//! only goes down, and `tests/ratchet.txt` has the least that was reached. The
//! *new rooms* are what a micro-kernel needs, and have a limit of their own.
//! Counted are lines with code, in every file of every crate of this workspace
//! that the kernel links: no blank lines, comments, tests, but what is brought
//! in by `include!`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::source::{code_only, without_tests};
use crate::{Failure, Outcome, ensure, imports};

/// Folders of the new rooms: objects, scheduler, calls, ring-3 entry.
const NEW_ROOMS: [&str; 6] = [
    "abi/src",
    "libs/object/src",
    "kernel/src/object",
    "kernel/src/sched",
    "kernel/src/syscall",
    "kernel/src/user",
];

/// Most lines of code in the new rooms.
pub const NEW_AT_MOST: usize = 5000;

/// File with the least that the old rooms were, from the workspace.
pub const REACHED: &str = "tests/ratchet.txt";

/// The crate that is ring 0, with whatever it links.
const KERNEL: &str = "valhalla-kernel";

/// Lines of code by folder.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// Counts the lines of code that ring 0 links, in the workspace at `root`.
    ///
    /// # Errors
    /// If cargo or a file cannot be read, or a file brings in code from a place
    /// that is not written there.
    pub fn of_ring_0(root: &Path) -> Outcome<Self> {
        let mut lines = Self::default();
        // Four crates have one folder.
        let folders: BTreeSet<PathBuf> = linked(root)?.into_iter().map(|(_, at)| at).collect();
        for folder in &folders {
            let files = imports::files(&root.join(folder))?;
            // A rule that read nothing would always hold.
            ensure(!files.is_empty(), || format!("{}: no Rust files", folder.display()))?;
            lines.add(&folder.display().to_string(), &files, root)?;
        }
        Ok(lines)
    }

    /// Adds files of a crate's folder: path from there, and text.
    ///
    /// # Errors
    /// As above.
    pub fn add(&mut self, folder: &str, files: &[(String, String)], root: &Path) -> Outcome {
        let mut tests = BTreeSet::new();
        let mut counts = Vec::new();
        for (name, text) in files {
            let (code, elsewhere) = without_tests(&code_only(text));
            let own = module_folder(name);
            tests.extend(elsewhere.into_iter().map(|module| format!("{own}{module}")));
            let mut count = code_lines(&code);
            for included in included(text, &code).map_err(|error| error.during(name))? {
                let path = root.join(folder).join(name).with_file_name(included);
                let text = fs::read_to_string(&path)
                    .map_err(|error| Failure::from(error).during(path.display()))?;
                count += code_lines(&code_only(&text));
            }
            counts.push((name, count));
        }
        let is_test = |name: &str| {
            tests.iter().any(|module| {
                let rest = name.strip_prefix(module.as_str());
                rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            })
        };
        for (name, count) in counts.into_iter().filter(|(name, _)| !is_test(name)) {
            let room = name
                .split_once('/')
                .map_or(folder.to_owned(), |(room, _)| format!("{folder}/{room}"));
            *self.0.entry(room).or_default() += count;
        }
        Ok(())
    }

    /// Returns the sums of the old rooms and of the new ones.
    #[must_use]
    pub fn sums(&self) -> (usize, usize) {
        let sum = |wanted: bool| {
            self.0.iter().filter(|(room, _)| is_new(room) == wanted).map(|(_, count)| count).sum()
        };
        (sum(false), sum(true))
    }

    /// Holds the sums against what was reached and what is allowed.
    ///
    /// # Errors
    /// If one of them is above it: what to do, in words.
    pub fn hold(&self, reached: usize) -> Outcome {
        let (old, new) = self.sums();
        ensure(old <= reached, || {
            format!(
                "The old rooms of ring 0 have {old} lines of code, {} more than was reached.\n\
                 They only shrink: delete as many lines, in any old room, as you add there, or put\n\
                 what is new where ring 0 does not link it. {REACHED} is only ever lowered;\n\
                 `make ratchet` shows where the lines are.",
                old - reached
            )
        })?;
        ensure(new <= NEW_AT_MOST, || {
            format!(
                "The new rooms of ring 0 have {new} lines of code, more than {NEW_AT_MOST}:\n\
                 what need not be in ring 0 belongs into a program or a library of the programs."
            )
        })
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lines of code in ring 0\n{:>8} {:>8}", "old", "new")?;
        for (room, count) in &self.0 {
            let (old, new) =
                if is_new(room) { ("", &*count.to_string()) } else { (&*count.to_string(), "") };
            writeln!(f, "{old:>8} {new:>8}  {room}")?;
        }
        let (old, new) = self.sums();
        writeln!(f, "{old:>8} {new:>8}  in all")
    }
}

fn is_new(room: &str) -> bool {
    NEW_ROOMS
        .iter()
        .any(|new| room == *new || room.strip_prefix(new).is_some_and(|rest| rest.starts_with('/')))
}

/// Reads what the old rooms have reached.
///
/// # Errors
/// If the file is not a line with a number.
pub fn reached(root: &Path) -> Outcome<usize> {
    let text = fs::read_to_string(root.join(REACHED))
        .map_err(|error| Failure::from(error).during(REACHED))?;
    text.trim().parse().map_err(|_| Failure::new(format!("{REACHED}: {text:?} is no number")))
}

/// Returns the crates of this workspace that ring 0 links: name, and the folder
/// of its source from the workspace.
///
/// # Errors
/// If cargo does not say.
pub fn linked(root: &Path) -> Outcome<Vec<(String, PathBuf)>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()?;
    ensure(output.status.success(), || {
        format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr))
    })?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = list(&metadata, "packages");
    let mut names = vec![KERNEL.to_owned()];
    let mut found = Vec::new();
    while let Some(name) = names.get(found.len()) {
        let package = packages.iter().find(|package| package["name"] == **name);
        let package = package.ok_or_else(|| Failure::new(format!("cargo knows no {name}")))?;
        let source = list(package, "targets")
            .iter()
            .find(|target| list(target, "kind").iter().any(|kind| kind == "lib"))
            .and_then(|target| {
                Path::new(target["src_path"].as_str()?).parent()?.canonicalize().ok()
            })
            .ok_or_else(|| Failure::new(format!("cargo does not say where {name} is")))?;
        let source = source.strip_prefix(root.canonicalize()?).unwrap_or(&source).to_owned();
        found.push((name.clone(), source));
        // Neither those of tests nor those of build scripts, and none of other people's.
        for dependency in list(package, "dependencies") {
            let is_linked = dependency["kind"].is_null() && dependency["path"].is_string();
            let Some(name) = dependency["name"].as_str().filter(|_| is_linked) else { continue };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(found)
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn code_lines(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

/// Returns where the modules that a file declares are, as the start of a path.
fn module_folder(name: &str) -> String {
    let stem = name.trim_end_matches(".rs");
    let (folder, file) = stem.rsplit_once('/').unwrap_or(("", stem));
    match file {
        "mod" | "lib" | "main" if folder.is_empty() => String::new(),
        "mod" | "lib" | "main" => format!("{folder}/"),
        _ => format!("{stem}/"),
    }
}

/// Returns the files that a file brings in by `include!`.
fn included(text: &str, code: &str) -> Outcome<Vec<String>> {
    let count = code.matches("include!(").count();
    let quoted = text.split("include!(").skip(1);
    let names: Vec<String> = quoted
        .filter_map(|rest| Some(rest.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned()))
        .collect();
    ensure(names.len() == count, || {
        "an include! that does not name its file: generated code has to be counted, too".to_owned()
    })?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{Lines, NEW_AT_MOST};
    use std::path::Path;

    fn lines(folder: &str, files: &[(&str, &str)]) -> Lines {
        let files: Vec<_> =
            files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        let mut lines = Lines::default();
        lines.add(folder, &files, Path::new("nowhere")).unwrap();
        lines
    }

    #[test]
    fn code_counts_and_tests_do_not() {
        let files = [
            (
                "a/mod.rs",
                "//! What.\n\nfn f() {\n}\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub mod golden;\n",
            ),
            ("a/tests.rs", "fn t() {}\n"),
            ("a/golden/x.rs", "fn t() {}\n"),
            ("a/tests_of_ram.rs", "fn r() {}\n"),
            ("b.rs", "const A: u8 = 1; // one\n#[cfg(test)]\nmod tests {\n fn t() {}\n}\n"),
            ("lib.rs", "mod a;\nmod b;\n"),
        ];
        let lines = lines("kernel/core/src", &files);
        assert_eq!(lines.sums(), (6, 0));
        assert!(lines.to_string().contains("\n       3           kernel/core/src/a\n"), "{lines}");
    }

    #[test]
    fn the_old_rooms_only_shrink() {
        let lines = lines("kernel/src", &[("cpu/x.rs", "a\nb\n"), ("sched/x.rs", "c\n")]);
        assert_eq!(lines.sums(), (2, 1));
        assert!(lines.hold(2).is_ok() && lines.hold(3).is_ok());
        let words = lines.hold(1).unwrap_err().to_string();
        assert!(words.contains("1 more than was reached"), "{words}");
    }

    #[test]
    fn the_new_rooms_have_a_limit() {
        let most = lines("libs/object/src", &[("lib.rs", &"a\n".repeat(NEW_AT_MOST))]);
        assert!(most.hold(0).is_ok());
        let more = lines("libs/object/src", &[("lib.rs", &"a\n".repeat(NEW_AT_MOST + 1))]);
        assert!(more.hold(0).is_err());
    }

    #[test]
    fn what_is_brought_in_counts_and_has_to_be_named() {
        let mut lines = Lines::default();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = |text: &str| [("x.rs".to_owned(), text.to_owned())];
        lines.add("src", &file("include!(\"process.rs\");\n"), here).unwrap();
        assert!(lines.sums().0 > 2, "{lines}");
        let generated = "include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"));";
        assert!(lines.add("src", &file(generated), here).is_err());
    }
}
