//! Just-in-time access: policies that say who may let members into a place for a while, and members' requests.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch, post};
use coffer_store::access::{
    AccessRequests, Answer, Authority, Named, NamedApprover, NewAccessRequest, PolicyContent,
};
use coffer_store::model::{
    AccessPolicy, AccessRequest, AccessReview, AccessStatus, Account, Enforcement, Period, Privilege,
    Project, Role,
};
use coffer_store::{StoreError, Thing};
use coffer_wire::access::{
    Approver, DetailedPolicy, DetailedPolicyAnswer, DetailedRequest, Named as WireNamed, Opened, PackedRule,
    Person as WirePerson, PoliciesAnswer, Policy, PolicyAnswer, PolicyCountAnswer, PolicyEnvironment,
    Request, RequestAnswer, RequestCountAnswer, RequestPolicy, RequestsAnswer, Review, ReviewAnswer,
    Reviewer, RevokedAnswer,
};
use coffer_wire::id::{AccessPolicyId, AccessRequestId, EnvironmentId, ProjectId, UserId};

use super::{MAX_NAME, MAX_PATH, pattern, time};
use crate::app::App;
use crate::auth::{Caller, Person, rights};
use crate::error::Error;
use crate::events::Change;
use crate::input::{Body, Fields, Params, duration};
use crate::reply::{Json, Reply};

pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/access-approvals/policies",
            get(policies).post(create_policy),
        )
        .route("/api/v1/access-approvals/policies/count", get(count_policies))
        .route(
            "/api/v1/access-approvals/policies/{id}",
            get(policy).patch(update_policy).delete(delete_policy),
        )
        .route("/api/v1/access-approvals/requests", get(requests).post(ask))
        .route("/api/v1/access-approvals/requests/count", get(count_requests))
        .route("/api/v1/access-approvals/requests/{id}", patch(shorten))
        .route("/api/v1/access-approvals/requests/{id}/review", post(review))
        .route("/api/v1/access-approvals/requests/{id}/revoke", post(revoke))
}

/// `GET /api/v1/access-approvals/policies`: every member may know whom to ask.
async fn policies(State(app): State<App>, caller: Caller, params: Params) -> Reply<PoliciesAnswer> {
    let slug = params.read(|fields| fields.text("projectSlug", 1..=MAX_NAME))?;
    let project = project(&app, &caller, &slug, Role::NoAccess).await?;
    let found = app.store().access_policies(&project.id).await?;
    let approvals = found.into_iter().filter_map(detailed_policy).collect();
    Ok(Json(PoliciesAnswer { approvals }))
}

/// `POST /api/v1/access-approvals/policies`
async fn create_policy(State(app): State<App>, caller: Caller, body: Body) -> Reply<PolicyAnswer> {
    let (slug, content) = body.read(|fields| {
        let environments = read_environments(fields);
        if environments.is_empty() {
            fields.wrong("environments", "custom", "At least one environment is needed");
        }
        if !fields.has("secretPath") {
            fields.wrong("secretPath", "invalid_type", "Required");
        }
        if !fields.has("approvers") {
            fields.wrong("approvers", "invalid_type", "Required");
        }
        let name = || {
            format!(
                "{}-{}",
                environments.first().map_or("", String::as_str),
                &app.id()[..4]
            )
        };
        let content = PolicyContent {
            name: fields.maybe_text("name", 1..=255).unwrap_or_else(name),
            path: read_path(fields).unwrap_or_default(),
            approvals: fields.number("approvals", 1..=100).unwrap_or(1),
            enforcement: read_enforcement(fields).unwrap_or(Enforcement::Hard),
            self_approvals: fields.flag("allowedSelfApprovals").unwrap_or(true),
            longest: read_period(fields, "maxTimePeriod", 1..=MOST),
            waits: read_period(fields, "requestExpirationTime", MINUTE..=YEAR),
            approvers: Some(read_approvers(fields).unwrap_or_default()),
            bypassers: Some(read_bypassers(fields).unwrap_or_default()),
            environments,
        };
        (fields.text("projectSlug", 1..=MAX_NAME), content)
    })?;
    let project = project(&app, &caller, &slug, Role::Admin).await?;
    let made = app
        .store()
        .create_access_policy(&project.id, content, app.now())
        .await?;
    changed(&app, made)
}

