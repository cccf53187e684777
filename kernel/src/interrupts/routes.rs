//! Who is routed where: the list of claims, and the vectors they are on.

use super::controller::Line;
pub use super::controller::RouteError;
use super::isa;
use super::lapic;
use super::source::{ClaimError, Gsi, Source};
use super::vectors::{self, Counts, Entries, FIRST_POOL_VECTOR, Handler, LAST_POOL_VECTOR};
use super::wiring;
use super::{ioapic, mode};
use crate::cpu::idt::{self, Entry};
use crate::cpu::lock::SpinLock;
use core::fmt;
use valhalla_core::apic::Mask;
use valhalla_core::apic::message::Message;
use valhalla_core::order::sort_few_by_key;
use x86_64::instructions::interrupts;

/// Room for claims: a PC has a dozen devices that interrupt.
const ROOM: usize = 48;

/// How a source reaches the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Through the controller of lines.
    Line(Line),
    /// Straight to the local APIC.
    Message(Message),
    /// From within the local APIC.
    Internal,
}

/// A claim.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) path: Path,
    pub(super) name: &'static str,
    pub(super) vector: u8,
    pub(super) entries: &'static Entries,
    pub(super) handler: Handler,
    /// Whether the driver, or a storm, has masked it.
    pub(super) mask: Mask,
}

impl Route {
    fn is(&self, line: &Line) -> bool {
        matches!(&self.path, Path::Line(own) if is_same(own, line))
    }
}

static ROUTES: SpinLock<[Option<Route>; ROOM]> = SpinLock::new([None; ROOM]);

/// Entries for what has none of its own.
pub(super) static GENERAL: Entries = Entries {
    pic: Entry::new(vectors::entry::<super::pic::PicEnd>),
    xapic: Entry::new(vectors::entry::<lapic::XapicEnd>),
    x2apic: Entry::new(vectors::entry::<lapic::X2apicEnd>),
};

/// What a source is, before there is a vector for it.
enum Wanted {
    Line(Line, u8),
    PoolLine(Line),
    Message,
}

impl Wanted {
    fn of(source: Source) -> Self {
        match source {
            Source::Isa(irq) => Self::Line(wiring::line_of(irq), isa::vector(irq)),
            Source::Gsi(gsi) => match wiring::isa_on(gsi) {
                Some(irq) => Self::Line(wiring::line_of(irq), isa::vector(irq)),
                None => Self::PoolLine(wiring::pci_line(gsi)),
            },
            Source::Msi => Self::Message,
        }
    }
}

/// Claims `source`; see [`super::claim`]. Returns the claim's place in the list.
pub(super) fn claim(
    source: Source,
    name: &'static str,
    handler: Handler,
) -> Result<usize, ClaimError> {
    let entries = match Wanted::of(source) {
        Wanted::Line(line, _) => line.isa.map_or(&GENERAL, isa::entries),
        Wanted::PoolLine(_) | Wanted::Message => &GENERAL,
    };
    claim_with(source, name, handler, entries)
}

/// The same with entries of its own.
pub(super) fn claim_with(
    source: Source,
    name: &'static str,
    handler: Handler,
    entries: &'static Entries,
) -> Result<usize, ClaimError> {
    let mut routes = ROUTES.lock();
    let (path, vector) = match Wanted::of(source) {
        Wanted::Line(line, vector) => (Path::Line(line), vector),
        Wanted::PoolLine(line) => (Path::Line(line), free_vector(&*routes)?),
        Wanted::Message => {
            let entry = lapic::entry(entries).ok_or(ClaimError::NoLocalApic)?;
            let vector = free_vector(&*routes)?;
            let id = lapic::id();
            let message = Message::new(id, vector).ok_or(ClaimError::WideApicId(id))?;
            idt::set_entry(vector, entry);
            (Path::Message(message), vector)
        }
    };
    if let Path::Line(line) = path {
        let same =
            |route: &&Route| matches!(route.path, Path::Line(other) if is_same(&other, &line));
        if let Some(taken) = routes.iter().flatten().find(same) {
            return Err(ClaimError::Taken { by: taken.name });
        }
    }
    let id = routes.iter().position(Option::is_none).ok_or(ClaimError::TooMany)?;
    vectors::reset_counts(vector);
    vectors::set_handler(vector, handler);
    if let Path::Line(line) = path {
        let controller = mode::controller();
        controller.route(&line, vector).map_err(ClaimError::Unreachable)?;
        idt::set_entry(vector, controller.entry(entries));
        controller.unmask(&line);
    }
    routes[id] = Some(Route { path, name, vector, entries, handler, mask: Mask::Open });
    Ok(id)
}

fn is_same(one: &Line, other: &Line) -> bool {
    (one.isa.is_some() && one.isa == other.isa) || (one.gsi.is_some() && one.gsi == other.gsi)
}

