//! What was checked, who holds which key, and what nobody can check: `/p/:project/trust`.

use std::collections::HashMap;

use coffer_client::{
    AccessCell, AccessMatrix, AdmittedBy, Class, EnvironmentInfo, Error, HeldKey, MemberInfo, ProjectId,
    Right, SealGuard,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    backend::Project,
    components::fingerprint::KeyWords,
    failure::{FailureBanner, Trouble, explain},
    platform::{clock, dates},
    routes::Path,
    state::{current::CurrentProject, session::OpenVault, toasts::Toasts},
    text::{projects as project_words, trust as words},
    ui::*,
};

/// Everything that one visit checked.
#[derive(Clone)]
struct Checked {
    id: String,
    at: u64,
    membership: [String; 8],
    members: Vec<MemberInfo>,
    matrix: AccessMatrix,
    environments: Vec<Environment>,
}

/// One environment, opened or not.
#[derive(Clone)]
struct Environment {
    info: EnvironmentInfo,
    state: Result<State, Error>,
    /// Asked by admins only, who can change it.
    guard: Option<SealGuard>,
}

/// What the signed history of an environment says.
#[derive(Clone)]
struct State {
    seq: u64,
    epoch: u32,
    words: [String; 8],
    secrets: usize,
    findings: usize,
}

/// `/p/:project/trust`
#[component]
pub(crate) fn Trust() -> impl IntoView {
    let vault = expect_context::<OpenVault>();
    let current = expect_context::<CurrentProject>();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("project").unwrap_or_default());
    let changed = RwSignal::new(0_u32);
    let checked = LocalResource::new(move || {
        changed.track();
        let (vault, id) = (vault.get(), id.get());
        async move {
            let project = vault.open_project(&ProjectId::new(id.clone())).await?;
            let checked = check(&project, id).await?;
            Ok::<_, Error>((project, checked))
        }
    });
    let handle = StoredValue::new_local(None::<Project>);
    Effect::new(move |_| {
        if let Some(Ok((project, _))) = &*checked.read() {
            handle.set_value(Some(project.clone()));
            current.open(project);
        }
    });
    let again = move || changed.update(|n| *n += 1);
    let note = Signal::derive(move || match &*checked.read() {
        Some(Ok((_, checked))) => format!("{} {}.", words::LEAD, words::checked_at(&dates::time(checked.at))),
        _ => words::LEAD.to_owned(),
    });
    view! {
        <PageHead title=|| words::TITLE note>
            <Button glyph=Glyph::Refresh on_press=again>
                {words::CHECK_AGAIN}
            </Button>
        </PageHead>
        {move || match checked.get() {
            None => view! { <SkeletonLines lines=8 label=words::LOADING /> }.into_any(),
            Some(Err(error)) => view! { <FailureBanner error on_retry=again /> }.into_any(),
            Some(Ok((_, checked))) => {
                view! {
                    <div class="stack stack-6">
                        <Heads checked=checked.clone() />
                        <Map checked=checked.clone() />
                        <Lost checked=checked.clone() />
                        <Locks checked=checked.clone() handle on_done=again />
                        <Admissions checked />
                        <Limits />
                    </div>
                }
                    .into_any()
            }
        }}
    }
}

/// Opens all that this person may open; what fails is told beside the rest.
async fn check(project: &Project, id: String) -> Result<Checked, Error> {
    project.refresh().await?;
    let members = project.members().await?;
    let mut environments = Vec::new();
    for info in project.environments() {
        let state = match info.right {
            Right::None => Err(Error::NoKey),
            _ => project.open_environment(&info.slug).await.map(|open| State {
                seq: open.seq(),
                epoch: open.epoch(),
                words: open.head_words(),
                secrets: open.entries().len(),
                findings: open.strangers().len()
                    + open
                        .entries()
                        .iter()
                        .filter(|entry| !matches!(entry.class, Class::Ok | Class::Lagging))
                        .count(),
            }),
        };
        let guard = match project.is_admin() {
            true => project.seal_guard(&info.slug).await.ok(),
            false => None,
        };
        environments.push(Environment { info, state, guard });
    }
    let matrix = in_order(project.access_matrix().await?, &environments);
    Ok(Checked {
        id,
        at: clock::now(),
        membership: project.head_words(),
        members,
        matrix,
        environments,
    })
}

