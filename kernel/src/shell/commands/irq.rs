//! `irq`: who is routed where, and how often; the way of one line; the mode.

use crate::acpi::sci;
use crate::interrupts::list::{self, Routed};
use crate::interrupts::mode::{self, Mode};
use crate::interrupts::routes::{self, Path};
use crate::interrupts::{self, Gsi, IsaIrq, Line, ioapic, isa, lapic, moves, wiring};
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use core::fmt;
use valhalla_core::apic::Mask;
use valhalla_core::interrupt::owners;
use valhalla_core::text::Text;
use valhalla_core::units::Many;

pub(super) static COMMAND: Command = Command {
    name: "irq",
    aliases: &["interrupts"],
    group: Group::Interrupts,
    usage: "[mode [pic|apic] | route LINE [...]]",
    summary: "who interrupts, by which way",
    example: "irq                     every source: way, vector, state, counts\n\
              irq mode                who brings the lines: 8259s (PIC) or I/O APICs\n\
              irq mode pic            change that, while everything runs\n\
              irq route 4             the way of IRQ 4, step by step; gsi16: of a pin\n\
              irq route 4 mask        block it (and: unmask)\n\
              irq route 4 vector 0x95 let it arrive on another vector (0x90 to 0xef)\n\
              watch irq               the counts as they grow",
    words: &["mode", "route"],
    reach: Reach::Bulk,
    run,
};

fn run(_: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => {
            summary();
            Ok(())
        }
        ["mode"] => {
            println!("  mode {}: {}", mode::current(), bringers());
            Ok(())
        }
        ["mode", "pic"] => change_mode(Mode::Pic),
        ["mode", "apic"] => change_mode(Mode::Apic),
        ["route", line, rest @ ..] => route(line, rest),
        _ => Err(CommandError::Usage),
    }
}

fn bringers() -> &'static str {
    match mode::current() {
        Mode::Pic => "the 8259s bring the lines, through LINT0",
        Mode::Apic => "the I/O APICs bring the lines",
    }
}

fn change_mode(wanted: Mode) -> Result<(), CommandError> {
    mode::set(wanted).map_err(CommandError::failed)?;
    println!("  mode {}: {}", mode::current(), bringers());
    Ok(())
}

fn summary() {
    let (switches, resent) = mode::statistics();
    let changed = Many(switches, "time");
    println!("  mode {}: {}; changed {changed}", mode::current(), bringers());
    rows(None);
    let [master, slave] = isa::spurious_counts();
    println!(
        "  spurious: master {master}, slave {slave}, local APIC {}; strays {}; edges sent again {resent}",
        lapic::spurious_count(),
        interrupts::strays().0
    );
    let unclaimed: u64 = IsaIrq::all().map(|irq| isa::counts(irq).unclaimed).sum();
    println!("  of nobody: {unclaimed}, each masked when it first came");
    if let Some(sci) = sci::counts() {
        println!(
            "  SCI, {}: power button {}, sleep button {}, general-purpose events {}",
            Many(sci.interrupts.into(), "interrupt"),
            sci.power,
            sci.sleep,
            sci.general
        );
    }
}

/// The rows of these names alone.
pub(super) fn list_of(names: &[&str]) {
    rows(Some(names));
}

/// Columns for whose a source is. What is shared by more than fit goes on below.
const NAME_COLUMNS: usize = 14;

#[inline(never)]
fn rows(names: Option<&[&str]>) {
    println!(
        "  \x1b[1m{:<7} {:<NAME_COLUMNS$} {:<9} {:<6} {:<10} {:<6} {:>9} {:>9}\x1b[0m",
        "source", "name", "by", "vector", "trigger", "state", "arrived", "ended"
    );
    for routed in list::list() {
        if names.is_none_or(|names| routed.names.iter().any(|name| names.contains(&name))) {
            println!("  {}", Row(&routed));
        }
    }
}

