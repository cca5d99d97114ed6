//! The URL of a request: the endpoint, a path with its parameters, a query.

use crate::{endpoint::Endpoint, error::ClientError};
use reqwest::Url;
use serde_json::Value;

/// Puts a URL together. Parameters and query are JSON objects; absent and null query fields are left out.
pub(crate) fn url_of(
    endpoint: &Endpoint,
    path: &str,
    params: &Value,
    query: &Value,
) -> Result<Url, ClientError> {
    let mut url = endpoint.url().clone();
    {
        let refuse = || ClientError::Request(format!("{endpoint} cannot have a path"));
        let mut segments = url.path_segments_mut().map_err(|()| refuse())?;
        segments.pop_if_empty();
        for part in path.trim_start_matches('/').split('/') {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => segments.push(&param(params, name)?),
                None => segments.push(part),
            };
        }
    }
    let fields = query.as_object().into_iter().flatten();
    let given: Vec<(&String, String)> =
        fields.filter_map(|(name, value)| scalar(value).map(|text| (name, text))).collect();
    if !given.is_empty() {
        url.query_pairs_mut().extend_pairs(given);
    }
    Ok(url)
}

fn param(params: &Value, name: &str) -> Result<String, ClientError> {
    let text = params.get(name).and_then(scalar).unwrap_or_default();
    // An empty or dotted segment would address another resource: the collection, or its parent.
    if matches!(text.as_str(), "" | "." | "..") {
        return Err(ClientError::Request(format!("\"{text}\" cannot be the {name} of an object")));
    }
    Ok(text)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn url(params: &Value, query: &Value) -> Result<String, ClientError> {
        let endpoint: Endpoint = "https://esu.example.org/cloud".parse().unwrap();
        url_of(&endpoint, "/v1/client/{id}", params, query).map(|url| url.to_string())
    }

    #[test]
    fn parameters_are_escaped_and_absent_query_fields_left_out() {
        let made =
            url(&json!({"id": "a/b ?"}), &json!({"partner": "x&y", "client": null, "limit": 5})).unwrap();
        assert_eq!(made, "https://esu.example.org/cloud/v1/client/a%2Fb%20%3F?partner=x%26y&limit=5");
        assert_eq!(
            url(&json!({"id": "a"}), &json!({})).unwrap(),
            "https://esu.example.org/cloud/v1/client/a"
        );
    }

    #[test]
    fn no_parameter_addresses_another_resource() {
        for bad in [json!({}), json!({"id": ""}), json!({"id": "."}), json!({"id": ".."})] {
            assert!(matches!(url(&bad, &json!({})), Err(ClientError::Request(_))), "{bad}");
        }
    }
}
