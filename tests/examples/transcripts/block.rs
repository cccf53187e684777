//! One block: its commands are given, and its lines written anew.

use std::process::Command;

use harness::blocks::Run;
use harness::dialogue::{self, Exchange, Prompt};
use harness::images::workspace;
use harness::serial::{MONITOR, PROMPT, without_status};
use harness::{Failure, Outcome, ensure, seconds};

use crate::machines::{self, Machines, Reply};

/// Why a block cannot be made.
pub(crate) struct Fault {
    /// The line of the block, counted from 0.
    pub(crate) at: usize,
    pub(crate) failure: Failure,
}

/// Makes the lines of a block that has the lines `body` now.
pub(crate) fn make(
    run: &Run,
    body: &[&str],
    machines: &mut Machines,
) -> Result<Vec<String>, Fault> {
    let first = |failure| Fault { at: 0, failure };
    if let Some(command) = &run.command {
        let shown: Vec<String> = body.iter().map(|line| (*line).to_owned()).collect();
        let reply = ask(run, Prompt::Shell, command, run.fresh, run.keys.as_deref(), machines);
        return reply
            .and_then(|reply| {
                ensure(status(&reply.prompt).is_empty(), || format!("`{command}` fails"))?;
                dialogue::excerpt(&shown, &reply.lines)
            })
            .map_err(first);
    }
    let exchanges = dialogue::of(body).map_err(first)?;
    let commands = exchanges.iter().take_while(|exchange| !exchange.command.is_empty()).count();
    let (mut lines, mut answered) = (Vec::new(), 0);
    // Of the command before.
    let mut state = String::new();
    for (index, exchange) in exchanges.iter().enumerate() {
        let fault = |failure| Fault { at: exchange.at, failure };
        lines.extend(asked(exchange, &state));
        if index == commands {
            ensure(index + 1 == exchanges.len() && index > 0, || "nothing is typed here".into())
                .map_err(fault)?;
            break;
        }
        let last = index + 1 == commands;
        let keys = run.keys.as_deref().filter(|_| last);
        let fresh = run.fresh && index == 0;
        let reply = ask(run, exchange.prompt, &exchange.command, fresh, keys, machines);
        let reply = reply.map_err(fault)?;
        judge(exchange, exchanges.get(index + 1), &reply).map_err(fault)?;
        status(&reply.prompt).clone_into(&mut state);
        answered += reply.lines.len();
        lines.extend(dialogue::excerpt(&exchange.shown, &reply.lines).map_err(fault)?);
    }
    ensure(answered > 0, || "the block has no answer".into()).map_err(first)?;
    Ok(lines)
}

/// Asks who the block speaks to.
fn ask(
    run: &Run,
    prompt: Prompt,
    command: &str,
    fresh: bool,
    keys: Option<&str>,
    machines: &mut Machines,
) -> Outcome<Reply> {
    if run.machine == "host" {
        return ask_host(command);
    }
    let machine = machines.get(&run.machine, fresh)?;
    let stands = machine.serial()?.wait_row("a prompt", seconds(20), |row| {
        [PROMPT, MONITOR].contains(&without_status(row))
    })?;
    ensure(without_status(&stands) == prompt.text(), || {
        format!("the machine stands at {stands:?}, not at {}", prompt.text())
    })?;
    machines::ask(machine, command, keys)
}

/// Runs a command of the machine that builds, at the top of the repository.
fn ask_host(command: &str) -> Outcome<Reply> {
    let output = Command::new("sh").args(["-c", command]).current_dir(workspace()).output()?;
    ensure(output.status.success(), || {
        format!("`{command}`: {}", String::from_utf8_lossy(&output.stderr))
    })?;
    let lines = String::from_utf8_lossy(&output.stdout);
    let lines = lines.lines().map(|line| line.trim_end().to_owned()).collect();
    Ok(Reply { lines, prompt: Prompt::Host.text().into() })
}

/// The status that a prompt begins with, such as `[1] `.
fn status(prompt: &str) -> &str {
    prompt.strip_suffix(without_status(prompt)).unwrap_or_default()
}

/// A failure is wanted where the block's next prompt shows one, and there alone.
fn judge(exchange: &Exchange, next: Option<&Exchange>, reply: &Reply) -> Outcome {
    let (wanted, failed) =
        (next.is_some_and(Exchange::shows_status), !status(&reply.prompt).is_empty());
    let command = &exchange.command;
    ensure(wanted || !failed, || {
        let words = "fails; where that is meant, the next line is the prompt";
        format!("`{command}` {words} {:?}:\n{}", reply.prompt, reply.lines.join("\n"))
    })?;
    ensure(failed || !wanted, || format!("`{command}` does not fail"))?;
    let after = Prompt::of(&reply.prompt).map(|(prompt, _)| prompt);
    let shown = next.map(|next| next.prompt);
    ensure(shown.is_none() || shown == after, || {
        format!("after `{command}` stands {:?}", reply.prompt)
    })
}

/// The lines of a command, with the status of the one before.
fn asked(exchange: &Exchange, state: &str) -> Vec<String> {
    let mut lines = exchange.asked.clone();
    if let Some(line) = lines.first_mut() {
        *line = format!("{state}{}", without_status(line));
    }
    lines
}
