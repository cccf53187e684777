//! Frames, page tables, guard pages, the heap.

use super::{Outcome, selftest};
use crate::cpu::Features;
use crate::memory::{self, Caching, frames, heap, hhdm, mmio, space, stacks};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use valhalla_core::frames::FreeError;
use valhalla_core::paging::Outcome as Walked;

selftest!("memory: frames come and go, and a double free is seen", frames_come_and_go);
fn frames_come_and_go() -> Outcome {
    let before = frames::statistics();
    let mut taken = Vec::new();
    for _ in 0..1000 {
        taken.push(frames::allocate().expect("1000 frames"));
    }
    let mut sorted = taken.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), taken.len(), "a frame was handed out twice");
    for frame in &taken {
        assert_eq!(frames::free(*frame), Ok(()));
    }
    assert_eq!(frames::free(taken[0]), Err(FreeError::DoubleFree));
    drop((taken, sorted));
    let after = frames::statistics();
    assert_eq!(after.used + after.free, after.total);
    // What differs is what the heap grew by, and the books it opened.
    assert!(after.free <= before.free);
    Outcome::Passed
}

selftest!("memory: the heap holds Box, Vec and String, and gives all of it back", heap_works);
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
        for address in (section.start..section.end).step_by(4096) {
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

selftest!("memory: no page is writable and executable, or the user's, or low", audit);
fn audit() -> Outcome {
    let nx = Features::get().nx;
    let mut pages = 0_u64;
    let visited = space::for_each_page(|address, leaf| {
        pages += 1;
        assert!(address >= 0xff00_0000_0000_0000, "{address:#x} is in the lower half");
        assert!(!nx || !(leaf.writable && leaf.executable), "{address:#x} is W+X");
        assert!(!leaf.user, "{address:#x} is the user's");
    });
    assert!(pages > 0);
    assert_eq!(visited.broken, 0);
    if nx { Outcome::Passed } else { Outcome::Skipped("W^X cannot be enforced without NX") }
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
    assert!(guards.clone().count() >= 5, "main, three emergency stacks and this one");
    for guard in guards {
        assert!(is_hole(guard), "no guard page at {guard:#x}");
        assert!(!is_hole(guard + 4096), "no stack above the guard page {guard:#x}");
    }
    Outcome::Passed
}

selftest!("memory: a walk through the direct map finds the frame", translation);
fn translation() -> Outcome {
    let frame = frames::allocate_zeroed().expect("a frame");
    let physical = frame.start_address();
    let Some(Walked::Mapped(leaf)) =
        space::walk(hhdm::pointer(physical) as u64 + 0x123).map(|walk| walk.outcome)
    else {
        panic!("{frame} is not in the direct map")
    };
    assert_eq!(leaf.physical, physical + 0x123);
    assert_eq!(frames::free(frame), Ok(()));
    Outcome::Passed
}

selftest!("memory: RAM of ours cannot be mapped as a device", ram_is_no_device);
fn ram_is_no_device() -> Outcome {
    let frame = frames::allocate().expect("a frame");
    let outcome = mmio::map(frame.start_address(), 4096, Caching::Uncached);
    assert_eq!(outcome, Err(mmio::MmioError::Ram));
    assert_eq!(mmio::map(u64::MAX, 2, Caching::Uncached), Err(mmio::MmioError::BadRange));
    assert_eq!(mmio::map(0, 0, Caching::Uncached), Err(mmio::MmioError::BadRange));
    assert_eq!(frames::free(frame), Ok(()));
    Outcome::Passed
}
