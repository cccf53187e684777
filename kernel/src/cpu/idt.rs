//! The IDT: all 256 vectors filled, and who handles each.
//!
//! Vectors 0 to 31 are the processor's exceptions and go to `exception`. The
//! other 224 go to a slot that a driver's interrupt controller may fill; an
//! empty slot counts the stray and goes on.

use super::exception;
use super::gdt::{Ist, KERNEL_CODE};
use super::trap::{STUBS, TrapFrame};
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

    fn new(handler: extern "C" fn(), ist: u8) -> Self {
        let offset = handler as usize as u64;
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

// SAFETY: written once by `init`, on one processor with interrupts off.
unsafe impl Sync for Table {}

static TABLE: Table = Table(UnsafeCell::new([Gate::EMPTY; 256]));

/// An interrupt handler. It runs with interrupts off: it moves a byte and
/// leaves; it neither allocates nor prints nor takes a `TaskOnly` lock.
pub type Handler = extern "C" fn(&mut TrapFrame);

/// Where the processor's own vectors end.
pub const FIRST_FREE_VECTOR: u8 = 32;

/// The handler of each vector; the stubs read it. Only `Handler`s are stored.
pub(super) static HANDLERS: [AtomicPtr<()>; 256] =
    [const { AtomicPtr::new(stray as Handler as *mut ()) }; 256];
static STRAYS: AtomicU64 = AtomicU64::new(0);
static LAST_STRAY: AtomicU64 = AtomicU64::new(0);

/// Fills and loads the table.
pub(super) fn init() {
    let table = TABLE.0.get();
    for (vector, stub) in STUBS.as_flattened().iter().enumerate() {
        let ist = match vector as u8 {
            exception::DOUBLE_FAULT => Ist::DoubleFault as u8 + 1,
            exception::NMI => Ist::Nmi as u8 + 1,
            exception::MACHINE_CHECK => Ist::MachineCheck as u8 + 1,
            _ => 0,
        };
        // SAFETY: boot is single-threaded with interrupts off; nobody else
        // uses the table, and `vector` is below 256.
        unsafe { (*table)[vector] = Gate::new(*stub, ist) };
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
    assert!(vector >= FIRST_FREE_VECTOR, "vector {vector} is the processor's own");
    HANDLERS[vector as usize].store(handler as *mut (), Ordering::Release);
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
