//! Renders the example photographs and their region masks, the same bytes every time.

mod bvh;
mod camera;
mod church;
mod decor;
mod denoise;
mod estimate;
mod furnishings;
mod furniture;
mod harbour;
mod house;
mod indoors;
mod lights;
mod mask;
mod materials;
mod mesh;
mod noise;
mod outlook;
mod patterns;
mod photo;
mod plants;
mod render;
mod roof;
mod room;
mod scatter;
mod scene;
mod shapes;
mod sky;
mod still;
mod terrain;
mod town;
mod trace;
mod views;
mod water;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;

/// Renders the example photographs and their region masks.
#[derive(Parser)]
struct Args {
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Width in pixels; the height is two thirds of it.
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u32).range(3..=8192))]
    width: u32,
    /// Most paths for a pixel.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..))]
    samples: u32,
    /// Renders this view alone.
    #[arg(long)]
    only: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let views = views::all();
    let names: Vec<&str> = views.iter().map(|v| v.name).collect();
    if let Some(only) = args.only.as_deref().filter(|only| !names.contains(only)) {
        return Err(format!("no view is called `{only}`; there are {}", names.join(", ")).into());
    }
    fs::create_dir_all(&args.out)?;
    let height = args.width * 2 / 3;
    for view in views.iter().filter(|v| args.only.as_deref().is_none_or(|only| only == v.name)) {
        let start = Instant::now();
        let (light, mask) = render::render(view, args.width, height, args.samples);
        let (bytes, quality) = photo::jpeg(&view.film.develop(&light))?;
        fs::write(args.out.join(format!("{}.jpg", view.name)), &bytes)?;
        mask.save(args.out.join(format!("{}-mask.png", view.name)))?;
        let seconds = start.elapsed().as_secs_f32();
        println!("{}: {seconds:.0} s, {} bytes at quality {quality}", view.name, bytes.len());
    }
    Ok(())
}
