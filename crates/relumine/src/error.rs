//! Errors, grouped by who must act: the photo's owner, whoever chose the options, whoever runs the machine, and
//! whoever provided the weights. Every message names the thing at fault and what to do about it.

use std::path::PathBuf;

use crate::io;

/// Everything that can go wrong in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A photo or mask cannot be used as it is.
    #[error("{}: {problem}", path.display())]
    Photo {
        /// The file at fault.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: PhotoError,
    },
    /// The options contradict each other, the photos, or what this build can do.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The machine could not do what was asked: files, folders, devices, threads.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// A file of network weights cannot be used.
    #[error("{}: {problem}", path.display())]
    Weights {
        /// The file at fault.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: WeightsError,
    },
    /// A lookup table of colours cannot be used as it is.
    #[error("{}: {problem}", path.display())]
    Lut {
        /// The file at fault.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: LutError,
    },
    /// A file of a look cannot be used.
    #[error("{}: {problem}", path.display())]
    Look {
        /// The file at fault.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: LookError,
    },
    /// An objective that is not finite where its solution starts.
    #[error(
        "the objective of {method} is not finite where it starts, by its term {term}; give that a smaller weight"
    )]
    NotFinite {
        /// The method.
        method: &'static str,
        /// The first term that is not finite, or `gradient`.
        term: &'static str,
    },
    /// The caller's [`CancelToken`](crate::watch::CancelToken) asked to stop and keep nothing.
    #[error("stopped before there was a result; nothing was written")]
    Cancelled,
}

/// What can be wrong with a photo or a mask.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// The file cannot be read.
    #[error("cannot be read ({0}); check the name and its permissions")]
    Unreadable(#[source] std::io::Error),
    /// The file has no bytes.
    #[error("the file is empty; copy it again from where it came")]
    Empty,
    /// The bytes are not of a format that is understood.
    #[error("not a {} photo, whatever its name says; convert it to one of these", io::read_names())]
    UnknownFormat,
    /// A file of a known kind that cannot be read.
    #[error("it is {format}, which is not supported; {how}")]
    NotSupported {
        /// The kind of file, as in `HEIC`.
        format: String,
        /// What to do about it.
        how: &'static str,
    },
    /// A camera RAW file whose preview cannot stand for the photo.
    #[error("it is a camera RAW ({format}) without a preview of at least half its size; {}", io::DEVELOP)]
    RawWithoutPreview {
        /// The kind of RAW, e.g. `Nikon NEF`.
        format: &'static str,
    },
    /// The decoder gave up.
    #[error("the file is damaged or cut short ({reason}); copy it again from where it came")]
    Damaged {
        /// What the decoder stumbled on.
        reason: String,
    },
    /// A kind of pixel that is not supported, such as CMYK.
    #[error("its pixels are {found}; convert it to RGB or grey with 8 or 16 bits a channel")]
    UnsupportedPixels {
        /// The kind of pixel that was found.
        found: String,
    },
    /// A side of zero pixels.
    #[error("it is {width}×{height} pixels: there is nothing in it")]
    ZeroSized {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Larger than the decoding limits allow.
    #[error("it is {width}×{height}, {} megapixels, above the limit of {}", megapixels(*width, *height), limit / 1_000_000)]
    TooManyPixels {
        /// Width in pixels, as its header says.
        width: u32,
        /// Height in pixels, as its header says.
        height: u32,
        /// The limit in pixels.
        limit: u64,
    },
    /// More bytes than the decoding limits allow.
    #[error("the file has {bytes} bytes, above the limit of {limit}")]
    TooManyBytes {
        /// Size of the file, or what decoding it would allocate.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A side is longer than the output format can hold.
    #[error(
        "it is {width}×{height} pixels, but {format} holds sides of up to {limit}; write {}",
        io::names(|format| format.max_side() >= *width.max(height))
    )]
    TooLongForFormat {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The output format.
        format: io::Format,
        /// The longest side in pixels.
        limit: u32,
    },
    /// A side has too few pixels to measure anything by.
    #[error("it is {width}×{height} pixels where it is measured; sides of at least {limit} can be measured")]
    TooNarrow {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// The fewest pixels of a side.
        limit: usize,
    },
    /// The result cannot be encoded.
    #[error("the result cannot be encoded ({reason})")]
    NotEncoded {
        /// What the encoder stumbled on.
        reason: String,
    },
    /// Two masks share no region that is large enough in both.
    #[error("it shares no colour with the reference's mask {}; paint each pair of regions in one colour in both", reference.display())]
    NoCommonColour {
        /// The reference's mask.
        reference: PathBuf,
    },
    /// A mask has more colours than regions can sensibly be told apart.
    #[error("it has no clear palette (over {limit} colours of note); a mask has one flat colour a region")]
    NoPalette {
        /// The most regions a mask may have.
        limit: usize,
    },
    /// A trimap that knows nothing of one side.
    #[error(
        "this trimap has no {what}, so there is no telling it from the rest; paint what surely is {what} {paint}"
    )]
    NothingKnown {
        /// `foreground` or `background`.
        what: &'static str,
        /// The colour that stands for it.
        paint: &'static str,
    },
}

