use super::*;
use crate::batch::testing::Shoot;

fn found(shoot: &Shoot, named: &[&str], recursive: bool) -> Result<(Vec<String>, Vec<String>)> {
    let named: Vec<PathBuf> = named.iter().map(|name| shoot.path(name)).collect();
    let found = find(&named, Folders { recursive, developed: false }, &shoot.path("shoot/out"))?;
    let names = found.sources.iter().map(|source| source.relative.to_str().unwrap().replace('\\', "/"));
    Ok((names.collect(), found.notices))
}

fn shoot() -> Shoot {
    Shoot::of(&[
        "shoot/10.jpg",
        "shoot/9.NEF",
        "shoot/notes.txt",
        "shoot/notes2.txt",
        "shoot/.hidden.jpg",
        "shoot/.relumine-abcdef.tmp",
        "shoot/.thumbs/9.jpg",
        "shoot/day/1.tiff",
        "shoot/out/9-golden.jpg",
        "shoot/out/day/1-golden.tiff",
        "empty/notes.txt",
    ])
}

#[test]
fn what_a_program_develops_is_taken_where_there_is_one() {
    let shoot = Shoot::of(&["shoot/1.HEIC", "shoot/2.jxl", "shoot/3.avif", "shoot/4.txt"]);
    let taken = |developed| {
        let folders = Folders { recursive: false, developed };
        let found = find(&[shoot.path("shoot")], folders, Path::new("out")).unwrap();
        (found.sources.len(), found.notices)
    };
    let (photos, notices) = taken(false);
    assert!(photos == 1 && notices[0].contains("1 .avif, 1 .heic, 1 .txt"), "{notices:?}");
    let (photos, notices) = taken(true);
    assert!(photos == 3 && notices[0].ends_with("1 .txt"), "{notices:?}");
}

#[test]
fn a_folder_is_its_photos_and_with_recursion_those_below() {
    let shoot = shoot();
    let (flat, notices) = found(&shoot, &["shoot"], false).unwrap();
    assert_eq!(flat, ["9.NEF", "10.jpg"]);
    assert_eq!(notices.len(), 1);
    assert!(notices[0].ends_with("left out what is no photo by its name: 2 .txt"), "{notices:?}");
    assert_eq!(found(&shoot, &["shoot"], true).unwrap().0, ["9.NEF", "10.jpg", "day/1.tiff"]);
    let inner = found(&shoot, &["shoot/out"], true).unwrap().0;
    assert_eq!(inner, ["9-golden.jpg", "day/1-golden.tiff"], "named, it counts");
}

#[test]
fn files_are_taken_in_the_order_in_which_they_were_named_whatever_they_are() {
    let named = ["shoot/notes.txt", "shoot/day", "shoot/.hidden.jpg", "shoot/./notes.txt"];
    assert_eq!(found(&shoot(), &named, false).unwrap().0, ["notes.txt", "1.tiff", ".hidden.jpg"]);
}

#[test]
fn globs_match_files_below_what_is_no_pattern() {
    let shoot = shoot();
    assert_eq!(found(&shoot, &["shoot/*.jpg"], false).unwrap().0, ["10.jpg"]);
    assert_eq!(found(&shoot, &["shoot/**/*.[tj][ip]*"], false).unwrap().0, ["10.jpg", "day/1.tiff"]);
    assert_eq!(found(&shoot, &["sh*t/*/1.tiff"], false).unwrap().0, ["shoot/day/1.tiff"]);
    shoot.write("shoot/[1].jpg", "");
    assert_eq!(found(&shoot, &["shoot/[1].jpg"], false).unwrap().0, ["[1].jpg"], "there by that name");
    let error = found(&shoot, &["shoot/**x"], false).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Options(_))), "{error}");
}

#[test]
fn what_is_not_there_is_named_with_what_was_looked_for() {
    let shoot = shoot();
    for (named, mentions) in [
        (vec!["nowhere"], vec!["nowhere: cannot be read", "check the name"]),
        (vec!["shoot", "no.jpg"], vec!["no.jpg: cannot be read"]),
        (vec!["empty"], vec!["empty: there are no photos in it (-r", "1 .txt", "jpg, png, tif"]),
        (vec!["shoot/*.gif"], vec!["*.gif: no file matches it", "nothing to do"]),
    ] {
        let error = found(&shoot, &named, false).unwrap_err().to_string();
        mentions.iter().for_each(|mention| assert!(error.contains(mention), "{mention}: {error}"));
    }
    let (names, notices) = found(&shoot, &["shoot/day", "empty"], false).unwrap();
    assert_eq!((names.len(), notices.len()), (1, 2), "{notices:?}");
    assert!(find(&["-".into()], Folders::default(), Path::new("out")).is_err());
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let shoot = shoot();
    symlink(shoot.path("shoot"), shoot.path("shoot/day/round")).unwrap();
    symlink(shoot.path("shoot/out"), shoot.path("shoot/day/results")).unwrap();
    symlink(shoot.path("shoot/10.jpg"), shoot.path("shoot/day/2.jpg")).unwrap();
    symlink("nowhere", shoot.path("shoot/day/3.jpg")).unwrap();
    let (names, notices) = found(&shoot, &["shoot"], true).unwrap();
    assert_eq!(names, ["9.NEF", "10.jpg", "day/1.tiff", "day/2.jpg"]);
    assert!(notices.iter().any(|notice| notice.contains("3.jpg: cannot be looked into")), "{notices:?}");
}
