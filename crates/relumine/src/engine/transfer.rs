//! The one call that does it all.

use super::Engine;
use crate::io::Photo;
use crate::look::{Look, Part, ReferenceShare};
use crate::mask::Mask;
use crate::pairing::{Masks, Pairing};
use crate::reference::{Reference, shares};
use crate::report::Report;
use crate::watch::Watch;
use crate::{Analysis, Notice, OptionsError, Remark, Result, TransferOptions};

/// A finished transfer.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The content photo in its new look.
    pub photo: Photo,
    /// The look; `None` at strength 0, which is the content as it is.
    pub look: Option<Look>,
    /// How the photos were paired.
    pub pairing: Pairing,
    /// What was done.
    pub report: Report,
}

impl Engine {
    /// Gives the content the look of a reference: analyses both, pairs them, solves and applies.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), before any long work; then those of [`pair`](Self::pair), [`solve`](Self::solve) and
    /// [`Look::apply`].
    pub fn transfer(
        &self,
        content: &Photo,
        reference: &Photo,
        masks: Option<(&Mask, &Mask)>,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Transfer> {
        let (ours, theirs) = (self.analyse_once(content), [self.analyse_once(reference).into()]);
        self.check(&ours, &theirs, masks, options, watch)?;
        let (pairing, look) = self.find(&ours, &theirs, masks, options, watch)?;
        let photo = match &look {
            Some(look) => look.apply_watched(content, &options.apply, watch)?,
            None => content.clone(),
        };
        let report = Report::new(&pairing, look.as_ref(), options, masks, self.cpu(), watch);
        Ok(Transfer { photo, look, pairing, report })
    }

    /// Pairs and solves; there is no look at strength 0, which is the content bit for bit, as no arithmetic on it would be. For several
    /// references, or one of a region, the content is paired with each and solved for each, and the looks are [mixed](Look::mixed); the pairing is
    /// that with the first.
    ///
    /// # Errors
    /// Those of [`pair`](Self::pair) and [`solve`](Self::solve), and before the solution [`OptionsError::NoSuchRegion`] for a region that is asked
    /// for by name; [`OptionsError::MasksOfSeveral`], and [`OptionsError::NoWeight`] for weights that add up to nothing.
    pub fn find(
        &self,
        content: &Analysis,
        references: &[Reference],
        masks: Option<(&Mask, &Mask)>,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<(Pairing, Option<Look>)> {
        let references = used(references, masks)?;
        let mut pairings = Vec::new();
        for (reference, _) in &references {
            pairings.push(self.paired(content, reference, masks, options, watch)?);
        }
        let solves = options.apply.strength > 0.0;
        if solves {
            let regions = references.iter().filter_map(|(reference, _)| reference.region.as_ref());
            for name in options.apply.named.keys().chain(regions) {
                if !pairings.iter().any(|pairing| pairing.called(name).is_ok()) {
                    pairings[0].called(name)?;
                }
            }
        }
        let first = pairings[0].clone();
        if !solves {
            return Ok((first, None));
        }
        let mut looks = Vec::new();
        for pairing in &pairings {
            looks.push(self.solve(pairing, &options.method, watch)?);
        }
        if let [(Reference { region: None, .. }, _)] = references[..] {
            return Ok((first, looks.pop()));
        }
        let part = |((look, (reference, share)), pairing): ((Look, &(&Reference, f64)), &Pairing)| Part {
            look,
            regions: pairing.summary(),
            reference: ReferenceShare {
                file: reference.analysis.photo().path().into(),
                region: reference.region.clone(),
                share: *share,
            },
        };
        let look = Look::mixed(looks.into_iter().zip(&references).zip(&pairings).map(part).collect())?;
        Ok((first, Some(look)))
    }

    /// The content and one reference, with only as much of regions as is used.
    fn paired(
        &self,
        content: &Analysis,
        reference: &Reference,
        masks: Option<(&Mask, &Mask)>,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Pairing> {
        let knows_regions = options.method.needs().regions;
        let solves = options.apply.strength > 0.0;
        let mut pair = options.pairing.clone();
        if !(knows_regions && solves) {
            pair.masks = Masks::None;
        }
        if !solves {
            (pair.pairs, pair.leave) = Default::default();
        }
        let used = masks.filter(|_| knows_regions);
        let mut pairing = self.pair(content, &[reference.analysis.clone().into()], used, &pair, watch)?;
        if let Some((mask, _)) = masks.filter(|_| !knows_regions) {
            let notice = Notice::MasksNotUsed { method: options.method.name() };
            pairing.remark(Remark::new(mask.path(), notice));
        }
        Ok(pairing)
    }

    /// What was done, for a transfer whose stages were called one by one.
    pub fn report(
        &self,
        pairing: &Pairing,
        look: Option<&Look>,
        options: &TransferOptions,
        masks: Option<(&Mask, &Mask)>,
        watch: &Watch<'_>,
    ) -> Report {
        Report::new(pairing, look, options, masks, self.cpu(), watch)
    }
}

/// The references that are used, each with its share of what it is for.
///
/// # Errors
/// Those of [`shares`], and [`OptionsError::MasksOfSeveral`].
pub(super) fn used<'r>(
    references: &'r [Reference],
    masks: Option<(&Mask, &Mask)>,
) -> Result<Vec<(&'r Reference, f64)>> {
    let used = shares(references)?;
    match masks {
        Some(_) if used.len() > 1 => Err(OptionsError::MasksOfSeveral { count: used.len() }.into()),
        _ => Ok(used),
    }
}