/// `GET /api/v1/access-approvals/policies/count`
async fn count_policies(State(app): State<App>, caller: Caller, params: Params) -> Reply<PolicyCountAnswer> {
    let (slug, environment) = params.read(|fields| {
        (
            fields.text("projectSlug", 1..=MAX_NAME),
            fields.text("envSlug", 1..=MAX_NAME),
        )
    })?;
    let project = project(&app, &caller, &slug, Role::NoAccess).await?;
    let found = app.store().access_policies(&project.id).await?;
    let there = |policy: &&AccessPolicy| policy.environments.iter().any(|one| one.slug == environment);
    Ok(Json(PolicyCountAnswer {
        count: found.iter().filter(there).count() as u64,
    }))
}

/// `GET /api/v1/access-approvals/policies/:id`
async fn policy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccessPolicyId>,
) -> Reply<DetailedPolicyAnswer> {
    let found = find_policy(&app, &caller, &id, Role::NoAccess).await?;
    let approval = detailed_policy(found).ok_or_else(|| no_policy(&id))?;
    Ok(Json(DetailedPolicyAnswer { approval }))
}

/// `PATCH /api/v1/access-approvals/policies/:id`: what is absent stays.
async fn update_policy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccessPolicyId>,
    body: Body,
) -> Reply<PolicyAnswer> {
    let found = find_policy(&app, &caller, &id, Role::Admin).await?;
    let content = body.read(|fields| {
        let period = |key, range, before: Option<Period>| match fields.nullable_text(key, 0..=64) {
            None => before,
            Some(None) => None,
            Some(Some(_)) => read_period(fields, key, range),
        };
        PolicyContent {
            name: fields.maybe_text("name", 1..=255).unwrap_or(found.name),
            environments: read_environments(fields),
            path: read_path(fields).unwrap_or(found.path),
            approvals: fields.number("approvals", 1..=100).unwrap_or(found.approvals),
            enforcement: read_enforcement(fields).unwrap_or(found.enforcement),
            self_approvals: fields
                .flag("allowedSelfApprovals")
                .unwrap_or(found.self_approvals),
            longest: period("maxTimePeriod", 1..=MOST, found.longest),
            waits: period("requestExpirationTime", MINUTE..=YEAR, found.waits),
            approvers: read_approvers(fields),
            bypassers: read_bypassers(fields),
        }
    })?;
    changed(
        &app,
        app.store().update_access_policy(&id, content, app.now()).await?,
    )
}

/// `DELETE /api/v1/access-approvals/policies/:id`
async fn delete_policy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccessPolicyId>,
) -> Reply<PolicyAnswer> {
    find_policy(&app, &caller, &id, Role::Admin).await?;
    changed(&app, app.store().delete_access_policy(&id, app.now()).await?)
}

/// `GET /api/v1/access-approvals/requests`: one's own, those that one may answer, and all for administrators.
async fn requests(State(app): State<App>, person: Person, params: Params) -> Reply<RequestsAnswer> {
    let (slug, author, environment) = params.read(|fields| {
        (
            fields.text("projectSlug", 1..=MAX_NAME),
            fields.maybe_text("authorUserId", 0..=MAX_NAME),
            fields.maybe_text("envSlug", 0..=MAX_NAME),
        )
    })?;
    let (seen, all) = seen(&app, &person, &slug).await?;
    let wanted = |request: &&AccessRequest| {
        let by = author
            .as_deref()
            .is_none_or(|author| request.requester.as_str() == author);
        by && environment
            .as_deref()
            .is_none_or(|slug| request.environment_slug == slug)
    };
    let requests = seen.iter().filter(wanted);
    Ok(Json(RequestsAnswer {
        requests: requests
            .filter_map(|request| detailed_request(request, &all))
            .collect(),
    }))
}

