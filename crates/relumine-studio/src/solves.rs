//! What is solved for a photo: asked for, followed, and kept at hand as a value that applies at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Json;
use axum::extract::{Path as Named, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use relumine::io::{Format, Photo, SaveOptions};
use relumine::mask::Mask;
use relumine::report::Report;
use relumine::watch::{CancelToken, Previews, Progress, Watch};
use relumine::{Apply, GradeOptions, Look, Masks, Pairing, RegionId, TransferOptions, Weights};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::asked::{Asked, Sent};
use crate::cache::Opened;
use crate::layers;
use crate::pictures::{LongQuery, aside, jpeg, png};
use crate::queue::Kind;
use crate::{Failure, Studio};

/// Looks that are kept at hand.
const MOST: usize = 48;
/// Previews on the way: their long side, and iterations between two.
const LONG: usize = 640;
const EVERY: usize = 4;

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    photo: String,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    look: Option<String>,
    options: TransferOptions,
    #[serde(default)]
    masks: Option<MaskIds>,
    /// The learned grade of the whole, at once, instead of what the options say.
    #[serde(default)]
    quick: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskIds {
    content: String,
    reference: String,
}

/// What a photo takes its look from.
enum Source<'w> {
    Reference(&'w str),
    /// Off the shelf.
    Kept(&'w str),
}

impl Wanted {
    fn source(&self) -> Result<Source<'_>, Failure> {
        match (&self.reference, &self.look) {
            (Some(reference), None) => Ok(Source::Reference(reference)),
            (None, Some(look)) => Ok(Source::Kept(look)),
            _ => Err(Failure::bad(
                "a photo takes its look from a reference or from a kept look: name one of them",
            )),
        }
    }
}

/// A look that was solved, or taken off the shelf, for a photo.
#[derive(Debug)]
pub(crate) struct Solved {
    pub(crate) id: String,
    pub(crate) photo: String,
    reference: Option<String>,
    pub(crate) kept: Option<String>,
    /// As the page asked for them; without how it is applied.
    pub(crate) options: TransferOptions,
    pub(crate) look: Look,
    pub(crate) pairing: Option<Pairing>,
    pub(crate) report: Option<Report>,
    /// The pictures that it holds in memory, and what each takes.
    holds: Vec<(String, u64)>,
    seconds: f64,
}

/// What was solved last, and what is on its way.
#[derive(Debug)]
pub(crate) struct Solves {
    done: Mutex<VecDeque<Arc<Solved>>>,
    on_the_way: Mutex<Option<(String, Previews)>>,
    /// Tells the runs of the program apart.
    run: u32,
    counted: Mutex<u64>,
}

impl Solves {
    /// None yet, of a run that this number stands for.
    pub(crate) fn new(run: u32) -> Self {
        Self { done: Mutex::default(), on_the_way: Mutex::default(), run, counted: Mutex::default() }
    }

    pub(crate) fn get(&self, id: &str) -> Result<Arc<Solved>, Failure> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.iter()
            .find(|solved| solved.id == id)
            .cloned()
            .ok_or_else(|| Failure::unknown("look that was solved"))
    }

    /// Keeps one, and lets go of others until the photos that they hold fit into memory.
    fn keep(&self, solved: Solved, memory: u64) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push_back(solved.into());
        let held = |done: &VecDeque<Arc<Solved>>| {
            let photos: BTreeMap<&str, u64> = done
                .iter()
                .flat_map(|solved| &solved.holds)
                .map(|(id, bytes)| (id.as_str(), *bytes))
                .collect();
            photos.values().sum::<u64>()
        };
        while done.len() > MOST || (done.len() > 1 && held(&done) > memory) {
            done.pop_front();
        }
    }

    pub(crate) fn clear(&self) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// An id that no page knows, not even from an earlier run of the program.
    pub(crate) fn new_id(&self) -> String {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted += 1;
        format!("{:08x}{:08x}", self.run, *counted)
    }
}

