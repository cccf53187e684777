//! The serial line: a thread that reads it, and waits for what it says.
//!
//! Everything received is kept twice: raw, for failure reports, and played
//! onto a [`Transcript`], which is what tests read. Waiting is for a line or
//! the prompt, with a bound, and ends at once when the emulator goes away.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::transcript::Transcript;
use crate::{Failure, Outcome, seconds};

/// What the shell prints when it wants a command.
pub const PROMPT: &str = "valhalla>";

/// What the crash monitor prints when it wants one.
pub const MONITOR: &str = "monitor>";

/// `line` without the status of the command before, as in `[1] valhalla>`.
#[must_use]
pub fn without_status(line: &str) -> &str {
    let rest =
        line.strip_prefix('[').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let rest = rest.and_then(|rest| rest.strip_prefix("] "));
    rest.filter(|rest| rest.starts_with(PROMPT)).unwrap_or(line)
}

/// The line that announces the first prompt.
pub const READY: &str = "Type help for a list of commands.";

/// Bytes that QEMU's UART takes in one go while its FIFO is empty: as many as make
/// it interrupt, as the kernel has set it up.
const AT_ONCE: usize = 14;

/// How much raw serial text a failure shows.
const TAIL_BYTES: usize = 3000;

/// A read of at least so many bytes is worth its while.
const A_BURST: usize = 256;
/// How long bytes are left to gather.
const BETWEEN_READS: Duration = Duration::from_micros(500);

