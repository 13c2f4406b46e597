//! What every store does, whichever engine it stands on. Between them the behaviours run every statement.
#![allow(clippy::unwrap_used, missing_docs, reason = "a panic is how a test fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coffer_store::access::{
    Answer, Authority, Named, NamedApprover, NewAccessRequest, PolicyContent, Refusal,
};
use coffer_store::accounts::{Bootstrap, Completion, Invitation};
use coffer_store::files::{ABANDONED, FETCHING};
use coffer_store::machines::NewClientSecret;
use coffer_store::model::{
    AccessStatus, Actor, Enforcement, Holder, MachineToken, OrgRole, OverseenLink, OverseenWhat, Pass,
    Period, Place, Project, Quota, Role, RoleChoice, Rotation, Secret, SecretRequest, Session, Share,
    ShareAccess, SharedFile, Temporary, UniversalLogin, UniversalSettings, Visitor,
};
use coffer_store::privileges::{NewPrivilege, PrivilegePatch};
use coffer_store::projects::{NewProject, ProjectPatch};
use coffer_store::requests::Answered;
use coffer_store::rules::RuleContent;
use coffer_store::secrets::{Absent, Change, Content, What};
use coffer_store::shares::{Closed, ShareChange};
use coffer_store::webhooks::{About, MOST_WAITING, NewWebhook, PAUSES, WebhookChange};
use coffer_store::{
    IdSource, Oversight as _, SecretRequests as _, Secrets as _, SharedFiles as _, Shares as _, SqliteStore,
    Store, StoreError, Thing,
};
use coffer_wire::access::PackedRule;
use coffer_wire::id::{
    AccessPolicyId, AccessRequestId, ClientId, MembershipId, OrganizationId, ProjectId, SecretId, SessionId,
    ShareId, UserId,
};
use coffer_wire::privilege::{Actions, Conditions, Matcher, Permission};
use coffer_wire::rule::{Constraint, Inputs};
use coffer_wire::secret::Metadata;
use coffer_wire::share::{Barred, FILE_PIECE, Gone};
use coffer_wire::webhook::WebhookKind;

/// Every behaviour once per engine. The next engine is one more module here.
macro_rules! contract {
    ($($behaviour:ident),* $(,)?) => {
        mod sqlite_in_memory {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(&super::SqliteStore::in_memory(super::ids()).await.unwrap()).await;
            })*
        }

        mod sqlite_in_a_file {
            $(#[tokio::test]
            async fn $behaviour() {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("store.db");
                let store = super::SqliteStore::open(&path, super::ids()).await.unwrap();
                super::$behaviour(&store).await;
                super::Store::close(&store).await;
            })*
        }
    };
}

contract! {
    a_batch_is_all_or_nothing,
    a_folder_is_found_by_its_path,
    a_list_knows_whom_it_is_for,
    a_machine_logs_in_with_a_secret_that_counts,
    a_machine_token_lives_as_long_as_it_may,
    a_personal_secret_hides_behind_its_shared_one,
    a_privilege_counts_with_its_membership_and_its_time,
    a_project_is_its_members,
    a_refresh_token_counts_once,
    a_rule_goes_with_its_environment,
    a_share_gives_as_many_views_as_it_has,
    a_share_keeps_to_its_limits_and_tells_its_creator,
    a_stale_change_is_refused,
    access_is_given_with_the_last_approval_and_taken_back,
    administrators_end_what_others_share_and_see_nothing_of_it,
    a_share_opens_once_its_file_is_there,
    an_account_shares_no_more_than_its_quota,
    an_invitation_is_spent_once,
    an_organization_keeps_an_administrator,
    deleting_takes_everything_inside_along,
    environments_keep_their_order,
    limits_of_a_share_change_each_for_itself,
    moved_secrets_start_anew,
    sweeping_forgets_what_is_over,
    the_first_account_is_made_once,
    versions_are_kept_up_to_the_limit,
    what_waits_for_a_webhook_has_a_bound_and_is_taken_once,
}

