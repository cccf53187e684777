//! Each kind of name, right and wrong.

use super::*;

fn tree() -> Tree {
    let mut tree = Tree {
        paths: ["kernel", "kernel/src", "kernel/src/cpu", "kernel/src/cpu/idt.rs", "tools/iso"]
            .map(str::to_owned)
            .into(),
        trials: vec!["pci::pvh_q35_edu_interrupts".to_owned()],
        ..Tree::default()
    };
    tree.add_code("kernel/src/cpu/idt.rs", "pub fn set_handler(vector: Vector) {}");
    tree.add_code("kernel/core/src/ring.rs", "pub struct ByteRing;");
    tree.add_makefile("MAKE := x\nrun-bios: build ## boots\n\t@echo run-uefi:\nrun: build\n");
    tree
}

#[test]
fn names_that_are_there_are_right() {
    for span in [
        "kernel/src/cpu/idt.rs",
        "cpu/idt.rs",
        "idt.rs",
        "kernel/src/cpu/",
        "kernel/base/../src",
        "tools/iso -t 0",
        "kernel/src/cpu/NAME.rs",
        "build/valhalla",
        "make run",
        "make run-*",
        "make run CMDLINE=test=run",
        "cpu::idt",
        "cpu::idt::set_handler(1)",
        "Vector::ByteRing",
        "valhalla_core::ring::ByteRing",
        "crate::cpu",
        "pci::",
        "pci::*_edu_interrupts",
        "pci::pvh_q35_edu_interrupts",
    ] {
        assert_eq!(tree().complaint(span), None, "{span}");
    }
}

#[test]
fn what_is_no_name_is_let_pass() {
    for span in ["/dev/sdX", "-t", ".bss", "poke ADDRESS", "[a/b]", "ESC [ 1", "mkfs.fat", "make"] {
        assert_eq!(tree().complaint(span), None, "{span}");
    }
}

#[test]
fn names_of_nothing_are_found() {
    for span in [
        "kernel/src/cpu/ldt.rs",
        "cpu/gone.rs",
        "gone.rs",
        "tools/gone -t 0",
        "kernel/gone/NAME.rs",
        "dt.rs",
        "../cpu",
        "make runs",
        "make run gone",
        "make gone-*",
        "cpu::gone",
        "cpu::ByteRing",
        "valhalla_core::set_handler",
        "Vector::gone",
        "pci::pvh_gone",
        "pci::*_gone",
        "gone::",
    ] {
        assert!(tree().complaint(span).is_some(), "{span}");
    }
}

#[test]
fn spans_have_their_lines() {
    let text = "a `b` and `c\nd` `e\n\n`f`\n```sh\nmake x   # why\n`no`\n```\n    make y\n";
    let found: Vec<_> = spans(text).into_iter().map(|span| (span.line, span.text)).collect();
    let wanted = [(1, "b"), (1, "c d"), (4, "f"), (6, "make x"), (9, "make y")];
    assert_eq!(found, wanted.map(|(line, text)| (line, text.to_owned())));
}
