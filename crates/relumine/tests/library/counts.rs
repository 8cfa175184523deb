//! What of a photo does not count changes nothing, and stays as it is.

use crate::examples::example;
use relumine::io::{Format, Limits, Photo, SaveOptions};
use relumine::watch::Watch;
use relumine::{
    Device, Engine, GroundLook, LookOptions, Masks, Notice, Planes, Transfer, TransferOptions,
    TransportOptions,
};

/// The methods that need nothing but what is embedded, quick.
fn methods() -> [TransferOptions; 2] {
    let look = LookOptions { size: 96, iterations: Some(6), ..Default::default() };
    [TransferOptions::new(TransportOptions::default()), TransferOptions::new(look)]
}

fn transfer(content: &Photo, reference: &Photo, options: &TransferOptions) -> Transfer {
    let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
    engine.transfer(content, reference, None, options, &mut Watch::silent()).unwrap()
}

fn with_colours(photo: &Photo, change: impl Fn(usize, usize, [f32; 3]) -> [f32; 3]) -> Planes {
    let colours = photo.colours();
    let mut out = colours.clone();
    for pixel in 0..colours.area() {
        let colour = [0, 1, 2].map(|channel| colours.plane(channel)[pixel]);
        let changed = change(pixel / colours.width(), pixel % colours.width(), colour);
        (0..3).for_each(|channel| out.plane_mut(channel)[pixel] = changed[channel]);
    }
    out
}

/// As it comes out of its file.
fn reread(photo: &Photo) -> Photo {
    let bytes = photo.encode(Format::PNG, &SaveOptions::default()).unwrap();
    Photo::decode(&bytes, "photo.png".as_ref(), &Limits::default()).unwrap()
}

fn has(transfer: &Transfer, is: impl Fn(&Notice) -> bool) -> bool {
    transfer.report.notices.iter().any(|remark| is(&remark.notice))
}

/// A photo of which a disc is seen, with a soft edge, and something else is hidden around it.
fn cut_out(photo: &Photo, hidden: impl Fn(usize, usize) -> [f32; 3]) -> Photo {
    let (height, width) = (photo.height(), photo.width());
    let alpha = (0..height * width).map(|i| {
        let (y, x) = ((i / width) as f32, (i % width) as f32);
        let distance = (y - height as f32 / 2.0).hypot(x - width as f32 / 2.0);
        ((0.4 * height as f32 - distance) / 4.0).clamp(0.0, 1.0)
    });
    let alpha = Planes::from_vec(1, height, width, alpha.collect());
    let seen = |y: usize, x: usize| alpha.data()[y * width + x] > 0.0;
    let colours = with_colours(photo, |y, x, colour| if seen(y, x) { colour } else { hidden(y, x) });
    reread(&photo.cut_out(&colours, &alpha))
}

/// The samples of what is seen.
fn seen(photo: &Photo) -> Vec<f32> {
    let photo = reread(photo);
    let (colours, alpha) = (photo.colours(), photo.alpha().expect("a cut-out"));
    let pixels = (0..colours.area()).filter(|pixel| alpha.data()[*pixel] > 0.0);
    pixels.flat_map(|pixel| [0, 1, 2].map(|channel| colours.plane(channel)[pixel])).collect()
}

#[test]
fn hidden_colours_change_nothing_bit_for_bit() {
    let (day, dusk) = (example("day.jpg", 8), example("dusk.jpg", 8));
    let hidden: [&dyn Fn(usize, usize) -> [f32; 3]; 3] =
        [&|_, _| [0.0; 3], &|_, _| [0.1, 0.9, 0.2], &|y, x| {
            [0.5 + 0.5 * (y as f32).sin(), (x % 7) as f32 / 6.0, 1.0]
        }];
    for options in methods() {
        let method = &options.method;
        let of = |hidden| {
            let cut = cut_out(&day, hidden);
            let (content, reference) = (transfer(&cut, &dusk, &options), transfer(&dusk, &cut, &options));
            assert!(has(&content, |notice| matches!(notice, Notice::TransparencyLeftOut { .. })));
            (seen(&content.photo), reread(&reference.photo).colours().clone())
        };
        let first = of(hidden[0]);
        assert!(first.0.len() > 3000);
        for hidden in &hidden[1..] {
            assert!(of(*hidden) == first, "{method}");
        }
    }
}

#[test]
fn nothing_seen_is_no_failure() {
    let (day, dusk) = (example("day.jpg", 12), example("dusk.jpg", 12));
    let nothing = day.cut_out(day.colours(), &Planes::zeros(1, day.height(), day.width()));
    for options in methods() {
        for (content, reference) in [(&nothing, &dusk), (&dusk, &nothing)] {
            let found = transfer(content, reference, &options).photo;
            assert!(found.colours().data().iter().all(|v| v.is_finite()), "{}", options.method);
        }
    }
}