fn ids() -> IdSource {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Arc::new(|| format!("id-{:08}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

const NOW: u64 = 1_795_337_330_616;
const MINUTE: u64 = 60_000;
const PLENTY: Quota = Quota {
    bytes: 1 << 20,
    files: 1 << 20,
    live: 100,
};

struct Office {
    admin: UserId,
    organization: OrganizationId,
    project: Project,
}

impl Office {
    async fn open(store: &dyn Store) -> Self {
        let made = bootstrap(store).await;
        let creator = Actor::Person(made.0.clone());
        let new = NewProject {
            organization: made.1.clone(),
            name: "Work".into(),
            description: None,
            slug: "work".into(),
            has_delete_protection: false,
            environments: vec![
                ("Development".into(), "dev".into()),
                ("Production".into(), "prod".into()),
            ],
            creator,
        };
        let project = store.create_project(new, NOW).await.unwrap();
        Self {
            admin: made.0,
            organization: made.1,
            project,
        }
    }

    fn actor(&self) -> Actor {
        Actor::Person(self.admin.clone())
    }

    fn at(&self, path: &str) -> Place {
        Place {
            project: self.project.id.clone(),
            environment: "dev".into(),
            path: path.into(),
        }
    }

    async fn write(
        &self,
        store: &dyn Store,
        place: &Place,
        change: Change,
    ) -> Result<Vec<Secret>, StoreError> {
        store.write_secrets(place, vec![change], &self.actor(), NOW).await
    }
}

async fn bootstrap(store: &dyn Store) -> (UserId, OrganizationId) {
    let first = Bootstrap {
        email: "Admin@coffer.test".into(),
        password_hash: "hash".into(),
        organization: "Acme".into(),
        organization_slug: "acme".into(),
        token_ttl: 60,
    };
    let made = store.bootstrap(first, NOW).await.unwrap();
    (made.account.id, made.organization.id)
}

async fn role(store: &dyn Store, actor: &Actor, project: &ProjectId, now: u64) -> Option<Role> {
    let standing = store.standing(actor, project, now).await.unwrap();
    standing.map(|standing| standing.role)
}

/// Invites somebody and completes the account.
async fn join(store: &dyn Store, office: &Office, email: &str) -> UserId {
    let code = [7; 32];
    let invitation = Invitation {
        organization: office.organization.clone(),
        role: OrgRole::Member,
        people: vec![(email.into(), code)],
        projects: vec![],
        expires_at: NOW + MINUTE,
    };
    store.invite(invitation, NOW).await.unwrap();
    let user = store
        .invited(&office.organization, email, &code, NOW)
        .await
        .unwrap()
        .unwrap()
        .id;
    complete(store, office, &user).await.unwrap();
    user
}

async fn complete(store: &dyn Store, office: &Office, user: &UserId) -> Result<(), StoreError> {
    let completion = Completion {
        user: user.clone(),
        organization: office.organization.clone(),
        first_name: "Bob".into(),
        last_name: None,
        password_hash: "hash".into(),
    };
    store
        .complete_account(completion, NOW)
        .await
        .map(|account| assert!(account.password_hash.is_some()))
}

fn create(name: &str, value: &str) -> Change {
    Change {
        name: name.into(),
        owner: None,
        path: None,
        what: What::Create(content(value)),
    }
}

fn update(name: &str, value: &str, expected: Option<u64>, absent: Absent) -> Change {
    let what = What::Update {
        content: content(value),
        rename: None,
        expected,
        absent,
    };
    Change {
        name: name.into(),
        owner: None,
        path: None,
        what,
    }
}

fn delete(name: &str) -> Change {
    Change {
        name: name.into(),
        owner: None,
        path: None,
        what: What::Delete { expected: None },
    }
}

fn content(value: &str) -> Content {
    Content {
        value: Some(value.into()),
        ..Content::default()
    }
}

fn names(rows: &[Secret]) -> Vec<String> {
    rows.iter()
        .map(|row| format!("{}:{}", row.path, row.name))
        .collect()
}

async fn the_first_account_is_made_once(store: &dyn Store) {
    let instance = store.instance(NOW).await.unwrap();
    assert!(!instance.initialized);
    let (user, organization) = bootstrap(store).await;
    assert!(store.instance(NOW).await.unwrap().initialized);
    assert_eq!(store.instance(NOW).await.unwrap().id, instance.id);
    let again = Bootstrap {
        email: "eve@coffer.test".into(),
        password_hash: String::new(),
        organization: "Eve".into(),
        organization_slug: "eve".into(),
        token_ttl: 60,
    };
    let refused = store.bootstrap(again, NOW).await.unwrap_err();
    assert!(matches!(refused, StoreError::Exists(Thing::Instance)));
    let account = store
        .account_by_username("ADMIN@coffer.test")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((account.id.clone(), account.is_admin), (user.clone(), true));
    assert_eq!(
        store.account(&user).await.unwrap().unwrap().username,
        "admin@coffer.test"
    );
    let mine = store.organizations_of(&Actor::Person(user)).await.unwrap();
    assert_eq!(
        (mine[0].0.id.clone(), mine[0].1),
        (organization.clone(), OrgRole::Admin)
    );
    assert_eq!(
        store.organization(&organization).await.unwrap().unwrap().slug,
        "acme"
    );
    assert!(store.account(&UserId::new("nobody")).await.unwrap().is_none());
}

async fn an_invitation_is_spent_once(store: &dyn Store) {
    let office = Office::open(store).await;
    let invitation = Invitation {
        organization: office.organization.clone(),
        role: OrgRole::Member,
        people: vec![
            ("bob@coffer.test".into(), [1; 32]),
            ("admin@coffer.test".into(), [2; 32]),
        ],
        projects: vec![(office.project.id.clone(), vec![Role::Viewer])],
        expires_at: NOW + MINUTE,
    };
    let invited = store.invite(invitation, NOW).await.unwrap();
    assert_eq!(
        invited
            .iter()
            .map(|invited| invited.needs_sign_up)
            .collect::<Vec<_>>(),
        [true, false]
    );
    let find = async |code: [u8; 32], now| {
        let found = store
            .invited(&office.organization, "Bob@coffer.test", &code, now)
            .await
            .unwrap();
        found.map(|account| account.id)
    };
    assert!(find([9; 32], NOW).await.is_none() && find([1; 32], NOW + MINUTE).await.is_none());
    let bob = find([1; 32], NOW).await.unwrap();
    complete(store, &office, &bob).await.unwrap();
    assert!(matches!(
        complete(store, &office, &bob).await,
        Err(StoreError::Missing(Thing::Account))
    ));
    assert!(find([1; 32], NOW).await.is_none());
    assert_eq!(
        role(store, &Actor::Person(bob), &office.project.id, NOW).await,
        Some(Role::Viewer),
        "the invitation's project counts at once"
    );
}

async fn an_organization_keeps_an_administrator(store: &dyn Store) {
    let office = Office::open(store).await;
    let bob = join(store, &office, "bob@coffer.test").await;
    let members = store.organization_members(&office.organization).await.unwrap();
    let member = |id: &UserId| {
        members
            .iter()
            .find(|member| member.account.id == *id)
            .unwrap()
            .id
            .clone()
    };
    let (admin, other) = (member(&office.admin), member(&bob));
    let set = async |who: &MembershipId, role| {
        store
            .set_organization_role(&office.organization, who, role, NOW)
            .await
    };
    assert!(matches!(
        set(&admin, OrgRole::Member).await,
        Err(StoreError::Protected)
    ));
    let gone = store
        .remove_organization_member(&office.organization, &admin)
        .await;
    assert!(matches!(gone, Err(StoreError::Protected)));
    assert_eq!(set(&other, OrgRole::Admin).await.unwrap().role, OrgRole::Admin);
    set(&admin, OrgRole::NoAccess).await.unwrap();
    store
        .remove_organization_member(&office.organization, &admin)
        .await
        .unwrap();
    assert_eq!(role(store, &office.actor(), &office.project.id, NOW).await, None);
    let missing = set(&MembershipId::new("nobody"), OrgRole::Admin).await;
    assert!(matches!(missing, Err(StoreError::Missing(Thing::Member(_)))));
}

async fn a_refresh_token_counts_once(store: &dyn Store) {
    let office = Office::open(store).await;
    let session = |id: &str| Session {
        id: SessionId::new(id),
        user: office.admin.clone(),
        organization: None,
        current: "one".into(),
        issued_at: NOW,
        expires_at: NOW + 10 * MINUTE,
    };
    let id = SessionId::new("s1");
    store.start_session(session("s1"), NOW).await.unwrap();
    store.start_session(session("s2"), NOW).await.unwrap();
    let (found, role) = store
        .session(&id, Some(&office.organization), NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.user, role), (office.admin.clone(), Some(OrgRole::Admin)));
    assert!(
        store
            .session(&id, None, NOW + 10 * MINUTE)
            .await
            .unwrap()
            .is_none()
    );
    let selected = store
        .select_organization(&id, &office.organization, "two", NOW)
        .await
        .unwrap();
    assert_eq!(
        (selected.organization.as_ref(), selected.current.as_str()),
        (Some(&office.organization), "two")
    );
    let rotate = async |token: &str, now| {
        store
            .rotate_session(&id, token, "three", now, MINUTE)
            .await
            .unwrap()
    };
    assert!(matches!(rotate("one", NOW).await, Rotation::Repeated(session) if session.current == "two"));
    assert!(matches!(rotate("two", NOW).await, Rotation::Rotated(session) if session.current == "three"));
    assert!(matches!(rotate("two", NOW + MINUTE).await, Rotation::Stolen));
    assert!(matches!(rotate("three", NOW).await, Rotation::Ended));
    store.set_password(&office.admin, "new", None, NOW).await.unwrap();
    assert!(
        store
            .session(&SessionId::new("s2"), None, NOW)
            .await
            .unwrap()
            .is_none()
    );
    store.start_session(session("s3"), NOW).await.unwrap();
    store.end_session(&SessionId::new("s3")).await.unwrap();
    assert!(
        store
            .session(&SessionId::new("s3"), None, NOW)
            .await
            .unwrap()
            .is_none()
    );
    let missing = store
        .select_organization(&SessionId::new("s3"), &office.organization, "x", NOW)
        .await;
    assert!(matches!(missing, Err(StoreError::Missing(Thing::Session))));
}

async fn a_machine_logs_in_with_a_secret_that_counts(store: &dyn Store) {
    let office = Office::open(store).await;
    let machine = store
        .create_identity(&office.organization, "ci", OrgRole::NoAccess, true, NOW)
        .await
        .unwrap()
        .id;
    let nowhere = store
        .create_identity(&OrganizationId::new("none"), "ci", OrgRole::NoAccess, false, NOW)
        .await;
    assert!(matches!(nowhere, Err(StoreError::Missing(Thing::Organization))));
    assert_eq!(store.identities(&office.organization).await.unwrap().len(), 2);
    let auth = store
        .attach_universal_auth(&machine, UniversalSettings::default(), NOW)
        .await
        .unwrap();
    let again = store
        .attach_universal_auth(&machine, UniversalSettings::default(), NOW)
        .await;
    assert!(matches!(again, Err(StoreError::Exists(Thing::UniversalAuth))));
    let settings = UniversalSettings {
        lockout_threshold: 2,
        ..UniversalSettings::default()
    };
    store
        .update_universal_auth(&machine, settings.clone(), NOW)
        .await
        .unwrap();
    assert_eq!(
        store.universal_auth(&machine).await.unwrap().unwrap().settings,
        settings
    );
    let secret = |hash: u8, uses_limit, ttl| NewClientSecret {
        hash: [hash; 32],
        prefix: "abcd".into(),
        description: String::new(),
        uses_limit,
        ttl,
    };
    let lasting = store
        .create_client_secret(&machine, secret(1, 0, 0), NOW)
        .await
        .unwrap();
    store
        .create_client_secret(&machine, secret(2, 1, 0), NOW)
        .await
        .unwrap();
    store
        .create_client_secret(&machine, secret(3, 0, 60), NOW)
        .await
        .unwrap();
    let log_in = async |hash: u8, now: u64| {
        store
            .universal_login(&auth.client_id, &[hash; 32], now)
            .await
            .unwrap()
    };
    assert!(matches!(log_in(1, NOW).await, UniversalLogin::Granted(token) if token.identity.id == machine));
    assert!(matches!(log_in(2, NOW).await, UniversalLogin::Granted(_)));
    assert!(
        matches!(log_in(2, NOW).await, UniversalLogin::Refused),
        "its one use is spent"
    );
    assert!(matches!(log_in(3, NOW).await, UniversalLogin::Granted(_)));
    assert!(
        matches!(log_in(3, NOW + MINUTE).await, UniversalLogin::Refused),
        "its time is over"
    );
    assert!(matches!(log_in(9, NOW + MINUTE).await, UniversalLogin::Refused));
    assert!(matches!(log_in(1, NOW + MINUTE).await, UniversalLogin::Locked));
    assert!(matches!(
        log_in(1, NOW + 7 * MINUTE).await,
        UniversalLogin::Granted(_)
    ));
    let unknown = store
        .universal_login(&ClientId::new("none"), &[1; 32], NOW)
        .await
        .unwrap();
    assert!(matches!(unknown, UniversalLogin::Refused));
    assert!(
        store
            .revoke_client_secret(&machine, &lasting.id, NOW)
            .await
            .unwrap()
            .revoked
    );
    assert_eq!(
        store
            .client_secrets(&machine)
            .await
            .unwrap()
            .iter()
            .filter(|secret| secret.revoked)
            .count(),
        1
    );
    assert!(matches!(
        log_in(1, NOW + 8 * MINUTE).await,
        UniversalLogin::Refused
    ));
    assert!(matches!(
        store.delete_identity(&machine, NOW).await,
        Err(StoreError::Protected)
    ));
    store
        .update_identity(&machine, Some("ci2"), Some(OrgRole::Member), Some(false), NOW)
        .await
        .unwrap();
    let read = store.identity(&machine).await.unwrap().unwrap();
    assert_eq!(
        (read.name.as_str(), read.role, read.has_universal_auth),
        ("ci2", OrgRole::Member, true)
    );
    let mine = store
        .organizations_of(&Actor::Machine(machine.clone()))
        .await
        .unwrap();
    assert_eq!(mine[0].1, OrgRole::Member);
    store.detach_universal_auth(&machine).await.unwrap();
    assert!(store.universal_auth(&machine).await.unwrap().is_none());
    store.delete_identity(&machine, NOW).await.unwrap();
    assert!(store.identity(&machine).await.unwrap().is_none());
}

async fn a_machine_token_lives_as_long_as_it_may(store: &dyn Store) {
    let office = Office::open(store).await;
    let machine = store
        .create_identity(&office.organization, "ci", OrgRole::NoAccess, false, NOW)
        .await
        .unwrap()
        .id;
    let settings = UniversalSettings {
        token_ttl: 60,
        token_max_ttl: 90,
        token_uses_limit: 2,
        ..UniversalSettings::default()
    };
    let auth = store
        .attach_universal_auth(&machine, settings, NOW)
        .await
        .unwrap();
    let secret = NewClientSecret {
        hash: [1; 32],
        prefix: String::new(),
        description: String::new(),
        uses_limit: 0,
        ttl: 0,
    };
    store.create_client_secret(&machine, secret, NOW).await.unwrap();
    let UniversalLogin::Granted(token) = store
        .universal_login(&auth.client_id, &[1; 32], NOW)
        .await
        .unwrap()
    else {
        panic!("the login works");
    };
    let use_it = async |now| store.use_machine_token(&token.id, now).await.unwrap();
    assert!(!use_it(NOW).await.unwrap().used_up && !use_it(NOW).await.unwrap().used_up);
    assert!(use_it(NOW).await.unwrap().used_up);
    assert!(use_it(NOW + MINUTE).await.is_none());
    let renewed = store.renew_machine_token(&token.id, NOW + 59_000).await.unwrap();
    assert_eq!(renewed.expires_at, NOW + 90_000, "not beyond its longest life");
    assert!(use_it(NOW + MINUTE).await.is_some());
    store.revoke_machine_token(&token.id).await.unwrap();
    assert!(use_it(NOW + MINUTE).await.unwrap().revoked);
    assert!(store.renew_machine_token(&token.id, NOW).await.is_err());
}

async fn a_project_is_its_members(store: &dyn Store) {
    let office = Office::open(store).await;
    let project = &office.project.id;
    let bob = join(store, &office, "bob@coffer.test").await;
    let actor = Actor::Person(bob.clone());
    let again = NewProject {
        organization: office.organization.clone(),
        name: "Other".into(),
        description: None,
        slug: "work".into(),
        has_delete_protection: false,
        environments: vec![],
        creator: actor.clone(),
    };
    assert!(matches!(
        store.create_project(again, NOW).await,
        Err(StoreError::Exists(Thing::Slug(_)))
    ));
    let role_at = async |now| role(store, &actor, project, now).await;
    assert_eq!(role_at(NOW).await, None);
    let added = store
        .add_members(
            project,
            &["BOB@coffer.test".into()],
            &[Role::Viewer, Role::Member],
            NOW,
        )
        .await;
    let member = added.unwrap().remove(0);
    assert_eq!(role_at(NOW).await, Some(Role::Member), "the strongest counts");
    assert!(
        store
            .add_members(project, &["bob@coffer.test".into()], &[Role::Admin], NOW)
            .await
            .unwrap()
            .is_empty()
    );
    let stranger = store
        .add_members(project, &["eve@coffer.test".into()], &[Role::Admin], NOW)
        .await;
    assert!(matches!(stranger, Err(StoreError::Missing(Thing::Member(_)))));
    let temporary = Some(Temporary {
        range: "1m".into(),
        starts_at: NOW,
        ends_at: NOW + MINUTE,
    });
    let choice = [RoleChoice {
        role: Role::Admin,
        temporary,
    }];
    let given = store
        .set_member_roles(project, &member.id, &choice, NOW)
        .await
        .unwrap();
    assert_eq!(given[0].temporary, choice[0].temporary);
    assert_eq!(
        (role_at(NOW).await, role_at(NOW + MINUTE).await),
        (Some(Role::Admin), Some(Role::NoAccess))
    );
    let members = store.members(project).await.unwrap();
    assert_eq!(members.len(), 2);
    let viewer = [RoleChoice {
        role: Role::Viewer,
        temporary: None,
    }];
    let last = store
        .set_member_roles(project, &members[0].id, &viewer, NOW)
        .await;
    assert!(
        matches!(last, Err(StoreError::Protected)),
        "a temporary administrator is none for good"
    );
    let everybody = ["admin@coffer.test".into(), "bob@coffer.test".into()];
    assert!(matches!(
        store.remove_members(project, &everybody).await,
        Err(StoreError::Protected)
    ));
    assert_eq!(
        store.projects_of(&actor, &office.organization).await.unwrap()[0]
            .environments
            .len(),
        2
    );
    store.remove_members(project, &everybody[1..]).await.unwrap();
    assert!(
        store
            .projects_of(&actor, &office.organization)
            .await
            .unwrap()
            .is_empty()
    );

    let machine = store
        .create_identity(&office.organization, "ci", OrgRole::NoAccess, false, NOW)
        .await
        .unwrap()
        .id;
    store
        .add_machine_member(project, &machine, &viewer, NOW)
        .await
        .unwrap();
    let again = store.add_machine_member(project, &machine, &viewer, NOW).await;
    assert!(matches!(again, Err(StoreError::Exists(Thing::Member(_)))));
    let member = [RoleChoice {
        role: Role::Member,
        temporary: None,
    }];
    store
        .set_machine_roles(project, &machine, &member, NOW)
        .await
        .unwrap();
    let actor = Actor::Machine(machine.clone());
    assert_eq!(role(store, &actor, project, NOW).await, Some(Role::Member));
    assert_eq!(store.machine_members(project).await.unwrap()[0].who.name, "ci");
    store.remove_machine_member(project, &machine).await.unwrap();
    assert_eq!(role(store, &actor, project, NOW).await, None);

    let patch = ProjectPatch {
        name: Some("New".into()),
        description: Some("d".into()),
        slug: Some("new".into()),
        auto_capitalization: Some(true),
        has_delete_protection: Some(true),
        secret_sharing: Some(false),
        version_limit: Some(3),
    };
    store.update_project(project, patch, NOW + 1).await.unwrap();
    let read = store
        .project_by_slug(&office.organization, "new")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (read.name.as_str(), read.version_limit, read.updated_at),
        ("New", 3, NOW + 1)
    );
    assert!(read.auto_capitalization && read.has_delete_protection && !read.secret_sharing);
    assert!(matches!(
        store.delete_project(project).await,
        Err(StoreError::Protected)
    ));
    assert!(store.project(&ProjectId::new("none")).await.unwrap().is_none());
}

async fn environments_keep_their_order(store: &dyn Store) {
    let office = Office::open(store).await;
    let project = &office.project.id;
    let order = async || {
        let read = store.project(project).await.unwrap().unwrap();
        read.environments
            .iter()
            .map(|environment| (environment.slug.clone(), environment.position))
            .collect::<Vec<_>>()
    };
    let qa = store
        .create_environment(project, "QA", "qa", Some(1), NOW)
        .await
        .unwrap();
    let expected = |slugs: [&str; 3]| {
        (1..)
            .zip(slugs)
            .map(|(at, slug)| (slug.to_owned(), at))
            .collect::<Vec<_>>()
    };
    assert_eq!(order().await, expected(["qa", "dev", "prod"]));
    store
        .update_environment(project, &qa.id, Some("Test"), Some("test"), Some(3), NOW)
        .await
        .unwrap();
    assert_eq!(order().await, expected(["dev", "prod", "test"]));
    let clash = store
        .update_environment(project, &qa.id, None, Some("dev"), None, NOW)
        .await;
    assert!(matches!(clash, Err(StoreError::Exists(Thing::Environment(_)))));
    let clash = store.create_environment(project, "x", "prod", None, NOW).await;
    assert!(matches!(clash, Err(StoreError::Exists(Thing::Environment(_)))));
    store.delete_environment(project, &qa.id).await.unwrap();
    assert!(matches!(
        store.delete_environment(project, &qa.id).await,
        Err(StoreError::Missing(_))
    ));
    store
        .create_environment(project, "Last", "last", None, NOW)
        .await
        .unwrap();
    assert_eq!(order().await, expected(["dev", "prod", "last"]));
}

async fn a_folder_is_found_by_its_path(store: &dyn Store) {
    let office = Office::open(store).await;
    let made = store
        .create_folder(&office.at("/a/b"), "c", Some("d"), NOW)
        .await
        .unwrap();
    assert_eq!(
        (made.path.as_str(), made.description.as_deref()),
        ("/a/b/c", Some("d"))
    );
    let twice = store.create_folder(&office.at("/a/b"), "c", None, NOW).await;
    assert!(matches!(twice, Err(StoreError::Exists(Thing::Folder { .. }))));
    for name in ["a0", "a-b", "é"] {
        store
            .create_folder(&office.at("/"), name, None, NOW)
            .await
            .unwrap();
    }
    let paths = async |path: &str, recursive| {
        let found = store.folders(&office.at(path), recursive).await.unwrap();
        found.into_iter().map(|folder| folder.path).collect::<Vec<_>>()
    };
    assert_eq!(paths("/a", true).await, ["/a/b", "/a/b/c"]);
    assert_eq!(paths("/a", false).await, ["/a/b"]);
    assert_eq!(paths("/", false).await, ["/a", "/a-b", "/a0", "/é"]);
    let (found, environment) = store.folder(&made.id).await.unwrap().unwrap();
    assert_eq!(
        (found.path.as_str(), environment.slug.as_str()),
        ("/a/b/c", "dev")
    );
    let place = office.at("/");
    let clash = store.update_folder(&place, "a", "a0", None, NOW).await;
    assert!(matches!(clash, Err(StoreError::Exists(Thing::Folder { .. }))));
    let renamed = store
        .update_folder(&place, "a", "ünï", Some("x"), NOW + 1)
        .await
        .unwrap();
    assert_eq!(
        (renamed.path.as_str(), renamed.version, renamed.updated_at),
        ("/ünï", 2, NOW + 1)
    );
    let renamed = store
        .update_folder(&place, renamed.id.as_str(), "z", None, NOW)
        .await
        .unwrap();
    assert_eq!((renamed.version, renamed.description.as_deref()), (3, Some("x")));
    assert_eq!(
        paths("/", true).await,
        ["/a-b", "/a0", "/z", "/z/b", "/z/b/c", "/é"]
    );
    assert!(matches!(
        store.delete_folder(&place, "z", false).await,
        Err(StoreError::NotEmpty)
    ));
    store.delete_folder(&place, "z", true).await.unwrap();
    store.delete_folder(&place, "a0", false).await.unwrap();
    assert_eq!(paths("/", true).await, ["/a-b", "/é"]);
    let missing = store.folders(&office.at("/nope"), false).await;
    assert!(matches!(missing, Err(StoreError::Missing(Thing::Path { .. }))));
    let missing = store.delete_folder(&place, "nope", true).await;
    assert!(matches!(missing, Err(StoreError::Missing(Thing::Folder { .. }))));
}

async fn a_batch_is_all_or_nothing(store: &dyn Store) {
    let office = Office::open(store).await;
    let place = office.at("/");
    store.create_folder(&place, "f", None, NOW).await.unwrap();
    let write = async |changes| store.write_secrets(&place, changes, &office.actor(), NOW).await;
    let list = async |recursive| names(&store.secrets(&place, recursive, None).await.unwrap());
    write(vec![create("B", "1"), create("A", "1")]).await.unwrap();
    let elsewhere = Change {
        path: Some("/f".into()),
        ..update("C", "1", None, Absent::Create)
    };
    write(vec![elsewhere]).await.unwrap();
    assert_eq!(
        (list(false).await, list(true).await),
        (
            vec!["/:A".into(), "/:B".into()],
            vec!["/:A".into(), "/:B".into(), "/f:C".into()]
        )
    );
    for broken in [
        vec![create("D", "1"), create("A", "2")],
        vec![
            update("A", "2", None, Absent::Fail),
            update("D", "2", None, Absent::Fail),
        ],
        vec![delete("A"), delete("D")],
    ] {
        write(broken).await.unwrap_err();
        assert_eq!(list(false).await, ["/:A", "/:B"]);
        assert_eq!(store.secret(&place, "A", None, None).await.unwrap().version, 1);
    }
    let skipped = write(vec![
        update("D", "2", None, Absent::Skip),
        update("A", "2", None, Absent::Skip),
    ])
    .await
    .unwrap();
    assert_eq!(names(&skipped), ["/:A"]);
    assert!(
        store.folders(&place, false).await.unwrap()[0]
            .last_secret_modified
            .is_some()
    );
    let nowhere = store
        .write_secrets(&office.at("/x"), vec![create("A", "")], &office.actor(), NOW)
        .await;
    assert!(matches!(nowhere, Err(StoreError::Missing(Thing::Path { .. }))));
}

async fn a_stale_change_is_refused(store: &dyn Store) {
    let office = Office::open(store).await;
    let place = office.at("/");
    office.write(store, &place, create("A", "1")).await.unwrap();
    office
        .write(store, &place, update("A", "2", Some(1), Absent::Fail))
        .await
        .unwrap();
    let stale = office
        .write(store, &place, update("A", "3", Some(1), Absent::Fail))
        .await;
    assert!(matches!(stale, Err(StoreError::Stale { current: 2 })));
    let stale = Change {
        what: What::Delete { expected: Some(1) },
        ..delete("A")
    };
    assert!(matches!(
        office.write(store, &place, stale).await,
        Err(StoreError::Stale { current: 2 })
    ));
    office
        .write(
            store,
            &place,
            Change {
                what: What::Delete { expected: Some(2) },
                ..delete("A")
            },
        )
        .await
        .unwrap();
    let gone = store.secret(&place, "A", None, None).await;
    assert!(matches!(gone, Err(StoreError::Missing(Thing::Secret { .. }))));
}

async fn versions_are_kept_up_to_the_limit(store: &dyn Store) {
    let office = Office::open(store).await;
    let place = office.at("/");
    let patch = ProjectPatch {
        version_limit: Some(3),
        ..ProjectPatch::default()
    };
    store
        .update_project(&office.project.id, patch, NOW)
        .await
        .unwrap();
    let full = Content {
        value: Some("1".into()),
        comment: Some("c".into()),
        metadata: Some(vec![Metadata {
            key: "k".into(),
            value: "v".into(),
            is_encrypted: false,
        }]),
        reminder_note: Some(Some("n".into())),
        reminder_days: Some(Some(1.5)),
        skip_multiline: Some(true),
    };
    let made = office
        .write(
            store,
            &place,
            Change {
                what: What::Create(full),
                ..create("A", "")
            },
        )
        .await
        .unwrap()
        .remove(0);
    let what = What::Update {
        content: Content {
            reminder_note: Some(None),
            ..Content::default()
        },
        rename: Some("B".into()),
        expected: None,
        absent: Absent::Fail,
    };
    let renamed = office
        .write(
            store,
            &place,
            Change {
                what,
                ..create("A", "")
            },
        )
        .await
        .unwrap()
        .remove(0);
    assert_eq!((renamed.id.clone(), renamed.version), (made.id.clone(), 2));
    let read = store.secret(&place, "B", None, None).await.unwrap();
    assert_eq!(read, renamed);
    assert_eq!(
        (read.value.as_str(), read.comment.as_str(), read.metadata.len()),
        ("1", "c", 1),
        "what was not sent stays"
    );
    assert_eq!(
        (read.reminder_note, read.reminder_days, read.skip_multiline),
        (None, Some(1.5), true)
    );
    assert!(
        store.secret(&place, "B", None, Some(1)).await.is_err(),
        "it had another name then"
    );
    for value in ["3", "4"] {
        office
            .write(store, &place, update("B", value, None, Absent::Fail))
            .await
            .unwrap();
    }
    let versions = store.secret_versions(&made.id, 0, 20).await.unwrap();
    assert_eq!(
        versions.iter().map(|version| version.version).collect::<Vec<_>>(),
        [4, 3, 2]
    );
    assert_eq!(versions[0].actor_id, office.admin.as_str());
    assert_eq!(store.secret_versions(&made.id, 1, 1).await.unwrap()[0].version, 3);
    assert_eq!(store.secret(&place, "B", None, Some(3)).await.unwrap().value, "3");
    let lies = store.place_of_version(&versions[1].id).await.unwrap().unwrap();
    assert_eq!(
        (lies.project, lies.environment.as_str()),
        (office.project.id.clone(), "dev")
    );
    let (redacted, of) = store.redact_version(&versions[1].id).await.unwrap();
    assert_eq!((redacted.value.as_str(), of), ("", made.id.clone()));
    assert_eq!(store.secret(&place, "B", None, Some(3)).await.unwrap().value, "");
    assert!(
        matches!(
            store.redact_version(&versions[0].id).await,
            Err(StoreError::Missing(Thing::Version))
        ),
        "not the current one"
    );
    let (by_id, _) = store.secret_by_id(&made.id).await.unwrap().unwrap();
    assert_eq!(by_id.value, "4");
    assert!(
        store
            .secret_by_id(&SecretId::new("none"))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_list_knows_whom_it_is_for(store: &dyn Store) {
    let office = Office::open(store).await;
    let (root, me) = (office.at("/"), office.admin.clone());
    store.create_folder(&root, "f", None, NOW).await.unwrap();
    for (owner, path, name) in [(None, "/", "A"), (Some(&me), "/", "A"), (None, "/f", "B")] {
        let change = Change {
            owner: owner.cloned(),
            ..create(name, "quoted \" and \n, ünïcode")
        };
        office.write(store, &office.at(path), change).await.unwrap();
    }
    let session = Session {
        id: SessionId::new("s"),
        user: me.clone(),
        organization: None,
        current: "c".into(),
        issued_at: NOW,
        expires_at: NOW + MINUTE,
    };
    store.start_session(session, NOW).await.unwrap();
    let pass = |organization: &OrganizationId| Pass::Person {
        session: SessionId::new("s"),
        organization: organization.clone(),
    };
    let mine = pass(&office.organization);
    for recursive in [false, true] {
        for personal in [false, true] {
            let found = store.list_for(&mine, &root, recursive, personal, NOW).await;
            let found = found.unwrap().unwrap();
            let Holder::Person(session, role) = found.holder else {
                panic!("a person holds it");
            };
            assert_eq!((session.user, role), (me.clone(), Some(OrgRole::Admin)));
            assert_eq!(found.standing.unwrap().role, Role::Admin);
            let rows = found.rows.unwrap();
            let rows: Vec<Secret> = rows.read().unwrap().into_iter().map(Secret::from).collect();
            let person = personal.then_some(&me);
            assert_eq!(rows, store.secrets(&root, recursive, person).await.unwrap());
            assert_eq!(rows.len(), 1 + usize::from(recursive) + usize::from(personal));
        }
    }
    let nowhere = store.list_for(&mine, &office.at("/x"), false, false, NOW).await;
    assert!(nowhere.unwrap().unwrap().rows.is_none());
    let over = store.list_for(&mine, &root, false, false, NOW + MINUTE).await;
    assert!(over.unwrap().is_none(), "the session has ended");
    let elsewhere = pass(&OrganizationId::new("o"));
    let other = store.list_for(&elsewhere, &root, false, false, NOW).await;
    let other = other.unwrap().unwrap();
    assert!(
        matches!(other.holder, Holder::Person(_, None)),
        "not in that organisation"
    );

    let machine = machine_token(store, &office, 1).await;
    let pass = Pass::Machine {
        token: machine.id.clone(),
    };
    let stranger = store
        .list_for(&pass, &root, true, true, NOW)
        .await
        .unwrap()
        .unwrap();
    assert!(
        stranger.standing.is_none(),
        "a machine that is no member has no role"
    );
    let Holder::Machine(token) = stranger.holder else {
        panic!("a machine holds it");
    };
    assert!(!token.used_up && token.identity.id == machine.identity.id);
    assert_eq!(stranger.rows.unwrap().read().unwrap().len(), 2);
    let viewer = RoleChoice {
        role: Role::Viewer,
        temporary: None,
    };
    store
        .add_machine_member(&office.project.id, &machine.identity.id, &[viewer], NOW)
        .await
        .unwrap();
    let again = store
        .list_for(&pass, &root, false, false, NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again.standing.unwrap().role, Role::Viewer);
    assert!(
        matches!(again.holder, Holder::Machine(token) if token.used_up),
        "a list is a use"
    );
}

async fn a_privilege_counts_with_its_membership_and_its_time(store: &dyn Store) {
    let office = Office::open(store).await;
    let (project, bob) = (&office.project.id, join(store, &office, "bob@coffer.test").await);
    let who = Actor::Person(bob);
    let names = ["bob@coffer.test".to_owned()];
    store
        .add_members(project, &names, &[Role::NoAccess], NOW)
        .await
        .unwrap();
    let members = store.members(project).await.unwrap();
    let member = &members
        .iter()
        .find(|member| who.person() == Some(&member.who.id))
        .unwrap()
        .id;
    assert_eq!(
        store.membership(member).await.unwrap(),
        Some((project.clone(), who.clone()))
    );
    assert_eq!(store.membership(&MembershipId::new("m")).await.unwrap(), None);
    let rule = |action: &str| Permission {
        subject: "secrets".into(),
        action: Actions::One(action.into()),
        conditions: Some(Conditions {
            secret_path: Some(Matcher::glob("/a \"quoted\"/**")),
            ..Conditions::default()
        }),
        inverted: false,
    };
    let new = |slug: &str, action: &str, temporary| NewPrivilege {
        slug: slug.into(),
        permissions: vec![rule(action)],
        temporary,
    };
    let lasting = store
        .create_privilege(member, new("one", "read", None), NOW)
        .await
        .unwrap();
    let soon = Temporary {
        range: "1m".into(),
        starts_at: NOW,
        ends_at: NOW + MINUTE,
    };
    let ending = store
        .create_privilege(member, new("two", "edit", Some(soon.clone())), NOW + 1)
        .await
        .unwrap();
    let again = store
        .create_privilege(member, new("two", "edit", None), NOW)
        .await;
    assert!(matches!(again, Err(StoreError::Exists(Thing::Privilege(_)))));
    let nobody = store
        .create_privilege(&MembershipId::new("m"), new("x", "read", None), NOW)
        .await;
    assert!(matches!(nobody, Err(StoreError::Missing(Thing::Member(_)))));
    let rules = async |now| {
        let standing = store.standing(&who, project, now).await.unwrap();
        standing.map(|standing| standing.privileges)
    };
    assert_eq!(rules(NOW).await, Some(vec![rule("read"), rule("edit")]));
    assert_eq!(
        rules(NOW + MINUTE).await,
        Some(vec![rule("read")]),
        "its time is over"
    );
    assert_eq!(
        store.privileges(member).await.unwrap(),
        vec![lasting.clone(), ending.clone()]
    );
    let patch = PrivilegePatch {
        slug: Some("three".into()),
        permissions: Some(vec![rule("create")]),
        temporary: Some(Some(soon)),
    };
    let changed = store.update_privilege(&lasting.id, patch, NOW + 2).await.unwrap();
    assert_eq!(store.privilege(&lasting.id).await.unwrap(), Some(changed));
    store.delete_privilege(&ending.id).await.unwrap();
    assert_eq!(rules(NOW).await, Some(vec![rule("create")]));
    let gone = store.delete_privilege(&ending.id).await;
    assert!(matches!(gone, Err(StoreError::Missing(Thing::Privilege(_)))));
    store.remove_members(project, &names).await.unwrap();
    assert_eq!(rules(NOW).await, None);
    assert_eq!(
        store.privilege(&lasting.id).await.unwrap(),
        None,
        "it went with the membership"
    );
}

async fn access_is_given_with_the_last_approval_and_taken_back(store: &dyn Store) {
    let office = Office::open(store).await;
    let project = &office.project.id;
    let mut people = Vec::new();
    for email in ["asks@coffer.test", "one@coffer.test", "two@coffer.test"] {
        people.push(join(store, &office, email).await);
        let roles = [Role::NoAccess];
        store
            .add_members(project, &[email.to_owned()], &roles, NOW)
            .await
            .unwrap();
    }
    let [asks, one, two] = &people[..] else {
        unreachable!()
    };
    let hours = |hours: u64| Period {
        text: format!("{hours}h"),
        millis: hours * 60 * MINUTE,
    };
    let named = |who: Named| NamedApprover {
        who,
        step: 1,
        needed: Some(2),
    };
    let content = |path: &str| PolicyContent {
        name: "dev".into(),
        environments: vec!["dev".into()],
        path: path.into(),
        approvals: 1,
        enforcement: Enforcement::Soft,
        self_approvals: false,
        longest: Some(hours(2)),
        waits: Some(hours(1)),
        approvers: Some(vec![
            named(Named::Id(one.clone())),
            named(Named::Username("two@coffer.test".into())),
        ]),
        bypassers: Some(vec![Named::Id(two.clone())]),
    };
    let policy = store
        .create_access_policy(project, content("/a"), NOW)
        .await
        .unwrap();
    assert_eq!(policy.steps(), [(1, 2)]);
    assert!(policy.has_approver(one) && policy.has_bypasser(two) && !policy.has_bypasser(one));
    let taken = store.create_access_policy(project, content("/a"), NOW).await;
    assert!(matches!(
        taken,
        Err(StoreError::Refused(Refusal::PolicyTaken { .. }))
    ));
    let strangers = PolicyContent {
        bypassers: Some(vec![Named::Username("nobody".into())]),
        ..content("/b")
    };
    let nobody = store.create_access_policy(project, strangers, NOW).await;
    assert!(matches!(nobody, Err(StoreError::Missing(Thing::Member(_)))));
    assert_eq!(
        store.access_policies(project).await.unwrap(),
        std::slice::from_ref(&policy),
        "what was refused left nothing behind"
    );
    assert_eq!(
        store.access_policy(&policy.id).await.unwrap().as_ref(),
        Some(&policy)
    );

    let new = |path: &str, length: u64| NewAccessRequest {
        project: project.clone(),
        environment: "dev".into(),
        path: path.into(),
        requester: asks.clone(),
        permissions: vec![PackedRule::new("read", "secrets", "dev", path)],
        is_temporary: true,
        period: Some(hours(length)),
        note: Some("a \"note\"".into()),
    };
    let refused = async |new, what| {
        let refused = store.ask_for_access(new, NOW).await;
        assert!(matches!(refused, Err(StoreError::Refused(refusal)) if refusal == what));
    };
    refused(new("/a", 3), Refusal::TooLong("2h".into())).await;
    let elsewhere = store.ask_for_access(new("/b", 1), NOW).await;
    assert!(matches!(
        elsewhere,
        Err(StoreError::Missing(Thing::AccessPolicy(_)))
    ));
    let request = store.ask_for_access(new("/a", 2), NOW).await.unwrap();
    assert_eq!(request.expires_at, Some(NOW + 60 * MINUTE));
    refused(new("/a", 1), Refusal::AlreadyAsked).await;

    let review = async |id: &AccessRequestId, who: &UserId, answer, now| {
        store.review_access(id, who, answer, now).await
    };
    let rules = async |now| {
        let who = Actor::Person(asks.clone());
        let standing = store.standing(&who, project, now).await.unwrap();
        standing.unwrap().privileges.len()
    };
    review(&request.id, one, Answer::Approve, NOW).await.unwrap();
    let shorter = store
        .shorten_access(&request.id, two, hours(1), "less".into(), NOW + 1)
        .await
        .unwrap();
    assert_eq!(
        (shorter.period.clone(), &shorter.edited_by),
        (Some(hours(1)), &Some(two.clone()))
    );
    review(&request.id, two, Answer::Approve, NOW + 2).await.unwrap();
    assert_eq!(rules(NOW + 2).await, 0, "shortening took the first approval back");
    let late = review(&request.id, one, Answer::Approve, NOW + 60 * MINUTE).await;
    assert!(matches!(late, Err(StoreError::Refused(Refusal::Expired))));
    review(&request.id, one, Answer::Approve, NOW + 3).await.unwrap();
    assert_eq!(rules(NOW + 3).await, 1);
    assert_eq!(rules(NOW + 3 + 60 * MINUTE).await, 0);
    let opened = store.access_request(&request.id).await.unwrap().unwrap();
    assert_eq!(opened.status, AccessStatus::Approved);
    let privilege = opened.privilege.clone().unwrap();
    let behind = store.delete_privilege(&privilege).await;
    assert!(matches!(behind, Err(StoreError::Refused(Refusal::FromRequest))));
    let all = store.access_requests(project, None).await.unwrap();
    assert_eq!(all.requests, std::slice::from_ref(&opened));
    assert_eq!(all.reviews[request.id.as_str()].len(), 2);
    assert!(all.privileges.contains_key(privilege.as_str()) && all.people.contains_key(asks.as_str()));
    for (who, sees) in [(asks, 1), (two, 1), (&office.admin, 0)] {
        let seen = store.access_requests(project, Some(who)).await.unwrap();
        assert_eq!(seen.requests.len(), sees);
    }
    let stranger = store
        .revoke_access(&request.id, &office.admin, Authority::Own, NOW + 4)
        .await;
    assert!(matches!(stranger, Err(StoreError::Refused(Refusal::NotRevoker))));
    let revoked = store
        .revoke_access(&request.id, &office.admin, Authority::Any, NOW + 4)
        .await
        .unwrap();
    assert_eq!((revoked.status, revoked.privilege), (AccessStatus::Revoked, None));
    assert_eq!(rules(NOW + 4).await, 0);

    let request = store.ask_for_access(new("/a", 1), NOW).await.unwrap();
    review(&request.id, asks, Answer::Reject, NOW).await.unwrap();
    let request = store.ask_for_access(new("/a", 1), NOW).await.unwrap();
    review(&request.id, two, Answer::Approve, NOW).await.unwrap();
    let at_once = Answer::Bypass("it cannot wait".into());
    review(&request.id, two, at_once, NOW).await.unwrap();
    assert_eq!(rules(NOW).await, 1);
    let waiting = store.ask_for_access(new("/a", 2), NOW).await.unwrap();
    let patch = PolicyContent {
        environments: vec![],
        approvers: None,
        bypassers: Some(vec![]),
        ..content("/c")
    };
    let changed = store
        .update_access_policy(&policy.id, patch, NOW + 5)
        .await
        .unwrap();
    assert_eq!(changed.approvers, policy.approvers);
    assert_eq!(
        (changed.environments, changed.bypassers),
        (policy.environments, vec![])
    );
    store.delete_access_policy(&policy.id, NOW + 6).await.unwrap();
    assert_eq!(store.access_policy(&policy.id).await.unwrap(), None);
    let closed = store.access_request(&waiting.id).await.unwrap().unwrap();
    assert_eq!(closed.status, AccessStatus::Rejected);
    let unknown = store.delete_access_policy(&AccessPolicyId::new("p"), NOW).await;
    assert!(matches!(
        unknown,
        Err(StoreError::Missing(Thing::AccessPolicy(_)))
    ));
}

async fn a_rule_goes_with_its_environment(store: &dyn Store) {
    let office = Office::open(store).await;
    let project = &office.project.id;
    let content = |name: &str, environment: Option<&str>| RuleContent {
        name: name.into(),
        description: None,
        environment: environment.map(str::to_owned),
        path: "/a \"b\"/**".into(),
        inputs: Inputs {
            constraints: vec![Constraint {
                kind: "min-length".into(),
                applies_to: "value".into(),
                value: "3".into(),
            }],
        },
        is_active: true,
    };
    let one = store
        .create_rule(project, content("one", Some("dev")), NOW)
        .await
        .unwrap();
    let all = store
        .create_rule(project, content("all", None), NOW + 1)
        .await
        .unwrap();
    assert_eq!(
        one.environment.as_ref().map(|(_, slug)| slug.as_str()),
        Some("dev")
    );
    assert_eq!(all.environment, None);
    assert_eq!(store.rules(project).await.unwrap(), [one.clone(), all.clone()]);
    let nowhere = store.create_rule(project, content("x", Some("x")), NOW).await;
    assert!(matches!(nowhere, Err(StoreError::Missing(Thing::Environment(_)))));
    let off = RuleContent {
        is_active: false,
        ..content("off", Some("prod"))
    };
    let changed = store.update_rule(project, &all.id, off, NOW + 2).await.unwrap();
    assert_eq!((changed.is_active, changed.name.as_str()), (false, "off"));
    let elsewhere = ProjectId::new("other");
    let foreign = store
        .update_rule(&elsewhere, &all.id, content("x", None), NOW)
        .await;
    assert!(matches!(foreign, Err(StoreError::Missing(Thing::Rule(_)))));
    assert!(store.delete_rule(&elsewhere, &all.id).await.is_err());
    let dev = one.environment.unwrap().0;
    store.delete_environment(project, &dev).await.unwrap();
    assert_eq!(
        store.rules(project).await.unwrap(),
        std::slice::from_ref(&changed)
    );
    store.delete_rule(project, &changed.id).await.unwrap();
    assert!(store.rules(project).await.unwrap().is_empty());
}

/// The token of a new machine that may be used so often.
async fn machine_token(store: &dyn Store, office: &Office, uses: u64) -> MachineToken {
    let machine = store
        .create_identity(&office.organization, "lister", OrgRole::NoAccess, false, NOW)
        .await
        .unwrap();
    let settings = UniversalSettings {
        token_uses_limit: uses,
        ..UniversalSettings::default()
    };
    let auth = store
        .attach_universal_auth(&machine.id, settings, NOW)
        .await
        .unwrap();
    let secret = NewClientSecret {
        hash: [3; 32],
        prefix: String::new(),
        description: String::new(),
        uses_limit: 0,
        ttl: 0,
    };
    store
        .create_client_secret(&machine.id, secret, NOW)
        .await
        .unwrap();
    match store
        .universal_login(&auth.client_id, &[3; 32], NOW)
        .await
        .unwrap()
    {
        UniversalLogin::Granted(token) => token,
        other => panic!("{other:?}"),
    }
}

async fn a_personal_secret_hides_behind_its_shared_one(store: &dyn Store) {
    let office = Office::open(store).await;
    let place = office.at("/");
    let me = office.admin.clone();
    let personal = |change: Change| Change {
        owner: Some(me.clone()),
        ..change
    };
    let orphan = office.write(store, &place, personal(create("A", "mine"))).await;
    assert!(matches!(orphan, Err(StoreError::Missing(Thing::Secret { .. }))));
    office.write(store, &place, create("A", "ours")).await.unwrap();
    office
        .write(store, &place, personal(create("A", "mine")))
        .await
        .unwrap();
    assert_eq!(store.secret(&place, "A", None, None).await.unwrap().value, "ours");
    assert_eq!(
        store.secret(&place, "A", Some(&me), None).await.unwrap().value,
        "mine"
    );
    assert_eq!(store.secrets(&place, false, None).await.unwrap().len(), 1);
    assert_eq!(store.secrets(&place, true, Some(&me)).await.unwrap().len(), 2);
    let what = What::Update {
        content: Content::default(),
        rename: Some("B".into()),
        expected: None,
        absent: Absent::Fail,
    };
    office
        .write(
            store,
            &place,
            Change {
                what,
                ..create("A", "")
            },
        )
        .await
        .unwrap();
    assert_eq!(
        store.secret(&place, "B", Some(&me), None).await.unwrap().value,
        "mine",
        "it follows its name"
    );
    office.write(store, &place, delete("B")).await.unwrap();
    assert!(store.secrets(&place, false, Some(&me)).await.unwrap().is_empty());
}

async fn moved_secrets_start_anew(store: &dyn Store) {
    let office = Office::open(store).await;
    let (from, to) = (
        office.at("/"),
        Place {
            environment: "prod".into(),
            ..office.at("/")
        },
    );
    let made = office
        .write(store, &from, create("A", "1"))
        .await
        .unwrap()
        .remove(0);
    office
        .write(store, &from, update("A", "2", None, Absent::Fail))
        .await
        .unwrap();
    office.write(store, &to, create("A", "old")).await.unwrap();
    let move_it = async |overwrite| {
        store
            .move_secrets(
                &from,
                &to,
                std::slice::from_ref(&made.id),
                overwrite,
                &office.actor(),
                NOW,
            )
            .await
    };
    assert!(matches!(
        move_it(false).await,
        Err(StoreError::Exists(Thing::Secret { .. }))
    ));
    assert_eq!(
        store.secrets(&from, false, None).await.unwrap().len(),
        1,
        "nothing moved"
    );
    move_it(true).await.unwrap();
    assert!(store.secrets(&from, false, None).await.unwrap().is_empty());
    let moved = store.secret(&to, "A", None, None).await.unwrap();
    assert_eq!((moved.value.as_str(), moved.version), ("2", 1));
    assert_ne!(moved.id, made.id);
    assert!(matches!(
        move_it(true).await,
        Err(StoreError::Missing(Thing::Secret { .. }))
    ));
}

async fn deleting_takes_everything_inside_along(store: &dyn Store) {
    let office = Office::open(store).await;
    let folder = store
        .create_folder(&office.at("/"), "f", None, NOW)
        .await
        .unwrap();
    let place = office.at("/f");
    let secret = office
        .write(store, &place, create("A", "1"))
        .await
        .unwrap()
        .remove(0);
    office
        .write(store, &place, update("A", "2", None, Absent::Fail))
        .await
        .unwrap();
    store.delete_project(&office.project.id).await.unwrap();
    assert!(store.project(&office.project.id).await.unwrap().is_none());
    assert!(store.folder(&folder.id).await.unwrap().is_none());
    assert!(store.secret_by_id(&secret.id).await.unwrap().is_none());
    assert!(store.secret_versions(&secret.id, 0, 9).await.unwrap().is_empty());
    assert_eq!(role(store, &office.actor(), &office.project.id, NOW).await, None);
}

fn share(office: &Office, id: &str, views: Option<u64>) -> Share {
    Share {
        id: ShareId::new(id),
        name: Some("n".into()),
        password_hash: Some("h".into()),
        access: ShareAccess::Anyone,
        organization: Some(office.organization.clone()),
        creator: Some(office.actor()),
        views_left: views,
        opened: 0,
        revoked: false,
        ended_by_admin: false,
        destroyed: false,
        after_view: None,
        networks: Vec::new(),
        one_device: false,
        receipts: false,
        sender_ends: false,
        file: None,
        expires_at: NOW + MINUTE,
        last_viewed_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn visit(now: u64) -> Visitor<'static> {
    Visitor {
        address: "192.0.2.1",
        device: None,
        now,
    }
}

async fn a_share_gives_as_many_views_as_it_has(store: &dyn Store) {
    let office = Office::open(store).await;
    for (id, views) in [("two", Some(2)), ("many", None)] {
        store
            .create_share(share(&office, id, views), "sealed", PLENTY)
            .await
            .unwrap();
    }
    let open = async |id: &str, now| store.open_share(&ShareId::new(id), visit(now)).await.unwrap();
    let (before, value) = open("two", NOW).await.unwrap();
    assert_eq!((before.views_left, value.as_str()), (Some(2), "sealed"));
    assert_eq!(open("two", NOW + 1).await.unwrap().0.last_viewed_at, Some(NOW));
    assert_eq!(open("two", NOW).await.unwrap_err(), Closed::Gone(Gone::Used));
    for _ in 0..3 {
        assert_eq!(open("many", NOW).await.unwrap().0.views_left, None);
    }
    assert_eq!(
        open("many", NOW + MINUTE).await.unwrap_err(),
        Closed::Gone(Gone::Expired)
    );
    assert_eq!(open("none", NOW).await.unwrap_err(), Closed::Gone(Gone::Missing));
    let read = store.share(&ShareId::new("two")).await.unwrap().unwrap();
    assert_eq!((read.views_left, read.last_viewed_at), (Some(0), Some(NOW + 1)));
    let (mine, total) = store
        .shares_of(&office.actor(), &office.organization, 1, 5)
        .await
        .unwrap();
    assert_eq!((mine.len(), total), (1, 2));
    let stranger = Actor::Person(UserId::new("nobody"));
    let many = ShareId::new("many");
    assert!(store.revoke_share(&many, &stranger, NOW).await.unwrap().is_none());
    assert!(
        store
            .revoke_share(&many, &office.actor(), NOW)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .revoke_share(&many, &office.actor(), NOW)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(open("many", NOW).await.unwrap_err(), Closed::Gone(Gone::Revoked));
    assert_eq!(
        store
            .shares_of(&office.actor(), &office.organization, 0, 5)
            .await
            .unwrap()
            .1,
        1
    );
}

async fn a_share_keeps_to_its_limits_and_tells_its_creator(store: &dyn Store) {
    let office = Office::open(store).await;
    let id = ShareId::new("bound");
    let bound = Share {
        after_view: Some(10),
        one_device: true,
        receipts: true,
        ..share(&office, "bound", Some(3))
    };
    store.create_share(bound, "sealed", PLENTY).await.unwrap();
    let at = |now, device| Visitor { device, ..visit(now) };
    let open = async |visitor| {
        store
            .open_share(&id, visitor)
            .await
            .unwrap()
            .map(|(_, value)| value)
    };
    let barred = Err(Closed::Barred(Barred::Device));
    assert_eq!(
        open(at(NOW, None)).await,
        barred,
        "a device that proves nothing is never the first"
    );
    assert_eq!(open(at(NOW, Some("mine"))).await.as_deref(), Ok("sealed"));
    assert_eq!(open(at(NOW + 1, Some("other"))).await, barred);
    assert_eq!(open(at(NOW + 1, None)).await, barred);
    assert_eq!(
        store.destroy_share(&id, at(NOW + 1, None)).await.unwrap(),
        Err(Closed::Barred(Barred::Device))
    );
    let read = store.share(&id).await.unwrap().unwrap();
    assert_eq!(
        (read.views_left, read.opened, read.expires_at),
        (Some(2), 1, NOW + 10)
    );
    assert_eq!(open(at(NOW + 5, Some("mine"))).await.as_deref(), Ok("sealed"));
    assert_eq!(
        store.share(&id).await.unwrap().unwrap().expires_at,
        NOW + 10,
        "once"
    );

    let stranger = Actor::Person(UserId::new("nobody"));
    assert_eq!(store.share_receipts(&id, &stranger).await.unwrap(), None);
    let receipts = store.share_receipts(&id, &office.actor()).await.unwrap().unwrap();
    assert_eq!(
        receipts.iter().map(|receipt| receipt.at).collect::<Vec<_>>(),
        [NOW + 5, NOW]
    );
    assert_eq!(receipts[0].address, "192.0.2.1");

    let later = ShareChange {
        expires_at: Some(NOW + 500),
        views_left: Some(None),
        ..ShareChange::default()
    };
    assert!(
        store
            .change_share(&id, &stranger, later.clone(), NOW)
            .await
            .unwrap()
            .is_none()
    );
    let changed = store
        .change_share(&id, &office.actor(), later, NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (changed.expires_at, changed.views_left),
        (NOW + 10, None),
        "never later"
    );
    let sooner = ShareChange {
        expires_at: Some(NOW + 8),
        ..ShareChange::default()
    };
    let changed = store
        .change_share(&id, &office.actor(), sooner.clone(), NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((changed.expires_at, changed.views_left), (NOW + 8, None));
    store
        .destroy_share(&id, at(NOW + 6, Some("mine")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        open(at(NOW + 6, Some("mine"))).await,
        Err(Closed::Gone(Gone::Destroyed))
    );
    assert!(
        store
            .change_share(&id, &office.actor(), sooner, NOW)
            .await
            .unwrap()
            .is_none()
    );
    let (mine, _) = store
        .shares_of(&office.actor(), &office.organization, 0, 5)
        .await
        .unwrap();
    assert!(mine[0].destroyed, "its creator is told");

    // Receipts go with the share, and there are never more than a hundred.
    let many = Share {
        receipts: true,
        ..share(&office, "many", None)
    };
    let many_id = many.id.clone();
    store.create_share(many, "sealed", PLENTY).await.unwrap();
    for n in 0..105 {
        store.open_share(&many_id, visit(NOW + n)).await.unwrap().unwrap();
    }
    let receipts = store
        .share_receipts(&many_id, &office.actor())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (receipts.len(), receipts[0].at, receipts[99].at),
        (100, NOW + 104, NOW + 5)
    );
    store.sweep(NOW + MINUTE + 30 * 86_400_000).await.unwrap();
    assert_eq!(
        store.share_receipts(&many_id, &office.actor()).await.unwrap(),
        None
    );
}

/// A share with a file of two pieces.
fn with_file(office: &Office, id: &str, views: Option<u64>) -> Share {
    Share {
        file: Some(SharedFile {
            bytes: FILE_PIECE + 3,
            missing: 2,
        }),
        expires_at: NOW + 2 * FETCHING,
        ..share(office, id, views)
    }
}

async fn limits_of_a_share_change_each_for_itself(store: &dyn Store) {
    let office = Office::open(store).await;
    let id = ShareId::new("later");
    store
        .create_share(share(&office, "later", None), "sealed", PLENTY)
        .await
        .unwrap();
    let change = async |change| store.change_share(&id, &office.actor(), change, NOW).await;
    let (phone, laptop) = (
        ShareChange {
            networks: Some(vec!["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()]),
            after_view: Some(Some(20)),
            ..ShareChange::default()
        },
        ShareChange {
            one_device: Some(true),
            receipts: Some(true),
            sender_ends: Some(true),
            ..ShareChange::default()
        },
    );
    change(phone.clone()).await.unwrap().unwrap();
    let both = change(laptop).await.unwrap().unwrap();
    assert_eq!(
        (both.networks.len(), both.after_view, both.one_device),
        (2, Some(20), true)
    );
    assert!(both.receipts && both.sender_ends);
    let at = |now, device| Visitor { device, ..visit(now) };
    let open = async |visitor| {
        store
            .open_share(&id, visitor)
            .await
            .unwrap()
            .map(|(_, value)| value)
    };
    let barred = |why| Err(Closed::Barred(why));
    assert_eq!(open(at(NOW, None)).await, barred(Barred::Device));
    assert!(open(at(NOW, Some("mine"))).await.is_ok());
    assert_eq!(
        store.destroy_share(&id, at(NOW, Some("mine"))).await.unwrap(),
        barred(Barred::Sender).map(|_: String| ())
    );
    assert_eq!(store.share(&id).await.unwrap().unwrap().expires_at, NOW + 20);

    // The first view has decided: nothing of such a change is done, and the same again is no change.
    let ends = ShareChange {
        after_view: Some(None),
        receipts: Some(false),
        ..ShareChange::default()
    };
    assert!(matches!(change(ends).await, Err(StoreError::ShareOpened)));
    assert!(store.share(&id).await.unwrap().unwrap().receipts);
    change(phone).await.unwrap().unwrap();
    let binds = |one_device| ShareChange {
        one_device: Some(one_device),
        ..ShareChange::default()
    };
    change(binds(false)).await.unwrap().unwrap();
    assert!(open(at(NOW, None)).await.is_ok());
    assert!(matches!(change(binds(true)).await, Err(StoreError::ShareOpened)));
    let free = ShareChange {
        sender_ends: Some(false),
        networks: Some(Vec::new()),
        ..ShareChange::default()
    };
    let free = change(free).await.unwrap().unwrap();
    assert!(free.networks.is_empty() && free.receipts);
    store.destroy_share(&id, at(NOW, None)).await.unwrap().unwrap();
}

async fn administrators_end_what_others_share_and_see_nothing_of_it(store: &dyn Store) {
    let office = Office::open(store).await;
    let identity = store
        .create_identity(&office.organization, "ci", OrgRole::Member, false, NOW)
        .await
        .unwrap();
    let nobody = UserId::new("nobody");
    for (id, creator, at) in [
        ("mine", Some(office.actor()), 1),
        ("a machine's", Some(Actor::Machine(identity.id.clone())), 2),
        // As a version left it that did not end what a machine shared.
        ("nobody's", None, 3),
        ("used", Some(office.actor()), 4),
        ("over", Some(office.actor()), 5),
    ] {
        let share = Share {
            creator,
            created_at: NOW + at,
            expires_at: NOW + if id == "over" { 9 } else { MINUTE },
            ..share(&office, id, Some(1))
        };
        store.create_share(share, "sealed", PLENTY).await.unwrap();
    }
    store
        .open_share(&ShareId::new("used"), visit(NOW))
        .await
        .unwrap()
        .unwrap();
    let request = SecretRequest {
        id: ShareId::new("asked"),
        name: None,
        access: ShareAccess::Anyone,
        organization: office.organization.clone(),
        creator: office.actor(),
        most: 3,
        answers: 0,
        ended_by_admin: false,
        expires_at: NOW + 9,
        created_at: NOW + 6,
        updated_at: NOW,
    };
    let asked = request.id.clone();
    store.create_secret_request(request, PLENTY).await.unwrap();
    store
        .answer_secret_request(&asked, "one", PLENTY, NOW)
        .await
        .unwrap();
    let organization = &office.organization;
    let seen = async |except: &UserId, now| {
        let (links, total) = store
            .overseen_links(organization, except, 0, 100, now)
            .await
            .unwrap();
        assert_eq!(total, links.len() as u64);
        links
    };
    // A request is there as long as its answers are.
    let links = seen(&nobody, NOW + 9).await;
    let owners: Vec<_> = links
        .iter()
        .map(|link| {
            link.owner
                .as_ref()
                .map(|owner| (owner.name.as_str(), owner.is_member))
        })
        .collect();
    let (name, is_member) = owners[0].unwrap();
    assert!(!name.is_empty() && is_member);
    assert_eq!(&owners[1..], [None, Some(("ci", true)), owners[0]]);
    assert_eq!(links[0].what, OverseenWhat::Request { answers: 1, most: 3 });
    let share = OverseenWhat::Share {
        views_left: Some(1),
        opened: 0,
        file_bytes: None,
    };
    assert!(links[1..].iter().all(|link| link.what == share));
    let ids = ["mine", "a machine's", "nobody's", "asked"];
    assert!(links.iter().all(|link| !ids.contains(&link.handle.as_str())));
    let (page, total) = store
        .overseen_links(organization, &nobody, 1, 2, NOW + 9)
        .await
        .unwrap();
    assert_eq!((page.len(), total), (2, 4));
    assert_eq!(
        (&page[0].handle, &page[1].handle),
        (&links[1].handle, &links[2].handle)
    );
    // One's own are in one's own list, and another organisation has its own administrators.
    assert_eq!(seen(&office.admin, NOW + 9).await.len(), 2);
    let other = OrganizationId::new("another");
    let (none, _) = store.overseen_links(&other, &nobody, 0, 9, NOW).await.unwrap();
    assert!(none.is_empty());
    let end = async |organization, link: &OverseenLink| {
        let ended = store.end_overseen_link(organization, &link.handle, NOW);
        ended.await.unwrap()
    };
    for link in &links {
        assert!(!end(&other, link).await);
    }
    for link in &links {
        assert!(end(organization, link).await && !end(organization, link).await);
    }
    assert!(
        seen(&nobody, NOW)
            .await
            .iter()
            .all(|link| link.expires_at == NOW + 9)
    );
    for id in &ids[..3] {
        let ended = store.open_share(&ShareId::new(*id), visit(NOW)).await.unwrap();
        assert_eq!(ended.err(), Some(Closed::Gone(Gone::Revoked)), "{id}");
    }
    let late = store
        .answer_secret_request(&asked, "two", PLENTY, NOW)
        .await
        .unwrap();
    assert!(matches!(late, Answered::Late));
    let (told, answers) = store
        .secret_answers(&asked, &office.actor())
        .await
        .unwrap()
        .unwrap();
    assert!(told.ended_by_admin && answers.is_empty(), "whoever asked is told");
    let (told, _) = store
        .shares_of(&office.actor(), organization, 0, 9)
        .await
        .unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|share| (share.id.as_str(), share.ended_by_admin))
        .collect();
    assert_eq!(told, [("over", false), ("used", false), ("mine", true)]);
}

async fn a_share_opens_once_its_file_is_there(store: &dyn Store) {
    let office = Office::open(store).await;
    let quota = Quota {
        files: 2 * FILE_PIECE + 6,
        ..PLENTY
    };
    let (id, actor) = (ShareId::new("file"), office.actor());
    let make = async |id: &str, views| {
        let made = store
            .create_share(with_file(&office, id, views), "sealed", quota)
            .await;
        made.map_err(|error| assert!(matches!(error, StoreError::SharesFull)))
    };
    let add =
        async |id: &ShareId, number, piece: &[u8], now| store.add_piece(id, &actor, number, piece, now).await;
    let read = async |id: &ShareId, number, now| store.piece(id, number, now).await.unwrap();
    make("file", Some(1)).await.unwrap();
    make("second", Some(1)).await.unwrap();
    assert!(make("third", Some(1)).await.is_err(), "what is to come counts");
    let (first, second) = (vec![7; FILE_PIECE as usize], b"end".to_vec());
    let stranger = Actor::Person(UserId::new("stranger"));
    assert_eq!(
        store.add_piece(&id, &stranger, 0, &first, NOW).await.unwrap(),
        Err(Closed::Gone(Gone::Missing))
    );
    add(&id, 1, &second, NOW).await.unwrap().unwrap();
    let unfinished = Err(Closed::Barred(Barred::Unfinished));
    let opened = store.open_share(&id, visit(NOW)).await.unwrap();
    assert_eq!(opened.map(|_| ()), unfinished);
    assert_eq!(read(&id, 1, NOW).await, None, "nobody has opened it");
    add(&id, 0, &first, NOW).await.unwrap().unwrap();
    // A piece whose answer was lost comes again, and no other in its place.
    add(&id, 0, &first, NOW).await.unwrap().unwrap();
    assert!(matches!(
        add(&id, 1, b"END", NOW).await,
        Err(StoreError::Exists(Thing::Piece))
    ));
    let known = store.share(&id).await.unwrap().unwrap();
    assert_eq!(known.file.map(|file| file.missing), Some(0));
    store.open_share(&id, visit(NOW)).await.unwrap().unwrap();
    assert_eq!(
        add(&id, 0, &first, NOW).await.unwrap(),
        Err(Closed::Gone(Gone::Used))
    );
    // The view is spent; the pieces may be fetched for an hour, and are gone afterwards.
    let last = NOW + FETCHING - 1;
    store.sweep(last).await.unwrap();
    assert_eq!(read(&id, 0, last).await, Some(first.clone()));
    assert_eq!(read(&id, 1, last).await, Some(second.clone()));
    assert_eq!(read(&id, 2, last).await, None);
    assert_eq!(read(&id, 0, last + 1).await, None);
    assert!(make("third", Some(1)).await.is_err(), "what is kept counts");
    store.sweep(last + 1).await.unwrap();
    assert_eq!(read(&id, 0, last).await, None);
    make("third", Some(2)).await.unwrap();
    // What is destroyed or taken back is gone at once, whoever is fetching it.
    for (name, revoke) in [("third", true), ("fourth", false)] {
        if !revoke {
            make(name, Some(2)).await.unwrap();
        }
        let id = ShareId::new(name);
        add(&id, 0, &first, NOW).await.unwrap().unwrap();
        add(&id, 1, &second, NOW).await.unwrap().unwrap();
        store.open_share(&id, visit(NOW)).await.unwrap().unwrap();
        assert_eq!(read(&id, 1, NOW).await, Some(second.clone()));
        if revoke {
            store.revoke_share(&id, &actor, NOW).await.unwrap().unwrap();
        } else {
            store.destroy_share(&id, visit(NOW)).await.unwrap().unwrap();
        }
        assert_eq!(read(&id, 1, NOW).await, None, "{name}");
    }
    // What is erased counts no more.
    make("fifth", Some(2)).await.unwrap();
    // What nobody goes on with for a day is forgotten, though its time is not over.
    let slow = Share {
        expires_at: NOW + 30 * ABANDONED,
        ..with_file(&office, "slow", None)
    };
    store
        .create_share(
            slow,
            "sealed",
            Quota {
                files: u64::MAX,
                ..PLENTY
            },
        )
        .await
        .unwrap();
    let slow = ShareId::new("slow");
    add(&slow, 0, &first, NOW + 5).await.unwrap().unwrap();
    store.sweep(NOW + ABANDONED + 4).await.unwrap();
    assert!(store.share(&slow).await.unwrap().is_some());
    store.sweep(NOW + ABANDONED + 5).await.unwrap();
    assert!(store.share(&slow).await.unwrap().is_none());
}

async fn an_account_shares_no_more_than_its_quota(store: &dyn Store) {
    let office = Office::open(store).await;
    let quota = Quota {
        bytes: 15,
        files: 15,
        live: 2,
    };
    let share_one = async |id: &str, value: &str| {
        store
            .create_share(share(&office, id, Some(1)), value, quota)
            .await
    };
    let full = |outcome| matches!(outcome, Err(StoreError::SharesFull));
    share_one("a", "0123456789").await.unwrap();
    assert!(full(share_one("b", "012345").await), "bytes");
    share_one("b", "01234").await.unwrap();
    assert!(full(share_one("c", "").await), "count");
    // Another account has its own room, and what is over takes none.
    let public = Share {
        creator: None,
        organization: None,
        ..share(&office, "public", None)
    };
    store.create_share(public, "0123456789", quota).await.unwrap();
    store
        .open_share(&ShareId::new("a"), visit(NOW))
        .await
        .unwrap()
        .unwrap();
    share_one("c", "0123456789").await.unwrap();
    store
        .revoke_share(&ShareId::new("b"), &office.actor(), NOW)
        .await
        .unwrap()
        .unwrap();
    store
        .destroy_share(&ShareId::new("c"), visit(NOW))
        .await
        .unwrap()
        .unwrap();
    share_one("d", "0123456789").await.unwrap();
    share_one("e", "01234").await.unwrap();
    store.sweep(NOW + MINUTE).await.unwrap();
    share_one("f", "0123456789").await.unwrap();

    // What a machine shared ends with it, and is in no stranger's way.
    let identity = store
        .create_identity(&office.organization, "ci", OrgRole::Member, false, NOW)
        .await
        .unwrap();
    for id in ["left", "behind"] {
        let share = Share {
            creator: Some(Actor::Machine(identity.id.clone())),
            ..share(&office, id, None)
        };
        store.create_share(share, "0123456", quota).await.unwrap();
    }
    store.delete_identity(&identity.id, NOW).await.unwrap();
    for id in ["left", "behind"] {
        let ended = store.open_share(&ShareId::new(id), visit(NOW)).await.unwrap();
        assert_eq!(ended.err(), Some(Closed::Gone(Gone::Revoked)));
    }
    let public = Share {
        creator: None,
        organization: None,
        ..share(&office, "public again", None)
    };
    store.create_share(public, "0123456789", quota).await.unwrap();
}

async fn what_waits_for_a_webhook_has_a_bound_and_is_taken_once(store: &dyn Store) {
    let office = Office::open(store).await;
    let new = |url: &str| NewWebhook {
        about: About::Account {
            user: office.admin.clone(),
            organization: office.organization.clone(),
        },
        kind: WebhookKind::General,
        url: url.to_owned(),
        secret: Some("s".to_owned()),
        events: Vec::new(),
    };
    let one = store.create_webhook(new("https://a.example"), NOW).await.unwrap();
    let of_account = async || {
        let found = store.webhooks_of_account(&office.admin, &office.organization);
        found.await.unwrap()
    };
    let link = share(&office, "link", None);
    store.create_share(link.clone(), "v", PLENTY).await.unwrap();
    // Each view has its own time, and is news of its own.
    for view in 0..MOST_WAITING + 2 {
        store
            .open_share(&link.id, visit(NOW + view))
            .await
            .unwrap()
            .unwrap();
    }
    let full = of_account().await.remove(0);
    assert_eq!(full.waiting, MOST_WAITING);
    assert!(full.last_error.unwrap().contains("too much waits"));

    // One thing at a time of one owner, and none while the owner is busy.
    let later = NOW + MINUTE;
    let owner = one.owner().to_owned();
    let busy = store
        .take_deliveries(std::slice::from_ref(&owner), 8, later)
        .await
        .unwrap();
    assert!(busy.is_empty());
    let first = store.take_deliveries(&[], 8, later).await.unwrap();
    assert_eq!(first.len(), 1);
    let second = store.take_deliveries(&[], 8, later).await.unwrap();
    assert_ne!(first[0].id, second[0].id);
    store.told(&first[0].id, Ok(()), later).await.unwrap();
    assert_eq!(of_account().await.remove(0).waiting, MOST_WAITING - 1);
    // What was taken and never told about comes again after its pause.
    let mut seen = false;
    for _ in 0..MOST_WAITING {
        let taken = store.take_deliveries(&[], 8, later + PAUSES[0]).await.unwrap();
        let Some(taken) = taken.into_iter().next() else {
            break;
        };
        seen |= taken.id == second[0].id;
        store.told(&taken.id, Ok(()), later + PAUSES[0]).await.unwrap();
    }
    assert!(seen);
    assert_eq!(of_account().await.remove(0).waiting, 0);

    // Whoever rests is told nothing of what waited.
    store.open_share(&link.id, visit(NOW)).await.unwrap().unwrap();
    assert_eq!(of_account().await.remove(0).waiting, 1);
    let rest = WebhookChange {
        is_disabled: Some(true),
        events: None,
    };
    let resting = store.change_webhook(&one.id, rest, later).await.unwrap();
    assert!(resting.is_disabled && resting.waiting == 0);
    store.open_share(&link.id, visit(NOW)).await.unwrap().unwrap();
    assert_eq!(of_account().await.remove(0).waiting, 0);
    store.delete_webhook(&one.id).await.unwrap();
    assert!(of_account().await.is_empty());
}

async fn sweeping_forgets_what_is_over(store: &dyn Store) {
    let office = Office::open(store).await;
    store
        .create_share(share(&office, "s", None), "sealed", PLENTY)
        .await
        .unwrap();
    let session = Session {
        id: SessionId::new("s"),
        user: office.admin.clone(),
        organization: None,
        current: "one".into(),
        issued_at: NOW,
        expires_at: NOW + MINUTE,
    };
    store.start_session(session, NOW).await.unwrap();
    let known = async || {
        let session = store
            .session(&SessionId::new("s"), None, NOW)
            .await
            .unwrap()
            .is_some();
        (session, store.share(&ShareId::new("s")).await.unwrap().is_some())
    };
    store.sweep(NOW).await.unwrap();
    assert_eq!(known().await, (true, true));
    store.sweep(NOW + MINUTE).await.unwrap();
    assert_eq!(
        known().await,
        (false, true),
        "why a link ended is told for a while"
    );
    store.sweep(NOW + MINUTE + 30 * 86_400_000).await.unwrap();
    assert_eq!(known().await, (false, false));
}

/// When what an administrator ends was made.
const OVERSEEN: u64 = NOW - 1;

#[tokio::test]
async fn what_is_over_is_in_no_file_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.db"), ids())
        .await
        .unwrap();
    let office = Office::open(&store).await;
    let in_files = |mark: &str| {
        let files = std::fs::read_dir(folder.path()).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| bytes.windows(mark.len()).any(|window| window == mark.as_bytes()))
    };
    // Long ones spill into pages of their own.
    let value = |id: &str| format!("<{id} of a link>").repeat(400);
    let marks = ["expired", "used", "revoked", "destroyed", "overseen", "live"]
        .map(|id| (id, format!("<{id} of a link>")));
    for (id, _) in &marks {
        let share = Share {
            expires_at: NOW + if *id == "live" { 2 * MINUTE } else { MINUTE },
            created_at: if *id == "overseen" { OVERSEEN } else { NOW },
            ..share(&office, id, Some(1))
        };
        store.create_share(share, &value(id), PLENTY).await.unwrap();
    }
    let request = SecretRequest {
        id: ShareId::new("asked"),
        name: None,
        access: ShareAccess::Anyone,
        organization: office.organization.clone(),
        creator: office.actor(),
        most: 1,
        answers: 0,
        ended_by_admin: false,
        expires_at: NOW + MINUTE,
        created_at: NOW,
        updated_at: NOW,
    };
    for id in ["asked", "asked in vain"] {
        let asked = ShareId::new(id);
        let request = SecretRequest {
            id: asked.clone(),
            created_at: if id == "asked" { NOW } else { OVERSEEN },
            ..request.clone()
        };
        store.create_secret_request(request, PLENTY).await.unwrap();
        let answered = store
            .answer_secret_request(&asked, &value(id), PLENTY, NOW)
            .await
            .unwrap();
        assert!(matches!(answered, Answered::Kept(_)));
    }
    // The pieces of files, which a store takes in any length: a used one while it may be fetched, and the others as the values beside them.
    let piece = |id: &str| format!("<{id} of a file>").repeat(4_000);
    let files = [
        "expired",
        "used",
        "revoked",
        "destroyed",
        "overseen",
        "begun",
        "live",
    ];
    for id in files {
        let (name, until) = (
            format!("file {id}"),
            if id == "live" { 2 * MINUTE } else { MINUTE },
        );
        let share = Share {
            expires_at: NOW + if id == "begun" { 30 * ABANDONED } else { until },
            created_at: if id == "overseen" { OVERSEEN } else { NOW },
            ..with_file(&office, &name, Some(1))
        };
        let quota = Quota {
            files: 10 * FILE_PIECE,
            ..PLENTY
        };
        store.create_share(share, "sealed", quota).await.unwrap();
        let (share, actor) = (ShareId::new(name), office.actor());
        let first = piece(id);
        let add = async |number, piece: &[u8]| {
            store
                .add_piece(&share, &actor, number, piece, NOW)
                .await
                .unwrap()
                .unwrap();
        };
        add(0, first.as_bytes()).await;
        if id != "begun" {
            add(1, b"end").await;
        }
    }
    let left_of_files = || -> Vec<_> {
        files
            .into_iter()
            .filter(|id| in_files(&format!("<{id} of a file>")))
            .collect()
    };
    assert_eq!(left_of_files(), files);
    assert!(marks.iter().all(|(_, mark)| in_files(mark)));
    assert!(in_files("<asked of a link>") && in_files("<asked in vain of a link>"));
    // An administrator ends what they know by its time alone, and can open none of it.
    let nobody = UserId::new("nobody");
    let (overseen, _) = store
        .overseen_links(&office.organization, &nobody, 0, 100, NOW)
        .await
        .unwrap();
    let ended = overseen.iter().filter(|link| link.created_at == OVERSEEN);
    assert_eq!(ended.clone().count(), 3);
    for link in ended {
        let ends = store.end_overseen_link(&office.organization, &link.handle, NOW);
        assert!(ends.await.unwrap());
    }
    for (id, what) in [("used", 0), ("revoked", 1), ("destroyed", 2)] {
        let id = ShareId::new(format!("file {id}"));
        match what {
            0 => drop(store.open_share(&id, visit(NOW)).await.unwrap().unwrap()),
            1 => drop(
                store
                    .revoke_share(&id, &office.actor(), NOW)
                    .await
                    .unwrap()
                    .unwrap(),
            ),
            _ => store.destroy_share(&id, visit(NOW)).await.unwrap().unwrap(),
        }
    }

    store
        .open_share(&ShareId::new("used"), visit(NOW))
        .await
        .unwrap()
        .unwrap();
    store
        .revoke_share(&ShareId::new("revoked"), &office.actor(), NOW)
        .await
        .unwrap()
        .unwrap();
    store
        .destroy_share(&ShareId::new("destroyed"), visit(NOW))
        .await
        .unwrap()
        .unwrap();
    store.sweep(NOW + MINUTE).await.unwrap();
    let left: Vec<_> = marks
        .iter()
        .filter(|(_, mark)| in_files(mark))
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(left, ["live"]);
    assert_eq!(left_of_files(), ["used", "begun", "live"]);
    store.sweep(NOW + FETCHING).await.unwrap();
    assert_eq!(left_of_files(), ["begun"]);
    store.sweep(NOW + ABANDONED).await.unwrap();
    assert_eq!(left_of_files(), Vec::<&str>::new());
    assert!(in_files("<asked of a link>"), "an answer waits for a week");
    assert!(!in_files("<asked in vain of a link>"));
    store.sweep(NOW + MINUTE + 7 * 86_400_000).await.unwrap();
    assert!(!in_files(" of a link>"));
    store.close().await;
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path, ids()).await.unwrap();
    let office = Office::open(&store).await;
    office
        .write(&store, &office.at("/"), create("A", "1"))
        .await
        .unwrap();
    store.close().await;
    let store = SqliteStore::open(&path, ids()).await.unwrap();
    assert_eq!(
        store
            .secret(&office.at("/"), "A", None, None)
            .await
            .unwrap()
            .value,
        "1"
    );
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_readers_and_writers_never_find_the_database_busy() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(
        SqliteStore::open(&folder.path().join("store.db"), ids())
            .await
            .unwrap(),
    );
    let office = Arc::new(Office::open(&*store).await);
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let (store, office) = (store.clone(), office.clone());
            tokio::spawn(async move {
                for number in 0..10 {
                    let name = format!("T{task}N{number}");
                    office
                        .write(&*store, &office.at("/"), create(&name, "v"))
                        .await
                        .unwrap();
                    store.secrets(&office.at("/"), true, None).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        store.secrets(&office.at("/"), false, None).await.unwrap().len(),
        160
    );
    store.close().await;
}

#[tokio::test]
async fn a_value_that_was_deleted_is_not_left_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path, ids()).await.unwrap();
    let office = Office::open(&store).await;
    office
        .write(&store, &office.at("/"), create("A", "canary-that-was-deleted"))
        .await
        .unwrap();
    office.write(&store, &office.at("/"), delete("A")).await.unwrap();
    store.close().await;
    let bytes = std::fs::read(&path).unwrap();
    assert!(
        !bytes
            .windows(23)
            .any(|window| window == b"canary-that-was-deleted")
    );
}
