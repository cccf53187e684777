//! `lspci`: the PCI functions of this machine, as Linux's command shows them.

use crate::acpi::aml;
use crate::acpi::pci::{self as config, Config};
use crate::drivers::pci;
use crate::interrupts::mode::{self, Mode};
use crate::shell::Printable;
use crate::shell::command::{Command, CommandError, Group, Reach, Session};
use crate::{print, println};
use alloc::vec::Vec;
use valhalla_core::pci::capability::{self, Details};
use valhalla_core::pci::config::{EXTENDED_BYTES, PLAIN_BYTES};
use valhalla_core::pci::header::{Control, Status, register};
use valhalla_core::pci::scan::bridged;
use valhalla_core::pci::{Address, ConfigSpace, Function, Ids, Place, Roots, bar, names, window};

pub(super) static COMMAND: Command = Command {
    name: "lspci",
    aliases: &[],
    group: Group::Devices,
    usage: "[-a] [-v] [-x|-xxx|-xxxx] [-t] [BUS:DEV[.FN]]",
    summary: "PCI devices",
    example: "lspci                every function: place, class, maker, device, numbers\n\
              lspci -v 00:02.0     its registers in words: bits, memory and its size,\n\
              \x20                    interrupt, capabilities; bridges: what they let through\n\
              lspci -x 00:02.0     its first 64 bytes (-xxx: 256, -xxxx: 4096)\n\
              lspci -t             which bridge leads where\n\
              lspci -a             ask all 256 buses: without it those that a bridge\n\
              \x20                    leads to, and the roots of MCFG and _BBN\n\
              lspci | grep VGA     only some of them",
    words: &["-a", "-v", "-x", "-xxx", "-xxxx", "-t"],
    reach: Reach::Bulk,
    run,
};

/// What to show, of which functions.
#[derive(Default)]
struct Request {
    verbose: bool,
    tree: bool,
    /// Ask every bus.
    all: bool,
    /// Bytes to dump.
    dump: u16,
    place: Option<Place>,
}

impl Request {
    fn parse(arguments: &[&str]) -> Result<Self, CommandError> {
        let mut request = Self::default();
        for &argument in arguments {
            match argument {
                "-v" | "-vv" => request.verbose = true,
                "-t" => request.tree = true,
                "-a" => request.all = true,
                "-x" => request.dump = 64,
                "-xxx" => request.dump = PLAIN_BYTES,
                "-xxxx" => request.dump = EXTENDED_BYTES,
                option if option.starts_with('-') => return Err(CommandError::Usage),
                place if request.place.is_none() => {
                    let place = place.parse().map_err(|error| {
                        CommandError::failed(format_args!("{}: {error}", Printable(place)))
                    })?;
                    request.place = Some(place);
                }
                _ => return Err(CommandError::Usage),
            }
        }
        Ok(request)
    }

    /// Returns the functions of the buses that are asked: one that is named is, too,
    /// whoever leads there.
    fn functions(&self) -> impl Iterator<Item = Function> + use<> {
        let mut roots = if self.all { Roots::Unknown } else { config::roots() };
        if let (Roots::These(buses), Some(place)) = (&mut roots, self.place) {
            buses.insert(place.bus());
        }
        pci::functions_from(roots)
    }

    fn wants(&self, function: &Function) -> bool {
        self.place.is_none_or(|place| place.contains(function.address))
    }
}

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let request = Request::parse(arguments)?;
    let mechanism = config::mechanism();
    if !mechanism.exists() {
        return Err(CommandError::failed(mechanism));
    }
    if request.verbose && request.place.is_none() {
        println!("Configuration {mechanism}");
    }
    if request.tree {
        return Tree::grow(session, request.functions())?.show(session);
    }
    let mut shown = 0_u32;
    for function in request.functions().filter(|function| request.wants(function)) {
        session.check()?;
        line(&function);
        if request.verbose {
            details(&function);
        }
        dump(session, function.address, request.dump)?;
        if request.verbose || request.dump > 0 {
            println!();
        }
        shown += 1;
    }
    match (shown, request.place) {
        (0, Some(place)) => Err(CommandError::failed(format_args!("there is nothing at {place}"))),
        (0, None) => Err(CommandError::failed("there is PCI here, but no function answers")),
        _ => Ok(()),
    }
}

/// `00:02.0 VGA compatible controller: QEMU/Bochs Standard VGA [1234:1111] (rev 02)`
fn line(function: &Function) {
    print!("{} ", function.address);
    match names::class(function.class) {
        Some(name) => print!("{name}: "),
        None => print!("Class {:02x}{:02x}: ", function.class.base, function.class.sub),
    }
    name(function.ids);
    if function.revision != 0 {
        print!(" (rev {:02x})", function.revision);
    }
    println!();
}

fn name(ids: Ids) {
    match (names::vendor(ids), names::device(ids)) {
        (Some(vendor), Some(device)) => print!("{vendor} {device} [{ids}]"),
        (Some(vendor), None) => print!("{vendor} device [{ids}]"),
        (None, _) => print!("Device [{ids}]"),
    }
}

/// Segment and bus.
type Bus = (u16, u8);

fn bus_of(function: &Function) -> Bus {
    (function.address.segment(), function.address.bus())
}

/// The bus directly behind a bridge.
fn behind(function: &Function) -> Option<Bus> {
    Some((function.address.segment(), bridged(&Config, function)?.secondary))
}

