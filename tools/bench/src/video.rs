//! Bytes that go to and from video memory, counted from outside.
//!
//! Three things that a screen does all day: a line of 60 columns is printed
//! where there is room for it, a screen full of such lines moves up by one, and
//! the whole screen is painted. Each is done by keys, and what it wrote and read
//! is what the plugin saw between the key and the next rest. VGA memory is known
//! to the plugin; a framebuffer is RAM to QEMU, so the guest says where it is.

use crate::counted::{Counted, Window};
use crate::figures::{Door, Figures};
use harness::keys::{self, Motion};
use harness::{Failure, Outcome};

/// A line is printed below another one.
const LINE_WRITTEN: &str = "print: a line of 60 columns, bytes written";
/// As above.
const LINE_READ: &str = "print: a line of 60 columns, bytes read";
/// A screen of 60-column lines moves up by one.
const SCROLLED_WRITTEN: &str = "scroll: a screen of 60-column lines, bytes written";
/// As above.
const SCROLLED_READ: &str = "scroll: a screen of 60-column lines, bytes read";
/// Every cell is painted.
const REPAINT_WRITTEN: &str = "repaint: the whole screen, bytes written";
/// As above.
const REPAINT_READ: &str = "repaint: the whole screen, bytes read";

/// More than a screen has rows.
const ROWS: usize = 60;
/// How often each is measured.
const SAMPLES: usize = 9;

impl Counted {
    /// Tells the plugin where the framebuffer is mapped, as the guest says.
    pub(crate) fn tell_framebuffer(&mut self) -> Outcome {
        let map = self.machine.run("vm map")?;
        let line = map.lines().find(|line| line.ends_with(" framebuffer"));
        let range = line.and_then(|line| line.split_whitespace().next()?.split_once('-'));
        let (first, last) = range
            .ok_or_else(|| Failure::new(format!("vm map does not show a framebuffer:\n{map}")))?;
        // Written whole, then named: the plugin may look at any moment.
        let (new, file) =
            (self.told.file.with_extension("new"), self.told.file.with_extension("video"));
        std::fs::write(&new, format!("0x{first} 0x{last}\n"))?;
        std::fs::rename(&new, &file)?;
        // The rest at which it looks.
        self.machine.run("echo").map(drop)
    }

    /// Every row of this file.
    pub(crate) fn video(&mut self, door: Door, figures: &mut Figures) -> Outcome {
        // What stands at the prompt is given up.
        self.control("c")?;
        self.printed_line(door, figures)?;
        self.full_lines(door, figures)?;
        self.repaint(door, figures)
    }

    /// `echo` with 60 columns, less `echo` with none, on an empty screen: the
    /// rest, a prompt and the cursor, is the same.
    fn printed_line(&mut self, door: Door, figures: &mut Figures) -> Outcome {
        let mut echoed = |columns| {
            self.command("a", columns)?;
            let press = |_| {
                self.control("l")?;
                self.control("p")?;
                self.key("ret").map(|[press, _]| press)
            };
            (0..SAMPLES).map(press).collect::<Outcome<Vec<_>>>()
        };
        let (mut without, mut with) = (echoed(0)?, echoed(60)?);
        let mut more = |of: fn(&Window) -> u64| median(&mut with, of) - median(&mut without, of);
        figures.push(door, LINE_WRITTEN, more(|window| window.counts.video_written));
        figures.push(door, LINE_READ, more(|window| window.counts.video_read));
        Ok(())
    }

    /// What a scrolled line writes when the screen is full of lines whose 60
    /// columns all differ from the next line's: two lines of the history by
    /// turns, given up with Ctrl-C.
    fn full_lines(&mut self, door: Door, figures: &mut Figures) -> Outcome {
        for letter in ["a", "b"] {
            self.command(letter, 60)?;
        }
        let mut lines = Vec::new();
        for row in 0..ROWS {
            for _ in 0..=row % 2 {
                self.control("p")?;
            }
            let press = self.control("c")?;
            if row >= ROWS - SAMPLES {
                lines.push(press);
            }
        }
        push(figures, door, [SCROLLED_WRITTEN, SCROLLED_READ], &mut lines);
        Ok(())
    }

    /// Shift-PageUp: a view of older lines, of which every cell is painted.
    fn repaint(&mut self, door: Door, figures: &mut Figures) -> Outcome {
        let mut views = Vec::new();
        self.move_key("shift", Motion::Down)?;
        for name in ["pgup", "pgdn"].into_iter().cycle().take(SAMPLES) {
            let from = self.windows(0)?.len();
            keys::move_key(&mut self.machine.qmp, name, Motion::Down)?;
            // Two bytes, and the second may come after a rest.
            views.push(self.wait("a view of older lines", |windows| {
                windows.iter().skip(from).find(|window| window.counts.video_written > 0).copied()
            })?);
            let from = self.windows(0)?.len();
            keys::move_key(&mut self.machine.qmp, name, Motion::Up)?;
            self.wait("a key let go of", |windows| {
                let bytes: u64 = windows.iter().skip(from).map(|window| window.keys).sum();
                (bytes >= 2).then_some(())
            })?;
        }
        self.move_key("shift", Motion::Up)?;
        push(figures, door, [REPAINT_WRITTEN, REPAINT_READ], &mut views);
        Ok(())
    }

    /// Types `echo` and so many letters, key by key: a key that is let go of late
    /// would share a window with the next.
    fn command(&mut self, letter: &str, columns: usize) -> Outcome {
        let words = ["e", "c", "h", "o"].into_iter();
        let line = words.chain((columns > 0).then_some("spc")).chain(vec![letter; columns]);
        for key in line.chain(["ret"]) {
            self.key(key)?;
        }
        Ok(())
    }

    /// Ctrl and a letter; the window of the letter's press.
    pub(crate) fn control(&mut self, letter: &str) -> Outcome<Window> {
        self.move_key("ctrl", Motion::Down)?;
        let [press, _] = self.key(letter)?;
        self.move_key("ctrl", Motion::Up)?;
        Ok(press)
    }
}

/// Two rows: what was written, and what was read.
fn push(figures: &mut Figures, door: Door, [written, read]: [&str; 2], windows: &mut [Window]) {
    figures.push(door, written, median(windows, |window| window.counts.video_written));
    figures.push(door, read, median(windows, |window| window.counts.video_read));
}

/// The one in the middle.
fn median(windows: &mut [Window], of: fn(&Window) -> u64) -> f64 {
    windows.sort_unstable_by_key(of);
    windows.get(windows.len() / 2).map_or(0, of) as f64
}