/// What can be wrong with a file of a look.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    /// The file cannot be read.
    #[error("cannot be read ({0}); check the name and its permissions")]
    Unreadable(#[source] std::io::Error),
    /// The bytes are not of a look.
    #[error("it is not a .look file ({reason}); make one with `learn`")]
    NotALook {
        /// What the reader stumbled on.
        reason: String,
    },
    /// Of another version of the format.
    #[error(
        "it has version {version} of the format, of which 1 is understood; use the relumine that made it, or learn it anew"
    )]
    UnknownVersion {
        /// What it says.
        version: u32,
    },
    /// Something in the file that this version does not know.
    #[error("it holds `{name}`, which is not known; use the relumine that made it")]
    UnknownPart {
        /// Its name.
        name: String,
    },
    /// A part that is missing or makes no sense.
    #[error("its part {part} is damaged ({reason}); copy it again from where it came")]
    Damaged {
        /// The part.
        part: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A part that unpacks to more than it may.
    #[error("its part {part} has more than {limit} bytes, which no look needs; do not trust it")]
    TooLarge {
        /// The part.
        part: String,
        /// The limit in bytes.
        limit: u64,
    },
}

fn megapixels(width: u32, height: u32) -> u64 {
    (u64::from(width) * u64::from(height)).div_ceil(1_000_000)
}

/// Which regions there are, in words.
fn of_regions(known: &[String]) -> String {
    match known {
        [] => "it has one, of all of the photo".into(),
        known => format!("it has {}", known.join(", ")),
    }
}

