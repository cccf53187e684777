//! The runs: boots that measure themselves, and print a line for each row.

use crate::Bench;
use crate::figures::{Door, Figures};
use harness::{Failure, Outcome};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// QEMU's options for a machine's memory. So much that the host may not have it is
/// not reserved there.
fn memory(door: Door) -> &'static [&'static str] {
    const LARGE: &str = "memory-backend-ram,id=ram,size=64G,reserve=off";
    match door {
        Door::FourGiB => &["-m", "4G"],
        Door::SixtyFourGiB => &["-m", "64G", "-object", LARGE, "-machine", "memory-backend=ram"],
        Door::VgaText | Door::Framebuffer | Door::Image => &["-m", "128M"],
    }
}

/// The kernel ends QEMU through its exit device with this status.
const DONE: i32 = 33;
/// A run takes some seconds.
const BOUND: Duration = Duration::from_secs(300);

impl Bench {
    /// Everything.
    pub(crate) fn measure(&self) -> Outcome<Figures> {
        let mut figures = self.measure_gated()?;
        if let Err(failure) = self.measure_outside(&mut figures) {
            // An older or newer QEMU may refuse the plugin; the rest stands.
            eprintln!("bench: not measured from outside: {failure}");
        }
        Ok(figures)
    }

    /// What repeats to the instruction: what the kernel measures itself, and
    /// its file.
    pub(crate) fn measure_gated(&self) -> Outcome<Figures> {
        let mut figures = Figures::default();
        for door in Door::ALL {
            match door {
                Door::Image => self.measure_image(&mut figures)?,
                door => self.run(door, &mut figures)?,
            }
        }
        Ok(figures)
    }

    /// One boot with `test=bench`.
    fn run(&self, door: Door, figures: &mut Figures) -> Outcome {
        eprintln!("bench: {door}");
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args(["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"])
            .args(["-rtc", "base=2026-01-01,clock=vm", "-display", "none", "-net", "none"])
            .args(["-monitor", "none", "-serial", "stdio", "-no-reboot"])
            .args(memory(door))
            .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]);
        if door == Door::Framebuffer {
            let disk = self.framebuffer_disk("test=bench")?;
            qemu.arg("-drive");
            qemu.arg(format!("file={},format=raw,if=virtio,readonly=on", disk.display()));
        } else {
            qemu.arg("-kernel").arg(self.build.join("valhalla-shim"));
            qemu.arg("-initrd").arg(self.build.join("valhalla"));
            qemu.arg("-append").arg(format!("test=bench console=vga {}", self.options));
        }
        let log = self.bench_dir()?.join(format!("{door}.log").replace(' ', "-").to_lowercase());
        qemu.stdin(Stdio::null()).stdout(std::fs::File::create(&log)?);
        let status = wait(&mut qemu)?;
        let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        if status != Some(DONE) {
            let tail: Vec<&str> = text.lines().rev().take(5).collect();
            return Err(Failure::new(format!(
                "{door}: QEMU's status is {status:?}, not {DONE}; {} ends: {tail:?}",
                log.display()
            )));
        }
        let before = figures.0.len();
        for (name, value) in text.lines().filter_map(row) {
            figures.push(door, name, value);
        }
        if figures.0.len() == before {
            return Err(Failure::new(format!("{door}: no rows in {}", log.display())));
        }
        Ok(())
    }

    /// GRUB's image with an entry of our own: the framebuffer, and `option`.
    pub(crate) fn framebuffer_disk(&self, option: &str) -> Outcome<PathBuf> {
        let disk = self.bench_dir()?.join("framebuffer.iso");
        let script = harness::images::workspace().join("tools/iso");
        let status = Command::new(script)
            .env("VALHALLA_BUILD", &self.build)
            .args(["-t", "0", "-c"])
            .arg(format!("console=framebuffer {option} {}", self.options))
            .arg("grub")
            .arg(&disk)
            .stdout(Stdio::null())
            .status()?;
        if status.success() { Ok(disk) } else { Err(Failure::new("tools/iso failed")) }
    }

    /// Where this bench keeps its files.
    pub(crate) fn bench_dir(&self) -> Outcome<PathBuf> {
        let dir = self.build.join("bench");
        std::fs::create_dir_all(&dir)?;
        Ok(dir)
    }
}

/// Runs a command to its end, or to the bound's; its status.
fn wait(command: &mut Command) -> Outcome<Option<i32>> {
    let mut child = command.spawn()?;
    let deadline = Instant::now() + BOUND;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code());
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Err(Failure::new(format!("no end within {} s", BOUND.as_secs())));
        }
        // A child has no event to wait for with a bound; this is the pace of looking.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The name and the median of a line `bench|NAME|MEDIAN|BEST|UNIT`.
fn row(line: &str) -> Option<(&str, f64)> {
    let mut parts = line.trim_end().strip_prefix("bench|")?.split('|');
    let (name, median, _best, unit) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (unit == "instructions").then(|| median.parse().ok().map(|value| (name, value)))?
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn rows_are_read_and_other_lines_are_not() {
        assert_eq!(row("bench|page: map|116.0|115.5|instructions\r"), Some(("page: map", 116.0)));
        for line in [
            "page: map  116 instructions",
            "bench|x|1.0|1.0|TSC cycles",
            "bench|x|y|z|instructions",
            "bench|x",
        ] {
            assert_eq!(row(line), None, "{line}");
        }
    }
}
