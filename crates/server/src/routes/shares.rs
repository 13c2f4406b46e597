//! Shared secrets: links that end.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::routing::{get, post};
use base64ct::{Base64UrlUnpadded, Encoding};
use coffer_store::files::FETCHING;
use coffer_store::model::{Actor, Share, ShareAccess, SharedFile, Visitor};
use coffer_store::shares::{Closed, ShareChange, gone};
use coffer_wire::id::ShareId;
use coffer_wire::share::{
    Barred, FILE_PIECE, Gone, KEY_LENGTH, MAX_NETWORKS, MAX_VALUE, OpenedShare, PublicShareAnswer, Receipt,
    ReceiptsAnswer, Share as WireShare, ShareLimits, ShareLook, ShareTally, SharesAnswer,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{count, time};
use crate::app::App;
use crate::auth::jwt::Claims;
use crate::auth::password::Passwords;
use crate::auth::{Address, Caller, Network, Peer};
use crate::error::Error;
use crate::input::{Body, Fields, Params, duration};
use crate::limit::Rule;
use crate::outer::site_url;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/shared-secrets", post(create).get(list))
        .route("/api/v1/shared-secrets/public", post(create_public))
        .route(
            "/api/v1/shared-secrets/{id}",
            get(look).patch(change).delete(revoke),
        )
        .route("/api/v1/shared-secrets/{id}/access", post(open))
        .route("/api/v1/shared-secrets/{id}/destroy", post(destroy))
        .route("/api/v1/shared-secrets/{id}/receipts", get(receipts))
}

/// `POST /api/v1/shared-secrets`
async fn create(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Body) -> Reply<WireShare> {
    limit_making(&app, &caller)?;
    let draft = read_draft(&app, &body)?;
    let share = Share {
        name: draft.name.clone(),
        access: draft.access,
        organization: Some(caller.organization.clone()),
        creator: Some(caller.actor),
        receipts: draft.receipts,
        file: draft.file,
        ..draft.share(&app).await?
    };
    app.store()
        .create_share(share.clone(), &draft.value, app.config().share_quota)
        .await?;
    let link = format!("{}/shared/secret/{}", site_url(&app, &headers), share.id);
    Ok(Json(WireShare {
        shared_secret_link: Some(link),
        ..wire(&share)
    }))
}

/// `POST /api/v1/shared-secrets/public`
async fn create_public(
    State(app): State<App>,
    Address(address): Address,
    body: Body,
) -> Reply<PublicShareAnswer> {
    if !app.config().public_sharing {
        return Err(Error::bad_request("Public secret sharing is disabled"));
    }
    limit(&app, &address)?;
    let draft = read_draft(&app, &body)?;
    let share = draft.share(&app).await?;
    app.store()
        .create_share(share.clone(), &draft.value, app.config().share_quota)
        .await?;
    Ok(Json(PublicShareAnswer { id: share.id }))
}

/// `GET /api/v1/shared-secrets/:id`: counts no view.
async fn look(
    State(app): State<App>,
    Address(address): Address,
    caller: Result<Caller, Error>,
    Path(id): Path<ShareId>,
) -> Reply<ShareLook> {
    limit(&app, &address)?;
    let share = find(&app, &id, caller).await?;
    let WireShare {
        id,
        expires_at,
        user_id,
        org_id,
        created_at,
        updated_at,
        ..
    } = wire(&share);
    Ok(Json(ShareLook {
        id,
        expires_at,
        user_id,
        org_id,
        created_at,
        updated_at,
        expires_after_views: share.views_left.map(count),
        access_type: Some(share.access.as_str().to_owned()),
        name: share.name,
        last_viewed_at: share.last_viewed_at.map(time),
        kind: "share".to_owned(),
        identity_id: share
            .creator
            .as_ref()
            .and_then(Actor::machine)
            .map(ToString::to_string),
        is_password_protected: share.password_hash.is_some(),
        is_authorized_user: true,
        one_device: share.one_device,
        receipts: share.receipts,
        sender_ends: share.sender_ends,
    }))
}

