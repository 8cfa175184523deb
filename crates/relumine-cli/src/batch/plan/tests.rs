use super::*;
use crate::batch::How;
use crate::batch::testing::{QUIET, Shoot, copy, identity};
use relumine::watch::CancelToken;

#[test]
fn outputs_that_are_there_are_refused_by_name_and_count() {
    let shoot = Shoot::of_photos(6);
    assert!(shoot.plan(Existing::Refuse).is_ok());
    assert!(!shoot.path("out").exists(), "a plan changes nothing");
    (1..6).for_each(|index| shoot.write(&format!("out/0{index}-golden.jpg"), "mine"));
    let error = shoot.refused(Existing::Refuse);
    for mention in
        ["01-golden.jpg, ", "03-golden.jpg and 2 more: already there", "--skip-existing", "--overwrite"]
    {
        assert!(error.contains(mention), "{mention}: {error}");
    }
    assert!(shoot.refused(Existing::Skip).contains("there, but not made by this batch"));
    assert_eq!(shoot.plan(Existing::Overwrite).unwrap().due().count(), 6);
}

#[test]
fn what_another_batch_has_made_is_not_skipped() {
    let shoot = Shoot::of_photos(2);
    shoot.run(Existing::Refuse, &copy(), &CancelToken::new());
    let plan = shoot.plan(Existing::Skip).unwrap();
    assert_eq!((plan.len(), plan.due().count()), (2, 0));
    drop(plan);
    let mut other = identity("golden");
    other.options["strength"] = 0.25.into();
    for (identity, mention) in [(identity("dusk"), "by another look"), (other, "strength was 0.1, is 0.25")] {
        let error = shoot.plan_of(&["shoot"], Existing::Skip, &identity).unwrap_err().to_string();
        assert!(error.contains(mention) && error.contains("out: --skip-existing"), "{error}");
    }
}

#[test]
fn a_source_that_has_changed_is_done_anew() {
    let shoot = Shoot::of_photos(3);
    shoot.run(Existing::Refuse, &copy(), &CancelToken::new());
    shoot.write("shoot/01.jpg", "another photo");
    let plan = shoot.plan(Existing::Skip).unwrap();
    assert_eq!(plan.due().collect::<Vec<_>>(), [shoot.path("shoot/01.jpg")]);
    assert!(plan.notices[0].contains("01.jpg: is not as it was"), "{:?}", plan.notices);
    drop(plan);
    let outcome = shoot.run(Existing::Skip, &copy(), &CancelToken::new());
    assert_eq!((outcome.done, outcome.skipped), (1, 2));
    assert_eq!(shoot.tree("out")["01-golden.jpg"], "ANOTHER PHOTO");
}

#[test]
fn no_output_is_a_source() {
    let shoot = Shoot::of(&["shoot/a.jpg"]);
    let (folder, named) = (shoot.path("shoot"), [shoot.path("shoot")]);
    let plan = |pattern| {
        let naming = Naming { folder: &folder, pattern, look: "golden", format: None };
        Plan::new(&named, Folders::default(), &naming, Existing::Overwrite, &identity("golden"))
    };
    assert!(plan("{name}.{ext}").unwrap_err().to_string().contains("is also an input"));
    let how = How { jobs: 1, budget: 0, log: None, console: QUIET };
    crate::batch::run(plan(Naming::PATTERN).unwrap(), &copy(), &how, &CancelToken::new()).unwrap();
    assert_eq!(shoot.tree("shoot").len(), 2);
    assert_eq!(plan(Naming::PATTERN).unwrap().len(), 1, "what it has made itself is left out");
}

#[test]
fn a_folder_that_is_a_file_is_refused() {
    let shoot = Shoot::of(&["shoot/a.jpg", "out"]);
    assert!(shoot.refused(Existing::Refuse).contains("out: cannot be written"));
}

#[test]
fn batches_of_one_look_share_a_folder() {
    let shoot = Shoot::of(&["shoot/a.jpg", "other/b.jpg"]);
    shoot.run(Existing::Refuse, &copy(), &CancelToken::new());
    let run = |named: &str, existing, look: &str| {
        let plan = shoot.plan_of(&[named], existing, &identity(look)).unwrap();
        let how = How { jobs: 1, budget: 0, log: None, console: QUIET };
        crate::batch::run(plan, &copy(), &how, &CancelToken::new()).unwrap()
    };
    run("other", Existing::Refuse, "golden");
    assert_eq!(run("shoot", Existing::Skip, "golden").skipped, 1, "still known");
    run("other", Existing::Overwrite, "dusk");
    let error = shoot.plan_of(&["shoot"], Existing::Skip, &identity("dusk")).unwrap_err().to_string();
    assert!(error.contains("not made by this batch"), "another look begins anew: {error}");
}
