//! Moves a line to another vector, and so to another priority, while it interrupts.

use super::current::{self, Mode};
use super::line::Line;
use super::routes;
use super::vectors::{self, POOL};
use super::{ioapic, lapic};
use core::fmt;
use valhalla_core::interrupt::owners::Names;
use x86_64::instructions::interrupts;

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
            Self::NotInPool => {
                write!(f, "vectors {:#04x} to {:#04x} are handed out", POOL.start(), POOL.end())
            }
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
    if !POOL.contains(&vector) {
        return Err(MoveError::NotInPool);
    }
    match routes::on(vector) {
        Some(other) if other.is_of(line) => return Ok(()),
        Some(other) => return Err(MoveError::Taken(other.owners.names())),
        None => {}
    }
    let old = routes::of(line).ok_or(MoveError::NotClaimed)?.vector;
    if current::current() == Mode::Pic {
        return Err(MoveError::FixedByPic);
    }
    interrupts::without_interrupts(|| {
        vectors::slot(vector).reset();
        routes::with(|route| route.is_of(line), |route| route.next_vector = Some(vector));
        ioapic::change_vector(line, vector);
        lapic::drain_vector(old);
        routes::with(
            |route| route.is_of(line),
            |route| {
                route.carry_to(vector);
                route.apply_mask();
            },
        );
    });
    Ok(())
}
