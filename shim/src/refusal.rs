//! Why the shim will not start the kernel, in words.

use core::fmt;

/// Every reason to stop; shown as one line.
pub(crate) enum Refusal {
    NotALoader,
    BrokenInformation(&'static str),
    NoModule,
    NoMemoryMap,
    MapTooLong,
    CommandLineTooLong,
    TooLittleMemory { what: &'static str, bytes: u64 },
    NotElf(&'static str),
    BadProgramHeaders(&'static str),
    WritableCode { address: u64 },
    TooManyRequests,
    DoubleRequest { id: u64 },
    OldRevision { revision: u64 },
    FiveLevelPaging,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotALoader => f.write_str(
                "started neither by PVH (qemu -kernel) nor by Multiboot2 (GRUB); no other loader will do",
            ),
            Self::BrokenInformation(what) => write!(f, "the loader's information is broken: {what}"),
            Self::NoModule => f.write_str(
                "no kernel: give it as the first module (qemu: -initrd KERNEL, GRUB: module2 KERNEL)",
            ),
            Self::NoMemoryMap => f.write_str("the loader gave no memory map with usable memory in it"),
            Self::MapTooLong => f.write_str("the memory map has too many entries"),
            Self::CommandLineTooLong => {
                write!(f, "the command line is longer than {} bytes", crate::handover::CMDLINE_MAX)
            }
            Self::TooLittleMemory { what, bytes } => {
                write!(f, "too little memory: no {} KiB in one piece for {what}", bytes.div_ceil(1024))
            }
            Self::NotElf(why) => write!(f, "the module is not a kernel that can be started: {why}"),
            Self::BadProgramHeaders(why) => write!(f, "the kernel's program headers are bad: {why}"),
            Self::WritableCode { address } => {
                write!(f, "the kernel's segment at {address:#x} is writable and executable")
            }
            Self::TooManyRequests => f.write_str("the kernel makes more requests than the protocol has"),
            Self::DoubleRequest { id } => write!(f, "the kernel makes the request {id:#x} twice"),
            Self::OldRevision { revision } => write!(
                f,
                "the kernel asks for base revision {revision} of the Limine protocol; 4 to 6 are offered"
            ),
            Self::FiveLevelPaging => f.write_str("the kernel insists on 5-level paging; only 4 levels are offered"),
        }
    }
}
