//! Who is routed where: the list of claims, and the vectors they are on.
//!
//! A level-triggered line may have several owners: one vector, whose handler calls
//! that of each, and one end of interrupt after the last.

use super::controller::Line;
pub use super::controller::RouteError;
use super::isa;
use super::lapic::{self, Access};
use super::source::{ClaimError, Gsi, Source};
use super::vectors::{self, Counts, FIRST_ISA_VECTOR, FIRST_POOL_VECTOR, LAST_POOL_VECTOR};
use super::wiring;
use super::{ioapic, mode};
use crate::cpu::TrapFrame;
use crate::cpu::lock::SpinLock;
use core::fmt;
use valhalla_core::apic::message::Message;
use valhalla_core::apic::{Mask, Trigger};
use valhalla_core::interrupt::backoff::{Backoff, Step};
use valhalla_core::interrupt::owners::{MAX_OWNERS, Names, Owner, Owners};
use x86_64::instructions::interrupts;

/// Room for claims: a PC has a dozen devices that interrupt, each with a few messages.
const ROOM: usize = 64;

/// A driver's handler. It runs with interrupts off, moves a byte and leaves; the
/// interrupt is ended after it.
pub type Handler = fn(&mut TrapFrame);

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

/// A source that is claimed, by one driver or, if it is a level, by several.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) path: Path,
    pub(super) owners: Owners<Handler>,
    pub(super) vector: u8,
    /// While it is moved it may come on both.
    next_vector: Option<u8>,
    backoff: Backoff,
}

impl Route {
    fn is(&self, line: &Line) -> bool {
        matches!(&self.path, Path::Line(own) if is_same(own, line))
    }

    /// Returns the state that it has to be in: an owner, or a storm, may block it.
    pub(super) fn mask(&self) -> Mask {
        if self.backoff.is_masked() { Mask::Masked } else { self.owners.mask() }
    }

    /// Returns what of it interrupts, as the controller was told when it was first claimed:
    /// who claims it next may have another idea of the line.
    fn trigger(&self) -> Trigger {
        match &self.path {
            Path::Line(line) => mode::controller().trigger(line),
            Path::Message(_) | Path::Internal => Trigger::Edge,
        }
    }

    /// Has the controller do as [`mask`](Self::mask) says.
    fn apply_mask(&self) {
        if let Path::Line(line) = &self.path {
            match self.mask() {
                Mask::Masked => mode::controller().mask(line),
                Mask::Open => mode::controller().unmask(line),
            }
        }
    }
}

static ROUTES: SpinLock<[Option<Route>; ROOM]> = SpinLock::new([None; ROOM]);

/// What a source is, before there is a vector for it.
enum Wanted {
    Line(Line),
    Message,
}

