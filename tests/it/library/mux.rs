//! Patterns and layers.

use qctl::{AttemptError, Context, HandlerResult, Next, Outcome, ServeMux, State, Task};
use tokio::sync::mpsc::UnboundedSender;

use super::{Place, told};

#[tokio::test(flavor = "multi_thread")]
async fn each_type_goes_to_its_handler() {
    let place = Place::new().await;
    for kind in ["email", "email:welcome", "image:x", "other"] {
        let task = Task::new(kind, "").id(kind).max_retry(0);
        place.client.enqueue(task).await.unwrap();
    }
    let (tell, mut told) = told();
    let named = |name: &'static str| {
        let tell = tell.clone();
        move |task: Task, _: Context| {
            tell.send((task.kind().to_owned(), name)).ok();
            async { Ok(Outcome::Done) }
        }
    };
    let mux = ServeMux::new()
        .handle("email", named("email"))
        .handle("email:welcome", named("welcome"))
        .handle("image:*", named("images"));
    let worker = place.start(mux).await;
    let mut seen = [told.next().await, told.next().await, told.next().await];
    seen.sort();
    assert_eq!(
        seen.map(|(kind, name)| format!("{kind} {name}")),
        ["email email", "email:welcome welcome", "image:x images"]
    );
    let found = place.reaches("other", Some(State::Archived)).await.unwrap();
    let error = "handler not found for task \"other\"";
    assert_eq!(found.message.unwrap().last_error, error);
    worker.stop().await.unwrap();
}

/// Tells that it begins and ends.
fn named(
    name: &'static str,
    tell: &UnboundedSender<String>,
) -> impl Fn(Task, Context, Next) -> futures_util::future::BoxFuture<'static, HandlerResult> + use<>
{
    let tell = tell.clone();
    move |task, cx, next| {
        let tell = tell.clone();
        Box::pin(async move {
            tell.send(format!("{name} begins")).ok();
            let result = next.run(task, cx).await;
            tell.send(format!("{name} ends, {}", result.is_ok())).ok();
            result
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_lie_around_each_other_and_around_unknown_types() {
    let place = Place::new().await;
    let (tell, mut told) = told();
    let handler = tell.clone();
    let mux = ServeMux::new()
        .layer(named("outer", &tell))
        .handle("t", move |_: Task, _: Context| {
            handler.send("handler".to_owned()).ok();
            async { Ok(Outcome::Done) }
        })
        .layer(named("inner", &tell));
    let worker = place.start(mux).await;
    let mut expect = async |texts: &[&str]| {
        for text in texts {
            assert_eq!(told.next().await, *text);
        }
    };
    place.client.enqueue(Task::new("t", "")).await.unwrap();
    expect(&[
        "outer begins",
        "inner begins",
        "handler",
        "inner ends, true",
        "outer ends, true",
    ])
    .await;
    place.client.enqueue(Task::new("x", "")).await.unwrap();
    expect(&[
        "outer begins",
        "inner begins",
        "inner ends, false",
        "outer ends, false",
    ])
    .await;
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_may_answer_itself_and_change_the_task() {
    async fn guard(task: Task, cx: Context, next: Next) -> HandlerResult {
        if task.headers().contains_key("forbidden") {
            return Ok(Outcome::SkipRetry);
        }
        next.run(task.header("seen", "yes"), cx).await
    }
    /// An error of a handler arrives in the layer with its type.
    async fn unknown_is_revoked(task: Task, cx: Context, next: Next) -> HandlerResult {
        match next.run(task, cx).await {
            Err(error) if error.source().is::<AttemptError>() => Ok(Outcome::Revoke),
            result => result,
        }
    }
    let place = Place::new().await;
    let (tell, mut told) = told();
    let mux = ServeMux::new()
        .layer(unknown_is_revoked)
        .layer(guard)
        .handle("t", move |task: Task, _: Context| {
            tell.send(task.headers()["seen"].clone()).ok();
            async { Ok(Outcome::Done) }
        });
    let worker = place.start(mux).await;
    let task = || Task::new("t", "");
    place
        .client
        .enqueue(task().header("forbidden", "").id("no"))
        .await
        .unwrap();
    place
        .client
        .enqueue(Task::new("x", "").id("unknown"))
        .await
        .unwrap();
    place.client.enqueue(task()).await.unwrap();
    assert_eq!(told.next().await, "yes");
    place.reaches("no", Some(State::Archived)).await;
    place.reaches("unknown", None).await;
    worker.stop().await.unwrap();
}
