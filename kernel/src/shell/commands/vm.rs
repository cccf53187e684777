//! `vm`: what the page tables say, of an address or of everything.

use crate::cpu::Features;
use crate::memory::{self, audit, ranges, space};
use crate::println;
use crate::shell::command::{
    Command, CommandError, Group, Reach, Session, expect_none, parse_number,
};
use valhalla_core::paging::{Leaf, Violation};
use valhalla_core::units::{Bytes, Many};

pub(in crate::shell) static COMMAND: Command = Command {
    name: "vm",
    aliases: &[],
    group: Group::Memory,
    usage: "walk ADDRESS|map|audit",
    summary: "page tables: the way to an address, ranges, audit",
    example: "\
              vm walk 0xffffffff80000000    every level of the page tables\n\
              vm map                        all that is mapped, by ranges\n\
              vm audit                      each page against what it must be",
    words: &["walk", "map", "audit"],
    reach: Reach::Bulk,
    run: |session, arguments| look(arguments, &mut || session.check()),
};

pub(super) static TRANSLATE: Command = Command {
    name: "translate",
    aliases: &[],
    group: Group::Memory,
    usage: "ADDRESS",
    summary: "the same as vm walk",
    example: "translate 0xffffffff80000000    the physical address, and the way to it",
    words: &[],
    reach: Reach::Bulk,
    run: |_: &mut Session<'_>, arguments| walk(arguments),
};

/// For the crash monitor, where there is no session.
pub(in crate::shell) fn run(arguments: &[&str]) -> Result<(), CommandError> {
    look(arguments, &mut || Ok(()))
}

/// Asks `go_on` whether to show one more line.
fn look(
    arguments: &[&str],
    go_on: &mut dyn FnMut() -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    match arguments {
        ["walk", rest @ ..] => walk(rest),
        ["map", rest @ ..] => expect_none(rest).and_then(|()| map(go_on)),
        ["audit", rest @ ..] => expect_none(rest).and_then(|()| audit()),
        _ => Err(CommandError::Usage),
    }
}

fn walk(arguments: &[&str]) -> Result<(), CommandError> {
    let [address] = arguments else { return Err(CommandError::Usage) };
    let address = parse_number(address)?;
    let walk = space::walk(address).ok_or_else(|| CommandError::failed("no page tables yet"))?;
    println!("{address:#018x} ({})", memory::what_is(address));
    for step in walk.steps() {
        println!("  {step:#}");
    }
    println!("  {}", walk.outcome);
    Ok(())
}

fn map(go_on: &mut dyn FnMut() -> Result<(), CommandError>) -> Result<(), CommandError> {
    let ranges = ranges::collect();
    for range in ranges.iter() {
        go_on()?;
        println!(
            "{:016x}-{:016x} {:>9} {} {} {}",
            range.start,
            range.end.wrapping_sub(1),
            Bytes(range.end.wrapping_sub(range.start)),
            rights(&range.first),
            space::memory_type(range.first.caching),
            range.what
        );
    }
    if ranges.dropped() > 0 {
        println!("and {} ranges more", ranges.dropped());
    }
    Ok(())
}

const fn rights(leaf: &Leaf) -> &'static str {
    match (leaf.writable, leaf.executable) {
        (false, false) => "r--",
        (false, true) => "r-x",
        (true, false) => "rw-",
        (true, true) => "rwx",
    }
}

fn audit() -> Result<(), CommandError> {
    let audit = audit::run();
    for violation in audit.violations() {
        let Violation { address, last, .. } = violation;
        let size = Bytes((last - address).saturating_add(1));
        println!("  {address:#018x}, {size} ({})", memory::what_is(*address));
        println!("      {violation:#}");
    }
    let violations = Many(audit.count as u64, "violation");
    println!("{} pages looked at, {violations}", audit.audited.pages);
    if !audit.audited.complete {
        println!("not all: the tables show more pages than can be looked at");
    }
    if !Features::get().nx {
        println!("this processor has no NX: W^X cannot be enforced");
    }
    match audit.count {
        0 => Ok(()),
        _ => Err(CommandError::failed(violations)),
    }
}
