//! The kernel's file: what is shipped, and how much of it is there to run.

use crate::Bench;
use crate::figures::{Door, Figures};
use crate::rows::{FILE_SIZE, RING_0_SIZE};
use harness::Outcome;
use object::{Object, ObjectSegment};
use std::process::{Command, Stdio};

impl Bench {
    /// Weighs the file, and a copy without the table of symbols.
    pub(crate) fn measure_image(&self, figures: &mut Figures) -> Outcome {
        let shipped = self.build.join("valhalla");
        figures.push(Door::Image, FILE_SIZE, std::fs::metadata(&shipped)?.len() as f64);
        let out = self.bench_dir()?.join("stripped");
        let status = Command::new("strip")
            .args(["-R", ".symbols", "-o"])
            .arg(&out)
            .arg(&shipped)
            .stderr(Stdio::null())
            .status();
        // Where there are no binutils the row is not measured, which shows.
        if status.is_ok_and(|status| status.success()) {
            figures.push(Door::Image, RING_0_SIZE, std::fs::metadata(out)?.len() as f64);
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
