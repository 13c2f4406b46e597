//! What a step costs a client: time with and without the server's, requests, bytes.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use coffer_client::{Request, Response, Transport, TransportError};
use coffer_testkit::InProcess;

use crate::stats::Summary;

/// A browser whose every request is counted.
#[derive(Clone)]
pub struct Counted {
    inner: InProcess,
    count: Rc<Cell<Count>>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    requests: usize,
    sent: usize,
    received: usize,
    /// How many are on their way, and since when any is.
    waiting: usize,
    since: Option<Instant>,
    server: Duration,
}

impl Counted {
    /// Around a browser.
    pub fn new(inner: InProcess) -> Self {
        Self {
            inner,
            count: Rc::default(),
        }
    }

    /// Carries a step out and says what it cost.
    pub async fn measure<V>(&self, step: impl Future<Output = V>) -> (V, Cost) {
        self.count.set(Count::default());
        let start = Instant::now();
        let value = step.await;
        let took = start.elapsed();
        let count = self.count.get();
        let cost = Cost {
            took: ms(took),
            own: ms(took.saturating_sub(count.server)),
            requests: count.requests,
            sent: count.sent as f64 / 1000.0,
            received: count.received as f64 / 1000.0,
        };
        (value, cost)
    }
}

impl Transport for Counted {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sent = request.path.len() + request.body.as_ref().map_or(0, Vec::len);
        let mut count = self.count.get();
        if count.waiting == 0 {
            count.since = Some(Instant::now());
        }
        count.waiting += 1;
        self.count.set(count);
        let answer = self.inner.send(request).await;
        let mut count = self.count.get();
        count.waiting -= 1;
        if count.waiting == 0 {
            count.server += count.since.map(|since| since.elapsed()).unwrap_or_default();
        }
        count.requests += 1;
        count.sent += sent;
        count.received += answer.as_ref().map_or(0, |answer| answer.body.len());
        self.count.set(count);
        // A recorder would keep every body.
        self.inner.recorder().clear();
        answer
    }
}

/// What a step cost.
pub struct Cost {
    /// Milliseconds, with the server's work.
    took: f64,
    /// Milliseconds with no request on its way.
    own: f64,
    requests: usize,
    /// KB.
    sent: f64,
    /// KB.
    received: f64,
}

impl Cost {
    /// The columns of [`Cost::row`].
    pub const HEADS: [&str; 5] = ["own, ms", "all, ms", "requests", "KB sent", "KB received"];

    /// A row of a table: the middle of several rounds.
    pub fn row(what: impl Into<String>, rounds: &[Self]) -> Vec<String> {
        let of = |what: fn(&Self) -> f64| Summary::of(rounds.iter().map(what));
        let spread = |what| of(what).map_or("–".into(), |summary| summary.to_string());
        let middle = |what, digits: usize| {
            of(what).map_or("–".into(), |summary| format!("{:.digits$}", summary.median))
        };
        vec![
            what.into(),
            spread(|cost| cost.own),
            spread(|cost| cost.took),
            middle(|cost| cost.requests as f64, 0),
            middle(|cost| cost.sent, 1),
            middle(|cost| cost.received, 1),
        ]
    }
}

/// In milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