/// The columns in the order of the environments' list.
fn in_order(mut matrix: AccessMatrix, environments: &[Environment]) -> AccessMatrix {
    let place = |slug: &str| {
        let at = environments
            .iter()
            .position(|environment| environment.info.slug == slug);
        at.unwrap_or(environments.len())
    };
    let mut order: Vec<usize> = (0..matrix.environments.len()).collect();
    order.sort_by_key(|column| place(&matrix.environments[*column].slug));
    let columns = order
        .iter()
        .map(|column| matrix.environments[*column].clone())
        .collect();
    for row in &mut matrix.people {
        row.cells = order
            .iter()
            .filter_map(|column| row.cells.get(*column).copied())
            .collect();
    }
    matrix.environments = columns;
    matrix
}

impl Checked {
    /// Names by user id.
    fn names(&self) -> HashMap<String, String> {
        let named = |member: &MemberInfo| (member.user_id.clone(), member.shown_name().to_owned());
        self.members.iter().map(named).collect()
    }

    fn name_of(&self, slug: &str) -> String {
        let found = self
            .environments
            .iter()
            .find(|environment| environment.info.slug == slug);
        found.map_or_else(|| slug.to_owned(), |environment| environment.info.name.clone())
    }
}

fn name_in(names: &HashMap<String, String>, user: &str) -> String {
    names
        .get(user)
        .cloned()
        .unwrap_or_else(|| words::FORMER.to_owned())
}

/// The heads of all histories, as words that two people can compare.
#[component]
fn Heads(checked: Checked) -> impl IntoView {
    let membership = view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                {words::MEMBERSHIP}
            </th>
            <td role="cell"></td>
            <td role="cell" class="span">
                <KeyWords words=checked.membership label=words::words_of(words::MEMBERSHIP) />
            </td>
            <td role="cell" class="span">
                <Badge tone=Tone::Accent glyph=Glyph::ShieldCheck>
                    {words::SIGNED}
                </Badge>
            </td>
        </tr>
    };
    let id = checked.id;
    let rows = checked.environments.into_iter().map(move |environment| {
        let name = environment.info.name.clone();
        let href = Path::environment(id.clone(), environment.info.slug.clone()).to_string();
        let (head, compare, found) = match environment.state {
            Ok(state) => {
                let found = if state.findings == 0 {
                    view! {
                        <Badge tone=Tone::Accent glyph=Glyph::ShieldCheck>
                            {words::ALL_MATCH}
                        </Badge>
                    }
                    .into_any()
                } else {
                    view! {
                        <a href=href.clone()>
                            <Badge tone=Tone::Danger glyph=Glyph::ShieldAlert>
                                {words::found(state.findings)}
                            </Badge>
                        </a>
                    }
                    .into_any()
                };
                let compare = view! { <KeyWords words=state.words label=words::words_of(&name) /> };
                (words::head(state.seq, state.epoch), compare.into_any(), found)
            }
            Err(error) => {
                let told = explain(&error);
                let compare = view! { <span class="muted t-sm">{told.title}</span> };
                let found = view! { <Badge tone=Tone::Plain glyph=Glyph::Lock>{words::NOT_OPENED}</Badge> };
                (String::new(), compare.into_any(), found.into_any())
            }
        };
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    <a class="anywhere" href=href>
                        {name}
                    </a>
                </th>
                <td role="cell" class="nowrap">{head}</td>
                <td role="cell" class="span">{compare}</td>
                <td role="cell" class="span">{found}</td>
            </tr>
        }
    });
    view! {
        <section class="stack stack-3" aria-labelledby="trust-heads">
            <div>
                <h2 id="trust-heads">{words::CHECKED_TITLE}</h2>
                <p class="muted t-sm">{words::COMPARE_HEADS}</p>
            </div>
            <Table
                caption=words::CHECKED_CAPTION
                columns=vec![
                    ("", words::COLUMN_ENVIRONMENT.into()),
                    ("", words::COLUMN_HEAD.into()),
                    ("", words::COLUMN_WORDS.into()),
                    ("", words::COLUMN_FOUND.into()),
                ]
                fixed=false
            >
                {membership}
                {rows.collect_view()}
            </Table>
        </section>
    }
}

/// Mark, icon and words for one cell of the matrix.
fn of_cell(cell: AccessCell) -> (&'static str, Glyph, &'static str) {
    match (cell.key, cell.right) {
        (HeldKey::Held, Right::None) => ("unsealed", Glyph::ShieldAlert, words::KEY_STILL),
        (HeldKey::Held, right) => ("present", Glyph::Key, project_words::right(right)),
        (HeldKey::NotHeld, Right::None) => ("empty", Glyph::Minus, words::KEY_NONE),
        (HeldKey::NotHeld, _) => ("missing", Glyph::Hourglass, words::KEY_DUE),
        (HeldKey::Unknown, Right::None) => ("empty", Glyph::Minus, words::KEY_NONE),
        (HeldKey::Unknown, _) => ("locked", Glyph::Lock, words::KEY_UNKNOWN),
    }
}

