//! What becomes of one's own links and forms, looked at again and again while somebody is there: how many answers wait to
//! be read, and what is new since the last look.

use std::{collections::BTreeMap, time::Duration};

use coffer_client::{FormState, FormStatus, ShareState, ShareStatus};
use leptos::{prelude::*, task::spawn_local};

use super::{session::OpenVault, toasts::Toasts};
use crate::{
    platform::{clock, visibility},
    text::{forms as form_words, shares as words},
    ui::Glyph,
};

/// The links and forms of this account, as far as the frame tells of them.
#[derive(Clone, Copy)]
pub(crate) struct Links {
    vault: OpenVault,
    toasts: Toasts,
    unread: RwSignal<usize>,
    changes: RwSignal<u32>,
    known: StoredValue<Option<Known>>,
    /// One look at a time.
    looks: StoredValue<bool>,
}

impl Links {
    /// Puts it in the context of the shell, looks once, and again while the tab is seen and something can still happen.
    pub(crate) fn provide() -> Self {
        let links = Self {
            vault: expect_context(),
            // A clock that calls has no context.
            toasts: Toasts::expect(),
            unread: RwSignal::new(0),
            changes: RwSignal::new(0),
            known: StoredValue::new(None),
            looks: StoredValue::new(false),
        };
        provide_context(links);
        let hidden = visibility::hidden();
        let look = move || {
            let can_change = links
                .known
                .try_with_value(|known| known.as_ref().is_none_or(|known| known.can_change));
            if can_change == Some(true) && hidden.try_get_untracked() == Some(false) {
                links.refresh();
            }
        };
        Effect::new(move |_| {
            if !hidden.get() {
                look();
            }
        });
        clock::every(EVERY, look);
        links
    }

    /// The ones in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// How many answers were not read, tracked.
    pub(crate) fn unread(self) -> Signal<usize> {
        self.unread.into()
    }

    /// Grows when a look found something else than the one before, tracked: a list on the page is old then.
    pub(crate) fn changes(self) -> u32 {
        self.changes.get()
    }

    /// Looks now, without waiting: something was made, read or taken back here.
    pub(crate) fn refresh(self) {
        if self.looks.try_get_value() != Some(false) {
            return;
        }
        self.looks.set_value(true);
        let (vault, toasts) = (self.vault.get(), self.toasts);
        spawn_local(async move {
            let links = vault.links().await;
            if self.looks.try_set_value(false).is_some() {
                return;
            }
            // What cannot be asked is said where it matters: on the page with the lists.
            let Ok((shares, forms)) = links else { return };
            let before = self.known.try_get_value().flatten();
            let now = Known::of(&forms, &shares, before.as_ref());
            self.known.set_value(Some(now.clone()));
            self.unread.set(now.unread);
            let Some(before) = before else { return };
            if before != now {
                self.changes.update(|changes| *changes += 1);
            }
            for news in now.since(&before) {
                match news {
                    News::Answered(title) => toasts.say_with(Glyph::Inbox, form_words::answered_now(title)),
                    News::Opened(title) => toasts.say_with(Glyph::Eye, words::opened_now(title)),
                }
            }
        });
    }
}

/// What a look found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    /// Answers by form.
    answers: BTreeMap<String, Tally>,
    /// Openings by link.
    openings: BTreeMap<String, Tally>,
    unread: usize,
    /// Something waits for an answer or can still be opened, or the server did not say.
    can_change: bool,
}

/// What was counted of a form or link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    title: String,
    count: u32,
    unread: u32,
}

/// What was not so at the look before; with its title.
#[derive(Debug, PartialEq, Eq)]
enum News<'a> {
    Answered(&'a str),
    Opened(&'a str),
}

impl Known {
    /// What the server does not say is as it was `before`, and nothing where nothing was known: it is no news when it
    /// comes back.
    fn of(forms: &[FormStatus], shares: &[ShareStatus], before: Option<&Self>) -> Self {
        let answers = forms.iter().filter_map(|form| {
            let id = form.id.as_str();
            let tally = match form.state {
                FormState::Unknown => before?.answers.get(id)?.clone(),
                _ => Tally {
                    title: form.title.clone(),
                    count: form.answers,
                    unread: form.unread,
                },
            };
            Some((id.to_owned(), tally))
        });
        let answers: BTreeMap<_, _> = answers.collect();
        let openings = shares.iter().filter_map(|share| {
            let id = share.id.as_str();
            let tally = match share.state {
                ShareState::Unknown => before?.openings.get(id)?.clone(),
                _ => Tally {
                    title: share.title.clone(),
                    count: opened(share),
                    unread: 0,
                },
            };
            Some((id.to_owned(), tally))
        });
        // One for many that was answered may be answered again.
        let waits = |form: &FormStatus| form.link_fragment.is_some() || form.state == FormState::Unknown;
        let lives = |share: &ShareStatus| {
            matches!(
                share.state,
                ShareState::Unopened | ShareState::Opened { .. } | ShareState::Unknown
            )
        };
        Self {
            openings: openings.collect(),
            unread: answers.values().map(|tally| tally.unread as usize).sum(),
            can_change: forms.iter().any(waits) || shares.iter().any(lives),
            answers,
        }
    }

    /// What is new; a link or form that was not known before was made meanwhile, and its maker knows of it.
    fn since<'a>(&'a self, before: &Self) -> Vec<News<'a>> {
        let answered = grown(&self.answers, &before.answers).map(News::Answered);
        let opened = grown(&self.openings, &before.openings).map(News::Opened);
        answered.chain(opened).collect()
    }
}

