//! What the guest cannot measure itself: idling, and from a key to its echo.
//!
//! The counting plugin (tools/count) writes a line for each stretch between
//! two HLTs. Of these the typical one in a quiet second is a tick for which
//! nothing is due, and the long ones after a key are its press and its release.

use crate::Bench;
use crate::figures::{Door, Figures};
use harness::door::Door as Way;
use harness::keys::{self, Motion};
use harness::machine::Machine;
use harness::recipe::Recipe;
use harness::{Failure, Outcome, seconds};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Keys that are measured.
const KEYS: usize = 15;

/// Wake-ups of a quiet kernel that are watched: it has 18 a second.
const TICKS: usize = 21;

/// What a tick costs for which nothing is due, at the prompt.
pub(crate) const IDLE: &str = "idle: a tick, nothing due, HLT to HLT";

/// Called once for each interrupt of the keyboard.
const KEYBOARD_INTERRUPT: &str = "valhalla_machine::drivers::ps2::on_interrupt";

/// A key's press, from its interrupt to rest.
pub(crate) const KEY_PRESS: &str = "key: press to echo and idle";

/// What happened between two HLTs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) instructions: u64,
    pub(crate) kernel: u64,
    pub(crate) ports: u64,
    /// Keyboard interrupts.
    pub(crate) keys: u64,
    pub(crate) device: u64,
    pub(crate) video_read: u64,
    pub(crate) video_written: u64,
}

impl Window {
    /// Whether a byte came from the keyboard, and no more than one.
    pub(crate) fn is_key(&self) -> bool {
        self.keys == 1
    }

    /// Reads a line of the plugin's.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let numbers = line.strip_prefix("window ")?;
        let numbers: Option<Vec<u64>> =
            numbers.split_whitespace().map(|number| number.parse().ok()).collect();
        let [instructions, kernel, ports, keys, device, video_read, video_written] =
            *numbers?.as_slice()
        else {
            return None;
        };
        Some(Self { instructions, kernel, ports, keys, device, video_read, video_written })
    }
}

/// A guest that is counted.
pub(crate) struct Counted {
    pub(crate) machine: Machine,
    pub(crate) file: PathBuf,
}

impl Counted {
    /// The windows from the `from`th on that are complete.
    pub(crate) fn windows(&self, from: usize) -> Outcome<Vec<Window>> {
        let text = std::fs::read_to_string(&self.file)?;
        Ok(text.lines().filter_map(Window::parse).skip(from).collect())
    }