/// `GET /api/v1/access-approvals/requests/count`
async fn count_requests(State(app): State<App>, person: Person, params: Params) -> Reply<RequestCountAnswer> {
    let (slug, policy) = params.read(|fields| {
        (
            fields.text("projectSlug", 1..=MAX_NAME),
            fields.maybe_text("policyId", 0..=MAX_NAME),
        )
    })?;
    let (mut seen, _) = seen(&app, &person, &slug).await?;
    seen.retain(|request| {
        policy
            .as_deref()
            .is_none_or(|policy| request.policy.as_str() == policy)
    });
    let now = app.now();
    let waits = |request: &&AccessRequest| {
        request.status == AccessStatus::Pending && request.expires_at.is_none_or(|end| end > now)
    };
    let pending_count = seen.iter().filter(waits).count() as u64;
    Ok(Json(RequestCountAnswer {
        pending_count,
        finalized_count: seen.len() as u64 - pending_count,
    }))
}

/// `POST /api/v1/access-approvals/requests`
async fn ask(State(app): State<App>, person: Person, params: Params, body: Body) -> Reply<RequestAnswer> {
    let slug = params.read(|fields| fields.text("projectSlug", 1..=MAX_NAME))?;
    let project = project(&app, &person.caller, &slug, Role::NoAccess).await?;
    let new = body.read(|fields| {
        let permissions = read_permissions(fields);
        let place = permissions.first().and_then(PackedRule::place);
        let (environment, path) = place.map_or(("", ""), |place| place);
        let is_temporary = fields.flag("isTemporary");
        if is_temporary.is_none() && !fields.has("isTemporary") {
            fields.wrong("isTemporary", "invalid_type", "Required");
        }
        let is_temporary = is_temporary.unwrap_or(true);
        let range = fields.maybe_text("temporaryRange", 0..=64);
        let period = match range.as_deref() {
            None | Some("" | "permanent") => None,
            Some(_) => read_period(fields, "temporaryRange", 1..=MOST),
        };
        if is_temporary && period.is_none() {
            fields.wrong(
                "temporaryRange",
                "custom",
                "Temporary range is required for temporary access",
            );
        }
        NewAccessRequest {
            project: project.id,
            environment: environment.to_owned(),
            path: path.to_owned(),
            requester: person.user,
            is_temporary,
            period,
            note: fields.maybe_text("note", 0..=MAX_NOTE),
            permissions,
        }
    })?;
    let made = app.store().ask_for_access(new, app.now()).await?;
    tell(&app, &made).await;
    Ok(Json(RequestAnswer { approval: wire(made) }))
}

/// `PATCH /api/v1/access-approvals/requests/:id`
async fn shorten(
    State(app): State<App>,
    person: Person,
    Path(id): Path<AccessRequestId>,
    body: Body,
) -> Reply<RequestAnswer> {
    find_request(&app, &person, &id).await?;
    let (period, note) = body.read(|fields| {
        if !fields.has("temporaryRange") {
            fields.wrong("temporaryRange", "invalid_type", "Required");
        }
        (
            read_period(fields, "temporaryRange", 1..=MOST),
            fields.text("editNote", 0..=MAX_NOTE),
        )
    })?;
    let period = period.ok_or_else(|| Error::bad_request(BAD_PERIOD))?;
    let changed = app
        .store()
        .shorten_access(&id, &person.user, period, note, app.now())
        .await?;
    tell(&app, &changed).await;
    Ok(Json(RequestAnswer {
        approval: wire(changed),
    }))
}

