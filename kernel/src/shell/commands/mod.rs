//! The command table: the one list that the shell, `help` and tests read.
//!
//! To add a command: a file here with a `COMMAND`, and its row below.

mod about;
mod acpi;
mod alias;
mod ascii;
mod bench;
mod clear;
mod clocks;
mod cmdline;
mod colors;
mod count;
mod cpuid;
mod date;
pub(super) mod dmesg;
mod echo;
mod edu;
mod failnth;
pub(crate) mod fault;
mod frames;
mod grep;
mod head;
mod heap;
mod heap_test;
mod help;
mod ioapic;
mod irq;
mod keyboard;
mod keytest;
mod lapic;
mod lscpu;
mod lspci;
mod mem;
mod memmap;
mod more;
mod msr;
pub(super) mod peek;
mod ping;
mod port;
pub(super) mod power;
mod repeat;
mod rocker;
mod selftest;
mod serial;
mod terminal;
mod testcard;
mod time;
mod tour;
mod uptime;
mod version;
pub(super) mod vm;
mod watch;

use super::command::Command;
use core::fmt;
use valhalla_core::nearest::nearest;

/// Every command, in the order in which `help` lists them.
pub static TABLE: &[&Command] = &[
    &help::COMMAND,
    &about::COMMAND,
    &version::COMMAND,
    &uptime::COMMAND,
    &date::COMMAND,
    &ping::COMMAND,
    &clocks::COMMAND,
    &echo::COMMAND,
    &clear::COMMAND,
    &colors::COMMAND,
    &ascii::COMMAND,
    &cmdline::COMMAND,
    &grep::COMMAND,
    &head::COMMAND,
    &count::COMMAND,
    &more::COMMAND,
    &repeat::COMMAND,
    &time::COMMAND,
    &watch::COMMAND,
    &tour::COMMAND,
    &alias::ALIAS,
    &alias::UNALIAS,
    &lscpu::COMMAND,
    &cpuid::COMMAND,
    &dmesg::COMMAND,
    &mem::COMMAND,
    &memmap::COMMAND,
    &frames::COMMAND,
    &vm::COMMAND,
    &vm::TRANSLATE,
    &peek::PEEK,
    &peek::POKE,
    &heap::COMMAND,
    &heap_test::COMMAND,
    &acpi::COMMAND,
    &msr::COMMAND,
    &lspci::COMMAND,
    &keyboard::COMMAND,
    &keytest::COMMAND,
    &terminal::COMMAND,
    &port::COMMAND,
    &edu::COMMAND,
    &rocker::COMMAND,
    &serial::COMMAND,
    &irq::COMMAND,
    &ioapic::COMMAND,
    &lapic::COMMAND,
    &selftest::COMMAND,
    &bench::COMMAND,
    &testcard::COMMAND,
    &failnth::COMMAND,
    &fault::COMMAND,
    &power::REBOOT,
    &power::SHUTDOWN,
];

/// The command of this name or alias.
#[must_use]
pub fn find(name: &str) -> Option<&'static Command> {
    TABLE.iter().copied().find(|command| command.name == name || command.aliases.contains(&name))
}

/// What to say after a name that no command has.
pub(super) fn instead_of(name: &str) -> Instead {
    Instead(nearest(name, TABLE.iter().flat_map(|command| names(command))))
}

/// A command's name and aliases.
fn names(command: &'static Command) -> impl Iterator<Item = &'static str> {
    core::iter::once(command.name).chain(command.aliases.iter().copied())
}

/// Shows as `; did you mean mem?`, or says where to find the right one.
pub(super) struct Instead(Option<&'static str>);

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "; did you mean \x1b[96m{name}\x1b[0m?"),
            None => f.write_str(" (help lists them)"),
        }
    }
}

/// What `help` says about a command beyond its summary.
fn details(name: &str) -> Option<fn()> {
    (name == fault::COMMAND.name).then_some(fault::explain as fn())
}
