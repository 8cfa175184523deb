//! What pages are told of work, and of what was solved.

use std::sync::Arc;
use std::time::Instant;

use relumine::watch::{CancelToken, Previews, Progress};
use relumine::{Apply, RegionId};
use serde::Serialize;
use serde_json::{Value, json};

use super::{EVERY, Solved};
use crate::{Failure, Studio};

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
    pub(super) fn told(&self, studio: &Studio) -> Result<Value, Failure> {
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
