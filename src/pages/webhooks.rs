//! Chats and programs that the server tells of requests or links: a card of the pages of rules and settings.

use coffer_client::{CreatedWebhook, Error, LastTry, Webhook, WebhookDraft, WebhookId, WebhookKind};
use leptos::prelude::*;
use zeroize::Zeroizing;

use crate::{
    backend::Webhooks,
    components::secret_block::SecretBlock,
    failure::{FailureBanner, Trouble, explain},
    platform::dates,
    state::{clipboard::Clipboard, toasts::Toasts},
    text::{self, webhooks as words},
    ui::*,
};

/// Who is told, and the buttons for it.
#[component]
pub(crate) fn WebhookCard(
    /// Whose.
    webhooks: Webhooks,
    /// Its heading.
    title: &'static str,
    /// What is told, and what is not.
    note: &'static str,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let webhooks = StoredValue::new_local(webhooks);
    let changed = RwSignal::new(0_u32);
    let again = move || changed.update(|n| *n += 1);
    let (adding, removing) = (RwSignal::new(false), RwSignal::new(None::<WebhookId>));
    let list = LocalResource::new(move || {
        changed.track();
        let webhooks = webhooks.get_value();
        async move { webhooks.list().await }
    });
    let act = Action::new_unsync(move |act: &Act| {
        let (webhooks, act) = (webhooks.get_value(), act.clone());
        async move {
            Ok::<_, Error>(match act {
                Act::Rest(id, rests) => {
                    webhooks.rest(&id, rests).await?;
                    let done = if rests { words::PAUSED } else { words::RESUMED };
                    (Glyph::Check, done.to_owned())
                }
                Act::Try(id) => match webhooks.test(&id).await? {
                    LastTry::Failed { why, .. } => (Glyph::Alert, words::said(&why)),
                    _ => (Glyph::Check, words::REACHED.to_owned()),
                },
            })
        }
    });
    Effect::new(move |_| match act.value().get() {
        Some(Ok((glyph, done))) => {
            act.clear();
            toasts.say_with(glyph, done);
            again();
        }
        Some(Err(error)) => {
            act.clear();
            toasts.say_with(Glyph::Alert, explain(&error).title);
            again();
        }
        None => {}
    });
    let busy = act.pending();
    view! {
        <Card title>
            <p class="muted measure">{note}</p>
            {move || match list.get() {
                None => view! { <SkeletonLines lines=2 label=words::LOADING /> }.into_any(),
                Some(Err(error)) => view! { <FailureBanner error on_retry=again /> }.into_any(),
                Some(Ok(None)) => view! { <p class="faint">{words::NOT_HERE}</p> }.into_any(),
                Some(Ok(Some(all))) => {
                    view! {
                        {if all.is_empty() {
                            view! { <p class="faint">{words::NONE}</p> }.into_any()
                        } else {
                            view! {
                                <ul class="stack stack-4">
                                    {all
                                        .into_iter()
                                        .map(|webhook| view! { <Row webhook act removing busy /> })
                                        .collect_view()}
                                </ul>
                            }
                                .into_any()
                        }}
                        <div>
                            <Button glyph=Glyph::Plus on_press=move || adding.set(true)>
                                {words::ADD}
                            </Button>
                        </div>
                    }
                        .into_any()
                }
            }}
        </Card>
        <Add webhooks open=adding on_done=again />
        <Remove webhooks webhook=removing on_done=again />
    }
}

/// What is done with a webhook without asking first.
#[derive(Clone)]
enum Act {
    Rest(WebhookId, bool),
    Try(WebhookId),
}

type ActAction = Action<Act, Result<(Glyph, String), Error>>;

