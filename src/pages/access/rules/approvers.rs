//! Who may approve in an environment.

use leptos::prelude::*;

use super::super::{Opened, initials};
use crate::{text::access as words, ui::*};

/// Everybody who could, and whether they may: an admin changes it.
#[component]
pub(super) fn Approvers(
    opened: Opened,
    /// Who may now.
    approvers: Memo<Vec<String>>,
    admin: bool,
    /// Somebody shall, or shall not.
    #[prop(into)]
    on_change: Callback<(String, bool)>,
) -> impl IntoView {
    let people = opened
        .people()
        .map(|member| {
            let (id, name) = (member.user_id.clone(), member.shown_name().to_owned());
            let own = id.clone();
            let approves = Memo::new(move |_| approvers.read().contains(&own));
            let control = if member.admin {
                view! {
                    <Badge tone=Tone::Accent glyph=Glyph::Check>
                        {words::ADMIN_APPROVES}
                    </Badge>
                }
                .into_any()
            } else if admin {
                view! {
                    <Switch
                        label=words::may_approve(&name)
                        value=approves
                        on_change=move |yes| {
                            on_change.run((id.clone(), yes));
                        }
                    />
                }
                .into_any()
            } else {
                view! {
                    <span class="faint t-sm">
                        {move || if approves.get() { words::APPROVES } else { words::APPROVES_NOT }}
                    </span>
                }
                .into_any()
            };
            view! {
                <li class="row row--between">
                    <span class="row grow">
                        <span class="avatar" aria-hidden="true">
                            {initials(&name)}
                        </span>
                        <span class="anywhere">{name.clone()}</span>
                    </span>
                    {control}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="stack stack-3">{people}</ul> }
}
