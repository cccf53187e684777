//! `terminal`: asks the terminal that it is read on, and shows what it answers.
//!
//! The screen's terminal is the kernel's own; at a serial line it is whatever
//! somebody connected there. Both are asked the same, in the same bytes.

use crate::console;
use crate::println;
use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use valhalla_core::answer::Answer;

pub(super) static COMMAND: Command = Command {
    name: "terminal",
    aliases: &[],
    group: Group::Devices,
    usage: "",
    summary: "asks your terminal what it is and how large",
    example: "terminal    what it answers to status reports (DSR, DA); at a serial\n\
              line its size is followed from then on",
    words: &[],
    reach: Reach::Bulk,
    run,
};

/// A terminal at the end of a slow line may take so long.
const PATIENCE_NS: u64 = 500_000_000;

/// What is asked: in words, in bytes, and what is an answer to it.
struct Question {
    words: &'static str,
    shown: &'static str,
    bytes: &'static str,
    meets: fn(Answer) -> bool,
}

const HEALTH: Question = Question {
    words: "how are you",
    shown: "CSI 5 n",
    bytes: "\x1b[5n",
    meets: |answer| matches!(answer, Answer::Ready | Answer::Faulty),
};
const DEVICE: Question = Question {
    words: "what are you",
    shown: "CSI c",
    bytes: "\x1b[c",
    meets: |answer| matches!(answer, Answer::Device(_)),
};
const CURSOR: Question =
    Question { words: "where is your cursor", shown: "CSI 6 n", bytes: "\x1b[6n", meets: is_place };
const CORNER: Question = Question {
    words: "where is your corner",
    shown: "CSI 999;999 H, CSI 6 n",
    bytes: "\x1b7\x1b[999;999H\x1b[6n\x1b8",
    meets: is_place,
};
const SIZE: Question = Question {
    words: "how large are you",
    shown: "CSI 18 t",
    bytes: "\x1b[18t",
    meets: |answer| matches!(answer, Answer::Size { .. }),
};

fn is_place(answer: Answer) -> bool {
    matches!(answer, Answer::Place { .. })
}

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let Some(place) = session.place() else {
        return Err(CommandError::failed("it asks whoever runs it, and this is nobody's session"));
    };
    let health = session.ask(HEALTH.bytes, HEALTH.meets, PATIENCE_NS)?;
    if health.is_none() {
        return Err(CommandError::failed("no answer: a terminal that gives none, or nobody there"));
    }
    // These two lines also keep the cursor out of the first row, where the answer
    // to where it is and the key F3 are the same bytes.
    println!("  \x1b[36m{:<22}{:<24}{place}'s terminal\x1b[0m", "question", "sent");
    show(&HEALTH, health);
    ask(session, &DEVICE)?;
    ask(session, &CURSOR)?;
    let corner = ask(session, &CORNER)?;
    let size = ask(session, &SIZE)?;
    // The corner first: tmux 3.3 answers the other with rows and columns exchanged.
    if let Some(size) = corner.or(size).and_then(Answer::as_size) {
        session.resize(place, size);
    }
    let (cols, rows) = console::size();
    println!("  Lines are laid out for {cols} columns, {rows} rows.");
    Ok(())
}

fn ask(session: &mut Session<'_>, question: &Question) -> Result<Option<Answer>, CommandError> {
    let answer = session.ask(question.bytes, question.meets, PATIENCE_NS)?;
    show(question, answer);
    Ok(answer)
}

fn show(Question { words, shown, .. }: &Question, answer: Option<Answer>) {
    match answer {
        Some(answer) => println!("  {words:<22}{shown:<24}{answer}"),
        None => println!("  {words:<22}{shown:<24}\x1b[90mno answer\x1b[0m"),
    }
}
