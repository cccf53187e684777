//! The IDT: all 256 vectors lead to their stubs (`trap`), for good.

use super::exception;
use super::gdt::{Ist, KERNEL_CODE};
use super::trap;
use core::cell::UnsafeCell;
use core::mem::size_of;
use x86_64::VirtAddr;
use x86_64::instructions::tables::lidt;
use x86_64::structures::DescriptorTablePointer;

/// An interrupt gate (SDM Vol. 3A, 7.14.1): where to go, on which stack.
#[repr(C)]
#[derive(Clone, Copy)]
struct Gate {
    offset_low: u16,
    selector: u16,
    /// Interrupt Stack Table entry, 1 to 7; 0 keeps the current stack.
    ist: u8,
    /// Present, privilege level 0, 64-bit interrupt gate (type 14).
    attributes: u8,
    offset_middle: u16,
    offset_high: u32,
    reserved: u32,
}

const INTERRUPT_GATE: u8 = 0x8e;
/// The bit of `attributes` without which the gate does not count.
const PRESENT: u8 = 0x80;

impl Gate {
    const EMPTY: Self = Self {
        offset_low: 0,
        selector: 0,
        ist: 0,
        attributes: 0,
        offset_middle: 0,
        offset_high: 0,
        reserved: 0,
    };

    fn new(offset: u64, ist: u8) -> Self {
        Self {
            offset_low: offset as u16,
            selector: KERNEL_CODE.0,
            ist,
            attributes: INTERRUPT_GATE,
            offset_middle: (offset >> 16) as u16,
            offset_high: (offset >> 32) as u32,
            reserved: 0,
        }
    }
}

#[repr(C, align(16))]
struct Table(UnsafeCell<[Gate; 256]>);

// SAFETY: written by `init` and by the fault lab's `plant`, `take_away` and
// `restore`, on one processor with interrupts off, and never by a handler.
unsafe impl Sync for Table {}

static TABLE: Table = Table(UnsafeCell::new([Gate::EMPTY; 256]));

/// Every gate as it is to be, with its vector.
fn all_gates() -> impl Iterator<Item = (usize, Gate)> {
    (0..=u8::MAX).map(|vector| {
        let ist = match vector {
            exception::DOUBLE_FAULT => Ist::DoubleFault as u8 + 1,
            exception::NMI => Ist::Nmi as u8 + 1,
            exception::MACHINE_CHECK => Ist::MachineCheck as u8 + 1,
            _ => 0,
        };
        (usize::from(vector), Gate::new(trap::stub(vector), ist))
    })
}

/// Fills and loads the table.
pub(super) fn init() {
    let table = TABLE.0.get();
    for (vector, gate) in all_gates() {
        // SAFETY: boot is single-threaded with interrupts off; nobody else
        // uses the table, and `vector` is below 256.
        unsafe { (*table)[vector] = gate };
    }
    let pointer = DescriptorTablePointer {
        limit: (size_of::<Table>() - 1) as u16,
        base: VirtAddr::from_ptr(table),
    };
    // SAFETY: the table is static, complete, and its gates lead to stubs that
    // keep every register.
    unsafe { lidt(&pointer) };
}

/// Takes away the gates of `vectors`, so that what would have been delivered
/// there becomes another exception, and in the end a double fault. For the
/// fault lab; `restore` puts them back.
///
/// # Safety
///
/// The double fault's own gate must stay, and nothing that must be survived may
/// come on these vectors.
pub unsafe fn take_away(vectors: &[u8]) {
    change(|vector, gate| {
        if vectors.contains(&vector) {
            gate.attributes &= !PRESENT;
        }
    });
}

/// Sends `vector` straight to `entry` on the emergency stack `ist`. For the
/// fault lab; `restore` undoes it.
///
/// # Safety
///
/// `entry` is jumped to by the processor, without a trap frame: it must never
/// return. Nobody else may use the vector.
pub unsafe fn plant(planted: u8, entry: extern "C" fn(), ist: Ist) {
    change(|vector, gate| {
        if vector == planted {
            *gate = Gate::new(entry as *const () as u64, ist as u8 + 1);
        }
    });
}

/// Puts the gates of `vectors` back to what `init` made them.
pub fn restore(vectors: &[u8]) {
    x86_64::instructions::interrupts::without_interrupts(|| {
        for (vector, gate) in all_gates().filter(|(vector, _)| vectors.contains(&(*vector as u8))) {
            // SAFETY: as in `change`.
            unsafe { (*TABLE.0.get())[vector] = gate };
        }
    });
}

fn change(mut each: impl FnMut(u8, &mut Gate)) {
    x86_64::instructions::interrupts::without_interrupts(|| {
        // SAFETY: one processor, interrupts off, and no handler writes the
        // table: this reference is the only one.
        let table = unsafe { &mut *TABLE.0.get() };
        for (vector, gate) in table.iter_mut().enumerate() {
            each(vector as u8, gate);
        }
    });
}
