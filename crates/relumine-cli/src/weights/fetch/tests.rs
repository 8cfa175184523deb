//! Against a server on this machine, with a file of VGG-19's layout and tiny shapes.

use std::time::Duration;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

use super::*;
use hub::{Fault, Hub};

#[path = "../../../tests/program/hub.rs"]
mod hub;

const QUICK: Retry = Retry { most: 2, pause: Duration::from_millis(1) };

fn spec(name: &str, shape: &[usize]) -> TensorSpec {
    TensorSpec { name: name.to_owned(), shape: shape.to_vec() }
}

/// What is wanted: of the layers in the file, all but 30.
fn wanted() -> Vec<TensorSpec> {
    [0, 2, 10, 5]
        .iter()
        .flat_map(|i| {
            [spec(&format!("features.{i}.weight"), &[8, 4, 3, 3]), spec(&format!("features.{i}.bias"), &[8])]
        })
        .collect()
}

fn values(count: usize, seed: usize) -> Vec<u8> {
    (0..count).flat_map(|i| (((i * 7 + seed * 13) % 101) as f32 / 101.0 - 0.5).to_le_bytes()).collect()
}

/// The whole file: what is wanted, one convolution and one fully connected layer more.
fn whole(spoil: impl Fn(&str, &mut Vec<u8>)) -> Vec<u8> {
    let unwanted = [spec("features.30.weight", &[16, 4, 3, 3]), spec("head.fc.weight", &[50, 30])];
    let tensors: Vec<_> = wanted()
        .into_iter()
        .chain(unwanted)
        .enumerate()
        .map(|(seed, spec)| {
            let mut bytes = values(spec.shape.iter().product(), seed);
            spoil(&spec.name, &mut bytes);
            (spec, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(spec, bytes)| {
        (spec.name.as_str(), TensorView::new(Dtype::F32, spec.shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

fn good() -> Vec<u8> {
    whole(|_, _| {})
}

struct Bench {
    hub: Hub,
    folder: TempDir,
}

impl Bench {
    fn new(file: Vec<u8>) -> Self {
        Self { hub: Hub::serve(file), folder: tempfile::tempdir().unwrap() }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("deep/cache/vgg.safetensors")
    }

    fn fetch_from(&self, url: &str) -> (Result<String>, Vec<String>) {
        let (target, tensors) = (self.target(), wanted());
        let job = Job { url, target: &target, tensors: &tensors, retry: QUICK };
        let mut told = Vec::new();
        let result = fetch(&job, &mut |event| match event {
            Event::Begin { kept, .. } => told.push(format!("kept {kept}")),
            Event::Again(Again { reason, .. }) => told.push(format!("{reason:#}")),
            Event::Received(_) => {}
        });
        (result, told)
    }

    fn fetch(&self) -> (Result<String>, Vec<String>) {
        self.fetch_from(&self.hub.url())
    }

    /// Asserts that the fetch fails, says all of `words` in one line, names the URL and the target, and leaves no
    /// target behind.
    fn fails(&self, words: &[&str]) {
        let (result, _) = self.fetch();
        let error = format!("{:#}", result.unwrap_err());
        for word in words.iter().copied().chain([&*self.hub.url(), &*self.target().to_string_lossy()]) {
            assert!(error.contains(word), "`{word}` is missing in: {error}");
        }
        assert!(!error.contains('\n'), "{error}");
        assert!(!self.target().exists());
    }

    /// Asserts that the target holds the wanted tensors of `file`, bit for bit, and nothing else lies in the folder.
    fn holds_the_wanted_of(&self, file: &[u8], sum: &str) {
        let bytes = fs::read(self.target()).unwrap();
        let (got, file) =
            (SafeTensors::deserialize(&bytes).unwrap(), SafeTensors::deserialize(file).unwrap());
        assert_eq!(got.len(), wanted().len());
        for spec in wanted() {
            assert_eq!(got.tensor(&spec.name).unwrap(), file.tensor(&spec.name).unwrap(), "{}", spec.name);
        }
        assert_eq!(cache::condition(&self.target()).unwrap(), cache::Condition::Intact(sum.to_owned()));
        let mut names: Vec<_> = fs::read_dir(self.target().parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["vgg.safetensors", "vgg.safetensors.sha256"]);
    }
}

#[test]
fn fetches_the_wanted_tensors_and_little_else() {
    let bench = Bench::new(good());
    let (sum, told) = bench.fetch();
    bench.holds_the_wanted_of(&good(), &sum.unwrap());
    assert_eq!(told, ["kept 0"]);

    let asked = bench.hub.asked();
    let bytes: usize = asked.iter().map(|r| r.len()).sum();
    let header = 8 + u64::from_le_bytes(good()[..8].try_into().unwrap()) as usize;
    let tensors: usize = wanted().iter().map(|spec| spec.shape.iter().product::<usize>() * 4).sum();
    assert_eq!(bytes, header + tensors);
    // By name, `features.30` lies between 2 and 5: one range on each side of it, and two for the header.
    assert_eq!(asked.len(), 4, "{asked:?}");
}

#[test]
fn follows_redirects() {
    let bench = Bench::new(good());
    let (sum, _) = bench.fetch_from(&bench.hub.redirecting_url());
    bench.holds_the_wanted_of(&good(), &sum.unwrap());
}

#[test]
fn goes_on_after_cut_connections() {
    let bench = Bench::new(good());
    bench.hub.then([
        None,
        None,
        Some(Fault::CutAfter(100)),
        Some(Fault::CutAfter(0)),
        Some(Fault::CutAfter(1001)),
        None,
        Some(Fault::CutAfter(3)),
    ]);
    let (sum, told) = bench.fetch();
    bench.holds_the_wanted_of(&good(), &sum.unwrap());
    assert_eq!(told.len(), 5, "{told:?}");
    let asked = bench.hub.asked();
    assert_eq!(asked[3].start, asked[2].start + 100);
    assert_eq!(asked[4].start, asked[3].start);
    assert_eq!(asked[5].start, asked[4].start + 1001);
}

#[test]
fn goes_on_in_the_next_run_where_the_last_gave_up() {
    let bench = Bench::new(good());
    let cut = || Some(Fault::CutAfter(0));
    bench.hub.then([None, None, Some(Fault::CutAfter(500)), cut(), cut()]);
    bench.fails(&["gave up after 3 tries", "cut", "run the command again"]);
    let asked = bench.hub.asked();

    let (sum, told) = bench.fetch();
    bench.holds_the_wanted_of(&good(), &sum.unwrap());
    assert_eq!(told.len(), 1);
    assert_ne!(told, ["kept 0"]);
    assert_eq!(bench.hub.asked()[2].start, asked[2].start + 500);
}

#[test]
fn begins_anew_where_the_file_has_changed_between_two_runs() {
    let bench = Bench::new(good());
    bench.hub.then([None, None, Some(Fault::CutAfter(500)), Some(Fault::Status(404))]);
    bench.fails(&["404"]);
    let other = whole(|_, bytes| bytes[2] ^= 1);
    bench.hub.replace(other.clone());
    bench.hub.then((0..9).map(|_| Some(Fault::OtherVersion)));
    let (sum, told) = bench.fetch();
    assert_eq!(told, ["kept 0"]);
    bench.holds_the_wanted_of(&other, &sum.unwrap());
}

#[test]
fn begins_anew_where_the_part_is_not_what_it_should_be() {
    let bench = Bench::new(good());
    bench.hub.then([None, None, Some(Fault::CutAfter(500)), Some(Fault::Status(404))]);
    bench.fails(&["404"]);
    let part = with_suffix(&bench.target(), ".part");
    let state = with_suffix(&bench.target(), ".part.json");
    for (path, spoilt) in
        [(&part, vec![7; 600]), (&part, vec![0; 3]), (&part, vec![]), (&state, b"{".to_vec())]
    {
        bench.hub.then([None, None, Some(Fault::CutAfter(500)), Some(Fault::Status(404))]);
        bench.fails(&["404"]);
        fs::write(path, spoilt).unwrap();
        let (sum, told) = bench.fetch();
        assert_eq!(told, ["kept 0"]);
        bench.holds_the_wanted_of(&good(), &sum.unwrap());
        fs::remove_file(bench.target()).unwrap();
    }
}

#[test]
fn bears_faults_that_pass() {
    for fault in [Fault::Status(500), Fault::Status(503), Fault::Status(429), Fault::Short(1), Fault::Shifted]
    {
        let bench = Bench::new(good());
        bench.hub.then([Some(fault.clone()), None, Some(fault.clone()), Some(fault.clone())]);
        let (sum, told) = bench.fetch();
        bench.holds_the_wanted_of(&good(), &sum.unwrap_or_else(|e| panic!("{fault:?}: {e:#}")));
        assert_eq!(told.len(), 4, "{told:?}");
    }
}

#[test]
fn gives_up_on_faults_that_last() {
    let always = |fault: Fault| (0..9).map(move |_| Some(fault.clone()));
    for (fault, words) in [
        (Fault::Status(404), "refused (HTTP 404"),
        (Fault::Status(401), "refused (HTTP 401"),
        (Fault::Status(500), "gave up after 3 tries"),
        (Fault::Short(1), "announced"),
        (Fault::Whole, "only gives whole files"),
        (Fault::NoContentRange, "which part"),
    ] {
        let bench = Bench::new(good());
        bench.hub.then(always(fault));
        bench.fails(&[words]);
    }
}

#[test]
fn notices_that_the_file_changes_midway() {
    let bench = Bench::new(good());
    bench.hub.then([None, None, None, Some(Fault::OtherVersion)]);
    bench.fails(&["changed on the server"]);

    let bench = Bench::new(good());
    bench.hub.then([None, None, Some(Fault::CutAfter(10)), Some(Fault::Whole)]);
    bench.fails(&["only gives whole files"]);
}

#[test]
fn a_server_out_of_reach_is_told_at_once() {
    let bench = Bench::new(good());
    // A port that was free a moment ago and has no listener.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/model.safetensors");
    let (result, told) = bench.fetch_from(&url);
    let error = format!("{:#}", result.unwrap_err());
    assert!(told.is_empty(), "no waiting: {told:?}");
    for word in ["cannot be reached", &url, &bench.target().to_string_lossy(), "by other means"] {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
}

#[test]
fn lying_files_are_found_out() {
    let long = |n: u64| [&n.to_le_bytes()[..], &good()[8..]].concat();
    for (file, words) in [
        (long(u64::MAX), "not a safetensors file"),
        (long(1 << 40), "not a safetensors file"),
        (long((1 << 20) + 1), "not a safetensors file"),
        (long(good().len() as u64), "not a safetensors file"),
        (long(1), "not a safetensors file"),
        (long(64), "malformed header"),
        (good()[..good().len() - 4].to_vec(), "its header describes"),
        ([good(), vec![0; 4]].concat(), "its header describes"),
        (good()[..5].to_vec(), "too short"),
    ] {
        Bench::new(file).fails(&[words]);
    }
    let header = |json: &str| [&(json.len() as u64).to_le_bytes()[..], json.as_bytes(), &[0; 64]].concat();
    for json in [
        r#"{"features.0.bias":{"dtype":"F32","shape":[8],"data_offsets":[0,9223372036854775807]}}"#,
        r#"{"features.0.bias":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,64]}}"#,
        r#"{"features.0.bias":{"dtype":"F32","shape":[16],"data_offsets":[64,0]}}"#,
        r#"{"features.0.bias":{"dtype":"F32","shape":[16],"data_offsets":[8,72]}}"#,
        r#"{"features.0.bias":{"dtype":"F32","shape":[-1],"data_offsets":[0,64]}}"#,
        r"[]",
    ] {
        Bench::new(header(json)).fails(&["malformed header"]);
    }
}

#[test]
fn another_network_is_found_out() {
    let tensor = |spec: &TensorSpec, dtype, bytes: usize| {
        let mut tensors: Vec<_> =
            wanted().iter().filter(|s| *s != spec).map(|s| (s.clone(), Dtype::F32)).collect();
        tensors.push((spec.clone(), dtype));
        let zeros = vec![0; bytes];
        let views = tensors.iter().map(|(spec, dtype)| {
            let size = spec.shape.iter().product::<usize>() * dtype.bitsize() / 8;
            (spec.name.as_str(), TensorView::new(*dtype, spec.shape.clone(), &zeros[..size]).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    };
    let bias = spec("features.2.bias", &[8]);
    Bench::new(tensor(&bias, Dtype::F16, 4096)).fails(&["`features.2.bias` holds F16"]);

    let mut fewer = wanted();
    fewer.retain(|spec| spec.name != "features.5.weight");
    let zeros = vec![0; 4096];
    let serialize = |specs: &[TensorSpec]| {
        let views = specs.iter().map(|spec| {
            let size = spec.shape.iter().product::<usize>() * 4;
            (spec.name.as_str(), TensorView::new(Dtype::F32, spec.shape.clone(), &zeros[..size]).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    };
    Bench::new(serialize(&fewer)).fails(&["it lacks `features.5.weight`"]);
    fewer.push(spec("features.5.weight", &[8, 4, 1, 1]));
    Bench::new(serialize(&fewer))
        .fails(&["`features.5.weight` has shape [8, 4, 1, 1] instead of [8, 4, 3, 3]"]);
}

#[test]
fn weights_that_are_no_numbers_are_refused_and_not_kept() {
    for bad in [f32::NAN, f32::INFINITY] {
        let bench = Bench::new(whole(|name, bytes| {
            if name == "features.10.weight" {
                bytes[40..44].copy_from_slice(&bad.to_le_bytes());
            }
        }));
        bench.fails(&["`features.10.weight` holds NaN or infinite values"]);
        assert!(!with_suffix(&bench.target(), ".part").exists());
    }
}

#[test]
fn what_is_not_wanted_may_hold_anything() {
    let file = whole(|name, bytes| {
        if name == "head.fc.weight" {
            bytes[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        }
    });
    let bench = Bench::new(file.clone());
    bench.holds_the_wanted_of(&file, &bench.fetch().0.unwrap());
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_anything_is_asked() {
    let bench = Bench::new(good());
    fs::write(bench.folder.path().join("deep"), b"a file in the way").unwrap();
    let (result, _) = bench.fetch();
    let error = format!("{:#}", result.unwrap_err());
    for word in ["deep/cache", "cannot be written", "--folder", cache::VARIABLE] {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
    assert!(bench.hub.asked().is_empty());
}

#[test]
fn a_second_fetch_of_the_same_file_is_kept_out() {
    let bench = Bench::new(good());
    let first = State::lock(&bench.target()).unwrap();
    let (result, _) = bench.fetch();
    assert!(result.unwrap_err().to_string().contains("another relumine"));
    drop(first);
    bench.holds_the_wanted_of(&good(), &bench.fetch().0.unwrap());
}

#[test]
fn a_new_file_replaces_the_old_with_its_sum() {
    let bench = Bench::new(good());
    bench.fetch().0.unwrap();
    let other = whole(|_, bytes| bytes[2] ^= 1);
    bench.hub.replace(other.clone());
    bench.holds_the_wanted_of(&other, &bench.fetch().0.unwrap());
}
