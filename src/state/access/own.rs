//! This person's own requests in every project: the frame counts the time of what is granted on whatever page, and tells
//! what becomes of the rest. Most projects hold none, and nothing is read of those: only where this device keeps a key for
//! what is asked somebody looks, one project after the other.

use std::collections::{BTreeMap, BTreeSet};

use coffer_client::{AccessRequest, AccessState, Error, ProjectId};
use leptos::{prelude::*, task::spawn_local};

use super::{
    Access,
    happened::{Happened, happened},
    standing::{is_open, until},
};
use crate::{
    backend::{Project, Vault},
    platform::clock,
    state::{current::ProjectCrumb, projects::crumb_of},
    text::access as words,
};

/// This person's own requests in a project, by what the project calls itself and its environments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Own {
    pub(super) place: ProjectCrumb,
    pub(super) requests: Vec<AccessRequest>,
}

/// The own requests by the id of their project.
pub(super) type OwnRequests = BTreeMap<String, Own>;

/// A grant of this person that is open now and on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenGrant {
    /// The project's id.
    pub(crate) project: String,
    /// The request's id.
    pub(crate) request: String,
    /// The environment's name, and the project's where another one is looked at.
    pub(crate) place: String,
    /// From when, in milliseconds.
    pub(crate) from: u64,
    /// Until when.
    pub(crate) until: u64,
}

impl Access {
    /// This person's grants that are open on this device, in whatever project, tracked: the one that ends first before the
    /// others.
    pub(crate) fn open_grants(self, now: u64) -> Vec<OpenGrant> {
        let here = self.here.get();
        self.own.with(|own| open_grants(own, here.as_deref(), now))
    }

    /// Notes this person's requests among those of a project, and gives what happened to them since they were noted before.
    pub(super) fn learn(
        self,
        project: &Project,
        requests: &[AccessRequest],
    ) -> Vec<(Happened, AccessRequest)> {
        let mine = requests.iter().filter(|request| request.mine);
        let now = Own {
            place: crumb_of(project),
            requests: mine.cloned().collect(),
        };
        let id = now.place.id.clone();
        self.looked_at(&id, clock::now());
        let before = self.own.try_with_untracked(|own| own.get(&id).cloned());
        let Some(before) = before else { return Vec::new() };
        let news = happened(
            before.as_ref().map(|before| before.requests.as_slice()),
            &now.requests,
        );
        if before.as_ref() != Some(&now) {
            self.own.try_update(|own| own.insert(id, now));
        }
        news
    }

    /// Wipes the keys of what is over, and looks after what is asked in projects that are not open, without waiting.
    pub(super) fn look_around(self) {
        if self.looks.try_get_value() != Some(false) {
            return;
        }
        self.looks.set_value(true);
        let vault = self.vault.get();
        spawn_local(async move {
            self.look_at_others(&vault).await;
            self.looks.try_set_value(false);
        });
    }

    async fn look_at_others(self, vault: &Vault) {
        let Ok(asked) = vault.asked_projects().await else {
            return;
        };
        let asked = asked.into_iter().map(ProjectId::into_string).collect();
        let due = self.looked.try_with_value(|looked| {
            let open = self.open_project();
            let due = |own: &OwnRequests| due(&asked, own, looked, open.as_deref(), clock::now());
            self.own.try_with_untracked(due)
        });
        for id in due.flatten().unwrap_or_default() {
            self.looked_at(&id, clock::now());
            // Whoever is no member any more has nothing there; if they are again, its page knows first. What else went wrong is
            // tried another time.
            let outcome = self.look_at(vault, &id).await;
            if let Err(Error::Forbidden | Error::NotFound | Error::StateVanished { .. }) = outcome {
                self.looked_at(&id, NEVER);
                self.own.try_update(|own| own.remove(&id));
            }
        }
    }

    async fn look_at(self, vault: &Vault, id: &str) -> Result<(), Error> {
        let project = vault.open_project(&ProjectId::new(id)).await?;
        let requests = project.requests().await?;
        // One that was opened meanwhile is read by itself, and what it read is newer.
        if self.open_project().as_deref() != Some(id) {
            let news = self.learn(&project, &requests);
            if !news.is_empty() {
                self.tell_all(&project, news).await;
            }
        }
        Ok(())
    }

    fn open_project(self) -> Option<String> {
        // The shell may be gone, and which project is open with it.
        self.turn.try_get_value()?;
        untrack(|| self.current.project()).map(|(id, _)| id)
    }

    fn looked_at(self, id: &str, when: u64) {
        self.looked
            .try_update_value(|looked| looked.insert(id.to_owned(), when));
    }
}

impl Own {
    /// This device keeps a key for something of it.
    fn has_keys(&self) -> bool {
        self.requests.iter().any(|request| request.device_has_key)
    }

    /// Something that was open at one moment was over at another.
    fn has_ended(&self, between: u64, now: u64) -> bool {
        let mut ends = self.requests.iter().map(until);
        ends.any(|until| between < until && until <= now)
    }
}

/// An environment by its name, and by its project's where another one is looked at.
pub(super) fn place_name(here: Option<&str>, place: &ProjectCrumb, slug: &str) -> String {
    let environment = place.environment(slug);
    if here == Some(place.id.as_str()) {
        environment.to_owned()
    } else {
        words::within_project(environment, &place.name)
    }
}