impl Wanted {
    fn of(source: Source) -> Self {
        match source {
            Source::Isa(irq) => Self::Line(wiring::line_of(irq)),
            Source::Gsi(gsi) => Self::Line(wiring::pci_line(gsi)),
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
    let owner = Owner { name, handler, mask: Mask::Open };
    let mut routes = ROUTES.lock();
    let (path, vector) = match Wanted::of(source) {
        Wanted::Line(line) => {
            let is_it = |slot: &Option<Route>| slot.is_some_and(|route| route.is(&line));
            if let Some(number) = routes.iter().position(is_it)
                && let Some(route) = &mut routes[number]
            {
                return Ok(number * MAX_OWNERS + route.owners.join(owner, route.trigger())?);
            }
            let vector = line.isa.map_or_else(|| free_vector(&*routes), |irq| Ok(isa::vector(irq)));
            (Path::Line(line), vector?)
        }
        Wanted::Message => {
            if lapic::access() == Access::None {
                return Err(ClaimError::NoLocalApic);
            }
            let vector = free_vector(&*routes)?;
            let id = lapic::id();
            let message = Message::new(id, vector).ok_or(ClaimError::WideApicId(id))?;
            (Path::Message(message), vector)
        }
    };
    let number = routes.iter().position(Option::is_none).ok_or(ClaimError::TooMany)?;
    if let Path::Line(line) = &path {
        mode::controller().route(line, vector).map_err(ClaimError::Unreachable)?;
    }
    vectors::reset_counts(vector);
    let (owners, backoff) = (Owners::new(owner), Backoff::Quiet);
    let route = Route { path, owners, vector, next_vector: None, backoff };
    route.apply_mask();
    routes[number] = Some(route);
    Ok(number * MAX_OWNERS)
}

fn is_same(one: &Line, other: &Line) -> bool {
    (one.isa.is_some() && one.isa == other.isa) || (one.gsi.is_some() && one.gsi == other.gsi)
}

/// A vector of the pool that nobody has.
fn free_vector(routes: &[Option<Route>]) -> Result<u8, ClaimError> {
    let is_free = |vector: &u8| !routes.iter().flatten().any(|route| route.vector == *vector);
    (FIRST_POOL_VECTOR..=LAST_POOL_VECTOR).find(is_free).ok_or(ClaimError::NoVector)
}

/// Ends a claim: of several owners, only this one leaves.
pub(super) fn release(id: usize) {
    let mut routes = ROUTES.lock();
    let Some(slot) = routes.get_mut(id / MAX_OWNERS) else { return };
    let Some(route) = slot else { return };
    route.owners.leave(id % MAX_OWNERS);
    if !route.owners.is_empty() {
        return route.apply_mask();
    }
    if let Path::Line(line) = route.path {
        mode::controller().mask(&line);
    }
    *slot = None;
}

/// Makes `handler` the one of `vector`, whoever had it: for the local APIC's own
/// vectors, and for the fault lab.
pub fn set_handler(vector: u8, name: &'static str, handler: Handler) {
    let owners = Owners::new(Owner { name, handler, mask: Mask::Open });
    let mut routes = ROUTES.lock();
    let is_it = |slot: &&mut Option<Route>| slot.is_some_and(|route| route.vector == vector);
    if let Some(Some(route)) = routes.iter_mut().find(is_it) {
        route.owners = owners;
    } else if let Some(slot) = routes.iter_mut().find(|slot| slot.is_none()) {
        let (path, backoff) = (Path::Internal, Backoff::Quiet);
        *slot = Some(Route { path, owners, vector, next_vector: None, backoff });
    }
}

/// Returns who is to be called for an interrupt on `vector`. The list is not held
/// meanwhile: a handler may mask its source.
pub(super) fn owners_on(vector: u8) -> Option<Owners<Handler>> {
    let routes = ROUTES.lock();
    let is_on = |route: &&Route| route.vector == vector || route.next_vector == Some(vector);
    routes.iter().flatten().find(is_on).map(|route| route.owners)
}

fn change<T>(id: usize, change: impl FnOnce(&mut Route) -> T) -> Option<T> {
    ROUTES.lock().get_mut(id / MAX_OWNERS)?.as_mut().map(change)
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

/// Blocks a claim's source, or lets it through again as far as this owner goes.
pub(super) fn set_mask(id: usize, mask: Mask) {
    change(id, |route| {
        route.owners.set_mask(id % MAX_OWNERS, mask);
        route.apply_mask();
    });
}

/// Masks or opens `line`, claimed or not, for all its owners. A line that was
/// stuck counts as well again when it is opened.
pub fn set_line_mask(line: &Line, mask: Mask) {
    let mut routes = ROUTES.lock();
    match routes.iter_mut().flatten().find(|route| route.is(line)) {
        Some(route) => {
            route.owners.set_all_masks(mask);
            route.backoff = Backoff::Quiet;
            route.apply_mask();
        }
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
    /// It is not one of those that are handed out.
    NotInPool,
    /// Something else arrives there.
    Taken(Names),
}

impl fmt::Display for MoveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotClaimed => f.write_str("nobody has claimed it"),
            Self::FixedByPic => f.write_str("the 8259s take each line on a vector of its own"),
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
            let mut routes = ROUTES.lock();
            if let Some(other) = routes.iter().flatten().find(|route| route.vector == vector) {
                let is_it = other.is(line);
                return if is_it { Ok(()) } else { Err(MoveError::Taken(other.owners.names())) };
            }
            let route = routes.iter_mut().flatten().find(|route| route.is(line));
            let route = route.ok_or(MoveError::NotClaimed)?;
            if mode::current() == mode::Mode::Pic {
                return Err(MoveError::FixedByPic);
            }
            route.next_vector = Some(vector);
            route.vector
        };
        vectors::reset_counts(vector);
        ioapic::change_vector(line, vector);
        mode::drain_vector(old);
        if let Some(route) = ROUTES.lock().iter_mut().flatten().find(|route| route.is(line)) {
            carry(route, vector);
            route.apply_mask();
        }
        Ok(())
    })
}

