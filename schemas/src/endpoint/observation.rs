//! Operations on observations.

use super::endpoint;
use crate::resource::observation::{ObservationBatch, ObservationReceipt, SourceSpec, SourceView};

endpoint! {
    /// Opens a new epoch of a source. Observations carry it and count their sequence from 1 in it.
    OpenSource = "source.open" POST "/v1/source" Platform body SourceSpec, answer SourceView
}

endpoint! {
    /// Takes a batch of observations, all or nothing. What was taken before, by (source, epoch, sequence), is left as it is.
    Create = "observation.create" POST "/v1/observation" Platform body ObservationBatch, answer ObservationReceipt
}
