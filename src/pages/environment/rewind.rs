//! Bringing a folder back to what it was: a moment is chosen, what would change is listed, then it is one signed entry.

use std::{collections::HashMap, sync::Arc};

use coffer_client::{Error, Moment, Record, Restoration, RestorePlan, SaveError};
use leptos::prelude::*;

use super::{Place, folders::SaveTrouble, history::named};
use crate::{
    backend::Project,
    failure::FailureBanner,
    platform::dates,
    state::{desk::Desk, environment::full_name, toasts::Toasts},
    text::{self, environment as words},
    ui::*,
};

/// The dialog.
#[component]
pub(super) fn Rewind(open: RwSignal<bool>, project: StoredValue<Project, LocalStorage>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let place = Place::expect();
    let toasts = Toasts::expect();
    let chosen = RwSignal::new(String::new());
    let records = LocalResource::new(move || {
        let (wanted, environment, project) = (open.get(), desk.with(Clone::clone), project.get_value());
        async move {
            if !wanted {
                return Ok(Vec::new());
            }
            let names: HashMap<String, String> = project
                .members()
                .await
                .unwrap_or_default()
                .into_iter()
                .map(named)
                .collect();
            let records = environment.records()?;
            // The newest one is what is there now.
            let older = records.into_iter().skip(1).take(MOST);
            Ok::<_, Error>(older.map(|record| option_of(record, &names)).collect::<Vec<_>>())
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(records)) = &*records.read() {
            let first = records.first().map(|(seq, _)| seq.clone());
            chosen.set(first.unwrap_or_default());
        }
    });
    let plan = LocalResource::new(move || {
        let (seq, environment) = (chosen.get().parse::<u64>().ok(), desk.with(Clone::clone));
        let folder = place.folder.get();
        async move {
            let seq = seq?;
            Some(
                environment
                    .plan_restore(&folder, Moment::Record(seq))
                    .await
                    .map(Arc::new),
            )
        }
    });
    let restore = Action::new_unsync(move |plan: &Arc<RestorePlan>| {
        let (environment, plan) = (desk.environment(), Arc::clone(plan));
        async move {
            let next = environment.restore(&plan).await?;
            let seq = next.seq();
            desk.advance(next);
            Ok::<_, SaveError>((plan.changes.len(), seq))
        }
    });
    Effect::new(move |_| {
        if let Some(Ok((count, seq))) = restore.value().get() {
            restore.clear();
            open.set(false);
            toasts.say_with(Glyph::History, words::saved(count, seq));
        }
    });
    let ready = move || match plan.get().flatten() {
        Some(Ok(plan)) if !plan.changes.is_empty() => Some(plan),
        _ => None,
    };
    let blocked = Signal::derive(move || desk.counts().all() > 0);
    let options = Signal::derive(move || match &*records.read() {
        Some(Ok(records)) => records.clone(),
        _ => Vec::new(),
    });
    view! {
        <Dialog
            open
            title=Signal::derive(move || words::rewind_title(&place.name.get_value(), &place.folder.read()))
            note=words::REWIND_LEAD
            close_word=text::CLOSE
            wide=true
            busy=restore.pending()
            on_close=move || restore.clear()
        >
            <div class="dialog__body stack">
                {move || match records.get() {
                    Some(Ok(records)) if records.is_empty() => {
                        view! { <p class="muted">{words::REWIND_NOTHING}</p> }.into_any()
                    }
                    Some(Err(error)) => view! { <FailureBanner error /> }.into_any(),
                    Some(Ok(_)) => {
                        view! { <SelectField label=words::REWIND_MOMENT value=chosen options=options.get() /> }
                            .into_any()
                    }
                    None => view! { <SkeletonLines lines=2 label=words::HISTORY_LOADING /> }.into_any(),
                }}
                {move || match plan.get() {
                    Some(Some(Ok(plan))) => view! { <Changes plan /> }.into_any(),
                    Some(Some(Err(error))) => view! { <FailureBanner error /> }.into_any(),
                    Some(None) => ().into_any(),
                    None => view! { <SkeletonLines lines=4 label=words::HISTORY_LOADING /> }.into_any(),
                }}
                {move || blocked.get().then(|| view! { <p class="c-caution t-sm">{words::FOLDER_FIRST_SAVE}</p> })}
                {move || match restore.value().get() {
                    Some(Err(error)) => Some(view! { <SaveTrouble error=Some(error) /> }),
                    _ => None,
                }}
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::Ghost on_press=move || open.set(false)>
                    {text::CANCEL}
                </Button>
                <Button
                    kind=ButtonKind::Primary
                    busy=restore.pending()
                    disabled=Signal::derive(move || blocked.get() || ready().is_none())
                    on_press=move || {
                        if let Some(plan) = untrack(ready) {
                            restore.dispatch(plan);
                        }
                    }
                >
                    {words::REWIND_ACT}
                </Button>
            </DialogFoot>
        </Dialog>
    }
}

fn option_of(record: Record, names: &HashMap<String, String>) -> (String, String) {
    let author = names
        .get(&record.author)
        .map_or(words::HISTORY_NOBODY, String::as_str);
    let told = words::rewind_record(record.seq, &dates::short(record.created), author);
    (record.seq.to_string(), told)
}

/// What would change, without a value.
#[component]
fn Changes(plan: Arc<RestorePlan>) -> impl IntoView {
    if plan.changes.is_empty() && plan.lost.is_empty() {
        return view! { <p class="muted">{words::REWIND_SAME}</p> }.into_any();
    }
    let rows = plan.changes.iter().take(MOST).map(|change| {
        let (tone, word, place) = told(change);
        view! {
            <tr role="row">
                <td role="cell">
                    <Badge tone>{word}</Badge>
                </td>
                <th scope="row" role="rowheader">
                    <span class="key anywhere">{place}</span>
                </th>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let lost: Vec<String> = plan
        .lost
        .iter()
        .map(|entry| full_name(&entry.path, &entry.name))
        .collect();
    let more = plan.changes.len().saturating_sub(MOST);
    view! {
        <p role="status">
            <b>{words::rewind_changes(plan.changes.len(), plan.records)}</b>
        </p>
        <Table
            caption=words::REWIND_CAPTION
            columns=vec![("col-sm", words::COLUMN_CHANGE.into()), ("", words::COLUMN_NAME.into())]
            fixed=false
        >
            {rows}
        </Table>
        {(more > 0).then(|| view! { <p class="faint t-sm">{words::and_more(more)}</p> })}
        {(!lost.is_empty()).then(|| view! { <p class="c-caution t-sm">{words::rewind_lost(&lost)}</p> })}
    }
    .into_any()
}

fn told(change: &Restoration) -> (Tone, &'static str, String) {
    let place = |place: &(String, String)| full_name(&place.0, &place.1);
    match (&change.now, &change.then) {
        (None, Some(then)) => (Tone::Positive, words::REWIND_BACK, place(then)),
        (Some(now), None) => (Tone::Danger, words::DELETED, place(now)),
        (Some(now), Some(then)) if now != then => (
            Tone::Caution,
            words::REWIND_MOVED,
            format!("{} → {}", place(now), place(then)),
        ),
        (_, Some(then)) => (Tone::Caution, words::CHANGED, place(then)),
        (None, None) => (Tone::Plain, words::CHANGED, String::new()),
    }
}

/// Moments that are offered, and changes that are listed.
const MOST: usize = 200;
