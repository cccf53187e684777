//! `cpuid`: what the processor says of itself, decoded, or as raw registers.
//!
//! SDM Vol. 2A, CPUID; APM Vol. 3, appendix E.

use crate::cpu::identity;
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, parse_number};
use crate::shell::labelled::{fact, words};
use core::arch::x86_64::{__cpuid_count, CpuidResult};
use core::fmt::{self, Write};
use valhalla_core::cpuid::FEATURES;
use valhalla_core::text::Text;

pub(super) static COMMAND: Command = Command {
    name: "cpuid",
    aliases: &[],
    group: Group::System,
    usage: "[raw [LEAF [SUBLEAF]]]",
    summary: "the processor's features by name, or as registers",
    example: "\
              cpuid              name, caches, topology, features by the manual's names\n\
              cpuid raw          the registers of every leaf\n\
              cpuid raw 7        of leaf 7, subleaf 0\n\
              cpuid raw 0xd 1    of leaf 0xd, subleaf 1",
    words: &["raw"],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        [] => decoded(),
        ["raw"] => raw(session)?,
        ["raw", leaf] => registers(number(leaf)?, 0),
        ["raw", leaf, subleaf] => registers(number(leaf)?, number(subleaf)?),
        _ => return Err(CommandError::Usage),
    }
    Ok(())
}

fn number(text: &str) -> Result<u32, CommandError> {
    u32::try_from(parse_number(text)?)
        .map_err(|_| CommandError::failed("leaves and subleaves have 32 bits"))
}

/// Where facts begin.
const COLUMN: usize = 15;
/// The first leaf of each range: the processor's, a hypervisor's, AMD's.
const RANGES: [u32; 3] = [0, 0x4000_0000, 0x8000_0000];

fn decoded() {
    fact("vendor", COLUMN, identity::vendor());
    fact("name", COLUMN, identity::brand());
    if let Some(signature) = identity::signature() {
        fact("signature", COLUMN, signature);
    }
    if let Some(name) = identity::hypervisor() {
        fact("emulated by", COLUMN, name);
    }
    fact("leaves", COLUMN, Ranges);
    if let Some((physical, linear)) = identity::address_bits() {
        fact("addresses", COLUMN, format_args!("{physical} bits physical, {linear} bits linear"));
    }
    let mut label = "caches";
    identity::each_cache(|cache| fact(core::mem::take(&mut label), COLUMN, cache));
    topology();
    for word in FEATURES {
        let value = identity::features(word);
        if word.names(value).next().is_some() {
            words(word.label, COLUMN, word.names(value));
        }
    }
}

/// The leaves that there are.
struct Ranges;

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lead = "";
        for first in RANGES {
            if let Some(last) = identity::last_leaf(first) {
                write!(f, "{lead}{first:#x} to {last:#x}")?;
                lead = ", ";
            }
        }
        Ok(())
    }
}

/// The levels of leaf 0xB (SDM Vol. 3A, 9.9.1): threads, cores.
fn topology() {
    const LEAF: u32 = 0xb;
    if identity::last_leaf(0).is_none_or(|last| last < LEAF) {
        return;
    }
    for level in 0..2 {
        let CpuidResult { eax, ebx, ecx, edx } = __cpuid_count(LEAF, level);
        let name = match ecx >> 8 & 0xff {
            1 => "threads",
            2 => "cores",
            _ => return,
        };
        let count = ebx & 0xffff;
        let shift = eax & 0x1f;
        let mut text = Text::<64>::new();
        // A `Text` cuts what does not fit; it has no other error.
        let _ = write!(text, "{count} logical up to this level, x2APIC id {edx} >> {shift}");
        fact(name, COLUMN, text);
    }
}

/// A leaf has at most this many subleaves that are worth a line.
const MOST_SUBLEAVES: u32 = 64;

fn raw(session: &mut Session<'_>) -> Result<(), CommandError> {
    for first in RANGES {
        let Some(last) = identity::last_leaf(first) else { continue };
        for leaf in first..=last {
            session.check()?;
            registers(leaf, 0);
            for subleaf in 1..subleaves(leaf) {
                let CpuidResult { eax, ebx, ecx, .. } = __cpuid_count(leaf, subleaf);
                // What is not there answers with zeros, or with its own number.
                if (eax | ebx, ecx & !0xff) != (0, 0) {
                    registers(leaf, subleaf);
                }
            }
        }
    }
    Ok(())
}

/// How many subleaves to ask for.
fn subleaves(leaf: u32) -> u32 {
    match leaf {
        4 | 0xb | 0xf | 0x10 | 0x12 | 0x14 | 0x17 | 0x18 | 0x1d | 0x1e | 0x1f | 0x8000_001d
        | 0x8000_0020 | 0x8000_0026 => 8,
        7 => __cpuid_count(7, 0).eax.min(MOST_SUBLEAVES).saturating_add(1),
        0xd => MOST_SUBLEAVES,
        _ => 1,
    }
}

fn registers(leaf: u32, subleaf: u32) {
    let CpuidResult { eax, ebx, ecx, edx } = __cpuid_count(leaf, subleaf);
    let shown = |byte: u8| if byte == b' ' || byte.is_ascii_graphic() { byte as char } else { '.' };
    let mut text = Text::<16>::new();
    for byte in [eax, ebx, ecx, edx].into_iter().flat_map(u32::to_le_bytes) {
        text.push(shown(byte));
    }
    println!(
        "  {leaf:08x}.{subleaf:<2x}  EAX {eax:08x}  EBX {ebx:08x}  ECX {ecx:08x}  EDX {edx:08x}  {text}"
    );
}