fn grown<'a>(
    now: &'a BTreeMap<String, Tally>,
    before: &BTreeMap<String, Tally>,
) -> impl Iterator<Item = &'a str> {
    now.iter().filter_map(|(id, tally)| {
        let before = before.get(id)?;
        (tally.count > before.count).then_some(tally.title.as_str())
    })
}

/// How often it was opened, as far as the server says: at least once where it says no number.
fn opened(share: &ShareStatus) -> u32 {
    let counted = share.views.zip(share.views_left);
    let counted = counted.map(|(all, left)| all.saturating_sub(left));
    let at_least = match share.state {
        ShareState::Opened { .. }
        | ShareState::UsedUp
        | ShareState::Destroyed
        | ShareState::Expired {
            was_opened: Some(true),
            ..
        } => 1,
        _ => 0,
    };
    share.opened.or(counted).unwrap_or(at_least).max(at_least)
}

/// How often somebody looks.
const EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use coffer_client::{ShareId, ShareLimits};

    use super::*;

    fn known(answers: &[(&str, u32)], openings: &[(&str, u32)]) -> Known {
        let all = |of: &[(&str, u32)]| {
            let tally = |(id, count): &(&str, u32)| Tally {
                title: format!("title of {id}"),
                count: *count,
                unread: 0,
            };
            of.iter().map(|of| (of.0.to_owned(), tally(of))).collect()
        };
        Known {
            answers: all(answers),
            openings: all(openings),
            ..Known::default()
        }
    }

    #[test]
    fn what_grew_is_news_and_what_was_made_meanwhile_is_none() {
        let before = known(&[("f", 0), ("g", 2)], &[("s", 0), ("t", 1)]);
        let now = known(&[("f", 1), ("g", 2), ("h", 3)], &[("s", 1), ("t", 1), ("u", 1)]);
        assert_eq!(
            now.since(&before),
            [News::Answered("title of f"), News::Opened("title of s")]
        );
        assert_eq!(now.since(&now), []);
        assert_eq!(before.since(&now), [], "what was deleted is no news");
    }

    fn form(state: FormState, answers: u32, unread: u32) -> FormStatus {
        FormStatus {
            id: ShareId::new("f"),
            title: "a form".to_owned(),
            fields: Vec::new(),
            created: 1,
            not_after: 9,
            state,
            most: 9,
            answers,
            unread,
            kept_until: None,
            link_fragment: None,
        }
    }

    fn share(state: ShareState) -> ShareStatus {
        ShareStatus {
            id: ShareId::new("s"),
            title: "a link".to_owned(),
            created: 1,
            not_after: 9,
            views: None,
            views_left: None,
            opened: None,
            limits: ShareLimits::default(),
            state,
            has_passphrase: false,
            note: String::new(),
            file: None,
            link_fragment: None,
        }
    }

    #[test]
    fn what_the_server_did_not_say_for_a_while_is_no_news_when_it_does_again() {
        let told = [form(FormState::Answered, 2, 1)];
        let seen = [share(ShareState::Opened { last: None })];
        let (silent, hidden) = ([form(FormState::Unknown, 0, 0)], [share(ShareState::Unknown)]);
        let before = Known::of(&told, &seen, None);
        let meanwhile = Known::of(&silent, &hidden, Some(&before));
        assert_eq!(meanwhile.unread, 1, "nobody has read it meanwhile");
        assert!(meanwhile.can_change, "it may be anything by now");
        let after = Known::of(&told, &seen, Some(&meanwhile));
        assert_eq!(after.since(&meanwhile), []);
        let more = Known::of(&[form(FormState::Answered, 3, 2)], &seen, Some(&meanwhile));
        assert_eq!(more.since(&meanwhile), [News::Answered("a form")]);
        // Nothing was known before.
        let first = Known::of(&silent, &hidden, None);
        assert_eq!(Known::of(&told, &seen, Some(&first)).since(&first), []);
        assert!(Known::of(&silent, &[], None).can_change && Known::of(&[], &hidden, None).can_change);
        let mut many = form(FormState::Answered, 2, 0);
        many.link_fragment = Some("v1.it-takes-more".to_owned());
        assert!(Known::of(&[many], &[], None).can_change);
        assert!(
            !Known::of(
                &[form(FormState::Closed, 0, 0)],
                &[share(ShareState::UsedUp)],
                None
            )
            .can_change
        );
    }

    #[test]
    fn a_link_that_was_opened_and_is_over_was_opened() {
        let expired = |was_opened| {
            share(ShareState::Expired {
                was_opened,
                last: None,
            })
        };
        assert_eq!(opened(&expired(Some(true))), 1);
        assert_eq!(opened(&expired(Some(false))), 0);
        let before = Known::of(&[], &[share(ShareState::Unopened)], None);
        let after = Known::of(&[], &[expired(Some(true))], Some(&before));
        assert_eq!(after.since(&before), [News::Opened("a link")]);
    }
}
