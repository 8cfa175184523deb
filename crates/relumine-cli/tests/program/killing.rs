//! Batches that are killed, with no chance to clear up, and run again.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::bench::Bench;

/// Runs a batch undisturbed; then again and again killed at so many moments, spread evenly over its course, and each time gone on
/// with. What is there is always whole, and in the end all of it is as it would have been, with nothing left over.
///
/// `words` are those of the command, without where outputs go to.
pub(crate) fn ends_as_if_undisturbed(bench: &Bench, words: &str, moments: u32) {
    let since = Instant::now();
    bench.succeeds(&format!("{words} -o whole"));
    let (whole, course) = (tree(&bench.path("whole")), since.elapsed());
    assert!(!whole.is_empty());
    let again = format!("{words} -o broken --skip-existing");
    let mut killed = 0;
    for moment in 0..moments {
        // Multiples of the golden section, taken modulo 1, are spread evenly.
        let share = (f64::from(moment) * 0.618_034).fract();
        let mut child = quiet(bench.command(&again)).spawn().unwrap();
        thread::sleep(course.mul_f64(share));
        // Who has finished cannot be killed.
        let _ = child.kill();
        let finished = child.wait().unwrap().success();
        for (name, bytes) in &tree(&bench.path("broken")) {
            let is_temporary = name.rsplit('/').next().unwrap().starts_with(".relumine-");
            assert!(is_temporary || whole.get(name) == Some(bytes), "{name} is not whole");
        }
        if finished {
            assert!(tree(&bench.path("broken")) == whole);
            std::fs::remove_dir_all(bench.path("broken")).unwrap();
        } else {
            killed += 1;
        }
    }
    assert!(killed > 0, "it was never killed in time");
    bench.succeeds(&again);
    let broken = tree(&bench.path("broken"));
    assert_eq!(broken.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    assert!(broken == whole, "other bytes");
}

fn quiet(mut command: Command) -> Command {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What lies below a folder, the manifest aside.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in folder.read_dir().into_iter().flatten() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            files.extend(
                tree(&entry.path()).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)),
            );
        } else if name != ".relumine-batch.jsonl" {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    files
}
