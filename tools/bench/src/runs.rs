//! The runs: boots that measure themselves, and print a line for each row.

use crate::Bench;
use crate::figures::{Door, Figures};
use crate::rows::{By, Row};
use harness::{Failure, Outcome};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// QEMU's options for a machine's memory. So much that the host may not have it is
/// not reserved there.
fn memory(door: Door) -> &'static [&'static str] {
    const LARGE: &str = "memory-backend-ram,id=ram,size=64G,reserve=off";
    match door {
        Door::SixtyFourGiB => &["-m", "64G", "-object", LARGE, "-machine", "memory-backend=ram"],
        _ => &["-m", "128M"],
    }
}

/// The kernel ends QEMU through its exit device with this status.
const DONE: i32 = 33;
/// A run takes some seconds.
const BOUND: Duration = Duration::from_secs(300);

impl Bench {
    /// Measures everything.
    pub(crate) fn measure(&self) -> Outcome<Figures> {
        self.measure_for(|_| true)
    }

    /// Measures the rows that are `wanted`, and what is measured with them.
    pub(crate) fn measure_for(&self, wanted: impl Fn(&Row) -> bool) -> Outcome<Figures> {
        let mut figures = Figures::default();
        let mut done = Vec::new();
        for Row { by, door, .. } in self.rows.iter().filter(|row| wanted(row)) {
            if done.contains(&(*by, *door)) {
                continue;
            }
            done.push((*by, *door));
            let measured = match by {
                By::Boot => self.measure_boot(*door, &mut figures),
                By::Outside => self.measure_outside(*door, &mut figures),
                By::Inside => self.measure_inside(*door, &mut figures),
                By::File => self.measure_image(&mut figures),
            };
            if let Err(failure) = measured {
                // Another QEMU may refuse the plugin, and Limine may not be here: the
                // other rows stand. The gate sees that one is missing.
                eprintln!("bench: {door}: not measured: {failure}");
            }
        }
        Ok(figures)
    }

    /// QEMU with the door's machine, which boots with these options alone.
    fn qemu(&self, door: Door, options: &str) -> Outcome<Command> {
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args(["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"])
            .args(["-rtc", "base=2026-01-01,clock=vm", "-display", "none", "-net", "none"])
            .args(["-monitor", "none", "-serial", "stdio", "-no-reboot"])
            .args(memory(door))
            .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]);
        if matches!(door, Door::Framebuffer | Door::Large) {
            let disk = self.framebuffer_disk(door, options)?;
            // As a CD, Limine needs no step of its host tool.
            let drive = if door == Door::Large { "media=cdrom,if=ide" } else { "if=virtio" };
            qemu.arg("-drive");
            qemu.arg(format!("file={},format=raw,{drive},readonly=on", disk.display()));
        } else {
            qemu.arg("-kernel").arg(self.build.join("valhalla-shim"));
            qemu.arg("-initrd").arg(self.build.join("valhalla"));
            qemu.arg("-append").arg(format!("{options} {}", self.options));
        }
        if door == Door::Large {
            qemu.args(["-vga", "none", "-device", "VGA,xres=2560,yres=1600,vgamem_mb=64"]);
        }
        let log = self.log(door)?;
        qemu.stdin(Stdio::null()).stdout(std::fs::File::create(log)?);
        Ok(qemu)
    }

    /// Where a machine's serial line is written to.
    fn log(&self, door: Door) -> Outcome<PathBuf> {
        Ok(self.bench_dir()?.join(format!("{door}.log").replace(' ', "-").to_lowercase()))
    }

    /// Boots as a person does, with the plugin, until the prompt stands.
    fn measure_boot(&self, door: Door, figures: &mut Figures) -> Outcome {
        eprintln!("bench: {door}, boot");
        let (plugin, told) = self.plugin_option("")?;
        let mut child = self.qemu(door, "")?.arg("-plugin").arg(plugin).spawn()?;
        let rows = self.rows.iter().filter(|row| row.by == By::Boot && row.door == door);
        let measured =
            rows.filter_map(|row| Some((row.name, row.span?))).try_for_each(|(name, span)| {
                let counts = told.wait(name, BOUND, |events| span.find(events, 0))?;
                figures.push(door, name, counts.instructions as f64);
                Ok(())
            });
        child.kill()?;
        child.wait()?;
        measured
    }

    /// Boots with `test=bench`, and reads what the kernel measured.
    fn measure_inside(&self, door: Door, figures: &mut Figures) -> Outcome {
        eprintln!("bench: {door}, from inside");
        let status = wait(&mut self.qemu(door, "test=bench")?)?;
        let log = self.log(door)?;
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

    /// An image with an entry of our own: the framebuffer, and `option`. The shim
    /// asks GRUB for 1280x800; Limine takes what the adapter says is its own.
    pub(crate) fn framebuffer_disk(&self, door: Door, option: &str) -> Outcome<PathBuf> {
        let loader = if door == Door::Large { "limine" } else { "grub" };
        let disk = self.bench_dir()?.join(format!("{loader}.iso"));
        let script = harness::images::workspace().join("tools/iso");
        let status = Command::new(script)
            .env("VALHALLA_BUILD", &self.build)
            .args(["-t", "0", "-c"])
            .arg(format!("console=framebuffer {option} {}", self.options))
            .arg(loader)
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
