//! Somebody else saved while this environment is open: it is said at once, and shown when the person wants it.

use std::collections::HashMap;

use coffer_client::Entry;
use leptos::{prelude::*, task::spawn_local};

use super::{Place, save::Saver};
use crate::{
    backend::Environment,
    state::{desk::Desk, news::NewsFeed},
    text::environment as words,
    ui::*,
};

/// Says that there is a newer state, and goes on to it without touching what is staged.
#[component]
pub(super) fn Newer(saver: Saver) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let slug = Place::expect().slug;
    let feed = NewsFeed::expect();
    let theirs = RwSignal::new_local(None::<Environment>);
    Effect::new(move |before: Option<u64>| {
        let now = feed.records(&slug.get_value());
        // A save of this page is told here, too.
        if before.is_some_and(|before| before != now) && !saver.is_running() {
            let open = desk.environment();
            spawn_local(async move {
                // What cannot be read now is met by the next save.
                if let Ok(newer) = open.reload().await {
                    theirs.try_set(Some(newer));
                }
            });
        }
        now
    });
    let news = Memo::new(move |_| {
        let seq = desk.with(Environment::seq);
        let theirs = theirs.read();
        let theirs = theirs.as_ref().filter(|theirs| theirs.seq() > seq)?;
        let changed = desk.with(|mine| differences(mine.entries(), theirs.entries()));
        let both = desk.draft(|draft| draft.collisions(theirs.entries()).len());
        (changed > 0).then_some((changed, both))
    });
    let show = move || {
        if let Some(newer) = theirs.try_update(Option::take).flatten() {
            desk.follow(newer);
        }
    };
    move || {
        let (changed, both) = news.get()?;
        let text = if both > 0 {
            words::newer_both(both)
        } else {
            words::NEWER_TEXT.to_owned()
        };
        let act = (both == 0).then(|| {
            view! {
                <Button size=ButtonSize::Small on_press=show>
                    {words::NEWER_SHOW}
                </Button>
            }
        });
        Some(view! {
            <div class="environment-findings">
                <Banner title=words::newer(changed) text glyph=Glyph::Refresh>
                    {act}
                </Banner>
            </div>
        })
    }
}

/// How many secrets came, went or are others.
fn differences(mine: &[Entry], theirs: &[Entry]) -> usize {
    let known: HashMap<_, _> = mine.iter().map(|entry| (entry.slot, entry)).collect();
    let is_same = |entry: &&Entry| {
        known.get(&entry.slot).is_some_and(|mine| {
            (mine.version, &mine.path, &mine.name) == (entry.version, &entry.path, &entry.name)
        })
    };
    let same = theirs.iter().filter(is_same).count();
    let kept = theirs
        .iter()
        .filter(|entry| known.contains_key(&entry.slot))
        .count();
    // What went, and what came or is another one.
    (mine.len() - kept) + (theirs.len() - same)
}
