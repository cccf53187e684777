//! Frames, page tables, guard pages, the heap.

use super::{Outcome, selftest};
use crate::cpu::Features;
use crate::memory::audit;
use crate::memory::stacks::{Owner, Stack};
use crate::memory::{self, Caching, frames, heap, hhdm, mmio, space, stacks};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use valhalla_core::frames::FreeError;
use valhalla_core::paging::{Entry, Outcome as Walked, Rights};

selftest!("memory: frames come and go, and a double free is seen", frames_come_and_go);
fn frames_come_and_go() -> Outcome {
    let before = frames::statistics();
    let mut taken = Vec::new();
    for _ in 0..1000 {
        taken.push(frames::allocate(frames::Owner::Kernel).expect("1000 frames"));
    }
    let twice = |(number, frame)| taken.iter().skip(number + 1).any(|later| later == frame);
    assert!(!taken.iter().enumerate().any(twice), "a frame was handed out twice");
    for frame in &taken {
        assert_eq!(frames::free(*frame, frames::Owner::Kernel), Ok(()));
    }
    assert_eq!(frames::free(taken[0], frames::Owner::Kernel), Err(FreeError::DoubleFree));
    drop(taken);
    let after = frames::statistics();
    assert_eq!(after.used + after.free, after.total);
    // What differs is what the heap grew by, and the books it opened.
    assert!(after.free <= before.free);
    Outcome::Passed
}

selftest!("memory: the heap holds Box, Vec, String, and gives all of it back", heap_works);
fn heap_works() -> Outcome {
    let before = heap::statistics();
    let boxed = Box::new([7_u8; 4096]);
    let numbers: Vec<u32> = (0..50_000).collect();
    let text: String = numbers.iter().take(10).map(|n| char::from(b'0' + *n as u8)).collect();
    assert_eq!(text, "0123456789");
    assert_eq!(numbers.iter().map(|n| u64::from(*n)).sum::<u64>(), 50_000 * 49_999 / 2);
    assert!(boxed.iter().all(|byte| *byte == 7));
    drop((boxed, numbers, text));
    let after = heap::statistics();
    assert_eq!((after.used, after.allocations), (before.used, before.allocations));
    Outcome::Passed
}

selftest!("memory: too large an allocation is an error", too_large);
fn too_large() -> Outcome {
    let before = heap::statistics();
    let mut huge = Vec::<u8>::new();
    assert!(huge.try_reserve_exact(1 << 45).is_err());
    assert_eq!(heap::statistics(), before);
    Outcome::Passed
}

selftest!("memory: the image is mapped by section", image_rights);
fn image_rights() -> Outcome {
    let nx = Features::get().nx;
    for section in memory::sections() {
        let is_guard = |address: &u64| stacks::guards().any(|guard| guard == *address);
        for address in (section.start..section.end).step_by(4096).filter(|at| !is_guard(at)) {
            let Some(Walked::Mapped(leaf)) = space::walk(address).map(|walk| walk.outcome) else {
                panic!("{address:#x} in {} is not mapped", section.name)
            };
            let is_text = section.name == "kernel text";
            assert_eq!(leaf.writable, section.name == "kernel data", "{address:#x}");
            assert!(is_text || !nx || !leaf.executable, "{address:#x} is executable");
            assert!(!leaf.user, "{address:#x} is for users");
        }
    }
    Outcome::Passed
}

selftest!("memory: the audit finds no page that breaks a rule", audit_passes);
fn audit_passes() -> Outcome {
    let audit = audit::run();
    assert!(audit.audited.complete && audit.audited.pages > 0);
    assert_eq!(audit.violations().next(), None);
    if Features::get().nx {
        Outcome::Passed
    } else {
        Outcome::Skipped("W^X cannot be enforced without NX")
    }
}

selftest!("memory: page 0, the VGA window and guard pages are holes", holes);
fn holes() -> Outcome {
    let is_hole = |address| {
        matches!(space::walk(address).map(|walk| walk.outcome), Some(Walked::NotPresent { .. }))
    };
    assert!(is_hole(0));
    assert!(is_hole(hhdm::offset() + 0xa_0000));
    let here = 0_u8;
    let stack = memory::what_is(&raw const here as u64);
    assert_eq!(stack, "guarded call stack");
    let guards = stacks::guards();
    assert!(guards.clone().count() >= 7, "main, five in the image and this one");
    for guard in guards {
        assert!(is_hole(guard), "no guard page at {guard:#x}");
        assert!(!is_hole(guard + 4096), "no stack above the guard page {guard:#x}");
    }
    Outcome::Passed
}

