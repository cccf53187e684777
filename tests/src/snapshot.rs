//! Machines as they stand at the kernel's entry: a firmware start for many trials.
//!
//! UEFI firmware and a loader take four seconds of a processor, and the kernel a
//! twentieth of one. So the first trial that wants an ordinary PC with UEFI boots one
//! from power-on up to the kernel's first instruction, and saves it there; the
//! trials after it begin at that instruction, each in a QEMU of its own. Nothing of
//! the kernel has run by then. [`Recipe::from_power_on`] goes without.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

use serde_json::json;

use crate::breakpoint::Breakpoint;
use crate::door::Door;
use crate::machine::{BETWEEN_LOOKS, Recipe};
use crate::process::Dir;
use crate::qmp::Qmp;
use crate::{Failure, Outcome, elf, ensure, images, seconds};

/// Snapshots by the machine that they are of. None while nobody shares.
static SHARED: Mutex<Option<BTreeMap<String, Slot>>> = Mutex::new(None);

/// A snapshot that is made once, while those who want it wait.
type Slot = Arc<OnceLock<Outcome<Snapshot>>>;

/// A saved machine, in a directory of its own.
struct Snapshot(Dir);

/// Lets trials share snapshots, and removes them when it is dropped.
#[derive(Debug)]
pub struct Sharing(());

/// Shares snapshots from now on, unless `VALHALLA_POWER_ON` is set.
#[must_use]
pub fn share() -> Sharing {
    *shared() = env::var_os("VALHALLA_POWER_ON").is_none().then(BTreeMap::new);
    Sharing(())
}

impl Drop for Sharing {
    fn drop(&mut self) {
        *shared() = None;
    }
}

fn shared() -> MutexGuard<'static, Option<BTreeMap<String, Slot>>> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file of the snapshot of an ordinary PC, made if it is not there; none when
/// nobody shares.
///
/// # Errors
/// If it could not be made, to each who wants it.
pub(crate) fn of(door: Door, machine: &str) -> Outcome<Option<PathBuf>> {
    let slot = shared()
        .as_mut()
        .map(|slots| Arc::clone(slots.entry(format!("{door} on {machine}")).or_default()));
    let Some(slot) = slot else { return Ok(None) };
    match slot.get_or_init(|| Snapshot::new(door, machine)) {
        Ok(snapshot) => Ok(Some(snapshot.file())),
        Err(failure) => {
            Err(failure.clone().during(format!("a snapshot at the kernel's entry, {door}")))
        }
    }
}

impl Snapshot {
    fn new(door: Door, machine: &str) -> Outcome<Self> {
        let snapshot = Self(Dir::new()?);
        let (mut machine, stub) = Recipe::new(door).machine(machine).start_with_stub()?;
        let entry = elf::entry(&fs::read(images::kernel()?)?)?;
        Breakpoint::new(stub)?.stop_at(entry, door.bound(), &mut machine.qmp)?;
        let uri = format!("exec:cat > '{}'", snapshot.file().display());
        machine.qmp.execute("migrate", json!({ "uri": uri }))?;
        wait(&mut machine.qmp, "query-migrate", |status| match status {
            "completed" => Some(Ok(())),
            "failed" | "cancelled" => Some(Err(Failure::new(format!("saving it {status}")))),
            _ => None,
        })?;
        Ok(snapshot)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("at-entry")
    }
}

/// Waits until a machine that was started from a snapshot has all of it.
///
/// # Errors
/// When it has not within a minute, or QEMU does not take it.
pub(crate) fn wait_loaded(qmp: &mut Qmp) -> Outcome {
    wait(qmp, "query-status", |status| (status != "inmigrate").then_some(Ok(())))
}

/// Asks for a status until `decide` knows what it means.
fn wait(qmp: &mut Qmp, question: &str, decide: impl Fn(&str) -> Option<Outcome>) -> Outcome {
    let deadline = Instant::now() + seconds(60);
    loop {
        let answer = qmp.execute(question, json!({}))?;
        let status = answer["status"].as_str().unwrap_or_default();
        if let Some(outcome) = decide(status) {
            return outcome;
        }
        ensure(Instant::now() < deadline, || format!("{question} stays at {status:?}"))?;
        thread::sleep(BETWEEN_LOOKS);
    }
}
