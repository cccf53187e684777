//! The IDT: all 256 vectors filled, and who handles each.
//!
//! Vectors 0 to 31 are the processor's exceptions and go to `exception`. The
//! other 224 go to a slot that a driver's interrupt controller may fill; an
//! empty slot counts the stray and goes on. An interrupt that comes very often
//! may have an entry point of its own in front ([`Entry`]).

use super::exception;
use super::gdt::{Ist, KERNEL_CODE};
use super::trap::{STUBS, Stub, TrapFrame};
use core::cell::UnsafeCell;
use core::mem::size_of;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
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

    fn new(stub: Stub, ist: u8) -> Self {
        let offset = stub as usize as u64;
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

// SAFETY: written by `init`, by `set_entry` and by the fault lab's `plant`,
// `take_away` and `restore`, on one processor with interrupts off, and never by a
// handler.
unsafe impl Sync for Table {}

static TABLE: Table = Table(UnsafeCell::new([Gate::EMPTY; 256]));

/// An interrupt handler. It runs with interrupts off: it moves a byte and
/// leaves; it neither allocates nor prints nor takes a `TaskOnly` lock.
pub type Handler = extern "C" fn(&mut TrapFrame);

/// What an interrupt leads to.
#[derive(Clone, Copy)]
pub struct Entry {
    handler: Handler,
    /// On this vector.
    front: Option<(u8, Stub)>,
}

impl Entry {
    /// To `handler`, with the registers saved.
    pub const fn new(handler: Handler) -> Self {
        Self { handler, front: None }
    }

    /// The same, but on `vector` `front` is jumped to first, with the registers
    /// as they were.
    ///
    /// # Safety
    ///
    /// `front` keeps every register and ends with IRETQ, or puts back what it
    /// pushed and jumps to the vector's stub.
    pub const unsafe fn behind(vector: u8, front: Stub, handler: Handler) -> Self {
        Self { handler, front: Some((vector, front)) }
    }

    /// The handler.
    pub const fn handler(&self) -> Handler {
        self.handler
    }
}

/// Where the processor's own vectors end.
pub const FIRST_FREE_VECTOR: u8 = 32;

/// The handler of each vector; the stubs read it. Only `Handler`s are stored.
pub(super) static HANDLERS: [AtomicPtr<()>; 256] =
    [const { AtomicPtr::new(stray as Handler as *mut ()) }; 256];
static STRAYS: AtomicU64 = AtomicU64::new(0);
static LAST_STRAY: AtomicU64 = AtomicU64::new(0);

/// Every gate as it is to be, with its vector.
fn all_gates() -> impl Iterator<Item = (usize, Gate)> {
    STUBS.as_flattened().iter().enumerate().map(|(vector, stub)| {
        let ist = match vector as u8 {
            exception::DOUBLE_FAULT => Ist::DoubleFault as u8 + 1,
            exception::NMI => Ist::Nmi as u8 + 1,
            exception::MACHINE_CHECK => Ist::MachineCheck as u8 + 1,
            _ => 0,
        };
        (vector, Gate::new(*stub, ist))
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

/// Registers the handler of `vector`; a later one replaces it.
///
/// # Panics
///
/// For the processor's own vectors 0 to 31: those have their place in the
/// `report` module, and asking for one is a bug.
pub fn set_handler(vector: u8, handler: Handler) {
    set_entry(vector, Entry::new(handler));
}

/// Registers what `vector` leads to; a later one replaces it.
///
/// # Panics
///
/// As [`set_handler`].
pub fn set_entry(vector: u8, Entry { handler, front }: Entry) {
    assert!(vector >= FIRST_FREE_VECTOR, "vector {vector} is the processor's own");
    let front = front.filter(|(home, _)| *home == vector).map(|(_, stub)| stub);
    let stub = front.unwrap_or(STUBS.as_flattened()[usize::from(vector)]);
    x86_64::instructions::interrupts::without_interrupts(|| {
        HANDLERS[usize::from(vector)].store(handler as *mut (), Ordering::Release);
        // SAFETY: one processor, interrupts off, and no handler writes the table;
        // a front keeps what the gates promise (`Entry::behind`).
        unsafe { (*TABLE.0.get())[usize::from(vector)] = Gate::new(stub, 0) };
    });
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
pub unsafe fn plant(planted: u8, entry: Stub, ist: Ist) {
    change(|vector, gate| {
        if vector == planted {
            *gate = Gate::new(entry, ist as u8 + 1);
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

/// How many interrupts came on a vector that nobody handles, and the vector of
/// the last one.
#[must_use]
pub fn strays() -> (u64, u8) {
    (STRAYS.load(Ordering::Relaxed), LAST_STRAY.load(Ordering::Relaxed) as u8)
}

/// The handler of a vector that nobody has asked for.
extern "C" fn stray(frame: &mut TrapFrame) {
    STRAYS.fetch_add(1, Ordering::Relaxed);
    LAST_STRAY.store(frame.vector, Ordering::Relaxed);
}
