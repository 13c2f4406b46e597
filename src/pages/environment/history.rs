//! The past of one secret: every version with who signed it, compared with what is now, and brought back.

use std::collections::HashMap;

use coffer_client::{Error, MemberInfo, SaveError, SlotId, Version};
use leptos::{prelude::*, task::spawn_local};
use similar::{ChangeTag, TextDiff};
use zeroize::Zeroizing;

use super::{Place, folders::SaveTrouble};
use crate::{
    backend::Project,
    failure::FailureBanner,
    platform::{dates, visibility},
    state::{
        desk::{Desk, SHOWN_FOR},
        environment::full_name,
        toasts::Toasts,
    },
    text::{self, environment as words},
    ui::*,
};

/// The secret whose past is asked for: which, and its name.
pub(super) type Asked = RwSignal<Option<(SlotId, String)>>;

/// What was fetched of one secret's past.
#[derive(Clone)]
struct Past {
    slot: SlotId,
    versions: Vec<Version>,
    complete: bool,
    /// Names by user id, as the server has them.
    names: HashMap<String, String>,
}

/// The dialog; closed while nothing is asked.
#[component]
pub(super) fn History(asked: Asked, project: StoredValue<Project, LocalStorage>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asked.read().is_some()));
    let past = LocalResource::new(move || {
        let asked = asked.get();
        // Read anew after every save: a version that was brought back is a new one.
        let (environment, project) = (desk.with(Clone::clone), project.get_value());
        async move {
            let (slot, _) = asked?;
            let past = async {
                let history = environment.history(&slot).await?;
                // Names are a convenience: who may not list members sees ids.
                let members = project.members().await.unwrap_or_default();
                Ok(Past {
                    slot,
                    versions: history.versions,
                    complete: history.complete,
                    names: members.into_iter().map(named).collect(),
                })
            };
            Some(past.await)
        }
    });
    let title = Signal::derive(move || {
        let asked = asked.read();
        words::history_of(asked.as_ref().map_or("", |(_, name)| name))
    });
    view! {
        <Dialog
            open
            title
            note=words::HISTORY_LEAD
            close_word=text::CLOSE
            wide=true
            on_close=move || {
                if asked.read_untracked().is_some() {
                    asked.set(None);
                }
            }
        >
            <div class="dialog__body stack">
                {move || match past.get().flatten() {
                    None => view! { <SkeletonLines lines=4 label=words::HISTORY_LOADING /> }.into_any(),
                    Some(Err::<Past, Error>(error)) => view! { <FailureBanner error /> }.into_any(),
                    Some(Ok(past)) => view! { <Versions past asked /> }.into_any(),
                }}
            </div>
        </Dialog>
    }
}

/// A member's id and name.
pub(super) fn named(member: MemberInfo) -> (String, String) {
    (member.user_id.clone(), member.shown_name().to_owned())
}

#[component]
fn Versions(past: Past, asked: Asked) -> impl IntoView {
    let newest = past.versions.first().map(|version| version.version);
    let failed = RwSignal::new_local(None::<SaveError>);
    let items = past.versions.iter().map(|version| {
        let author = past.names.get(&version.author).cloned();
        let proposer = version.proposed_by.as_ref();
        let proposer = proposer.map(|user| past.names.get(user).unwrap_or(user).clone());
        view! {
            <Item
                secret=past.slot
                version=version.clone()
                author=author.unwrap_or_else(|| words::HISTORY_NOBODY.to_owned())
                proposer
                now=newest == Some(version.version)
                failed
                asked
            />
        }
    });
    view! {
        {move || view! { <SaveTrouble error=failed.get() /> }}
        <ol class="history">{items.collect_view()}</ol>
        {(!past.complete).then(|| view! { <p class="muted t-sm">{words::HISTORY_INCOMPLETE}</p> })}
    }
}

/// What is shown of a version.
#[derive(Clone)]
enum Shown {
    Difference(Vec<(ChangeTag, Zeroizing<String>)>),
    Nothing,
    Value(Zeroizing<String>),
}

