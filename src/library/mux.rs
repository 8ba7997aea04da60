//! Selects the handler for a type of task.

use std::sync::Arc;

use super::context::Context;
use super::handler::{AnyHandler, Handler, HandlerResult};
use super::middleware::{Layers, Middleware, Next};
use super::task::Task;
use crate::task::transition::AttemptError;

/// Handlers by pattern, and layers around all of them.
///
/// As in Asynq, a pattern that equals the type wins, else the longest one that the type starts with:
/// `image` and `image:` both match `image:resize`. A star at the end (`image:*`) is ignored, except that such a
/// pattern does not match exactly; `*` matches everything. A task that no pattern matches fails
/// with [`AttemptError::NoHandler`] and is retried: another worker may know its type.
///
/// ```
/// use qctl::{Context, HandlerResult, Next, Outcome, ServeMux, Task};
///
/// async fn send_welcome(task: Task, cx: Context) -> HandlerResult {
///     println!("{}: {} bytes", cx.task_id(), task.payload().len());
///     Ok(Outcome::Done)
/// }
///
/// async fn log(task: Task, cx: Context, next: Next) -> HandlerResult {
///     println!("{} starts", cx.task_id());
///     next.run(task, cx).await
/// }
///
/// let mux = ServeMux::new()
///     .handle("email:welcome", send_welcome)
///     .handle("image:*", |task: Task, _: Context| async move {
///         println!("{}", task.kind());
///         Ok(Outcome::Done)
///     })
///     .layer(log);
/// ```
#[derive(Clone, Default)]
#[must_use = "a mux does nothing until a worker starts with it"]
pub struct ServeMux {
    routes: Arc<Routes>,
    layers: Layers,
}

#[derive(Clone, Default)]
struct Routes(Vec<Route>);

#[derive(Clone)]
struct Route {
    /// The pattern without its star.
    prefix: String,
    starred: bool,
    handler: Arc<dyn AnyHandler>,
}

impl ServeMux {
    /// A mux without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a handler for the types that a pattern matches.
    ///
    /// # Panics
    /// If the pattern is blank or already has a handler: that is a bug in the program.
    #[track_caller]
    pub fn handle(mut self, pattern: &str, handler: impl Handler) -> Self {
        assert!(!pattern.trim().is_empty(), "the pattern is blank");
        let (prefix, starred) = match pattern.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (pattern, false),
        };
        let routes = &mut Arc::make_mut(&mut self.routes).0;
        let known = |route: &Route| route.prefix == prefix && route.starred == starred;
        assert!(
            !routes.iter().any(known),
            "the pattern {pattern:?} has a handler already"
        );
        routes.push(Route {
            prefix: prefix.to_owned(),
            starred,
            handler: Arc::new(handler),
        });
        self
    }

    /// Adds a layer around every handler, also around the failure of a task that no pattern matches. The first
    /// one added is the outermost.
    pub fn layer(mut self, layer: impl Middleware) -> Self {
        Arc::make_mut(&mut self.layers).push(Arc::new(layer));
        self
    }
}

impl Handler for ServeMux {
    async fn run(&self, task: Task, cx: Context) -> HandlerResult {
        if self.layers.is_empty() {
            return self.routes.run(task, cx).await;
        }
        let handler = Arc::clone(&self.routes);
        Next::new(Arc::clone(&self.layers), handler)
            .run(task, cx)
            .await
    }
}

impl Handler for Routes {
    async fn run(&self, task: Task, cx: Context) -> HandlerResult {
        match self.find(task.kind()) {
            Some(route) => route.handler.run_boxed(task, cx).await,
            None => Err(AttemptError::NoHandler(task.kind().to_owned()).into()),
        }
    }
}

impl Routes {
    fn find(&self, kind: &str) -> Option<&Route> {
        // An exact match first, then the longest prefix; of two equal ones, that without a star.
        let rank = |route: &Route| {
            let exact = !route.starred && route.prefix == kind;
            let fits = kind.starts_with(&route.prefix);
            fits.then_some((exact, route.prefix.len(), !route.starred))
        };
        let fitting = self.0.iter();
        let fitting = fitting.filter_map(|route| Some((rank(route)?, route)));
        let (_, route) = fitting.max_by_key(|(rank, _)| *rank)?;
        Some(route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Outcome;

    async fn nothing(_: Task, _: Context) -> HandlerResult {
        Ok(Outcome::Done)
    }

    #[test]
    fn an_exact_pattern_wins_then_the_longest_prefix() {
        let patterns = ["email", "email:welcome", "image:*", "image:big", "image:"];
        let mux = patterns
            .into_iter()
            .fold(ServeMux::new(), |mux, pattern| mux.handle(pattern, nothing));
        let found = |kind| {
            let route = mux.routes.find(kind)?;
            Some(format!(
                "{}{}",
                route.prefix,
                if route.starred { "*" } else { "" }
            ))
        };
        for (kind, pattern) in [
            ("email:welcome", Some("email:welcome")),
            ("email:welcome:late", Some("email:welcome")),
            ("emailer", Some("email")),
            ("image:small", Some("image:")),
            ("image:", Some("image:")),
            ("image:bigger", Some("image:big")),
            ("imag", None),
        ] {
            assert_eq!(found(kind).as_deref(), pattern, "{kind}");
        }
    }

    #[test]
    #[should_panic(expected = "has a handler already")]
    fn a_pattern_has_one_handler() {
        let mux = ServeMux::new().handle("a*", nothing).handle("a", nothing);
        drop(mux.handle("a*", nothing));
    }
}
