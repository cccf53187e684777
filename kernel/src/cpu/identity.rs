//! What this processor calls itself.

use raw_cpuid::CpuId;
use valhalla_core::text::Text;

/// The name that the maker put into CPUID leaves 0x8000_0002 to 4, without the
/// blanks that fill it up; else the vendor's name.
#[must_use]
pub fn brand() -> Text<48> {
    let cpuid = CpuId::new();
    let words = |text: &str| {
        let mut out = Text::new();
        for (number, word) in text.split_ascii_whitespace().enumerate() {
            if number > 0 {
                out.push(' ');
            }
            word.chars().for_each(|c| out.push(if c.is_ascii_graphic() { c } else { '?' }));
        }
        out
    };
    let brand = cpuid.get_processor_brand_string();
    let brand: Text<48> = brand.map(|brand| words(brand.as_str())).unwrap_or_default();
    if !brand.as_str().is_empty() {
        return brand;
    }
    cpuid.get_vendor_info().map(|vendor| words(vendor.as_str())).unwrap_or_default()
}
