//! The user's ffmpeg, as processes beside this one.

use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

/// How often it is looked whether a process has ended.
const SOON: Duration = Duration::from_millis(20);

/// A process that ends with this value at the latest.
pub(super) struct Running {
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Running {
    pub(super) fn start(program: &str, words: &[OsString]) -> Result<Self> {
        let mut command = command(program, words);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| missing(program, &error))?;
        let mut stderr = child.stderr.take().expect("it is piped");
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            // What cannot be read of it is not told.
            let _ = stderr.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        Ok(Self { child, said: Some(said) })
    }

    /// Where frames come from; once.
    pub(super) fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("it is taken once")
    }

    /// Where frames go to; once.
    pub(super) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("it is taken once")
    }

    /// Looks whether it has ended, after a moment if it has not.
    pub(super) fn has_ended(&mut self) -> Result<bool> {
        let ended = self.child.try_wait()?.is_some();
        if !ended {
            thread::sleep(SOON);
        }
        Ok(ended)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it failed: the last line that it said.
    pub(super) fn finish(&mut self) -> Result<()> {
        let status = self.child.wait().context("ffmpeg is lost")?;
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        match status.code() {
            Some(0) => Ok(()),
            Some(_) => bail!("{}", last_line(&said)),
            None => bail!("it was ended: {status}"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Who has ended cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program of ffmpeg's that Ctrl-C does not reach: what becomes of it is decided here.
pub(super) fn command(program: &str, words: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, 0x200);
    command
}

/// It cannot be started.
pub(super) fn missing(program: &str, error: &std::io::Error) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return anyhow!(
            "{program} is not found: install ffmpeg, which it is part of, or put its folder on the PATH"
        );
    }
    anyhow!("{program} cannot be started: {error}")
}

/// The last thing that it said.
pub(super) fn last_line(said: &str) -> String {
    let last =
        said.lines().rev().map(str::trim).find(|line| !line.is_empty() && *line != "Conversion failed!");
    last.unwrap_or("it does not say why").to_owned()
}
