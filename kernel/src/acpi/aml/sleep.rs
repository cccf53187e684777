//! What AML says about sleeping: which types mean off, and that it is near.

use super::{Error, ask};
use acpi::aml::AmlError;
use acpi::aml::namespace::AmlName;
use acpi::aml::object::Object;
use alloc::vec;
use core::str::FromStr;
use valhalla_core::acpi::s5::SleepTypes;

/// `SLP_TYP` is three bits wide.
const MOST: u64 = 7;

/// The sleep types of S5, "soft off", by `\_S5`.
///
/// # Errors
///
/// When AML is off, or `\_S5` is not there or not what it should be.
pub fn soft_off() -> Result<SleepTypes, Error> {
    let (types, _) = ask(|question, _| {
        let value = question.evaluate(AmlName::from_str("\\_S5")?, vec![])?;
        let Object::Package(elements) = &*value else { return Err(AmlError::IndexOutOfBounds) };
        let number =
            |index: usize| elements.get(index).and_then(|element| element.as_integer().ok());
        let first = number(0).ok_or(AmlError::IndexOutOfBounds)?;
        // Some firmware packs both into one number (ACPICA accepts it, too).
        let (a, b) = match elements.len() {
            1 => (first & 0xff, first >> 8),
            _ => (first, number(1).unwrap_or(first)),
        };
        let sleep_type = |value: u64| {
            u8::try_from(value.min(MOST + 1))
                .ok()
                .filter(|value| u64::from(*value) <= MOST)
                .ok_or(AmlError::IndexOutOfBounds)
        };
        Ok(SleepTypes { a: sleep_type(a)?, b: sleep_type(b)? })
    })?;
    Ok(types)
}

/// Tells the firmware that the machine is about to sleep, by `\_PTS`, where
/// it wants to know (ACPI 6.5, 7.4.1).
///
/// # Errors
///
/// When AML is off, or the method fails.
pub fn prepare_to_sleep(state: u64) -> Result<(), Error> {
    ask(|question, _| {
        let argument = Object::Integer(state).wrap();
        question.evaluate_if_present(AmlName::from_str("\\_PTS")?, vec![argument]).map(drop)
    })
    .map(|((), _)| ())
}
