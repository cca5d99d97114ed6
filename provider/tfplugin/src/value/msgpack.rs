//! The wire form of values: MessagePack, led by the type.

mod decode;
mod encode;
mod refinement;

pub use decode::decode;
pub use encode::encode;
pub(crate) use refinement::allows;

/// The extension type of an unknown value of which nothing is known.
const UNKNOWN: i8 = 0;
/// The extension type of an unknown value with refinements.
const REFINED_UNKNOWN: i8 = 12;
