//! A seeded liar between any number of clients and their server: whatever can happen to an answer, at random.
//!
//! It changes answers and loses, delays, doubles and reorders requests; it changes no request, because what a server
//! stores is the same to a reader as what it answers.

use crate::mutate;
use crate::record::Exchange;
use crate::{Dice, InProcess};
use coffer_client::{Method, Request, Response, Token, Transport, TransportError};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

/// The liar. Clones are the same one.
#[derive(Clone)]
pub struct Adversary {
    inner: Rc<Inner>,
}

struct Inner {
    dice: RefCell<Dice>,
    heard: RefCell<VecDeque<Heard>>,
    late: RefCell<Vec<Late>>,
    sent: RefCell<Vec<Exchange>>,
    told: RefCell<BTreeMap<Trick, u64>>,
    exchanges: Cell<u64>,
    treacherous: bool,
    late_comers: Cell<bool>,
}

/// An honest answer that is remembered.
struct Heard {
    number: u64,
    method: Method,
    path: String,
    answer: Rc<Response>,
}

/// A request that arrives after others that were sent later.
struct Late {
    due: u64,
    by: InProcess,
    request: Request,
}

/// What the liar is at towards one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Nothing.
    Honest,
    /// So many of a thousand exchanges suffer something.
    Noise(u32),
    /// What is asked for is answered as it was at this exchange: a backup is served.
    Past(u64),
    /// No request arrives.
    Silence,
}

/// What one exchange can suffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trick {
    /// Another client's answer, or one to another question.
    Another,
    /// Flipped bits.
    Bits,
    /// The end is missing.
    Cut,
    /// It takes longer than what was sent after it.
    Delay,
    /// Fields and elements swapped, doubled, deleted.
    Disarray,
    /// Nothing, in several spellings.
    Empty,
    /// One letter of something sealed.
    Flip,
    /// The request arrives much later.
    Late,
    /// The request takes effect, the answer is lost.
    LoseAnswer,
    /// The request never arrives.
    LoseRequest,
    /// An older answer to the same question.
    Older,
    /// What was asked for a backup.
    Past,
    /// A success that did not happen.
    Pretence,
    /// A failure, and the request never arrives.
    Refuse,
    /// Another status, though the request took effect.
    Status,
    /// Another sealed text, heard anywhere before.
    Transplant,
    /// The request arrives twice.
    Twice,
}

impl Adversary {
    /// From a seed. One who is treacherous acknowledges what it never did, so that data may be lost for good.
    pub fn new(seed: u64, treacherous: bool) -> Self {
        Self {
            inner: Rc::new(Inner {
                dice: RefCell::new(Dice::new(seed)),
                heard: RefCell::default(),
                late: RefCell::default(),
                sent: RefCell::default(),
                told: RefCell::default(),
                exchanges: Cell::new(0),
                treacherous,
                late_comers: Cell::new(true),
            }),
        }
    }

    /// Whether requests may arrive much later than others that were sent after them.
    pub fn delay_requests(&self, yes: bool) {
        self.inner.late_comers.set(yes);
    }

    /// Decides by another seed from here on, so that a step lies alike whatever came before it.
    pub fn reseed(&self, dice: Dice) {
        *self.inner.dice.borrow_mut() = dice;
    }

    /// A client's network, honest until its mood is set.
    pub fn line(&self, honest: InProcess) -> Line {
        Line {
            adversary: self.clone(),
            wire: Rc::new(Wire {
                honest: RefCell::new(honest),
                mood: Cell::new(Mood::Honest),
                crash: Cell::new(None),
                crashed: Cell::new(false),
                disguise: RefCell::default(),
                bearer: RefCell::default(),
            }),
        }
    }

    /// How many exchanges there were.
    pub fn exchanges(&self) -> u64 {
        self.inner.exchanges.get()
    }

    /// How often each trick was played.
    pub fn told(&self) -> BTreeMap<Trick, u64> {
        self.inner.told.borrow().clone()
    }

