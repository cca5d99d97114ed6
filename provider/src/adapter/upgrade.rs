//! States that older versions of a schema wrote, brought up to today's step by step.

use serde_json::{Map, Value as Json};
use tfplugin::{Diagnostic, Diagnostics, RawState};

/// Changes a state of one version into one of the next.
pub(crate) type Step = fn(&mut Map<String, Json>);

/// The version that these steps lead to. The first released schema has version 0.
pub(crate) fn version(steps: &[Step]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

/// A state of a version, as today's schema would have written it.
///
/// # Errors
/// There is no step from its version.
pub(crate) fn upgraded(steps: &[Step], from: i64, old: &RawState) -> Result<RawState, Diagnostics> {
    let left = usize::try_from(from).ok().and_then(|from| steps.get(from..));
    let (Some(left), Json::Object(mut state)) = (left, old.json().clone()) else {
        let detail = format!("The state has version {from}, this provider needs {}.", version(steps));
        return Err(Diagnostic::error("State cannot be upgraded").detail(detail).into());
    };
    left.iter().for_each(|step| step(&mut state));
    Ok(RawState::new(Json::Object(state)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const STEPS: [Step; 2] = [
        |state| {
            let speed = state.remove("speed").unwrap_or_default();
            state.insert("internet".to_owned(), speed);
        },
        |state| {
            let speed = state.remove("internet").unwrap_or_default();
            state.insert("internet_mbps".to_owned(), speed);
        },
    ];

    #[test]
    fn every_step_from_the_states_version_is_taken() {
        let upgraded =
            |version, json| upgraded(&STEPS, version, &RawState::new(json)).map(|raw| raw.json().clone());
        let today = json!({ "internet_mbps": 100, "code": "acme" });
        assert_eq!(upgraded(0, json!({ "speed": 100, "code": "acme" })), Ok(today.clone()));
        assert_eq!(upgraded(1, json!({ "internet": 100, "code": "acme" })), Ok(today.clone()));
        assert_eq!(upgraded(2, today.clone()), Ok(today.clone()));
        assert!(upgraded(3, today.clone()).is_err() && upgraded(-1, today).is_err());
        assert!(upgraded(0, json!([])).is_err());
    }
}
