//! `fault NAME`: the fault lab. Raises an exception on purpose, shows its
//! report, and comes back; `fault NAME fatal` lets it end the kernel.

pub(crate) mod effects;
pub(crate) mod lab;
pub(crate) mod raise;

use crate::cpu::guarded::Failure;
use crate::memory::GuardedError;
use crate::report::Report;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{console, print, println};
use lab::{Ending, LAB, Provocation};

pub(super) static COMMAND: Command = Command {
    name: "fault",
    aliases: &[],
    group: Group::Testing,
    usage: "NAME [fatal] | all",
    summary: "raises an exception, shows its report and comes back",
    example: "\
              fault pf          raises a page fault, shows its report and comes back\n\
              fault all         raises every one that can be come back from\n\
              fault ud fatal    ends the kernel with the report as its last words",
    words: &["all"],
    reach: Reach::Bulk,
    run,
};

/// What `help fault` says beyond that.
pub(super) fn explain() {
    for provocation in LAB {
        println!("  \x1b[96m{:<8}\x1b[0m {}", provocation.name, provocation.explains);
    }
    println!("With \"fatal\" nothing catches it: the report is the kernel's last words.");
}

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    match arguments {
        ["all", rest @ ..] => expect_none(rest).and_then(|()| all(session)),
        [name] => caught(find(name)?),
        [name, "fatal"] => {
            let provocation = find(name)?;
            (provocation.raise)();
            println!("the code went on");
            Ok(())
        }
        _ => Err(CommandError::Usage),
    }
}

fn find(name: &str) -> Result<&'static Provocation, CommandError> {
    LAB.iter().find(|provocation| provocation.name == name).ok_or(CommandError::Usage)
}

/// One provocation, with the whole report of what it raised.
fn caught(provocation: &Provocation) -> Result<(), CommandError> {
    if provocation.ending == Ending::Halts {
        let name = provocation.name;
        return Err(CommandError::failed(format_args!(
            "nothing can come back from this one: \"fault {name} fatal\" raises it"
        )));
    }
    let seen = lab::provoke(provocation);
    match &seen.outcome {
        Ok(()) => match provocation.ending {
            Ending::GoesOn(_) => println!("the code went on"),
            Ending::MayNotStrike { why, .. } => println!("nothing was raised: {why}"),
            _ => println!("nothing was raised"),
        },
        Err(error) => {
            if let GuardedError::Failed(Failure::Fault(fault)) = error {
                console::print_page(&Report::new(fault));
            }
            println!("came back from: {error}");
        }
    }
    Ok(())
}

/// All of the lab that can be come back from, a line each.
fn all(session: &mut Session<'_>) -> Result<(), CommandError> {
    let (mut shown, mut not_raised, mut wrong) = (0_u32, 0_u32, 0_u32);
    for provocation in LAB.iter().filter(|provocation| provocation.ending != Ending::Halts) {
        session.check()?;
        print!("{:<8} ", provocation.name);
        let seen = lab::provoke(provocation);
        match seen.verdict(provocation) {
            lab::Verdict::AsExpected => shown += 1,
            lab::Verdict::NotRaised(_) => not_raised += 1,
            lab::Verdict::Wrong => wrong += 1,
        }
        match &seen.outcome {
            Err(error) => println!("{error}"),
            Ok(()) if matches!(provocation.ending, Ending::GoesOn(_)) => println!("went on"),
            Ok(()) => println!("nothing was raised"),
        }
    }
    println!("{shown} as expected, {not_raised} not raised by this machine, {wrong} wrong");
    match wrong {
        0 => Ok(()),
        _ => Err(CommandError::failed(format_args!("{wrong} did not do what they should"))),
    }
}
