//! The Common LUT Format, XML.
//!
//! Source: Academy of Motion Picture Arts and Sciences, S-2014-006, *Common LUT Format (CLF)*, version 3.0. A `ProcessList` of nodes, each
//! with an `Array` of numbers; blue runs fastest in those of a `LUT3D`. One `LUT1D`, one `LUT3D` or the one before the other are understood; any
//! other node is refused by its name. Bit depths scale the numbers. Whatever interpolation a file asks for, a lattice's is tetrahedral.

mod events;
mod nodes;
mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;

/// Whether a text begins as XML does.
pub(super) fn recognises(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

#[cfg(test)]
mod tests;
