//! Bochs, the second machine: strict processors, and an ordinary VGA.

use harness::bochs::{Recipe, Vga};
use harness::{Outcome, ensure};
use libtest_mimic::Trial;

use crate::selftest::passed;
use crate::test_in_bochs;

pub(crate) fn trials() -> Vec<Trial> {
    vec![test_in_bochs("bochs::an_ordinary_vga_boots", an_ordinary_vga_boots)]
}

fn an_ordinary_vga_boots() -> Outcome {
    let recipe = Recipe::new("corei7_skylake_x").ignoring_bad_msrs().vga(Vga::Plain);
    let mut machine = recipe.boot_to_prompt()?;
    let screen = machine.run("dmesg | grep 'no screen'")?;
    ensure(screen.contains("console: no screen: no text mode: a VGA of unknown make"), || {
        format!("of the screen dmesg says {screen:?}")
    })?;
    let answer = machine.run("selftest guarded")?;
    ensure(count(&answer) >= Some(2) && answer.contains(" passed, 0 failed"), || answer)
}

/// How many tests passed, by the last line of `selftest`.
fn count(answer: &str) -> Option<u32> {
    passed(answer.lines().last()?)
}
