//! What the boot loader told us, as plain values of our own.
//!
//! The loader stops at the door: `limine` asks it and turns the answers into a
//! `BootInfo`, in which the differences between loaders are gone. Everything
//! in it is a copy, so that the loader's memory can be reused.

pub mod limine;

use core::fmt;
use valhalla_core::pixel::PixelFormat;
use valhalla_core::regions::Region;
use valhalla_core::text::Text;
use valhalla_core::units::Bytes;

/// The longest kernel command line that is kept, in bytes.
pub const COMMAND_LINE_BYTES: usize = 1024;

/// Everything that the kernel learns from its loader.
#[derive(Clone, Copy, Debug)]
pub struct BootInfo {
    /// Physical address 0 appears at this virtual address (the higher-half
    /// direct map). Only RAM is sure to be mapped there.
    pub hhdm_offset: u64,
    /// Where the image's first byte lies in physical memory.
    pub kernel_physical_base: u64,
    /// Where it is linked to run.
    pub kernel_virtual_base: u64,
    /// The memory map: sorted, disjoint, page-aligned.
    pub regions: &'static [Region],
    /// Entries of the loader's map that were lost because it was too long.
    pub regions_dropped: usize,
    /// The screen, where the loader set up one.
    pub framebuffer: Option<Framebuffer>,
    /// Physical address of the ACPI root pointer (RSDP).
    pub rsdp: Option<u64>,
    /// The kernel command line; bytes that are not printable ASCII show as `?`.
    pub cmdline: &'static Text<COMMAND_LINE_BYTES>,
    /// Who loaded us.
    pub loader: Loader,
    /// What kind of firmware started the machine.
    pub firmware: Firmware,
    /// The time-stamp counter's rate in Hz, where the loader knows it.
    pub tsc_hz: Option<u64>,
}

impl BootInfo {
    /// Says it all in the log, for `log=debug`.
    pub fn log(&self) {
        log::debug!(target: "boot", "command line {:?}", self.cmdline.as_str());
        log::debug!(
            target: "boot",
            "kernel loaded at {:#x}, runs at {:#x}; HHDM at {:#x}",
            self.kernel_physical_base,
            self.kernel_virtual_base,
            self.hhdm_offset
        );
        for region in self.regions {
            log::debug!(
                target: "boot",
                "{:#014x} to {:#014x} {:>9} {}",
                region.start,
                region.end,
                Bytes(region.len()),
                region.kind.name()
            );
        }
        if let Some(screen) = &self.framebuffer {
            let (width, height, bits) = (screen.width, screen.height, screen.format.bits_per_pixel);
            log::debug!(target: "boot", "framebuffer {width}x{height}x{bits} at {:#x}", screen.physical);
        }
        match self.rsdp {
            Some(rsdp) => log::debug!(target: "boot", "RSDP at {rsdp:#x}"),
            None => log::debug!(target: "boot", "no RSDP"),
        }
    }
}

/// The boot loader's name, version, and the protocol revision it speaks.
#[derive(Clone, Copy, Debug)]
pub struct Loader {
    /// `Limine`, or whoever speaks its protocol.
    pub name: Text<32>,
    /// As the loader writes it.
    pub version: Text<32>,
    /// The base revision in use; `None` where the loader is too old to say.
    pub base_revision: Option<u64>,
}

impl fmt::Display for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, base revision ", self.name, self.version)?;
        match self.base_revision {
            Some(revision) => write!(f, "{revision}"),
            None => f.write_str("not stated"),
        }
    }
}

/// The firmware that started the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// A PC BIOS.
    Bios,
    /// UEFI, 32 or 64 bits.
    Uefi,
    /// The loader did not say.
    Unknown,
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bios => "BIOS",
            Self::Uefi => "UEFI",
            Self::Unknown => "unknown firmware",
        })
    }
}

/// A linear framebuffer.
#[derive(Clone, Copy, Debug)]
pub struct Framebuffer {
    /// Physical address of the top-left pixel.
    pub physical: u64,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes from one row to the next.
    pub pitch: u32,
    /// Bits a pixel, and where each colour lies in it.
    pub format: PixelFormat,
}

/// A required answer is missing: the kernel cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootError {
    /// No higher-half direct map.
    NoHhdm,
    /// No memory map, or an empty one.
    NoMemoryMap,
    /// The memory map has no usable memory.
    NoUsableMemory,
    /// Where the kernel itself was loaded is unknown.
    NoExecutableAddress,
    /// `limine::collect` was called twice, which is a bug of ours.
    AskedTwice,
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHhdm => "the boot loader gave no higher-half direct map (HHDM)",
            Self::NoMemoryMap => "the boot loader gave no memory map",
            Self::NoUsableMemory => "the boot loader's memory map has no usable memory",
            Self::NoExecutableAddress => {
                "the boot loader did not say where it loaded the kernel (executable address)"
            }
            Self::AskedTwice => "the boot loader's answers were asked for twice",
        })
    }
}