    /// Looks until `found` has what it wants among the windows.
    pub(crate) fn wait<T>(&self, what: &str, found: impl Fn(&[Window]) -> Option<T>) -> Outcome<T> {
        let deadline = Instant::now() + seconds(20);
        loop {
            if let Some(answer) = found(&self.windows(0)?) {
                return Ok(answer);
            }
            if Instant::now() >= deadline {
                return Err(Failure::new(format!("{what}: not seen")));
            }
            // The file has no event of its own; this is the pace of looking.
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Bench {
    /// Boots to the prompt with the plugin, idling in real time.
    pub(crate) fn counted(&self, door: Door, options: &str) -> Outcome<Counted> {
        let file = self.bench_dir()?.join("windows");
        // What an earlier run left must not be read as this one's.
        let _ = std::fs::remove_file(&file);
        let mark = self.address_of(KEYBOARD_INTERRUPT)?;
        let video = file.with_extension("video");
        let _ = std::fs::remove_file(&video);
        let plugin = format!(
            "{},out={},mark={mark:#x},video={},{options}",
            path(&self.plugin),
            path(&file),
            path(&video)
        );
        let recipe = match door {
            Door::Framebuffer => Recipe::new(Way::GRUB_BIOS).kernel(&self.framebuffer_disk("")?),
            _ => Recipe::new(Way::Pvh).kernel(&self.build.join("valhalla")).cmdline("console=vga"),
        };
        let mut machine = recipe
            .memory("128M")
            .arg("-icount")
            .arg("shift=0,sleep=on")
            .arg("-plugin")
            .arg(&plugin)
            .boot_to_prompt()?;
        machine.wait_screen("the prompt", seconds(20), |screen| {
            screen.last().starts_with(harness::serial::PROMPT)
        })?;
        Ok(Counted { machine, file })
    }

    /// Adds the rows that are measured from outside.
    pub(crate) fn measure_outside(&self, figures: &mut Figures) -> Outcome {
        eprintln!("bench: from outside");
        let mut counted = self.counted(Door::Framebuffer, "accesses=on")?;
        counted.rest()?;
        let [press, _] = counted.typing()?;
        figures.push(Door::Framebuffer, KEY_PRESS, press);
        let told = counted.tell_framebuffer();
        if let Err(failure) = told.and_then(|()| counted.video(Door::Framebuffer, figures)) {
            // The other rows do not depend on it.
            eprintln!("bench: a framebuffer's bytes are not measured: {failure}");
        }
        drop(counted);

        let mut counted = self.counted(Door::VgaText, "accesses=on")?;
        figures.push(Door::VgaText, IDLE, counted.idle()? as f64);
        let [press, release] = counted.typing()?;
        figures.push(Door::VgaText, KEY_PRESS, press);
        figures.push(Door::VgaText, "key: release", release);

        // Until the screen is full, and then some.
        let mut lines = Vec::new();
        for line in 0..40 {
            let [press, _] = counted.key("ret")?;
            if line >= 30 {
                lines.push(press);
            }
        }
        let name = "scroll: an empty line at the prompt, ";
        let device = median(&mut lines, |window| window.device + window.ports);
        figures.push(Door::VgaText, &format!("{name}accesses"), device);
        let read = median(&mut lines, |window| window.video_read);
        figures.push(Door::VgaText, &format!("{name}bytes read"), read);
        let written = median(&mut lines, |window| window.video_written);
        figures.push(Door::VgaText, &format!("{name}bytes written"), written);
        counted.video(Door::VgaText, figures)?;

        let mem = counted.machine.run("mem")?;
        let used = used_frames(&mem)
            .ok_or_else(|| Failure::new(format!("mem does not say how many frames: {mem}")))?;
        let bytes = used * 4096 + self.image_in_memory()?;
        figures.push(Door::VgaText, "memory: used at the prompt, KiB", (bytes / 1024) as f64);
        Ok(())
    }
}

impl Counted {
    /// Waits until the kernel rests at its prompt.
    pub(crate) fn rest(&self) -> Outcome {
        self.wait("the first rest", |windows| (!windows.is_empty()).then_some(()))
    }

    /// Watches it rest; what a wake-up costs that nobody asked for.
    pub(crate) fn idle(&self) -> Outcome<u64> {
        self.rest()?;
        let from = self.windows(0)?.len();
        self.wait("the timer's ticks", |windows| {
            let mut quiet: Vec<u64> =
                windows.iter().skip(from).map(|window| window.instructions).collect();
            quiet.sort_unstable();
            (quiet.len() >= TICKS).then(|| quiet[quiet.len() / 2])
        })
    }

    /// What a key costs, its press and its release.
    fn typing(&mut self) -> Outcome<[f64; 2]> {
        let (mut presses, mut releases) = (Vec::new(), Vec::new());
        for _ in 0..KEYS {
            let [press, release] = self.key("a")?;
            presses.push(press);
            releases.push(release);
        }
        Ok([presses, releases].map(|mut windows| median(&mut windows, |w| w.instructions)))
    }

    /// Presses a key, and lets go of it when that was dealt with; the windows in
    /// which the one and the other was.
    pub(crate) fn key(&mut self, name: &str) -> Outcome<[Window; 2]> {
        Ok([self.move_key(name, Motion::Down)?, self.move_key(name, Motion::Up)?])
    }

    /// Moves a key; the window in which that was dealt with.
    pub(crate) fn move_key(&mut self, name: &str, motion: Motion) -> Outcome<Window> {
        let from = self.windows(0)?.len();
        keys::move_key(&mut self.machine.qmp, name, motion)?;
        self.wait("a key", |windows| {
            windows.iter().skip(from).find(|window| window.is_key()).copied()
        })
    }
}

/// From `mem`'s line `F of T frames free, ...`.
fn used_frames(mem: &str) -> Option<u64> {
    let line = mem.lines().find(|line| line.contains("frames free"))?;
    let mut words = line.split_whitespace();
    let free: u64 = words.next()?.parse().ok()?;
    let total: u64 = words.nth(1)?.parse().ok()?;
    total.checked_sub(free)
}

/// The one in the middle.
pub(crate) fn median(windows: &mut [Window], of: fn(&Window) -> u64) -> f64 {
    windows.sort_unstable_by_key(of);
    windows.get(windows.len() / 2).map_or(0, of) as f64
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{Window, used_frames};

    #[test]
    fn the_plugins_lines_are_read() {
        let window = Window::parse("window 10 9 2 1 3 0 4").unwrap();
        assert_eq!((window.instructions, window.kernel, window.video_written), (10, 9, 4));
        for line in ["at 0x10 3", "window 1 2 3", "window a b c d e f g", "window 1 2 3 4 5 6 7 8"]
        {
            assert_eq!(Window::parse(line), None, "{line}");
        }
    }

    #[test]
    fn mem_is_read() {
        assert_eq!(used_frames("x\n  30 of 40 frames free, longest run 1 MiB\n"), Some(10));
        assert_eq!(used_frames("nothing of the kind"), None);
    }
}
