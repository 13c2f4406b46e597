//! A server that lies: an honest one behind mutators, a recorder, and a network that breaks when told to.

use crate::record::{Exchange, Recorder};
use coffer_client::{Listen, Request, Response, Transport, TransportError};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

type Mutator = Box<dyn FnMut(&Request, &mut Response)>;
type Interceptor = Box<dyn FnMut(&Request) -> Option<Result<Response, TransportError>>>;

/// Wraps an honest transport. Clones are the same liar.
pub struct Evil<T> {
    inner: Rc<Inner<T>>,
}

struct Inner<T> {
    honest: T,
    mutators: RefCell<Vec<Mutator>>,
    interceptors: RefCell<Vec<Interceptor>>,
    recorder: Recorder,
    cut: Cell<Option<Cut>>,
    sent: Cell<usize>,
    was_cut: Cell<bool>,
}

/// How the network breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// After this many further requests nothing is sent any more.
    Before(usize),
    /// The request after this many arrives, its answer does not, and nothing follows.
    AnswerLost(usize),
}

impl<T> Clone for Evil<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Rc::clone(&self.inner),
        }
    }
}

impl<T> Evil<T> {
    /// Honest until told otherwise.
    pub fn new(honest: T) -> Self {
        Self {
            inner: Rc::new(Inner {
                honest,
                mutators: RefCell::default(),
                interceptors: RefCell::default(),
                recorder: Recorder::default(),
                cut: Cell::new(None),
                sent: Cell::new(0),
                was_cut: Cell::new(false),
            }),
        }
    }

    /// Changes answers on their way.
    pub fn tamper(&self, change: impl FnMut(&Request, &mut Response) + 'static) {
        self.inner.mutators.borrow_mut().push(Box::new(change));
    }

    /// Changes the JSON of successful answers whose path contains `route`.
    pub fn tamper_json(&self, route: &'static str, mut change: impl FnMut(&mut serde_json::Value) + 'static) {
        self.tamper(move |request, response| {
            if request.path.contains(route)
                && response.status == 200
                && let Ok(mut body) = serde_json::from_slice(&response.body)
            {
                change(&mut body);
                response.body = body.to_string().into_bytes();
            }
        });
    }

    /// Answers in the server's place.
    pub fn intercept(
        &self,
        answer: impl FnMut(&Request) -> Option<Result<Response, TransportError>> + 'static,
    ) {
        self.inner.interceptors.borrow_mut().push(Box::new(answer));
    }

    /// Stops lying and mends the network.
    pub fn honest(&self) {
        self.inner.mutators.borrow_mut().clear();
        self.inner.interceptors.borrow_mut().clear();
        self.inner.cut.set(None);
    }

    /// Breaks the network after so many requests from now.
    pub fn cut(&self, cut: Cut) {
        self.inner.sent.set(0);
        self.inner.was_cut.set(false);
        self.inner.cut.set(Some(cut));
    }

    /// Whether the last [`Evil::cut`] has broken anything.
    pub fn was_cut(&self) -> bool {
        self.inner.was_cut.get()
    }

    /// What crossed the joint, as the client saw it.
    pub fn recorder(&self) -> &Recorder {
        &self.inner.recorder
    }

    /// All exchanges so far.
    pub fn recorded(&self) -> Vec<Exchange> {
        self.inner.recorder.all()
    }
}

impl<T: Transport> Transport for Evil<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let inner = &self.inner;
        let number = inner.sent.get();
        inner.sent.set(number + 1);
        let mut lose_answer = false;
        match inner.cut.get() {
            Some(Cut::Before(n)) if number >= n => {
                inner.was_cut.set(true);
                return Err(TransportError::Offline);
            }
            Some(Cut::AnswerLost(n)) if number > n => return Err(TransportError::Offline),
            Some(Cut::AnswerLost(n)) => lose_answer = number == n,
            _ => {}
        }
        if lose_answer {
            inner.was_cut.set(true);
        }
        let mut interceptors = std::mem::take(&mut *inner.interceptors.borrow_mut());
        let instead = interceptors.iter_mut().find_map(|i| i(&request));
        inner.interceptors.borrow_mut().append(&mut interceptors);
        let answer = match instead {
            Some(answer) => answer,
            None => inner.honest.send(request.clone()).await,
        };
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                inner.recorder.add(&request, None);
                return Err(error);
            }
        };
        let mut mutators = std::mem::take(&mut *inner.mutators.borrow_mut());
        for change in &mut mutators {
            change(&request, &mut answer);
        }
        mutators.append(&mut inner.mutators.borrow_mut());
        *inner.mutators.borrow_mut() = mutators;
        inner.recorder.add(&request, Some(&answer));
        if lose_answer {
            Err(TransportError::TimedOut)
        } else {
            Ok(answer)
        }
    }
}

impl<T: Listen> Listen for Evil<T> {
    /// What is heard is never believed, so there is nothing to lie about.
    async fn listen(
        &self,
        request: Request,
        heard: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<Response>, TransportError> {
        self.inner.honest.listen(request, heard).await
    }
}
