//! What can be wrong with a line of a LUT.

/// What can be wrong with a line of a LUT.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineProblem {
    /// More bytes than any line of a LUT has.
    #[error("it has over {limit} bytes; no line of a LUT is so long")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// Not a number where one belongs.
    #[error("`{word}` is not a number")]
    NotANumber {
        /// What is there.
        word: String,
    },
    /// NaN, infinite, or beyond 1e30.
    #[error("`{word}` is no number that a colour can have")]
    NotFinite {
        /// What is there.
        word: String,
    },
    /// Another number of numbers.
    #[error("it has {found} numbers where {expected} belong")]
    Count {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A keyword or an element that is not known.
    #[error("`{word}` is not known here; export the LUT without it")]
    Unknown {
        /// The keyword.
        word: String,
    },
    /// A keyword that says that the numbers are not what they seem.
    #[error("`{word}` is not supported: {reason}")]
    NotSupported {
        /// The keyword.
        word: String,
        /// What it means, and what to do.
        reason: &'static str,
    },
    /// A keyword that was there before, or that has no place behind colours.
    #[error("`{word}` is said again, or too late; export the LUT again")]
    Misplaced {
        /// The keyword.
        word: String,
    },
    /// A number of nodes or levels that cannot be.
    #[error("`{word}` must be between {least} and {most}, which `{found}` is not")]
    Size {
        /// The keyword.
        word: String,
        /// What is there.
        found: String,
        /// The least size.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A domain that does not rise.
    #[error("the least of the domain must be below its most")]
    Domain,
    /// Not a whole number of 16 bits where one belongs.
    #[error("`{word}` is not a whole number of up to 65535")]
    NotALevel {
        /// What is there.
        word: String,
    },
    /// Nodes of a `.3dl` file that are not evenly spaced.
    #[error(
        "it places the nodes unevenly, which programs read in different ways; export the LUT with even nodes"
    )]
    UnevenMesh,
    /// The dimensions of an array that is no table of colours.
    #[error(
        "an array of `{found}` is not understood; `N N N 3` of a LUT3D is, with N up to 256, and `N 3` or `N 1` of a LUT1D, up to 65536"
    )]
    Dimensions {
        /// What is there.
        found: String,
    },
    /// Markup that is damaged.
    #[error("it is not well-formed ({reason})")]
    Markup {
        /// What the parser stumbled on.
        reason: String,
    },
    /// Something that has to be there by now is not.
    #[error("there is no {what}; export the LUT again")]
    Missing {
        /// What there is none of.
        what: &'static str,
    },
    /// The end, before all colours were there.
    #[error("it ends after {found} of its {expected} colours; copy the file again from where it came")]
    TooFewColours {
        /// How many there are.
        found: usize,
        /// How many its sizes ask for.
        expected: usize,
    },
    /// More colours than the sizes ask for.
    #[error("there are more colours than the {expected} that its sizes ask for")]
    TooManyColours {
        /// How many there should be.
        expected: usize,
    },
}
