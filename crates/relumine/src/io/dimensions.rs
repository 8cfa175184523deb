//! How large a photo is, without decoding it.

use std::path::Path;

/// Width and height in pixels by the file's header, as far as that is known at a glance: to plan by, not to rely on. Camera RAW files, whose
/// first picture may be a thumbnail, are among those of which it says too little.
pub fn dimensions(path: impl AsRef<Path>) -> Option<[usize; 2]> {
    let size = imagesize::size(path).ok()?;
    Some([size.width, size.height])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Planes;
    use crate::io::format::WRITTEN;
    use crate::io::{Photo, SaveOptions};

    #[test]
    fn every_format_says_its_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let photo = Photo::from_planes(Planes::filled(3, 7, 11, 0.5));
        for format in WRITTEN {
            let path = folder.path().join(format!("photo.{}", format.extension()));
            photo
                .save(&path, &SaveOptions { format: Some(*format), ..SaveOptions::default() })
                .expect("saved");
            assert_eq!(dimensions(&path), Some([11, 7]), "{format}");
        }
        assert_eq!(dimensions(folder.path().join("none.jpg")), None);
    }
}
