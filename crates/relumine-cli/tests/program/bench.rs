//! A folder of test files and the program run in it.

use std::path::PathBuf;
use std::process::{Command, Output};

use image::{DynamicImage, ImageBuffer, Rgb, RgbImage};
use tempfile::TempDir;

/// A folder of its own for one test.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    /// With `content.png` and `reference.png`, two small photos of different colours.
    pub(crate) fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        photo(48, 32, 0).save(bench.path("content.png")).unwrap();
        photo(40, 40, 1).save(bench.path("reference.png")).unwrap();
        bench
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Names of what lies in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The program with these words, to run in the folder.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relumine"));
        command
            .args(words.split_whitespace())
            .current_dir(self.folder.path())
            .env("RELUMINE_CACHE", self.path("cache"));
        command
    }

    /// Runs the program with these words.
    pub(crate) fn run(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs the program and asserts that it succeeds; returns its standard error.
    pub(crate) fn succeeds(&self, words: &str) -> String {
        let output = self.run(words);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{words}\n{stderr}");
        stderr
    }

    /// Runs the program and asserts that it exits with `code`, says one line on standard error that holds all of
    /// `mentions`, nothing on standard output, and changes nothing in the folder.
    pub(crate) fn fails(&self, code: i32, words: &str, mentions: &[&str]) {
        let before = self.names();
        let output = self.run(words);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words}\n{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.ends_with('\n'), "{words}\n{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{words}\n{stderr}");
        for mention in mentions {
            assert!(stderr.contains(mention), "`{mention}` is missing for {words}:\n{stderr}");
        }
        assert!(output.stdout.is_empty(), "{words}");
        assert_eq!(self.names(), before, "{words}");
    }
}

/// A smooth picture with some texture; `kind` chooses its colours.
pub(crate) fn photo(width: u32, height: u32, kind: u8) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x * 255 / width.max(2), y * 255 / height.max(2));
        let texture = (x * 7 + y * 13) % 11 * 3;
        let channels =
            if kind == 0 { [u / 2 + 40, v / 2 + 60, 120] } else { [v / 2 + 100, u / 3 + 50, u / 4 + 20] };
        Rgb(channels.map(|c| (c + texture) as u8))
    })
}

/// The same in 16 bits, with all of them in use.
pub(crate) fn photo16(width: u32, height: u32) -> DynamicImage {
    let eight = photo(width, height, 0);
    let deep: ImageBuffer<Rgb<u16>, Vec<u16>> = ImageBuffer::from_fn(width, height, |x, y| {
        Rgb(eight.get_pixel(x, y).0.map(|c| u16::from(c) * 251 + (x * 31 + y) as u16 % 251))
    });
    deep.into()
}

/// A mask of two colours, left and right.
pub(crate) fn mask(width: u32, height: u32, left: [u8; 3], right: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { left } else { right }))
}

/// A safetensors file of the first layers of VGG-19 in torchvision's layout, with random weights.
///
/// `count` convolutions: 1 for conv1_1 alone, up to 3 for conv2_1.
pub(crate) fn weights(count: usize, spoil: impl Fn(&str, &mut Vec<f32>)) -> Vec<u8> {
    use safetensors::Dtype;
    use safetensors::tensor::TensorView;
    let mut state = 1u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let mut tensors = Vec::new();
    for (index, input, output) in [(0, 3, 64), (2, 64, 64), (5, 64, 128)].into_iter().take(count) {
        for (part, shape) in [("weight", vec![output, input, 3, 3]), ("bias", vec![output])] {
            let scale = (2.0 / (9.0 * input as f32)).sqrt() * 3.4;
            let name = format!("features.{index}.{part}");
            let mut values: Vec<f32> = (0..shape.iter().product()).map(|_| random() * scale).collect();
            spoil(&name, &mut values);
            tensors.push((name, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()));
        }
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}