/// Finds what can be wrong before the work. A page may ask for nothing that names files of this machine.
fn check(studio: &Studio, wanted: &Wanted) -> Result<(), Failure> {
    let options = &wanted.options;
    options.check()?;
    studio.pictures.get(&wanted.photo)?;
    match wanted.source()? {
        Source::Reference(reference) => drop(studio.pictures.get(reference)?),
        Source::Kept(look) => drop(studio.looks.get(look)?),
    }
    let networks = options.method.needs().network.map(|need| need.weights);
    let embedded = |weights: &Weights| matches!(weights, Weights::Embedded);
    if !(networks.iter().all(embedded) && embedded(&options.pairing.segmenter)) {
        let message =
            "other networks than the embedded are chosen on the command line (relumine transfer --network)";
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    Ok(())
}

/// Tells pages how far work is; seconds that are left, where they can be told.
pub(crate) fn follower(
    studio: &Arc<Studio>,
    id: &str,
    previews: Option<Previews>,
) -> impl FnMut(&Progress) + Send + use<> {
    let (studio, id) = (studio.clone(), id.to_owned());
    let mut since: Option<(relumine::watch::Stage, Instant)> = None;
    move |at: &Progress| {
        let began = match since {
            Some((stage, began)) if stage == at.stage => began,
            _ => since.insert((at.stage, Instant::now())).1,
        };
        let passed = began.elapsed().as_secs_f64();
        let left = (at.done > 2 && at.total > 1)
            .then(|| passed / at.done as f64 * at.total.saturating_sub(at.done) as f64);
        let told =
            json!({ "of": id, "stage": at.stage, "done": at.done, "total": at.total, "seconds_left": left });
        studio.events.tell("progress", told);
        if previews.is_some() && at.done > 0 && at.done.is_multiple_of(EVERY) && at.loss.is_some() {
            studio.events.tell("preview", json!({ "solve": id, "iteration": at.done }));
        }
    }
}

/// Tells pages how work ended.
pub(crate) fn tell_end(
    studio: &Studio,
    id: &str,
    ended: Result<(&'static str, Value), Failure>,
    token: &CancelToken,
) {
    match ended {
        _ if token.is_cancelled() => studio.events.tell("cancelled", json!({ "of": id })),
        Ok((name, told)) => studio.events.tell(name, told),
        Err(failure) => studio.events.tell("failed", json!({ "of": id, "error": failure.to_string() })),
    }
}

impl Studio {
    fn solve(self: &Arc<Self>, id: &str, wanted: &Wanted, token: &CancelToken) -> Result<(), Failure> {
        token.check()?;
        let began = Instant::now();
        let previews = Previews::new(LONG, EVERY);
        if !wanted.quick {
            let mut on_the_way = self.solves.on_the_way.lock().unwrap_or_else(PoisonError::into_inner);
            *on_the_way = Some((id.to_owned(), previews.clone()));
        }
        let mut follower = follower(self, id, Some(previews.clone()));
        let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower).with_previews(previews);
        let mut options = wanted.options.clone();
        options.apply = Apply::default();
        // At a glance, pictures as they are shown will do.
        let open = |id: &str| if wanted.quick { self.at_a_glance(id) } else { self.opened(id) };
        let ours = open(&wanted.photo)?;
        let mut holds = vec![(wanted.photo.clone(), ours.bytes())];
        let (pairing, look, report) = match wanted.source()? {
            Source::Reference(reference) => {
                let theirs = open(reference)?;
                holds.push((reference.into(), theirs.bytes()));
                if wanted.quick {
                    options = TransferOptions::new(GradeOptions::default());
                    options.pairing.masks = Masks::None;
                }
                let masks = wanted.masks.as_ref().filter(|_| !wanted.quick);
                self.found(&ours, theirs, masks, &options, &mut watch)?
            }
            Source::Kept(kept) => (None, self.look_for(kept, &ours.analysis, &mut watch)?, None),
        };
        drop(watch);
        let solved = Solved {
            id: id.into(),
            photo: wanted.photo.clone(),
            reference: wanted.reference.clone(),
            kept: wanted.look.clone(),
            options,
            look,
            pairing,
            report,
            holds,
            seconds: began.elapsed().as_secs_f64(),
        };
        self.solves.keep(solved, self.settings.memory);
        Ok(())
    }

    /// The look of a reference for a photo, as the program finds it.
    fn found(
        &self,
        ours: &Opened,
        theirs: Opened,
        masks: Option<&MaskIds>,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<(Option<Pairing>, Look, Option<Report>), Failure> {
        let masks: Option<[Mask; 2]> = match masks {
            Some(MaskIds { content, reference }) => Some([self.mask(content)?, self.mask(reference)?]),
            None => None,
        };
        let masks = masks.as_ref().map(|[ours, theirs]| (ours, theirs));
        let references = [theirs.analysis.into()];
        self.engine.check(&ours.analysis, &references, masks, options, watch)?;
        let (pairing, look) = self.engine.find(&ours.analysis, &references, masks, options, watch)?;
        let report = self.engine.report(&pairing, look.as_ref(), options, masks, watch);
        let look = look.ok_or_else(|| Failure::internal("there is a look at full strength"))?;
        Ok((Some(pairing), look, Some(report)))
    }
}

impl Solved {
    /// How the look is applied to other photos, whose regions have the places of these for ids.
    pub(crate) fn by_place(&self, apply: &Apply) -> Apply {
        let Some(pairing) = &self.pairing else { return apply.clone() };
        let place = |id: &RegionId| pairing.regions().iter().position(|region| region.id == *id);
        let place = |id: &RegionId| place(id).and_then(|place| u32::try_from(place).ok()).map(RegionId);
        let regions = apply.regions.iter().filter_map(|(id, strength)| Some((place(id)?, *strength)));
        Apply { regions: regions.collect(), ..apply.clone() }
    }

    /// What pages are told of it.
    fn told(&self, studio: &Studio) -> Result<Value, Failure> {
        let photo = studio.pictures.get(&self.photo)?;
        #[derive(Serialize)]
        struct Region<'r> {
            id: u32,
            name: Option<&'r str>,
            reference_name: Option<&'r str>,
            colour: Option<&'r str>,
            content_share: f64,
            reference_share: f64,
            trust: f64,
            rest: bool,
            excluded: bool,
            strength: f32,
        }
        let regions: Vec<Value> = match &self.pairing {
            Some(pairing) => pairing.regions().iter().map(|region| {
                let left = region.options.excluded;
                json!(Region {
                    id: region.id.0,
                    name: region.name.as_deref(),
                    reference_name: region.reference_name.as_deref(),
                    colour: region.colour.as_deref(),
                    content_share: region.content_share,
                    reference_share: region.reference_share,
                    trust: region.trust,
                    rest: region.rest,
                    excluded: left,
                    strength: if left { 0.0 } else { region.options.strength },
                })
            }).collect(),
            None => self.look.regions().enumerate().map(|(id, (name, share))| json!({
                "id": id, "name": name, "reference_name": name, "colour": null, "content_share": share, "reference_share": share,
                "trust": 1.0, "rest": name.is_none(), "excluded": false, "strength": 1.0,
            })).collect(),
        };
        let notices: Vec<String> = self
            .look
            .remarks()
            .iter()
            .chain(self.pairing.iter().flat_map(|pairing| pairing.remarks()))
            .map(|remark| remark.to_string())
            .collect();
        Ok(json!({
            "solve": self.id, "photo": self.photo, "reference": self.reference, "look": self.kept,
            "method": self.look.method(), "seconds": self.seconds, "notices": notices, "options": self.options,
            "regions": regions, "names": self.look.region_names(), "width": photo.width, "height": photo.height,
        }))
    }
}

/// `POST /solves`.
pub(crate) async fn add(
    State(studio): State<Arc<Studio>>,
    Sent(wanted): Sent<Wanted>,
) -> Result<Response, Failure> {
    check(&studio, &wanted)?;
    let id = studio.solves.new_id();
    let kind = if wanted.quick { Kind::Quick } else { Kind::Solve };
    let (own, worker) = (id.clone(), studio.clone());
    studio.queue.add(&id, kind, move |token| {
        let ended = worker.solve(&own, &wanted, &token).map(|()| ("solved", json!({ "solve": own })));
        tell_end(&worker, &own, ended, &token);
    });
    Ok((StatusCode::ACCEPTED, Json(json!({ "solve": id }))).into_response())
}

/// `DELETE /solves/{id}`.
pub(crate) async fn cancel(State(studio): State<Arc<Studio>>, Named(id): Named<String>) -> StatusCode {
    studio.queue.cancel(&id);
    StatusCode::NO_CONTENT
}

/// `GET /solves/{id}`.
pub(crate) async fn get(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Json<Value>, Failure> {
    Ok(Json(studio.solves.get(&id)?.told(&studio)?))
}

/// `GET /solves/{id}/preview`.
pub(crate) async fn preview(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let on_the_way = studio.solves.on_the_way.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (_, previews) = on_the_way
            .filter(|(known, _)| *known == id)
            .ok_or_else(|| Failure::unknown("work on its way"))?;
        let preview = previews
            .take()
            .ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, "there is no newer picture yet"))?;
        Ok(jpeg(studio.jpeg(preview.picture)?))
    })
    .await
}