/// `POST /api/v1/shared-secrets/:id/access`: checks the password first, then gives the value and counts the view in
/// one step. Why it has ended is told to whoever knows the password.
async fn open(
    State(app): State<App>,
    Path(id): Path<ShareId>,
    visit: Visit,
    body: Body,
) -> Reply<OpenedShare> {
    let guest = visit.admit(&app, &id, &body).await?;
    let opened = app.store().open_share(&id, guest.visitor()).await?;
    let (share, secret_value) = opened.map_err(closed)?;
    let org_name = match (&share.organization, share.access) {
        (Some(id), ShareAccess::Organization) => app.store().organization(id).await?.map(|found| found.name),
        _ => None,
    };
    let now = app.now();
    let file_token = share.file.map(|_| {
        let claims = Claims::File {
            share_id: id.as_str().to_owned(),
        };
        app.key().sign(&claims, now, now + FETCHING)
    });
    Ok(Json(OpenedShare {
        share: wire(&share),
        org_name,
        secret_value,
        file_token,
    }))
}

/// `POST /api/v1/shared-secrets/:id/destroy`: checks what opening checks, counts no view, and erases the value.
async fn destroy(State(app): State<App>, Path(id): Path<ShareId>, visit: Visit, body: Body) -> Reply<Value> {
    let guest = visit.admit(&app, &id, &body).await?;
    app.store()
        .destroy_share(&id, guest.visitor())
        .await?
        .map_err(closed)?;
    Ok(Json(json!({})))
}

/// `PATCH /api/v1/shared-secrets/:id`: by whoever made it. Its end only comes nearer: who sealed it has sealed in until
/// when it is good.
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ShareId>,
    body: Body,
) -> Reply<WireShare> {
    let change = body.read(|fields| ShareChange {
        expires_at: fields.has("expiresIn").then(|| app.now() + lasts(&app, fields)),
        views_left: fields
            .is_given("maxViews")
            .then(|| fields.number("maxViews", 1..=MOST_VIEWS)),
        after_view: fields.is_given("expiresInAfterView").then(|| after_view(fields)),
        networks: fields.has("networks").then(|| networks(fields)),
        one_device: fields.flag("oneDevice"),
        receipts: fields.flag("receipts"),
        sender_ends: fields.flag("senderEnds"),
    })?;
    let share = app
        .store()
        .change_share(&id, &caller.actor, change, app.now())
        .await?;
    Ok(Json(own(&share.ok_or_else(|| ended(Gone::Missing))?)))
}

/// `GET /api/v1/shared-secrets/:id/receipts`: for whoever made it.
async fn receipts(State(app): State<App>, caller: Caller, Path(id): Path<ShareId>) -> Reply<ReceiptsAnswer> {
    let receipts = app.store().share_receipts(&id, &caller.actor).await?;
    let receipts = receipts.ok_or_else(|| ended(Gone::Missing))?;
    Ok(Json(ReceiptsAnswer {
        receipts: receipts
            .into_iter()
            .map(|receipt| Receipt {
                address: receipt.address,
                at: time(receipt.at),
            })
            .collect(),
    }))
}

/// `GET /api/v1/shared-secrets`
async fn list(State(app): State<App>, caller: Caller, params: Params) -> Reply<SharesAnswer> {
    let (offset, limit) = params.read(|fields| {
        (
            fields.number("offset", 0..=MOST_LISTED).unwrap_or(0),
            fields.number("limit", 1..=100).unwrap_or(25),
        )
    })?;
    let (shares, total) = app
        .store()
        .shares_of(&caller.actor, &caller.organization, offset, limit)
        .await?;
    Ok(Json(SharesAnswer {
        secrets: shares.iter().map(own).collect(),
        total_count: count(total),
    }))
}

/// `DELETE /api/v1/shared-secrets/:id`: by whoever made it.
async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<ShareId>) -> Reply<WireShare> {
    let share = app.store().revoke_share(&id, &caller.actor, app.now()).await?;
    Ok(Json(wire(&share.ok_or_else(|| ended(Gone::Missing))?)))
}

