//! Methods that answer later, with docs and attributes on every part, and arguments of every way.

use std::future::Future;
use std::sync::Arc;

use keyway::{Bytes, interface, plugin};

use super::documented::{Line, Undrawn, Watcher};

/// What draws by and by.
#[interface(id = "author/slow-drawing", version = "1.0")]
pub trait SlowDrawing: Send + Sync {
    /// Draws a line.
    ///
    /// # Errors
    /// The line has no name.
    async fn draw(&self, line: &Line, strokes: &[f64], on: &str) -> Result<u64, Undrawn>;
    /// Tells who watches.
    async fn tell(&self, watcher: &dyn Watcher, line: Line, times: u32);
    /// Keeps who watches, until it is told.
    async fn keep(&self, shared: Arc<dyn Watcher>, own: Box<dyn Watcher>, block: Bytes) -> Bytes;
    /// How many lines there are.
    #[must_use]
    fn lines(&self) -> u64 {
        1
    }
    /// Changes its argument, and takes its own answer.
    async fn twice(&self, mut line: Line, _on: &str) -> Result<u64, Undrawn> {
        let first = self.draw(&line, &[], "a").await?;
        line.name.push('2');
        Ok(first + self.draw(&line, &[1.0], "b").await? + self.lines())
    }
    /// Does nothing.
    async fn rest(&self) {}
    /// Has another name in Rust than elsewhere.
    async fn r#await(&self, r#async: u64, __k: u64, future: &str) -> u64 {
        r#async + __k + future.len() as u64
    }
}

/// A pen.
#[plugin(id = "author/slow-pen", provides(SlowDrawing))]
#[derive(Debug, Default)]
pub struct SlowPen;

/// Lets others go first.
async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if polled {
            return std::task::Poll::Ready(());
        }
        polled = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[interface]
impl SlowDrawing for SlowPen {
    async fn draw(&self, line: &Line, strokes: &[f64], on: &str) -> Result<u64, Undrawn> {
        pause().await;
        if line.name.is_empty() {
            return Err(Undrawn { why: format!("a line without a name on {on}") });
        }
        Ok((line.name.len() + strokes.len() + on.len()) as u64)
    }
    async fn tell(&self, watcher: &dyn Watcher, line: Line, times: u32) {
        for _ in 0..times {
            pause().await;
            watcher.drawn(&line);
        }
    }
    async fn keep(&self, shared: Arc<dyn Watcher>, _: Box<dyn Watcher>, block: Bytes) -> Bytes {
        pause().await;
        shared.drawn(&Line::default());
        block
    }
}

/// Counts what is drawn.
#[derive(Debug, Default)]
pub struct Counts(std::sync::atomic::AtomicU64);

impl Watcher for Counts {
    fn drawn(&self, _: &Line) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

/// Calls every method of an object.
///
/// # Panics
/// An answer is wrong.
pub async fn check(drawing: &dyn SlowDrawing) {
    let line = Line { name: "abc".to_owned(), ..Line::default() };
    assert_eq!(drawing.draw(&line, &[0.5, 1.0], "wall").await, Ok(9));
    let undrawn = Undrawn { why: "a line without a name on air".to_owned() };
    assert_eq!(drawing.draw(&Line::default(), &[], "air").await, Err(undrawn));
    let counts = Arc::new(Counts::default());
    drawing.tell(&*counts, line.clone(), 3).await;
    let block = Bytes::from(vec![1, 2, 3]);
    assert_eq!(drawing.keep(counts.clone(), Box::new(Counts::default()), block.clone()).await, block);
    assert_eq!(counts.0.load(std::sync::atomic::Ordering::SeqCst), 4);
    assert_eq!(drawing.twice(line, "").await, Ok(11));
    drawing.rest().await;
    assert_eq!(drawing.r#await(1, 2, "three").await, 8);
}

/// Runs a future that needs nobody to wake it.
pub fn run(future: impl Future<Output = ()>) {
    let mut future = Box::pin(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}
