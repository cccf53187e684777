//! GDT and TSS: the segments long mode still wants, and the emergency stacks.
//!
//! Three faults may strike when the current stack is the problem, or when it is
//! in an unknown state: double fault, NMI and machine check. Each has an
//! Interrupt Stack Table entry, so the processor switches to a stack of its own
//! (SDM Vol. 3A, 7.14.5), which lies in the image.

use super::image_stacks::ImageStack;
use core::cell::UnsafeCell;
use x86_64::VirtAddr;
use x86_64::instructions::tables::load_tss;
use x86_64::registers::segmentation::{CS, DS, ES, FS, GS, SS, Segment};
use x86_64::structures::gdt::{Descriptor, GlobalDescriptorTable, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;

/// An entry of the Interrupt Stack Table; the number that gates carry, minus one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ist {
    /// For the double fault.
    DoubleFault = 0,
    /// For the non-maskable interrupt.
    Nmi = 1,
    /// For the machine check.
    MachineCheck = 2,
}

impl Ist {
    /// Every entry with its stack.
    const ALL: [(Self, ImageStack); 3] = [
        (Self::DoubleFault, ImageStack::DoubleFault),
        (Self::Nmi, ImageStack::Nmi),
        (Self::MachineCheck, ImageStack::MachineCheck),
    ];
}

/// Tables that the processor reads; written once at boot, with interrupts off.
struct Tables {
    gdt: UnsafeCell<GlobalDescriptorTable>,
    tss: UnsafeCell<TaskStateSegment>,
}

// SAFETY: one processor runs, and only `init` and `load_task` write, neither of
// which is ever called by a handler.
unsafe impl Sync for Tables {}

static TABLES: Tables = Tables {
    gdt: UnsafeCell::new(GlobalDescriptorTable::new()),
    tss: UnsafeCell::new(TaskStateSegment::new()),
};

/// The selector of the kernel's code segment; every IDT gate names it.
pub(super) const KERNEL_CODE: SegmentSelector =
    SegmentSelector::new(1, x86_64::PrivilegeLevel::Ring0);

/// The selector of the kernel's data segment, for every stack.
pub(super) const KERNEL_DATA: SegmentSelector =
    SegmentSelector::new(2, x86_64::PrivilegeLevel::Ring0);

/// The selector of the TSS.
const TASK: SegmentSelector = SegmentSelector::new(3, x86_64::PrivilegeLevel::Ring0);

/// A data segment whose present bit is clear: loading it is #NP, or #SS for
/// the stack segment. Nobody does but the fault lab.
pub const NOT_PRESENT: u16 = 5 << 3;
/// Writable data, privilege level 0, P = 0 (SDM Vol. 3A, figure 3-8).
const ABSENT_DATA: u64 = 0x12 << 40;

/// Builds and loads the GDT and the TSS.
pub(super) fn init() {
    let tss = TABLES.tss.get();
    // SAFETY: boot is single-threaded with interrupts off, and this runs once:
    // nobody else holds a reference into the tables, which are never moved.
    unsafe {
        for (entry, stack) in Ist::ALL {
            (*tss).interrupt_stack_table[entry as usize] = VirtAddr::new(stack.range().top);
        }
        let gdt = &mut *TABLES.gdt.get();
        *gdt = GlobalDescriptorTable::new();
        let code = gdt.append(Descriptor::kernel_code_segment());
        debug_assert!(code == KERNEL_CODE);
        let data = gdt.append(Descriptor::kernel_data_segment());
        debug_assert!(data == KERNEL_DATA);
        let task = gdt.append(Descriptor::tss_segment(&*tss));
        debug_assert!(task == TASK);
        let absent = gdt.append(Descriptor::UserSegment(ABSENT_DATA));
        debug_assert!(absent.0 == NOT_PRESENT);
        gdt.load_unsafe();
        CS::set_reg(code);
        SS::set_reg(data);
        DS::set_reg(data);
        ES::set_reg(data);
        FS::set_reg(SegmentSelector::NULL);
        GS::set_reg(SegmentSelector::NULL);
        load_tss(task);
    }
}

/// How much of the TSS the processor may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskLimit {
    /// All of it.
    Whole,
    /// Only 0x21 bytes: the Interrupt Stack Table is beyond the limit, so that
    /// an exception which needs it becomes #TS. For the fault lab.
    WithoutIst,
}

/// Loads the task register anew, with this limit.
///
/// # Safety
///
/// With `WithoutIst` an NMI, a double fault or a machine check resets the
/// machine: the caller puts `Whole` back at once.
pub unsafe fn load_task(limit: TaskLimit) {
    /// Type field of the descriptor, and what an available 64-bit TSS has there.
    const TYPE: u64 = 0xf << 40;
    const AVAILABLE: u64 = 0x9 << 40;
    const LIMIT: u64 = 0xffff;
    let limit = match limit {
        TaskLimit::Whole => size_of::<TaskStateSegment>() as u64 - 1,
        TaskLimit::WithoutIst => 0x20,
    };
    let gdt = x86_64::instructions::tables::sgdt().base;
    x86_64::instructions::interrupts::without_interrupts(|| {
        // SAFETY: the loaded GDT is ours and lies in `TABLES`, whose cell may be
        // written; with interrupts off nobody else does. The descriptor stays
        // that of our TSS; only its limit changes, for which the caller answers,
        // and LTR takes it because it is marked available.
        unsafe {
            let descriptor = gdt.as_mut_ptr::<u64>().add(usize::from(TASK.index()));
            let old = descriptor.read_volatile();
            descriptor.write_volatile(old & !(TYPE | LIMIT) | AVAILABLE | limit);
            load_tss(TASK);
        }
    });
}
