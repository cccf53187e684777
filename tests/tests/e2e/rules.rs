//! Rules that the source keeps: imports point left, one file names Limine, ring 0
//! does not grow.

use std::fs;

use harness::imports::{self, Survey};
use harness::ratchet::{self, Lines};
use harness::{Outcome, ensure, images};
use libtest_mimic::Trial;

use crate::test;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("rules::imports_point_left", imports_point_left),
        test("rules::a_planted_violation_is_found", a_planted_violation_is_found),
        test("rules::one_file_names_the_limine_crate", one_file_names_limine),
        test("rules::ring_0_only_shrinks", ring_0_only_shrinks),
        test("rules::a_planted_line_is_one_too_many", a_planted_line_is_one_too_many),
        test("rules::ring_0_does_not_link_our_aml_interpreter", ring_0_links_no_interpreter),
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

/// Prints the table too: `make ratchet` shows it.
fn ring_0_only_shrinks() -> Outcome {
    let root = images::workspace();
    let lines = Lines::of_ring_0(&root)?;
    let (reached, (old, _)) = (ratchet::reached(&root)?, lines.sums());
    let advice = match reached.saturating_sub(old) {
        0 => String::new(),
        less => format!("{less} less than in {}: write {old} there to keep it\n", ratchet::REACHED),
    };
    print!("{lines}{advice}");
    lines.hold(reached)
}

fn a_planted_line_is_one_too_many() -> Outcome {
    let root = images::workspace();
    let mut lines = Lines::of_ring_0(&root)?;
    let (old, new) = lines.sums();
    // A rule that read little would hold for long.
    ensure(old > 10_000, || format!("only {old} lines were read"))?;
    lines.hold(old)?;
    lines.add(
        "kernel/src",
        &[("memory/planted.rs".into(), "// a comment\nfn f() {}\n".into())],
        &root,
    )?;
    ensure(lines.sums() == (old + 1, new), || format!("{:?} after {old}, {new}", lines.sums()))?;
    ensure(lines.hold(old).is_err(), || "a line more was let through".into())
}

fn ring_0_links_no_interpreter() -> Outcome {
    let linked: Vec<String> =
        ratchet::linked(&images::workspace())?.into_iter().map(|(name, _)| name).collect();
    ensure(linked.iter().any(|name| name == "valhalla-core"), || format!("linked: {linked:?}"))?;
    ensure(!linked.iter().any(|name| name == "valhalla-aml"), || {
        format!("libs/aml is for programs, and ring 0 links it: {linked:?}")
    })
}
