//! A recorder of everything that crossed the joint.

use coffer_client::{Method, Request, Response};
use std::cell::RefCell;
use std::rc::Rc;

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The verb.
    pub method: Method,
    /// Path and query as sent.
    pub path: String,
    /// The bearer token as sent.
    pub bearer: Option<String>,
    /// The body as sent.
    pub sent: Vec<u8>,
    /// The status as answered; 0 where no answer came.
    pub status: u16,
    /// The body as answered.
    pub answered: Vec<u8>,
}

/// Remembers exchanges. Clones share the memory.
#[derive(Clone, Default)]
pub struct Recorder {
    exchanges: Rc<RefCell<Vec<Exchange>>>,
}

impl Recorder {
    /// Adds one.
    pub fn add(&self, request: &Request, answer: Option<&Response>) {
        self.exchanges.borrow_mut().push(Exchange {
            method: request.method,
            path: request.path.clone(),
            bearer: request.bearer.as_ref().map(|t| t.as_str().to_owned()),
            sent: request.body.clone().unwrap_or_default(),
            status: answer.map_or(0, |a| a.status),
            answered: answer.map(|a| a.body.clone()).unwrap_or_default(),
        });
    }

    /// All so far.
    pub fn all(&self) -> Vec<Exchange> {
        self.exchanges.borrow().clone()
    }

    /// How many so far.
    pub fn count(&self) -> usize {
        self.exchanges.borrow().len()
    }

    /// How many were anything but a GET.
    pub fn writes(&self) -> usize {
        self.exchanges
            .borrow()
            .iter()
            .filter(|e| e.method != Method::Get)
            .count()
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.exchanges.borrow_mut().clear();
    }
}
