//! Parts of a file on an HTTP server: range requests that survive redirects, cut connections and passing faults, and
//! notice when the file is replaced between two of them.

use std::io::{self, Read};
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Error, anyhow};
use serde::{Deserialize, Serialize};
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode, header};

/// How often and after what pause a request is made again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    /// Faults in a row without a byte between them that are borne.
    pub(crate) most: u32,
    /// The pause after the first; doubled after each further one.
    pub(crate) pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { most: 4, pause: Duration::from_secs(1) }
    }
}

/// Which version of which file it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Where it lies.
    pub(crate) url: String,
    /// The server's name for this version of it, where it gives one.
    pub(crate) etag: Option<String>,
    /// Its length in bytes.
    pub(crate) bytes: u64,
}

/// A request that is going to be made again.
#[derive(Debug)]
pub(crate) struct Again<'a> {
    /// Why.
    pub(crate) reason: &'a Error,
    /// After what pause.
    pub(crate) pause: Duration,
}

/// A file on a server.
pub(crate) struct Remote {
    agent: Agent,
    url: String,
    retry: Retry,
    identity: Option<Identity>,
}

/// Why a range was not read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The server, or the way to it.
    Remote(Error),
    /// What arrived could not be stored.
    Sink(io::Error),
}

impl ReadError {
    /// The cause, whosever it is.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Remote(error) => error,
            Self::Sink(error) => error.into(),
        }
    }
}

/// What can go wrong with one request.
enum Fault {
    /// May pass: worth another try.
    Passing(Error),
    /// Will be the same next time.
    Lasting(Error),
    /// Not the server's: what arrived could not be stored.
    Sink(io::Error),
}