/// Who holds which key: drawn, and as a table.
#[component]
fn Map(checked: Checked) -> impl IntoView {
    let names = checked.names();
    let people: Vec<(String, Vec<AccessCell>)> = checked
        .matrix
        .people
        .iter()
        .map(|row| (name_in(&names, &row.user_id), row.cells.clone()))
        .collect();
    let columns: Vec<String> = checked
        .matrix
        .environments
        .iter()
        .map(|column| checked.name_of(&column.slug))
        .collect();
    let due = checked
        .matrix
        .environments
        .iter()
        .filter(|column| column.new_key_due)
        .map(|column| format!("{}: {}", checked.name_of(&column.slug), words::NEW_KEY_DUE))
        .collect::<Vec<_>>();
    let heads = columns.iter().map(|name| {
        view! {
            <th scope="col" class="col-env" data-current="">
                <span class="env anywhere">{name.clone()}</span>
            </th>
        }
    });
    let heads = heads.collect_view();
    let rows = checked.matrix.people.iter().map(|row| {
        let machine = checked
            .members
            .iter()
            .any(|member| member.user_id == row.user_id && member.machine);
        let tag = if row.former {
            Some(words::FORMER)
        } else {
            machine.then_some(words::MACHINE)
        };
        let cells = row.cells.iter().map(|cell| {
            let (mark, glyph, said) = of_cell(*cell);
            view! {
                <td class="cell" data-current="">
                    <span class="cellmark" data-mark=mark data-still="">
                        <Icon glyph />
                        {said}
                    </span>
                </td>
            }
        });
        view! {
            <tr>
                <th scope="row" class="anywhere">
                    {name_in(&names, &row.user_id)}
                    {tag.map(|tag| view! { " " <span class="tag">{tag}</span> })}
                </th>
                {cells.collect_view()}
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <section class="stack stack-3" aria-labelledby="trust-map">
            <div>
                <h2 id="trust-map">{words::MAP_TITLE}</h2>
                <p class="muted t-sm">{words::MAP_LEAD}</p>
            </div>
            <Picture people columns />
            {due.into_iter().map(|due| view! { <p class="c-caution t-sm">{due}</p> }).collect_view()}
            <div class="table-wrap table-wrap--scroll" tabindex="0" role="region" aria-label=words::MAP_CAPTION>
                <table class="table matrix">
                    <caption class="sr-only">{words::MAP_CAPTION}</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="col-holder">
                                {words::COLUMN_HOLDER}
                            </th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

/// People on the left, environments on the right, a line for every key.
#[component]
fn Picture(people: Vec<(String, Vec<AccessCell>)>, columns: Vec<String>) -> impl IntoView {
    let tall = people.len().max(columns.len()).max(1) as f64;
    let height = tall * ROW;
    // The shorter side stands in the middle of the longer one.
    let at = |index: usize, of: usize| (index as f64 + 0.5) * height / of.max(1) as f64;
    let label = words::map_label(people.len(), columns.len());
    let (count, width) = (people.len(), columns.len());
    let lines = people.iter().enumerate().flat_map(|(person, (_, cells))| {
        cells
            .iter()
            .enumerate()
            .filter_map(move |(column, cell)| {
                let kind = match (cell.key, cell.right) {
                    (HeldKey::Held, Right::None) => "still",
                    (HeldKey::Held, _) => "held",
                    (_, Right::None) => return None,
                    _ => "due",
                };
                Some((person, column, kind))
            })
            .collect::<Vec<_>>()
    });
    let lines: Vec<_> = lines.collect();
    let lines = lines.into_iter().map(|(person, column, kind)| {
        let (from, to) = (at(person, count), at(column, width));
        view! {
            <path
                class="trust-line"
                data-kind=kind
                d=format!("M {LEFT} {from:.1} C 320 {from:.1}, 320 {to:.1}, {RIGHT} {to:.1}")
            ></path>
        }
    });
    let holders = people.iter().enumerate().map(|(index, (name, _))| {
        let y = at(index, count);
        view! {
            <circle class="trust-dot" cx=LEFT cy=format!("{y:.1}") r="5"></circle>
            <text class="trust-name" x=LEFT - 14.0 y=format!("{:.1}", y + 4.0) text-anchor="end">
                {short_name(name)}
            </text>
        }
    });
    let targets = columns.iter().enumerate().map(|(index, name)| {
        let y = at(index, width);
        view! {
            <rect class="trust-box" x=RIGHT y=format!("{:.1}", y - 5.0) width="10" height="10" rx="2"></rect>
            <text class="trust-name" x=RIGHT + 22.0 y=format!("{:.1}", y + 4.0)>
                {short_name(name)}
            </text>
        }
    });
    view! {
        <svg class="trust-map" viewBox=format!("0 0 640 {height:.0}") role="img" aria-label=label>
            {lines.collect_view()}
            {holders.collect_view()}
            {targets.collect_view()}
        </svg>
    }
}

fn short_name(name: &str) -> String {
    if name.chars().count() > LETTERS {
        name.chars().take(LETTERS - 1).chain(['…']).collect()
    } else {
        name.to_owned()
    }
}

/// What somebody who finds one person's unlocked laptop can read.
#[component]
fn Lost(checked: Checked) -> impl IntoView {
    let names = checked.names();
    let people: Vec<(String, String)> = checked
        .matrix
        .people
        .iter()
        .map(|row| (row.user_id.clone(), name_in(&names, &row.user_id)))
        .collect();
    let chosen = RwSignal::new(people.first().map(|(user, _)| user.clone()).unwrap_or_default());
    let told = move || {
        let user = chosen.get();
        let held = |column: usize| {
            let row = checked.matrix.people.iter().find(|row| row.user_id == user);
            row.and_then(|row| row.cells.get(column))
                .is_some_and(|cell| cell.key == HeldKey::Held)
        };
        let slugs = checked
            .matrix
            .environments
            .iter()
            .enumerate()
            .filter(|(index, _)| held(*index))
            .map(|(_, column)| column.slug.clone())
            .collect::<Vec<_>>();
        let secrets = checked
            .environments
            .iter()
            .filter(|environment| slugs.contains(&environment.info.slug))
            .filter_map(|environment| environment.state.as_ref().ok())
            .map(|state| state.secrets)
            .sum();
        let opened: Vec<String> = slugs.iter().map(|slug| checked.name_of(slug)).collect();
        words::opens(&name_in(&checked.names(), &user), &opened, secrets)
    };
    view! {
        <section class="card" aria-labelledby="trust-lost">
            <div class="card__head">
                <h2 id="trust-lost">{words::LOST_TITLE}</h2>
            </div>
            <div class="card__body stack">
                <div class="trust-person">
                    <SelectField label=words::LOST_PERSON value=chosen options=people />
                </div>
                <p role="status">
                    <b>{told}</b>
                </p>
                <p class="muted t-sm">{words::LOST_ADVICE}</p>
            </div>
        </section>
    }
}

/// What an admin can do about one environment's lock.
#[derive(Clone)]
enum Turn {
    /// The server takes anything again.
    Off(String),
    /// The server refuses what is not sealed.
    On(String),
    /// What is written from now on is sealed under a new key.
    NewKey(String),
}

/// Whether the server refuses plaintext, and keys made new by hand.
#[component]
fn Locks(
    checked: Checked,
    handle: StoredValue<Option<Project>, LocalStorage>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let turn = Action::new_unsync(move |turn: &Turn| {
        let (project, turn) = (handle.get_value(), turn.clone());
        async move {
            let project = project.ok_or(Error::Locked)?;
            Ok::<_, Error>(match turn {
                Turn::Off(slug) => project
                    .turn_seal_guard_off(&slug)
                    .await
                    .map(|_| words::GUARD_OFF)?,
                Turn::On(slug) => project.turn_seal_guard_on(&slug).await.map(|_| words::GUARD_ON)?,
                Turn::NewKey(slug) => {
                    project.open_environment(&slug).await?.renew_key().await?;
                    words::NEW_KEY_MADE
                }
            })
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(said)) = turn.value().get() {
            turn.clear();
            toasts.say_with(Glyph::ShieldCheck, said);
            on_done.run(());
        }
    });
    let rows = checked.environments.into_iter().map(|environment| {
        let name = environment.info.name.clone();
        let slug = environment.info.slug.clone();
        let (tone, glyph, said) = match environment.guard {
            Some(SealGuard::On) => (Tone::Accent, Glyph::Lock, words::GUARD_ON),
            Some(SealGuard::Off) => (Tone::Caution, Glyph::Unlock, words::GUARD_OFF),
            Some(SealGuard::Unsupported) | None => (Tone::Plain, Glyph::Minus, words::GUARD_NONE),
        };
        let change = match environment.guard {
            Some(SealGuard::On) => Some((Turn::Off(slug.clone()), words::turn_off(&name), words::TURN_OFF)),
            Some(SealGuard::Off) => Some((Turn::On(slug.clone()), words::turn_on(&name), words::TURN_ON)),
            _ => None,
        };
        let change = change.map(|(wanted, label, said)| {
            view! {
                <Button
                    size=ButtonSize::Small
                    label
                    busy=turn.pending()
                    on_press=move || {
                        turn.dispatch(wanted.clone());
                    }
                >
                    {said}
                </Button>
            }
        });
        let writes = environment.info.right >= Right::Write && environment.state.is_ok();
        let renew = writes.then(|| {
            view! {
                <Button
                    size=ButtonSize::Small
                    label=words::new_key_for(&name)
                    busy=turn.pending()
                    on_press=move || {
                        turn.dispatch(Turn::NewKey(slug.clone()));
                    }
                >
                    {words::NEW_KEY}
                </Button>
            }
        });
        view! {
            <li class="row row--between row--wrap">
                <b class="anywhere">{name}</b>
                <span class="row row--wrap">
                    <Badge tone glyph>
                        {said}
                    </Badge>
                    {change}
                    {renew}
                </span>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="trust-locks">
            <div class="card__head">
                <div>
                    <h2 id="trust-locks">{words::LOCKS_TITLE}</h2>
                    <p class="muted t-sm">{words::LOCKS_LEAD}</p>
                </div>
            </div>
            <div class="card__body stack">
                <ul class="stack stack-3">{rows.collect_view()}</ul>
                <Trouble act=turn />
            </div>
        </section>
    }
}

/// Who let whom in, the founder first.
#[component]
fn Admissions(checked: Checked) -> impl IntoView {
    let names = checked.names();
    let mut members = checked.members.clone();
    members.sort_by_key(|member| member.admission.link);
    let items = members.into_iter().map(|member| {
        let name = name_in(&names, &member.user_id);
        let author = name_in(&names, &member.admission.author);
        let day = dates::day(member.admission.created);
        let (title, why) = match member.admission.by {
            AdmittedBy::Founding => (words::founded(&name, &day), String::new()),
            AdmittedBy::Invitation => (words::admitted(&name, &day), words::by_invitation(&author)),
            AdmittedBy::MachineKeys => (words::admitted(&name, &day), words::as_machine(&author)),
            AdmittedBy::Words => (words::admitted(&name, &day), words::by_words(&author)),
        };
        view! {
            <li data-state="done">
                <span class="steps__mark">
                    <Icon glyph=Glyph::Check size=IconSize::Small />
                </span>
                <span class="stack stack-1">
                    <b class="anywhere">{title}</b>
                    <span class="muted t-sm anywhere">
                        {(!why.is_empty()).then(|| format!("{why}, "))}
                        {words::member_number(member.admission.link)}
                    </span>
                    <KeyWords words=member.fingerprint label=name />
                </span>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="trust-admissions">
            <div class="card__head">
                <div>
                    <h2 id="trust-admissions">{words::ADMISSIONS_TITLE}</h2>
                    <p class="muted t-sm">{words::ADMISSIONS_LEAD}</p>
                </div>
            </div>
            <div class="card__body">
                <ol class="steps">{items.collect_view()}</ol>
            </div>
        </section>
    }
}

#[component]
fn Limits() -> impl IntoView {
    let list =
        |lines: &'static [&'static str]| lines.iter().map(|line| view! { <li>{*line}</li> }).collect_view();
    view! {
        <div class="cols-2">
            <Card title=words::SEES_TITLE>
                <ul class="bullets t-sm stack stack-2">{list(&words::SEES)}</ul>
            </Card>
            <Card title=words::CANNOT_TITLE>
                <ul class="bullets t-sm stack stack-2">{list(&words::CANNOT)}</ul>
            </Card>
        </div>
    }
}

/// Height of a row of the picture, and where its sides stand, in its own units.
const ROW: f64 = 44.0;
const LEFT: f64 = 200.0;
const RIGHT: f64 = 440.0;
/// The longest name that fits beside the picture.
const LETTERS: usize = 22;
