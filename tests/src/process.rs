//! A process of an emulator and the directory that its sockets and logs are in.

use std::fs;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Failure, Outcome, seconds};

/// A new directory, removed when it is dropped unless `VALHALLA_KEEP` is set.
pub(crate) struct Dir(PathBuf);

impl Dir {
    /// Makes one. Its path is short, because socket paths must be.
    pub(crate) fn new() -> Outcome<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("valhalla-{}-{number}", std::process::id());
            let dir = std::env::temp_dir().join(name);
            match fs::create_dir(&dir) {
                Ok(()) => return Ok(Self(dir)),
                // Of a run that was killed, whose number is ours now.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        if std::env::var_os("VALHALLA_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// A process of QEMU or Bochs; it is killed when this is dropped.
pub(crate) struct Process {
    pub(crate) child: Child,
    dir: Dir,
}

impl Process {
    /// Starts it; what it says goes into a file, for [`Process::accept`].
    pub(crate) fn start(mut command: Command, dir: Dir) -> Outcome<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(dir.path().join("stderr"))?);
        let child = command.spawn().map_err(|error| {
            let program = command.get_program().to_string_lossy();
            Failure::from(error).during(format!("starting {program}"))
        })?;
        Ok(Self { child, dir })
    }

    /// A file in the machine's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Waits for it to connect, or to end because it did not like its arguments.
    pub(crate) fn accept(&mut self, listener: &UnixListener) -> Outcome<UnixStream> {
        listener.set_nonblocking(true)?;
        let stream = self.accept_by(|| listener.accept().map(|(stream, _)| stream))?;
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// [`Process::accept`] from any listener that does not block, by its `accept`.
    pub(crate) fn accept_by<T>(&mut self, mut accept: impl FnMut() -> io::Result<T>) -> Outcome<T> {
        let deadline = Instant::now() + seconds(30);
        loop {
            if let Ok(stream) = accept() {
                return Ok(stream);
            }
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() >= deadline {
                let words = fs::read_to_string(self.path("stderr")).unwrap_or_default();
                return Err(Failure::new(format!("it did not start: {ended:?} {words}")));
            }
            // A listener has no time-out of its own; this is the pace of looking.
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended on its own, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
