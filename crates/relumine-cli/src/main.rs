//! The program `relumine`.

use std::process::ExitCode;

fn main() -> ExitCode {
    relumine_cli::main(std::env::args_os().collect()).into()
}
