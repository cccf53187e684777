//! Where instructions go, function by function, and bytes, folder by folder.

use crate::Bench;
use crate::counted::{Window, Windows};
use crate::events::{Anchor, Event};
use crate::figures::{Door, Shown};
use crate::places::elf;
use harness::keys::Motion;
use harness::{Failure, Outcome};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use std::collections::HashMap;
use std::fmt;

/// Functions that are shown.
const SHOWN: usize = 30;

/// What can be profiled.
#[derive(Clone, Copy)]
enum What {
    /// From the kernel's entry to its first rest.
    Boot,
    /// A key, from its interrupt to the echo and back to rest.
    Key,
    /// The same on a framebuffer.
    FramebufferKey,
    /// Letting go of it.
    Release,
    /// Enter at a prompt on the last row.
    Scroll,
}

/// Names and what each of them took, the most first.
pub(crate) struct Profile {
    /// What was profiled, and in which unit.
    what: String,
    takers: Vec<(String, u64)>,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u64 = self.takers.iter().map(|(_, count)| count).sum();
        writeln!(f, "{} {}\n", Shown(total as f64), self.what)?;
        for (name, count) in self.takers.iter().take(SHOWN) {
            let share = 100.0 * *count as f64 / total.max(1) as f64;
            writeln!(f, "{count:>12} {share:>5.1} %  {name}")?;
        }
        let rest: u64 = self.takers.iter().skip(SHOWN).map(|(_, count)| count).sum();
        writeln!(f, "{rest:>12}          in {} others", self.takers.len().saturating_sub(SHOWN))
    }
}

impl Bench {
    /// Profiles `boot`, `key`, `framebuffer-key`, `release`, `scroll` or `size`.
    pub(crate) fn profile(&self, what: &str) -> Outcome<Profile> {
        if what == "size" {
            return self.by_folder();
        }
        let kind = match what {
            "boot" => What::Boot,
            "key" => What::Key,
            "framebuffer-key" => What::FramebufferKey,
            "release" => What::Release,
            "scroll" => What::Scroll,
            _ => {
                return Err(Failure::new(format!(
                    "WHAT is boot, key, framebuffer-key, release, scroll or size, not {what:?}"
                )));
            }
        };
        let door = match kind {
            What::FramebufferKey => Door::Framebuffer,
            _ => Door::VgaText,
        };
        let mut counted = self.counted(door, ",profile=40")?;
        let from = match kind {
            What::Boot => 0,
            What::Key | What::FramebufferKey => {
                let from = counted.windows(0)?.len();
                counted.key("a")?;
                from
            }
            What::Release => {
                counted.move_key("a", Motion::Down)?;
                let from = counted.windows(0)?.len();
                counted.move_key("a", Motion::Up)?;
                from
            }
            What::Scroll => {
                (0..30).try_for_each(|_| counted.key("ret").map(drop))?;
                let from = counted.windows(0)?.len();
                counted.key("ret")?;
                from
            }
        };
        let text = std::fs::read_to_string(&counted.told.file)?;
        let counts = first_profile(&text, &counted.told.marks, from, |window| match kind {
            What::Boot => true,
            _ => window.is_key(),
        });
        let what = format!("instructions in the kernel: {what}");
        Ok(Profile { what, takers: self.by_function(&counts)? })
    }

    /// Sums up by function, by the kernel's symbol table.
    fn by_function(&self, counts: &[(u64, u64)]) -> Outcome<Vec<(String, u64)>> {
        let data = std::fs::read(self.build.join("valhalla.debug"))?;
        let file = elf(&data)?;
        let mut functions: Vec<(u64, &str)> = file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?)))
            .collect();
        functions.sort_unstable();
        let mut sums: HashMap<String, u64> = HashMap::new();
        for (address, count) in counts {
            let after = functions.partition_point(|(start, _)| start <= address);
            let name = after.checked_sub(1).and_then(|index| functions.get(index));
            let name = name.map_or_else(
                || "outside of every function".to_owned(),
                |(_, name)| format!("{:#}", rustc_demangle::demangle(name)),
            );
            *sums.entry(name).or_default() += count;
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(sums)
    }
}

