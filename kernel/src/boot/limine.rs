//! The Limine boot protocol: the only file that names the `limine` crate.
//!
//! The requests below lie in a section of their own, where the loader finds
//! them by their magic numbers and writes a pointer to each answer. What
//! loaders differ in is evened out here:
//!
//! - A loader may support less than base revision 6. Limine 8 leaves the tag
//!   as it was, 9 reports 3, 12 reports 6; all of them answer, so all are taken.
//! - The RSDP is a physical address under revision 3 and lies in the HHDM
//!   under all others: an address below the HHDM is physical.
//! - Limine 8 knows no request for the command line; it comes with the
//!   executable file. Other loaders' copy of that file is memory that we take
//!   back: we need only what was loaded from it.
//! - Strings come in no promised encoding, so two answers are read through our
//!   own types: the crate's accessors panic on a string that is not UTF-8.
//!
//! There is no MP request: it would start every processor (seconds, on large
//! machines) only to park it in memory that we want to reuse.

use super::{BootError, BootInfo, COMMAND_LINE_BYTES, Firmware, Framebuffer, Loader};
use core::ffi::c_char;
use limine::framebuffer::FRAMEBUFFER_RGB;
use limine::paging::PagingMode;
use limine::request::{
    ExecutableAddressRequest, FirmwareTypeRequest, FramebufferRequest, HhdmRequest, MemmapRequest,
    PagingModeReqData, PagingModeRequest, Request, RsdpRequest, TscFrequencyRequest,
};
use limine::{BaseRevision, RequestsEndMarker, RequestsStartMarker, memmap};
use spin::mutex::{SpinMutex, SpinMutexGuard};
use valhalla_core::options;
use valhalla_core::pixel::{Channel, PixelFormat};
use valhalla_core::regions::{Region, RegionKind, RegionList};
use valhalla_core::text::Text;

#[used]
#[unsafe(link_section = ".limine_requests_start")]
static START: RequestsStartMarker = RequestsStartMarker::new();
#[used]
#[unsafe(link_section = ".limine_requests_end")]
static END: RequestsEndMarker = RequestsEndMarker::new();

#[used]
#[unsafe(link_section = ".limine_requests")]
static BASE_REVISION: BaseRevision = BaseRevision::with_revision(6);
#[used]
#[unsafe(link_section = ".limine_requests")]
static HHDM: HhdmRequest = HhdmRequest::new();
#[used]
#[unsafe(link_section = ".limine_requests")]
static MEMORY_MAP: MemmapRequest = MemmapRequest::new();
#[used]
#[unsafe(link_section = ".limine_requests")]
static EXECUTABLE_ADDRESS: ExecutableAddressRequest = ExecutableAddressRequest::new();
#[used]
#[unsafe(link_section = ".limine_requests")]
static FRAMEBUFFER: FramebufferRequest = FramebufferRequest::new();
/// Four levels unless the boot menu asks for five. Without this request Limine
/// neither offers five levels nor places the direct map at random. The crate
/// asks with revision 0, in which the largest mode is not looked at.
#[used]
#[unsafe(link_section = ".limine_requests")]
// SAFETY: the number is that of the paging-mode request, and the data is what
// its revision 1 consists of (Limine protocol, "Paging Mode").
static PAGING_MODE: PagingModeRequest = unsafe {
    Request::new_raw(
        [0x95c1_a0ed_ab09_44cb, 0xa4e5_cb38_42f7_488a],
        1,
        PagingModeReqData {
            mode: PagingMode::X86_64_4LVL,
            max_mode: PagingMode::X86_64_5LVL,
            min_mode: PagingMode::X86_64_4LVL,
        },
    )
};
#[used]
#[unsafe(link_section = ".limine_requests")]
static RSDP: RsdpRequest = RsdpRequest::new();
#[used]
#[unsafe(link_section = ".limine_requests")]
static FIRMWARE_TYPE: FirmwareTypeRequest = FirmwareTypeRequest::new();
#[used]
#[unsafe(link_section = ".limine_requests")]
static TSC_FREQUENCY: TscFrequencyRequest = TscFrequencyRequest::new();