#[test]
fn bars_stay_and_the_photo_within_is_as_without() {
    let (day, dusk) = (example("day.jpg", 6), example("dusk.jpg", 6));
    let (height, width) = (day.height(), day.width());
    let (above, left) = (37, 12);
    let boxed = |photo: &Photo, level: f32| {
        let colours = photo.colours();
        let (tall, wide) = (height + 2 * above, width + 2 * left);
        let sample = |channel: usize, y: usize, x: usize| {
            let within = (above..above + height).contains(&y) && (left..left + width).contains(&x);
            if within { colours.plane(channel)[(y - above) * width + x - left] } else { level }
        };
        let pixels = (0..3).flat_map(|c| (0..tall * wide).map(move |i| (c, i / wide, i % wide)));
        let data = pixels.map(|(c, y, x)| sample(c, y, x)).collect();
        Photo::from_planes(Planes::from_vec(3, tall, wide, data))
    };
    for options in methods() {
        let plain = transfer(&day, &dusk, &options).photo;
        for level in [0.0, 1.0] {
            let found = transfer(&boxed(&day, level), &boxed(&dusk, level), &options);
            assert!(has(&found, |notice| matches!(notice, Notice::BordersLeftOut { .. })));
            assert_eq!(found.photo.colours(), boxed(&plain, level).colours(), "{}", options.method);
        }
    }
}

/// A ball of the example's colours, none of them white, on a ground of one colour.
fn product(photo: &Photo, ground: f32) -> Photo {
    let (height, width) = (photo.height(), photo.width());
    Photo::from_planes(with_colours(photo, |y, x, colour| {
        let distance = (y as f32 - height as f32 / 2.0).hypot(x as f32 - width as f32 / 2.0);
        if distance < 0.3 * height as f32 { colour.map(|c| 0.8 * c) } else { [ground; 3] }
    }))
}

#[test]
fn a_products_ground_keeps_its_colour_unless_it_is_free() {
    let (day, dusk) = (example("day.jpg", 6), example("dusk.jpg", 6));
    let white = product(&day, 1.0);
    for mut options in methods() {
        options.pairing.masks = Masks::None;
        let kept = transfer(&white, &dusk, &options);
        assert!(has(&kept, |notice| matches!(notice, Notice::GroundKept { share } if *share > 0.5)));
        assert_eq!(kept.report.regions.regions.last().unwrap().name.as_deref(), Some("uniform ground"));
        let moved = |found: &Transfer, is_ground: bool| {
            let (before, after) = (white.colours().data(), found.photo.colours().data());
            let pixels = before.iter().zip(after).filter(|(before, _)| (**before == 1.0) == is_ground);
            pixels.map(|(before, after)| 255.0 * (before - after).abs()).fold(0.0, f32::max)
        };
        assert!(moved(&kept, true) <= 2.0 && moved(&kept, false) > 10.0, "{}", options.method);
        options.pairing.ground = GroundLook::Free;
        let free = transfer(&white, &dusk, &options);
        assert!(free.report.regions.regions.len() == 1 && moved(&free, true) > 10.0, "{}", options.method);
    }
}

#[test]
fn a_references_ground_tints_nothing() {
    let (day, dusk) = (example("day.jpg", 6), example("dusk.jpg", 6));
    let mut options = methods()[0].clone();
    options.pairing.masks = Masks::None;
    let mean = |ground: f32| {
        let found = transfer(&day, &product(&dusk, ground), &options).photo;
        found.colours().data().iter().sum::<f32>() / found.colours().data().len() as f32
    };
    assert!((mean(1.0) - mean(0.75)).abs() < 0.01, "{} and {}", mean(1.0), mean(0.75));
}

#[test]
fn a_clipped_sky_and_a_crushed_night_take_the_look() {
    let (day, dusk) = (example("day.jpg", 4), example("dusk.jpg", 4));
    let height = day.height();
    let sky = Photo::from_planes(with_colours(&day, |y, _, colour| {
        if y < height / 2 && colour[2] > 0.55 { [1.0; 3] } else { colour }
    }));
    let night = Photo::from_planes(with_colours(&dusk, |_, _, colour| {
        let luma = 0.3 * colour[0] + 0.6 * colour[1] + 0.1 * colour[2];
        if luma < 0.4 { [0.0; 3] } else { colour }
    }));
    for masks in [Masks::Auto, Masks::None] {
        let mut options = methods()[0].clone();
        options.pairing.masks = masks;
        for (content, reference) in [(&sky, &dusk), (&night, &day)] {
            let found = transfer(content, reference, &options);
            let left_out = |notice: &Notice| {
                matches!(
                    notice,
                    Notice::GroundKept { .. } | Notice::BordersLeftOut { .. } | Notice::RoundLeftOut { .. }
                )
            };
            assert!(!has(&found, left_out), "{masks:?}: {:?}", found.report.notices);
            let [before, after] = [content, &found.photo].map(Photo::colours);
            let clipped = (0..before.area()).filter(|i| [0.0, 1.0].contains(&before.plane(0)[*i]));
            let moved = clipped.map(|i| (before.plane(0)[i] - after.plane(0)[i]).abs()).collect::<Vec<_>>();
            assert!(moved.len() > before.area() / 20, "{} of {}", moved.len(), before.area());
            let mean = moved.iter().sum::<f32>() / moved.len() as f32;
            assert!(mean > 0.02, "{masks:?}: it takes the look: {mean}");
        }
    }
}
