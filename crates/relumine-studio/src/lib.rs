//! The studio: a page on one's own machine where a photo takes a look while one watches.
//!
//! [`Studio`] holds a session: pictures, looks, masks, what was solved, and the page's own state, in a folder that outlives the program.
//! [`router`] serves it: the page, and an HTTP API that the page and anyone's scripts speak (`openapi.json`). [`serve`] does so on a socket.
//! The engine's values do the work; one queue, of which the newest request of a kind wins.

mod access;
mod api;
mod aside;
mod asked;
mod cache;
mod events;
mod exports;
mod failure;
mod folder;
mod layers;
mod looks;
mod masks;
mod page;
mod pictures;
mod queue;
mod server;
mod solves;
mod state;
mod upload;

use std::path::PathBuf;
use std::sync::Arc;

use relumine::Engine;
use relumine::io::Limits;
use tokio::sync::Semaphore;

pub use access::Access;
pub use api::router;
pub use failure::Failure;
pub use folder::{Folder, FolderError, KEPT_DAYS};
pub use server::serve;

use cache::Cache;
use events::Events;
use exports::Exports;
use looks::Looks;
use masks::MaskFiles;
use pictures::Pictures;
use queue::Queue;
use solves::Solves;
use state::State;

/// Short pieces of work, such as thumbnails, that are done at once.
const ASIDES: usize = 4;

/// How a studio is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How large files may be that are brought in.
    pub limits: Limits,
    /// Bytes of decoded photos that are kept at hand.
    pub memory: u64,
    /// Most pictures of a session.
    pub most_pictures: usize,
    /// Most bytes of the files of a session's pictures.
    pub most_bytes: u64,
    /// The date that outputs are given, in seconds since the beginning of 1970.
    pub date: Option<u64>,
    /// Whether the session goes when the program does.
    pub private: bool,
}

impl Default for Settings {
    /// A gibibyte of decoded photos; 2,000 pictures, 32 GiB of files.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            memory: 1 << 30,
            most_pictures: 2_000,
            most_bytes: 32 << 30,
            date: None,
            private: false,
        }
    }
}

/// A session of the studio.
pub struct Studio {
    engine: Engine,
    settings: Settings,
    folder: Folder,
    access: Access,
    events: Events,
    asides: Semaphore,
    queue: Queue,
    cache: Cache,
    state: State,
    pictures: Pictures,
    looks: Looks,
    masks: MaskFiles,
    solves: Solves,
    exports: Exports,
}

impl Studio {
    /// Takes up the session that a folder holds, or begins one in an empty folder.
    ///
    /// # Errors
    /// [`FolderError`] where the folder cannot be read or written, or holds something else.
    pub fn open(engine: Engine, folder: Folder, settings: Settings) -> Result<Arc<Self>, FolderError> {
        let secrets = folder.secret()?;
        Ok(Arc::new(Self {
            access: Access::new(secrets),
            events: Events::default(),
            asides: Semaphore::new(ASIDES),
            queue: Queue::start(),
            cache: Cache::new(settings.memory),
            state: State::open(&folder)?,
            pictures: Pictures::open(&folder)?,
            looks: Looks::open(&folder)?,
            masks: MaskFiles::open(&folder)?,
            solves: Solves::new(folder::random()?),
            exports: Exports::open(&folder)?,
            engine,
            settings,
            folder,
        }))
    }

    /// Who may come in.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Where the session is kept.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Puts a photo that lies on this machine into the filmstrip; it stays where it is.
    ///
    /// # Errors
    /// [`Failure`] for what is no photo.
    pub fn add_photo(&self, path: PathBuf) -> Result<(), Failure> {
        self.add_picture_at(path).map(drop)
    }

    /// Puts a look or a lookup table that lies on this machine onto the shelf.
    ///
    /// # Errors
    /// [`Failure`] for what is none.
    pub fn add_look(&self, path: &std::path::Path) -> Result<(), Failure> {
        self.add_look_at(path).map(drop)
    }

    /// How many photos are in the filmstrip.
    pub fn photos(&self) -> usize {
        self.pictures.all().len()
    }

    /// Stops all work, and removes a session that is to leave nothing behind, before the program ends.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be removed.
    pub fn end(&self) -> Result<(), Failure> {
        self.queue.stop();
        Ok(self.folder.end()?)
    }
}
