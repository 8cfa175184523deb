use serde_json::json;

use super::*;
use crate::batch::testing::identity;

fn stamp(folder: &Path) -> Stamp {
    Stamp::of(&folder.metadata().unwrap())
}

#[test]
fn what_was_told_is_known_again_up_to_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(Manifest::open(folder).unwrap().is_none());
    let mut manifest = Manifest::create(folder).unwrap();
    manifest.begin(Header::of(&identity("golden"))).unwrap();
    let names = ["a.jpg", "day 2/b.jpg", "c.jpg"].map(Path::new);
    for name in names {
        manifest.tell_begun(name).unwrap();
    }
    manifest.tell_done(names[1], Path::new("b.nef"), stamp(folder)).unwrap();
    drop(manifest);

    let whole = std::fs::read(folder.join(MANIFEST)).unwrap();
    for kept in 0..=whole.len() {
        std::fs::write(folder.join(MANIFEST), &whole[..kept]).unwrap();
        let mut manifest = Manifest::open(folder).unwrap().unwrap();
        let lines = whole[..kept].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(manifest.header().is_some(), lines > 0);
        let known = names.iter().filter(|name| manifest.known(name).is_some()).count();
        assert_eq!(known, lines.saturating_sub(1).min(3));
        let is_done = matches!(manifest.known(names[1]), Some(Line::Done { .. }));
        assert_eq!(is_done, lines == 5);
        if lines > 0 {
            manifest.tell_begun(Path::new("d.jpg")).unwrap();
            drop(manifest);
            let manifest = Manifest::open(folder).unwrap().unwrap();
            assert!(manifest.known(Path::new("d.jpg")).is_some(), "appended behind the last whole line");
        }
    }
}

#[test]
fn a_folder_is_one_batchs_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let held = Manifest::create(folder.path()).unwrap();
    for other in [Manifest::open(folder.path()).map(drop), Manifest::create(folder.path()).map(drop)] {
        let error = other.unwrap_err().to_string();
        assert!(error.contains("another batch is at work in this folder"), "{error}");
    }
    drop(held);
    assert!(Manifest::open(folder.path()).unwrap().is_some());
}

#[test]
fn what_differs_is_said() {
    let header = |identity: &Identity| Header::of(identity);
    let now = header(&identity("golden"));
    let through_json = |header: &Header| -> Header {
        serde_json::from_str(&serde_json::to_string(header).unwrap()).unwrap()
    };
    assert_eq!(through_json(&now).difference(&now), None);
    assert_eq!(header(&identity("other")).difference(&now).unwrap(), "by another look");
    let options = json!({"strength": 0.5, "save": {"quality": 90, "strip": true}});
    let then = header(&Identity { options, ..identity("golden") });
    let told = then.difference(&now).unwrap();
    assert_eq!(told, "with other options (save.strip was true, is null, strength was 0.5, is 0.1)");
    let mut json = serde_json::to_value(&now).unwrap();
    json["version"] = "0.0.1".into();
    let told = serde_json::from_value::<Header>(json).unwrap().difference(&now).unwrap();
    assert!(told.starts_with("by relumine 0.0.1, and this is"), "{told}");
}

#[cfg(unix)]
#[test]
fn names_need_not_be_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = Manifest::create(folder.path()).unwrap();
    manifest.begin(Header::of(&identity("golden"))).unwrap();
    let [one, other] = [b"\xFF.jpg", b"\xFE.jpg"].map(|name| Path::new(std::ffi::OsStr::from_bytes(name)));
    manifest.tell_begun(one).unwrap();
    drop(manifest);
    let manifest = Manifest::open(folder.path()).unwrap().unwrap();
    assert!(manifest.known(one).is_some() && manifest.known(other).is_none());
}
