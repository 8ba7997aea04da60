//! Layers around handlers.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::context::Context;
use super::handler::{AnyHandler, HandlerResult};
use super::task::Task;

/// A layer around handlers: an `async fn(Task, Context, Next) -> HandlerResult`, a closure that returns such a
/// future, or a type of your own. It can inspect or change the task, return in place of the handler, and inspect
/// the handler's result.
///
/// ```
/// use std::time::Instant;
/// use qctl::{Context, HandlerResult, Next, Task};
///
/// async fn timing(task: Task, cx: Context, next: Next) -> HandlerResult {
///     let (id, begun) = (cx.task_id().to_owned(), Instant::now());
///     let result = next.run(task, cx).await;
///     println!("{id}: {result:?} after {:?}", begun.elapsed());
///     result
/// }
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Runs one attempt, usually by calling [`Next::run`].
    fn run(
        &self,
        task: Task,
        cx: Context,
        next: Next,
    ) -> impl Future<Output = HandlerResult> + Send;
}

impl<F, R> Middleware for F
where
    F: Fn(Task, Context, Next) -> R + Send + Sync + 'static,
    R: Future<Output = HandlerResult> + Send,
{
    fn run(
        &self,
        task: Task,
        cx: Context,
        next: Next,
    ) -> impl Future<Output = HandlerResult> + Send {
        self(task, cx, next)
    }
}

/// Layers, the outermost first.
pub(super) type Layers = Arc<Vec<Arc<dyn AnyMiddleware>>>;

/// The layers inside a layer, and the handler.
#[must_use = "without it the handler does not run"]
pub struct Next {
    layers: Layers,
    /// The index of the layer that runs next.
    place: usize,
    handler: Arc<dyn AnyHandler>,
}

impl Next {
    pub(super) const fn new(layers: Layers, handler: Arc<dyn AnyHandler>) -> Self {
        Self {
            layers,
            place: 0,
            handler,
        }
    }

    /// Runs the remaining layers and the handler.
    ///
    /// # Errors
    /// The error of the handler or of a layer around it.
    pub async fn run(self, task: Task, cx: Context) -> HandlerResult {
        let Some(layer) = self.layers.get(self.place).map(Arc::clone) else {
            return self.handler.run_boxed(task, cx).await;
        };
        let next = Self {
            place: self.place + 1,
            ..self
        };
        layer.run_boxed(task, cx, next).await
    }
}

/// A type-erased [`Middleware`].
pub(super) trait AnyMiddleware: Send + Sync {
    fn run_boxed(&self, task: Task, cx: Context, next: Next) -> BoxFuture<'_, HandlerResult>;
}

impl<M: Middleware> AnyMiddleware for M {
    fn run_boxed(&self, task: Task, cx: Context, next: Next) -> BoxFuture<'_, HandlerResult> {
        Box::pin(self.run(task, cx, next))
    }
}
