//! The OpenAPI 3.1 document of the API, generated from the endpoints.

use crate::{
    endpoint::{LINES, Scope},
    error::ErrorBody,
    format,
    registry::{EndpointInfo, endpoints, schema_of},
};
use http::Method;
use serde_json::{Map, Value, json};

/// The whole document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in endpoints() {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(operations) = path.as_object_mut() {
            operations.insert(endpoint.method.as_str().to_lowercase(), operation(&endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ESU control plane",
            "version": "1",
            "description": "The partner side of a cloud: partners, tariff plans, clients, usage and bills.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Error": schema_of::<ErrorBody>() },
        },
    })
}

fn operation(endpoint: &EndpointInfo) -> Value {
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary.trim(),
        "tags": [endpoint.id.split('.').next()],
        "description": scope_text(endpoint.scope),
        "parameters": parameters(endpoint),
        "responses": responses(endpoint),
    });
    if endpoint.scope == Scope::Nobody
        && let Some(fields) = operation.as_object_mut()
    {
        fields.insert("security".to_owned(), json!([]));
    }
    let body = (endpoint.body)();
    if takes_content(&body)
        && let Some(fields) = operation.as_object_mut()
    {
        fields.insert("requestBody".to_owned(), json!({ "required": true, "content": content(&body) }));
    }
    operation
}

const fn scope_text(scope: Scope) -> &'static str {
    match scope {
        Scope::Nobody => "For everybody, without a token.",
        Scope::Account => "For every account.",
        Scope::Platform => "For platform administrators.",
        Scope::Partner => {
            "For platform administrators, and for a partner's administrators on what is the partner's."
        }
    }
}

fn parameters(endpoint: &EndpointInfo) -> Vec<Value> {
    let mut parameters: Vec<Value> = endpoint
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let query = (endpoint.query)();
    let required = query.get("required").and_then(Value::as_array);
    for (name, schema) in query.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let description = schema.get("description").cloned().unwrap_or_default();
        let required = required.is_some_and(|names| names.contains(&Value::from(name.as_str())));
        parameters.push(json!({
            "name": name, "in": "query", "required": required, "description": description, "schema": schema,
        }));
    }
    if endpoint.method != Method::GET {
        parameters.push(dry_run());
    }
    // Keys are an account's.
    if endpoint.scope == Scope::Nobody {
        return parameters;
    }
    let is_stream = is_lines(&(endpoint.body)());
    if endpoint.method == Method::POST || is_stream {
        let text = "A retry with the same key and body has the same answer.";
        parameters.push(header("Idempotency-Key", text, "^[ -~]{1,255}$"));
    }
    if [Method::PUT, Method::PATCH, Method::DELETE].contains(&endpoint.method) && !is_stream {
        let text = "The version that the object must still have; 412 if it moved.";
        parameters.push(header("If-Match", text, r#"^(\*|(W/)?"[0-9]{1,18}"|[0-9]{1,18})$"#));
    }
    parameters
}

fn dry_run() -> Value {
    json!({
        "name": "dry_run", "in": "query", "schema": { "type": "boolean", "default": false },
        "description": "Answers as if it were done, with the header Esu-Dry-Run, and changes nothing.",
    })
}

fn is_lines(schema: &Value) -> bool {
    schema.get(LINES).is_some()
}

fn header(name: &str, description: &str, pattern: &str) -> Value {
    json!({
        "name": name, "in": "header", "description": description,
        "schema": { "type": "string", "pattern": pattern },
    })
}

fn responses(endpoint: &EndpointInfo) -> Value {
    let answer = (endpoint.answer)();
    let error = json!({
        "description": "The refusal, and why.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
    });
    if takes_content(&answer) {
        json!({ endpoint.status.as_str(): { "description": "Done.", "content": content(&answer) }, "default": error })
    } else {
        json!({ "204": { "description": "Done." }, "default": error })
    }
}

fn takes_content(schema: &Value) -> bool {
    schema.get("type") != Some(&Value::from("null"))
}

fn content(schema: &Value) -> Value {
    let kind = if is_lines(schema) { "application/x-ndjson" } else { "application/json" };
    let mut schema = schema.clone();
    with_patterns(&mut schema);
    json!({ kind: { "schema": schema } })
}

/// Says of formats of our own what their texts look like: no other program knows them by name.
fn with_patterns(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let pattern = fields.get("format").and_then(Value::as_str).and_then(format::pattern);
            if let Some(pattern) = pattern {
                fields.entry("pattern").or_insert_with(|| pattern.into());
            }
            fields.values_mut().for_each(with_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(with_patterns),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_described() {
        let document = document();
        for endpoint in endpoints() {
            let method = endpoint.method.as_str().to_lowercase();
            let operation = &document["paths"][endpoint.path][method];
            assert_eq!(operation["operationId"], endpoint.id);
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{}", endpoint.id);
        }
    }
}