/// Somebody at the door of a share.
struct Visit {
    limited_by: String,
    peer: IpAddr,
    caller: Result<Caller, Error>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Address(limited_by) = Address::from_request_parts(parts, app).await?;
        let Peer(peer) = Peer::from_request_parts(parts, app).await?;
        Ok(Self {
            limited_by,
            peer,
            caller: Caller::from_request_parts(parts, app).await,
        })
    }
}

impl Visit {
    /// Lets in who knows the password and comes from where they may. Every attempt counts against the address, only wrong
    /// passwords against the share, or else a link for many would stop at as many as may guess.
    ///
    /// Without the password a share that has ended is one that never was.
    async fn admit(self, app: &App, id: &ShareId, body: &Body) -> Result<Guest, Error> {
        let now = app.now();
        limit(app, &self.limited_by)?;
        let (password, device) = body.read(|fields| {
            (
                fields.maybe_text("password", 0..=1024),
                fields.maybe_text("device", 32..=128),
            )
        })?;
        let most = app.config().limits.open_per_share;
        let has_room = || app.limiter().has_room(Rule::OpenShare, most, id.as_str(), now);
        let guessed = || app.limiter().check(Rule::OpenShare, most, id.as_str(), now);
        let Some(share) = app.store().share(id).await? else {
            // Counted as well, or else the count would tell what has ended from what never was.
            match password {
                Some(_) => guessed()?,
                None => has_room()?,
            }
            return Err(ended(Gone::Missing));
        };
        may_open(&share, self.caller)?;
        let end = gone(&share, now);
        let mut networks = share.networks.iter().filter_map(|text| Network::parse(text));
        // From elsewhere nobody tries passwords for what still opens.
        if end.is_none() && !share.networks.is_empty() && !networks.any(|network| network.contains(self.peer))
        {
            return Err(Error::forbidden(Barred::Network.message()));
        }
        if share.password_hash.is_some() {
            let wrong = || match end {
                Some(_) => ended(Gone::Missing),
                None => Error::unauthorized("Invalid credentials"),
            };
            has_room()?;
            let given = password.ok_or_else(wrong)?;
            if !app.passwords().verify(app, given, share.password_hash).await? {
                guessed()?;
                return Err(wrong());
            }
            // Again, for those who try many at once: the right one among them opens only while there is room.
            has_room()?;
        }
        if let Some(why) = end {
            return Err(ended(why));
        }
        Ok(Guest {
            address: self.peer.to_string(),
            device: device.map(|device| Base64UrlUnpadded::encode_string(&Sha256::digest(device))),
            now,
        })
    }
}

/// Somebody who was let in.
struct Guest {
    address: String,
    device: Option<String>,
    now: u64,
}

impl Guest {
    fn visitor(&self) -> Visitor<'_> {
        Visitor {
            address: &self.address,
            device: self.device.as_deref(),
            now: self.now,
        }
    }
}

/// What opens a share, if anything is asked for.
struct Password {
    text: Option<String>,
    is_key: bool,
}

/// What somebody wants to share.
struct Draft {
    value: String,
    name: Option<String>,
    password: Password,
    lasts: u64,
    views: Option<u64>,
    access: ShareAccess,
    after_view: Option<u64>,
    networks: Vec<String>,
    one_device: bool,
    receipts: bool,
    sender_ends: bool,
    file: Option<SharedFile>,
}

impl Draft {
    /// The share of nobody in particular.
    async fn share(&self, app: &App) -> Result<Share, Error> {
        let now = app.now();
        let password_hash = match &self.password.text {
            Some(key) if self.password.is_key => Some(Passwords::hash_key(key)),
            Some(password) => Some(app.passwords().hash(app, password.clone()).await?),
            None => None,
        };
        Ok(Share {
            id: ShareId::new(Base64UrlUnpadded::encode_string(&app.random::<32>())),
            name: None,
            password_hash,
            access: ShareAccess::Anyone,
            organization: None,
            creator: None,
            views_left: self.views,
            opened: 0,
            revoked: false,
            ended_by_admin: false,
            destroyed: false,
            after_view: self.after_view,
            networks: self.networks.clone(),
            one_device: self.one_device,
            sender_ends: self.sender_ends,
            // Nobody could ask for the receipts of a share of nobody, or send its file.
            receipts: false,
            file: None,
            expires_at: now + self.lasts,
            last_viewed_at: None,
            created_at: now,
            updated_at: now,
        })
    }
}