    /// What was sent since the last call, for the egress canary.
    pub fn take_sent(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.inner.sent.borrow_mut())
    }

    /// Lets everything arrive that is still on its way.
    pub async fn deliver_all(&self) {
        self.deliver(u64::MAX).await;
    }

    async fn deliver(&self, until: u64) {
        while let Some(Late { by, request, .. }) = self.due(until) {
            drop(by.send(request).await);
        }
    }

    fn due(&self, until: u64) -> Option<Late> {
        let mut late = self.inner.late.borrow_mut();
        let at = late.iter().position(|late| late.due <= until)?;
        Some(late.remove(at))
    }

    fn note(&self, request: &Request) {
        self.inner.exchanges.set(self.inner.exchanges.get() + 1);
        self.inner.sent.borrow_mut().push(Exchange {
            method: request.method,
            path: request.path.clone(),
            bearer: request.bearer.as_ref().map(|token| token.as_str().to_owned()),
            sent: request.body.clone().unwrap_or_default(),
            status: 0,
            answered: Vec::new(),
        });
    }

    fn remember(&self, request: &Request, answer: &Response) -> Rc<Response> {
        let answer = Rc::new(answer.clone());
        let mut heard = self.inner.heard.borrow_mut();
        if heard.len() >= REMEMBERED {
            heard.pop_front();
        }
        heard.push_back(Heard {
            number: self.inner.exchanges.get(),
            method: request.method,
            path: request.path.clone(),
            answer: Rc::clone(&answer),
        });
        answer
    }

    fn tell(&self, trick: Trick) {
        *self.inner.told.borrow_mut().entry(trick).or_insert(0) += 1;
    }

    /// One of the answers that fit.
    fn some_heard(&self, fits: impl Fn(&Heard) -> bool) -> Option<Response> {
        let heard = self.inner.heard.borrow();
        let fitting: Vec<_> = heard.iter().filter(|heard| fits(heard)).collect();
        let mut dice = self.inner.dice.borrow_mut();
        dice.pick(&fitting).map(|heard| (*heard.answer).clone())
    }

    /// The newest answer to a question as of an exchange.
    fn as_of(&self, request: &Request, number: u64) -> Option<Response> {
        let heard = self.inner.heard.borrow();
        let found = heard
            .iter()
            .rev()
            .find(|h| h.number <= number && h.method == request.method && h.path == request.path);
        found.map(|heard| (*heard.answer).clone())
    }

    fn below(&self, end: usize) -> usize {
        self.inner.dice.borrow_mut().below(end)
    }

    fn choose(&self, mood: Mood, request: &Request) -> Option<Trick> {
        let mut dice = self.inner.dice.borrow_mut();
        match mood {
            Mood::Honest => None,
            Mood::Silence => Some(Trick::LoseRequest),
            Mood::Past(_) => (request.method == Method::Get && !is_account(request)).then_some(Trick::Past),
            Mood::Noise(rate) if !dice.permille(rate) => None,
            Mood::Noise(_) => {
                let treacherous = self.inner.treacherous;
                let tricks = match (is_account(request) && !treacherous, request.method) {
                    (true, _) => &ON_ACCOUNTS[..],
                    (false, Method::Get) => &ON_READS[..],
                    (false, _) if treacherous => &ON_WRITES[..],
                    (false, _) => &ON_WRITES[1..],
                };
                let trick = dice.pick(tricks).copied();
                let late = trick == Some(Trick::Late) && !self.inner.late_comers.get();
                if late { Some(Trick::LoseRequest) } else { trick }
            }
        }
    }

    /// Changes an answer. What was not done is not acknowledged, unless by somebody treacherous.
    fn change(&self, trick: Trick, request: &Request, answer: Response) -> Response {
        let honest = answer.clone();
        let changed = self.changed(trick, request, answer);
        let write = request.method != Method::Get;
        let failed = |answer: &Response| !(200..300).contains(&answer.status);
        if write && failed(&honest) && !failed(&changed) && !self.inner.treacherous {
            return honest;
        }
        changed
    }

    fn changed(&self, trick: Trick, request: &Request, mut answer: Response) -> Response {
        let other = match trick {
            Trick::Older => self.some_heard(|h| h.method == request.method && h.path == request.path),
            Trick::Another => {
                let shape = shape(&request.path);
                let loose = self.below(4) == 0;
                self.some_heard(|h| loose || h.method == request.method && self::shape(&h.path) == shape)
            }
            Trick::Transplant => self.some_heard(|h| h.path.starts_with("/api/v4/secrets")),
            _ => None,
        };
        let mut dice = self.inner.dice.borrow_mut();
        match trick {
            Trick::Older | Trick::Another => return other.unwrap_or(answer),
            Trick::Bits => mutate::flip_bits(&mut answer.body, &mut dice),
            Trick::Cut => answer.body.truncate(dice.below(answer.body.len())),
            Trick::Empty => {
                let nothing: [&[u8]; 5] = [b"", b"{}", b"null", br#"{"secrets":[],"folders":[]}"#, b"[]"];
                answer.body = dice.pick(&nothing).map(|body| body.to_vec()).unwrap_or_default();
            }
            Trick::Status => {
                let statuses = [
                    200, 201, 204, 304, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503,
                ];
                answer.status = dice.pick(&statuses).copied().unwrap_or(500);
                if dice.permille(500) {
                    let errors: [&[u8]; 3] = [
                        br#"{"error":"NotFound","message":"no"}"#,
                        br#"{"error":"TokenError","message":"no"}"#,
                        br#"{"error":"BadRequest","message":"it already exists"}"#,
                    ];
                    answer.body = dice.pick(&errors).map(|body| body.to_vec()).unwrap_or_default();
                }
            }
            Trick::Flip | Trick::Disarray | Trick::Transplant => {
                let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
                    return answer;
                };
                match trick {
                    Trick::Flip => mutate::flip_sealed(&mut body, &mut dice),
                    Trick::Disarray => mutate::disarrange(&mut body, &mut dice),
                    _ => {
                        let other = other.and_then(|answer| serde_json::from_slice(&answer.body).ok());
                        match other.and_then(|mut other| mutate::sealed_in(&mut other, &mut dice)) {
                            Some(text) => mutate::replace_sealed(&mut body, text, &mut dice),
                            None => false,
                        }
                    }
                };
                answer.body = body.to_string().into_bytes();
            }
            _ => {}
        }
        answer
    }
}

