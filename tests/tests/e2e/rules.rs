//! Rules that the source keeps: imports point left, and one file names Limine.

use std::fs;

use harness::imports::{self, Survey};
use harness::{Outcome, ensure, images};
use libtest_mimic::Trial;

use crate::test;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("rules::imports_point_left", imports_point_left),
        test("rules::a_planted_violation_is_found", a_planted_violation_is_found),
        test("rules::one_file_names_the_limine_crate", one_file_names_limine),
    ]
}

fn imports_point_left() -> Outcome {
    let survey = imports::survey(&images::workspace().join("kernel/src"))?;
    // A rule that read nothing would always hold.
    ensure(survey.files >= 20 && survey.paths >= 40, || {
        format!("only {} files with {} paths were read", survey.files, survey.paths)
    })?;
    let words: Vec<String> = survey.violations.iter().map(ToString::to_string).collect();
    ensure(words.is_empty(), || format!("imports that do not point left:\n{}", words.join("\n")))
}

fn a_planted_violation_is_found() -> Outcome {
    let file = "memory/mod.rs";
    let mut text = fs::read_to_string(images::workspace().join("kernel/src").join(file))?;
    text.push_str("\nuse crate::{cpu, shell::commands};\n");
    let line = text.lines().count();
    let mut survey = Survey::default();
    survey.file(file, &text);
    let found: Vec<String> = survey.violations.iter().map(ToString::to_string).collect();
    ensure(found == [format!("{file}:{line}: uses shell")], || format!("found {found:?}"))
}

fn one_file_names_limine() -> Outcome {
    let source = images::workspace().join("kernel/src");
    let naming: Vec<_> = imports::files(&source)?
        .into_iter()
        .filter(|(_, text)| imports::names_crate(text, "limine"))
        .map(|(name, _)| name)
        .collect();
    ensure(naming == ["boot/limine.rs"], || format!("the limine crate is named in {naming:?}"))
}
