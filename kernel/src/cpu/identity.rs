//! Who this processor is: name, signature, caches, and who emulates it.

use core::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};
use core::fmt;
use raw_cpuid::{Associativity, CacheType, CpuId, Hypervisor};
use valhalla_core::cpuid::{FeatureWord, Output};
use valhalla_core::text::Text;
use valhalla_core::units::Bytes;

/// The name that the maker put into CPUID leaves 0x8000_0002 to 4, without the
/// blanks that fill it up; else the vendor's name.
#[must_use]
pub fn brand() -> Text<48> {
    let brand = CpuId::new().get_processor_brand_string();
    let brand = brand.map(|brand| single_spaced(brand.as_str())).unwrap_or_default();
    if brand.as_str().is_empty() { vendor() } else { brand }
}

/// The twelve letters of leaf 0, such as `GenuineIntel`.
#[must_use]
pub fn vendor() -> Text<48> {
    let vendor = CpuId::new().get_vendor_info();
    vendor.map(|vendor| single_spaced(vendor.as_str())).unwrap_or_default()
}

fn single_spaced(text: &str) -> Text<48> {
    let mut out = Text::new();
    for (number, word) in text.split_ascii_whitespace().enumerate() {
        if number > 0 {
            out.push(' ');
        }
        word.chars().for_each(|c| out.push(if c.is_ascii_graphic() { c } else { '?' }));
    }
    out
}

/// Family, model and stepping; shows as `family 6, model 94, stepping 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// With the extended family added.
    pub family: u8,
    /// With the extended model in front.
    pub model: u8,
    /// The revision.
    pub stepping: u8,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { family, model, stepping } = self;
        write!(f, "family {family} ({family:#x}), model {model} ({model:#x}), stepping {stepping}")
    }
}

/// What leaf 1 says; `None` where there is no such leaf.
#[must_use]
pub fn signature() -> Option<Signature> {
    let found = CpuId::new().get_feature_info()?;
    Some(Signature {
        family: found.family_id(),
        model: found.model_id(),
        stepping: found.stepping_id(),
    })
}

/// Who emulates this machine; `None` on a real one, as far as it says so.
#[must_use]
pub fn hypervisor() -> Option<&'static str> {
    Some(match CpuId::new().get_hypervisor_info()?.identify() {
        Hypervisor::Xen => "Xen",
        Hypervisor::VMware => "VMware",
        Hypervisor::HyperV => "Hyper-V",
        Hypervisor::KVM => "KVM",
        Hypervisor::QEMU => "QEMU (TCG)",
        Hypervisor::Bhyve => "bhyve",
        Hypervisor::QNX => "QNX",
        Hypervisor::ACRN => "ACRN",
        Hypervisor::Unknown(..) => "a hypervisor without a known name",
    })
}

/// Widths of a physical and of a linear address, in bits.
#[must_use]
pub fn address_bits() -> Option<(u8, u8)> {
    let found = CpuId::new().get_processor_capacity_feature_info()?;
    Some((found.physical_address_bits(), found.linear_address_bits()))
}

/// The feature bits of one word; 0 where the processor does not have the leaf.
#[must_use]
pub fn features(word: FeatureWord) -> u32 {
    if !has_leaf(word.leaf) {
        return 0;
    }
    let CpuidResult { ebx, ecx, edx, .. } = __cpuid_count(word.leaf, word.subleaf);
    match word.output {
        Output::Ebx => ebx,
        Output::Ecx => ecx,
        Output::Edx => edx,
    }
}

/// The last leaf of the range that begins at `first`: 0, 0x4000_0000 or
/// 0x8000_0000. `None` where there is no such range.
#[must_use]
pub fn last_leaf(first: u32) -> Option<u32> {
    const HYPERVISOR: u32 = 0x4000_0000;
    if first == HYPERVISOR && __cpuid(1).ecx >> 31 == 0 {
        return None;
    }
    let last = __cpuid(first).eax;
    // No range is long; what looks so is another leaf's answer.
    (first..=first.saturating_add(0xff)).contains(&last).then_some(last)
}

fn has_leaf(leaf: u32) -> bool {
    last_leaf(leaf & 0xc000_0000).is_some_and(|last| leaf <= last)
}

/// One cache; shows as `L1 data 32 KiB, 8 ways, 64-byte lines`.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    level: u8,
    holds: &'static str,
    bytes: u64,
    /// `None` when any line may lie anywhere.
    ways: Option<u64>,
    line: u64,
}

impl fmt::Display for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, holds, bytes, ways, line } = self;
        write!(f, "L{level} {holds} {}, ", Bytes(*bytes))?;
        match ways {
            Some(1) => f.write_str("direct-mapped")?,
            Some(ways) => write!(f, "{ways} ways")?,
            None => f.write_str("fully associative")?,
        }
        write!(f, ", {line}-byte lines")
    }
}

/// Calls `each` with every cache: by leaf 4 or AMD's 0x8000_001D, else by
/// AMD's older leaves 0x8000_0005 and 6.
pub fn each_cache(mut each: impl FnMut(Cache)) {
    let cpuid = CpuId::new();
    let mut found = false;
    // A cache a leaf: nobody has sixteen.
    for cache in cpuid.get_cache_parameters().into_iter().flatten().take(16) {
        let holds = match cache.cache_type() {
            CacheType::Data => "data",
            CacheType::Instruction => "instructions",
            CacheType::Unified => "unified",
            CacheType::Null | CacheType::Reserved => continue,
        };
        found = true;
        let line = cache.coherency_line_size() as u64;
        let ways = cache.associativity() as u64;
        let bytes = ways * cache.physical_line_partitions() as u64 * line * cache.sets() as u64;
        let ways = (!cache.is_fully_associative()).then_some(ways);
        each(Cache { level: cache.level(), holds, bytes, ways, line });
    }
    if found {
        return;
    }
    if let Some(l1) = cpuid.get_l1_cache_and_tlb_info() {
        for (holds, kib, ways, line) in [
            ("data", l1.dcache_size(), l1.dcache_associativity(), l1.dcache_line_size()),
            ("instructions", l1.icache_size(), l1.icache_associativity(), l1.icache_line_size()),
        ] {
            let bytes = u64::from(kib) << 10;
            old_cache(1, holds, bytes, ways, line).into_iter().for_each(&mut each);
        }
    }
    if let Some(l23) = cpuid.get_l2_l3_cache_and_tlb_info() {
        let l2 = u64::from(l23.l2cache_size()) << 10;
        // In units of 512 KiB.
        let l3 = u64::from(l23.l3cache_size()) << 19;
        let (l2_ways, l3_ways) = (l23.l2cache_associativity(), l23.l3cache_associativity());
        let l2 = old_cache(2, "unified", l2, l2_ways, l23.l2cache_line_size());
        let l3 = old_cache(3, "unified", l3, l3_ways, l23.l3cache_line_size());
        l2.into_iter().chain(l3).for_each(each);
    }
}

fn old_cache(
    level: u8,
    holds: &'static str,
    bytes: u64,
    ways: Associativity,
    line: u8,
) -> Option<Cache> {
    let ways = match ways {
        Associativity::DirectMapped => Some(1),
        Associativity::NWay(ways) => Some(u64::from(ways)),
        Associativity::FullyAssociative => None,
        Associativity::Disabled | Associativity::Unknown => return None,
    };
    (bytes > 0).then_some(Cache { level, holds, bytes, ways, line: line.into() })
}