fn read_draft(app: &App, body: &Body) -> Result<Draft, Error> {
    body.read(|fields| Draft {
        lasts: lasts(app, fields),
        value: fields.text("secretValue", 0..=MAX_VALUE),
        name: fields.maybe_text("name", 0..=50),
        password: password(fields),
        views: fields.number("maxViews", 1..=MOST_VIEWS),
        access: access(fields),
        after_view: after_view(fields),
        networks: networks(fields),
        one_device: fields.flag("oneDevice").unwrap_or(false),
        receipts: fields.flag("receipts").unwrap_or(false),
        sender_ends: fields.flag("senderEnds").unwrap_or(false),
        file: file(app, fields),
    })
}

/// What opens it. A key has to look like one.
fn password(fields: &Fields<'_>) -> Password {
    let text = fields.maybe_text("password", 0..=1024);
    let is_key = fields.flag("passwordIsKey").unwrap_or(false);
    if is_key && text.as_ref().is_none_or(|text| text.len() < KEY_LENGTH) {
        fields.wrong("passwordIsKey", "custom", "A key has at least 43 characters");
    }
    Password {
        text: text.filter(|text| !text.is_empty()),
        is_key,
    }
}

/// How long a share lives on once it was opened, in milliseconds.
fn after_view(fields: &Fields<'_>) -> Option<u64> {
    let text = fields.maybe_text("expiresInAfterView", 0..=64)?;
    let after = duration(&text).filter(|after| (MINUTE..=MOST).contains(after));
    if after.is_none() {
        fields.wrong("expiresInAfterView", "custom", "1 minute to 30 days");
    }
    after
}

/// The file that is to come.
fn file(app: &App, fields: &Fields<'_>) -> Option<SharedFile> {
    let most = app.config().share_file_bytes;
    let bytes = fields.number("fileBytes", 1..=most.max(1))?;
    if most == 0 {
        fields.wrong("fileBytes", "custom", "This server takes no files");
    }
    Some(SharedFile {
        bytes,
        missing: bytes.div_ceil(FILE_PIECE),
    })
}

/// From which networks a share opens.
fn networks(fields: &Fields<'_>) -> Vec<String> {
    let networks = fields.texts("networks");
    if networks.len() > MAX_NETWORKS || networks.iter().any(|text| Network::parse(text).is_none()) {
        fields.wrong(
            "networks",
            "custom",
            "Up to 20 networks such as 192.0.2.0/24 or 2001:db8::/32",
        );
    }
    networks
}

/// How long something is to last, in milliseconds.
pub(super) fn lasts(app: &App, fields: &Fields<'_>) -> u64 {
    let lasts = fields
        .maybe_text("expiresIn", 0..=64)
        .unwrap_or_else(|| "30d".to_owned());
    // Older clients send the moment instead.
    let until = fields
        .maybe_text("expiresAt", 0..=64)
        .filter(|_| !fields.has("expiresIn"));
    let until = until.and_then(|until| coffer_wire::Timestamp::from(until).to_millis());
    let lasts = until
        .map(|until| until.saturating_sub(app.now()))
        .or_else(|| duration(&lasts));
    match lasts {
        None => fields.wrong("expiresIn", "custom", "Invalid duration"),
        Some(lasts) if lasts < LEAST => fields.wrong(
            "expiresIn",
            "custom",
            "Expiration time cannot be less than 5 mins",
        ),
        Some(lasts) if lasts > MOST => {
            fields.wrong(
                "expiresIn",
                "custom",
                "Expiration date cannot be more than 30 days",
            );
        }
        Some(_) => {}
    }
    lasts.unwrap_or(LEAST)
}

