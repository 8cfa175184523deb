//! What is done to each photo.

use std::path::Path;

use anyhow::{Result, bail};
use relumine::io::{ColourSpace, Limits, Photo, SaveOptions, size_of};
use relumine::watch::{CancelToken, Watch};
use relumine::{Apply, Engine, Error, Look, PairOptions, Reference, Remark, TransferOptions};

use super::kept::Kept;
use crate::args::ApplyArgs;
use crate::batch::Work;
use crate::console::Console;
use crate::files;

/// Bytes that a photo takes for each of its pixels, from its file to that of the result, and besides.
const A_PIXEL: u64 = 18;
const BESIDES: u64 = 64 << 20;
/// What a solution takes besides.
const SOLVING: u64 = 384 << 20;

/// A look, ready for photos.
pub(super) struct Applying<'a> {
    how: How,
    apply: Apply,
    engine: Engine,
    saving: SaveOptions,
    limits: Limits,
    input_space: Option<ColourSpace>,
    output_space: Option<ColourSpace>,
    console: Console,
    args: std::marker::PhantomData<&'a ApplyArgs>,
}

enum How {
    /// All photos alike.
    Everywhere(Look),
    /// By what each shows.
    ByGroups { look: Look, options: PairOptions },
    /// Solved anew for each.
    Anew { references: Vec<Reference>, options: Box<TransferOptions> },
}

impl<'a> Applying<'a> {
    /// Finds what can be wrong before any photo is opened.
    pub(super) fn new(
        args: &'a ApplyArgs,
        kept: Kept,
        strength: f32,
        saving: SaveOptions,
        engine: Engine,
        console: Console,
    ) -> Result<Self> {
        let apply = Apply::at(strength);
        apply.check().map_err(Error::from)?;
        let how = How::of(args, kept, strength, &engine)?;
        Ok(Self {
            how,
            apply,
            engine,
            saving,
            limits: args.files.limits(),
            input_space: args.input_space,
            output_space: args.output_space,
            console,
            args: std::marker::PhantomData,
        })
    }
}
