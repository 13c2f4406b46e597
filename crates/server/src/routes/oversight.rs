//! What others have shared or asked for, for the administrators of an organisation.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete as deleting, get};
use coffer_store::model::{Actor, OrgRole, OverseenLink, OverseenWhat};
use coffer_wire::id::LinkHandle;
use coffer_wire::share::{LinkOwner, Overseen, OverseenAnswer, OverseenKind, OwnerKind};
use serde_json::{Value, json};

use super::shares::MOST_LISTED;
use super::{count, time};
use crate::app::App;
use crate::auth::{Caller, Person};
use crate::error::Error;
use crate::input::Params;
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/shared-secrets/organization", get(list))
        .route("/api/v1/shared-secrets/organization/{handle}", deleting(end))
}

/// `GET /api/v1/shared-secrets/organization`: nothing in it opens, answers or reads anything.
async fn list(State(app): State<App>, person: Person, params: Params) -> Reply<OverseenAnswer> {
    administrator(&person.caller)?;
    let (offset, limit) = params.read(|fields| {
        (
            fields.number("offset", 0..=MOST_LISTED).unwrap_or(0),
            fields.number("limit", 1..=100).unwrap_or(25),
        )
    })?;
    let (links, total) = app
        .store()
        .overseen_links(
            &person.caller.organization,
            &person.user,
            offset,
            limit,
            app.now(),
        )
        .await?;
    Ok(Json(OverseenAnswer {
        links: links.into_iter().map(wire).collect(),
        total_count: count(total),
    }))
}

/// `DELETE /api/v1/shared-secrets/organization/:handle`: what it holds is erased.
async fn end(State(app): State<App>, person: Person, Path(handle): Path<LinkHandle>) -> Reply<Value> {
    administrator(&person.caller)?;
    let organization = &person.caller.organization;
    match app
        .store()
        .end_overseen_link(organization, &handle, app.now())
        .await?
    {
        true => Ok(Json(json!({}))),
        false => Err(Error::not_found("Shared secret or request not found")),
    }
}

fn administrator(caller: &Caller) -> Result<(), Error> {
    caller.in_organization(&caller.organization, OrgRole::Admin, "secret-share")
}

fn wire(link: OverseenLink) -> Overseen {
    let (kind, views_left, opened, file_bytes, answers, most) = match link.what {
        OverseenWhat::Share {
            views_left,
            opened,
            file_bytes,
        } => (OverseenKind::Share, views_left, opened, file_bytes, 0, 0),
        OverseenWhat::Request { answers, most } => (OverseenKind::Request, None, 0, None, answers, most),
    };
    Overseen {
        handle: link.handle,
        kind,
        owner: link.owner.map(|owner| LinkOwner {
            kind: match owner.actor {
                Actor::Machine(_) => OwnerKind::Identity,
                Actor::Person(_) => OwnerKind::User,
            },
            name: owner.name,
            is_member: owner.is_member,
        }),
        created_at: time(link.created_at),
        expires_at: time(link.expires_at),
        expires_after_views: views_left.map(count),
        opened: count(opened),
        file_bytes,
        answers: count(answers),
        max_answers: count(most),
    }
}
