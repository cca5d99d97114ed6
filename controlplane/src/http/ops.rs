//! What is open to everyone: health, readiness, metrics and the API's description.

use super::{State, error};
use crate::app::{Error, hypervisor};
use axum::{
    Json, Router, extract,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use std::sync::LazyLock;
use uuid::Uuid;

static OPENAPI: LazyLock<String> = LazyLock::new(|| schemas::openapi::document().to_string());

/// The routes of operations.
pub(crate) fn routes() -> Router<State> {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route(
            "/v1/openapi.json",
            get(|| async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI.as_str()) }),
        )
}

/// Ready is a server whose database answers.
async fn ready(extract::State(state): extract::State<State>) -> Response {
    match state.app.store.read().await {
        Ok(_) => "ready".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

async fn metrics(extract::State(state): extract::State<State>) -> Response {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    // A database that does not answer is told by what is missing, and by `/readyz`.
    let collections = hypervisor::collections(&state.app).await.unwrap_or_default();
    state.metrics.text(&collections).map_or_else(
        |_| StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        |text| ([(header::CONTENT_TYPE, TYPE)], text).into_response(),
    )
}

/// The answer to a path that is not part of the API.
pub(crate) async fn no_such_path() -> Response {
    error::response(Error::NotFound, Uuid::new_v4(), "none")
}

/// The answer to a method that a path does not have.
pub(crate) async fn no_such_method() -> Response {
    let body = serde_json::json!({ "detail": "This path does not have that method." });
    (StatusCode::METHOD_NOT_ALLOWED, Json(body)).into_response()
}
