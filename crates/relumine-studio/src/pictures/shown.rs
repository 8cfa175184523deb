//! Pictures as pages show them: previews, thumbnails, parts at their own size.

use std::path::Path;
use std::sync::Arc;

use axum::extract::{Path as Named, State};
use axum::response::Response;
use relumine::io::{ColourSpace, Format, Photo, SaveOptions};
use relumine::watch::{CancelToken, Watch};
use relumine::{Frame, GradeOptions, Masks, Planes, TransferOptions};
use serde::Deserialize;

use crate::aside::{aside, jpeg, png};
use crate::asked::Asked;
use crate::cache::Opened;
use crate::{Failure, Studio};

/// Long side of thumbnails, and quality of these.
const THUMBNAIL: usize = 256;
const QUALITY: u8 = 82;
/// Long side of what a first look is found in: that of the page's previews.
pub(super) const GLANCE: usize = 1600;
/// Longest side of previews and of parts.
const LARGEST_PREVIEW: usize = 4096;
const LARGEST_PART: usize = 1024;

impl Studio {
    /// A picture small, as the 8 bits that pages are shown: what a look is applied to there.
    pub(crate) fn preview(&self, id: &str, long: usize) -> Result<Vec<u8>, Failure> {
        let name = format!("cache/{id}-{long}.png");
        if let Ok(bytes) = std::fs::read(self.folder.file(&name)) {
            return Ok(bytes);
        }
        let photo = self.opened(id)?.photo;
        let small = self.engine.install(|| photo.small(long, &CancelToken::new()))?;
        let bytes = quick_png(&small)?;
        self.folder.write(&name, &bytes)?;
        Ok(bytes)
    }

    /// The same as a photo.
    pub(crate) fn preview_photo(&self, id: &str, long: usize) -> Result<Photo, Failure> {
        let bytes = self.preview(id, long)?;
        Ok(self.engine.install(|| Photo::decode(&bytes, Path::new("preview"), &self.settings.limits))?)
    }

    /// A picture as pages show it, with what is known of that.
    pub(crate) fn at_a_glance(&self, id: &str) -> Result<Opened, Failure> {
        let key = format!("{id}-{GLANCE}");
        if let Some(opened) = self.cache.get(&key) {
            return Ok(opened);
        }
        let photo = self.preview_photo(id, GLANCE)?;
        let opened = Opened { analysis: self.engine.analyse(&photo), photo };
        self.cache.put(&key, opened.clone());
        Ok(opened)
    }

    /// A picture as small as on a shelf.
    pub(crate) fn thumbnail(&self, photo: &Photo) -> Result<Vec<u8>, Failure> {
        let small = self.engine.install(|| photo.small(THUMBNAIL, &CancelToken::new()))?;
        self.jpeg(small)
    }

    /// A picture for a glance.
    pub(crate) fn jpeg(&self, planes: Planes) -> Result<Vec<u8>, Failure> {
        let options = SaveOptions { quality: QUALITY, ..SaveOptions::default() };
        Ok(self.engine.install(|| Photo::from_planes(shown(planes)).encode(Format::JPEG, &options))?)
    }

    /// A picture in the look of another by its learned grade, as small as on a shelf.
    fn graded(&self, photo: &str, reference: &str) -> Result<Vec<u8>, Failure> {
        let (ours, theirs) = (self.opened(photo)?, self.opened(reference)?);
        let mut options = TransferOptions::new(GradeOptions::default());
        options.pairing.masks = Masks::None;
        let (mut watch, token) = (Watch::silent(), CancelToken::new());
        let (_, look) =
            self.engine.find(&ours.analysis, &[theirs.analysis.into()], None, &options, &mut watch)?;
        let small = Photo::from_planes(self.engine.install(|| ours.photo.small(THUMBNAIL, &token))?);
        let looked = look.map_or_else(|| Ok(small.clone()), |look| look.apply(&small, &options.apply))?;
        self.jpeg(looked.colours().clone())
    }
}

/// A PNG of 8 bits that is made in no time, for pages of this machine: its size is of no matter.
fn quick_png(planes: &Planes) -> Result<Vec<u8>, Failure> {
    let [r, g, b] = planes.rgb();
    let level = |v: &f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
    let levels: Vec<u8> = r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [r, g, b].map(level)).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, planes.width() as u32, planes.height() as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fastest);
    let told = |error: png::EncodingError| Failure::internal(error.to_string());
    let mut writer = encoder.write_header().map_err(told)?;
    writer.write_image_data(&levels).map_err(told)?;
    writer.finish().map_err(told)?;
    Ok(bytes)
}

/// The same in a colour space of its own, which it names: for screens that show more than sRGB.
fn png_in(space: ColourSpace, planes: Planes) -> Result<Vec<u8>, Failure> {
    let photo = Photo::from_planes(planes).in_space(space, &CancelToken::new())?;
    Ok(photo.encode(Format::PNG, &SaveOptions::default())?)
}

/// What a screen shows of colours.
fn shown(mut planes: Planes) -> Planes {
    planes.data_mut().iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    planes
}

#[derive(Deserialize)]
pub(crate) struct LongQuery {
    pub(crate) long: usize,
}

/// `GET /pictures/{id}/preview`, asked for.
#[derive(Deserialize)]
pub(crate) struct PreviewQuery {
    long: usize,
    space: Option<ColourSpace>,
}

impl LongQuery {
    pub(crate) fn checked(&self) -> Result<usize, Failure> {
        match self.long {
            1..=LARGEST_PREVIEW => Ok(self.long),
            _ => {
                Err(Failure::bad(format!("long: a preview has a long side of 1 to {LARGEST_PREVIEW} pixels")))
            }
        }
    }
}

/// `GET /pictures/{id}/thumbnail`.
pub(crate) async fn thumbnail(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| Ok(jpeg(studio.thumbnail(&studio.opened(&id)?.photo)?))).await
}

/// `GET /pictures/{id}/preview`.
pub(crate) async fn preview(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(PreviewQuery { long, space }): Asked<PreviewQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        studio.pictures.get(&id)?;
        let long = LongQuery { long }.checked()?;
        let Some(space) = space else {
            return Ok(png(studio.preview(&id, long)?));
        };
        let photo = studio.opened(&id)?.photo;
        let bytes = studio.engine.install(|| png_in(space, photo.small(long, &CancelToken::new())?))?;
        Ok(png(bytes))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct PartQuery {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    space: Option<ColourSpace>,
}

/// `GET /pictures/{id}/tile`.
pub(crate) async fn part(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(PartQuery { x, y, width, height, space }): Asked<PartQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let photo = studio.opened(&id)?.photo;
        let fits = |at: usize, side: usize, whole: usize| {
            (1..=LARGEST_PART).contains(&side) && at.checked_add(side).is_some_and(|end| end <= whole)
        };
        if !(fits(x, width, photo.width()) && fits(y, height, photo.height())) {
            return Err(Failure::bad(format!(
                "the part reaches beyond the photo, or has sides beyond {LARGEST_PART} pixels"
            )));
        }
        let bytes = studio.engine.install(|| {
            let part = photo.part(&Frame { top: y, left: x, height, width });
            space.map_or_else(|| quick_png(&part), |space| png_in(space, part.clone()))
        })?;
        Ok(png(bytes))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct GradedQuery {
    photo: String,
    reference: String,
}

/// `GET /graded`.
pub(crate) async fn graded(
    State(studio): State<Arc<Studio>>,
    Asked(query): Asked<GradedQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| Ok(jpeg(studio.graded(&query.photo, &query.reference)?))).await
}