fn open_grants(own: &OwnRequests, here: Option<&str>, now: u64) -> Vec<OpenGrant> {
    let mut grants: Vec<OpenGrant> = Vec::new();
    for Own { place, requests } in own.values() {
        let open = |request: &&AccessRequest| request.device_has_key && is_open(request, now);
        for request in requests.iter().filter(open) {
            let AccessState::Granted { from, until: end } = request.state else {
                continue;
            };
            // What was prolonged ends with what prolongs it.
            let is_prolonged = requests
                .iter()
                .filter(open)
                .any(|later| later.follows.as_deref() == Some(request.id.as_str()) && until(later) >= end);
            if !is_prolonged {
                grants.push(OpenGrant {
                    project: place.id.clone(),
                    request: request.id.clone(),
                    place: place_name(here, place, &request.environment),
                    from,
                    until: end,
                });
            }
        }
    }
    grants.sort_by_key(|grant| grant.until);
    grants
}

/// The projects that are to be looked at now, the longest unseen first: where a key is kept or was when somebody looked
/// last. Not more than a few at once, and none that is read anyway.
fn due(
    asked: &BTreeSet<String>,
    own: &OwnRequests,
    looked: &BTreeMap<String, u64>,
    open: Option<&str>,
    now: u64,
) -> Vec<String> {
    let known = own.iter().filter(|(_, own)| own.has_keys()).map(|(id, _)| id);
    let others = asked.iter().chain(known).filter(|id| Some(id.as_str()) != open);
    let mut due: Vec<(u64, &String)> = others
        .map(|id| (looked.get(id).copied().unwrap_or_default(), id))
        .filter(|(looked, id)| {
            let ended = || own.get(*id).is_some_and(|own| own.has_ended(*looked, now));
            now.saturating_sub(*looked) >= AGAIN || ended()
        })
        .collect();
    due.sort();
    due.dedup();
    due.into_iter().take(AT_ONCE).map(|(_, id)| id.clone()).collect()
}

/// A project that is not open is looked at again after so long, in milliseconds: a moment less than three ticks.
const AGAIN: u64 = 50_000;
/// And not more than so many of them in one go.
const AT_ONCE: usize = 4;
/// Later than any clock says.
const NEVER: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::{super::happened::tests::request, *};

    fn own(id: &str, name: &str, requests: Vec<AccessRequest>) -> (String, Own) {
        let place = ProjectCrumb {
            id: id.into(),
            name: name.into(),
            environments: vec![("production".into(), "Production".into())],
        };
        (id.into(), Own { place, requests })
    }

    fn granted(id: &str, from: u64, until: u64) -> AccessRequest {
        AccessRequest {
            id: id.into(),
            ..request(true, AccessState::Granted { from, until })
        }
    }

    #[test]
    fn what_is_open_in_any_project_is_counted_by_its_end_and_named_where_it_is_elsewhere() {
        let follows = |before: &str, request| AccessRequest {
            follows: Some(before.into()),
            ..request
        };
        let elsewhere = AccessRequest {
            device_has_key: false,
            ..granted("on-another-device", 0, 20)
        };
        let all = OwnRequests::from([
            own(
                "p",
                "Payments",
                vec![
                    granted("prolonged", 0, 50),
                    follows("prolonged", granted("prolongs", 10, 90)),
                    follows("prolongs", granted("planned", 60, 200)),
                    request(true, AccessState::Waiting { more: 1 }),
                ],
            ),
            own("s", "Shipping", vec![granted("other", 0, 70), elsewhere]),
        ]);
        let check = |here: Option<&str>, now: u64, expected: &[(&str, &str)]| {
            let open = open_grants(&all, here, now);
            let open: Vec<_> = open
                .iter()
                .map(|grant| (grant.request.as_str(), grant.place.as_str()))
                .collect();
            assert_eq!(open, expected, "at {now} in {here:?}");
        };
        let (here, there) = ("Production in Payments", "Production in Shipping");
        check(Some("p"), 5, &[("prolonged", "Production"), ("other", there)]);
        check(Some("p"), 20, &[("other", there), ("prolongs", "Production")]);
        check(None, 20, &[("other", there), ("prolongs", here)]);
        check(Some("s"), 60, &[("other", "Production"), ("planned", here)]);
        check(None, 70, &[("planned", here)]);
        check(None, 200, &[]);
    }

    #[test]
    fn only_where_a_key_is_kept_somebody_looks_and_seldom_unless_something_ended() {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let all = OwnRequests::from([
            own("p", "Payments", vec![granted("r", 0, 120_000)]),
            own("s", "Shipping", vec![request(false, AccessState::Approved)]),
        ]);
        let check = |asked: &[&str], looked: &[(&str, u64)], open, now, expected: &[&str]| {
            let looked = looked.iter().map(|(id, at)| ((*id).to_owned(), *at)).collect();
            assert_eq!(due(&set(asked), &all, &looked, open, now), expected, "at {now}");
        };
        check(&["q"], &[], None, 100_000, &["p", "q"]);
        check(&["q"], &[], Some("p"), 100_000, &["q"]);
        check(&["q"], &[("p", 90_000), ("q", 30_000)], None, 100_000, &["q"]);
        // Its key is wiped already, and what became of it is not known yet.
        check(&[], &[("p", 110_000)], None, 120_000, &["p"]);
        check(&[], &[("p", 120_000)], None, 120_001, &[]);
        check(&["q"], &[("p", NEVER), ("q", NEVER)], None, 200_000, &[]);
        // Many take turns.
        let many = ["a", "b", "c", "d", "e", "f"];
        let looked = [("a", 4), ("b", 3), ("c", 9), ("d", 2), ("e", 1), ("f", 8)];
        check(&many, &looked, Some("p"), 100_000, &["e", "d", "b", "a"]);
    }
}
