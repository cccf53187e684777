//! What a person does at the prompt, counted from outside.

use crate::Bench;
use crate::counted::{Counted, Window};
use crate::events::Counts;
use crate::figures::{Door, Figures};
use crate::rows::{
    BACKSPACE, ENTER, ENTER_ACCESSES, FIRST_KEY, HELP, IDLE, KEY, LSPCI, LSPCI_PORTS, MEMORY,
    RELEASE, Row, SERIAL_KEY,
};
use harness::machine::Machine;
use harness::{Failure, Outcome};
use std::time::{Duration, Instant};

/// The keys that are measured.
const LETTERS_AND_DIGITS: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// More lines than a screen has rows.
const LINES: usize = 60;

/// Seconds that are watched for wake-ups.
const SECONDS: usize = 5;

impl Bench {
    /// Adds the rows that are measured from outside.
    pub(crate) fn measure_outside(&self, door: Door, figures: &mut Figures) -> Outcome {
        eprintln!("bench: {door}, from outside");
        let mut counted = self.counted(door, ",accesses=on")?;
        let mut person = Person { counted: &mut counted, rows: &self.rows, door, figures };
        if door == Door::VgaText {
            person.idle()?;
        }
        person.keys()?;
        if door == Door::VgaText {
            person.backspace()?;
            person.serial_keys()?;
        }
        person.fill()?;
        person.command("help", &[(HELP, |counts| counts.instructions)])?;
        if door == Door::VgaText {
            let ports: Of = |counts| counts.ports;
            person
                .command("lspci", &[(LSPCI, |counts| counts.instructions), (LSPCI_PORTS, ports)])?;
            person.enter()?;
        } else if let Err(failure) = counted.tell_framebuffer() {
            // The other rows do not depend on it.
            eprintln!("bench: a framebuffer's bytes are not measured: {failure}");
            return Ok(());
        }
        counted.video(door, figures)?;
        if door == Door::VgaText {
            let mem = counted.machine.run("mem")?;
            let used = used_frames(&mem)
                .ok_or_else(|| Failure::new(format!("mem does not say how many frames: {mem}")))?;
            let bytes = used * 4096 + self.image_in_memory()?;
            figures.push(door, MEMORY, (bytes / 1024) as f64);
        }
        Ok(())
    }
}

/// What is counted of a span.
type Of = fn(&Counts) -> u64;

/// Who sits at a machine, and writes down what it costs.
struct Person<'a> {
    counted: &'a mut Counted,
    rows: &'a [Row],
    door: Door,
    figures: &'a mut Figures,
}

impl Person<'_> {
    /// The row of this name: the door's own, or else VGA text's, which counts alike.
    fn row(&self, name: &str) -> Outcome<Row> {
        let row = |door| self.rows.iter().find(|row| row.is(door, name)).copied();
        let row = row(self.door).or_else(|| row(Door::VgaText));
        row.ok_or_else(|| Failure::new(format!("{name}: no such row")))
    }

    fn push(&mut self, name: &str, value: f64) {
        self.figures.push(self.door, name, value);
    }

    fn push_mean(&mut self, name: &str, of: Of, all: &[Counts]) {
        let sum: u64 = all.iter().map(of).sum();
        self.push(name, (10.0 * sum as f64 / all.len().max(1) as f64).round() / 10.0);
    }

    /// Nobody does anything: the second with neither the most nor the fewest wake-ups.
    fn idle(&mut self) -> Outcome {
        let mut wake_ups = Vec::new();
        for _ in 0..SECONDS {
            let before = self.counted.windows(0)?.len();
            // A quiet second has no event that ends it.
            let end = Instant::now() + Duration::from_secs(1);
            while Instant::now() < end {
                std::thread::sleep(Duration::from_millis(10));
            }
            wake_ups.push(self.counted.windows(before)?.len());
        }
        wake_ups.sort_unstable();
        self.push(IDLE, wake_ups[SECONDS / 2] as f64);
        Ok(())
    }

    /// Each key twice, the second time where it was the first.
    fn keys(&mut self) -> Outcome {
        for name in [FIRST_KEY, KEY] {
            let row = self.row(name)?;
            let (mut presses, mut releases) = (Vec::new(), Vec::new());
            for key in LETTERS_AND_DIGITS.chars() {
                presses.push(self.counted.press(&row, &key.to_string())?);
                releases.push(self.counted.last_key()?.counts);
            }
            self.push_mean(name, |counts| counts.instructions, &presses);
            if name == KEY {
                self.push_mean(RELEASE, |counts| counts.instructions, &releases);
            }
            self.counted.control("c")?;
        }
        Ok(())
    }

    fn backspace(&mut self) -> Outcome {
        for key in LETTERS_AND_DIGITS.chars() {
            self.counted.key(&key.to_string())?;
        }
        let row = self.row(BACKSPACE)?;
        let erase = |_| self.counted.press(&row, "backspace");
        let erased = LETTERS_AND_DIGITS.chars().map(erase).collect::<Outcome<Vec<_>>>()?;
        self.push_mean(BACKSPACE, |counts| counts.instructions, &erased);
        Ok(())
    }

    fn serial_keys(&mut self) -> Outcome {
        // Another build may not have its start.
        let Ok(row) = self.row(SERIAL_KEY) else { return Ok(()) };
        let mut keys = Vec::new();
        for byte in LETTERS_AND_DIGITS.bytes() {
            let send = |machine: &mut Machine| machine.serial()?.send(&[byte]);
            keys.push(self.counted.count(&row, send)?);
        }
        self.push_mean(SERIAL_KEY, |counts| counts.instructions, &keys);
        self.counted.count(&row, |machine| machine.serial()?.send(b"\x03")).map(drop)
    }

    /// Enters empty lines until the screen is full.
    fn fill(&mut self) -> Outcome {
        (0..LINES).try_for_each(|_| self.counted.key("ret").map(drop))
    }

    /// Enter behind a command.
    fn command(&mut self, words: &str, of: &[(&str, Of)]) -> Outcome {
        for key in words.chars() {
            self.counted.key(&key.to_string())?;
        }
        for (index, (name, what)) in of.iter().enumerate() {
            if index > 0 {
                // The same command once more, for a row with a span of its own.
                self.counted.control("p")?;
            }
            let counts = self.counted.press(&self.row(name)?, "ret")?;
            self.push(name, what(&counts) as f64);
        }
        Ok(())
    }

    /// Enter behind nothing, on a screen that is full.
    fn enter(&mut self) -> Outcome {
        let row = self.row(ENTER)?;
        let press = |_| self.counted.press(&row, "ret");
        let lines = (0..LINES).map(press).collect::<Outcome<Vec<_>>>()?;
        self.push_mean(ENTER, |counts| counts.instructions, &lines);
        self.push_mean(ENTER_ACCESSES, |counts| counts.device + counts.ports, &lines);
        Ok(())
    }
}

impl Counted {
    /// Returns the last window in which a key moved.
    fn last_key(&self) -> Outcome<Window> {
        let windows = self.windows(0)?;
        let last = windows.iter().rev().find(|window| window.is_key());
        last.copied().ok_or_else(|| Failure::new("no key was moved"))
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

#[cfg(test)]
mod tests {
    use super::used_frames;

    #[test]
    fn mem_is_read() {
        assert_eq!(used_frames("x\n  30 of 40 frames free, longest run 1 MiB\n"), Some(10));
        assert_eq!(used_frames("nothing of the kind"), None);
    }
}