impl Bench {
    /// The bytes of functions and constants, by crate and folder.
    fn by_folder(&self) -> Outcome<Profile> {
        let data = std::fs::read(self.build.join("valhalla.debug"))?;
        let file = elf(&data)?;
        let mut sums: HashMap<String, u64> = HashMap::new();
        let mut named = 0;
        for symbol in file.symbols() {
            let section = symbol.section_index().and_then(|at| file.section_by_index(at).ok());
            let Some(section) = section else { continue };
            let kind = match section.name() {
                Ok(".text") => "code",
                Ok(".rodata" | ".data") => "data",
                _ => continue,
            };
            let name = format!("{:#}", rustc_demangle::demangle(symbol.name().unwrap_or("")));
            *sums.entry(format!("{kind}  {}", folder(&name))).or_default() += symbol.size();
            named += symbol.size();
        }
        let all: u64 = file
            .sections()
            .filter(|section| {
                matches!(section.name(), Ok(".text" | ".rodata" | ".data" | ".symbols"))
            })
            .map(|section| section.size())
            .sum();
        let symbols = file.section_by_name(".symbols").map_or(0, |section| section.size());
        sums.insert("data  symbols for reports".to_owned(), symbols);
        let constants = file.section_by_name(".rodata").and_then(|section| section.data().ok());
        let nameless = all.saturating_sub(named + symbols);
        let words = words(constants.unwrap_or_default()).min(nameless);
        sums.insert("data  words that people read".to_owned(), words);
        sums.insert("data  tables and what else has no name".to_owned(), nameless - words);
        let mut takers: Vec<_> = sums.into_iter().collect();
        takers.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(Profile { what: "bytes in the kernel's file".to_owned(), takers })
    }
}

/// Bytes in runs of at least six printable characters.
fn words(data: &[u8]) -> u64 {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\x1b');
    let runs = data.chunk_by(|a, b| is_text(a) == is_text(b));
    runs.filter(|run| run.len() >= 6 && run.iter().all(is_text)).map(|run| run.len() as u64).sum()
}

/// The crate and the folder that a function is from: `valhalla::shell`.
fn folder(name: &str) -> String {
    // `<impl Trait for valhalla::shell::x>::f` and the like.
    let start = name.find("valhalla").unwrap_or(0);
    let path = name[start..].trim_start_matches(['<', '&']);
    path.split("::").take(2).collect::<Vec<_>>().join("::").replace(['<', '>', '('], "")
}

/// The first window from the `from`th on that has a profile and is `wanted`:
/// what the kernel executed in it, by address.
fn first_profile(
    text: &str,
    marks: &[Anchor],
    from: usize,
    wanted: impl Fn(&Window) -> bool,
) -> Vec<(u64, u64)> {
    let (mut cut, mut windows, mut is_wanted) = (Windows::default(), 0, false);
    let mut counts = Vec::new();
    for line in text.lines() {
        if let Some(event) = Event::parse(line, marks) {
            let Some(window) = cut.after(&event) else { continue };
            if !counts.is_empty() {
                break;
            }
            windows += 1;
            is_wanted = windows > from && wanted(&window);
        } else if is_wanted {
            let mut words = line.split_whitespace().skip(1);
            let address = words.next().and_then(|word| word.strip_prefix("0x"));
            let address = address.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            let count = words.next().and_then(|word| word.parse().ok());
            if let (Some(address), Some(count)) = (address, count)
                && address >> 63 == 1
            {
                counts.push((address, count));
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::{Window, first_profile, folder, words};
    use crate::rows::KEYBOARD;

    #[test]
    fn the_first_window_with_a_profile_counts() {
        let text = "rest 1 1 0 0 0 0\nat 0xffffffff80000000 9\nrest 3 2 0 0 0 0\nmark 0 4 2 0 0 0 0\n\
                    rest 6 3 0 0 0 0\nat 0xffffffff80000010 4\nat 0x7c00 3\nat broken\nrest 10 4 0 0 0 0\nat 0xffffffff80000010 5\n";
        let all = |_: &Window| true;
        assert_eq!(first_profile(text, &[KEYBOARD], 1, all), [(0xffff_ffff_8000_0010, 4)]);
        assert_eq!(first_profile(text, &[KEYBOARD], 0, all), [(0xffff_ffff_8000_0000, 9)]);
        assert!(first_profile(text, &[KEYBOARD], 9, all).is_empty());
        let fourth = |window: &Window| window.counts.instructions == 4;
        assert_eq!(first_profile(text, &[KEYBOARD], 0, fourth), [(0xffff_ffff_8000_0010, 5)]);
    }

    #[test]
    fn words_are_told_from_tables() {
        assert_eq!(words(b"\0\x01page fault\0abc\xff\nhelp me\n"), 10 + 9);
    }

    #[test]
    fn functions_are_filed_by_folder() {
        for (name, filed) in [
            ("valhalla::shell::commands::help::run", "valhalla::shell"),
            ("<valhalla::report::walk::Way as core::fmt::Display>::fmt", "valhalla::report"),
            ("core::fmt::write", "core::fmt"),
            ("memcpy", "memcpy"),
        ] {
            assert_eq!(folder(name), filed);
        }
    }
}
