//! Arguments of `studio`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use super::LimitArgs;

pub(super) const EXAMPLES: &str = "\
Examples:
  Open the studio in the browser, with a photo to begin with:
    relumine studio photo.jpg
  With a look of your own on the shelf, and leaving nothing behind:
    relumine studio holiday/*.jpg --look golden.look --private
  On another machine, seen from here:
    ssh -L 7878:localhost:7878 machine relumine studio --no-open --port 7878

The studio answers to this machine alone, and to the address that it prints. What was open is there again at the next start, and is removed
after 14 days (--new begins anew, --private keeps nothing). Photos that are named here stay where they are, and are never written to.

Ctrl-C ends it.
Exit code: 0 ended, 1 failed, 2 wrong usage.";

/// Arguments of `studio`.
#[derive(Debug, Args)]
pub(crate) struct StudioArgs {
    /// Photos to begin with
    pub(crate) photos: Vec<PathBuf>,
    /// A look for the shelf: a .look file, or a lookup table; repeatable
    #[arg(long, value_name = "FILE.look")]
    pub(crate) look: Vec<PathBuf>,
    /// Port to listen on; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    /// Do not open the browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Folder to keep the session in [default: the newest session in the user's data folder]
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["new", "private"])]
    pub(crate) dir: Option<PathBuf>,
    /// A folder of photos to begin with, which are opened where they lie and never written to
    #[arg(long, value_name = "FOLDER")]
    pub(crate) read_only_dir: Option<PathBuf>,
    /// Begin a new session
    #[arg(long)]
    pub(crate) new: bool,
    /// Keep nothing of the session when it ends
    #[arg(long)]
    pub(crate) private: bool,
    /// Address to listen on. With any other than 127.0.0.1 everybody who reaches this machine and has the opened address, which travels
    /// unencrypted, sees and changes the session
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", hide_short_help = true)]
    pub(crate) host: IpAddr,
    /// Threads to use [default: as many as there are cores]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}
