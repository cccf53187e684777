//! An X server without a screen, for programs that want one: Xvfb.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::pixels::Pixels;
use crate::{Failure, Outcome};

/// An X server that shows nothing to anybody; it is killed when this is dropped.
pub(crate) struct Display {
    server: Child,
    /// Where it keeps its picture.
    picture: PathBuf,
    /// As `DISPLAY` has it, such as `:7`.
    pub(crate) name: String,
}

impl Display {
    /// Starts one, which picks a free number itself and keeps its picture in `dir`.
    pub(crate) fn new(dir: &Path) -> Outcome<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"]);
        command.arg("-fbdir").arg(dir);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let server =
            command.spawn().map_err(|error| Failure::from(error).during("starting Xvfb"))?;
        let mut display = Self { server, picture: dir.join("Xvfb_screen0"), name: String::new() };
        // It says the number when it is ready, or ends and closes the pipe.
        let mut number = String::new();
        if let Some(said) = display.server.stdout.take() {
            BufReader::new(said).read_line(&mut number)?;
        }
        let number: u32 = number
            .trim()
            .parse()
            .map_err(|_| Failure::new(format!("Xvfb tells no display number: {number:?}")))?;
        display.name = format!(":{number}");
        Ok(display)
    }

    /// A rectangle (left, top, width, height) of the picture as it is now.
    pub(crate) fn picture(&self, rectangle: [usize; 4]) -> Outcome<Pixels> {
        Pixels::parse_xwd(&fs::read(&self.picture)?, rectangle)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It may have ended on its own, which is fine.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