/// `POST /api/v1/access-approvals/requests/:id/review`
async fn review(
    State(app): State<App>,
    person: Person,
    Path(id): Path<AccessRequestId>,
    body: Body,
) -> Reply<ReviewAnswer> {
    let (request, _) = find_request(&app, &person, &id).await?;
    let answer = body.read(|fields| {
        let status = fields.choice("status", &["approved", "rejected"]);
        if !fields.has("status") {
            fields.wrong("status", "invalid_type", "Required");
        }
        let reason = fields.maybe_text("bypassReason", 10..=1000);
        match (status, reason) {
            (Some("approved"), Some(reason)) => Answer::Bypass(reason),
            (Some("approved"), None) => Answer::Approve,
            _ => Answer::Reject,
        }
    })?;
    let made = app
        .store()
        .review_access(&id, &person.user, answer, app.now())
        .await?;
    tell(&app, &request).await;
    Ok(Json(ReviewAnswer {
        review: Review {
            id: made.id,
            status: status(made.approves).to_owned(),
            request_id: made.request,
            created_at: time(made.created_at),
            updated_at: time(made.created_at),
            reviewer_user_id: made.reviewer,
        },
    }))
}

/// `POST /api/v1/access-approvals/requests/:id/revoke`
async fn revoke(
    State(app): State<App>,
    person: Person,
    Path(id): Path<AccessRequestId>,
) -> Reply<RevokedAnswer> {
    let (_, authority) = find_request(&app, &person, &id).await?;
    let revoked = app
        .store()
        .revoke_access(&id, &person.user, authority, app.now())
        .await?;
    tell(&app, &revoked).await;
    Ok(Json(RevokedAnswer {
        request: wire(revoked),
    }))
}

/// A project by its slug, for somebody who has at least this role in it.
async fn project(app: &App, caller: &Caller, slug: &str, needed: Role) -> Result<Project, Error> {
    let found = app.store().project_by_slug(&caller.organization, slug).await?;
    let found = found.ok_or_else(|| Error::not_found(format!("Project with slug '{slug}' not found")))?;
    caller.in_project(app, &found.id, needed, SUBJECT).await?;
    Ok(found)
}

async fn find_policy(
    app: &App,
    caller: &Caller,
    id: &AccessPolicyId,
    needed: Role,
) -> Result<AccessPolicy, Error> {
    let found = app
        .store()
        .access_policy(id)
        .await?
        .ok_or_else(|| no_policy(id))?;
    caller.in_project(app, &found.project, needed, SUBJECT).await?;
    Ok(found)
}

/// With what right a member of the project deals with a request in it. What the request itself asks for is weighed by
/// the store, in the transaction that changes it.
async fn find_request(
    app: &App,
    person: &Person,
    id: &AccessRequestId,
) -> Result<(AccessRequest, Authority), Error> {
    let found = app
        .store()
        .access_request(id)
        .await?
        .ok_or_else(|| StoreError::Missing(Thing::AccessRequest(id.to_string())))?;
    let authority = authority(app, &person.caller, &found.project).await?;
    Ok((found, authority))
}

/// Tells whoever listens and may see a request that it changed. What fails here costs a notice, not the request.
async fn tell(app: &App, request: &AccessRequest) {
    if !app.events().is_heard(&request.project) {
        return;
    }
    let mut seen_by = vec![request.requester.clone()];
    if let Ok(Some(policy)) = app.store().access_policy(&request.policy).await {
        seen_by.extend(policy.approvers.into_iter().map(|approver| approver.user));
        seen_by.extend(policy.bypassers.into_iter().map(|bypasser| bypasser.user));
    }
    let seen_by = Some(seen_by);
    app.events().tell(&request.project, Change::Access { seen_by });
}

async fn authority(app: &App, caller: &Caller, project: &ProjectId) -> Result<Authority, Error> {
    let rights = caller.rights(app, project).await?;
    Ok(if rights.has_role(Role::Admin, SUBJECT) {
        Authority::Any
    } else {
        Authority::Own
    })
}

