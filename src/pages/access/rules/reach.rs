//! What the present members could not keep of rules.

use coffer_client::{AccessRules, RuleReach};
use leptos::prelude::*;

use super::super::{Handle, Opened};
use crate::{text::access as words, ui::*};

/// What the present members cannot keep of rules.
#[component]
pub(super) fn Reach(opened: Opened, reach: RuleReach, without_steps: bool) -> impl IntoView {
    if !reach.others {
        // Rules without a step say that themselves.
        let short = view! {
            <Banner
                tone=Tone::Caution
                glyph=Glyph::Users
                title=words::STEPS_SHORT
                text=words::STEPS_SHORT_TEXT
            />
        };
        return (!without_steps).then_some(short).into_any();
    }
    let stuck: Vec<String> = reach.stuck.iter().map(|user| opened.who(user)).collect();
    (!stuck.is_empty())
        .then(|| view! { <p class="muted t-sm">{words::stuck(&stuck)}</p> })
        .into_any()
}

/// What the present members can keep of rules; all of it where that is not known.
pub(super) fn reach_of(project: Handle, slug: StoredValue<String>, rules: &AccessRules) -> RuleReach {
    let reach = project.with_value(|project| project.rule_reach(&slug.read_value(), rules));
    reach.unwrap_or(RuleReach {
        others: true,
        stuck: Vec::new(),
        gone: Vec::new(),
    })
}
