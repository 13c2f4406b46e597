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
        let (vault, toasts) = (self.vault.get(), Toasts::expect());
        spawn_local(async move {
            let forms = vault.forms().await;
            let shares = vault.shares().await;
            if self.looks.try_set_value(false).is_some() {
                return;
            }
            // What cannot be asked is said where it matters: on the page with the lists.
            let (Ok(forms), Ok(shares)) = (forms, shares) else {
                return;
            };
            let now = Known::of(&forms, &shares);
            let before = self
                .known
                .try_update_value(|known| known.replace(now.clone()))
                .flatten();
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
    answers: BTreeMap<String, (String, u32)>,
    /// Openings by link.
    openings: BTreeMap<String, (String, u32)>,
    unread: usize,
    /// Something waits for an answer or can still be opened.
    can_change: bool,
}

/// What was not so at the look before; with its title.
#[derive(Debug, PartialEq, Eq)]
enum News<'a> {
    Answered(&'a str),
    Opened(&'a str),
}

impl Known {
    fn of(forms: &[FormStatus], shares: &[ShareStatus]) -> Self {
        let answers = forms
            .iter()
            .map(|form| (form.id.as_str().to_owned(), (form.title.clone(), form.answers)));
        let openings = shares
            .iter()
            .map(|share| (share.id.as_str().to_owned(), (share.title.clone(), opened(share))));
        let waits = forms.iter().any(|form| form.state == FormState::Waiting);
        let lives = shares
            .iter()
            .any(|share| matches!(share.state, ShareState::Unopened | ShareState::Opened { .. }));
        Self {
            answers: answers.collect(),
            openings: openings.collect(),
            unread: forms.iter().map(|form| form.unread as usize).sum(),
            can_change: waits || lives,
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
    now: &'a BTreeMap<String, (String, u32)>,
    before: &BTreeMap<String, (String, u32)>,
) -> impl Iterator<Item = &'a str> {
    now.iter().filter_map(|(id, (title, count))| {
        let (_, before) = before.get(id)?;
        (count > before).then_some(title.as_str())
    })
}

/// How often it was opened, as far as the server says: at least once where it says no number.
fn opened(share: &ShareStatus) -> u32 {
    let counted = share.views.zip(share.views_left);
    let counted = counted.map(|(all, left)| all.saturating_sub(left));
    let at_least = match share.state {
        ShareState::Opened { .. } | ShareState::UsedUp | ShareState::Destroyed => 1,
        _ => 0,
    };
    share.opened.or(counted).unwrap_or(at_least).max(at_least)
}

/// How often somebody looks.
const EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn known(answers: &[(&str, u32)], openings: &[(&str, u32)]) -> Known {
        let all = |of: &[(&str, u32)]| {
            of.iter()
                .map(|(id, count)| ((*id).to_owned(), (format!("title of {id}"), *count)))
                .collect()
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
}
