//! The photographs: where each is taken from, when, and how it is developed.

use glam::Vec3;

use crate::camera::Camera;
use crate::materials::Season;
use crate::photo::Film;
use crate::sky::Weather;
use crate::trace::Air;

/// What is photographed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Town,
    Room,
    Studio,
}

/// One photograph.
pub(crate) struct View {
    pub name: &'static str,
    pub place: Place,
    pub camera: Camera,
    pub weather: Weather,
    /// After sunset, the share of the sky's light that is left.
    pub blue_hour: Option<Vec3>,
    pub season: Season,
    pub lit: bool,
    pub air: Air,
    /// See [`World::brightest`](crate::trace::World::brightest).
    pub brightest: f32,
    pub film: Film,
}

/// Direction towards a sun at this azimuth (from `z`, over `x`) and elevation, degrees.
fn sun(azimuth: f32, elevation: f32) -> Vec3 {
    let (a, e) = (azimuth.to_radians(), elevation.to_radians());
    Vec3::new(a.sin() * e.cos(), e.sin(), a.cos() * e.cos())
}

/// Every photograph that is made.
pub(crate) fn all() -> [View; 7] {
    let haze = |reach: f32| Vec3::new(1.25, 1.0, 0.72) * reach;
    let day = View {
        name: "day",
        place: Place::Town,
        camera: Camera {
            eye: Vec3::new(-84.0, 4.1, -93.0),
            toward: Vec3::new(14.0, 4.1, 5.0),
            angle: 58.0,
            shift: 0.06,
        },
        weather: Weather { sun: sun(236.0, 40.0), haze: 1.3, cumulus: 0.52, cirrus: 0.3, seed: 1.3 },
        blue_hour: None,
        season: Season::Summer,
        lit: false,
        air: Air { reach: haze(9000.0), mist_reach: 1e9, mist_height: 30.0 },
        brightest: 6.0,
        film: Film {
            exposure: 0.52,
            balance: Vec3::new(1.04, 1.0, 0.94),
            bloom: 0.05,
            saturation: 1.12,
            vignette: 0.9,
            white: 1.0,
        },
    };
    let dusk = View {
        name: "dusk",
        place: Place::Town,
        camera: Camera {
            eye: Vec3::new(118.0, 6.8, -34.0),
            toward: Vec3::new(-20.0, 6.8, 2.0),
            angle: 56.0,
            shift: 0.06,
        },
        weather: Weather { sun: sun(256.0, -3.6), haze: 0.9, cumulus: 0.0, cirrus: 0.7, seed: 8.2 },
        blue_hour: None,
        season: Season::Summer,
        lit: true,
        air: Air { reach: haze(7000.0), mist_reach: 1e9, mist_height: 30.0 },
        brightest: 0.15,
        film: Film {
            exposure: 12.0,
            balance: Vec3::new(0.82, 0.98, 1.30),
            bloom: 0.07,
            saturation: 0.95,
            vignette: 0.9,
            white: 1.0,
        },
    };
    let autumn = View {
        name: "autumn",
        place: Place::Town,
        camera: Camera {
            eye: Vec3::new(46.0, 4.4, -84.5),
            toward: Vec3::new(-21.0, 4.4, 8.0),
            angle: 52.0,
            shift: 0.07,
        },
        weather: Weather { sun: sun(218.0, 13.0), haze: 1.8, cumulus: 0.0, cirrus: 0.75, seed: 5.3 },
        blue_hour: None,
        season: Season::Autumn,
        lit: false,
        air: Air { reach: haze(6000.0), mist_reach: 800.0, mist_height: 7.0 },
        brightest: 6.0,
        film: Film {
            exposure: 0.85,
            balance: Vec3::new(1.06, 1.0, 0.92),
            bloom: 0.08,
            saturation: 1.1,
            vignette: 0.9,
            white: 1.0,
        },
    };
    let winter = View {
        name: "winter",
        season: Season::Winter,
        weather: Weather { sun: sun(232.0, 16.0), haze: 2.0, cumulus: 0.0, cirrus: 1.0, seed: 3.1 },
        air: Air { reach: haze(4000.0), mist_reach: 1e9, mist_height: 30.0 },
        film: Film {
            exposure: 0.50,
            balance: Vec3::new(1.0, 1.0, 1.0),
            bloom: 0.07,
            saturation: 1.0,
            vignette: 0.9,
            white: 1.0,
        },
        ..day
    };
    let room = View {
        name: "room",
        place: Place::Room,
        camera: Camera {
            eye: Vec3::new(2.1, 1.28, -1.45),
            toward: Vec3::new(-1.05, 1.28, 4.6),
            angle: 54.0,
            shift: -0.03,
        },
        weather: Weather { sun: sun(291.0, 33.0), haze: 1.6, cumulus: 0.0, cirrus: 0.5, seed: 2.0 },
        brightest: 3.0,
        film: Film {
            exposure: 4.8,
            balance: Vec3::new(0.95, 1.0, 1.09),
            bloom: 0.06,
            saturation: 1.08,
            vignette: 0.5,
            white: 1.0,
        },
        ..day
    };
    let evening = View {
        name: "evening",
        weather: Weather { sun: sun(120.0, 25.0), haze: 0.8, cumulus: 0.0, cirrus: 0.5, seed: 8.2 },
        blue_hour: Some(Vec3::new(0.034, 0.064, 0.125)),
        lit: true,
        brightest: 0.6,
        film: Film {
            exposure: 13.5,
            balance: Vec3::new(0.76, 1.0, 1.45),
            bloom: 0.09,
            saturation: 1.0,
            vignette: 0.6,
            white: 1.0,
        },
        ..room
    };
    let product = View {
        name: "product",
        place: Place::Studio,
        camera: Camera {
            eye: Vec3::new(0.02, 0.30, -1.35),
            toward: Vec3::new(0.02, 0.30, 0.0),
            angle: 26.0,
            shift: -0.30,
        },
        weather: Weather { sun: sun(0.0, -40.0), haze: 1.0, cumulus: 0.0, cirrus: 0.0, seed: 0.0 },
        brightest: 8.0,
        film: Film {
            exposure: 1.6,
            balance: Vec3::ONE,
            bloom: 0.03,
            saturation: 1.05,
            vignette: 0.0,
            white: 0.93,
        },
        ..day
    };
    [day, dusk, autumn, winter, room, evening, product]
}