/// One client's network. Clones are the same one.
#[derive(Clone)]
pub struct Line {
    adversary: Adversary,
    wire: Rc<Wire>,
}

struct Wire {
    honest: RefCell<InProcess>,
    mood: Cell<Mood>,
    crash: Cell<Option<(usize, bool)>>,
    crashed: Cell<bool>,
    disguise: RefCell<Option<(String, Token)>>,
    bearer: RefCell<Option<Token>>,
}

impl Line {
    /// What the liar is at.
    pub fn mood(&self) -> Mood {
        self.wire.mood.get()
    }

    /// Sets what the liar is at.
    pub fn set_mood(&self, mood: Mood) {
        self.wire.mood.set(mood);
    }

    /// Leads to another server from now on.
    pub fn lead_to(&self, honest: InProcess) {
        *self.wire.honest.borrow_mut() = honest;
    }

    /// The browser behind it.
    pub fn browser(&self) -> InProcess {
        self.wire.honest.borrow().clone()
    }

    /// Lets the server answer what concerns a project as it would answer somebody else: it refuses this client nothing.
    pub fn disguise(&self, project: &str, as_bearer: String) {
        *self.wire.disguise.borrow_mut() = Some((project.to_owned(), Token::new(as_bearer)));
    }

    /// The newest token that this client sent.
    pub fn bearer(&self) -> String {
        let bearer = self.wire.bearer.borrow();
        bearer
            .as_ref()
            .map(|token| token.as_str().to_owned())
            .unwrap_or_default()
    }

    /// The machine stops at the request after so many, before it is sent or after it has taken effect.
    pub fn crash_at(&self, requests: usize, after: bool) {
        self.wire.crash.set(Some((requests, after)));
        self.wire.crashed.set(false);
    }

    /// Nothing stops any more. Says whether something had.
    pub fn mend(&self) -> bool {
        self.wire.crash.set(None);
        self.wire.crashed.replace(false)
    }

    /// Whether the next request stops the machine, and whether after it was sent.
    fn count_down(&self) -> Option<bool> {
        let (left, after) = self.wire.crash.get()?;
        match left.checked_sub(1) {
            Some(left) => {
                self.wire.crash.set(Some((left, after)));
                None
            }
            None => Some(after),
        }
    }

    async fn stop(&self) {
        self.wire.crashed.set(true);
        pending().await
    }

