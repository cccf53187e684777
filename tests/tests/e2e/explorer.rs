//! The memory explorer at the prompt, and machines with little and much memory.

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Outcome, ensure};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// Machines whose RAM is only promised: it costs the host nothing until it is used.
const SPARSE: [(&str, &str); 2] = [("64G", "qemu64,phys-bits=40"), ("1T", "max,phys-bits=48")];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for door in [Door::Pvh, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI] {
        trials.push(test_at(door, format!("explorer::{door}_shows_memory"), |door| {
            shows_memory(Recipe::new(door).boot_to_prompt()?)
        }));
        trials.push(test_at(door, format!("explorer::{door}_survives_bad_addresses"), |door| {
            survives_bad_addresses(Recipe::new(door).boot_to_prompt()?)
        }));
        trials.push(test_at(door, format!("explorer::{door}_fails_every_allocation"), |door| {
            let mut machine = Recipe::new(door).boot_to_prompt()?;
            says(&mut machine, "failnth heap", &["failed allocations, no panic and no leak"])
        }));
    }
    for (size, cpu) in SPARSE {
        trials.push(test(format!("explorer::pvh_{size}_sparse"), move || {
            let ram = format!("memory-backend-ram,id=ram,size={size},reserve=off");
            let recipe = Recipe::new(Door::Pvh).memory(size).cpu(cpu);
            let recipe = recipe.machine("pc,memory-backend=ram").arg("-object").arg(&ram);
            let mut machine = recipe.boot_to_prompt()?;
            says(&mut machine, "mem", &["frames free"])?;
            says(&mut machine, "heap fuzz 3 2000", &["every block intact"])?;
            says(&mut machine, "frames check", &["the books agree"])
        }));
    }
    trials
}

/// Runs `command` and wants every one of `words` in its answer.
fn says(machine: &mut Machine, command: &str, words: &[&str]) -> Outcome {
    let answer = machine.run(command)?;
    for word in words {
        ensure(answer.contains(word), || format!("`{command}` does not say {word:?}:\n{answer}"))?;
    }
    Ok(())
}

fn shows_memory(mut machine: Machine) -> Outcome {
    let kinds = ["r-x WB kernel text", "r-- WB kernel constants", "rw- WB kernel data"];
    says(&mut machine, "vm map", &kinds)?;
    says(
        &mut machine,
        "vm map",
        &["rw- WB main stack", "rw- WB heap", "rw- WB direct map of RAM"],
    )?;
    says(&mut machine, "vm audit", &[" pages looked at, 0 violations"])?;
    says(&mut machine, "mem", &["kernel image", "page tables, books", "frames free", "heap: "])?;
    says(&mut machine, "frames", &["page tables", "stacks", "bookkeeping", "free", "all"])?;
    says(&mut machine, "frames check", &["the books agree"])?;
    says(&mut machine, "heap stats", &["in use", "mapped", "may grow to"])?;
    says(&mut machine, "heap map", &["in use", "free", "mapped, in a window"])?;
    says(&mut machine, "heap fuzz 42 5000", &["5000 rounds with seed 42", "every block intact"])?;
    says(&mut machine, "frames check", &["the books agree"])?;
    machine.no_triple_fault()
}

fn survives_bad_addresses(mut machine: Machine) -> Outcome {
    let text = "0xffffffff80000000";
    says(&mut machine, &format!("peek {text}"), &[text])?;
    says(&mut machine, "peek 0", &["page fault", "address 0x0", "not mapped", "null page"])?;
    says(&mut machine, "peek 0x8000000000000000", &["general protection", "not canonical"])?;
    says(&mut machine, "peek 0xfffffffffffffff8 256", &["page fault"])?;
    says(&mut machine, &format!("poke {text} 0"), &["page fault", "rights forbid", "kernel text"])?;
    says(&mut machine, "poke 0 0 64", &["page fault", "write to a page that is not mapped"])?;
    says(&mut machine, &format!("poke {text} 256"), &["does not fit into 8 bits"])?;
    says(&mut machine, "peek nonsense", &["nonsense: "])?;
    says(&mut machine, &format!("peek {text} 257"), &["1 to 256 bytes"])?;
    says(&mut machine, "peek", &["usage: peek"])?;
    says(&mut machine, "vm audit", &["0 violations"])?;
    machine.no_triple_fault()
}