/// The answer to the command-line request.
#[repr(C)]
struct CommandLine {
    text: *const c_char,
}

/// The answer to the boot-loader-info request.
#[repr(C)]
struct LoaderInfo {
    name: *const c_char,
    version: *const c_char,
}

#[used]
#[unsafe(link_section = ".limine_requests")]
// SAFETY: the number is that of the executable command-line request, whose
// answer is one string pointer (Limine protocol, "Executable Command Line").
static COMMAND_LINE: Request<CommandLine> =
    unsafe { Request::new_raw([0x4b16_1536_e598_651e, 0xb390_ad4a_2f1f_303a], 0, ()) };
#[used]
#[unsafe(link_section = ".limine_requests")]
// SAFETY: the number is that of the bootloader-info request, whose answer is
// two string pointers (Limine protocol, "Bootloader Info").
static LOADER_INFO: Request<LoaderInfo> =
    unsafe { Request::new_raw([0xf550_38d8_e2a1_202f, 0x2794_26fc_f5f5_9740], 0, ()) };

/// The answer to the executable-file request.
#[repr(C)]
struct ExecutableFile {
    file: *const File,
}

/// The head of the protocol's file structure; more follows.
#[repr(C)]
struct File {
    revision: u64,
    address: *const u8,
    size: u64,
    path: *const c_char,
    command_line: *const c_char,
}

#[used]
#[unsafe(link_section = ".limine_requests")]
// SAFETY: the number is that of the executable-file request, whose answer is a
// pointer to a file structure (Limine protocol, "Executable File").
static EXECUTABLE_FILE: Request<ExecutableFile> =
    unsafe { Request::new_raw([0xad97_e90e_83f1_ed67, 0x31eb_5d1c_5ff2_3b69], 0, ()) };

/// Room for the memory map. UEFI firmware lists a few dozen entries; broken
/// firmware lists more, and then the answer says how many were lost.
const MAX_REGIONS: usize = 512;

/// Room for what is copied out of the loader's memory.
struct Store {
    regions: [Region; MAX_REGIONS],
    cmdline: Text<COMMAND_LINE_BYTES>,
}

static STORE: SpinMutex<Store> = SpinMutex::new(Store {
    // All zero bytes, so that it lies in .bss and not in the file.
    regions: [Region { start: 0, end: 0, kind: RegionKind::Usable }; MAX_REGIONS],
    cmdline: Text::new(),
});

/// Turns the loader's answers into a `BootInfo`.
///
/// # Errors
///
/// Which required answer is missing.
pub fn collect() -> Result<BootInfo, BootError> {
    let hhdm_offset = HHDM.response().ok_or(BootError::NoHhdm)?.offset;
    let map = MEMORY_MAP.response().ok_or(BootError::NoMemoryMap)?.entries();
    let address = EXECUTABLE_ADDRESS.response().ok_or(BootError::NoExecutableAddress)?;
    let store = SpinMutexGuard::leak(STORE.try_lock().ok_or(BootError::AskedTwice)?);

    if map.is_empty() {
        return Err(BootError::NoMemoryMap);
    }
    let holds_image =
        |entry: &memmap::Entry| address.physical_base.wrapping_sub(entry.base) < entry.length;
    let (regions, regions_dropped) = normalise(&mut store.regions, map, holds_image);
    if !regions.iter().any(|region| region.kind == RegionKind::Usable) {
        return Err(BootError::NoUsableMemory);
    }
    store.cmdline = options::as_written(&command_line());
    let cmdline = &store.cmdline;

    Ok(BootInfo {
        hhdm_offset,
        kernel_physical_base: address.physical_base,
        kernel_virtual_base: address.virtual_base,
        regions,
        regions_dropped,
        framebuffer: framebuffer(hhdm_offset),
        rsdp: RSDP.response().and_then(|answer| {
            let address = answer.address as u64;
            (address != 0).then(|| address.checked_sub(hhdm_offset).unwrap_or(address))
        }),
        cmdline,
        loader: loader(),
        firmware: firmware(),
        tsc_hz: TSC_FREQUENCY.response().map(|answer| answer.frequency).filter(|hz| *hz > 0),
    })
}

