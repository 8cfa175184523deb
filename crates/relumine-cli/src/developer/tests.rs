use relumine::Device;
use relumine::io::SaveOptions;
use relumine::watch::CancelToken;

use super::*;
use crate::files::{self, Reading};

/// A file that begins as HEIC does, beside a picture that can be read.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a photo.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
        let planes = relumine::Planes::filled(3, 4, 6, 0.5);
        Photo::from_planes(planes).save(folder.path().join("made.tif"), &SaveOptions::default()).unwrap();
        Self { folder }
    }

    fn open(&self, command: Option<&str>, token: CancelToken) -> Result<Photo> {
        let engine = Engine::new(Device::Cpu, None).unwrap();
        let reading =
            Reading { limits: Limits::default(), developer: command.map(|command| parse(command).unwrap()) };
        let path = self.folder.path().join("a photo.heic");
        files::open(&engine, &path, &reading, &mut Watch::with_token(token))
    }

    fn told(&self, command: Option<&str>) -> String {
        crate::failure::one_line(&self.open(command, CancelToken::new()).unwrap_err())
    }
}

#[test]
fn commands_are_told_apart_as_in_a_shell() {
    assert_eq!(parse("auto"), Ok(Developer::Auto));
    let words = ["my dev", "--in={input}", "-o", "{output}"].map(str::to_owned).to_vec();
    assert_eq!(parse("'my dev' --in={input} -o \"{output}\""), Ok(Developer::Command(words)));
    for wrong in ["", "dev", "dev {input}", "{input} {output}", "dev '{input} {output}"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn kinds_are_those_that_refusals_name() {
    assert_eq!(Kind::of("a camera RAW (Nikon NEF)"), Some(Kind::Raw));
    assert_eq!(Kind::of("HEIC"), Some(Kind::Heic));
    assert_eq!(Kind::of("GIF"), Some(Kind::Picture));
    assert_eq!(Kind::of("a video (MPEG)"), None);
    assert!(known::found("PDF").is_err() && !Developer::Auto.takes("PDF"));
}

#[cfg(unix)]
#[test]
fn what_a_program_makes_is_the_photo() {
    let files = Files::new();
    let made = files.folder.path().join("made.tif");
    // No shell: a path with a space stays one word.
    let command = format!("sh -c 'test -f \"$1\" && cp {} \"$2\"' - {{input}} {{output}}", made.display());
    let photo = files.open(Some(&command), CancelToken::new()).unwrap();
    assert_eq!((photo.width(), photo.height()), (6, 4));
    assert!(photo.path().ends_with("a photo.heic"));
    let notices = photo.notices();
    assert_eq!(notices, [Notice::Developed { format: "HEIC".into(), program: "sh".into() }]);
}

#[cfg(unix)]
#[test]
fn what_goes_wrong_is_told_with_the_file() {
    let files = Files::new();
    let told = files.told(Some("sh -c 'echo first >&2; echo no such colour >&2; exit 3' - {input} {output}"));
    assert!(told.contains("a photo.heic: `sh` failed with exit code 3: no such colour"), "{told}");
    let told = files.told(Some("no-such-program {input} {output}"));
    assert!(told.contains("a photo.heic: `no-such-program` cannot be started"), "{told}");
    let told = files.told(Some("true {input} {output}"));
    assert!(told.contains("wrote nothing"), "{told}");
    let told = files.told(Some("cp {input} {output}"));
    assert!(told.contains("what `cp` made of it cannot be read") && told.contains("HEIC"), "{told}");
    let told = files.told(None);
    assert!(told.contains("it is HEIC") && told.contains("--developer auto"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_program_ends_with_the_work_that_it_is_for() {
    let files = Files::new();
    let token = CancelToken::new();
    let clone = token.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        clone.cancel();
    });
    let error = files.open(Some("sleep 1000{input} {output}"), token.clone());
    assert!(error.is_err());
    let error = files.open(Some("sh -c 'exec sleep 1000' - {input} {output}"), token).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Cancelled)), "{error}");
}
