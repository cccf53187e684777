//! What a loader may leave unanswered: needed answers end in words, others do not matter.

use std::fs;

use harness::door::Door;
use harness::elf::{self, Request};
use harness::machine::Recipe;
use harness::{Outcome, ensure, images, seconds};
use libtest_mimic::Trial;

use crate::test;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("requests::no_hhdm_is_said_and_halts", || {
            halts(elf::HHDM, "gave no higher-half direct map (HHDM)")
        }),
        test("requests::no_memory_map_is_said_and_halts", || {
            halts(elf::MEMORY_MAP, "gave no memory map")
        }),
        test("requests::no_framebuffer_boots", || boots(elf::FRAMEBUFFER)),
        test("requests::too_large_a_kernel_is_refused", too_large),
        test("requests::no_rsdp_boots", || boots(elf::RSDP)),
    ]
}

/// A machine whose kernel has one request that no loader knows.
fn recipe(request: Request) -> Outcome<(Recipe, Kernel)> {
    changed(&elf::without(&fs::read(images::kernel()?)?, request)?, request.0[0])
}

/// A machine that boots these bytes as its kernel; `tag` tells files apart.
pub(crate) fn changed(kernel: &[u8], tag: u64) -> Outcome<(Recipe, Kernel)> {
    let name = format!("valhalla-kernel-{}-{tag:x}", std::process::id());
    let file = Kernel(std::env::temp_dir().join(name));
    fs::write(&file.0, kernel)?;
    Ok((Recipe::new(Door::Pvh).kernel(&file.0), file))
}

/// A kernel that needs more memory than there is ends in one clear line.
fn too_large() -> Outcome {
    let kernel = elf::enlarged(&fs::read(images::kernel()?)?, 1 << 30)?;
    let (recipe, _file) = changed(&kernel, 0)?;
    let mut machine = recipe.memory("64M").boot()?;
    machine.serial()?.wait_for("shim: too little memory for the kernel", seconds(30))?;
    machine.wait_halted(seconds(10))
}

/// A file that is removed when it is no longer needed.
pub(crate) struct Kernel(std::path::PathBuf);

impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn halts(request: Request, words: &str) -> Outcome {
    let (recipe, _file) = recipe(request)?;
    let mut machine = recipe.boot()?;
    machine.serial()?.wait_for(words, seconds(30))?;
    machine.wait_halted(seconds(10))?;
    let text = machine.serial()?.text();
    ensure(!text.contains("CPU exception"), || format!("a fault beside the words:\n{text}"))?;
    machine.no_triple_fault()
}

fn boots(request: Request) -> Outcome {
    let (recipe, _file) = recipe(request)?;
    let mut machine = recipe.boot_to_prompt()?;
    let answer = machine.run("echo still here")?;
    ensure(answer == "still here", || format!("echo answered {answer:?}"))?;
    machine.no_triple_fault()
}