/// The requests of a project that somebody may see.
async fn seen(app: &App, person: &Person, slug: &str) -> Result<(Vec<AccessRequest>, AccessRequests), Error> {
    let project = project(app, &person.caller, slug, Role::NoAccess).await?;
    let by = match authority(app, &person.caller, &project.id).await? {
        Authority::Any => None,
        Authority::Own => Some(&person.user),
    };
    let mut all = app.store().access_requests(&project.id, by).await?;
    Ok((std::mem::take(&mut all.requests), all))
}

fn read_environments(fields: &Fields<'_>) -> Vec<String> {
    let mut slugs = fields.texts("environments");
    slugs.extend(fields.maybe_text("environment", 1..=MAX_NAME));
    slugs.sort_unstable();
    slugs.dedup();
    slugs
}

fn read_path(fields: &Fields<'_>) -> Option<String> {
    let path = fields.maybe_text("secretPath", 1..=MAX_PATH)?;
    Some(pattern(fields, &path))
}

fn read_enforcement(fields: &Fields<'_>) -> Option<Enforcement> {
    let word = fields.choice("enforcementLevel", &["hard", "soft"])?;
    Some(if word == "soft" {
        Enforcement::Soft
    } else {
        Enforcement::Hard
    })
}

fn read_period(fields: &Fields<'_>, key: &str, range: std::ops::RangeInclusive<u64>) -> Option<Period> {
    let text = fields.maybe_text(key, 1..=64)?;
    match duration(&text).filter(|millis| range.contains(millis)) {
        Some(millis) => Some(Period { text, millis }),
        None => {
            fields.wrong(key, "custom", BAD_PERIOD);
            None
        }
    }
}

fn read_approvers(fields: &Fields<'_>) -> Option<Vec<NamedApprover>> {
    let needs: HashMap<u64, u64> = fields
        .objects("approvalsRequired", |step| {
            let number = |key| step.number(key, 1..=100).unwrap_or_default();
            (number("stepNumber"), number("numberOfApprovals"))
        })
        .unwrap_or_default()
        .into_iter()
        .collect();
    let approvers = fields.objects("approvers", |item| {
        let step = item.number("sequence", 1..=100).unwrap_or(1);
        NamedApprover {
            who: read_named(item),
            step,
            needed: needs.get(&step).copied().filter(|needed| *needed > 0),
        }
    })?;
    if !(1..=MOST_NAMED).contains(&approvers.len()) {
        fields.wrong("approvers", "custom", "Between 1 and 100 approvers are needed");
    }
    Some(approvers)
}

fn read_bypassers(fields: &Fields<'_>) -> Option<Vec<Named>> {
    let bypassers = fields.objects("bypassers", read_named)?;
    if bypassers.len() > MOST_NAMED {
        fields.wrong("bypassers", "custom", "At most 100 people can be named");
    }
    Some(bypassers)
}

fn read_named(item: &Fields<'_>) -> Named {
    if item.choice("type", &["user"]).is_none() && !item.has("type") {
        item.wrong("type", "invalid_type", "Required");
    }
    match (
        item.maybe_text("id", 1..=MAX_NAME),
        item.maybe_text("username", 1..=MAX_NAME),
    ) {
        (Some(id), _) => Named::Id(UserId::new(id)),
        (None, Some(username)) => Named::Username(username.to_lowercase()),
        (None, None) => {
            item.wrong("id", "custom", "An id or a username is needed");
            Named::Username(String::new())
        }
    }
}

fn read_permissions(fields: &Fields<'_>) -> Vec<PackedRule> {
    let rules: Vec<PackedRule> = fields.parsed("permissions").unwrap_or_default();
    let complain = |what: &str| fields.wrong("permissions", "custom", what);
    if !(1..=MOST_NAMED).contains(&rules.len()) {
        complain("Between 1 and 100 rules are needed");
        return rules;
    }
    let place = rules.first().and_then(PackedRule::place);
    if place.is_none() || rules.iter().any(|rule| rule.place() != place) {
        complain("All rules have to name the same environment as a text and the same secretPath as a $glob");
    }
    if serde_json::to_string(&rules).is_ok_and(|text| text.len() > MOST_PERMISSIONS) {
        complain("The rules are too long");
    }
    let unpacked = rules.iter().flat_map(PackedRule::unpack);
    if let Some(Err(why)) = unpacked.map(|rule| rights::check(&rule)).find(Result::is_err) {
        complain(&why);
    }
    rules
}

