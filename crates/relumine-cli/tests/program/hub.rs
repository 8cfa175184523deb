//! A small HTTP server with the habits of a hub and the faults of a network, on a port of its own.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::thread;

/// What the next request meets; without one it is answered as it should be.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The connection is closed after so many bytes of the body.
    CutAfter(usize),
    /// The body is announced, and is, shorter than the range.
    Short(usize),
    /// An answer of this status, without a body.
    Status(u16),
    /// The whole file with status 200.
    Whole,
    /// The right bytes under another ETag.
    OtherVersion,
    /// The right bytes, but the `Content-Range` is missing.
    NoContentRange,
    /// The `Content-Range` of the bytes one further on.
    Shifted,
}

#[derive(Default)]
struct Shared {
    file: Vec<u8>,
    faults: VecDeque<Option<Fault>>,
    ranges: Vec<Range<usize>>,
}

/// A running server; its threads end with the test program.
pub(crate) struct Hub {
    address: std::net::SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl Hub {
    /// Serves `file` as `/model.safetensors`, and by a redirect, as hubs do, as `/resolve/model.safetensors`.
    pub(crate) fn serve(file: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared { file, ..Shared::default() }));
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                thread::spawn(move || answer_all(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// The file's address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/model.safetensors", self.address)
    }

    /// An address that redirects to the file's.
    pub(crate) fn redirecting_url(&self) -> String {
        format!("http://{}/resolve/model.safetensors", self.address)
    }

    /// What the next requests for the file meet, in order.
    pub(crate) fn then(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.shared.lock().unwrap().faults.extend(faults);
    }

    /// Serves another file from now on.
    pub(crate) fn replace(&self, file: Vec<u8>) {
        self.shared.lock().unwrap().file = file;
    }

    /// The ranges that were asked of the file since the last call.
    pub(crate) fn asked(&self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.shared.lock().unwrap().ranges)
    }
}

fn answer_all(stream: TcpStream, shared: &Mutex<Shared>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    // Whatever ends the conversation, the client is the one under test.
    while let Some((path, range)) = request(&mut reader) {
        if answer(&stream, &path, range, shared).is_none() {
            break;
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Option<Range<usize>>)> {
    let mut lines = reader.lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut range = None;
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            let (first, last) = value.split_once('-').unwrap();
            range = Some(first.parse().unwrap()..last.parse::<usize>().unwrap() + 1);
        }
    }
    Some((path, range))
}

/// Answers one request; `None` closes the connection.
fn answer(
    mut stream: &TcpStream,
    path: &str,
    range: Option<Range<usize>>,
    shared: &Mutex<Shared>,
) -> Option<()> {
    if path.starts_with("/resolve/") {
        let head = "HTTP/1.1 302 Found\r\nLocation: /model.safetensors\r\nETag: \"of the hub\"\r\nContent-Length: 0\r\n\r\n";
        return stream.write_all(head.as_bytes()).ok();
    }
    let (file, fault) = {
        let mut shared = shared.lock().unwrap();
        shared.ranges.extend(range.clone());
        (shared.file.clone(), shared.faults.pop_front().flatten())
    };
    let range = match range {
        Some(range) if path == "/model.safetensors" && range.end <= file.len() => range,
        Some(_) if path == "/model.safetensors" => return status(stream, 416),
        Some(_) => return status(stream, 404),
        None => 0..file.len(),
    };
    let body = &file[range.clone()];
    let etag = if matches!(fault, Some(Fault::OtherVersion)) { 2 } else { 1 };
    let shift = usize::from(matches!(fault, Some(Fault::Shifted)));
    let content_range = if matches!(fault, Some(Fault::NoContentRange)) {
        String::new()
    } else {
        let (first, last) = (range.start + shift, range.end - 1 + shift);
        format!("Content-Range: bytes {first}-{last}/{}\r\n", file.len())
    };
    let mut partial = |announced: usize, sent: &[u8]| {
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nETag: \"v{etag}\"\r\n{content_range}Content-Length: {announced}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(sent).ok()
    };
    match fault {
        Some(Fault::Status(code)) => status(stream, code),
        Some(Fault::CutAfter(sent)) => {
            partial(body.len(), &body[..sent.min(body.len())]);
            None
        }
        Some(Fault::Short(missing)) => {
            let sent = &body[..body.len().saturating_sub(missing)];
            partial(sent.len(), sent)
        }
        Some(Fault::Whole) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", file.len());
            stream.write_all(head.as_bytes()).ok()?;
            stream.write_all(&file).ok()
        }
        Some(Fault::OtherVersion | Fault::NoContentRange | Fault::Shifted) | None => {
            partial(body.len(), body)
        }
    }
}

fn status(mut stream: &TcpStream, code: u16) -> Option<()> {
    stream.write_all(format!("HTTP/1.1 {code} Fault\r\nContent-Length: 0\r\n\r\n").as_bytes()).ok()
}
