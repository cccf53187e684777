//! Says what the addresses in a log are: function, file and line, and what was
//! inlined there.

use std::fmt::Write;

use crate::Outcome;
use crate::kernel::Kernel;

/// How addresses of the kernel's image begin in a log.
const PREFIX: &str = "0xffffffff8";
const DIGITS: usize = "0x".len() + 16;

/// The log with lines below those that name addresses in the kernel's text.
///
/// # Errors
/// If the kernel's debug information is damaged.
pub fn annotate(kernel: &Kernel<'_>, log: &str) -> Outcome<String> {
    let mut out = String::new();
    for line in log.lines() {
        writeln!(out, "{line}")?;
        let mut said = Vec::new();
        for address in addresses(line) {
            if !said.contains(&address) {
                said.push(address);
                explain(kernel, address, returns_there(line), &mut out)?;
            }
        }
    }
    Ok(out)
}

/// In a backtrace all but the first line hold return addresses: the call is
/// the instruction before, maybe of another line.
fn returns_there(line: &str) -> bool {
    let mark = line.trim_start().strip_prefix('#').and_then(|rest| rest.split(' ').next());
    mark.is_some_and(|number| number != "0" && number.parse::<u32>().is_ok())
}

fn addresses(line: &str) -> impl Iterator<Item = u64> {
    line.match_indices(PREFIX).filter_map(|(at, _)| {
        let digits = line.get(at + "0x".len()..at + DIGITS)?;
        let ends = line[at + DIGITS..].chars().next().is_none_or(|c| !c.is_ascii_hexdigit());
        ends.then(|| u64::from_str_radix(digits, 16).ok())?
    })
}

fn explain(kernel: &Kernel<'_>, address: u64, returned: bool, out: &mut String) -> Outcome {
    let Some(function) = kernel.function_at(address - u64::from(returned)) else { return Ok(()) };
    let offset = address - function.start;
    writeln!(out, "    = {address:#x}: {}+{offset:#x}", function.name)?;
    for frame in kernel.frames(address - u64::from(returned))? {
        match frame.place {
            Some(place) => {
                writeln!(out, "        {}:{}  {}", place.file, place.line, frame.function)?;
            }
            None => writeln!(out, "        (no line)  {}", frame.function)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{addresses, returns_there};

    #[test]
    fn addresses_are_found_in_any_text() {
        let line = "RIP 0xffffffff80001234 (x), 0xffffffff80005678, 0xffffffff8000, 0x1234";
        assert_eq!(
            addresses(line).collect::<Vec<_>>(),
            [0xffff_ffff_8000_1234, 0xffff_ffff_8000_5678]
        );
        assert_eq!(addresses("0xffffffff800012345").count(), 0);
    }

    #[test]
    fn only_callers_are_return_addresses() {
        assert!(returns_there("  #1 0xffffffff80001234"));
        assert!(!returns_there("  #0 0xffffffff80001234"));
        assert!(!returns_there("RIP 0xffffffff80001234"));
    }
}
