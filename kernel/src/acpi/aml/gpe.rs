//! Methods for general-purpose events: `\_GPE._Lxx` for one that is a level,
//! `_Exx` for an edge (ACPI 6.5, 5.6.4.1). They are found, not run.

use super::question::Question;
use super::{Error, ask};
use acpi::aml::AmlError;
use acpi::aml::object::Object;

/// Events that there are methods for: a bit for each number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpeMethods {
    level: [u128; 2],
    edge: [u128; 2],
}

impl GpeMethods {
    /// The letter of the method for an event, `L` or `E`.
    #[must_use]
    pub fn kind(&self, event: u16) -> Option<char> {
        let has = |bits: &[u128; 2]| {
            bits.get(usize::from(event / 128)).is_some_and(|half| half >> (event % 128) & 1 == 1)
        };
        if has(&self.level) { Some('L') } else { has(&self.edge).then_some('E') }
    }

    fn note(&mut self, name: &str) {
        let (bits, number) = match name.split_at_checked(2) {
            Some(("_L", number)) => (&mut self.level, number),
            Some(("_E", number)) => (&mut self.edge, number),
            _ => return,
        };
        if let Ok(number) = u8::from_str_radix(number, 16)
            && let Some(half) = bits.get_mut(usize::from(number / 128))
        {
            *half |= 1 << (number % 128);
        }
    }
}

/// Looks for the methods.
///
/// # Errors
///
/// When AML is off.
pub fn gpe_methods() -> Result<GpeMethods, Error> {
    ask(|question, _| look(question)).map(|(methods, _)| methods)
}

fn look(question: &Question<'_>) -> Result<GpeMethods, AmlError> {
    let mut methods = GpeMethods::default();
    question.traverse(|path, level| {
        if path.as_string() == "\\_GPE" {
            let is_method = |object: &Object| matches!(object, Object::Method { .. });
            let named = level.values.iter().filter(|(_, (_, object))| is_method(object));
            named.for_each(|(name, _)| methods.note(name.as_str()));
        }
        Ok(true)
    })?;
    Ok(methods)
}