/// A vector of the pool that nobody has.
fn free_vector(routes: &[Option<Route>]) -> Result<u8, ClaimError> {
    let is_free = |vector: &u8| !routes.iter().flatten().any(|route| route.vector == *vector);
    (FIRST_POOL_VECTOR..=LAST_POOL_VECTOR).find(is_free).ok_or(ClaimError::NoVector)
}

/// Ends a claim.
pub(super) fn release(id: usize) {
    let mut routes = ROUTES.lock();
    let Some(route) = routes.get_mut(id).and_then(Option::take) else { return };
    if let Path::Line(line) = route.path {
        mode::controller().mask(&line);
    }
    if route.vector >= FIRST_POOL_VECTOR {
        vectors::give_to_nobody(route.vector);
    } else {
        vectors::clear_handler(route.vector);
    }
}

fn change<T>(id: usize, change: impl FnOnce(&mut Route) -> T) -> Option<T> {
    ROUTES.lock().get_mut(id)?.as_mut().map(change)
}

/// The vector of a claim.
pub(super) fn vector_of(id: usize) -> u8 {
    change(id, |route| route.vector).unwrap_or(0)
}

/// The message of a claim, if it is one for messages.
pub(super) fn message_of(id: usize) -> Option<Message> {
    change(id, |route| match route.path {
        Path::Message(message) => Some(message),
        Path::Line(_) | Path::Internal => None,
    })?
}

/// Blocks a claim's source.
pub(super) fn mask(id: usize) {
    change(id, |route| set_mask(route, Mask::Masked));
}

/// Lets a claim's source through.
pub(super) fn unmask(id: usize) {
    change(id, |route| set_mask(route, Mask::Open));
}

fn set_mask(route: &mut Route, mask: Mask) {
    route.mask = mask;
    if let Path::Line(line) = &route.path {
        match mask {
            Mask::Masked => mode::controller().mask(line),
            Mask::Open => mode::controller().unmask(line),
        }
    }
}

/// Masks or opens `line`, whether somebody has claimed it or not.
pub fn set_line_mask(line: &Line, mask: Mask) {
    let mut routes = ROUTES.lock();
    match routes.iter_mut().flatten().find(|route| route.is(line)) {
        Some(route) => set_mask(route, mask),
        None => match mask {
            Mask::Masked => mode::controller().mask(line),
            Mask::Open => mode::controller().unmask(line),
        },
    }
}

/// Why a line cannot be moved to another vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveError {
    /// Nobody has claimed it.
    NotClaimed,
    /// The 8259s take each line on a vector of its own.
    FixedByPic,
    /// Its entry was made for its vector when the kernel was compiled.
    FixedByEntry,
    /// It is not one of those that are handed out.
    NotInPool,
    /// Something else arrives there.
    Taken(&'static str),
}

impl fmt::Display for MoveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotClaimed => f.write_str("nobody has claimed it"),
            Self::FixedByPic => f.write_str("the 8259s take each line on a vector of its own"),
            Self::FixedByEntry => {
                f.write_str("its entry was made for its vector when the kernel was compiled")
            }
            Self::NotInPool => write!(
                f,
                "vectors {FIRST_POOL_VECTOR:#04x} to {LAST_POOL_VECTOR:#04x} are handed out"
            ),
            Self::Taken(name) => write!(f, "{name} has that vector"),
        }
    }
}

/// Lets `line` arrive on `vector` from now on. What is on its way to the old one
/// is handled before that is free.
///
/// # Errors
///
/// [`MoveError`]; nothing has changed then.
pub fn move_to(line: &Line, vector: u8) -> Result<(), MoveError> {
    if !(FIRST_POOL_VECTOR..=LAST_POOL_VECTOR).contains(&vector) {
        return Err(MoveError::NotInPool);
    }
    interrupts::without_interrupts(|| {
        let old = {
            let routes = ROUTES.lock();
            if let Some(other) = routes.iter().flatten().find(|route| route.vector == vector) {
                let is_it = other.is(line);
                return if is_it { Ok(()) } else { Err(MoveError::Taken(other.name)) };
            }
            let route = routes.iter().flatten().find(|route| route.is(line));
            let route = route.ok_or(MoveError::NotClaimed)?;
            if mode::current() == mode::Mode::Pic {
                return Err(MoveError::FixedByPic);
            }
            if core::ptr::fn_addr_eq(route.entries.xapic.handler(), GENERAL.xapic.handler()) {
                vectors::set_handler(vector, route.handler);
            } else {
                return Err(MoveError::FixedByEntry);
            }
            idt::set_entry(vector, mode::controller().entry(route.entries));
            route.vector
        };
        vectors::reset_counts(vector);
        ioapic::change_vector(line, vector);
        mode::drain_vector(old);
        if let Some(route) = ROUTES.lock().iter_mut().flatten().find(|route| route.is(line)) {
            carry(route, vector);
            if route.mask == Mask::Open {
                mode::controller().unmask(line);
            }
        }
        isa::install_entries();
        Ok(())
    })
}

