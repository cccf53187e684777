//! The kernel's file: what it takes without debug information.

use crate::Bench;
use crate::figures::{Door, Figures};
use harness::Outcome;
use object::{Object, ObjectSegment};
use std::process::{Command, Stdio};

/// The rows of the file's size.
pub(crate) const WITHOUT_SYMBOLS: &str = "size: kernel without symbols, bytes";
/// With the table that reports name functions by.
pub(crate) const WITH_SYMBOLS: &str = "size: kernel with symbols, bytes";

impl Bench {
    /// Strips copies of the kernel and weighs them.
    pub(crate) fn measure_image(&self, figures: &mut Figures) -> Outcome {
        let rows: [(&str, &[&str]); 2] =
            [(WITHOUT_SYMBOLS, &["-R", ".symbols"]), (WITH_SYMBOLS, &[])];
        for (name, options) in rows {
            let out = self.bench_dir()?.join("stripped");
            let status = Command::new("strip")
                .args(options)
                .arg("-o")
                .arg(&out)
                .arg(self.build.join("valhalla"))
                .stderr(Stdio::null())
                .status();
            // Where there are no binutils the row is not measured, which shows.
            if status.is_ok_and(|status| status.success()) {
                figures.push(Door::Image, name, std::fs::metadata(out)?.len() as f64);
            }
        }
        Ok(())
    }

    /// What the kernel's image takes in memory, in bytes.
    pub(crate) fn image_in_memory(&self) -> Outcome<u64> {
        let data = std::fs::read(self.build.join("valhalla"))?;
        let file = object::File::parse(&*data)
            .map_err(|error| harness::Failure::new(format!("the kernel's ELF: {error}")))?;
        Ok(file.segments().map(|segment| segment.size()).sum())
    }
}
