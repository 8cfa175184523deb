//! A folder of files to make batches of, and work that copies them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use relumine::watch::{CancelToken, Watch};
use relumine::{Remark, io};
use serde_json::json;
use tempfile::TempDir;
use walkdir::WalkDir;

use super::manifest::MANIFEST;
use super::outcome::Outcome;
use super::{Existing, Folders, How, Identity, Naming, Plan, Work, run};
use crate::console::Console;

/// Nothing is said.
pub(super) const QUIET: Console = Console { quiet: true, verbose: 0 };

/// A folder of its own for one test.
pub(super) struct Shoot(TempDir);

impl Shoot {
    /// With these files, each of which holds its name.
    pub(super) fn of(names: &[&str]) -> Self {
        let shoot = Self(tempfile::tempdir().unwrap());
        names.iter().for_each(|name| shoot.write(name, name));
        shoot
    }

    /// `shoot/00.jpg` and so on.
    pub(super) fn of_photos(count: usize) -> Self {
        let names: Vec<String> = (0..count).map(|index| format!("shoot/{index:02}.jpg")).collect();
        Self::of(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), text).unwrap();
    }

    /// What lies below a folder, manifests aside.
    pub(super) fn tree(&self, folder: &str) -> BTreeMap<String, String> {
        let entries = WalkDir::new(self.path(folder)).into_iter().filter_map(Result::ok);
        let files = entries.filter(|entry| entry.file_type().is_file() && entry.file_name() != MANIFEST);
        files
            .map(|entry| {
                let name = entry.path().strip_prefix(self.path(folder)).unwrap().to_str().unwrap();
                (name.replace('\\', "/"), std::fs::read_to_string(entry.path()).unwrap())
            })
            .collect()
    }

    /// Plans `shoot` into `out`.
    pub(super) fn plan(&self, existing: Existing) -> Result<Plan> {
        self.plan_of(&["shoot"], existing, &identity("golden"))
    }

    pub(super) fn plan_of(&self, named: &[&str], existing: Existing, identity: &Identity) -> Result<Plan> {
        let named: Vec<PathBuf> = named.iter().map(|name| self.path(name)).collect();
        let folder = self.path("out");
        let naming = Naming { folder: &folder, pattern: Naming::PATTERN, look: "golden", format: None };
        Plan::new(&named, Folders { recursive: true, ..Folders::default() }, &naming, existing, identity)
    }

    /// Plans as [`plan`](Self::plan), which is refused, and changes nothing.
    pub(super) fn refused(&self, existing: Existing) -> String {
        let before = self.tree(".");
        let error = self.plan(existing).unwrap_err().to_string();
        assert_eq!(self.tree("."), before);
        error
    }

    /// Runs it, one photo at a time.
    pub(super) fn run(&self, existing: Existing, work: &impl Work, token: &CancelToken) -> Outcome {
        let how = How { jobs: 1, budget: 0, log: Some(&self.path("log.jsonl")), console: QUIET };
        run(self.plan(existing).unwrap(), work, &how, token).unwrap()
    }

    /// Runs a plan with so many jobs and bytes.
    pub(super) fn run_with(&self, work: &impl Work, jobs: usize, budget: u64) -> Outcome {
        let how = How { jobs, budget, log: None, console: QUIET };
        run(self.plan(Existing::Refuse).unwrap(), work, &how, &CancelToken::new()).unwrap()
    }
}

pub(super) fn identity(look: &str) -> Identity {
    Identity { look: look.into(), options: json!({"strength": 0.1, "save": {"quality": 90}}) }
}

/// Copies each file, in capitals, once `before` has let it.
pub(super) struct Copy<F>(pub(super) F);

/// Copies each file.
pub(super) fn copy() -> Copy<impl Fn(&Path, &Watch<'_>) -> Result<()> + Sync> {
    Copy(|_: &Path, _: &Watch<'_>| Ok(()))
}

impl<F: Fn(&Path, &Watch<'_>) -> Result<()> + Sync> Work for Copy<F> {
    fn apply(&self, source: &Path, output: &Path, watch: &mut Watch<'_>) -> Result<Vec<Remark>> {
        (self.0)(source, watch)?;
        watch.token().check()?;
        io::write_file(output, std::fs::read_to_string(source)?.to_uppercase().as_bytes())?;
        Ok(Vec::new())
    }

    /// As many as the first two digits of the file's name say.
    fn memory(&self, source: &Path) -> u64 {
        source.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or(0)
    }
}
