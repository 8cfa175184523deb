//! `--device gpu` through the program, on whatever adapter there is, a software one too. Without any these tests skip, unless
//! `RELUMINE_EXPECT_GPU` is set.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::Bench;
use serde_json::Value;

const TRANSFER: &str = "transfer content.png reference.png --report out.json";
/// Where a Vulkan loader looks for drivers.
const DRIVERS: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

fn report(bench: &Bench) -> Value {
    serde_json::from_slice(&std::fs::read(bench.path("out.json")).unwrap()).unwrap()
}

/// Runs `words` on the CPU and on the GPU and asserts that the results agree, and that there is a change to agree on;
/// skips where there is no GPU.
fn agree(bench: &Bench, words: &str) {
    bench.succeeds(&format!("{TRANSFER} -o cpu.png {words} --device cpu"));
    let on_cpu = report(bench);
    let output = bench.run(&format!("{TRANSFER} -o gpu.png {words} --device gpu"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    if stderr.contains("no usable GPU") && std::env::var_os("RELUMINE_EXPECT_GPU").is_none() {
        eprintln!("SKIPPED: {stderr}");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let on_gpu = report(bench);
    let device = on_gpu["device"].as_str().unwrap();
    assert!(device.starts_with("gpu, ") && device.contains("; cpu, "), "{device}");
    assert!(on_cpu["device"].as_str().unwrap().starts_with("cpu, "));
    assert_eq!(on_gpu["iterations"], on_cpu["iterations"]);

    let [content, cpu, gpu] =
        ["content.png", "cpu.png", "gpu.png"].map(|name| image::open(bench.path(name)).unwrap().to_rgb8());
    let most = |a: &image::RgbImage, b: &image::RgbImage| {
        a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    };
    assert!(most(&content, &cpu) > 20);
    assert!(most(&cpu, &gpu) <= 3, "CPU and GPU differ by {} levels", most(&cpu, &gpu));
}

#[test]
fn look_agrees_with_the_cpus() {
    agree(&Bench::new(), "--method look --iterations 4");
}

#[test]
fn deep_photo_agrees_with_the_cpus() {
    let shared = std::env::var_os("RELUMINE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let weights = shared.join("weights/vgg19.safetensors");
    if !weights.exists() {
        eprintln!(
            "SKIPPED: {} is missing; set RELUMINE_SHARED to the folder of shared data",
            weights.display()
        );
        return;
    }
    let words = format!("--method deep-photo --size 32 --iterations 2 --network {}", weights.display());
    agree(&Bench::new(), &words);
}

#[test]
fn transport_needs_no_gpu_and_says_so() {
    let bench = Bench::new();
    bench.succeeds(&format!("{TRANSFER} -o out.png --method transport"));
    assert!(report(&bench)["device"].as_str().unwrap().starts_with("cpu, "));
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_a_gpu_is_told_at_once_or_served_by_the_cpu() {
    let bench = Bench::new();
    let run = |device: &str| {
        let words = format!("{TRANSFER} -o out.png --method look --iterations 1 --device {device}");
        let mut command: Command = bench.command(&words);
        DRIVERS.iter().for_each(|name| {
            command.env(name, bench.path("no-driver.json"));
        });
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, stderr) = run("gpu");
    let line = stderr.lines().find(|line| line.starts_with("error: no usable GPU was found"));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(line.is_some_and(|line| line.contains("--device cpu")), "{stderr}");
    assert_eq!(bench.names(), ["content.png", "reference.png"]);
    let (code, stderr) = run("auto");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(report(&bench)["device"].as_str().unwrap().starts_with("cpu, "));
}
