//! The documents: what they name in backticks is there.

use std::fs;

use harness::documents::{Tree, spans};
use harness::{Outcome, ensure, images};
use libtest_mimic::Trial;

use crate::{all, test};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("documents::name_what_is_there", name_what_is_there),
        test("documents::a_planted_wrong_name_is_found", a_planted_wrong_name_is_found),
    ]
}

fn name_what_is_there() -> Outcome {
    let tree = tree()?;
    let (mut files, mut names, mut wrong) = (0, 0, Vec::new());
    for file in tree.documents() {
        files += 1;
        for span in spans(&fs::read_to_string(images::workspace().join(file))?) {
            names += 1;
            let complaint = tree.complaint(&span.text);
            wrong.extend(complaint.map(|words| format!("{file}:{}: {words}", span.line)));
        }
    }
    // A rule that read nothing would always hold.
    ensure(files >= 20 && names >= 1000, || format!("only {files} files with {names} spans"))?;
    ensure(wrong.is_empty(), || format!("names of nothing:\n{}", wrong.join("\n")))
}

fn a_planted_wrong_name_is_found() -> Outcome {
    let tree = tree()?;
    let text =
        "See `cpu/idt.rs`,\n`drivers/gone.rs`, `make gone`, `doors::gone` and `cpu::idt::gone`.";
    let wrong: Vec<_> =
        spans(text).into_iter().filter(|span| tree.complaint(&span.text).is_some()).collect();
    let lines: Vec<_> = wrong.iter().map(|span| span.line).collect();
    ensure(lines == [2, 2, 2, 2], || format!("found {wrong:?}"))
}

fn tree() -> Outcome<Tree> {
    let trials = all().iter().map(|trial| trial.name().to_owned()).collect();
    Tree::read(&images::workspace(), trials)
}