/// A policy that was just written: every member may know of it, and requests may have ended with it.
fn changed(app: &App, policy: AccessPolicy) -> Reply<PolicyAnswer> {
    app.events()
        .tell(&policy.project, Change::Access { seen_by: None });
    let id = policy.id.clone();
    let approval = wire_policy(policy).ok_or_else(|| no_policy(&id))?;
    Ok(Json(PolicyAnswer { approval }))
}

/// A policy as the API writes it; none if it has no environment any more.
fn wire_policy(policy: AccessPolicy) -> Option<Policy> {
    let environments: Vec<_> = policy
        .environments
        .into_iter()
        .map(|environment| PolicyEnvironment {
            id: environment.id,
            name: environment.name,
            slug: environment.slug,
        })
        .collect();
    let first = environments.first()?.clone();
    Some(Policy {
        id: policy.id,
        name: policy.name,
        secret_path: policy.path,
        approvals: policy.approvals,
        env_id: first.id.clone(),
        created_at: time(policy.created_at),
        updated_at: time(policy.updated_at),
        enforcement_level: policy.enforcement.as_str().to_owned(),
        deleted_at: policy.deleted_at.map(time),
        allowed_self_approvals: policy.self_approvals,
        environment: first,
        environments,
        project_id: policy.project,
    })
}

/// Whoever is named and left the project is not said to count.
fn detailed_policy(mut policy: AccessPolicy) -> Option<DetailedPolicy> {
    let steps: HashMap<u64, u64> = policy.steps().into_iter().collect();
    let named = |user, username| WireNamed {
        username: Some(username),
        ..WireNamed::user(user)
    };
    let approvers = std::mem::take(&mut policy.approvers)
        .into_iter()
        .filter(|approver| approver.is_member)
        .map(|approver| WireNamed {
            sequence: Some(approver.step),
            approvals_required: steps.get(&approver.step).copied(),
            ..named(approver.user, approver.username)
        })
        .collect();
    let bypassers = std::mem::take(&mut policy.bypassers)
        .into_iter()
        .filter(|bypasser| bypasser.is_member)
        .map(|bypasser| named(bypasser.user, bypasser.username))
        .collect();
    Some(DetailedPolicy {
        approvers,
        bypassers,
        max_time_period: policy.longest.take().map(|period| period.text),
        request_expiration_time: policy.waits.take().map(|period| period.text),
        policy: wire_policy(policy)?,
    })
}

fn wire(request: AccessRequest) -> Request {
    Request {
        id: request.id,
        policy_id: request.policy,
        privilege_id: request.privilege,
        is_temporary: request.is_temporary,
        temporary_range: request.period.map(|period| period.text),
        permissions: request.permissions,
        created_at: time(request.created_at),
        updated_at: time(request.updated_at),
        requested_by_user_id: request.requester,
        note: request.note,
        privilege_deleted_at: None,
        status: request.status.as_str().to_owned(),
        edited_by_user_id: request.edited_by,
        edit_note: request.edit_note,
        expires_at: request.expires_at.map(time),
        approved_at: request.approved_at.map(time),
        revoked_at: request.revoked_at.map(time),
        approved_by_user_id: request.approved_by,
        revoked_by_user_id: request.revoked_by,
        bypass_reason: request.bypass_reason,
    }
}

