//! Files that come in: streamed to the disk, within bounds, and named by what they hold.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::time::timeout;

use crate::{Failure, Folder};

/// Seconds within which the next bytes have to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// A file that came in.
pub(crate) struct Upload {
    pub(crate) file: NamedTempFile,
    /// By what it holds: the first 16 hexadecimal digits of its SHA-256.
    pub(crate) id: String,
    pub(crate) bytes: u64,
}

/// Takes a file in.
pub(crate) async fn receive(folder: &Folder, body: Body, most: u64) -> Result<Upload, Failure> {
    let mut file = folder.temporary_file()?;
    let (mut stream, mut digest, mut bytes) = (body.into_data_stream(), Sha256::new(), 0);
    loop {
        let next = timeout(PATIENCE, stream.next())
            .await
            .map_err(|_| Failure::new(StatusCode::REQUEST_TIMEOUT, "the file stopped coming in"))?;
        let Some(chunk) = next else { break };
        let chunk = chunk.map_err(|error| Failure::bad(format!("the file broke off: {error}")))?;
        bytes += chunk.len() as u64;
        if bytes > most {
            let message = format!("the file is larger than {most} bytes, which is the most that is taken");
            return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        digest.update(&chunk);
        // A few kibibytes into the system's own cache.
        file.write_all(&chunk)?;
    }
    if bytes == 0 {
        return Err(Failure::bad("the file is empty"));
    }
    Ok(Upload { file, id: id(digest), bytes })
}

/// The name of what was hashed.
pub(crate) fn id(digest: Sha256) -> String {
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A name for people to read and for downloads, never a path: its last part, without what is not text.
pub(crate) fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    match name.trim() {
        "" | "." | ".." => "photo".into(),
        name => name.into(),
    }
}

/// The name without its extension.
pub(crate) fn stem(name: &str) -> &str {
    Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_paths() {
        for (name, shown) in [
            ("beach.jpg", "beach.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\photos\\sea.png", "sea.png"),
            ("..", "photo"),
            ("", "photo"),
            ("a\u{0}b\n.jpg", "ab.jpg"),
        ] {
            assert_eq!(shown_name(name), shown);
        }
        assert_eq!(shown_name(&"ü".repeat(5000)).chars().count(), LONGEST_NAME);
    }
}
