use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use anyhow::bail;
use relumine::{Error, MachineError};
use serde_json::Value;

use super::*;
use crate::batch::Existing;
use crate::batch::outcome::Stop;
use crate::batch::testing::{Copy, QUIET, Shoot, copy};

fn log(shoot: &Shoot) -> Vec<Value> {
    let text = std::fs::read_to_string(shoot.path("log.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn folders_are_mirrored_whatever_the_number_of_jobs() {
    let names = ["shoot/1.jpg", "shoot/day/2.JPG", "shoot/day/deep/3.tif", "shoot/4.nef"];
    let trees = [1, 3].map(|jobs| {
        let shoot = Shoot::of(&names);
        let outcome = shoot.run_with(&copy(), jobs, 100);
        assert_eq!((outcome.done, outcome.total, outcome.stop), (4, 4, None));
        shoot.tree("out")
    });
    assert_eq!(trees[0], trees[1]);
    let names: Vec<&String> = trees[0].keys().collect();
    assert_eq!(names, ["1-golden.jpg", "4-golden.jpg", "day/2-golden.JPG", "day/deep/3-golden.tif"]);
    assert_eq!(trees[0]["day/2-golden.JPG"], "SHOOT/DAY/2.JPG");
}

#[test]
fn past_what_fails_it_goes_on_and_lists_it() {
    let shoot = Shoot::of_photos(5);
    let work = Copy(|source: &Path, _: &Watch<'_>| match name(source) {
        "01.jpg" => bail!("the file is damaged"),
        "03.jpg" => panic!("as no work should"),
        _ => Ok(()),
    });
    let outcome = shoot.run(Existing::Refuse, &work, &CancelToken::new());
    assert_eq!((outcome.done, outcome.failed.len(), &outcome.stop), (3, 2, &None));
    assert!(outcome.failed[0].reason.ends_with("01.jpg: the file is damaged"), "{:?}", outcome.failed);
    assert!(outcome.failed[1].reason.ends_with("03.jpg: the work on it broke down"), "{:?}", outcome.failed);
    assert_eq!(shoot.tree("out").len(), 3);
    let lines = log(&shoot);
    let of = |status: &str| lines.iter().filter(|line| line["status"] == status).count();
    assert_eq!((lines.len(), of("done"), of("failed")), (5, 3, 2));
    assert_eq!(lines[1]["error"], outcome.failed[0].reason.as_str());
    assert!(lines[2]["error"].is_null() && lines[2]["seconds"].is_f64() && lines[2]["notices"].is_array());
    let console = QUIET;
    assert_eq!(outcome.conclude(console).unwrap_err().to_string(), "2 of 5 photos failed");

    let again = shoot.run(Existing::Skip, &copy(), &CancelToken::new());
    assert_eq!((again.done, again.skipped), (2, 3), "what failed is tried again");
    assert_eq!(log(&shoot).iter().filter(|line| line["status"] == "skipped").count(), 3);
}

#[test]
fn jobs_and_memory_stay_within_their_bounds() {
    let shoot = Shoot::of_photos(12);
    let (running, held) = (AtomicUsize::new(0), AtomicU64::new(0));
    let most = Mutex::new((0, 0));
    let bytes = |source: &Path| copy().memory(source);
    let work = Copy(|source: &Path, _: &Watch<'_>| {
        let held_now = held.fetch_add(bytes(source), Ordering::SeqCst) + bytes(source);
        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(now == 1 || held_now <= 10, "{held_now} bytes by {now}");
        let mut most = most.lock().unwrap();
        *most = (most.0.max(now), most.1.max(held_now));
        drop(most);
        thread::sleep(Duration::from_millis(20));
        held.fetch_sub(bytes(source), Ordering::SeqCst);
        running.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    });
    let outcome = shoot.run_with(&work, 3, 10);
    assert_eq!((outcome.done, outcome.failed.len()), (12, 0), "{:?}", outcome.failed);
    let (jobs, bytes) = *most.lock().unwrap();
    assert!(jobs <= 3 && bytes == 11, "{jobs} at a time, {bytes} bytes: the largest goes alone");
}

#[test]
fn the_first_interrupt_finishes_what_is_at_work_and_skipping_goes_on() {
    let shoot = Shoot::of_photos(6);
    let token = CancelToken::new();
    let work = Copy(|source: &Path, watch: &Watch<'_>| {
        if name(source) == "02.jpg" {
            token.finish();
        }
        assert_eq!(watch.token().verdict(), Verdict::Continue, "what is at work does not know");
        Ok(())
    });
    let outcome = shoot.run(Existing::Refuse, &work, &token);
    assert_eq!((outcome.done, &outcome.stop), (3, &Some(Stop::Interrupted)));
    let error = outcome.conclude(QUIET).unwrap_err();
    assert!(error.is::<crate::interrupt::Stopped>());
    assert!(
        error.to_string().contains("after 3 of 6") && error.to_string().contains("--skip-existing"),
        "{error}"
    );
    let outcome = shoot.run(Existing::Skip, &copy(), &CancelToken::new());
    assert_eq!((outcome.done, outcome.skipped, outcome.stop), (3, 3, None));
    assert_eq!(shoot.tree("out").len(), 6);
}