/// A request with everything that a list says about it; none if the account or the policy of it is gone meanwhile.
fn detailed_request(request: &AccessRequest, all: &AccessRequests) -> Option<DetailedRequest> {
    let person = |id: &UserId| all.people.get(id.as_str()).map(person);
    let policy = all.policies.get(request.policy.as_str())?;
    let privilege = request
        .privilege
        .as_ref()
        .and_then(|id| all.privileges.get(id.as_str()));
    let reviews = all.reviews.get(request.id.as_str());
    Some(DetailedRequest {
        environment_name: request.environment_slug.clone(),
        is_approved: request.status == AccessStatus::Approved,
        privilege: privilege.map(opened),
        policy: request_policy(policy, &request.environment),
        reviewers: reviews.into_iter().flatten().map(reviewer).collect(),
        requested_by_user: person(&request.requester)?,
        approved_by_user: request.approved_by.as_ref().and_then(person),
        revoked_by_user: request.revoked_by.as_ref().and_then(person),
        request: wire(request.clone()),
    })
}

fn request_policy(policy: &AccessPolicy, environment: &EnvironmentId) -> RequestPolicy {
    let steps: HashMap<u64, u64> = policy.steps().into_iter().collect();
    let approvers = policy.approvers.iter().filter(|approver| approver.is_member);
    let bypassers = policy.bypassers.iter().filter(|bypasser| bypasser.is_member);
    RequestPolicy {
        id: policy.id.clone(),
        name: policy.name.clone(),
        approvals: policy.approvals,
        approvers: approvers
            .map(|approver| Approver {
                user_id: Some(approver.user.clone()),
                sequence: Some(approver.step),
                approvals_required: steps.get(&approver.step).copied(),
                email: Some(approver.email.clone()),
                username: Some(approver.username.clone()),
            })
            .collect(),
        bypassers: bypassers.map(|bypasser| bypasser.user.clone()).collect(),
        secret_path: Some(policy.path.clone()),
        env_id: environment.clone(),
        enforcement_level: policy.enforcement.as_str().to_owned(),
        deleted_at: policy.deleted_at.map(time),
        allowed_self_approvals: policy.self_approvals,
        max_time_period: policy.longest.as_ref().map(|period| period.text.clone()),
        request_expiration_time: policy.waits.as_ref().map(|period| period.text.clone()),
    }
}

fn opened(privilege: &Privilege) -> Opened {
    let temporary = privilege.temporary.as_ref();
    Opened {
        membership_id: privilege.member.clone(),
        is_temporary: temporary.is_some(),
        temporary_mode: temporary.map(|_| "relative".to_owned()),
        temporary_range: temporary.map(|temporary| temporary.range.clone()),
        temporary_access_start_time: temporary.map(|temporary| time(temporary.starts_at)),
        temporary_access_end_time: temporary.map(|temporary| time(temporary.ends_at)),
        permissions: privilege.permissions.clone(),
    }
}

fn reviewer(review: &AccessReview) -> Reviewer {
    Reviewer {
        user_id: review.reviewer.clone(),
        status: status(review.approves).to_owned(),
    }
}

fn person(account: &Account) -> WirePerson {
    WirePerson {
        user_id: account.id.clone(),
        email: Some(account.email.clone()),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        username: account.username.clone(),
    }
}

fn status(approves: bool) -> &'static str {
    if approves { "approved" } else { "rejected" }
}

fn no_policy(id: &AccessPolicyId) -> Error {
    StoreError::Missing(Thing::AccessPolicy(id.to_string())).into()
}

const SUBJECT: &str = "secret-approval";
const BAD_PERIOD: &str =
    "It has to be a positive duration that is long and short enough, such as 30m, 1h or 2d";
const MAX_NOTE: usize = 255;
const MOST_NAMED: usize = 100;
/// Far more than a request for a hundred secrets by name, in bytes of JSON.
const MOST_PERMISSIONS: usize = 16_384;
const MINUTE: u64 = 60_000;
const YEAR: u64 = 365 * 86_400_000;
/// A hundred years: what lasts longer is without end.
const MOST: u64 = 100 * YEAR;