    async fn honest(&self, request: &Request) -> Result<Response, TransportError> {
        let browser = self.wire.honest.borrow().clone();
        let answer = browser.send(request.clone()).await?;
        Ok((*self.adversary.remember(request, &answer)).clone())
    }

    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let liar = &self.adversary;
        let mood = self.wire.mood.get();
        let Some(trick) = liar.choose(mood, request) else {
            return self.honest(request).await;
        };
        liar.tell(trick);
        match trick {
            Trick::LoseRequest => Err(lost(liar.below(3))),
            Trick::LoseAnswer => {
                drop(self.honest(request).await);
                Err(lost(liar.below(3)))
            }
            Trick::Late => {
                let due = liar.exchanges() + 1 + liar.below(12) as u64;
                let by = self.wire.honest.borrow().clone();
                let request = request.clone();
                liar.inner.late.borrow_mut().push(Late { due, by, request });
                Err(lost(liar.below(3)))
            }
            Trick::Twice => {
                drop(self.honest(request).await);
                self.honest(request).await
            }
            Trick::Delay => {
                let (before, after) = (liar.below(6), liar.below(6));
                give_way(before).await;
                let answer = self.honest(request).await;
                give_way(after).await;
                answer
            }
            Trick::Past => {
                let moment = match mood {
                    Mood::Past(moment) => moment,
                    _ => u64::MAX,
                };
                match liar.as_of(request, moment) {
                    Some(answer) => Ok(answer),
                    None => self.honest(request).await,
                }
            }
            Trick::Pretence => {
                let shape = shape(&request.path);
                let method = request.method;
                let seen = liar.some_heard(|h| {
                    h.method == method && h.answer.status == 200 && self::shape(&h.path) == shape
                });
                Ok(seen.unwrap_or(Response {
                    status: 200,
                    body: b"{}".to_vec(),
                }))
            }
            Trick::Refuse => {
                let nothing = Response {
                    status: 500,
                    body: Vec::new(),
                };
                let mut refused = liar.changed(Trick::Status, request, nothing);
                refused.status = refused.status.max(400);
                Ok(refused)
            }
            _ => {
                let answer = self.honest(request).await?;
                Ok(liar.change(trick, request, answer))
            }
        }
    }
}

impl Transport for Line {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        self.adversary.note(&request);
        if request.bearer.is_some() {
            self.wire.bearer.borrow_mut().clone_from(&request.bearer);
        }
        if let Some((project, token)) = &*self.wire.disguise.borrow()
            && request.path.contains(project)
        {
            request.bearer = Some(token.clone());
        }
        self.adversary.deliver(self.adversary.exchanges()).await;
        let stops = self.count_down();
        if stops == Some(false) {
            self.stop().await;
        }
        let answer = self.exchange(&request).await;
        if stops == Some(true) {
            self.stop().await;
        }
        answer
    }
}

/// Runs a client's work; `None` where its machine stopped on the way, and the work is dropped as it stands.
pub async fn until_crash<F: Future>(line: &Line, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if line.wire.crashed.get() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Lets others go first, so many times.
async fn give_way(times: usize) {
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn lost(how: usize) -> TransportError {
    match how {
        0 => TransportError::TimedOut,
        1 => TransportError::Offline,
        _ => TransportError::Other("the connection was reset".to_owned()),
    }
}

/// A route without its ids.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts = path.split('/').map(|part| {
        let id = part.len() > 20 || part.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if id && !part.starts_with('v') { "*" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Who somebody is, where they belong and who else does. What a client does with these cannot be undone by an honest
/// server: it signs in as somebody else, or takes another person out of the server's project than the one it meant.
fn is_account(request: &Request) -> bool {
    let path = request.path.as_str();
    [
        "/auth",
        "/organization",
        "/user",
        "/invite-org",
        "/signup",
        "/memberships",
        "/admin",
        "/password",
    ]
    .iter()
    .any(|part| path.contains(part))
}

const ON_ACCOUNTS: [Trick; 5] = [
    Trick::Cut,
    Trick::Delay,
    Trick::LoseAnswer,
    Trick::LoseRequest,
    Trick::Refuse,
];
const ON_READS: [Trick; 17] = [
    Trick::Another,
    Trick::Another,
    Trick::Bits,
    Trick::Cut,
    Trick::Delay,
    Trick::Disarray,
    Trick::Disarray,
    Trick::Disarray,
    Trick::Empty,
    Trick::Flip,
    Trick::Flip,
    Trick::LoseAnswer,
    Trick::Older,
    Trick::Older,
    Trick::Refuse,
    Trick::Status,
    Trick::Transplant,
];
/// The first is for the treacherous.
const ON_WRITES: [Trick; 12] = [
    Trick::Pretence,
    Trick::Another,
    Trick::Bits,
    Trick::Delay,
    Trick::Empty,
    Trick::Late,
    Trick::LoseAnswer,
    Trick::LoseAnswer,
    Trick::LoseRequest,
    Trick::Refuse,
    Trick::Status,
    Trick::Twice,
];

/// How many answers are kept to be served again.
const REMEMBERED: usize = 600;