#[component]
fn Row(
    webhook: Webhook,
    act: ActAction,
    removing: RwSignal<Option<WebhookId>>,
    #[prop(into)] busy: Signal<bool>,
) -> impl IntoView {
    let host = shown(webhook.url.as_deref().unwrap_or_default());
    let (rests, waiting) = (webhook.rests, webhook.waiting);
    let (tone, glyph, state) = match &webhook.last {
        _ if rests => (Tone::Plain, Glyph::Ban, words::STATE_PAUSED),
        LastTry::None => (Tone::Plain, Glyph::Hourglass, words::STATE_NEW),
        LastTry::Failed { .. } => (Tone::Caution, Glyph::Alert, words::STATE_FAILED),
        LastTry::Reached { .. } => (Tone::Positive, Glyph::Check, words::STATE_REACHED),
    };
    let (at, why) = match webhook.last {
        LastTry::None => (None, None),
        LastTry::Failed { at, why } => (at, Some(why)),
        LastTry::Reached { at } => (at, None),
    };
    let mut detail: Vec<String> = why.map(|why| words::said(&why)).into_iter().collect();
    detail.extend(at.map(|at| words::last_tried(&dates::short(at))));
    detail.extend((waiting > 0).then(|| words::waiting(waiting)));
    let (tries, turns, goes) = (webhook.id.clone(), webhook.id.clone(), webhook.id);
    let turn_label = if rests {
        words::resume_named(&host)
    } else {
        words::pause_named(&host)
    };
    let (try_label, remove_label) = (words::try_named(&host), words::remove_named(&host));
    view! {
        <li class="stack stack-2">
            <div class="row row--between row--wrap">
                <span class="stack stack-1 grow">
                    <span class="medium">{words::kind(webhook.kind)}</span>
                    <span class="mono t-sm anywhere">{host}</span>
                </span>
                <Badge tone glyph>
                    {state}
                </Badge>
            </div>
            {(!detail.is_empty()).then(|| view! { <p class="muted t-sm anywhere">{detail.join(" ")}</p> })}
            <div class="row row--wrap">
                <Button
                    size=ButtonSize::Small
                    label=try_label
                    disabled=busy
                    on_press=move || {
                        act.dispatch(Act::Try(tries.clone()));
                    }
                >
                    {words::TRY}
                </Button>
                <Button
                    size=ButtonSize::Small
                    label=turn_label
                    disabled=busy
                    on_press=move || {
                        act.dispatch(Act::Rest(turns.clone(), !rests));
                    }
                >
                    {if rests { words::RESUME } else { words::PAUSE }}
                </Button>
                <Button
                    size=ButtonSize::Small
                    kind=ButtonKind::Danger
                    label=remove_label
                    on_press=move || removing.set(Some(goes.clone()))
                >
                    {words::REMOVE}
                </Button>
            </div>
        </li>
    }
}

