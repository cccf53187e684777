//! A guest that is counted from outside: booted with the plugin, pressed keys at.

use crate::Bench;
use crate::events::{Anchor, Counts, Event, Span};
use crate::figures::Door;
use crate::rows::{KEYBOARD, Row};
use harness::door::Door as Way;
use harness::keys::{self, Motion};
use harness::machine::Machine;
use harness::recipe::Recipe;
use harness::{Failure, Outcome, seconds};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the plugin writes, read while it does.
pub(crate) struct Told {
    pub(crate) file: PathBuf,
    pub(crate) marks: Vec<Anchor>,
}

/// What happened between two HLTs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) counts: Counts,
    /// Keyboard interrupts.
    pub(crate) keys: u64,
}

impl Window {
    /// Returns whether a byte came from the keyboard, and no more than one.
    pub(crate) fn is_key(&self) -> bool {
        self.keys == 1
    }
}

/// Cuts events into windows.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    last: Counts,
    keys: u64,
}

impl Windows {
    /// Returns the window that this event ends.
    pub(crate) fn after(&mut self, event: &Event) -> Option<Window> {
        match event.place {
            Anchor::Rest => {
                let counts = event.by_then - std::mem::replace(&mut self.last, event.by_then);
                Some(Window { counts, keys: std::mem::take(&mut self.keys) })
            }
            place => {
                self.keys += u64::from(place == KEYBOARD);
                None
            }
        }
    }
}

impl Told {
    /// Returns what has happened so far.
    pub(crate) fn events(&self) -> Outcome<Vec<Event>> {
        let text = std::fs::read_to_string(&self.file)?;
        // The last line may be on its way.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        Ok(whole.lines().filter_map(|line| Event::parse(line, &self.marks)).collect())
    }

    /// Looks until `found` has what it wants among the events.
    pub(crate) fn wait<T>(
        &self,
        what: &str,
        bound: Duration,
        found: impl Fn(&[Event]) -> Option<T>,
    ) -> Outcome<T> {
        let deadline = Instant::now() + bound;
        loop {
            if let Ok(events) = self.events()
                && let Some(answer) = found(&events)
            {
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

/// A guest at its prompt.
pub(crate) struct Counted {
    pub(crate) machine: Machine,
    pub(crate) told: Told,
}

impl Bench {
    /// Returns the plugin's option for a new file, and who reads it.
    pub(crate) fn plugin_option(&self, more: &str) -> Outcome<(String, Told)> {
        let file = self.bench_dir()?.join("events");
        // What an earlier run left must not be read as this one's.
        let _ = std::fs::remove_file(&file);
        let _ = std::fs::remove_file(file.with_extension("video"));
        let marks = self.marks()?;
        let mut option = format!("{},out={}", path(&self.plugin), path(&file));
        for (_, address) in &marks {
            option += &format!(",mark={address:#x}");
        }
        let marks = marks.into_iter().map(|(anchor, _)| anchor).collect();
        Ok((option + more, Told { file, marks }))
    }

    /// Boots to the prompt with the plugin, idling in real time.
    pub(crate) fn counted(&self, door: Door, options: &str) -> Outcome<Counted> {
        let (plugin, told) = self.plugin_option(options)?;
        let video = format!("{plugin},video={}", path(&told.file.with_extension("video")));
        let recipe = match door {
            Door::Framebuffer => {
                Recipe::new(Way::GRUB_BIOS).kernel(&self.framebuffer_disk(door, "")?)
            }
            _ => Recipe::new(Way::Pvh).kernel(&self.build.join("valhalla")),
        };
        let mut machine = recipe
            .memory("128M")
            .arg("-icount")
            .arg("shift=0,sleep=on")
            // The sixth function of the bus.
            .arg("-device")
            .arg("edu")
            .arg("-plugin")
            .arg(&video)
            .boot_to_prompt()?;
        machine.wait_screen("the prompt", seconds(20), |screen| {
            screen.last().starts_with(harness::serial::PROMPT)
        })?;
        let counted = Counted { machine, told };
        counted.wait("the first rest", |windows| (!windows.is_empty()).then_some(()))?;
        Ok(counted)
    }
}

impl Counted {
    /// Returns the windows from the `from`th on that are complete.
    pub(crate) fn windows(&self, from: usize) -> Outcome<Vec<Window>> {
        Ok(windows(&self.told.events()?).skip(from).collect())
    }

    /// Looks until `found` has what it wants among the windows.
    pub(crate) fn wait<T>(&self, what: &str, found: impl Fn(&[Window]) -> Option<T>) -> Outcome<T> {
        let among_windows = |events: &[Event]| found(&windows(events).collect::<Vec<_>>());
        self.told.wait(what, seconds(20), among_windows)
    }

    /// Does something, and waits for the span that a row counts.
    pub(crate) fn count(
        &mut self,
        row: &Row,
        act: impl FnOnce(&mut Machine) -> Outcome,
    ) -> Outcome<Counts> {
        let no_span = || Failure::new(format!("{}: no span", row.name));
        let span: Span = row.span.ok_or_else(no_span)?;
        let first = self.told.events()?.len();
        act(&mut self.machine)?;
        self.told.wait(row.name, seconds(20), |events| span.find(events, first))
    }

    /// Presses a key, and lets go of it when what the row counts is over.
    pub(crate) fn press(&mut self, row: &Row, name: &str) -> Outcome<Counts> {
        let down = |machine: &mut Machine| keys::move_key(&mut machine.qmp, name, Motion::Down);
        let counts = self.count(row, down)?;
        self.move_key(name, Motion::Up)?;
        Ok(counts)
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

fn windows(events: &[Event]) -> impl Iterator<Item = Window> {
    let mut windows = Windows::default();
    events.iter().filter_map(move |event| windows.after(event))
}

pub(crate) fn path(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{Event, KEYBOARD, windows};

    #[test]
    fn windows_are_from_rest_to_rest() {
        let text = "rest 5 0 0 0 0 0\nmark 0 7 0 0 0 0 0\nrest 9 0 1 0 0 0\nrest 10 0 1 0 0 0";
        let events: Vec<_> =
            text.lines().filter_map(|line| Event::parse(line, &[KEYBOARD])).collect();
        let found: Vec<_> = windows(&events).map(|w| (w.counts.instructions, w.is_key())).collect();
        assert_eq!(found, [(5, false), (4, true), (1, false)]);
    }
}