#[test]
fn the_second_interrupt_gives_up_what_is_at_work() {
    let shoot = Shoot::of_photos(4);
    let token = CancelToken::new();
    let work = Copy(|source: &Path, watch: &Watch<'_>| {
        if name(source) == "01.jpg" {
            token.cancel();
            while !watch.token().is_cancelled() {
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    });
    let outcome = shoot.run(Existing::Refuse, &work, &token);
    assert_eq!((outcome.done, outcome.failed.len(), outcome.stop), (1, 0, Some(Stop::Interrupted)));
    assert_eq!(shoot.tree("out").into_keys().collect::<Vec<_>>(), ["00-golden.jpg"]);
}

#[test]
fn where_the_folder_is_at_fault_the_batch_stops() {
    let full = |kind: std::io::ErrorKind| {
        let shoot = Shoot::of_photos(5);
        let work = Copy(move |source: &Path, _: &Watch<'_>| match name(source) {
            "01.jpg" => {
                Err(Error::from(MachineError::Unwritable { path: source.into(), source: kind.into() }).into())
            }
            _ => Ok(()),
        });
        shoot.run(Existing::Refuse, &work, &CancelToken::new())
    };
    let outcome = full(std::io::ErrorKind::StorageFull);
    assert_eq!((outcome.done, outcome.failed.len()), (1, 1));
    let error = outcome.conclude(QUIET).unwrap_err().to_string();
    assert!(error.contains("nothing more can be written there") && error.contains("1 of 5"), "{error}");
    let outcome = full(std::io::ErrorKind::PermissionDenied);
    assert_eq!((outcome.done, outcome.failed.len(), outcome.stop), (4, 1, None), "one file is protected");
}

#[test]
fn a_folder_that_disappears_is_not_made_again() {
    for names in
        [["shoot/1.jpg", "shoot/2.jpg", "shoot/3.jpg"], ["shoot/1.jpg", "shoot/a/2.jpg", "shoot/b/3.jpg"]]
    {
        let shoot = Shoot::of(&names);
        let work = Copy(|source: &Path, _: &Watch<'_>| {
            if name(source) == "1.jpg" {
                std::fs::remove_dir_all(shoot.path("out"))?;
            }
            Ok(())
        });
        let outcome = shoot.run(Existing::Refuse, &work, &CancelToken::new());
        assert_eq!((outcome.done, outcome.failed.len()), (0, 1));
        assert!(matches!(outcome.stop, Some(Stop::Unwritable { .. })));
        assert!(!shoot.path("out").exists());
    }
}

#[test]
fn killed_anywhere_it_goes_on_to_the_same_end() {
    let shoot = Shoot::of_photos(3);
    shoot.run(Existing::Refuse, &copy(), &CancelToken::new());
    let (manifest, whole) = (shoot.path("out/.relumine-batch.jsonl"), shoot.tree("out"));
    let told = std::fs::read_to_string(&manifest).unwrap();
    let lines: Vec<&str> = told.split_inclusive('\n').collect();
    assert_eq!(lines.len(), 7);
    // Photo by photo: how many lines there were, whether the last output had got into its place, and half of what came next.
    for kept in 0..=lines.len() {
        for is_placed in [false, true] {
            std::fs::remove_dir_all(shoot.path("out")).unwrap();
            shoot.write("out/.relumine-abcdef.tmp", "half of it");
            let half = lines.get(kept).map_or("", |line| &line[..line.len() / 2]);
            std::fs::write(&manifest, lines[..kept].concat() + half).unwrap();
            let (begun, done) = (kept / 2, kept.saturating_sub(1) / 2);
            for (name, text) in whole.iter().take(if is_placed { begun } else { done }) {
                shoot.write(&format!("out/{name}"), text);
            }
            let outcome = shoot.run(Existing::Skip, &copy(), &CancelToken::new());
            assert_eq!((outcome.skipped, outcome.done), (done, 3 - done), "{kept} lines");
            assert_eq!(shoot.tree("out"), whole);
        }
    }
}

#[test]
fn overwriting_can_be_gone_on_with() {
    let shoot = Shoot::of_photos(3);
    (0..3).for_each(|index| shoot.write(&format!("out/0{index}-golden.jpg"), "old"));
    let token = CancelToken::new();
    let work = Copy(|_: &Path, _: &Watch<'_>| {
        token.finish();
        Ok(())
    });
    assert_eq!(shoot.run(Existing::Overwrite, &work, &token).done, 1);
    let outcome = shoot.run(Existing::Skip, &copy(), &CancelToken::new());
    assert_eq!((outcome.done, outcome.skipped), (2, 1));
    assert!(shoot.tree("out").values().all(|text| text != "old"));
}

#[test]
fn two_batches_in_one_folder_are_refused() {
    let shoot = Shoot::of_photos(2);
    let plan = shoot.plan(Existing::Refuse).unwrap();
    let work = Copy(|_: &Path, _: &Watch<'_>| {
        let error = shoot.plan(Existing::Overwrite).unwrap_err().to_string();
        assert!(error.contains("out: another batch is at work"), "{error}");
        Ok(())
    });
    let how = How { jobs: 1, budget: 0, log: None, console: QUIET };
    let late = shoot.plan(Existing::Refuse).unwrap();
    assert_eq!(run(plan, &work, &how, &CancelToken::new()).unwrap().failed.len(), 0);
    let error = run(late, &copy(), &how, &CancelToken::new()).unwrap_err().to_string();
    assert!(error.contains("another batch"), "planned before, begun after: {error}");
}

#[test]
fn the_log_is_no_photo() {
    let shoot = Shoot::of_photos(1);
    for name in ["shoot/00.jpg", "out/00-golden.jpg", "shoot"] {
        let log = shoot.path(name);
        let how = How { jobs: 1, budget: 0, log: Some(&log), console: QUIET };
        assert!(run(shoot.plan(Existing::Refuse).unwrap(), &copy(), &how, &CancelToken::new()).is_err());
        assert!(!shoot.path("out").exists());
    }
}

#[test]
fn rates_are_read_as_people_count() {
    assert_eq!(course::rate(0, 1.0), "");
    assert_eq!(course::rate(10, 4.0), "2.5 photos/s");
    assert_eq!(course::rate(10, 31.0), "3.1 s/photo");
}
