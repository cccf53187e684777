//! `lscpu`: the processor on one page, and what the kernel made of it.

use crate::cpu::snapshot::Flags;
use crate::cpu::{Features, control, identity};
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::shell::labelled::{fact, words};
use crate::time::sources::{self, Absent, Id, Source};
use core::fmt;
use valhalla_core::cpuid::FEATURES;
use x86_64::registers::control::{Cr0, Cr4, Efer};

pub(super) static COMMAND: Command = Command {
    name: "lscpu",
    aliases: &[],
    group: Group::System,
    usage: "",
    summary: "the processor on one page, and what is turned on",
    example: "lscpu    name, number, caches, protections, control registers by bit names",
    words: &[],
    reach: Reach::Bulk,
    run,
};

/// Where facts begin.
const COLUMN: usize = 15;

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let machine = session.machine;
    fact("name", COLUMN, identity::brand());
    match identity::signature() {
        Some(signature) => {
            fact("vendor", COLUMN, format_args!("{}, {signature}", identity::vendor()));
        }
        None => fact("vendor", COLUMN, identity::vendor()),
    }
    match machine.tables.madt() {
        Some(facts) if facts.pluggable > 0 => {
            let (ready, more) = (facts.processors, facts.pluggable);
            fact(
                "processors",
                COLUMN,
                format_args!("{ready} by the MADT, {more} to plug in; one is used"),
            );
        }
        Some(facts) => {
            fact(
                "processors",
                COLUMN,
                format_args!("{} by the MADT; one is used", facts.processors),
            );
        }
        None => fact("processors", COLUMN, "no MADT counts them; one is used"),
    }
    if let Some(name) = identity::hypervisor() {
        fact("emulated by", COLUMN, name);
    }
    fact("time stamps", COLUMN, Stamps(sources::get(Id::Tsc)));
    if let Some((physical, linear)) = identity::address_bits() {
        fact("addresses", COLUMN, format_args!("{physical} bits physical, {linear} bits linear"));
    }
    let features = Features::get();
    let levels = if control::five_level_paging() { 5 } else { 4 };
    let gib = if features.gib_pages { ", 1 GiB" } else { "" };
    fact("paging", COLUMN, format_args!("{levels} levels; pages of 4 KiB, 2 MiB{gib}"));
    let mut label = "caches";
    identity::each_cache(|cache| fact(core::mem::take(&mut label), COLUMN, cache));
    fact("interrupts", COLUMN, machine.controllers.lapic);
    fact("protections", COLUMN, features);
    fact("CR0", COLUMN, Flags::cr0(Cr0::read_raw()));
    fact("CR4", COLUMN, Flags::cr4(Cr4::read_raw()));
    fact("EFER", COLUMN, Flags::efer(Efer::read_raw()));
    offered("virtual", &["VMX", "SVM"]);
    offered("speculation", &SPECULATION);
    Ok(())
}

/// Controls over speculation, and what says that one is not needed. None is
/// used: there is no user mode yet whose code could look.
const SPECULATION: [&str; 10] = [
    "IBRS_IBPB",
    "IBPB",
    "IBRS",
    "STIBP",
    "SSBD",
    "SsbdNotRequired",
    "L1D_FLUSH",
    "MD_CLEAR",
    "ARCH_CAPABILITIES",
    "BTC_NO",
];

/// Which of these features the processor has, of those that the kernel does
/// not use yet.
fn offered(label: &str, wanted: &[&str]) {
    let all = FEATURES.iter().flat_map(|word| word.names(identity::features(*word)));
    let mut there = all.filter(|name| wanted.contains(name)).peekable();
    if there.peek().is_none() {
        fact(label, COLUMN, "none offered");
    } else {
        words(label, COLUMN, ["offered, not used:"].into_iter().chain(there));
    }
}

/// How fast the time-stamp counter counts, and who says so.
struct Stamps(Result<Source, Absent>);

impl fmt::Display for Stamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(Source { rate: Some((rate, origin)), .. }) => write!(f, "{rate}, {origin}"),
            Ok(_) => f.write_str("at a rate that is not measured yet"),
            Err(absent) => write!(f, "{absent}"),
        }
    }
}
