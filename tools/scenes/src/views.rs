//! The photographs: where each is taken from, when, and how it is developed.

use glam::Vec3;

use crate::camera::Camera;
use crate::materials::Season;
use crate::photo::Film;
use crate::sky::Weather;
use crate::trace::Air;

/// One photograph.
pub(crate) struct View {
    pub name: &'static str,
    pub camera: Camera,
    pub weather: Weather,
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
pub(crate) fn all() -> [View; 4] {
    let haze = |reach: f32| Vec3::new(1.25, 1.0, 0.72) * reach;
    let day = View {
        name: "day",
        camera: Camera {
            eye: Vec3::new(-84.0, 4.1, -93.0),
            toward: Vec3::new(14.0, 4.1, 5.0),
            angle: 58.0,
            shift: 0.06,
        },
        weather: Weather { sun: sun(236.0, 40.0), haze: 1.3, cumulus: 0.52, cirrus: 0.3, seed: 1.3 },
        season: Season::Summer,
        lit: false,
        air: Air { reach: haze(9000.0), mist_reach: 1e9, mist_height: 30.0 },
        brightest: 6.0,
        film: Film { exposure: 0.52, balance: Vec3::new(1.04, 1.0, 0.94), bloom: 0.05, saturation: 1.12 },
    };
    let dusk = View {
        name: "dusk",
        camera: Camera {
            eye: Vec3::new(118.0, 6.8, -34.0),
            toward: Vec3::new(-20.0, 6.8, 2.0),
            angle: 56.0,
            shift: 0.06,
        },
        weather: Weather { sun: sun(256.0, -3.6), haze: 0.9, cumulus: 0.0, cirrus: 0.7, seed: 8.2 },
        season: Season::Summer,
        lit: true,
        air: Air { reach: haze(7000.0), mist_reach: 1e9, mist_height: 30.0 },
        brightest: 0.15,
        film: Film { exposure: 12.0, balance: Vec3::new(0.82, 0.98, 1.30), bloom: 0.07, saturation: 0.95 },
    };
    let autumn = View {
        name: "autumn",
        camera: Camera {
            eye: Vec3::new(46.0, 4.4, -84.5),
            toward: Vec3::new(-21.0, 4.4, 8.0),
            angle: 52.0,
            shift: 0.07,
        },
        weather: Weather { sun: sun(218.0, 13.0), haze: 1.8, cumulus: 0.0, cirrus: 0.75, seed: 5.3 },
        season: Season::Autumn,
        lit: false,
        air: Air { reach: haze(6000.0), mist_reach: 800.0, mist_height: 7.0 },
        brightest: 6.0,
        film: Film { exposure: 0.85, balance: Vec3::new(1.06, 1.0, 0.92), bloom: 0.08, saturation: 1.1 },
    };
    let winter = View {
        name: "winter",
        season: Season::Winter,
        weather: Weather { sun: sun(232.0, 16.0), haze: 2.0, cumulus: 0.0, cirrus: 1.0, seed: 3.1 },
        air: Air { reach: haze(4000.0), mist_reach: 1e9, mist_height: 30.0 },
        film: Film { exposure: 0.50, balance: Vec3::new(1.0, 1.0, 1.0), bloom: 0.07, saturation: 1.0 },
        ..day
    };
    [day, dusk, autumn, winter]
}
