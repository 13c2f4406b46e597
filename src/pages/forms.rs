//! The forms of this account, on the page of share links.

use coffer_client::{FormState, FormStatus, ShareId};
use leptos::prelude::*;

use super::form_new::form_link;
use crate::{
    components::link_row::LinkRow,
    failure::{FailureBanner, Trouble},
    platform::{clock, dates},
    routes::Path,
    state::{clipboard::Clipboard, links::Links, session::OpenVault, shares::life_left, toasts::Toasts},
    text::{self, forms as words, oversight, shares as share_words},
    ui::*,
};

/// The forms of this account, newest first.
#[component]
pub(crate) fn FormList() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let changed = RwSignal::new(0_u32);
    let links = Links::expect();
    Effect::new(move |_| {
        if changed.get() > 0 {
            links.refresh();
        }
    });
    let list = LocalResource::new(move || {
        changed.track();
        links.changes();
        let vault = vault.get();
        async move { vault.forms().await }
    });
    let closing = RwSignal::new(None::<ShareId>);
    let now = clock::seconds();
    let columns = || {
        vec![
            ("", words::COLUMN_TITLE.to_owned()),
            ("col-lg", words::COLUMN_STATE.to_owned()),
            ("col-lg", words::COLUMN_LEFT.to_owned()),
            ("col-lg2", format!("~{}", words::COLUMN_ACTIONS)),
        ]
    };
    let answered = move || {
        let list = list.read();
        let forms = list.as_ref().and_then(|list| list.as_ref().ok());
        forms.map_or(0, |forms| forms.iter().filter(|form| form.unread > 0).count())
    };
    let answered = Memo::new(move |_| answered());
    view! {
        <section class="stack" aria-labelledby="forms-title">
            <div class="page-head mt-6">
                <h2 id="forms-title" class="row">
                    {words::MINE_TITLE}
                    {move || (answered.get() > 0).then(|| view! { <Count value=answered attention=true /> })}
                </h2>
                <div class="page-head__actions">
                    <LinkButton href=Path::AskSecret size=ButtonSize::Small glyph=Glyph::Plus>
                        {words::TAB}
                    </LinkButton>
                </div>
            </div>
            {move || match list.get() {
                None => {
                    view! {
                        <SkeletonTable
                            columns=vec![
                                words::COLUMN_TITLE.into(),
                                words::COLUMN_STATE.into(),
                                words::COLUMN_LEFT.into(),
                            ]
                            label=words::LOADING
                        />
                    }
                        .into_any()
                }
                Some(Err(error)) => {
                    view! { <FailureBanner error on_retry=move || changed.update(|n| *n += 1) /> }.into_any()
                }
                Some(Ok(forms)) if forms.is_empty() => {
                    view! {
                        <div class="card">
                            <Empty title=words::EMPTY_TITLE text=words::EMPTY_BODY>
                                <LinkButton href=Path::AskSecret>{words::TAB}</LinkButton>
                            </Empty>
                        </div>
                    }
                        .into_any()
                }
                Some(Ok(forms)) => {
                    view! {
                        <Table caption=words::MINE_CAPTION columns=columns() fixed=false>
                            {forms.into_iter().map(|form| view! { <FormRow form now closing /> }).collect_view()}
                        </Table>
                    }
                        .into_any()
                }
            }}
        </section>
        <CloseForm form=closing on_done=move || changed.update(|n| *n += 1) />
    }
}

