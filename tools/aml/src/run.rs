//! Runs another program, with a limit of time.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a program wrote, and whether it ended in time.
#[derive(Debug)]
pub struct Output {
    /// Standard output and standard error.
    pub text: String,
    /// It ended by itself.
    pub ended: bool,
}

/// Longest text that is kept: a program that prints for ever fills no memory.
const MOST_BYTES: u64 = 16 << 20;

/// Runs a program in a folder and takes what it writes.
pub fn run(command: &mut Command, folder: &Path, limit: Duration) -> std::io::Result<Output> {
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let readers = [child.stdout.take().map(reader), child.stderr.take().map(reader)];
    let ended = wait(&mut child, limit)?;
    let mut text = String::new();
    for reader in readers.into_iter().flatten() {
        text.push_str(&reader.join().unwrap_or_default());
    }
    Ok(Output { text, ended })
}

fn reader(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _what_came = pipe.by_ref().take(MOST_BYTES).read_to_end(&mut bytes);
        let _rest = std::io::copy(&mut pipe, &mut std::io::sink());
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, limit: Duration) -> std::io::Result<bool> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

/// True if a program can be started.
pub fn is_there(program: &str) -> bool {
    Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
