//! `POST /register`, which enqueues a welcome mail.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use qctl::{Client, Task};
use serde::Deserialize;
use serde_json::{Value, json};

use super::welcome::{self, Welcome};

#[derive(Deserialize)]
struct Registration {
    name: String,
    email: String,
}

#[derive(Clone)]
struct App {
    client: Client,
    delay: Duration,
}

pub(super) fn router(client: Client, delay: Duration) -> Router {
    Router::new()
        .route("/register", post(register))
        .with_state(App { client, delay })
}

async fn register(
    State(App { client, delay }): State<App>,
    Json(Registration { name, email }): Json<Registration>,
) -> (StatusCode, Json<Value>) {
    let welcome = Welcome { name, email };
    let enqueued = match task(&welcome, delay) {
        Ok(task) => client.enqueue(task).await,
        Err(error) => Err(error),
    };
    match enqueued {
        Ok(enqueued) => (StatusCode::ACCEPTED, Json(json!({"task": enqueued.id}))),
        // A user who clicks twice gets one mail.
        Err(error) if error.is_duplicate() => (StatusCode::ACCEPTED, Json(json!({"task": null}))),
        Err(error) => {
            tracing::error!(%error, "registration refused");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            (status, Json(json!({"error": "try again later"})))
        }
    }
}

fn task(welcome: &Welcome, delay: Duration) -> Result<Task, qctl::Error> {
    let task = Task::json(welcome::TYPE, welcome)?
        .queue("critical")
        .max_retry(10)
        .timeout(Duration::from_secs(30))
        .process_in(delay)
        .unique(Duration::from_secs(3600));
    Ok(task)
}
