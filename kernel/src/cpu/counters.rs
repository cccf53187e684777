//! The processor's own count of instructions, where it keeps one.
//!
//! Architectural performance monitoring, version 2 and later (Intel SDM volume
//! 3, chapter 20.2): fixed counter 0 counts instructions retired. Emulators
//! seldom have it.

use super::msr;
use core::arch::x86_64::__cpuid;
use core::fmt;

const IA32_FIXED_CTR0: u32 = 0x309;
const IA32_FIXED_CTR_CTRL: u32 = 0x38d;
const IA32_PERF_GLOBAL_CTRL: u32 = 0x38f;

/// IA32_FIXED_CTR_CTRL: counter 0 counts in ring 0 and in others.
const EN0_ALL_RINGS: u64 = 0b11;
/// IA32_PERF_GLOBAL_CTRL: fixed counter 0 runs.
const EN_FIXED_CTR0: u64 = 1 << 32;

/// It does not count; shows as a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotCounted;

impl fmt::Display for NotCounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no instruction counter")
    }
}

impl From<msr::Refused> for NotCounted {
    fn from(_: msr::Refused) -> Self {
        Self
    }
}

/// A count that runs.
#[derive(Debug)]
#[must_use = "the count is what `stop` returns"]
pub struct Instructions {
    began: u64,
}

impl Instructions {
    /// Starts to count.
    ///
    /// # Errors
    ///
    /// [`NotCounted`], where CPUID leaf 0xA does not offer it, or offers what is not there.
    pub fn start() -> Result<Self, NotCounted> {
        let highest = __cpuid(0).eax;
        let leaf = if highest >= 0xa { __cpuid(0xa) } else { return Err(NotCounted) };
        let (version, fixed) = (leaf.eax & 0xff, leaf.edx & 0x1f);
        if version < 2 || fixed == 0 {
            return Err(NotCounted);
        }
        // SAFETY: counting changes nothing else.
        unsafe {
            msr::write(IA32_FIXED_CTR_CTRL, EN0_ALL_RINGS)?;
            msr::write(IA32_PERF_GLOBAL_CTRL, EN_FIXED_CTR0)?;
        }
        Ok(Self { began: msr::read(IA32_FIXED_CTR0)? })
    }

    /// The instructions since the start.
    #[must_use]
    pub fn stop(self) -> u64 {
        // SAFETY: as in `start`, without which there is no value of this type.
        unsafe {
            let now = msr::read_known(IA32_FIXED_CTR0);
            msr::write_known(IA32_PERF_GLOBAL_CTRL, 0);
            now.saturating_sub(self.began)
        }
    }
}
