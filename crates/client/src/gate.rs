//! One at a time, for futures of one thread.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Lets one future through at a time.
#[derive(Default)]
pub(crate) struct Gate {
    busy: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Gate {
    /// Waits for its turn, which ends when the answer is dropped.
    pub(crate) async fn enter(&self) -> Turn<'_> {
        poll_fn(|context| {
            if self.busy.get() {
                self.waiting.borrow_mut().push(context.waker().clone());
                return Poll::Pending;
            }
            self.busy.set(true);
            Poll::Ready(())
        })
        .await;
        Turn(self)
    }
}

/// The turn of one future.
pub(crate) struct Turn<'a>(&'a Gate);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.busy.set(false);
        for waker in self.0.waiting.borrow_mut().drain(..) {
            waker.wake();
        }
    }
}

/// Runs futures of one kind together and gives their answers in order.
pub(crate) async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|f| (Some(Box::pin(f)), None)).collect();
    poll_fn(move |context| {
        let mut pending = false;
        for (future, done) in &mut running {
            if let Some(started) = future {
                match started.as_mut().poll(context) {
                    Poll::Ready(value) => {
                        *done = Some(value);
                        *future = None;
                    }
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            return Poll::Pending;
        }
        Poll::Ready(running.drain(..).filter_map(|(_, done)| done).collect())
    })
    .await
}