#[component]
fn FormRow(form: FormStatus, now: ReadSignal<u64>, closing: RwSignal<Option<ShareId>>) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let title = if form.title.is_empty() {
        words::NO_TITLE.to_owned()
    } else {
        form.title
    };
    let (created, not_after, told) = (form.created, form.not_after, form.state);
    // The clock here may be ahead of what the list said.
    let state = Memo::new(move |_| match told {
        FormState::Waiting if now.get() >= not_after => FormState::Expired,
        told => told,
    });
    let (most, answers, unread) = (form.most, form.answers, form.unread);
    let takes_answers = form.link_fragment.is_some();
    let open = Memo::new(move |_| takes_answers && now.get() < not_after);
    let percent = Signal::derive(move || {
        if open.get() {
            life_left(created, not_after, now.get())
        } else {
            0
        }
    });
    let left = move || match () {
        () if open.get() => share_words::time_left(not_after.saturating_sub(now.get())),
        () if now.get() >= not_after => share_words::ended_on(&dates::short(not_after)),
        () => share_words::ENDED.to_owned(),
    };
    let labels: Vec<String> = form.fields.into_iter().map(|field| field.label).collect();
    let mut detail = format!("{} · {}", labels.join(", "), dates::short(created));
    if let Some(until) = form.kept_until.filter(|_| unread > 0) {
        detail = format!("{detail} · {}", words::kept_unread(&dates::short(until)));
    }
    let badge = move || {
        let (tone, glyph, words) = match state.get() {
            FormState::Waiting => (Tone::Plain, Glyph::Hourglass, words::STATE_WAITING.to_owned()),
            FormState::Answered if most > 1 => {
                (Tone::Positive, Glyph::Inbox, words::answered_of(answers, most))
            }
            FormState::Answered => (Tone::Positive, Glyph::Inbox, words::STATE_ANSWERED.to_owned()),
            FormState::Expired => (Tone::Caution, Glyph::Clock, words::STATE_EXPIRED.to_owned()),
            FormState::Closed => (Tone::Plain, Glyph::Ban, words::STATE_CLOSED.to_owned()),
            FormState::EndedByAdmin => (Tone::Caution, Glyph::Ban, oversight::STATE_ENDED.to_owned()),
            FormState::Erased => (Tone::Plain, Glyph::Clock, words::STATE_ERASED.to_owned()),
            FormState::Missing => (Tone::Danger, Glyph::ShieldAlert, words::STATE_MISSING.to_owned()),
            FormState::Unknown => (Tone::Caution, Glyph::Hourglass, words::STATE_UNKNOWN.to_owned()),
        };
        view! {
            <span class="row row--wrap">
                <Badge tone glyph>
                    {words}
                </Badge>
                {(unread > 0 && most > 1).then(|| view! { <Badge tone=Tone::Info>{words::new_answers(unread)}</Badge> })}
            </span>
        }
    };
    let (id, fragment) = (form.id, form.link_fragment);
    let labels = StoredValue::new((
        words::read_named(&title, most),
        words::copy_named(&title),
        words::close_named(&title),
    ));
    let acts = move || {
        let (read, copy, close) = labels.get_value();
        let (answer, closes) = (id.as_str().to_owned(), id.clone());
        let fragment = fragment.clone();
        (state.get() != FormState::Closed).then(move || {
            view! {
                <div class="table__actions">
                    {(state.get() == FormState::Answered)
                        .then(|| {
                            view! {
                                <a
                                    class="btn btn--sm btn--primary"
                                    href=Path::Answer { form: answer }.to_string()
                                    aria-label=read
                                >
                                    {if most == 1 { words::READ } else { words::READ_ALL }}
                                </a>
                            }
                        })}
                    {fragment
                        .filter(|_| open.get())
                        .map(|fragment| {
                            view! {
                                <Button
                                    size=ButtonSize::Small
                                    label=copy
                                    on_press=move || {
                                        clipboard.copy_plain(form_link(&fragment), words::LINK_COPIED);
                                    }
                                >
                                    {words::COPY_LINK}
                                </Button>
                            }
                        })}
                    <Button
                        size=ButtonSize::Small
                        kind=ButtonKind::Danger
                        label=close
                        on_press=move || closing.set(Some(closes.clone()))
                    >
                        {words::CLOSE}
                    </Button>
                </div>
            }
        })
    };
    view! {
        <LinkRow
            title
            detail
            badge
            ends=dates::iso(not_after)
            percent
            left=Signal::derive(left)
            actions=acts
        />
    }
}

/// Asks before a form is closed.
#[component]
pub(crate) fn CloseForm(
    /// Which; none while nothing is asked.
    form: RwSignal<Option<ShareId>>,
    /// Told after it was closed.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let toasts = Toasts::expect();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(form.read().is_some()));
    let close = Action::new_unsync(move |id: &ShareId| {
        let (vault, id) = (vault.get(), id.clone());
        async move { vault.close_form(&id).await }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = close.value().get() {
            close.clear();
            form.set(None);
            toasts.say(words::CLOSED);
            on_done.run(());
        }
    });
    view! {
        <Confirm
            open
            title=words::CLOSE_TITLE
            verb=words::CLOSE_VERB
            cancel_word=text::CANCEL
            busy=close.pending()
            on_confirm=move || {
                if let Some(id) = form.get_untracked() {
                    close.dispatch(id);
                }
            }
            on_close=move || {
                form.set(None);
                close.clear();
            }
        >
            <p>{words::CLOSE_BODY}</p>
            <Trouble act=close />
        </Confirm>
    }
}