/// The functions of root buses, and below each bridge what is behind it.
struct Tree {
    functions: Vec<Function>,
    /// Buses that were shown: each once, whatever bridges claim.
    shown: Vec<Bus>,
    /// The way down to where it is now: buses, and the next function to look at.
    open: Vec<(Bus, usize)>,
}

impl Tree {
    fn grow(
        session: &mut Session<'_>,
        functions: impl Iterator<Item = Function>,
    ) -> Result<Self, CommandError> {
        let no_memory = |_| CommandError::failed("no memory for the tree");
        let mut tree = Self { functions: Vec::new(), shown: Vec::new(), open: Vec::new() };
        for function in functions {
            session.check()?;
            tree.functions.try_reserve(1).map_err(no_memory)?;
            tree.functions.push(function);
        }
        // A bus is that of a function, or behind it.
        let most = 2 * tree.functions.len();
        tree.shown.try_reserve(most).map_err(no_memory)?;
        tree.open.try_reserve(most).map_err(no_memory)?;
        Ok(tree)
    }

    /// Shows every bus that no bridge on another one leads to, and then what is left:
    /// bridges that lead to each other in a circle.
    fn show(&mut self, session: &mut Session<'_>) -> Result<(), CommandError> {
        for number in 0..self.functions.len() {
            let Some(bus) = self.functions.get(number).map(bus_of) else { break };
            let mut others = self.functions.iter().filter(|function| bus_of(function) != bus);
            if number == 0 || !others.any(|function| behind(function) == Some(bus)) {
                self.show_bus(session, bus)?;
            }
        }
        for number in 0..self.functions.len() {
            let Some(bus) = self.functions.get(number).map(bus_of) else { break };
            self.show_bus(session, bus)?;
        }
        Ok(())
    }

    /// Shows a bus and what is behind its bridges, unless it was shown.
    fn show_bus(&mut self, session: &mut Session<'_>, root: Bus) -> Result<(), CommandError> {
        self.enter(root);
        while let Some(&(bus, next)) = self.open.last() {
            session.check()?;
            let mut rest = self.functions.iter().enumerate().skip(next);
            let found = rest.find(|(_, other)| bus_of(other) == bus);
            let Some((number, function)) = found.map(|(number, function)| (number, *function))
            else {
                self.open.pop();
                continue;
            };
            let indent = 2 * (self.open.len() - 1);
            if let Some((_, next)) = self.open.last_mut() {
                *next = number + 1;
            }
            print!("{:indent$}{} ", "", function.address);
            name(function.ids);
            match behind(&function) {
                Some(below) => {
                    println!(" -> bus {:02x}", below.1);
                    self.enter(below);
                }
                None => println!(),
            }
        }
        Ok(())
    }

    fn enter(&mut self, bus: Bus) {
        if !self.shown.contains(&bus) {
            self.shown.push(bus);
            self.open.push((bus, 0));
        }
    }
}

fn details(function: &Function) {
    let at = function.address;
    let class = function.class;
    print!("    Class: {:02x}{:02x}, interface {:02x}", class.base, class.sub, class.interface);
    match names::interface(class) {
        Some(name) => println!(" ({name})"),
        None => println!(),
    }
    if let Some(ids) = function.subsystem(&Config) {
        print!("    Subsystem: ");
        name(ids);
        println!();
    }
    let control = Control(Config.read_u16(at, register::COMMAND));
    println!("    Control: {control}");
    println!("    Status: {}", Status(Config.read_u16(at, register::STATUS)));
    if let Some(pin) = function.pin(&Config) {
        print!("    Interrupt: pin {pin}");
        match function.line(&Config) {
            Some(line) => print!(", routed to IRQ {line} (8259)"),
            None => print!(", not routed to an ISA line"),
        }
        wire(function);
    }
    for range in pci::ranges(function).iter().flatten() {
        let note = if range.answers(control) { "" } else { " [disabled]" };
        match range.number {
            rom if usize::from(rom) == bar::MAX_BARS => println!("    {range}{note}"),
            number => println!("    Region {number}: {range}{note}"),
        }
    }
    if let Some(buses) = bridged(&Config, function) {
        println!(
            "    Bus: primary={:02x}, secondary={:02x}, subordinate={:02x}",
            buses.primary, buses.secondary, buses.subordinate
        );
    }
    for window in window::windows(&Config, function).iter().flatten() {
        println!("    {window}");
    }
    let all = capability::plain(&Config, *function).chain(capability::extended(&Config, *function));
    for found in all {
        println!("    Capability {found}{}", Details::read(&Config, function, found));
    }
}

/// Where the pin arrives when the I/O APICs bring the lines: only `_PRT` knows, and
/// AML is not loaded for a look.
fn wire(function: &Function) {
    if mode::current() == Mode::Pic {
        println!();
    } else if !aml::is_loaded() {
        println!("; GSI unknown (AML not loaded)");
    } else {
        match pci::gsi(function) {
            Some(gsi) => println!("; {gsi} by _PRT"),
            None => println!("; no GSI by _PRT"),
        }
    }
}

/// The first `count` bytes that can be reached, 16 a row.
fn dump(session: &mut Session<'_>, at: Address, count: u16) -> Result<(), CommandError> {
    const ROW: usize = 16;
    for row in (0..count.min(Config.reach(at))).step_by(ROW) {
        session.check()?;
        print!("{row:02x}:");
        for offset in (row..).step_by(4).take(ROW / 4) {
            for byte in Config.read_u32(at, offset).to_le_bytes() {
                print!(" {byte:02x}");
            }
        }
        println!();
    }
    Ok(())
}