/// The host's end of COM1.
pub struct Serial {
    line: Box<dyn Write + Send>,
    shared: Arc<Shared>,
    /// First line that no wait has matched yet.
    seen: usize,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    raw: Vec<u8>,
    transcript: Transcript,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Serial {
    /// Starts reading what the guest sends; `line` takes what it receives.
    #[must_use]
    pub fn new(from: impl Read + Send + 'static, line: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let writer = Arc::clone(&shared);
        thread::spawn(move || receive(from, &writer));
        Self { line: Box::new(line), shared, seen: 0 }
    }

    /// Over a connected socket.
    ///
    /// # Errors
    /// If the socket cannot be shared with the reader thread.
    pub fn over_socket(stream: UnixStream) -> Outcome<Self> {
        Ok(Self::new(stream.try_clone()?, stream))
    }

    /// Over QEMU's pair of named pipes. QEMU has opened them, or this waits.
    ///
    /// # Errors
    /// If they are not there.
    pub fn over_pipes(path: &Path) -> Outcome<Self> {
        let line = File::options().write(true).open(path.with_extension("in"))?;
        Ok(Self::new(File::open(path.with_extension("out"))?, line))
    }

    /// Waits until `found` answers, looking again whenever something arrives.
    fn wait<T>(
        &self,
        what: &str,
        bound: Duration,
        mut found: impl FnMut(&Transcript, usize) -> Option<T>,
    ) -> Outcome<T> {
        let deadline = Instant::now() + bound;
        let mut state = self.shared.lock();
        // Everything may be new to this wait; later only what changed since.
        let mut changed = 0;
        loop {
            if let Some(answer) = found(&state.transcript, changed) {
                return Ok(answer);
            }
            changed = state.transcript.forget_changes();
            let left = deadline.saturating_duration_since(Instant::now());
            let ended = if state.closed {
                Some("the machine closed the serial line".to_owned())
            } else if left.is_zero() {
                Some(format!("not seen within {} s", bound.as_secs()))
            } else {
                None
            };
            if let Some(ended) = ended {
                let tail = tail(&state.raw);
                return Err(Failure::new(format!(
                    "serial: waiting for {what}: {ended}; the log ends:\n{tail}"
                )));
            }
            state = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits for a line that contains `text`, after those matched before, and returns it.
    ///
    /// The line is returned as it stands when the text appears; it may still grow.
    ///
    /// # Errors
    /// When the bound passes or QEMU ends first; the failure shows the log's tail.
    pub fn wait_for(&mut self, text: &str, bound: Duration) -> Outcome<String> {
        let from = self.seen;
        let (index, line) = self.wait(&format!("{text:?}"), bound, |transcript, changed| {
            (from.max(changed)..transcript.len())
                .map(|index| (index, transcript.line(index)))
                .find(|(_, line)| line.contains(text))
        })?;
        self.seen = index + 1;
        Ok(line)
    }

    /// As [`Serial::wait_for`], but waits until the line is complete.
    ///
    /// # Errors
    /// As [`Serial::wait_for`].
    pub fn wait_for_line(&mut self, text: &str, bound: Duration) -> Outcome<String> {
        let from = self.seen;
        let what = format!("a line with {text:?}");
        let (index, line) = self.wait(&what, bound, |transcript, changed| {
            (from.max(changed)..transcript.complete())
                .map(|index| (index, transcript.line(index)))
                .find(|(_, line)| line.contains(text))
        })?;
        self.seen = index + 1;
        Ok(line)
    }

    /// As [`Serial::wait_for`], but waits for a complete line that is `text` and no more:
    /// the answer, and not the command that asked for it.
    ///
    /// # Errors
    /// As [`Serial::wait_for`].
    pub fn wait_for_answer(&mut self, text: &str, bound: Duration) -> Outcome {
        let from = self.seen;
        let index = self.wait(&format!("the line {text:?}"), bound, |transcript, changed| {
            let mut complete = from.max(changed)..transcript.complete();
            complete.find(|index| transcript.line(*index) == text)
        })?;
        self.seen = index + 1;
        Ok(())
    }

    /// Waits until the line that the cursor is on is as `wanted`, whether or not it was
    /// matched before.
    ///
    /// # Errors
    /// As [`Serial::wait_for`].
    pub fn wait_row(
        &mut self,
        what: &str,
        bound: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> Outcome<String> {
        self.wait(what, bound, |transcript, _| {
            Some(transcript.current().1).filter(|line| wanted(line))
        })
    }

    /// Waits until the cursor stands behind an empty prompt on a line not matched before.
    ///
    /// # Errors
    /// As [`Serial::wait_for`].
    pub fn prompt(&mut self, bound: Duration) -> Outcome {
        self.prompt_from(self.seen, &[PROMPT], bound).map(drop)
    }

    /// Waits for one of `prompts` and returns its line, with the status.
    fn prompt_from(&mut self, from: usize, prompts: &[&str], bound: Duration) -> Outcome<String> {
        let (row, line) = self.wait("the prompt", bound, |transcript, _| {
            let (row, line) = transcript.current();
            (row >= from && prompts.contains(&without_status(&line))).then_some((row, line))
        })?;
        self.seen = row;
        Ok(line)
    }

    /// Waits for the end of the boot: the ready line, then the first prompt.
    ///
    /// # Errors
    /// As [`Serial::wait_for`].
    pub fn ready(&mut self, bound: Duration) -> Outcome {
        self.wait_for(READY, bound)?;
        self.prompt(bound)
    }

    /// Types a command at the prompt and returns the lines of its answer.
    ///
    /// # Errors
    /// When the prompt does not come back in 20 s.
    pub fn run(&mut self, command: &str) -> Outcome<String> {
        self.run_within(command, seconds(20))
    }

    /// [`Serial::run`] with a bound of one's own.
    ///
    /// # Errors
    /// When the prompt does not come back within `bound`.
    pub fn run_within(&mut self, command: &str, bound: Duration) -> Outcome<String> {
        self.prompt(bound)?;
        self.send(command.as_bytes())?;
        self.submit(bound).map_err(|failure| failure.during(command))
    }

    /// [`Serial::run`] of a line that is typed in pieces, of which each has been
    /// answered by the guest before the next is sent. A piece of up to
    /// [`AT_ONCE`] bytes arrives in one go: no time passes within a sequence.
    ///
    /// # Errors
    /// When a piece or the line is not answered within 20 s.
    pub fn run_pieces(&mut self, pieces: &[&str]) -> Outcome<String> {
        self.prompt(seconds(20))?;
        for piece in pieces {
            self.send_paced(piece.as_bytes(), AT_ONCE, seconds(20))?;
        }
        self.submit(seconds(20)).map_err(|failure| failure.during(format!("{pieces:?}")))
    }

    /// Return at the prompt, and the lines of the answer.
    fn submit(&mut self, bound: Duration) -> Outcome<String> {
        self.send(b"\r")?;
        Ok(self.answer(&[PROMPT], bound)?.0.join("\n"))
    }

    /// Waits until one of `prompts` stands below the one that was matched last, and
    /// returns the lines in between and the line of the new prompt.
    ///
    /// # Errors
    /// As [`Serial::wait_for`].
    pub fn answer(&mut self, prompts: &[&str], bound: Duration) -> Outcome<(Vec<String>, String)> {
        let first = self.seen + 1;
        let prompt = self.prompt_from(first, prompts, bound)?;
        let mut lines = self.shared.lock().transcript.lines_from(first);
        lines.truncate(self.seen.saturating_sub(first));
        Ok((lines, prompt))
    }

    /// Sends bytes; QEMU hands them over as fast as the guest takes them.
    ///
    /// # Errors
    /// If QEMU went away.
    pub fn send(&mut self, bytes: &[u8]) -> Outcome {
        self.line.write_all(bytes).map_err(|error| Failure::from(error).during("serial"))
    }

    /// Sends bytes in pieces, and after each waits until the guest answered with anything.
    ///
    /// # Errors
    /// If QEMU went away, or the guest stayed silent for `bound` after a piece.
    pub fn send_paced(&mut self, bytes: &[u8], piece: usize, bound: Duration) -> Outcome {
        for part in bytes.chunks(piece.max(1)) {
            let before = self.received();
            self.send(part)?;
            let shared = Arc::clone(&self.shared);
            let state = shared.lock();
            let (state, timeout) = shared
                .changed
                .wait_timeout_while(state, bound, |state| {
                    state.raw.len() == before && !state.closed
                })
                .unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() || state.closed {
                let tail = tail(&state.raw);
                return Err(Failure::new(format!("serial: no answer to {part:x?}:\n{tail}")));
            }
        }
        Ok(())
    }

    /// Waits until QEMU has closed the line, and returns the end of the raw log as
    /// [`Serial::tail`] does.
    ///
    /// # Errors
    /// When `bound` passes first.
    pub fn wait_closed(&self, bound: Duration) -> Outcome<String> {
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), bound, |state| !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        let tail = tail(&state.raw);
        if timeout.timed_out() {
            return Err(Failure::new(format!("serial: the machine does not close it:\n{tail}")));
        }
        Ok(tail)
    }

    /// How many bytes the guest has sent so far.
    #[must_use]
    pub fn received(&self) -> usize {
        self.shared.lock().raw.len()
    }

    /// Everything received, as lines.
    #[must_use]
    pub fn text(&self) -> String {
        self.shared.lock().transcript.lines_from(0).join("\n")
    }

    /// The end of the raw log, for failure reports.
    #[must_use]
    pub fn tail(&self) -> String {
        tail(&self.shared.lock().raw)
    }
}

fn receive(mut reader: impl Read, shared: &Shared) {
    let mut buffer = [0; 1 << 16];
    loop {
        let count = match reader.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count.unwrap_or(0),
        };
        let mut state = shared.lock();
        state.raw.extend_from_slice(&buffer[..count]);
        state.transcript.feed(&buffer[..count]);
        state.closed = count == 0;
        shared.changed.notify_all();
        if count == 0 {
            return;
        }
        // QEMU sends byte by byte: to be woken for each would cost the host more
        // than the guest's own work. What comes meanwhile is read in one go.
        if count < A_BURST {
            thread::sleep(BETWEEN_READS);
        }
    }
}

fn tail(raw: &[u8]) -> String {
    let from = raw.len().saturating_sub(TAIL_BYTES);
    String::from_utf8_lossy(&raw[from..])
        .chars()
        .map(|c| if c.is_control() && c != '\n' { '·' } else { c })
        .collect()
}
