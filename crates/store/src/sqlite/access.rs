//! Just-in-time access in SQLite.

use std::collections::HashMap;

use coffer_wire::id::{
    AccessPolicyId, AccessRequestId, AccessReviewId, EnvironmentId, MembershipId, PrivilegeId, ProjectId,
    UserId,
};
use sqlx::sqlite::SqliteRow;

use super::accounts::account;
use super::privileges::{self, privilege};
use super::projects::environment;
use super::{Connection, SqliteStore, get, int, maybe_number, number};
use crate::access::{
    Access, AccessRequests, Answer, Authority, Named, NamedApprover, NewAccessRequest, PolicyContent, Refusal,
};
use crate::model::{
    AccessPolicy, AccessRequest, AccessReview, AccessStatus, Approver, Bypasser, Enforcement, Environment,
    Period, Temporary,
};
use crate::privileges::NewPrivilege;
use crate::{StoreError, Thing};

#[async_trait::async_trait]
impl Access for SqliteStore {
    async fn create_access_policy(
        &self,
        project: &ProjectId,
        new: PolicyContent,
        now: u64,
    ) -> Result<AccessPolicy, StoreError> {
        let mut tx = self.begin().await?;
        let id = AccessPolicyId::new(self.id());
        sqlx::query(ADD_POLICY)
            .bind(id.as_str())
            .bind(project.as_str())
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        let made = write_policy(&mut tx, project, &id, &new, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn access_policies(&self, project: &ProjectId) -> Result<Vec<AccessPolicy>, StoreError> {
        let mut tx = self.snapshot().await?;
        let mut found = policies(&mut tx, project).await?;
        found.retain(|policy| policy.deleted_at.is_none() && !policy.environments.is_empty());
        Ok(found)
    }

    async fn access_policy(&self, id: &AccessPolicyId) -> Result<Option<AccessPolicy>, StoreError> {
        let mut tx = self.snapshot().await?;
        let found = policy_by_id(&mut tx, id).await?;
        Ok(found.filter(|policy| policy.deleted_at.is_none() && !policy.environments.is_empty()))
    }

    async fn update_access_policy(
        &self,
        id: &AccessPolicyId,
        content: PolicyContent,
        now: u64,
    ) -> Result<AccessPolicy, StoreError> {
        let mut tx = self.begin().await?;
        let found = living_policy(&mut tx, id).await?;
        let changed = write_policy(&mut tx, &found.project, id, &content, now).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn delete_access_policy(&self, id: &AccessPolicyId, now: u64) -> Result<AccessPolicy, StoreError> {
        let mut tx = self.begin().await?;
        living_policy(&mut tx, id).await?;
        for sql in [DELETE_POLICY, CLOSE_REQUESTS] {
            sqlx::query(sql)
                .bind(int(now))
                .bind(id.as_str())
                .execute(&mut *tx)
                .await?;
        }
        let gone = policy_by_id(&mut tx, id)
            .await?
            .ok_or_else(|| no_policy(id.as_str()))?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn ask_for_access(&self, new: NewAccessRequest, now: u64) -> Result<AccessRequest, StoreError> {
        let mut tx = self.begin().await?;
        let found = sqlx::query(POLICY_AT)
            .bind(new.project.as_str())
            .bind(&new.environment)
            .bind(&new.path)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| no_policy(&format!("{} {}", new.environment, new.path)))?;
        let policy =
            living_policy(&mut tx, &AccessPolicyId::new(get::<String>(&found, "policy_id")?)).await?;
        within(&policy, new.period.as_ref())?;
        let permissions = serde_json::to_string(&new.permissions)
            .map_err(|error| StoreError::Database(error.to_string()))?;
        let waiting = sqlx::query(WAITING)
            .bind(new.project.as_str())
            .bind(new.requester.as_str())
            .bind(int(now))
            .fetch_all(&mut *tx)
            .await?;
        for row in &waiting {
            if get::<String>(row, "permissions")? == permissions {
                return Err(Refusal::AlreadyAsked.into());
            }
        }
        if waiting.len() as u64 >= MOST_WAITING {
            return Err(Refusal::TooMany(MOST_WAITING).into());
        }
        let id = AccessRequestId::new(self.id());
        let expires_at = policy
            .waits
            .as_ref()
            .map(|waits| now.saturating_add(waits.millis));
        sqlx::query(ADD_REQUEST)
            .bind(id.as_str())
            .bind(policy.id.as_str())
            .bind(get::<String>(&found, "environment_id")?)
            .bind(new.requester.as_str())
            .bind(permissions)
            .bind(new.is_temporary)
            .bind(new.period.as_ref().map(|period| period.text.as_str()))
            .bind(new.period.as_ref().map(|period| int(period.millis)))
            .bind(&new.note)
            .bind(expires_at.map(int))
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        let made = known_request(&mut tx, &id).await?;
        self.tell_of_request(&mut tx, &new.project, &new.environment, now)
            .await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn access_request(&self, id: &AccessRequestId) -> Result<Option<AccessRequest>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        request_by_id(&mut connection, id).await
    }

    async fn access_requests(
        &self,
        project: &ProjectId,
        seen_by: Option<&UserId>,
    ) -> Result<AccessRequests, StoreError> {
        let mut tx = self.snapshot().await?;
        let rows = sqlx::query(REQUESTS_OF)
            .bind(project.as_str())
            .bind(seen_by.map(UserId::as_str))
            .fetch_all(&mut *tx)
            .await?;
        let requests = rows.iter().map(request).collect::<Result<Vec<_>, _>>()?;
        let mut all = AccessRequests {
            requests,
            ..AccessRequests::default()
        };
        if all.requests.is_empty() {
            return Ok(all);
        }
        for policy in policies(&mut tx, project).await? {
            all.policies.insert(policy.id.to_string(), policy);
        }
        for row in fetch(&mut tx, PRIVILEGES_OF, project).await? {
            let found = privilege(&row)?;
            all.privileges.insert(found.id.to_string(), found);
        }
        for row in fetch(&mut tx, REVIEWS_OF, project).await? {
            let found = review(&row)?;
            let of = all.reviews.entry(found.request.to_string()).or_default();
            of.push(found);
        }
        for row in fetch(&mut tx, PEOPLE_OF, project).await? {
            let found = account(&row)?;
            all.people.insert(found.id.to_string(), found);
        }
        Ok(all)
    }

    async fn review_access(
        &self,
        id: &AccessRequestId,
        reviewer: &UserId,
        answer: Answer,
        now: u64,
    ) -> Result<AccessReview, StoreError> {
        let mut tx = self.begin().await?;
        let request = known_request(&mut tx, id).await?;
        let policy = policy_by_id(&mut tx, &request.policy)
            .await?
            .ok_or_else(|| no_policy(request.policy.as_str()))?;
        let is_own = request.requester == *reviewer;
        let may = match answer {
            Answer::Approve => policy.has_approver(reviewer) && (policy.self_approvals || !is_own),
            Answer::Bypass(_) => policy.has_bypasser(reviewer),
            Answer::Reject => policy.has_approver(reviewer) || is_own,
        };
        if !may {
            return Err(Refusal::NotReviewer.into());
        }
        waits(&request, now)?;
        let made = AccessReview {
            id: AccessReviewId::new(self.id()),
            request: id.clone(),
            reviewer: reviewer.clone(),
            approves: answer != Answer::Reject,
            created_at: now,
        };
        let mut given = reviews(&mut tx, id).await?;
        if matches!(answer, Answer::Bypass(_)) {
            // Whoever approved as one of several may still find that it cannot wait for the others.
            sqlx::query("DELETE FROM access_reviews WHERE request_id = ? AND user_id = ?")
                .bind(id.as_str())
                .bind(reviewer.as_str())
                .execute(&mut *tx)
                .await?;
            given.retain(|review| review.reviewer != *reviewer);
        }
        if given.iter().any(|review| review.reviewer == *reviewer) {
            return Err(Refusal::AlreadyReviewed.into());
        }
        if answer == Answer::Approve {
            let turn = step_of(&policy, &given, &request);
            let in_turn = |approver: &Approver| approver.user == *reviewer && Some(approver.step) == turn;
            if !policy.approvers.iter().any(in_turn) {
                return Err(Refusal::NotYourTurn.into());
            }
        }
        sqlx::query(ADD_REVIEW)
            .bind(made.id.as_str())
            .bind(id.as_str())
            .bind(reviewer.as_str())
            .bind(status_of(made.approves).as_str())
            .bind(int(now))
            .execute(&mut *tx)
            .await?;
        given.push(made.clone());
        match answer {
            Answer::Reject => {
                sqlx::query(REJECT)
                    .bind(int(now))
                    .bind(id.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            Answer::Bypass(reason) => {
                self.give(&mut tx, &policy, &request, reviewer, Some(&reason), now)
                    .await?;
            }
            Answer::Approve if step_of(&policy, &given, &request).is_none() => {
                self.give(&mut tx, &policy, &request, reviewer, None, now).await?;
            }
            Answer::Approve => {}
        }
        tx.commit().await?;
        Ok(made)
    }

    async fn shorten_access(
        &self,
        id: &AccessRequestId,
        approver: &UserId,
        period: Period,
        note: String,
        now: u64,
    ) -> Result<AccessRequest, StoreError> {
        let mut tx = self.begin().await?;
        let request = known_request(&mut tx, id).await?;
        let policy = living_policy(&mut tx, &request.policy).await?;
        let is_own = request.requester == *approver;
        if !policy.has_approver(approver) || is_own && !policy.self_approvals {
            return Err(Refusal::NotReviewer.into());
        }
        waits(&request, now)?;
        if request
            .period
            .is_some_and(|before| period.millis >= before.millis)
        {
            return Err(Refusal::NotShorter.into());
        }
        sqlx::query(SHORTEN)
            .bind(&period.text)
            .bind(int(period.millis))
            .bind(approver.as_str())
            .bind(note)
            .bind(int(now))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM access_reviews WHERE request_id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let changed = known_request(&mut tx, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn revoke_access(
        &self,
        id: &AccessRequestId,
        by: &UserId,
        authority: Authority,
        now: u64,
    ) -> Result<AccessRequest, StoreError> {
        let mut tx = self.begin().await?;
        let request = known_request(&mut tx, id).await?;
        let policy = policy_by_id(&mut tx, &request.policy)
            .await?
            .ok_or_else(|| no_policy(request.policy.as_str()))?;
        if authority == Authority::Own && request.requester != *by && !policy.has_approver(by) {
            return Err(Refusal::NotRevoker.into());
        }
        if request.status != AccessStatus::Approved {
            return Err(Refusal::NotApproved.into());
        }
        if let Some(privilege) = &request.privilege {
            privileges::remove(&mut tx, privilege).await?;
        }
        sqlx::query(REVOKE)
            .bind(int(now))
            .bind(by.as_str())
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let revoked = known_request(&mut tx, id).await?;
        tx.commit().await?;
        Ok(revoked)
    }
}

impl SqliteStore {
    /// Gives what a request asks for, if the policy still covers it as it was asked for.
    async fn give(
        &self,
        connection: &mut Connection,
        policy: &AccessPolicy,
        request: &AccessRequest,
        by: &UserId,
        bypass_reason: Option<&str>,
        now: u64,
    ) -> Result<(), StoreError> {
        let covered = policy.deleted_at.is_none()
            && policy
                .environments
                .iter()
                .any(|one| one.id == request.environment)
            && request
                .permissions
                .iter()
                .all(|rule| rule.place() == Some((request.environment_slug.as_str(), policy.path.as_str())));
        if !covered {
            return Err(Refusal::Changed.into());
        }
        within(policy, request.period.as_ref())?;
        let member = sqlx::query("SELECT id FROM project_members WHERE project_id = ? AND user_id = ?")
            .bind(policy.project.as_str())
            .bind(request.requester.as_str())
            .fetch_optional(&mut *connection)
            .await?
            .ok_or_else(|| StoreError::Missing(Thing::Member(request.requester.to_string())))?;
        let id = PrivilegeId::new(self.id());
        let new = NewPrivilege {
            slug: format!("requested-privilege-{}", request.id),
            permissions: request
                .permissions
                .iter()
                .flat_map(|rule| rule.unpack())
                .collect(),
            temporary: request.period.as_ref().map(|period| Temporary {
                range: period.text.clone(),
                starts_at: now,
                ends_at: now.saturating_add(period.millis),
            }),
        };
        let member = MembershipId::new(get::<String>(&member, "id")?);
        privileges::add(connection, &id, &member, &new, now).await?;
        sqlx::query(APPROVE)
            .bind(id.as_str())
            .bind(int(now))
            .bind(by.as_str())
            .bind(bypass_reason)
            .bind(request.id.as_str())
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Writes what a policy says over the row of this id.
async fn write_policy(
    connection: &mut Connection,
    project: &ProjectId,
    id: &AccessPolicyId,
    content: &PolicyContent,
    now: u64,
) -> Result<AccessPolicy, StoreError> {
    let period = |period: &Option<Period>| match period {
        Some(period) => (Some(period.text.clone()), Some(int(period.millis))),
        None => (None, None),
    };
    let (longest, waits) = (period(&content.longest), period(&content.waits));
    sqlx::query(WRITE_POLICY)
        .bind(&content.name)
        .bind(&content.path)
        .bind(int(content.approvals))
        .bind(content.enforcement.as_str())
        .bind(content.self_approvals)
        .bind(longest.0)
        .bind(longest.1)
        .bind(waits.0)
        .bind(waits.1)
        .bind(int(now))
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    if !content.environments.is_empty() {
        forget(connection, FORGET_ENVIRONMENTS, id).await?;
    }
    for slug in &content.environments {
        let done = sqlx::query(ADD_ENVIRONMENT)
            .bind(id.as_str())
            .bind(project.as_str())
            .bind(slug)
            .execute(&mut *connection)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Missing(Thing::Environment(slug.clone())));
        }
    }
    if let Some(approvers) = &content.approvers {
        forget(connection, FORGET_APPROVERS, id).await?;
        for NamedApprover { who, step, needed } in approvers {
            name(connection, project, id, who, Some((*step, *needed))).await?;
        }
    }
    if let Some(bypassers) = &content.bypassers {
        forget(connection, FORGET_BYPASSERS, id).await?;
        for who in bypassers {
            name(connection, project, id, who, None).await?;
        }
    }
    let taken = sqlx::query(TAKEN)
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = taken {
        return Err(Refusal::PolicyTaken {
            environment: get(&row, "slug")?,
            path: content.path.clone(),
        }
        .into());
    }
    let written = living_policy(connection, id).await?;
    let twice = |approver: &Approver| {
        let same = |other: &&Approver| other.user == approver.user;
        written.approvers.iter().filter(same).count() > 1
    };
    if let Some(approver) = written.approvers.iter().find(|approver| twice(approver)) {
        return Err(Refusal::NamedTwice(approver.username.clone()).into());
    }
    for (step, needed) in written.steps() {
        let there = written.approvers.iter().filter(|approver| approver.step == step);
        if (there.count() as u64) < needed {
            return Err(Refusal::TooFewApprovers(step).into());
        }
    }
    Ok(written)
}

async fn forget(
    connection: &mut Connection,
    sql: &'static str,
    id: &AccessPolicyId,
) -> Result<(), StoreError> {
    sqlx::query(sql).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

/// Names a member of the project in a policy: as an approver in a step, or as a bypasser.
async fn name(
    connection: &mut Connection,
    project: &ProjectId,
    id: &AccessPolicyId,
    who: &Named,
    step: Option<(u64, Option<u64>)>,
) -> Result<(), StoreError> {
    let (user, username) = match who {
        Named::Id(user) => (Some(user.as_str()), None),
        Named::Username(username) => (None, Some(username.as_str())),
    };
    let done = sqlx::query(ADD_NAMED)
        .bind(id.as_str())
        .bind(project.as_str())
        .bind(user)
        .bind(username)
        .bind(step.map(|(step, _)| int(step)))
        .bind(step.and_then(|(_, needed)| needed).map(int))
        .execute(connection)
        .await?;
    if done.rows_affected() == 0 {
        let who = user.or(username).unwrap_or_default();
        return Err(StoreError::Missing(Thing::Member(who.to_owned())));
    }
    Ok(())
}

/// The step that waits for approvals; none if all have theirs. Only who may approve now counts.
fn step_of(policy: &AccessPolicy, given: &[AccessReview], request: &AccessRequest) -> Option<u64> {
    let says_yes = |approver: &&Approver| {
        let counts = approver.is_member && (policy.self_approvals || approver.user != request.requester);
        counts
            && given
                .iter()
                .any(|review| review.approves && review.reviewer == approver.user)
    };
    let steps = policy.steps();
    // Nobody selected means nobody.
    if steps.is_empty() {
        return Some(1);
    }
    let waits = |(step, needed): &(u64, u64)| {
        let of_step = policy.approvers.iter().filter(|approver| approver.step == *step);
        (of_step.filter(says_yes).count() as u64) < *needed
    };
    steps.iter().find(|step| waits(step)).map(|(step, _)| *step)
}

/// Asks that a request waits for its answer.
fn waits(request: &AccessRequest, now: u64) -> Result<(), Refusal> {
    if request.status != AccessStatus::Pending {
        return Err(Refusal::Closed);
    }
    if request.expires_at.is_some_and(|end| end <= now) {
        return Err(Refusal::Expired);
    }
    Ok(())
}

/// Asks that a policy gives as much time as this; none is without end.
fn within(policy: &AccessPolicy, period: Option<&Period>) -> Result<(), Refusal> {
    match &policy.longest {
        Some(longest) if period.is_none_or(|period| period.millis > longest.millis) => {
            Err(Refusal::TooLong(longest.text.clone()))
        }
        _ => Ok(()),
    }
}

fn status_of(approves: bool) -> AccessStatus {
    if approves {
        AccessStatus::Approved
    } else {
        AccessStatus::Rejected
    }
}

async fn fetch(
    connection: &mut Connection,
    sql: &'static str,
    project: &ProjectId,
) -> Result<Vec<SqliteRow>, StoreError> {
    Ok(sqlx::query(sql)
        .bind(project.as_str())
        .fetch_all(connection)
        .await?)
}

/// All policies of a project, deleted ones too.
async fn policies(connection: &mut Connection, project: &ProjectId) -> Result<Vec<AccessPolicy>, StoreError> {
    let mut environments: HashMap<String, Vec<Environment>> = HashMap::new();
    for row in fetch(connection, ENVIRONMENTS_OF, project).await? {
        let of = environments.entry(get(&row, "policy_id")?).or_default();
        of.push(environment(&row)?);
    }
    let mut people: HashMap<String, (Vec<Approver>, Vec<Bypasser>)> = HashMap::new();
    for row in fetch(connection, NAMED_OF, project).await? {
        let (approvers, bypassers) = people.entry(get(&row, "policy_id")?).or_default();
        let (user, username) = (
            UserId::new(get::<String>(&row, "user_id")?),
            get(&row, "username")?,
        );
        let is_member = get(&row, "is_member")?;
        match maybe_number(&row, "step")? {
            Some(step) => approvers.push(Approver {
                user,
                username,
                email: get(&row, "email")?,
                step,
                needed: maybe_number(&row, "needed")?,
                is_member,
            }),
            None => bypassers.push(Bypasser {
                user,
                username,
                is_member,
            }),
        }
    }
    let rows = fetch(connection, POLICIES_OF, project).await?;
    rows.iter()
        .map(|row| {
            let id: String = get(row, "id")?;
            let (approvers, bypassers) = people.remove(&id).unwrap_or_default();
            Ok(AccessPolicy {
                project: project.clone(),
                name: get(row, "name")?,
                path: get(row, "path")?,
                environments: environments.remove(&id).unwrap_or_default(),
                approvals: number(row, "approvals")?,
                enforcement: match get(row, "enforcement")? {
                    "soft" => Enforcement::Soft,
                    _ => Enforcement::Hard,
                },
                self_approvals: get(row, "self_approvals")?,
                longest: period(row, "longest", "longest_ms")?,
                waits: period(row, "waits", "waits_ms")?,
                approvers,
                bypassers,
                created_at: number(row, "created_at")?,
                updated_at: number(row, "updated_at")?,
                deleted_at: maybe_number(row, "deleted_at")?,
                id: AccessPolicyId::new(id),
            })
        })
        .collect()
}

async fn policy_by_id(
    connection: &mut Connection,
    id: &AccessPolicyId,
) -> Result<Option<AccessPolicy>, StoreError> {
    let row = sqlx::query("SELECT project_id FROM access_policies WHERE id = ?")
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let found = policies(connection, &ProjectId::new(get::<String>(&row, "project_id")?)).await?;
    Ok(found.into_iter().find(|policy| policy.id == *id))
}

/// A policy that counts.
async fn living_policy(connection: &mut Connection, id: &AccessPolicyId) -> Result<AccessPolicy, StoreError> {
    policy_by_id(connection, id)
        .await?
        .filter(|policy| policy.deleted_at.is_none())
        .ok_or_else(|| no_policy(id.as_str()))
}

async fn request_by_id(
    connection: &mut Connection,
    id: &AccessRequestId,
) -> Result<Option<AccessRequest>, StoreError> {
    let row = sqlx::query(REQUEST)
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(request).transpose()
}

async fn known_request(
    connection: &mut Connection,
    id: &AccessRequestId,
) -> Result<AccessRequest, StoreError> {
    request_by_id(connection, id)
        .await?
        .ok_or_else(|| StoreError::Missing(Thing::AccessRequest(id.to_string())))
}

async fn reviews(
    connection: &mut Connection,
    request: &AccessRequestId,
) -> Result<Vec<AccessReview>, StoreError> {
    let rows = sqlx::query("SELECT * FROM access_reviews WHERE request_id = ?")
        .bind(request.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(review).collect()
}

fn request(row: &SqliteRow) -> Result<AccessRequest, StoreError> {
    let user = |column| Ok::<_, StoreError>(get::<Option<String>>(row, column)?.map(UserId::new));
    Ok(AccessRequest {
        id: AccessRequestId::new(get::<String>(row, "id")?),
        policy: AccessPolicyId::new(get::<String>(row, "policy_id")?),
        project: ProjectId::new(get::<String>(row, "project_id")?),
        environment: EnvironmentId::new(get::<String>(row, "environment_id")?),
        environment_slug: get(row, "slug")?,
        requester: UserId::new(get::<String>(row, "user_id")?),
        privilege: get::<Option<String>>(row, "privilege_id")?.map(PrivilegeId::new),
        permissions: serde_json::from_str(get(row, "permissions")?)
            .map_err(|error| StoreError::Database(format!("a request could not be read: {error}")))?,
        is_temporary: get(row, "is_temporary")?,
        period: period(row, "range", "range_ms")?,
        note: get(row, "note")?,
        status: AccessStatus::parse(get(row, "status")?)
            .ok_or_else(|| StoreError::Database("a request has an unknown status".to_owned()))?,
        edited_by: user("edited_by")?,
        edit_note: get(row, "edit_note")?,
        expires_at: maybe_number(row, "expires_at")?,
        approved_at: maybe_number(row, "approved_at")?,
        approved_by: user("approved_by")?,
        revoked_at: maybe_number(row, "revoked_at")?,
        revoked_by: user("revoked_by")?,
        bypass_reason: get(row, "bypass_reason")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

fn review(row: &SqliteRow) -> Result<AccessReview, StoreError> {
    Ok(AccessReview {
        id: AccessReviewId::new(get::<String>(row, "id")?),
        request: AccessRequestId::new(get::<String>(row, "request_id")?),
        reviewer: UserId::new(get::<String>(row, "user_id")?),
        approves: get::<&str>(row, "status")? == AccessStatus::Approved.as_str(),
        created_at: number(row, "created_at")?,
    })
}

fn period(row: &SqliteRow, text: &str, millis: &str) -> Result<Option<Period>, StoreError> {
    let (text, millis) = (get::<Option<String>>(row, text)?, maybe_number(row, millis)?);
    Ok(text.zip(millis).map(|(text, millis)| Period { text, millis }))
}

fn no_policy(what: &str) -> StoreError {
    StoreError::Missing(Thing::AccessPolicy(what.to_owned()))
}

/// How many requests of one person wait in a project at most.
const MOST_WAITING: u64 = 50;

const ADD_POLICY: &str =
    "INSERT INTO access_policies (id, project_id, name, path, approvals, enforcement, self_approvals, created_at,
        updated_at) VALUES (?1, ?2, '', '', 1, 'hard', 0, ?3, ?3)";
const WRITE_POLICY: &str = "UPDATE access_policies SET name = ?, path = ?, approvals = ?, enforcement = ?,
    self_approvals = ?, longest = ?, longest_ms = ?, waits = ?, waits_ms = ?, updated_at = ? WHERE id = ?";
const ADD_ENVIRONMENT: &str = "INSERT OR IGNORE INTO access_policy_environments (policy_id, environment_id)
    SELECT ?1, id FROM environments WHERE project_id = ?2 AND slug = ?3";
const FORGET_APPROVERS: &str = "DELETE FROM access_policy_people WHERE policy_id = ? AND step IS NOT NULL";
const FORGET_ENVIRONMENTS: &str = "DELETE FROM access_policy_environments WHERE policy_id = ?";
const FORGET_BYPASSERS: &str = "DELETE FROM access_policy_people WHERE policy_id = ? AND step IS NULL";
const ADD_NAMED: &str = "INSERT INTO access_policy_people (policy_id, user_id, step, needed, position)
    SELECT ?1, u.id, ?5, ?6,
        (SELECT coalesce(max(position), 0) + 1 FROM access_policy_people WHERE policy_id = ?1)
    FROM users u JOIN project_members m ON m.user_id = u.id AND m.project_id = ?2
    WHERE u.id = ?3 OR u.username = ?4";
const TAKEN: &str = "SELECT e.slug FROM access_policies p
    JOIN access_policy_environments pe ON pe.policy_id = p.id
    JOIN environments e ON e.id = pe.environment_id
    JOIN access_policy_environments other ON other.environment_id = pe.environment_id AND other.policy_id <> p.id
    JOIN access_policies o ON o.id = other.policy_id AND o.path = p.path AND o.deleted_at IS NULL
    WHERE p.id = ?";
const DELETE_POLICY: &str = "UPDATE access_policies SET deleted_at = ?1, updated_at = ?1 WHERE id = ?2";
const CLOSE_REQUESTS: &str = "UPDATE access_requests SET status = 'rejected', updated_at = ?1 WHERE policy_id = ?2 AND status = 'pending'";
const POLICIES_OF: &str = "SELECT * FROM access_policies WHERE project_id = ? ORDER BY created_at, id";
const ENVIRONMENTS_OF: &str = "SELECT e.*, pe.policy_id FROM access_policies p
    JOIN access_policy_environments pe ON pe.policy_id = p.id JOIN environments e ON e.id = pe.environment_id
    WHERE p.project_id = ? ORDER BY e.position, e.created_at";
const NAMED_OF: &str = "SELECT n.*, u.username, u.email,
        EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = p.project_id AND m.user_id = n.user_id) AS is_member
    FROM access_policies p JOIN access_policy_people n ON n.policy_id = p.id JOIN users u ON u.id = n.user_id
    WHERE p.project_id = ? ORDER BY n.position";
const POLICY_AT: &str = "SELECT pe.policy_id, pe.environment_id FROM access_policies p
    JOIN access_policy_environments pe ON pe.policy_id = p.id JOIN environments e ON e.id = pe.environment_id
    WHERE p.project_id = ? AND e.slug = ? AND p.path = ? AND p.deleted_at IS NULL";
const WAITING: &str = "SELECT r.permissions FROM access_requests r JOIN access_policies p ON p.id = r.policy_id
    WHERE p.project_id = ? AND r.user_id = ? AND r.status = 'pending' AND (r.expires_at IS NULL OR r.expires_at > ?)";
const ADD_REQUEST: &str =
    "INSERT INTO access_requests (id, policy_id, environment_id, user_id, permissions, is_temporary, range, range_ms,
        note, expires_at, status, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'pending', ?11, ?11)";
const REQUEST: &str = "SELECT r.*, e.slug, e.project_id FROM access_requests r
    JOIN environments e ON e.id = r.environment_id WHERE r.id = ?";
const REQUESTS_OF: &str = "SELECT r.*, e.slug, e.project_id FROM access_requests r
    JOIN environments e ON e.id = r.environment_id
    WHERE e.project_id = ?1 AND (?2 IS NULL OR r.user_id = ?2 OR EXISTS (
        SELECT 1 FROM access_policy_people n WHERE n.policy_id = r.policy_id AND n.user_id = ?2))
    ORDER BY r.created_at DESC, r.rowid DESC";
const PRIVILEGES_OF: &str = "SELECT v.*, m.project_id, m.user_id, m.identity_id FROM access_requests r
    JOIN privileges v ON v.id = r.privilege_id JOIN project_members m ON m.id = v.member_id WHERE m.project_id = ?";
const REVIEWS_OF: &str = "SELECT w.* FROM access_reviews w JOIN access_requests r ON r.id = w.request_id
    JOIN access_policies p ON p.id = r.policy_id WHERE p.project_id = ? ORDER BY w.created_at, w.rowid";
const PEOPLE_OF: &str =
    "SELECT DISTINCT u.* FROM access_policies p JOIN access_requests r ON r.policy_id = p.id
    JOIN users u ON u.id IN (r.user_id, r.approved_by, r.revoked_by) WHERE p.project_id = ?";
const ADD_REVIEW: &str =
    "INSERT INTO access_reviews (id, request_id, user_id, status, created_at) VALUES (?, ?, ?, ?, ?)";
const APPROVE: &str = "UPDATE access_requests SET status = 'approved', privilege_id = ?1, approved_at = ?2,
    approved_by = ?3, bypass_reason = ?4, updated_at = ?2 WHERE id = ?5";
const REJECT: &str = "UPDATE access_requests SET status = 'rejected', updated_at = ? WHERE id = ?";
const SHORTEN: &str = "UPDATE access_requests SET is_temporary = 1, range = ?, range_ms = ?, edited_by = ?,
    edit_note = ?, updated_at = ? WHERE id = ?";
const REVOKE: &str = "UPDATE access_requests SET status = 'revoked', privilege_id = NULL, revoked_at = ?1,
    revoked_by = ?2, updated_at = ?1 WHERE id = ?3";
