//! `relumine studio`: the studio, in the browser.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use relumine::{Device, Engine};
use relumine_studio::{Folder, KEPT_DAYS, Settings, Studio, serve};
use tokio::net::TcpListener;

use crate::args::StudioArgs;
use crate::console::Console;
use crate::files;

/// Within which what is being answered when the program ends is let go.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs the command.
pub(crate) fn run(args: &StudioArgs, console: Console) -> Result<()> {
    let studio = open(args, console)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.context("the studio cannot be started")?;
    let served = runtime.block_on(listen(args, studio.clone(), console));
    runtime.shutdown_timeout(PATIENCE);
    studio.end()?;
    served
}

/// The session, with what is to be in it.
fn open(args: &StudioArgs, console: Console) -> Result<Arc<Studio>> {
    let (folder, goes_on) = match &args.dir {
        Some(dir) => (Folder::open(dir)?, true),
        None if args.private => (Folder::temporary()?, false),
        None => Folder::newest(&sessions()?, args.new)?,
    };
    let engine = Engine::new(Device::Cpu, args.threads.map(Into::into))?;
    let settings = Settings {
        limits: args.limits.limits(),
        date: files::date(),
        private: args.private,
        ..Settings::default()
    };
    let studio = Studio::open(engine, folder, settings)?;
    let known = studio.photos();
    if goes_on && known > 0 {
        console.say(&format!(
            "goes on with the session of {known} photo{} in {} (--new begins anew; it is removed {KEPT_DAYS} days after it was last open)",
            if known == 1 { "" } else { "s" },
            studio.folder().path().display()
        ));
    }
    let mut photos = args.photos.clone();
    for path in &photos {
        path.metadata().with_context(|| format!("{}: cannot be read", path.display()))?;
    }
    photos.extend(
        args.read_only_dir.iter().map(|folder| photos_in(folder)).collect::<Result<Vec<_>>>()?.concat(),
    );
    let photos = photos.iter().map(|path| absolute(path)).collect::<Result<Vec<_>>>()?;
    args.look.iter().try_for_each(|path| studio.add_look(path))?;
    // A folder of hundreds is not waited for: they come into the filmstrip one by one.
    let filled = studio.clone();
    std::thread::spawn(move || {
        for path in photos {
            if let Err(failure) = filled.add_photo(path.clone()) {
                console.say(&format!("notice: {}: left out: {failure}", path.display()));
            }
        }
    });
    Ok(studio)
}

/// Serves it until Ctrl-C.
async fn listen(args: &StudioArgs, studio: Arc<Studio>, console: Console) -> Result<()> {
    let listener = TcpListener::bind(SocketAddr::new(args.host, args.port)).await;
    let listener = listener.with_context(|| {
        format!("port {} of {} cannot be listened on; choose another with --port", args.port, args.host)
    })?;
    let port = listener.local_addr().context("no address")?.port();
    let host = if args.host.is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { args.host };
    let address = format!("http://{}/?token={}", SocketAddr::new(host, port), studio.access().token());
    if !args.host.is_loopback() {
        console.say("notice: everybody who reaches this machine and has the address can see and change the session, and it travels unencrypted");
    }
    // On standard output, for whoever starts it from a script.
    println!("{address}");
    console.say("the studio is open at this address; Ctrl-C ends it");
    if !args.no_open && webbrowser::open(&address).is_err() {
        console.say("notice: no browser could be opened; open the address yourself");
    }
    serve(listener, studio, ended()).await.context("the studio failed")
}

/// Comes when the program is to end: by Ctrl-C, or as systems end programs.
async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Where sessions are kept.
fn sessions() -> Result<PathBuf> {
    let platform = etcetera::choose_base_strategy();
    let platform = platform.context("there is no home folder; name one for the session with --dir")?;
    Ok(platform.data_dir().join("relumine").join("studio"))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{}: no path", path.display()))
}

/// The photos in a folder, by their names.
fn photos_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))?;
    let mut photos: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| relumine::io::is_named_as_photo(path))
        .collect();
    photos.sort();
    Ok(photos)
}
