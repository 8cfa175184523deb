//! What becomes of the colours of frames.

use anyhow::{Result, bail};
use relumine::io::Limits;
use relumine::lut::Lut;
use relumine::watch::{CancelToken, Watch};
use relumine::{Apply, Device, Engine, Error, Look, LookFile, PairOptions, Placing};

use super::probe::Video;
use super::{moving::Moving, pixels, table};
use crate::apply::kept;
use crate::args::VideoArgs;

/// The look as it goes to frames.
pub(super) enum Colouring {
    /// One colour becomes one other in all frames, by so much of a table.
    Table { table: Lut, strength: f32 },
    /// By what frames show.
    Moving(Box<Moving>),
}

/// A look by what frames show, before there are any.
pub(super) struct Plan {
    how: How,
    apply: Apply,
}

enum How {
    Table { table: Lut, strength: f32 },
    Moving { engine: Engine, look: Look, options: Box<PairOptions>, between: usize },
}

impl Plan {
    /// Finds what can be wrong before any video is opened.
    pub(super) fn of(args: &VideoArgs) -> Result<Self> {
        let (kept, _) = kept::open(&args.look, &Limits::default())?;
        let apply = args.control.apply(kept.apply(args.one))?;
        apply.check().map_err(Error::from)?;
        let engine = Engine::new(Device::Cpu, None)?;
        let is_plain = apply == Apply::at(apply.strength);
        let how = match kept {
            LookFile::Table(table) if is_plain => How::Table { table, strength: apply.strength },
            kept => match kept.placing(&engine, &apply, args.one).map_err(Error::from)? {
                Placing::ByGroups(look, options) => How::Moving { engine, look, options, between: args.keys },
                Placing::Everywhere(_) if apply.keep_exposure => {
                    bail!(
                        "--keep-exposure: it is measured on each photo, and one table is for all frames; give --keep-exposure=false"
                    )
                }
                Placing::Everywhere(look) => How::Table { table: table::of(&look, &apply)?, strength: 1.0 },
            },
        };
        Ok(Self { how, apply })
    }

    /// Begins with a video.
    pub(super) fn begin(self, args: &VideoArgs, video: &Video) -> Result<Colouring> {
        Ok(match self.how {
            How::Table { table, strength } => Colouring::Table { table, strength },
            How::Moving { engine, look, options, between } => {
                let moving = Moving::begin(args, video, engine, (look, options), (self.apply, between))?;
                Colouring::Moving(moving.into())
            }
        })
    }
}

impl Colouring {
    /// Recolours the next frame.
    pub(super) fn apply(&mut self, frame: &mut [u8], video: &Video, token: &CancelToken) -> Result<()> {
        match self {
            Self::Table { table, strength } => {
                pixels::recolour(frame, video.deep, |colour| {
                    let full = table.apply(colour);
                    std::array::from_fn(|c| colour[c] + *strength * (full[c] - colour[c]))
                });
                Ok(())
            }
            Self::Moving(moving) => moving.apply(frame, video, &mut Watch::with_token(token.clone())),
        }
    }
}
