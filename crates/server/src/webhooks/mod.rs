//! Tells other places that something happened: takes what is due from the store, says it, and notes how it went.
//!
//! What happened is queued by the store in the transaction in which it happens, so it is told at least once, whatever
//! becomes of this process. It may be told twice: each delivery has a name by which a receiver can tell.

mod message;
mod post;
mod reach;

pub use post::Poster;
pub use reach::{Names, Reach};

use std::collections::HashSet;
use std::time::Duration;

use coffer_store::StoreError;
use coffer_store::model::{Delivery, Webhook};
use tokio::task::JoinSet;

use crate::app::App;
use crate::error::Error;
use message::Message;

/// Tells what is due, each once, and waits until all of it was tried.
pub async fn deliver(app: &App) {
    let mut courier = Courier::new(app.clone());
    courier.set_off().await;
    while courier.back().await {
        courier.set_off().await;
    }
}

/// Tells what becomes due, for as long as the server runs.
pub async fn deliver_always(app: App) {
    let mut courier = Courier::new(app);
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            true = courier.back() => {}
        }
        courier.set_off().await;
    }
}

/// Tries a webhook out at once, and notes how that went.
pub async fn try_out(app: &App, webhook: &Webhook) -> Result<Webhook, Error> {
    let outcome = say(app, webhook, Message::trial(app, webhook)).await;
    let outcome = outcome.as_ref().copied().map_err(String::as_str);
    Ok(app.store().tried(&webhook.id, outcome, app.now()).await?)
}

/// Carries what is due, a few things at once and never two of one owner: whose receiver is slow waits alone.
struct Courier {
    app: App,
    busy: HashSet<String>,
    under_way: JoinSet<String>,
}

impl Courier {
    fn new(app: App) -> Self {
        Self {
            app,
            busy: HashSet::new(),
            under_way: JoinSet::new(),
        }
    }

    /// Takes as much of what is due as there is room for.
    async fn set_off(&mut self) {
        let busy: Vec<_> = self.busy.iter().cloned().collect();
        let room = AT_ONCE.saturating_sub(busy.len());
        let taken = self
            .app
            .store()
            .take_deliveries(&busy, room, self.app.now())
            .await;
        match taken {
            Ok(taken) => {
                for delivery in taken {
                    let owner = delivery.webhook.owner().to_owned();
                    self.busy.insert(owner.clone());
                    let app = self.app.clone();
                    self.under_way.spawn(async move {
                        if let Err(error) = carry(&app, &delivery).await {
                            tracing::error!(%error, "a delivery could not be noted");
                        }
                        owner
                    });
                }
            }
            Err(error) => tracing::error!(%error, "what is due could not be read"),
        }
    }

    /// Waits for one that comes back, whose owner is free then; `false` if nothing is under way.
    async fn back(&mut self) -> bool {
        match self.under_way.join_next().await {
            None => return false,
            Some(Ok(owner)) => {
                self.busy.remove(&owner);
            }
            // What panicked cannot say whose it was: nobody is kept waiting for it.
            Some(Err(_)) => self.busy.clear(),
        }
        true
    }
}

async fn carry(app: &App, delivery: &Delivery) -> Result<(), StoreError> {
    let message = Message::of(app, delivery).await?;
    let outcome = say(app, &delivery.webhook, message).await;
    if let Err(why) = &outcome {
        // Neither the address nor the receiver's words: the first is a secret of chats, the second could be anything.
        tracing::info!(
            webhook = delivery.webhook.id.as_str(),
            why,
            "a webhook was not told"
        );
    }
    let outcome = outcome.as_ref().copied().map_err(String::as_str);
    app.store().told(&delivery.id, outcome, app.now()).await
}

async fn say(app: &App, webhook: &Webhook, message: Message) -> Result<(), String> {
    let (poster, url) = (app.poster().clone(), webhook.url.clone());
    let letter = message.letter(webhook, app.now());
    let said = tokio::task::spawn_blocking(move || poster.post(&url, &letter)).await;
    said.unwrap_or_else(|_| Err("it could not be tried".to_owned()))
}

/// How many are told at once.
const AT_ONCE: usize = 8;
/// How long what is due waits at most to be seen.
const ROUND: Duration = Duration::from_secs(1);
