//! The one call that does it all.

use super::Engine;
use crate::io::Photo;
use crate::look::Look;
use crate::mask::Mask;
use crate::pairing::{Masks, Pairing};
use crate::reference::Reference;
use crate::report::Report;
use crate::watch::Watch;
use crate::{Analysis, Notice, Remark, Result, TransferOptions};

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

    /// Pairs and solves; there is no look at strength 0, which is the content bit for bit, as no arithmetic on it would be.
    ///
    /// # Errors
    /// Those of [`pair`](Self::pair) and [`solve`](Self::solve), and before the solution
    /// [`OptionsError::NoSuchRegion`](crate::OptionsError::NoSuchRegion) for a region that a strength is asked for by name.
    pub fn find(
        &self,
        content: &Analysis,
        references: &[Reference],
        masks: Option<(&Mask, &Mask)>,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<(Pairing, Option<Look>)> {
        let knows_regions = options.method.needs().regions;
        let solves = options.apply.strength > 0.0;
        let mut pair = options.pairing.clone();
        if !(knows_regions && solves) {
            pair.masks = Masks::None;
        }
        let used = masks.filter(|_| knows_regions);
        let mut pairing = self.pair(content, references, used, &pair, watch)?;
        if let Some((mask, _)) = masks.filter(|_| !knows_regions) {
            let notice = Notice::MasksNotUsed { method: options.method.name() };
            pairing.remark(Remark::new(mask.path(), notice));
        }
        if solves {
            options.apply.named.keys().try_for_each(|name| pairing.called(name).map(drop))?;
        }
        let look = solves.then(|| self.solve(&pairing, &options.method, watch)).transpose()?;
        Ok((pairing, look))
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
