use proptest::prelude::*;

use super::*;

fn source(path: &str) -> Source {
    Source { path: Path::new("shoot").join(path), relative: path.into() }
}

fn named(pattern: &str, format: Option<Format>, sources: &[&str]) -> Result<Vec<String>> {
    let naming = Naming { folder: "out".as_ref(), pattern, look: "golden", format };
    let named = naming.outputs(sources.iter().map(|path| source(path)).collect())?;
    Ok(named.into_iter().map(|named| named.name.to_str().unwrap().replace('\\', "/")).collect())
}

#[test]
fn placeholders_stand_for_what_they_say() {
    let all = |pattern| named(pattern, None, &["a.JPG", "day 2/b.c.tiff", "d.nef", "e"]).unwrap();
    let default = ["a-golden.JPG", "day 2/b.c-golden.tiff", "d-golden.jpg", "e-golden.jpg"];
    assert_eq!(all(Naming::PATTERN), default);
    let others = ["shoot-00001.png", "day 2/day 2-00002.png", "shoot-00003.png", "shoot-00004.png"];
    assert_eq!(all("{folder}-{n}.png"), others);
    let sources = ["a.JPG", "b.tif", "c.webp"];
    let asked = named("{name}.{ext}", Some(Format::TIFF), &sources).unwrap();
    assert_eq!(asked, ["a.tif", "b.tif", "c.tif"]);
    assert_eq!(named("x", Some(Format::TIFF), &["a.jpg"]).unwrap(), ["x"], "the format is said");
}

#[test]
fn patterns_that_make_no_sense_are_refused() {
    for (pattern, mention) in [
        ("{nmae}.jpg", "{nmae} stands for nothing; there are {name}"),
        ("{name", "is not closed"),
        ("name}.jpg", "closes nothing"),
        ("../{name}.{ext}", "not a path"),
        ("..\\{name}.{ext}", "not a path"),
        (".{name}.{ext}", "hidden"),
        ("", "no name"),
        ("{name}", "extension"),
        ("{name}.gif", "extension"),
    ] {
        let error = named(pattern, None, &["a.jpg"]).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Error::Options(_))), "{pattern}: {error}");
        assert!(error.to_string().contains(mention), "{pattern}: {error}");
    }
}

#[test]
fn two_sources_with_one_output_are_refused_by_their_names() {
    for sources in [["a.nef", "a.jpg"], ["a.jpg", "A.JPG"], ["käse.jpg", "KÄSE.jpg"], ["x/a.jpg", "X/a.jpg"]]
    {
        let error = named(Naming::PATTERN, None, &sources).unwrap_err().to_string();
        for source in sources {
            assert!(error.contains(source), "{error}");
        }
    }
    assert!(named("look.jpg", None, &["a.jpg", "b.jpg"]).is_err());
    assert!(named("{n}.jpg", None, &["a.jpg", "A.jpg"]).is_ok());
}

proptest! {
    #[test]
    fn outputs_are_files_of_their_own_below_the_folder(
        pattern in "[a{}n/.x]{0,3}(\\{name\\}|\\{n\\}|\\{folder\\})?[-_.]{0,2}(\\{ext\\}|png)?",
        sources in proptest::collection::vec("([aB]{1,2}/)?[aAbß.]{0,2}[aäÄ](\\.(jpg|JPG|nef|x))?", 1..6),
    ) {
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        if let Ok(names) = named(&pattern, None, &sources) {
            prop_assert_eq!(names.len(), sources.len());
            let unlike: std::collections::HashSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
            prop_assert_eq!(unlike.len(), names.len());
            for (name, source) in names.iter().zip(sources) {
                prop_assert!(Format::from_path(Path::new(name)).is_ok());
                prop_assert_eq!(Path::new(name).parent(), Path::new(source).parent());
                let climbs = Path::new(name).components().any(|part| part.as_os_str() == "..");
                prop_assert!(!climbs, "{} of {}", name, pattern);
            }
        }
    }
}