/// The line at the pin `gsi`: an ISA line's, or as PCI uses it.
#[must_use]
pub fn line_at(gsi: Gsi) -> Line {
    wiring::isa_on(gsi).map_or_else(|| wiring::pci_line(gsi), wiring::line_of)
}

/// Returns `line` as its claim has it, if there is one: a driver for PCI takes the pin
/// of an ISA line as low and level.
#[must_use]
pub fn as_claimed(line: Line) -> Line {
    let routes = ROUTES.lock();
    match routes.iter().flatten().find(|route| route.is(&line)).map(|route| route.path) {
        Some(Path::Line(claimed)) => claimed,
        _ => line,
    }
}

/// Returns what of `line` interrupts, as the present controller takes it.
#[must_use]
pub fn trigger_of(line: &Line) -> Trigger {
    mode::controller().trigger(line)
}

/// Blocks the ISA line of `vector`, which nobody handles. For handlers.
pub(super) fn mask_unclaimed(vector: u8) {
    if let Some(irq) = isa::of_vector(vector) {
        mode::controller().mask(&wiring::line_of(irq));
    }
}

/// Blocks the line of `vector`, which is stuck. For handlers. Returns true when that
/// is news.
pub(super) fn strike(vector: u8, now_ns: u64) -> bool {
    let mut routes = ROUTES.lock();
    let Some(route) = routes.iter_mut().flatten().find(|route| route.vector == vector) else {
        return false;
    };
    let is_news = route.backoff.strike(now_ns);
    route.apply_mask();
    is_news
}

/// Opens the lines whose time it is, and hands out the vectors of those that have
/// stayed well.
pub(super) fn retry(now_ns: u64, mut is_well: impl FnMut(u8)) {
    for route in ROUTES.lock().iter_mut().flatten() {
        match route.backoff.step(now_ns) {
            Some(Step::Open) => route.apply_mask(),
            Some(Step::Settled) => is_well(route.vector),
            None => {}
        }
    }
}

/// Returns the time at which [`retry`] has something to do next.
pub(super) fn next_retry_ns() -> Option<u64> {
    ROUTES.lock().iter().flatten().filter_map(|route| route.backoff.due_ns()).min()
}

/// Moves a route to `vector`, with its handler and its counts. Only the list is
/// changed: the caller routes the line anew.
pub(super) fn carry(route: &mut Route, vector: u8) {
    let old = core::mem::replace(&mut route.vector, vector);
    route.next_vector = None;
    vectors::set_counts(vector, vectors::counts(old) + vectors::counts(vector));
    vectors::reset_counts(old);
    if let Path::Line(Line { isa: Some(irq), .. }) = route.path {
        isa::set_vector(irq, vector);
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
        (Some(route), _) => write!(f, "{} ({})", route.path, route.owners.names()),
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
    /// Names of its owners.
    pub names: Names,
    /// The vector that it arrives on.
    pub vector: u8,
    /// Whether it is let through, by the controller's own word.
    pub mask: Mask,
    /// What has come.
    pub counts: Counts,
}

/// Returns the claims and the local APIC's own sources that are in use, in the order
/// of their vectors. Each is looked up as it is asked for: the whole is too large for
/// a stack.
pub fn list() -> impl Iterator<Item = Routed> {
    (FIRST_ISA_VECTOR..=u8::MAX).filter_map(routed)
}

/// Returns the claim that arrives on `vector`.
fn routed(vector: u8) -> Option<Routed> {
    let counts = vectors::counts(vector);
    let routes = ROUTES.lock();
    let route = routes.iter().flatten().find(|route| route.vector == vector)?;
    let is_masked = match &route.path {
        Path::Line(line) => mode::controller().is_masked(line),
        Path::Internal if counts.arrived == 0 => return None,
        Path::Internal if vector == vectors::TIMER_VECTOR => {
            lapic::timer::entry().mask() == Mask::Masked
        }
        Path::Internal | Path::Message(_) => false,
    };
    let mask = if is_masked { Mask::Masked } else { Mask::Open };
    Some(Routed { path: route.path, names: route.owners.names(), vector, mask, counts })
}

/// Returns the names of a line's owners.
#[must_use]
pub fn owners_of(gsi: Gsi) -> Option<Names> {
    let routes = ROUTES.lock();
    let is_it = |route: &&Route| matches!(route.path, Path::Line(line) if line.gsi == Some(gsi));
    routes.iter().flatten().find(is_it).map(|route| route.owners.names())
}
