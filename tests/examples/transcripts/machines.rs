//! The machines that blocks name: a door and QEMU's arguments.
//!
//! They count instructions instead of time (QEMU's `-icount`), and their date is set, so
//! that the same kernel boots the same.

use std::collections::HashMap;

use harness::asl::Program;
use harness::door::Door;
use harness::keys;
use harness::machine::{Machine, Recipe};
use harness::serial::{MONITOR, PROMPT};
use harness::{Failure, Outcome, ensure, seconds};
use serde_json::json;

/// What every machine has.
const SAME_EACH_TIME: [&str; 4] =
    ["-icount", "shift=4,sleep=off", "-rtc", "base=2026-01-01,clock=vm"];

/// The machines of a file that run.
#[derive(Default)]
pub(crate) struct Machines {
    running: HashMap<String, Machine>,
}

/// What a command was answered.
pub(crate) struct Reply {
    pub(crate) lines: Vec<String>,
    /// The line of the prompt that came after it.
    pub(crate) prompt: String,
}

impl Machines {
    /// The machine of this description, booted where it does not run yet.
    pub(crate) fn get(&mut self, description: &str, fresh: bool) -> Outcome<&mut Machine> {
        if fresh || !self.running.contains_key(description) {
            self.running.remove(description);
            let machine = boot(description).map_err(|failure| failure.during(description))?;
            self.running.insert(description.to_owned(), machine);
        }
        self.running.get_mut(description).ok_or_else(|| Failure::new("no such machine"))
    }
}

/// Boots a door with QEMU's arguments; `-asl NAME` adds a program of `tests/aml`.
fn boot(description: &str) -> Outcome<Machine> {
    let mut words = words(description).into_iter();
    let name = words.next().unwrap_or_default();
    let door = Door::all().into_iter().find(|door| door.to_string() == name);
    let door = door.ok_or_else(|| format!("{name:?} is no door, such as pvh or grub_uefi"))?;
    if let Some(reason) = door.closed() {
        return Err(Failure::new(reason));
    }
    let mut recipe = SAME_EACH_TIME.iter().fold(Recipe::new(door), |recipe, word| recipe.arg(word));
    let mut programs = Vec::new();
    while let Some(word) = words.next() {
        if word == "-asl" {
            let program = Program::compile(&words.next().unwrap_or_default())?;
            recipe = program.add_to(recipe);
            programs.push(program);
        } else {
            recipe = recipe.arg(&word);
        }
    }
    recipe.boot_to_prompt()
}

/// The words of a description; `'...'` keeps its spaces.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.trim().chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Types a command, then presses the keys, and returns what is answered. In between the
/// machine stands still: it would count idle ticks as fast as it can.
pub(crate) fn ask(machine: &mut Machine, command: &str, pressed: Option<&str>) -> Outcome<Reply> {
    ensure(command.is_ascii(), || "only ASCII can be typed".into())?;
    machine.qmp.execute("cont", json!({}))?;
    let serial = machine.serial()?;
    serial.send_paced(command.as_bytes(), 1, seconds(20))?;
    serial.send(b"\r")?;
    keys::press_each(&mut machine.qmp, pressed.unwrap_or_default())?;
    let (lines, prompt) = machine.serial()?.answer(&[PROMPT, MONITOR], seconds(60))?;
    machine.no_triple_fault()?;
    machine.qmp.execute("stop", json!({}))?;
    Ok(Reply { lines, prompt })
}
