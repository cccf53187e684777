//! Programs for the firmware's interpreter: the sources in `tests/aml`, compiled by `iasl`.

use std::path::{Path, PathBuf};
use std::process::{self, Command, Output};
use std::time::Instant;
use std::{env, fs};

use crate::machine::Recipe;
use crate::{Failure, Outcome, ensure};

/// A program of `tests/aml`, compiled; its file is gone with the value.
pub struct Program(PathBuf);

impl Program {
    /// Compiles `tests/aml/NAME.asl`.
    ///
    /// # Errors
    /// When there is no such program, no `iasl`, or it refuses the program, in its words.
    pub fn compile(name: &str) -> Outcome<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("aml").join(name);
        let source = source.with_extension("asl");
        // Two tests may compile the same one at a time.
        let unique = format!("valhalla-{name}-{}-{:?}", process::id(), Instant::now());
        let unique = unique.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let compiled = env::temp_dir().join(unique);
        let Output { status, stdout, .. } = Command::new("iasl")
            .arg("-p")
            .arg(&compiled)
            .arg(&source)
            .output()
            .map_err(|error| Failure::new(format!("iasl (tools/need iasl): {error}")))?;
        let said = String::from_utf8_lossy(&stdout).into_owned();
        ensure(status.success(), || format!("iasl refuses {}:\n{said}", source.display()))?;
        Ok(Self(compiled.with_extension("aml")))
    }

    /// With the program as one more table.
    #[must_use]
    pub fn add_to(&self, recipe: Recipe) -> Recipe {
        recipe.arg("-acpitable").arg(&format!("file={}", self.0.display()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
