//! Bochs, the second machine: strict processors, and an ordinary VGA.

use harness::bochs::{Recipe, Vga};
use harness::door::Loader;
use harness::serial::PROMPT;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::selftest::passed;
use crate::test_in_bochs;

pub(crate) fn trials() -> Vec<Trial> {
    // Neither has the machine-check registers that its CPUID promises.
    let models = [("corei7_haswell_4770", ""), ("corei7_skylake_x", "")];
    let mut trials: Vec<Trial> = models
        .into_iter()
        .map(|(model, words)| {
            let name = format!("bochs::{model}_passes_its_self_tests");
            test_in_bochs(Loader::Grub, name, move |_| passes_self_tests(model, words))
        })
        .collect();
    for (loader, by) in [(Loader::Grub, ""), (Loader::Limine, "_by_limine")] {
        let name = format!("bochs::an_ordinary_vga_boots{by}");
        trials.push(test_in_bochs(loader, name, an_ordinary_vga_boots));
    }
    trials
}

/// Boots on a strict `model` and runs the self tests with `words` in their names.
fn passes_self_tests(model: &str, words: &str) -> Outcome {
    let mut machine = Recipe::new(model).boot_to_prompt()?;
    let answer = machine.serial.run_within(&format!("selftest {words}"), seconds(300))?;
    ensure(count(&answer) >= Some(15) && answer.contains(" passed, 0 failed"), || answer)?;
    // The guard was needed: a machine that lets everything pass shows nothing.
    let log = machine.log()?;
    ensure(log.contains("RDMSR: Unknown register 0x179"), || {
        "Bochs let IA32_MCG_CAP be read".into()
    })
}

/// An adapter in text mode, for which the loader knows no other, is used as it is: its
/// picture is read in Bochs' window. And the machine takes any write to a register that
/// it does not have.
fn an_ordinary_vga_boots(loader: Loader) -> Outcome {
    let recipe = Recipe::new("corei7_skylake_x").ignoring_bad_msrs().vga(Vga::Plain).loader(loader);
    let mut machine = recipe.boot_to_prompt()?;
    let screen = machine.wait_screen("the prompt", |screen| screen.last() == PROMPT)?;
    for words in ["console: a VGA of unknown make, in text mode already", "VGA text 80x25, serial"]
    {
        let is_there = screen.contains(words);
        ensure(is_there, || format!("{words:?} is not on:\n{}", screen.rows.join("\n")))?;
    }
    let answer = machine.run("selftest guarded")?;
    ensure(count(&answer) >= Some(2) && answer.contains(" passed, 0 failed"), || answer)?;
    let answer = machine.run("selftest MSR")?;
    ensure(answer.ends_with("0 passed, 0 failed, 1 cannot be shown here"), || answer)
}

/// The number of tests that passed, by the answer of `selftest`.
fn count(answer: &str) -> Option<u32> {
    passed(answer.lines().find(|line| line.contains(" passed, "))?)
}
