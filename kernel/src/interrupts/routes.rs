//! Who is routed where: the list of claims, and the vectors they are on.
//!
//! A level-triggered line may have several owners: one vector, the handlers of all, and
//! one end of interrupt after the last.

use super::current::controller;
use super::lapic::timer::NoTimer;
use super::lapic::{self, Access};
use super::line::Line;
use super::source::{ClaimError, Source};
use super::{vectors, wiring};
use crate::cpu::TrapFrame;
use crate::cpu::lock::SpinLock;
use core::fmt;
use valhalla_core::apic::message::Message;
use valhalla_core::apic::{Mask, Trigger};
use valhalla_core::interrupt::backoff::{Backoff, Step};
use valhalla_core::interrupt::owners::{MAX_OWNERS, Owner, Owners};

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

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => line.fmt(f),
            Self::Message(_) => f.write_str("MSI"),
            Self::Internal => f.write_str("local"),
        }
    }
}

/// A source that is claimed, by one driver or, if it is a level, by several.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) path: Path,
    pub(super) owners: Owners<Handler>,
    pub(super) vector: u8,
    /// While it is moved it may come on both.
    pub(super) next_vector: Option<u8>,
    /// What the person at the prompt wants.
    mask: Mask,
    backoff: Backoff,
}

impl Route {
    const fn new(path: Path, vector: u8, owner: Owner<Handler>) -> Self {
        let (owners, mask, backoff) = (Owners::new(owner), Mask::Open, Backoff::Quiet);
        Self { path, owners, vector, next_vector: None, mask, backoff }
    }

    /// Its line, if it comes by one.
    pub(super) const fn line(&self) -> Option<&Line> {
        match &self.path {
            Path::Line(line) => Some(line),
            Path::Message(_) | Path::Internal => None,
        }
    }

    pub(super) fn is_of(&self, line: &Line) -> bool {
        self.line().is_some_and(|own| own.is(line))
    }

    pub(super) fn is_on(&self, vector: u8) -> bool {
        self.vector == vector || self.next_vector == Some(vector)
    }

    /// Returns the state that it has to be in: a person, or a storm, may block it.
    pub(super) fn mask(&self) -> Mask {
        if self.backoff.is_masked() { Mask::Masked } else { self.mask }
    }

    /// Has the controller do as [`mask`](Self::mask) says.
    pub(super) fn apply_mask(&self) {
        if let Some(line) = self.line() {
            controller().set_mask(line, self.mask());
        }
    }

    /// Notes that it comes on `vector`, with its counts. The caller routes it anew.
    pub(super) fn carry_to(&mut self, vector: u8) {
        self.next_vector = None;
        if vector != self.vector {
            vectors::slot(vector).take_from(vectors::slot(self.vector));
            self.vector = vector;
        }
        if let Some(irq) = self.line().and_then(|line| line.isa) {
            vectors::move_isa(irq, vector);
        }
    }
}

static ROUTES: SpinLock<[Option<Route>; ROOM]> = SpinLock::new([None; ROOM]);

/// Does `each` for every claim, with interrupts off.
pub(super) fn for_each(each: impl FnMut(&mut Route)) {
    ROUTES.lock().iter_mut().flatten().for_each(each);
}

/// Does `change` with the first claim that `is_it`, with interrupts off.
pub(super) fn with<T>(
    is_it: impl Fn(&Route) -> bool,
    change: impl FnOnce(&mut Route) -> T,
) -> Option<T> {
    ROUTES.lock().iter_mut().flatten().find(|route| is_it(route)).map(change)
}

/// A copy of the claim that arrives on `vector`. The list is not held meanwhile: a
/// handler may mask its source.
pub(super) fn on(vector: u8) -> Option<Route> {
    with(|route| route.is_on(vector), |route| *route)
}

/// A copy of the claim of `line`.
pub(super) fn of(line: &Line) -> Option<Route> {
    with(|route| route.is_of(line), |route| *route)
}

/// Claims `source`; see [`super::claim`]. Returns the claim's place in the list.
pub(super) fn claim(
    source: Source,
    name: &'static str,
    handler: Handler,
) -> Result<usize, ClaimError> {
    let owner = Owner { name, handler };
    let line = match source {
        Source::Isa(irq) => Some(wiring::line_of(irq)),
        Source::Gsi(gsi) => Some(wiring::pci_line(gsi)),
        Source::Msi => None,
    };
    let mut routes = ROUTES.lock();
    if let Some(line) = &line
        && let Some((number, route)) = find(&mut *routes, line)
    {
        // As the controller was told when it was first claimed: who claims it next may
        // have another idea of the line.
        let trigger = route.line().map_or(Trigger::Edge, |own| controller().trigger(own));
        return Ok(number * MAX_OWNERS + route.owners.join(owner, trigger)?);
    }
    let number = routes.iter().position(Option::is_none).ok_or(ClaimError::TooMany)?;
    let is_free = |vector: &u8| !routes.iter().flatten().any(|route| route.is_on(*vector));
    let free_vector = vectors::POOL.clone().find(is_free).ok_or(ClaimError::NoVector);
    let route = match line {
        Some(line) => {
            controller().reaches(&line).map_err(ClaimError::Unreachable)?;
            let vector = line.isa.map_or(free_vector, |irq| Ok(vectors::usual(irq)))?;
            controller().route(&line, vector);
            Route::new(Path::Line(line), vector, owner)
        }
        None if lapic::access() == Access::None => return Err(ClaimError::NoLocalApic),
        None => {
            let (id, vector) = (lapic::id(), free_vector?);
            let message = Message::new(id, vector).ok_or(ClaimError::WideApicId(id))?;
            Route::new(Path::Message(message), vector, owner)
        }
    };
    vectors::slot(route.vector).reset();
    route.apply_mask();
    routes[number] = Some(route);
    Ok(number * MAX_OWNERS)
}

