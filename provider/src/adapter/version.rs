//! Versions of objects, which are remembered beside a state so that an edit replaces only what it was planned from.
//!
//! An object that was never edited has the first version, and nothing is remembered for it: Terraform writes the whole
//! state after each object that it applies, and copies it for each object that it plans.

use serde_json::Value as Json;

/// Under which name an object tells its version, and it is remembered.
pub(crate) const NAME: &str = "version";

/// The version of an object that was never edited.
pub(crate) const FIRST: i64 = 1;

/// What is to be remembered of an object's version.
pub(crate) fn to_remember(view: &Json) -> Option<Json> {
    view.get(NAME).filter(|version| version.as_i64() != Some(FIRST)).cloned()
}

/// The version that is meant by what was remembered.
pub(crate) fn remembered(version: Option<&Json>) -> i64 {
    version.and_then(Json::as_i64).unwrap_or(FIRST)
}

#[cfg(test)]
mod tests {
    use super::{remembered, to_remember};
    use serde_json::json;

    #[test]
    fn every_version_is_remembered_as_itself() {
        for version in [1, 2, 17] {
            let kept = to_remember(&json!({ "version": version, "name": "x" }));
            assert_eq!(kept.is_some(), version != 1);
            assert_eq!(remembered(kept.as_ref()), version);
        }
    }
}
