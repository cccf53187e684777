//! The boot menu: copies of an ISO that start another entry than the first.
//!
//! The loader's configuration lies in the image as plain text. Another default
//! is written over text of the same length, so that everything else in the
//! image stays what was built: sizes, places, boot records.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::door::Loader;
use crate::{Failure, Outcome, ensure, images};

/// The menu as it is in the repository: the images are made from it.
const MENU: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../limine.conf"));

/// An entry of the boot menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// What starts when nobody chooses.
    Ordinary,
    /// `irq=pic` and no tricks.
    Safe,
    /// `log=debug`.
    Verbose,
    /// `console=framebuffer`.
    Framebuffer,
    /// The same on a screen of this many pixels and bits a pixel, such as
    /// `800x600x16`; Limine only.
    FramebufferOf(&'static str),
    /// `console=serial`.
    SerialOnly,
    /// `run=tour`.
    NoKeyboard,
    /// `test=run`.
    SelfTest,
    /// The same with one more line of Limine's in the entry, such as
    /// `min_paging_mode: 5level`; Limine only.
    SelfTestWith(&'static str),
    /// What starts when nobody chooses, with one bit of the kernel file other than it was
    /// built; the loader speaks by serial. Limine only.
    DamagedKernel,
}

impl Entry {
    /// Makes the copy in `dir` and returns its path.
    ///
    /// # Errors
    /// If the image cannot be read, or has no default to change.
    pub(crate) fn image(self, loader: Loader, iso: &Path, dir: &Path) -> Outcome<PathBuf> {
        let copy = dir.join("menu.iso");
        fs::write(&copy, self.choose(loader, &fs::read(iso)?)?)?;
        Ok(copy)
    }

    /// A word that its title has, and no other's.
    fn word(self) -> &'static str {
        match self {
            Self::Ordinary | Self::DamagedKernel => "/Valhalla OS\n",
            Self::Safe => "(safe",
            Self::Verbose => "(verbose",
            Self::Framebuffer | Self::FramebufferOf(_) => "(framebuffer",
            Self::SerialOnly => "(serial",
            Self::NoKeyboard => "(no keyboard",
            Self::SelfTest | Self::SelfTestWith(_) => "(self test",
        }
    }

    /// Its place in the menu, from 0 on.
    fn index(self) -> Outcome<usize> {
        let mut titles = MENU.split_inclusive('\n').filter(|line| line.starts_with('/'));
        let place = titles.position(|title| title.contains(self.word()));
        place.ok_or_else(|| Failure::new(format!("limine.conf has no entry {:?}", self.word())))
    }

    /// The image with another default.
    fn choose(self, loader: Loader, image: &[u8]) -> Outcome<Vec<u8>> {
        let index = self.index()?;
        let changed = match loader {
            Loader::Grub => replace(image, "set default=0", &format!("set default={index}"))?,
            // Limine counts from 1; the rest of the first line stays a comment.
            Loader::Limine => {
                let default = format!("default_entry: {}\n#", index + 1);
                replace(image, "# The boot menu: read by", &default)?
            }
        };
        match self {
            Self::FramebufferOf(mode) => {
                let resolution = format!("resolution: {mode}\n#");
                replace(&changed, "comment: Draws its own letters,", &resolution)
            }
            Self::SelfTestWith(line) => {
                replace(&changed, "comment: Runs the kernel's own tests", &format!("{line}\n#"))
            }
            Self::DamagedKernel => {
                let mut damaged = replace(image, "# The boot menu: read by", "serial: yes\n#")?;
                let kernel = fs::read(images::kernel()?)?;
                let place = damaged.windows(kernel.len()).position(|part| part == kernel);
                let place = place.ok_or_else(|| Failure::new("the image lacks the kernel"))?;
                damaged[place + kernel.len() / 2] ^= 1;
                Ok(damaged)
            }
            _ => Ok(changed),
        }
    }
}

/// Writes `new` over `old`, which must be there once, and `#` over what is left of it.
fn replace(image: &[u8], old: &str, new: &str) -> Outcome<Vec<u8>> {
    let new = format!("{new:#<width$}", width = old.len());
    let places: Vec<usize> = (0..image.len().saturating_sub(old.len()))
        .filter(|at| image[*at..].starts_with(old.as_bytes()))
        .collect();
    let [place] = places[..] else {
        return Err(Failure::new(format!("{old:?} is in the image {} times", places.len())));
    };
    ensure(new.len() == old.len(), || format!("{new:?} is longer than {old:?}"))?;
    let mut changed = image.to_vec();
    changed[place..place + old.len()].copy_from_slice(new.as_bytes());
    Ok(changed)
}

/// Copies one file out of an ISO.
///
/// # Errors
/// If xorriso is not there or the file is not in the image, in its words.
pub fn extract(iso: &Path, inside: &str, to: &Path) -> Outcome {
    let output = Command::new("xorriso")
        .args(["-osirrox", "on", "-indev"])
        .arg(iso)
        .args(["-extract", inside])
        .arg(to)
        .output()
        .map_err(|error| Failure::from(error).during("xorriso"))?;
    ensure(output.status.success(), || {
        format!("xorriso: {}", String::from_utf8_lossy(&output.stderr))
    })
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use crate::door::Loader;

    #[test]
    fn every_entry_is_in_the_menu_once() {
        let entries = [
            Entry::Ordinary,
            Entry::Safe,
            Entry::Framebuffer,
            Entry::SerialOnly,
            Entry::Verbose,
            Entry::SelfTest,
            Entry::NoKeyboard,
        ];
        for (place, entry) in entries.into_iter().enumerate() {
            assert_eq!(entry.index().unwrap(), place, "{entry:?}");
        }
    }

    #[test]
    fn the_default_changes_and_the_length_does_not() {
        let grub = Entry::SelfTest.choose(Loader::Grub, b"..set default=0\n").unwrap();
        assert_eq!(grub, b"..set default=5\n");
        let image = b"..# The boot menu: read by\ntimeout: 0\n";
        let limine = Entry::Framebuffer.choose(Loader::Limine, image).unwrap();
        assert_eq!(limine, b"..default_entry: 3\n#######\ntimeout: 0\n");
        assert!(Entry::SerialOnly.choose(Loader::Limine, b"timeout: 3\n").is_err());
    }
}