fn tensors(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// `GET /solves/{id}/layers`.
pub(crate) async fn layers(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(query): Asked<LongQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let solved = studio.solves.get(&id)?;
        let photo = studio.preview_photo(&solved.photo, query.checked()?)?;
        let layers = solved.look.layers(&photo, &CancelToken::new())?;
        Ok(tensors(layers::of_look(&layers, [photo.width(), photo.height()])?))
    })
    .await
}

/// `GET /solves/{id}/regions`.
pub(crate) async fn regions(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let solved = studio.solves.get(&id)?;
        let pairing = solved.pairing.as_ref();
        let pairing = pairing.ok_or_else(|| {
            Failure::new(StatusCode::NOT_FOUND, "a look off the shelf has no reference to show")
        })?;
        Ok(tensors(studio.engine.install(|| layers::of_regions(pairing))?))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct PictureQuery {
    long: usize,
    #[serde(default)]
    apply: Option<String>,
}

/// `GET /solves/{id}/picture`.
pub(crate) async fn picture(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(query): Asked<PictureQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let solved = studio.solves.get(&id)?;
        let apply = query.apply.as_deref().map_or(Ok(Apply::default()), serde_json::from_str);
        let apply: Apply = apply.map_err(|error| Failure::bad(format!("apply: {error}")))?;
        let photo = studio.preview_photo(&solved.photo, LongQuery { long: query.long }.checked()?)?;
        let looked: Photo = solved.look.apply(&photo, &apply)?;
        Ok(png(studio.engine.install(|| looked.encode(Format::PNG, &SaveOptions::default()))?))
    })
    .await
}