fn find<'a>(routes: &'a mut [Option<Route>], line: &Line) -> Option<(usize, &'a mut Route)> {
    let numbered = routes.iter_mut().enumerate();
    numbered.filter_map(|(n, slot)| Some((n, slot.as_mut()?))).find(|(_, it)| it.is_of(line))
}

/// Makes `handler` the one of `vector`, whoever had it: for the local APIC's own
/// vectors, and for the fault lab.
pub fn set_handler(vector: u8, name: &'static str, handler: Handler) {
    let owner = Owner { name, handler };
    let had = with(|route| route.is_on(vector), |route| route.owners = Owners::new(owner));
    let mut routes = ROUTES.lock();
    if had.is_none()
        && let Some(slot) = routes.iter_mut().find(|slot| slot.is_none())
    {
        *slot = Some(Route::new(Path::Internal, vector, owner));
    }
}

/// Makes `handler` the one of the local APIC's timer; the last one wins.
///
/// # Errors
///
/// [`NoTimer`].
pub fn set_timer_handler(handler: Handler) -> Result<(), NoTimer> {
    if !lapic::timer::is_there() {
        return Err(NoTimer);
    }
    set_handler(vectors::TIMER, "APIC timer", handler);
    Ok(())
}

/// Ends a claim: of several owners, only this one leaves.
pub(super) fn release(id: usize) {
    let mut routes = ROUTES.lock();
    let Some(slot) = routes.get_mut(id / MAX_OWNERS) else { return };
    let Some(route) = slot else { return };
    route.owners.leave(id % MAX_OWNERS);
    if !route.owners.is_empty() {
        return;
    }
    if let Some(line) = route.line() {
        controller().set_mask(line, Mask::Masked);
        if let Some(irq) = line.isa {
            route.carry_to(vectors::usual(irq));
        }
    }
    *slot = None;
}

/// A copy of the claim of this place.
pub(super) fn claimed(id: usize) -> Option<Route> {
    *ROUTES.lock().get(id / MAX_OWNERS)?
}

/// Masks or opens `line`, claimed or not, for all its owners. A line that was
/// stuck counts as well again when it is opened.
pub fn set_line_mask(line: &Line, mask: Mask) {
    let claimed = with(
        |route| route.is_of(line),
        |route| {
            (route.mask, route.backoff) = (mask, Backoff::Quiet);
            route.apply_mask();
        },
    );
    if claimed.is_none() {
        // What comes on a line of nobody's is to come on its own vector.
        if let (Some(irq), Ok(())) = (line.isa, controller().reaches(line)) {
            controller().route(line, vectors::usual(irq));
        }
        controller().set_mask(line, mask);
    }
}

/// Returns `line` as its claim has it, if there is one: a driver for PCI takes the pin
/// of an ISA line as low and level.
#[must_use]
pub fn as_claimed(line: Line) -> Line {
    of(&line).and_then(|route| route.line().copied()).unwrap_or(line)
}

/// Returns what of `line` interrupts, as the present controller takes it.
#[must_use]
pub fn trigger_of(line: &Line) -> Trigger {
    controller().trigger(line)
}

/// Blocks the line of `vector`, which is stuck. For handlers. Returns true when that
/// is news.
pub(super) fn strike(vector: u8, now_ns: u64) -> bool {
    let strike = |route: &mut Route| {
        let is_news = route.backoff.strike(now_ns);
        route.apply_mask();
        is_news
    };
    with(|route| route.is_on(vector), strike).unwrap_or(false)
}

/// Opens the lines whose time it is, and hands out the vectors of those that have
/// stayed well.
pub(super) fn retry(now_ns: u64, mut is_well: impl FnMut(u8)) {
    for_each(|route| match route.backoff.step(now_ns) {
        Some(Step::Open) => route.apply_mask(),
        Some(Step::Settled) => is_well(route.vector),
        None => {}
    });
}

/// Returns the time at which [`retry`] has something to do next.
pub(super) fn next_retry_ns() -> Option<u64> {
    ROUTES.lock().iter().flatten().filter_map(|route| route.backoff.due_ns()).min()
}
