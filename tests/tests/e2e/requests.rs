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
        test("requests::no_rsdp_boots", || boots(elf::RSDP)),
    ]
}

/// A machine whose kernel has one request that no loader knows.
fn recipe(request: Request) -> Outcome<(Recipe, Kernel)> {
    let kernel = elf::without(&fs::read(images::kernel()?)?, request)?;
    let name = format!("valhalla-{}-{:x}", std::process::id(), request.0[0]);
    let file = Kernel(std::env::temp_dir().join(name));
    fs::write(&file.0, kernel)?;
    Ok((Recipe::new(Door::Pvh).kernel(&file.0), file))
}

/// A file that is removed when it is no longer needed.
struct Kernel(std::path::PathBuf);

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
