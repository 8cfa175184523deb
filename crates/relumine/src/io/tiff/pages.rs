//! Which of a file's pages is the photo, and which others are pictures in their own right (TIFF 6.0, NewSubfileType).

use super::structure::{Directory, Structure, tag};

/// Bits of NewSubfileType: a page is a smaller version, or the mask, of another.
const BELONGS_TO_ANOTHER: u64 = 0b101;

/// The pages of a file.
pub(super) struct Pages<'a> {
    pub(super) photo: Directory<'a>,
    /// How many other pages are pictures in their own right.
    pub(super) others: usize,
}

/// The photo is the first page of its own right; or else the largest of those below the pages, or of all.
pub(super) fn find<'a>(structure: &Structure<'a>) -> Option<Pages<'a>> {
    let mut pages = structure.directories();
    let own = |(in_chain, page): &(bool, Directory<'_>)| *in_chain && is_picture(page) && !is_reduced(page);
    let below = |(in_chain, page): &(bool, Directory<'_>)| !in_chain && is_picture(page) && !is_reduced(page);
    let largest = |among: &dyn Fn(&(bool, Directory<'_>)) -> bool| {
        let among = (0..pages.len()).filter(|index| among(&pages[*index]));
        // The first of those that are equally large.
        among.rev().max_by_key(|index| area(&pages[*index].1))
    };
    let first_own = pages.iter().position(own);
    let photo = match (first_own, largest(&below)) {
        (Some(own), Some(below)) if area(&pages[below].1) > area(&pages[own].1) => below,
        (Some(own), _) => own,
        (None, below) => below.or_else(|| largest(&|(_, page)| is_picture(page)))?,
    };
    let others =
        pages.iter().enumerate().filter(|(index, page)| own(page) && Some(*index) != first_own).count();
    Some(Pages { photo: pages.swap_remove(photo).1, others })
}

/// Whether pixels are stored as TIFF does, and not as the thumbnail of EXIF data.
fn is_picture(page: &Directory<'_>) -> bool {
    area(page) > 0 && (page.has(tag::STRIP_OFFSETS) || page.has(tag::TILE_OFFSETS))
}

/// Whether it is a smaller version, or the mask, of another page.
pub(in crate::io) fn is_reduced(page: &Directory<'_>) -> bool {
    match page.unsigned(tag::NEW_SUBFILE_TYPE) {
        Some(kind) => kind & BELONGS_TO_ANOTHER != 0,
        None => page.unsigned(tag::SUBFILE_TYPE) == Some(2),
    }
}

/// Pixels, as its tags say.
pub(in crate::io) fn area(page: &Directory<'_>) -> u64 {
    let side = |tag| page.unsigned(tag).unwrap_or(0);
    side(tag::WIDTH).saturating_mul(side(tag::HEIGHT))
}