/// What can be wrong with the options.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A number outside its range.
    #[error("{field} is {value}, but must be {range}")]
    OutOfRange {
        /// Name of the option, e.g. `strength`.
        field: &'static str,
        /// The value given.
        value: String,
        /// The range in words, e.g. `between 0 and 1`.
        range: &'static str,
    },
    /// A name that is not known.
    #[error("{field} does not know `{value}`; it takes {expected}")]
    Unknown {
        /// Name of the option.
        field: &'static str,
        /// The value given.
        value: String,
        /// What it takes, in words.
        expected: String,
    },
    /// Options that do not mean anything.
    #[error("{what}: {reason}")]
    Malformed {
        /// What they are the options of.
        what: String,
        /// What is wrong, naming the field.
        reason: String,
    },
    /// No reference, or several.
    #[error(
        "one reference is needed for a pairing, not {count}; the look of several is found of each, and mixed"
    )]
    References {
        /// How many there are.
        count: usize,
    },
    /// Weights of references that add up to nothing.
    #[error(
        "the weights of the references{} add up to nothing; one at least must be above 0",
        region.as_ref().map(|region| format!(" of {region}")).unwrap_or_default()
    )]
    NoWeight {
        /// The region; `None`: of all that has no references of its own.
        region: Option<String>,
    },
    /// Masks, which are of one reference, with several.
    #[error(
        "masks pair a photo with one reference, not with {count}; leave out the masks, or the other references"
    )]
    MasksOfSeveral {
        /// How many there are.
        count: usize,
    },
    /// A region that is not there.
    #[error("there is no region {id}")]
    UnknownRegion {
        /// Its id.
        id: crate::RegionId,
    },
    /// A look of pixels, and another photo than it was solved for.
    #[error("{}: the method {method} solves for one photo, and this is not it; solve anew for this photo, or use a method whose looks apply to any", path.display())]
    BoundLook {
        /// The method.
        method: &'static str,
        /// The photo.
        path: PathBuf,
    },
    /// A look of a method that has no grades, where they are asked for.
    #[error(
        "a look of the method {method} has no grades to apply to another photo; use `look`, `grade` or `transport`"
    )]
    NoGrades {
        /// The method.
        method: &'static str,
    },
    /// A look that is bound to its photo, or has no grades, where it is to be saved.
    #[error(
        "a look of the method {method} belongs to its photo and cannot be saved; use `look`, `grade` or `transport`"
    )]
    NotSaved {
        /// The method.
        method: &'static str,
    },
    /// Two looks that nothing lies between.
    #[error(
        "only looks of grades that were made for photos of the same proportions have anything between them"
    )]
    NotBetween,
    /// A region of a look by a name that it does not have.
    #[error("the look has no region `{name}`; {}", of_regions(known))]
    NoSuchRegion {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A group that a photo does not show, where it is asked for.
    #[error("{}: it shows no `{name}`; it shows {}", photo.display(), known.join(", "))]
    NotShown {
        /// The photo.
        photo: PathBuf,
        /// The group.
        name: String,
        /// What it shows.
        known: Vec<String>,
    },
    /// A region of a look that is the same everywhere.
    #[error("the look is the same everywhere and has no regions; say how much there is of all of it")]
    NoPlaces,
    /// Exposure that is to be held, of a picture that is nowhere at hand before its rows.
    #[error(
        "there is nothing to measure the exposure on before the rows come; give a small picture of all of it"
    )]
    NothingToMeter,
    /// A colour that is to become two others.
    #[error("map takes {first} and {second}: one colour becomes one other")]
    MappedTwice {
        /// One of the pairs.
        first: crate::ColourPair,
        /// And the other.
        second: crate::ColourPair,
    },
    /// A photo before and after an edit that do not show the same.
    #[error("{}: it has other proportions than {}: learn an edit from two pictures of one crop", after.display(), before.display())]
    NotOneCrop {
        /// The photo before.
        before: PathBuf,
        /// And after.
        after: PathBuf,
    },
    /// The method needs a feature network and none was loaded.
    #[error("the method {method} needs a network: the weights of VGG-19, which are not embedded")]
    NoNetwork {
        /// Name of the method.
        method: &'static str,
    },
    /// A file that says which classes make one group cannot be understood.
    #[error("{}: line {line}: {problem}", path.display())]
    Merging {
        /// The file.
        path: PathBuf,
        /// The line, from one.
        line: usize,
        /// What is wrong with it.
        #[source]
        problem: crate::segment::MergingProblem,
    },
    /// A device that this build cannot use.
    #[error("this build cannot use a GPU; build relumine with the feature wgpu, or use the CPU")]
    NoGpuSupport,
    /// The output's extension is not that of a format which can be written.
    #[error("{}: the output's extension must be {}", path.display(), io::extensions())]
    UnknownOutputFormat {
        /// The output's path.
        path: PathBuf,
    },
}

/// What can be wrong with the machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// An output cannot be written.
    #[error("{}: cannot be written ({source}); choose a folder that exists and is yours to write to", path.display())]
    Unwritable {
        /// The output's path.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The output would overwrite one of the inputs.
    #[error("{}: is also an input; choose another name for the output", path.display())]
    OverwritesInput {
        /// The path in question.
        path: PathBuf,
    },
    /// Two outputs would be one file.
    #[error("{}: is named for two outputs; choose another name for one of them", path.display())]
    OverwritesOutput {
        /// The path in question.
        path: PathBuf,
    },
    /// The thread pool could not be started.
    #[error("cannot start {threads} threads ({reason}); try fewer")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// The system's reason.
        reason: String,
    },
    /// No usable GPU.
    #[error("no usable GPU was found ({reason}); use the CPU")]
    NoGpu {
        /// The driver's reason.
        reason: String,
    },
    /// The machine cannot hold a photo's feature maps.
    #[error("the feature maps of {width}×{height} pixels need {} MB of memory, of which {} MB are free; choose a smaller size", needed.div_ceil(1_000_000), available / 1_000_000)]
    TooLittleMemory {
        /// Height of the photo where it is solved.
        height: usize,
        /// Width of the photo where it is solved.
        width: usize,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that there are.
        available: u64,
    },
    /// The GPU cannot hold a photo's feature maps.
    #[error(
        "{gpu}: cannot hold the feature maps of {width}×{height} pixels ({reason}); choose a smaller size, or use the CPU"
    )]
    GpuTooSmall {
        /// Name of the GPU.
        gpu: String,
        /// Width of the photo where it is solved.
        width: usize,
        /// Height of the photo where it is solved.
        height: usize,
        /// The driver's reason.
        reason: String,
    },
    /// The GPU failed while it worked.
    #[error("{gpu}: failed ({reason}); try again, or use the CPU")]
    GpuFailed {
        /// Name of the GPU.
        gpu: String,
        /// The driver's reason.
        reason: String,
    },
}