#[component]
fn Item(
    secret: SlotId,
    version: Version,
    author: String,
    /// Who had proposed this value.
    proposer: Option<String>,
    /// It is the newest one.
    now: bool,
    failed: RwSignal<Option<SaveError>, LocalStorage>,
    asked: Asked,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let toasts = Toasts::expect();
    let number = version.version;
    let shown = RwSignal::new_local(Shown::Nothing);
    let trouble = RwSignal::new_local(None::<Error>);
    let busy = RwSignal::new(false);
    let hidden = visibility::hidden();
    Effect::new(move |_| {
        if hidden.get() {
            shown.set(Shown::Nothing);
        }
    });
    let turn = StoredValue::new(0_u32);
    // `compare` shows what differs from the value of now, otherwise the value itself.
    let look = move |compare: bool| {
        let environment = desk.environment();
        turn.update_value(|turn| *turn += 1);
        let this = turn.get_value();
        spawn_local(async move {
            match environment.reveal_version(&secret, number).await {
                Ok(opened) => {
                    let next = if compare {
                        let now = environment
                            .reveal(&secret)
                            .map(|opened| opened.value)
                            .unwrap_or_default();
                        Shown::Difference(difference(&opened.value, &now))
                    } else {
                        Shown::Value(opened.value)
                    };
                    trouble.try_set(None);
                    shown.try_set(next);
                    set_timeout(
                        move || {
                            if turn.try_get_value() == Some(this) {
                                shown.try_set(Shown::Nothing);
                            }
                        },
                        std::time::Duration::from_millis(SHOWN_FOR),
                    );
                }
                Err(error) => {
                    trouble.try_set(Some(error));
                }
            }
        });
    };
    let restore = move || {
        if desk.is_dirty() {
            failed.set(None);
            toasts.say_with(Glyph::Alert, words::FOLDER_FIRST_SAVE);
            return;
        }
        busy.set(true);
        let environment = desk.environment();
        spawn_local(async move {
            let outcome = environment.restore_version(&secret, number).await;
            busy.try_set(false);
            match outcome {
                Ok(next) => {
                    desk.advance(next);
                    toasts.say_with(Glyph::History, words::restored(number));
                    if now {
                        asked.try_set(None);
                    }
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let place_then = full_name(&version.path, &version.name);
    let is_shown = move || !matches!(&*shown.read(), Shown::Nothing);
    view! {
        <li class="history-version" data-state=now.then_some("now")>
            <div class="row row--between row--wrap">
                <h3 class="t-md">{words::version(number)}</h3>
                <span class="faint t-sm">{words::history_time(&dates::short(version.created))}</span>
            </div>
            <p class="muted t-sm">
                <span class="anywhere">{author}</span>
                " · "
                <span class="mono anywhere">{place_then}</span>
            </p>
            <div class="row row--wrap">
                <Badge tone=Tone::Accent glyph=Glyph::ShieldCheck>
                    {words::SIGNATURE_CHECKED}
                </Badge>
                {now.then(|| view! { <Badge tone=Tone::Plain>{words::VERSION_NOW}</Badge> })}
                {version.deleted.then(|| view! { <Badge tone=Tone::Danger>{words::DELETED}</Badge> })}
                {proposer.map(|who| view! { <Badge tone=Tone::Info>{words::proposed_by(&who)}</Badge> })}
            </div>
            {(!version.deleted)
                .then(|| {
                    view! {
                        <div class="row row--wrap">
                            <Button
                                size=ButtonSize::Small
                                on_press=move || if is_shown() { shown.set(Shown::Nothing) } else { look(false) }
                            >
                                {move || if is_shown() { words::HIDE_VERSION } else { words::SHOW_VERSION }}
                                <span class="sr-only">" " {words::this_version(number)}</span>
                            </Button>
                            {(!now)
                                .then(|| {
                                    view! {
                                        <Button
                                            size=ButtonSize::Small
                                            on_press=move || look(true)
                                        >
                                            {words::COMPARE}
                                            <span class="sr-only">" " {words::this_version(number)}</span>
                                        </Button>
                                        {place
                                            .writes
                                            .then(|| {
                                                view! {
                                                    <Button
                                                        size=ButtonSize::Small
                                                        busy
                                                        on_press=restore
                                                    >
                                                        {words::RESTORE}
                                                        <span class="sr-only">" " {words::this_version(number)}</span>
                                                    </Button>
                                                }
                                            })}
                                    }
                                })}
                        </div>
                    }
                })}
            {move || trouble.get().map(|error| view! { <FailureBanner error /> })}
            {move || match shown.get() {
                Shown::Nothing => ().into_any(),
                Shown::Value(value) => {
                    view! {
                        <pre class="history-value mono t-sm anywhere" tabindex="0" aria-label=words::shown_version(number)>
                            {value.as_str().to_owned()}
                        </pre>
                    }
                        .into_any()
                }
                Shown::Difference(lines) => view! { <Difference lines /> }.into_any(),
            }}
        </li>
    }
}

#[component]
fn Difference(lines: Vec<(ChangeTag, Zeroizing<String>)>) -> impl IntoView {
    if lines.iter().all(|(tag, _)| *tag == ChangeTag::Equal) {
        return view! { <p class="muted t-sm">{words::NO_DIFFERENCE}</p> }.into_any();
    }
    let rows = lines.into_iter().map(|(tag, line)| {
        let (class, said) = match tag {
            ChangeTag::Delete => ("del", words::ONLY_THEN),
            ChangeTag::Insert => ("add", words::ONLY_NOW),
            ChangeTag::Equal => ("", ""),
        };
        view! {
            <div class=class>
                <span>
                    {(!said.is_empty()).then(|| view! { <span class="sr-only">{said} ": "</span> })}
                    {line.as_str().to_owned()}
                </span>
            </div>
        }
    });
    view! {
        <div class="diff" role="group" tabindex="0" aria-label=words::COMPARE>
            {rows.collect_view()}
        </div>
        <p class="faint t-xs">{words::DIFF_LEGEND}</p>
    }
    .into_any()
}

/// The lines of two values: of then only, of now only, of both.
fn difference(then: &str, now: &str) -> Vec<(ChangeTag, Zeroizing<String>)> {
    TextDiff::from_lines(then, now)
        .iter_all_changes()
        .map(|change| {
            let line = change.value().trim_end_matches('\n').to_owned();
            (change.tag(), Zeroizing::new(line))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_lines_of_each_side() {
        let lines = difference("a\nb\nc\n", "a\nx\nc");
        let plain: Vec<(ChangeTag, &str)> = lines.iter().map(|(tag, line)| (*tag, line.as_str())).collect();
        assert!(plain.contains(&(ChangeTag::Delete, "b")) && plain.contains(&(ChangeTag::Insert, "x")));
        assert!(plain.contains(&(ChangeTag::Equal, "a")));
        assert!(
            difference("same", "same")
                .iter()
                .all(|(tag, _)| *tag == ChangeTag::Equal)
        );
    }
}
