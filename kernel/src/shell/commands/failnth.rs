//! `failnth`: runs every command while its 1st, 2nd, 3rd ... allocation fails.
//!
//! Memory that runs out is rare, so the code that answers it is rarely run.
//! Here each command runs with each of a few generated argument lists; the Nth
//! allocation of a frame or of heap fails, for N = 1, 2, 3 ... until a run needs
//! fewer than N. Of what makes very many (AML has its own arena, and thousands
//! of objects there), every one of the first [`EACH`] fails, and then one in a
//! sixteenth more. No run may panic, fault or hang, and after each the memory
//! must be what it was. The commands' own words are not shown.

use core::iter;

use super::TABLE;
use crate::console::{self, Voice};
use crate::cpu::guarded::Limit;
use crate::memory::failing::{self, Fired};
use crate::memory::{frames, heap, run_guarded};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};

pub(super) static COMMAND: Command = Command {
    name: "failnth",
    aliases: &[],
    group: Group::Testing,
    usage: "[COMMAND]",
    summary: "runs every command while its Nth allocation fails",
    example: "\
              failnth         every command, while its 1st, 2nd, ... allocation fails\n\
              failnth heap    one command",
    words: &[],
    reach: Reach::NeverInBulk,
    run,
};

/// Argument lists that reach the insides of most commands, and nonsense.
const ARGUMENTS: [&[&str]; 20] = [
    &[],
    &["0x1000"],
    &["nonsense"],
    &["99999999999999999999999"],
    &["help"],
    &["stats"],
    &["map"],
    &["audit"],
    &["-v"],
    &["-t"],
    &["list"],
    &["read", "EFER"],
    &["walk", "0xffffffff80000000"],
    &["0xffffffff80000000", "256"],
    &["0", "1", "64"],
    MANY_ROUNDS,
    &["fuzz", "1", "2"],
    &["ud"],
    &["rsvd"],
    &["a", "b", "c", "d", "e", "f", "g", "h"],
];

/// So many rounds that the heap has to grow. ACPI is spared these: 200 loads of
/// the DSDT for each failure take minutes, and two fail in the same places.
const MANY_ROUNDS: &[&str] = &["fuzz", "1", "200"];
const SPARED: &str = "acpi";

/// Up to this N, none is left out.
const EACH: u64 = 512;
/// More allocations than any command makes: a run that never gets there hangs.
const MOST: u64 = 1_000_000;
/// A minute for one run: what is not done by then hangs.
const LIMIT: Limit = Limit::Ms(60_000);

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let only = match arguments {
        [] => None,
        [name] => Some(super::find(name).ok_or(CommandError::Usage)?.name),
        _ => return Err(CommandError::Usage),
    };
    let (mut runs, mut failures) = (0, 0);
    let chosen = || {
        let named = |command: &&&Command| only.is_none_or(|name| name == command.name);
        TABLE.iter().filter(named).filter(|command| command.reach == Reach::Bulk)
    };
    let lists = (chosen().count() * ARGUMENTS.len()) as u64;
    let mut done = 0;
    for command in chosen() {
        let mut most = 0;
        for arguments in ARGUMENTS {
            session.progress_with(done, lists, command.name);
            done += 1;
            if command.name == SPARED && arguments == MANY_ROUNDS {
                continue;
            }
            // Once without a failure, so that what is made once (page tables,
            // books) is there before memory is compared.
            once(session, command, arguments, None)?;
            let needed = until_it_passes(session, command, arguments)?;
            runs += needed.runs;
            failures += needed.runs - 1;
            most = needed.n.max(most);
        }
        println!("  {:<12} passed with N = {most} at the most", command.name);
    }
    println!("{runs} runs, {failures} failed allocations, no panic and no leak");
    Ok(())
}

/// What a command took: its runs, and the first N that was not needed.
struct Needed {
    runs: u64,
    n: u64,
}

/// Runs with N = 1, 2, 3 ... until one N was not needed.
fn until_it_passes(
    session: &mut Session<'_>,
    command: &Command,
    arguments: &[&str],
) -> Result<Needed, CommandError> {
    for (runs, n) in (1..).zip(counts()) {
        session.check()?;
        let before = (heap::statistics(), frames::statistics().used);
        let fired = once(session, command, arguments, Some(n))?;
        let after = (heap::statistics(), frames::statistics().used);
        let same_heap =
            (before.0.used, before.0.allocations) == (after.0.used, after.0.allocations);
        // The heap may keep pages that it mapped; all else has to come back.
        let beside_heap = |(heap, used): (heap::HeapStatistics, u64)| used - heap.mapped / 4096;
        if !same_heap || beside_heap(before) != beside_heap(after) {
            return Err(CommandError::failed(format_args!(
                "{} {arguments:?} leaked when allocation {n} failed",
                command.name
            )));
        }
        if fired == Fired::No {
            return Ok(Needed { runs, n });
        }
    }
    Err(CommandError::failed(format_args!("{} {arguments:?} never passed", command.name)))
}

/// The values of N, in order.
fn counts() -> impl Iterator<Item = u64> {
    let next = |&n: &u64| Some(if n < EACH { n + 1 } else { n + n / 16 });
    iter::successors(Some(1), next).take_while(|&n| n <= MOST)
}

/// One run, its words unheard.
fn once(
    session: &mut Session<'_>,
    command: &Command,
    arguments: &[&str],
    n: Option<u64>,
) -> Result<Fired, CommandError> {
    console::set_voice(Voice::Muted);
    let call = || {
        failing::arm(n.unwrap_or(0));
        // What the command says of it is its own business: any answer will do.
        let _ = (command.run)(session, arguments);
        failing::disarm()
    };
    // SAFETY: commands hold nothing outside of locks but heap, and a leak of
    // that is what is looked for.
    let outcome = unsafe { run_guarded(LIMIT, call) };
    failing::disarm();
    console::set_voice(Voice::Heard);
    let n = n.unwrap_or(0);
    outcome.map_err(|error| {
        CommandError::failed(format_args!("{} {arguments:?}, N = {n}: {error}", command.name))
    })
}