/// The dialog that adds one, and shows the signing secret once.
#[component]
fn Add(
    webhooks: StoredValue<Webhooks, LocalStorage>,
    open: RwSignal<bool>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let kind = RwSignal::new(WebhookKind::Slack.as_str().to_owned());
    let (url, bad) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let signed = RwSignal::new(true);
    let secret = StoredValue::new_local(Zeroizing::new(String::new()));
    let has_secret = RwSignal::new(false);
    let is_program = Memo::new(move |_| *kind.read() == WebhookKind::General.as_str());
    let kinds: Vec<(String, String)> = [
        WebhookKind::Slack,
        WebhookKind::MicrosoftTeams,
        WebhookKind::General,
    ]
    .into_iter()
    .map(|kind| (kind.as_str().to_owned(), words::kind(Some(kind)).to_owned()))
    .collect();
    let kinds = StoredValue::new(kinds);
    let add = Action::new_unsync(move |draft: &WebhookDraft| {
        let (webhooks, draft) = (webhooks.get_value(), draft.clone());
        async move { webhooks.add(draft).await }
    });
    Effect::new(move |_| match add.value().get() {
        Some(Ok(CreatedWebhook { secret: made, .. })) => {
            add.clear();
            url.set(String::new());
            toasts.say(words::ADDED);
            on_done.run(());
            match made {
                Some(made) => {
                    secret.set_value(made);
                    has_secret.set(true);
                }
                None => open.set(false),
            }
        }
        // What is wrong with the address stands beside it.
        Some(Err(Error::Server {
            status: 400 | 422,
            message,
        })) => bad.set(Some(words::said(&message))),
        _ => {}
    });
    let failed = Signal::derive(move || match add.value().get() {
        Some(Err(error)) if bad.read().is_none() => Some(error),
        _ => None,
    });
    let submit = move || {
        bad.set(None);
        let typed = url.get_untracked().trim().to_owned();
        if shown(&typed).is_empty() {
            bad.set(Some(words::ADDRESS_BAD.to_owned()));
            return;
        }
        let kind = WebhookKind::parse(&kind.get_untracked()).unwrap_or_default();
        add.dispatch(WebhookDraft {
            kind,
            url: typed,
            signed: kind == WebhookKind::General && signed.get_untracked(),
        });
    };
    let forget = move || {
        secret.set_value(Zeroizing::new(String::new()));
        has_secret.set(false);
        bad.set(None);
    };
    let clipboard = Clipboard::expect();
    view! {
        <Dialog
            open
            title=Signal::derive(move || {
                if has_secret.get() { words::SECRET_TITLE.to_owned() } else { words::ADD_TITLE.to_owned() }
            })
            close_word=text::CLOSE
            busy=add.pending()
            on_close=forget
        >
            {move || {
                if has_secret.get() {
                    view! {
                        <div class="dialog__body stack">
                            <p>{words::SECRET_NOTE}</p>
                            <SecretBlock
                                text=secret
                                hidden=words::SECRET_HIDDEN
                                label=words::SECRET
                                words=(words::SHOW, words::HIDE)
                            >
                                <Button
                                    size=ButtonSize::Small
                                    kind=ButtonKind::Ghost
                                    glyph=Glyph::Copy
                                    on_press=move || clipboard.copy_secret(secret.get_value(), words::SECRET)
                                >
                                    {words::COPY}
                                </Button>
                            </SecretBlock>
                        </div>
                        <DialogFoot>
                            <Button kind=ButtonKind::Primary on_press=move || open.set(false)>
                                {words::DONE}
                            </Button>
                        </DialogFoot>
                    }
                        .into_any()
                } else {
                    view! {
                        <DialogForm
                            open
                            verb=words::ADD_VERB
                            cancel_word=text::CANCEL
                            busy=add.pending()
                            on_submit=submit
                        >
                            {move || failed.get().map(|error| view! { <FailureBanner error /> })}
                            <SelectField label=words::KIND value=kind options=kinds.get_value() />
                            <TextField
                                label=words::ADDRESS
                                value=url
                                kind=InputKind::Url
                                hint=words::ADDRESS_HINT
                                error=bad
                                mono=true
                                required=true
                            />
                            {move || {
                                is_program
                                    .get()
                                    .then(|| {
                                        view! {
                                            <Check label=words::SIGNED value=signed hint=words::SIGNED_HINT />
                                        }
                                    })
                            }}
                        </DialogForm>
                    }
                        .into_any()
                }
            }}
        </Dialog>
    }
}

/// Asks before one is removed.
#[component]
fn Remove(
    webhooks: StoredValue<Webhooks, LocalStorage>,
    /// Which; none while nothing is asked.
    webhook: RwSignal<Option<WebhookId>>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(webhook.read().is_some()));
    let remove = Action::new_unsync(move |id: &WebhookId| {
        let (webhooks, id) = (webhooks.get_value(), id.clone());
        async move { webhooks.delete(&id).await }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = remove.value().get() {
            remove.clear();
            webhook.set(None);
            toasts.say(words::REMOVED);
            on_done.run(());
        }
    });
    view! {
        <Confirm
            open
            title=words::REMOVE_TITLE
            verb=words::REMOVE
            cancel_word=text::CANCEL
            busy=remove.pending()
            on_confirm=move || {
                if let Some(id) = webhook.get_untracked() {
                    remove.dispatch(id);
                }
            }
            on_close=move || {
                webhook.set(None);
                remove.clear();
            }
        >
            <p>{words::REMOVE_BODY}</p>
            <Trouble act=remove />
        </Confirm>
    }
}

/// What of an address is shown: where it is, and not the rest, with which anybody could write there. Empty if it is none.
fn shown(url: &str) -> String {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_its_place_is_shown() {
        for (url, host) in [
            (
                "https://hooks.chat.example/services/T0/B0/key",
                "hooks.chat.example",
            ),
            ("http://127.0.0.1:9/x", "127.0.0.1:9"),
            ("https://chat.example?key=1", "chat.example"),
            ("https:///x", ""),
            ("chat.example/x", ""),
            ("", ""),
        ] {
            assert_eq!(shown(url), host);
        }
    }
}