struct Row<'a>(&'a Routed);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routed = self.0;
        let source = Text::<16>::of(routed.path);
        let names = Text::<64>::of(routed.names);
        let mut names = owners::lines(names.as_str(), NAME_COLUMNS);
        let first = names.next().unwrap_or_default();
        write!(f, "{:<7} {:<NAME_COLUMNS$} ", source.as_str(), first)?;
        let (by, trigger) = match &routed.path {
            Path::Line(line) => (By::Line(line), Some(line)),
            Path::Message(_) => (By::Itself, None),
            Path::Internal => (By::Itself, None),
        };
        let by = Text::<16>::of(by);
        write!(f, "{:<9} {:#04x}   ", by.as_str(), routed.vector)?;
        match trigger {
            Some(line) => write!(f, "{:<5} {:<4} ", routes::trigger_of(line), line.polarity)?,
            None => write!(f, "{:<10} ", "edge")?,
        }
        let mask = match routed.mask {
            Mask::Masked => "\x1b[93mmasked\x1b[0m",
            Mask::Open => "open  ",
        };
        write!(f, "{mask} {:>9} {:>9}", routed.counts.arrived, routed.counts.acknowledged)?;
        names.try_for_each(|more| write!(f, "\n  {:<7} {more}", ""))
    }
}

/// The controller and its pin.
enum By<'a> {
    Line(&'a Line),
    Itself,
}

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, mode::current()) {
            (Self::Itself, _) => f.write_str("LAPIC"),
            (Self::Line(Line { isa: Some(irq), .. }), Mode::Pic) => match irq.number() {
                line @ 0..8 => write!(f, "master {line}"),
                line => write!(f, "slave {}", line - 8),
            },
            (Self::Line(Line { gsi: Some(gsi), .. }), _) => write!(f, "{gsi}"),
            (Self::Line(_), _) => f.write_str("nothing"),
        }
    }
}

/// A line by its name: `4` is an ISA line, `gsi16` a pin.
fn line_named(text: &str) -> Result<Line, CommandError> {
    if let Some(gsi) = text.strip_prefix("gsi") {
        let number = parse_number(gsi)?;
        let gsi = u32::try_from(number).map(Gsi).ok().filter(|gsi| ioapic::serves(*gsi));
        return gsi
            .map(wiring::line_at)
            .ok_or_else(|| CommandError::failed(format_args!("no I/O APIC serves GSI {number}")));
    }
    let number = parse_number(text.strip_prefix("irq").unwrap_or(text))?;
    let irq = u8::try_from(number).ok().and_then(IsaIrq::new);
    irq.map(isa::line).ok_or_else(|| {
        CommandError::failed(format_args!(
            "ISA has IRQ 0 to 15, not {number}; a pin is gsi{number}"
        ))
    })
}

fn route(name: &str, rest: &[&str]) -> Result<(), CommandError> {
    let line = routes::as_claimed(line_named(name)?);
    match rest {
        [] => {}
        ["mask"] => routes::set_line_mask(&line, Mask::Masked),
        ["unmask"] => routes::set_line_mask(&line, Mask::Open),
        ["vector", vector] => {
            let number = parse_number(vector)?;
            let vector = u8::try_from(number)
                .map_err(|_| CommandError::failed(format_args!("vectors end at 0xff")))?;
            moves::move_to(&line, vector).map_err(CommandError::failed)?;
        }
        _ => return Err(CommandError::Usage),
    }
    explain(&line);
    Ok(())
}

/// The way of a line, from the device to the handler.
fn explain(line: &Line) {
    let routed =
        list::list().find(|routed| matches!(&routed.path, Path::Line(other) if other == line));
    if let Some(irq) = line.isa {
        println!("  {irq}, a line of the ISA bus");
    }
    if let Some(gsi) = line.gsi {
        println!(
            "  -> {gsi}: {} {}{}",
            line.trigger,
            line.polarity,
            if line.isa.is_some_and(isa::is_overridden) {
                ", by an override of the MADT"
            } else {
                ""
            }
        );
    }
    match (mode::current(), line.isa) {
        (Mode::Pic, Some(irq)) => {
            let state = if isa::is_masked(irq) { Mask::Masked } else { Mask::Open };
            let by = By::Line(line);
            println!("  -> 8259 {by}, {}, {state}", routes::trigger_of(line));
            println!("  -> LINT0 of the local APIC: ExtINT");
        }
        (Mode::Pic, None) => println!("  -> nothing: the 8259s do not have it"),
        (Mode::Apic, _) => match line.gsi.and_then(|gsi| Some((gsi, ioapic::redirection(gsi)?))) {
            Some((gsi, entry)) => println!("  -> I/O APIC, {gsi}: {entry}"),
            None => println!("  -> nothing: it ends at no pin"),
        },
    }
    match routed {
        Some(routed) => println!(
            "  -> vector {:#04x}: {}; {} arrived, {} ended",
            routed.vector, routed.names, routed.counts.arrived, routed.counts.acknowledged
        ),
        None => println!("  -> nobody has claimed it"),
    }
}
