//! The documents: what they name in backticks is there.

use std::collections::BTreeSet;
use std::fs;

use harness::blocks::{self, Origin};
use harness::documents::{Tree, spans};
use harness::{Outcome, ensure, images};
use libtest_mimic::Trial;
use valhalla_core::options::OPTIONS;

use crate::{all, test};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("documents::name_what_is_there", name_what_is_there),
        test("documents::a_planted_wrong_name_is_found", a_planted_wrong_name_is_found),
        test("documents::list_every_topic", list_every_topic),
        test("documents::list_every_target_and_option", list_every_target_and_option),
        test("documents::each_transcript_says_how_it_is_made", transcripts_say_how),
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

/// The chapter on tests has a row for each topic.
fn list_every_topic() -> Outcome {
    let chapter = fs::read_to_string(images::workspace().join("docs/src/tests.md"))?;
    let rows: Vec<_> = chapter.lines().filter_map(|line| line.split('|').nth(1)).collect();
    let trials = all();
    let topics: BTreeSet<_> =
        trials.iter().filter_map(|trial| Some(trial.name().split_once("::")?.0)).collect();
    ensure(topics.len() >= 20, || format!("only {topics:?}"))?;
    let missing: Vec<_> = topics
        .into_iter()
        .filter(|topic| !rows.iter().any(|row| row.contains(&format!("`{topic}`"))))
        .collect();
    ensure(missing.is_empty(), || format!("docs/src/tests.md has no row for {missing:?}"))
}

/// README has every target that `make` lists, and every option of the kernel.
fn list_every_target_and_option() -> Outcome {
    let top = images::workspace();
    let readme = fs::read_to_string(top.join("README.md"))?;
    let makefile = fs::read_to_string(top.join("Makefile"))?;
    let listed = makefile.lines().filter(|line| line.contains(" ## "));
    let targets = listed.filter_map(|line| Some(format!("`make {}", line.split_once(':')?.0)));
    let options = OPTIONS.iter().map(|option| format!("`{}=", option.name));
    let wanted: Vec<_> = targets.chain(options).collect();
    ensure(wanted.len() >= 20, || format!("only {wanted:?}"))?;
    let named = |name: &str| {
        let mut found = readme.match_indices(name);
        found
            .any(|(at, _)| name.ends_with('=') || readme[at + name.len()..].starts_with(['`', ' ']))
    };
    let missing: Vec<_> = wanted.iter().filter(|name| !named(name)).collect();
    ensure(missing.is_empty(), || format!("README.md does not name {missing:?}"))
}

/// A block in which the kernel speaks is made by a run, or says why it is not.
fn transcripts_say_how() -> Outcome {
    let (mut made, mut odd) = (0, Vec::new());
    for file in tree()?.documents() {
        let text = fs::read_to_string(images::workspace().join(file))?;
        let lines: Vec<&str> = text.lines().collect();
        for block in blocks::of(&text) {
            let shown = &lines[block.lines.clone()];
            let why = match block.origin {
                Origin::Run(_) => {
                    made += 1;
                    None
                }
                Origin::ByHand => None,
                Origin::Unclear(why) => Some(why),
                Origin::Unsaid => shown
                    .iter()
                    .find(|line| blocks::is_of_the_kernel(line))
                    .map(|line| format!("no comment says which run says {line:?}")),
            };
            odd.extend(why.map(|why| format!("{file}:{}: {why}", block.lines.start)));
        }
    }
    // A rule that read nothing would always hold.
    ensure(made >= 20, || format!("only {made} transcripts are made"))?;
    ensure(odd.is_empty(), || odd.join("\n"))
}

fn tree() -> Outcome<Tree> {
    let trials = all().iter().map(|trial| trial.name().to_owned()).collect();
    Tree::read(&images::workspace(), trials)
}