selftest!("memory: a walk through the direct map finds the frame", translation);
fn translation() -> Outcome {
    let frame = frames::allocate_zeroed(frames::Owner::Kernel).expect("a frame");
    let physical = frame.start_address();
    let Some(Walked::Mapped(leaf)) =
        space::walk(hhdm::pointer(physical) as u64 + 0x123).map(|walk| walk.outcome)
    else {
        panic!("{frame} is not in the direct map")
    };
    assert_eq!(leaf.physical, physical + 0x123);
    assert_eq!(frames::free(frame, frames::Owner::Kernel), Ok(()));
    Outcome::Passed
}

selftest!("memory: RAM of ours cannot be mapped as a device", ram_is_no_device);
fn ram_is_no_device() -> Outcome {
    let frame = frames::allocate(frames::Owner::Kernel).expect("a frame");
    let refused = |physical, length| mmio::map(physical, length, Caching::Uncached, "test").err();
    assert_eq!(refused(frame.start_address(), 4096), Some(mmio::MmioError::Ram));
    assert_eq!(refused(u64::MAX, 2), Some(mmio::MmioError::BadRange));
    assert_eq!(refused(0, 0), Some(mmio::MmioError::BadRange));
    assert_eq!(frames::free(frame, frames::Owner::Kernel), Ok(()));
    Outcome::Passed
}

selftest!("memory: a device's mapping is shared, and ends with its last user", shared_mapping);
fn shared_mapping() -> Outcome {
    /// The BIOS's ROM: on every PC, and nobody maps the part below.
    const ROM: u64 = 0xf_0000;
    let before = mmio::count();
    let map = |physical, caching| mmio::map(physical, 16, caching, "test").expect("room");
    let first = map(ROM, Caching::Uncached);
    let second = map(ROM + 8, Caching::Uncached);
    assert_eq!(second.start().as_ptr() as u64, first.start().as_ptr() as u64 + 8);
    assert_eq!(mmio::count(), before + 1);
    let address = first.start().as_ptr() as u64;
    assert_eq!(memory::what_is(address), "test");
    let other = mmio::map(ROM, 16, Caching::WriteBack, "test").err();
    assert_eq!(other, Some(mmio::MmioError::OtherCaching));
    let is_mapped =
        || matches!(space::walk(address).map(|walk| walk.outcome), Some(Walked::Mapped(_)));
    drop(first);
    assert!(is_mapped(), "unmapped while it has a user");
    drop(second);
    assert!(!is_mapped(), "still mapped without a user");
    assert_eq!(mmio::count(), before);
    Outcome::Passed
}

selftest!("memory: the audit finds a page that is writable and executable", planted_violation);
fn planted_violation() -> Outcome {
    if !Features::get().nx {
        return Outcome::Skipped("this processor has no NX");
    }
    assert_eq!(audit::run().count, 0);
    let stack = Stack::allocate(Owner::GuardedCall).expect("a stack");
    let address = stack.range().bottom;
    let walk = space::walk(address).expect("tables");
    let leaf = walk.steps().last().expect("an entry");
    let entry = hhdm::pointer(leaf.entry_address()).cast::<u64>();
    let clear_nx = || {
        // SAFETY: the entry maps a page of the stack that was allocated above
        // and that nobody runs on; the bit is put back below.
        unsafe { entry.write_volatile(entry.read_volatile() & !Entry::NX) };
    };
    clear_nx();
    let found = audit::run();
    // SAFETY: as above.
    unsafe { entry.write_volatile(entry.read_volatile() | Entry::NX) };
    assert_eq!(found.count, 1);
    let violation = found.violations().next().expect("one");
    assert_eq!((violation.address, violation.last), (address, address + 4095));
    assert!(matches!(violation.is, Walked::Mapped(leaf) if leaf.writable && leaf.executable));
    assert_eq!(violation.must_be.map(|page| page.rights), Some(Rights::ReadWrite));
    assert_eq!(audit::run().count, 0);
    Outcome::Passed
}

selftest!("memory: the heap runs out in words, and comes back", heap_runs_out);
fn heap_runs_out() -> Outcome {
    const BLOCK: usize = 64 * 1024;
    let before = heap::statistics();
    if before.limit > 256 << 20 {
        return Outcome::Skipped("filling so much RAM takes too long");
    }
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut block = Vec::new();
        // The list of blocks needs room too, and is refused it just the same.
        if block.try_reserve_exact(BLOCK).is_err() || blocks.try_reserve(1).is_err() {
            break;
        }
        blocks.push(block);
    }
    let full = heap::statistics();
    assert!(full.mapped <= full.limit, "grown past its limit");
    // With little RAM the screen's older lines are a good part of it.
    let taken = before.used + blocks.len() * BLOCK;
    assert!(taken >= full.limit as usize * 3 / 4, "refused too early");
    assert!(memory::last_refusal().is_some());
    drop(blocks);
    let after = heap::statistics();
    assert_eq!((after.used, after.allocations), (before.used, before.allocations));
    let [grown, kept] = [full, after].map(|heap| heap.mapped.saturating_sub(before.mapped));
    assert!(kept < grown / 4, "its pages were not given back");
    Outcome::Passed
}