/// The line at the pin `gsi`: an ISA line's, or as PCI uses it.
#[must_use]
pub fn line_at(gsi: Gsi) -> Line {
    wiring::isa_on(gsi).map_or_else(|| wiring::pci_line(gsi), wiring::line_of)
}

/// Blocks whatever comes on `vector`. For handlers: a message cannot be
/// blocked here, so its handler is left in place.
pub(super) fn mask_vector(vector: u8) {
    let mut routes = ROUTES.lock();
    match routes.iter_mut().flatten().find(|route| route.vector == vector) {
        Some(route) => set_mask(route, Mask::Masked),
        None => {
            if let Some(irq) = isa::of_vector(vector) {
                mode::controller().mask(&wiring::line_of(irq));
            }
        }
    }
}

/// Moves a route to `vector`, with its handler and its counts. Only the list is
/// changed: the caller routes the line anew.
pub(super) fn carry(route: &mut Route, vector: u8) {
    let old = core::mem::replace(&mut route.vector, vector);
    vectors::set_counts(vector, vectors::counts(old) + vectors::counts(vector));
    vectors::reset_counts(old);
    vectors::set_handler(vector, route.handler);
    if let Path::Line(Line { isa: Some(irq), .. }) = route.path {
        isa::set_vector(irq, vector);
    }
    if old >= FIRST_POOL_VECTOR {
        vectors::give_to_nobody(old);
    } else {
        vectors::clear_handler(old);
    }
}

/// Whether what comes on `vector` comes by a line.
pub(super) fn is_line(vector: u8) -> bool {
    let is_it = |route: &Route| route.vector == vector && matches!(route.path, Path::Line(_));
    ROUTES.lock().iter().flatten().any(is_it)
}

/// Does `each` for every claim, with interrupts off.
pub(super) fn for_each(mut each: impl FnMut(&mut Route)) {
    ROUTES.lock().iter_mut().flatten().for_each(&mut each);
}

/// What a vector brings: `IRQ 4 (COM1)`.
pub(super) fn name_of(vector: u8) -> impl fmt::Display {
    let route = ROUTES.lock().iter().flatten().find(|route| route.vector == vector).copied();
    fmt::from_fn(move |f| match (&route, isa::of_vector(vector)) {
        (Some(route), _) => write!(f, "{} ({})", route.path, route.name),
        (None, Some(irq)) => write!(f, "{irq}"),
        (None, None) => write!(f, "vector {vector:#04x}"),
    })
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(Line { isa: Some(irq), .. }) => write!(f, "{irq}"),
            Self::Line(Line { gsi: Some(gsi), .. }) => write!(f, "{gsi}"),
            Self::Line(_) => f.write_str("a line"),
            Self::Message(_) => f.write_str("MSI"),
            Self::Internal => f.write_str("local"),
        }
    }
}

/// A claim, for people.
#[derive(Clone, Copy, Debug)]
pub struct Routed {
    /// How it reaches the processor.
    pub path: Path,
    /// Whose it is.
    pub name: &'static str,
    /// The vector that it arrives on.
    pub vector: u8,
    /// Whether it is let through, by the controller's own word.
    pub mask: Mask,
    /// What has come.
    pub counts: Counts,
}

/// The claims and the local APIC's own sources that are in use, in the order of
/// their vectors; `None`s are behind them.
#[must_use]
pub fn list() -> [Option<Routed>; ROOM] {
    let mut list = ROUTES.lock().map(|route| {
        route.map(|route| Routed {
            path: route.path,
            name: route.name,
            vector: route.vector,
            mask: match &route.path {
                Path::Line(line) if mode::controller().is_masked(line) => Mask::Masked,
                _ => Mask::Open,
            },
            counts: vectors::counts(route.vector),
        })
    });
    let internal = [
        (vectors::TIMER_VECTOR, "APIC timer", lapic::timer::entry().mask()),
        (vectors::ERROR_VECTOR, "APIC errors", Mask::Open),
        (vectors::SELF_VECTOR, "start-up test", Mask::Open),
    ];
    for (vector, name, mask) in internal {
        let counts = vectors::counts(vector);
        let free = list.iter_mut().find(|slot| slot.is_none());
        if let (Some(slot), true) = (free, counts.arrived > 0) {
            *slot = Some(Routed { path: Path::Internal, name, vector, mask, counts });
        }
    }
    sort_few_by_key(&mut list, |routed| routed.map_or(u8::MAX, |routed| routed.vector));
    list
}

/// Whose a line is: the claim's name.
#[must_use]
pub fn owner_of(gsi: Gsi) -> Option<&'static str> {
    let routes = ROUTES.lock();
    let is_it = |route: &&Route| matches!(route.path, Path::Line(line) if line.gsi == Some(gsi));
    routes.iter().flatten().find(is_it).map(|route| route.name)
}