/// Sorts and cleans the loader's map into `store`.
fn normalise(
    store: &'static mut [Region],
    map: &[&memmap::Entry],
    holds_image: impl Fn(&memmap::Entry) -> bool,
) -> (&'static [Region], usize) {
    let mut list = RegionList::new(store);
    for entry in map {
        let kind = match entry.type_ {
            memmap::MEMMAP_USABLE => RegionKind::Usable,
            memmap::MEMMAP_BOOTLOADER_RECLAIMABLE => RegionKind::BootloaderReclaimable,
            memmap::MEMMAP_ACPI_RECLAIMABLE => RegionKind::AcpiReclaimable,
            memmap::MEMMAP_ACPI_NVS => RegionKind::AcpiNvs,
            memmap::MEMMAP_EXECUTABLE_AND_MODULES if holds_image(entry) => {
                RegionKind::KernelAndModules
            }
            memmap::MEMMAP_EXECUTABLE_AND_MODULES => RegionKind::BootloaderReclaimable,
            memmap::MEMMAP_FRAMEBUFFER => RegionKind::Framebuffer,
            memmap::MEMMAP_BAD_MEMORY => RegionKind::Bad,
            _ => RegionKind::Reserved,
        };
        let end = entry.base.saturating_add(entry.length);
        list.push(Region { start: entry.base, end, kind });
    }
    list.normalise();
    let dropped = list.dropped();
    (list.into_slice(), dropped)
}

/// The command line. Limine 8 does not know the request for it yet, and has
/// it beside the executable file.
fn command_line() -> Text<COMMAND_LINE_BYTES> {
    if let Some(answer) = COMMAND_LINE.response() {
        return copy_string(answer.text);
    }
    match EXECUTABLE_FILE.response() {
        Some(answer) if !answer.file.is_null() => {
            // SAFETY: the protocol promises a file structure there.
            copy_string(unsafe { (*answer.file).command_line })
        }
        _ => Text::new(),
    }
}

/// The first linear RGB framebuffer.
fn framebuffer(hhdm_offset: u64) -> Option<Framebuffer> {
    let answer = FRAMEBUFFER.response()?;
    let found = answer.framebuffers().iter().find(|f| f.memory_model == FRAMEBUFFER_RGB)?;
    Some(Framebuffer {
        physical: (found.address() as u64).checked_sub(hhdm_offset)?,
        width: u32::try_from(found.width).ok()?,
        height: u32::try_from(found.height).ok()?,
        pitch: u32::try_from(found.pitch).ok()?,
        format: PixelFormat {
            bits_per_pixel: found.bpp,
            red: Channel { size: found.red_mask_size, shift: found.red_mask_shift },
            green: Channel { size: found.green_mask_size, shift: found.green_mask_shift },
            blue: Channel { size: found.blue_mask_size, shift: found.blue_mask_shift },
        },
    })
}

fn loader() -> Loader {
    let (name, version) = match LOADER_INFO.response() {
        Some(answer) => (copy_string(answer.name), copy_string(answer.version)),
        None => (Text::from_untrusted(b"unnamed loader"), Text::new()),
    };
    Loader { name, version, base_revision: BASE_REVISION.actual_revision() }
}

/// Values as the protocol's "Firmware Type" lists them.
fn firmware() -> Firmware {
    match FIRMWARE_TYPE.response().map(|answer| answer.firmware_type) {
        Some(0) => Firmware::Bios,
        Some(1 | 2) => Firmware::Uefi,
        _ => Firmware::Unknown,
    }
}

/// Copies a zero-terminated string, at most `N` bytes of it.
fn copy_string<const N: usize>(start: *const c_char) -> Text<N> {
    let mut bytes = [0; N];
    let mut length = 0;
    if !start.is_null() {
        for byte in &mut bytes {
            // SAFETY: the protocol promises a zero-terminated string in mapped
            // memory, and we stop at the zero.
            let value = unsafe { start.add(length).cast::<u8>().read() };
            if value == 0 {
                break;
            }
            *byte = value;
            length += 1;
        }
    }
    Text::from_untrusted(bytes.get(..length).unwrap_or_default())
}
