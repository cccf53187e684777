//! Mutexes, the global lock, events, and waiting.
//!
//! One evaluation runs at a time, so a mutex is never held by another: what is
//! checked is that levels rise, and that what is released was acquired.

use super::Machine;
use super::frame::{Operand, Term};
use crate::error::Fault;
use crate::hardware::HardwareFault;
use crate::namespace::NodeId;
use crate::object::{Mutex, Object};
use crate::opcode::Op;
use crate::value::{Place, Value};

/// The timeout that means no limit.
pub(super) const FOREVER: u64 = 0xFFFF;

/// Longest wait for the global lock, even when AML says for ever.
const GLOBAL_LOCK_LIMIT_MS: u64 = 10_000;

/// Longest `Stall` in microseconds; the standard asks for 100 at most.
const STALL_LIMIT_US: u64 = 1000;

impl Machine<'_> {
    /// The named object of an operand. A variable may hold the object itself,
    /// but no reference to it.
    fn object_operand(&mut self, term: &Term) -> Result<NodeId, Fault> {
        let value = match self.operand(term, 0)? {
            Operand::Place(Place::Node(node)) => return Ok(node),
            Operand::Place(place) => self.read_place(place)?,
            Operand::Value(value) => value,
            _ => return Err(Fault::Internal("an operand that is no object")),
        };
        match value {
            Value::Object(node) => Ok(node),
            other => Err(Fault::Type { wanted: "a mutex or event", found: other.type_name() }),
        }
    }

    fn mutex(&self, node: NodeId) -> Result<Mutex, Fault> {
        match self.state.names.object(node)? {
            Object::Mutex(mutex) => Ok(*mutex),
            _ => Err(Fault::Type { wanted: "a mutex", found: "something else" }),
        }
    }

    fn set_mutex(&mut self, node: NodeId, mutex: Mutex) -> Result<(), Fault> {
        *self.state.names.object_mut(node)? = Object::Mutex(mutex);
        Ok(())
    }

    /// `Acquire`: gives true if the time ran out.
    pub(super) fn acquire(&mut self, term: &Term) -> Result<Value, Fault> {
        let node = self.object_operand(term)?;
        let timeout = self.plain_operand(term, 1)?;
        let mut mutex = self.mutex(node)?;
        if mutex.depth == 0 {
            if self.sync_level > mutex.sync_level {
                return Err(Fault::MutexOrder("a mutex of a lower sync level than what is held"));
            }
            if node == self.state.global_lock && !self.take_global_lock(timeout)? {
                return Ok(self.truth(true));
            }
            mutex.outer_level = self.sync_level;
            self.sync_level = mutex.sync_level;
            self.held.push(node);
        }
        mutex.depth = mutex.depth.saturating_add(1);
        self.set_mutex(node, mutex)?;
        Ok(Value::Integer(0))
    }

    /// `Release`.
    pub(super) fn release(&mut self, term: &Term) -> Result<(), Fault> {
        let node = self.object_operand(term)?;
        let mut mutex = self.mutex(node)?;
        if mutex.depth == 0 {
            return Err(Fault::NotHeld);
        }
        if mutex.sync_level != self.sync_level {
            return Err(Fault::MutexOrder("a mutex is released before one of a higher level"));
        }
        mutex.depth = mutex.depth.saturating_sub(1);
        self.set_mutex(node, mutex)?;
        if mutex.depth == 0 {
            self.restore_level(node, mutex)?;
            if node == self.state.global_lock {
                self.give_global_lock();
            }
        }
        Ok(())
    }

    /// Brings back the level that was there before a mutex. Those of one level
    /// can be released in any order: if another was acquired after it, that one
    /// remembers the level now, as in ACPICA.
    fn restore_level(&mut self, node: NodeId, mutex: Mutex) -> Result<(), Fault> {
        let last = self.held.last().map_or(Ok(mutex), |&last| self.mutex(last));
        self.sync_level = last?.outer_level;
        let place = self.held.iter().position(|&held| held == node);
        let after = place.and_then(|place| self.held.get(place.saturating_add(1))).copied();
        if let Some(after) = after {
            let heir = Mutex { outer_level: mutex.outer_level, ..self.mutex(after)? };
            self.set_mutex(after, heir)?;
        }
        self.held.retain(|&held| held != node);
        Ok(())
    }

    /// Releases what an evaluation has left acquired.
    pub(super) fn release_all(&mut self) {
        while let Some(node) = self.held.pop() {
            if let Ok(mut mutex) = self.mutex(node) {
                mutex.depth = 0;
                let _gone_if_stale = self.set_mutex(node, mutex);
            }
            if node == self.state.global_lock {
                self.give_global_lock();
            }
        }
        self.sync_level = 0;
    }

    /// Takes the lock that is shared with the firmware. Returns false when the
    /// time has run out.
    pub(super) fn take_global_lock(&mut self, timeout_ms: u64) -> Result<bool, Fault> {
        let limit_ms = if timeout_ms == FOREVER { GLOBAL_LOCK_LIMIT_MS } else { timeout_ms };
        if self.state.global_lock_depth == 0 {
            let mut waited_ms = 0;
            while !self.hardware.take_global_lock() {
                if waited_ms >= limit_ms {
                    return match timeout_ms {
                        FOREVER => Err(HardwareFault::Timeout("the global lock").into()),
                        _ => Ok(false),
                    };
                }
                if self.meter.pay(1)? && self.hardware.cancelled() {
                    return Err(Fault::Cancelled);
                }
                self.hardware.sleep_ms(1);
                waited_ms = waited_ms.saturating_add(1);
            }
        }
        self.state.global_lock_depth = self.state.global_lock_depth.saturating_add(1);
        Ok(true)
    }

    pub(super) fn give_global_lock(&mut self) {
        self.state.global_lock_depth = self.state.global_lock_depth.saturating_sub(1);
        if self.state.global_lock_depth == 0 {
            self.hardware.give_global_lock();
        }
    }

    /// `Signal` and `Reset`.
    pub(super) fn signal(&mut self, term: &Term) -> Result<(), Fault> {
        let node = self.object_operand(term)?;
        match self.state.names.object_mut(node)? {
            Object::Event(signals) => {
                *signals = if term.op == Op::Signal { signals.saturating_add(1) } else { 0 };
                Ok(())
            }
            _ => Err(Fault::Type { wanted: "an event", found: "something else" }),
        }
    }

    /// `Wait`: gives true if the time ran out. No other code can signal
    /// meanwhile, so a wait takes a signal that is there, or its whole time.
    pub(super) fn wait(&mut self, term: &Term) -> Result<Value, Fault> {
        let node = self.object_operand(term)?;
        let timeout_ms = self.integer_operand(term, 1)?;
        match self.state.names.object_mut(node)? {
            Object::Event(signals) => {
                if let Some(left) = signals.checked_sub(1) {
                    *signals = left;
                    return Ok(Value::Integer(0));
                }
            }
            _ => return Err(Fault::Type { wanted: "an event", found: "something else" }),
        }
        if timeout_ms >= FOREVER {
            return Err(Fault::WaitsForever);
        }
        self.hardware.sleep_ms(timeout_ms);
        Ok(self.truth(true))
    }

    /// `Sleep` and `Stall`.
    pub(super) fn pause(&mut self, term: &Term) -> Result<(), Fault> {
        let time = self.integer_operand(term, 0)?;
        match term.op {
            Op::Sleep => self.hardware.sleep_ms(time),
            _ => self.hardware.stall_us(time.min(STALL_LIMIT_US)),
        }
        Ok(())
    }

    /// `Fatal`: told to the hardware's side, which decides; the code goes on.
    pub(super) fn fatal(&mut self, term: &Term) -> Result<(), Fault> {
        let kind = self.plain_operand(term, 0)?.to_le_bytes()[0];
        let code = u32::try_from(self.plain_operand(term, 1)?).unwrap_or_default();
        let argument = self.integer_operand(term, 2)?;
        self.hardware.fatal(kind, code, argument);
        Ok(())
    }
}