/// What can be wrong with a file of network weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file cannot be read.
    #[error("cannot be read ({0}); check the name and its permissions")]
    Unreadable(#[source] std::io::Error),
    /// Neither safetensors nor a PyTorch checkpoint.
    #[error("not a safetensors file or a PyTorch state dictionary ({reason})")]
    UnknownFormat {
        /// What the parser stumbled on.
        reason: String,
    },
    /// Readable, but of a network that is not known.
    #[error("its tensors ({sample}) are not those of {expected}")]
    UnknownNetwork {
        /// A few of the names found.
        sample: String,
        /// The networks that it could have been of, in words.
        expected: String,
    },
    /// Of relumine's own format, but an entry of its header is missing or makes no sense.
    #[error("it is damaged: its header has no sound `{key}`; get the file again")]
    UnsoundHeader {
        /// Name of the entry.
        key: String,
    },
    /// Of relumine's own format, in another version of it.
    #[error(
        "it has version {version} of relumine's format, of which 1 is understood; get a file for this version"
    )]
    UnknownVersion {
        /// What its header says.
        version: String,
    },
    /// A tensor that the network, as far as it is asked for, needs is not there.
    #[error(
        "it lacks `{tensor}`, which is needed; get another file, or choose other layers where they are a choice"
    )]
    MissingTensor {
        /// Key of the tensor.
        tensor: String,
    },
    /// A tensor has another shape than the network's.
    #[error("`{tensor}` has shape {found:?} instead of {expected:?}")]
    WrongShape {
        /// Key of the tensor.
        tensor: String,
        /// The shape found.
        found: Vec<usize>,
        /// The shape that the network has.
        expected: Vec<usize>,
    },
    /// A tensor of a number type that is not supported.
    #[error("`{tensor}` holds {found}; 16- and 32-bit floats are understood")]
    WrongType {
        /// Key of the tensor.
        tensor: String,
        /// The type found.
        found: String,
    },
    /// NaN or infinity among the weights.
    #[error("`{tensor}` holds NaN or infinite values; get the file again")]
    NotFinite {
        /// Key of the tensor.
        tensor: String,
    },
    /// Variances of a batch normalisation below zero.
    #[error("`{tensor}` holds negative variances; get the file again")]
    NegativeVariance {
        /// Key of the tensor.
        tensor: String,
    },
}

/// What can be wrong with a lookup table of colours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LutError {
    /// What can be wrong with any file, or with the picture that a HaldCLUT is.
    #[error(transparent)]
    File(#[from] PhotoError),
    /// The bytes are of no format that is understood.
    #[error(
        "not a LUT that is understood, whatever its name says; export it as .cube, .3dl, CLF, or a HaldCLUT in PNG or TIFF"
    )]
    UnknownFormat,
    /// A line that makes no sense.
    #[error("line {line}: {problem}")]
    Line {
        /// The line, from one.
        line: usize,
        /// What is wrong with it.
        #[source]
        problem: crate::lut::LineProblem,
    },
    /// A picture that is no HaldCLUT.
    #[error(
        "it is {width}×{height} pixels; a HaldCLUT of level 2 to 16 has 8×8, 27×27, 64×64, … 512×512 (level 8), … 4096×4096"
    )]
    NotHald {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A HaldCLUT of floating-point numbers with NaN, or beyond 1e30.
    #[error("it holds samples that no colour can have, such as NaN; export it again")]
    NotColours,
}
