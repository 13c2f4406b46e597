//! Saying what happened: by names, once, and so that who looked elsewhere still reads it.

use std::{collections::HashSet, time::Duration};

use coffer_client::{AccessRequest, Verification};
use leptos::prelude::*;

use super::{
    Access,
    happened::{Happened, begins},
    own::place_name,
};
use crate::{backend::Project, platform::clock, state::projects::crumb_of, text::access as words, ui::Glyph};

impl Access {
    /// Says what happened, by the names of people and environments.
    pub(super) async fn tell_all(self, project: &Project, news: Vec<(Happened, AccessRequest)>) {
        // Names are a convenience: without them it is said all the same.
        let members = project.members().await.unwrap_or_default();
        let name = |user: &str| {
            let known = members.iter().find(|member| member.user_id == user);
            known.map_or_else(|| words::former(user), |member| member.shown_name().to_owned())
        };
        let is_me = |user: &str| {
            let known = members.iter().find(|member| member.user_id == user);
            known.is_some_and(|member| member.verified == Verification::You)
        };
        let (place, here) = (crumb_of(project), self.here.try_get_untracked().flatten());
        for (what, request) in news {
            let environment = &place_name(here.as_deref(), &place, &request.environment);
            if what == Happened::OpenedAlone {
                let id = request.id.clone();
                let fresh = self.announced.try_update_value(|announced| announced.insert(id));
                if fresh != Some(true) {
                    continue;
                }
                let Some(emergency) = &request.emergency else {
                    continue;
                };
                if is_me(&emergency.by) {
                    continue;
                }
                let (by, why) = (name(&emergency.by), emergency.why.as_str());
                let said = words::told_alone(Some(&by), environment, Some(why));
                self.tell(Glyph::Flame, said, Stays::UntilPutAway);
            } else {
                let said = what.said(&name(&request.requester), environment);
                self.tell(what.glyph(), said, Stays::AWhile);
            }
        }
    }

    /// Gives a notice. What is said while nobody sees the tab is still there when somebody does.
    fn tell(self, glyph: Glyph, said: String, stays: Stays) {
        let Some(hidden) = self.hidden.try_get_untracked() else {
            return;
        };
        if !hidden && stays == Stays::AWhile {
            self.toasts.say_with(glyph, said);
            return;
        }
        let said = self.toasts.at_home(|| Signal::stored(said));
        let id = self.toasts.push(glyph, said, None, None);
        if hidden {
            self.unseen.update(|unseen| unseen.push(id));
        }
    }

    /// Puts away what was said while nobody saw the tab, once somebody had the time to read it.
    pub(super) fn put_away_seen(self) {
        Effect::new(move |_| {
            if self.hidden.get() {
                return;
            }
            let seen = self
                .unseen
                .try_update_untracked(std::mem::take)
                .unwrap_or_default();
            if seen.is_empty() {
                return;
            }
            self.unseen.notify();
            let toasts = self.toasts;
            set_timeout(
                move || {
                    for id in seen {
                        toasts.dismiss(id);
                    }
                },
                READING,
            );
        });
    }

    /// Says once, ten minutes before the end, that a grant ends, and once that a planned one has begun: in any project.
    pub(super) fn warn(self) {
        let now = clock::seconds();
        let warned = StoredValue::new(HashSet::new());
        Effect::new(move |_| {
            let now = now.get();
            for grant in self.open_grants(now) {
                let left = grant.until.saturating_sub(now);
                if left > NOTICE || grant.until.saturating_sub(grant.from) <= NOTICE {
                    continue;
                }
                let once = (grant.request, grant.until);
                if warned.try_update_value(|warned| warned.insert(once)) == Some(true) {
                    let said = words::told_ends_soon(&grant.place, left.div_ceil(60_000));
                    self.tell(Glyph::Hourglass, said, Stays::AWhile);
                }
            }
        });
        let ahead = StoredValue::new(HashSet::new());
        Effect::new(move |_| {
            let now = now.get();
            let here = self.here.get_untracked();
            let begun: Vec<String> = self.own.with(|own| {
                let own = own.values().flat_map(|own| {
                    let requests = own.requests.iter();
                    requests.map(|request| (&own.place, request))
                });
                let begun = own.filter(|(_, request)| {
                    ahead.try_update_value(|ahead| begins(ahead, request, now)) == Some(true)
                });
                begun
                    .map(|(place, request)| place_name(here.as_deref(), place, &request.environment))
                    .collect()
            });
            for place in begun {
                let began = Happened::Began;
                self.tell(began.glyph(), began.said("", &place), Stays::AWhile);
            }
        });
    }
}

/// How long a notice stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stays {
    AWhile,
    UntilPutAway,
}

/// So long a notice that nobody saw stays once somebody is there.
const READING: Duration = Duration::from_secs(15);
/// So long before the end of a grant its holder is told, in milliseconds.
pub(crate) const NOTICE: u64 = 10 * 60_000;
