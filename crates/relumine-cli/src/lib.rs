//! The program `relumine`: what the crate of that name can do, from a command line. It is a library so that others can carry it, as the
//! Python package does.

mod apply;
mod args;
mod batch;
mod chart;
mod console;
mod developer;
mod eval;
mod failure;
mod files;
mod info;
mod interrupt;
pub mod keywords;
mod learn;
mod licences;
mod look_file;
mod lut;
mod manual;
mod matte;
mod memory;
mod pair;
mod preset;
mod progress;
mod report;
mod segment;
mod sequence;
mod studio;
mod transfer;
mod video;
mod weights;

use std::ffi::OsString;

use tracing::Level;

use args::Command;
use console::Console;

/// Runs the program by the words of a command line, the program's name first, and tells how it ended: 0 done, 1 failed, 2 wrong usage,
/// 130 stopped by Ctrl-C. It takes over the process: what is printed, Ctrl-C, and, on Unix, `SIGXFSZ`. Once in a process.
pub fn main(words: Vec<OsString>) -> u8 {
    let (cli, presets) = match preset::parse(words) {
        Ok(parsed) => parsed,
        Err(error) => return failure::report_parsing(&error),
    };
    #[cfg(unix)]
    survive_size_limits();
    trace(cli.verbose);
    let console = Console { quiet: cli.quiet, verbose: cli.verbose };
    presets.tell_unused(console);
    let result = match &cli.command {
        Command::Transfer(args) => transfer::run(args, console),
        Command::Learn(args) => learn::run(args, console),
        Command::Look(args) => look_file::run(args),
        Command::Apply(args) => apply::run(args, console),
        Command::Video(args) => video::run(args, console),
        Command::Studio(args) => studio::run(args, console),
        Command::Lut(args) => lut::run(args, console),
        Command::Matte(args) => matte::run(args, console),
        Command::Segment(args) => segment::run(args, console),
        Command::Info(args) => info::run(args),
        Command::Eval(args) => eval::run(args, console),
        Command::Weights(command) => weights::run(command, console),
        Command::Completions(args) => manual::completions(args),
        Command::Man(args) => manual::man(args, console),
        Command::Licences => licences::run(),
    };
    match result.and_then(|()| presets.write()) {
        Ok(()) => 0,
        Err(error) => failure::report(&presets.blamed(error)),
    }
}

/// Has writing beyond the limit of a file's size fail, instead of ending the program with half a file behind.
#[cfg(unix)]
fn survive_size_limits() {
    use nix::sys::signal::{SigSet, Signal};
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    // Threads inherit it. Where it cannot be set, all is as without.
    let _ = signals.thread_block();
}

/// Shows what the library tells of its work, from `-v` on.
fn trace(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).without_time().init();
}