impl Remote {
    /// The file at `url`. Nothing is asked of the server yet.
    pub(crate) fn new(url: &str, retry: Retry) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // What begins encrypted stays so across redirects.
            .https_only(url.starts_with("https://"))
            .user_agent(concat!("relumine/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_per_read(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Self { agent, url: url.to_owned(), retry, identity: None }
    }

    /// Which file the server has; known after the first answer.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Reads the bytes in `range` into `sink`, in order and each once, however many requests that takes.
    ///
    /// # Errors
    /// If the server cannot be reached, refuses, has no ranges or another file than before, or if `sink` fails.
    pub(crate) fn read(
        &mut self,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
        again: &mut dyn FnMut(Again<'_>),
    ) -> Result<(), ReadError> {
        let mut position = range.start;
        let mut faults = 0;
        while position < range.end {
            let before = position;
            match self.request(&mut position, range.end, sink) {
                Ok(()) => {}
                Err(Fault::Sink(error)) => return Err(ReadError::Sink(error)),
                Err(Fault::Lasting(error)) => return Err(ReadError::Remote(error)),
                Err(Fault::Passing(error)) => {
                    faults = if position > before { 1 } else { faults + 1 };
                    if faults > self.retry.most {
                        return Err(ReadError::Remote(
                            error.context(format!("gave up after {faults} tries")),
                        ));
                    }
                    let pause = self.retry.pause * 2u32.saturating_pow(faults - 1);
                    again(Again { reason: &error, pause });
                    std::thread::sleep(pause);
                }
            }
        }
        Ok(())
    }

    /// One request for the bytes from `position` to `end`; moves `position` past each that `sink` has taken.
    fn request(
        &mut self,
        position: &mut u64,
        end: u64,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), Fault> {
        let wanted = *position..end;
        let range = format!("bytes={}-{}", wanted.start, wanted.end - 1);
        let mut response =
            self.agent.get(&self.url).header(header::RANGE, range).call().map_err(|e| self.unanswered(e))?;
        check_status(response.status())?;
        self.check_identity(response.headers(), &wanted)?;

        let mut body = response.body_mut().as_reader().take(wanted.end - wanted.start);
        let mut buffer = [0; 64 * 1024];
        while *position < end {
            let n = match body.read(&mut buffer) {
                Ok(0) => Err(anyhow!("the connection was cut {} bytes early", end - *position)),
                Ok(n) => Ok(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => Err(anyhow!("the connection was cut {} bytes early ({e})", end - *position)),
            }
            .map_err(Fault::Passing)?;
            sink(&buffer[..n]).map_err(Fault::Sink)?;
            *position += n as u64;
        }
        Ok(())
    }

    /// A server that never answered is most likely out of reach: waiting would only delay that news. Once it has, or if
    /// it cut the conversation short, another try is worth it.
    fn unanswered(&self, error: ureq::Error) -> Fault {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let passing = match &error {
            ureq::Error::Io(e) => {
                self.identity.is_some()
                    || matches!(e.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
            }
            ureq::Error::Timeout(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
                self.identity.is_some()
            }
            ureq::Error::Protocol(_) => true,
            _ => false,
        };
        let error = anyhow!("the server cannot be reached ({error})");
        if passing { Fault::Passing(error) } else { Fault::Lasting(error) }
    }

    /// Checks that the answer holds what was asked for, of the same file as the answers before.
    ///
    /// The comparison is made here rather than by `If-Match`: a hub and the store that it redirects to are two servers,
    /// and the first may know the file by another ETag.
    fn check_identity(&mut self, headers: &HeaderMap, wanted: &Range<u64>) -> Result<(), Fault> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let (range, bytes) = text(header::CONTENT_RANGE)
            .and_then(parse_content_range)
            .context("the server's answer does not say which part of the file it is")
            .map_err(Fault::Lasting)?;
        let identity = Identity { url: self.url.clone(), etag: text(header::ETAG).map(str::to_owned), bytes };
        if *self.identity.get_or_insert_with(|| identity.clone()) != identity {
            return Err(Fault::Lasting(anyhow!(
                "the file changed on the server while it was fetched; run the command again to begin anew"
            )));
        }
        if range != *wanted {
            return Err(Fault::Passing(anyhow!(
                "the server gave bytes {range:?} where {wanted:?} were asked for"
            )));
        }
        let length: Option<u64> = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        match length {
            Some(length) if length != wanted.end - wanted.start => Err(Fault::Passing(anyhow!(
                "the server announced {length} bytes where {} were asked for",
                wanted.end - wanted.start
            ))),
            _ => Ok(()),
        }
    }
}

fn check_status(status: StatusCode) -> Result<(), Fault> {
    match status {
        StatusCode::PARTIAL_CONTENT => Ok(()),
        StatusCode::OK => {
            Err(Fault::Lasting(anyhow!("the server only gives whole files, not the parts that are needed")))
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            Err(Fault::Lasting(anyhow!("the file is too short (HTTP {status})")))
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Err(Fault::Passing(anyhow!("the server is busy (HTTP {status})")))
        }
        _ if status.is_server_error() => Err(Fault::Passing(anyhow!("the server failed (HTTP {status})"))),
        _ => Err(Fault::Lasting(anyhow!("the server refused (HTTP {status})"))),
    }
}

/// Reads `bytes FIRST-LAST/LENGTH` (RFC 9110, § 14.4) as a half-open range and the length of the whole file.
fn parse_content_range(value: &str) -> Option<(Range<u64>, u64)> {
    let (range, bytes) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, bytes) = (first.parse().ok()?, last.parse::<u64>().ok()?, bytes.parse().ok()?);
    (first <= last && last < bytes).then(|| (first..last + 1, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read_strictly() {
        assert_eq!(parse_content_range("bytes 0-7/100"), Some((0..8, 100)));
        for wrong in
            ["0-7/100", "bytes 0-7/*", "bytes 7-0/100", "bytes 0-100/100", "bytes */100", "bytes 0-/9", ""]
        {
            assert_eq!(parse_content_range(wrong), None, "{wrong}");
        }
        assert_eq!(parse_content_range(&format!("bytes 0-{}/{}", u64::MAX, u64::MAX)), None);
    }
}
