//! What is solved for a photo: asked for, followed, and kept at hand as a value that applies at once.

mod shown;
mod told;
mod wanted;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Json;
use axum::extract::{Path as Named, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relumine::mask::Mask;
use relumine::report::Report;
use relumine::watch::{CancelToken, Previews, Watch};
use relumine::{Apply, GradeOptions, Look, Masks, Pairing, TransferOptions};
use serde_json::{Value, json};

use crate::asked::Sent;
use crate::cache::Opened;
use crate::queue::Kind;
use crate::{Failure, Studio};

pub(crate) use shown::{layers, picture, preview, regions};
pub(crate) use told::{follower, tell_end};
use wanted::{MaskIds, Source, Wanted, check};

/// Looks that are kept at hand.
const MOST: usize = 48;
/// Previews on the way: their long side, and iterations between two.
const LONG: usize = 640;
const EVERY: usize = 4;

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
