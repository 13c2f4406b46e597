//! What does not fit the signed list: named, explained, never shown.

use coffer_client::Class;
use leptos::prelude::*;

use super::words::of_class;
use crate::{state::desk::Desk, text::environment as words, ui::*};

/// Findings about the environment's own secrets, then the server's strangers.
#[component]
pub(super) fn Findings() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let own = move || {
        desk.with(|environment| {
            environment
                .entries()
                .iter()
                .filter(|entry| !matches!(entry.class, Class::Ok | Class::Lagging))
                .map(|entry| (entry.path.clone(), entry.name.clone(), entry.class))
                .collect::<Vec<_>>()
        })
    };
    let strangers = move || {
        desk.with(|environment| {
            environment
                .strangers()
                .iter()
                .map(|stranger| (stranger.path.clone(), stranger.name.clone(), stranger.class))
                .collect::<Vec<_>>()
        })
    };
    move || {
        let (own, strangers) = (own(), strangers());
        view! {
            {(!own.is_empty())
                .then(|| {
                    view! {
                        <Banner
                            title=words::findings(own.len())
                            text=words::SEAL_DETAIL
                            tone=Tone::Danger
                            glyph=Glyph::ShieldAlert
                        />
                        <FindingTable caption=words::findings(own.len()) rows=own />
                    }
                })}
            {(!strangers.is_empty())
                .then(|| {
                    view! {
                        <section class="stack stack-3 environment-findings" aria-labelledby="quarantine">
                            <div>
                                <h2 id="quarantine">{words::QUARANTINE_TITLE}</h2>
                                <p class="muted t-sm">{words::QUARANTINE_LEAD}</p>
                            </div>
                            <FindingTable caption=words::QUARANTINE_CAPTION.to_owned() rows=strangers />
                        </section>
                    }
                })}
        }
    }
}

#[component]
fn FindingTable(caption: String, rows: Vec<(String, String, Class)>) -> impl IntoView {
    view! {
        <div class="environment-findings">
            <Table
                caption
                columns=vec![
                    ("", words::COLUMN_NAME.into()),
                    ("col-lg2", words::COLUMN_FINDING.into()),
                    ("", words::COLUMN_ADVICE.into()),
                ]
                fixed=false
            >
                {rows
                    .into_iter()
                    .take(MOST)
                    .map(|(path, name, class)| {
                        let (tone, glyph, state, advice) = of_class(class);
                        view! {
                            <tr role="row">
                                <th scope="row" role="rowheader">
                                    <span class="key">{name}</span>
                                    <span class="faint t-xs anywhere">" " {path}</span>
                                </th>
                                <td role="cell" class="end-phone">
                                    <Badge tone glyph>
                                        {state}
                                    </Badge>
                                </td>
                                <td role="cell" class="span">
                                    <span class="t-sm muted">{advice}</span>
                                </td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </Table>
        </div>
    }
}

/// A server that invents thousands of names does not get to slow the page.
const MOST: usize = 100;
