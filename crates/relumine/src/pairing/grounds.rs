//! Grounds among the regions: the content's is a region of its own that keeps its colours, the reference's is nobody's counterpart.
//!
//! Where a ground lies a photo's own colours tell, at any size. So the planes of [`Regions`] are those without it, and it is cut out of
//! them where they are drawn.

use std::sync::Arc;

use super::RegionOptions;
use super::regions::{Region, RegionId, Regions, Side};
use crate::Planes;
use crate::counts::Ground;
use crate::planes::mean;

/// The grounds of content and reference.
pub(crate) type Grounds = [Option<Arc<Ground>>; 2];

/// What the region of the ground is called.
const NAME: &str = "uniform ground";

impl Regions {
    /// With the grounds of both photos, where there are any, 1×H×W each at any size.
    pub(crate) fn with_grounds(mut self, grounds: [Option<&Planes>; 2]) -> Self {
        for (side, ground) in [Side::Content, Side::Reference].into_iter().zip(grounds) {
            let Some(ground) = ground else { continue };
            let mut planes = self.planes(side, ground.height(), ground.width());
            cut(&mut planes, ground, None);
            for (index, region) in self.regions.iter_mut().enumerate() {
                let share = mean(planes.plane(index));
                match side {
                    Side::Content => region.content_share = share,
                    Side::Reference => region.reference_share = share,
                }
            }
        }
        if let Some(ground) = grounds[0] {
            let id = RegionId(self.regions.iter().map(|region| region.id.0 + 1).max().unwrap_or(0));
            let options = RegionOptions { excluded: true, ..RegionOptions::default() };
            let content_share = mean(ground.data());
            let name = Some(NAME.to_owned());
            self.regions.push(Region { id, name, content_share, options, ..Region::empty() });
            self.content = with_plane(&self.content, 0.0);
            // Should it be given a look after all, then that of the whole.
            self.reference = with_plane(&self.reference, 1.0);
            self.ground = Some(id);
        }
        self
    }

    /// Cuts a ground, 1×H×W, out of the planes of a photo's regions, R×H×W; in the content it goes to the region that it is.
    pub(crate) fn cut_ground(&self, side: Side, planes: &mut Planes, ground: &Planes) {
        let own = self.ground.filter(|_| side == Side::Content);
        let own = own.and_then(|id| self.regions.iter().position(|region| region.id == id));
        cut(planes, ground, own);
    }
}

/// Takes what a ground covers from all planes and gives it to one of them.
fn cut(planes: &mut Planes, ground: &Planes, own: Option<usize>) {
    for index in 0..planes.channels() {
        let gets = f32::from(u8::from(own == Some(index)));
        let pixels = planes.plane_mut(index).iter_mut().zip(ground.data());
        pixels.for_each(|(share, ground)| *share = *share * (1.0 - ground) + gets * ground);
    }
}

fn with_plane(planes: &Planes, value: f32) -> Planes {
    let data = planes.data().iter().copied().chain(vec![value; planes.area()]).collect();
    Planes::from_vec(planes.channels() + 1, planes.height(), planes.width(), data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairing::RegionSource;

    #[test]
    fn a_ground_is_a_region_and_the_others_lose_what_it_covers() {
        let left = Planes::from_vec(1, 1, 4, vec![1.0, 1.0, 0.5, 0.0]);
        let theirs = Planes::from_vec(1, 1, 2, vec![0.0, 1.0]);
        let regions = Regions::whole().with_grounds([Some(&left), Some(&theirs)]);
        let told: Vec<_> = regions.regions().iter().map(|r| (r.content_share, r.reference_share)).collect();
        assert_eq!(told, [(0.375, 0.5), (0.625, 0.0)]);
        assert!(regions.regions()[1].options.excluded && regions.source() == RegionSource::Whole);
        let mut planes = regions.planes(Side::Content, 1, 4);
        assert_eq!(planes.data(), [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        regions.cut_ground(Side::Content, &mut planes, &left);
        assert_eq!(planes.data(), [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]);
        let mut planes = regions.planes(Side::Reference, 1, 2);
        regions.cut_ground(Side::Reference, &mut planes, &theirs);
        assert_eq!(planes.data(), [1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_ground_of_the_reference_alone_makes_no_region() {
        let theirs = Planes::filled(1, 2, 2, 0.25);
        let regions = Regions::whole().with_grounds([None, Some(&theirs)]);
        assert_eq!((regions.regions().len(), regions.regions()[0].reference_share), (1, 0.75));
    }
}
