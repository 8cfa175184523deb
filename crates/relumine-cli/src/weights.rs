//! `relumine weights`: network weights that are fetched once and then found by name.

pub(crate) mod cache;
pub(crate) mod catalogue;
mod fetch;
mod remote;
mod selection;

use std::path::{Path, PathBuf};

use anyhow::Result;
use indicatif::HumanBytes;

use crate::args::{FetchArgs, WeightsCommand};
use crate::console::{Console, Meter, Unit};
use cache::Condition;
use catalogue::{NETWORKS, Network};
use fetch::{Event, Job};
use remote::Again;

/// Runs one of the commands of `relumine weights`.
pub(crate) fn run(command: &WeightsCommand, console: Console) -> Result<()> {
    match command {
        WeightsCommand::Fetch(args) => fetch_network(args, console),
        WeightsCommand::List => list(),
        WeightsCommand::Path { network } => {
            println!("{}", cache::folder()?.join(network.file).display());
            Ok(())
        }
    }
}

/// The file that `--network` or `--segmenter` means: that of a fetched network by its name, else the path as it is.
///
/// # Errors
/// If the fetched network is not there or damaged.
pub(crate) fn resolve(network: &Path) -> Result<PathBuf> {
    let Some(known) = network.to_str().and_then(Network::find) else { return Ok(network.to_owned()) };
    let path = cache::folder()?.join(known.file);
    cache::verified(&path, known)?;
    Ok(path)
}

fn list() -> Result<()> {
    let folder = cache::folder()?;
    for network in &NETWORKS {
        let path = folder.join(network.file);
        println!("{}: {}", network.name, network.about);
        let state = match cache::condition(&path)? {
            Condition::Absent => format!("not there; get it with `relumine weights fetch {}`", network.name),
            Condition::Intact(sum) => format!("{} (sha256 {sum})", path.display()),
            Condition::Unsigned => format!("{} (put there by hand: no sum beside it)", path.display()),
            Condition::Changed => {
                format!("{} (CHANGED since it was fetched; fetch it again)", path.display())
            }
        };
        println!("    {state}");
    }
    Ok(())
}

fn fetch_network(args: &FetchArgs, console: Console) -> Result<()> {
    let network = args.network;
    let folder = args.folder.clone().map_or_else(cache::folder, Ok)?;
    let target = folder.join(network.file);
    if !args.force
        && let Condition::Intact(sum) = cache::condition(&target)?
    {
        console
            .say(&format!("{} is there already (sha256 {sum}); --force fetches it again", target.display()));
        return Ok(());
    }
    let url = args.url.as_deref().unwrap_or(network.url);
    let tensors = (network.tensors)();
    let job = Job { url, target: &target, tensors: &tensors, retry: Default::default() };
    let mut meter = Meter::new(console);
    let sum = fetch::fetch(&job, &mut |event| match event {
        Event::Begin { bytes, kept } => {
            if kept > 0 {
                console.say(&format!("going on after {} kept from an earlier run", HumanBytes(kept)));
            }
            meter.stage(Unit::Bytes, network.name, bytes);
            meter.skip_to(kept);
        }
        Event::Received(bytes) => meter.at(bytes, ""),
        Event::Again(Again { reason, pause }) => {
            meter.say(&format!("{reason:#}; trying again in {} s", pause.as_secs()));
        }
    })?;
    drop(meter);
    console.say(&format!("{}: {} tensors fetched, sha256 {sum}", target.display(), tensors.len()));
    Ok(())
}