/// For whom something is.
pub(super) fn access(fields: &Fields<'_>) -> ShareAccess {
    match fields.choice("accessType", &["anyone", "organization"]) {
        Some("anyone") => ShareAccess::Anyone,
        _ => ShareAccess::Organization,
    }
}

/// A share that has not ended, if the caller may open it.
async fn find(app: &App, id: &ShareId, caller: Result<Caller, Error>) -> Result<Share, Error> {
    let share = app.store().share(id).await?.ok_or_else(|| ended(Gone::Missing))?;
    may_open(&share, caller)?;
    match gone(&share, app.now()) {
        Some(why) => Err(ended(why)),
        None => Ok(share),
    }
}

/// Whether a share is for the caller.
fn may_open(share: &Share, caller: Result<Caller, Error>) -> Result<(), Error> {
    if share.access == ShareAccess::Organization {
        let caller = caller?;
        if share.organization.as_ref() != Some(&caller.organization) {
            return Err(Error::forbidden(
                "This secret is shared with another organization",
            ));
        }
    }
    Ok(())
}

pub(super) fn closed(why: Closed) -> Error {
    match why {
        Closed::Barred(why) => Error::forbidden(why.message()),
        Closed::Gone(why) => ended(why),
    }
}

pub(super) fn ended(why: Gone) -> Error {
    Error::not_found(why.message())
}

pub(super) fn limit(app: &App, address: &str) -> Result<(), Error> {
    app.limiter().check(
        Rule::PublicAddress,
        app.config().limits.public_per_address,
        address,
        app.now(),
    )
}

/// What is made and taken back at once takes no room of a quota, and is remembered all the same.
pub(super) fn limit_making(app: &App, caller: &Caller) -> Result<(), Error> {
    app.limiter().check(
        Rule::Shares,
        app.config().limits.shares,
        caller.actor.id(),
        app.now(),
    )
}

/// A share as whoever made it sees it.
fn own(share: &Share) -> WireShare {
    WireShare {
        tally: Some(ShareTally {
            destroyed: share.destroyed,
            ended_by_admin: share.ended_by_admin,
            limits: Some(ShareLimits {
                // Whole minutes, as clients ask for them.
                expires_in_after_view: share
                    .after_view
                    .map(|after| format!("{}m", after.div_ceil(MINUTE))),
                networks: share.networks.clone(),
                one_device: share.one_device,
                receipts: share.receipts,
                sender_ends: share.sender_ends,
            }),
            missing_pieces: share.file.map_or(0, |file| count(file.missing)),
            opened: count(share.opened),
        }),
        ..wire(share)
    }
}

fn wire(share: &Share) -> WireShare {
    WireShare {
        id: share.id.clone(),
        expires_at: time(share.expires_at),
        user_id: share
            .creator
            .as_ref()
            .and_then(Actor::person)
            .map(ToString::to_string),
        org_id: share.organization.as_ref().map(ToString::to_string),
        created_at: time(share.created_at),
        updated_at: time(share.updated_at),
        expires_after_views: share.views_left.map(count),
        access_type: Some(share.access.as_str().to_owned()),
        name: share.name.clone(),
        last_viewed_at: share.last_viewed_at.map(time),
        kind: "share".to_owned(),
        authorized_emails: None,
        identity_id: share
            .creator
            .as_ref()
            .and_then(Actor::machine)
            .map(ToString::to_string),
        allow_external_emails: Some(false),
        shared_secret_link: None,
        tally: None,
    }
}

/// A minute, in milliseconds.
const MINUTE: u64 = 60_000;
/// Five minutes, in milliseconds.
const LEAST: u64 = 300_000;
/// Thirty days, in milliseconds.
const MOST: u64 = 30 * 86_400_000;
const MOST_VIEWS: u64 = 1_000_000;
/// More than anybody has: what has ended is listed, too, so a quota is no bound.
pub(super) const MOST_LISTED: u64 = 1_000_000;
