//! Who had, has and will have access, drawn along time. The table under it says the same in words.

use std::collections::BTreeMap;

use coffer_client::GrantEntry;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::{Opened, initials};
use crate::{
    platform::dates,
    routes::Path,
    state::access::{Bar, Span, end_of},
    text::access as words,
};

/// One line of bars: what one person had in one environment.
struct Line {
    who: String,
    environment: String,
    grants: Vec<Drawn>,
    /// When the last bar of each lane ends: what is there at the same time lies in different ones.
    lanes: Vec<u64>,
}

/// A grant as it is drawn.
struct Drawn {
    request: String,
    bar: Bar,
    kind: &'static str,
    said: String,
    lane: usize,
}

impl Line {
    /// The first lane that is free from a moment on, taken until another.
    fn take_lane(&mut self, from: u64, until: u64) -> usize {
        let free = self.lanes.iter().position(|end| *end <= from);
        let lane = free.unwrap_or(self.lanes.len());
        if lane == self.lanes.len() {
            self.lanes.push(until);
        } else if let Some(end) = self.lanes.get_mut(lane) {
            *end = until;
        }
        lane
    }

    /// Where a lane lies, and how high it is, in pixels.
    fn place(&self, lane: usize) -> (f64, f64) {
        match self.lanes.len() {
            0 | 1 => (16.0, 16.0),
            lanes => {
                let pitch = ROOM / lanes as f64;
                (TOP + pitch * lane as f64, (pitch - GAP).max(THINNEST))
            }
        }
    }
}

/// The picture: a line per person and environment, and now.
#[component]
pub(super) fn Picture(
    opened: Opened,
    entries: Vec<GrantEntry>,
    /// The window that is drawn, in milliseconds.
    window: (u64, u64),
    now: u64,
) -> impl IntoView {
    let go = StoredValue::new_local(use_navigate());
    let project = opened.id.clone();
    let mut lines: BTreeMap<(String, String), Line> = BTreeMap::new();
    let mut entries: Vec<&GrantEntry> = entries.iter().collect();
    entries.sort_by_key(|entry| entry.from);
    for entry in entries {
        let end = end_of(entry);
        let bar = Bar::of((entry.from.min(end), end), now, window);
        if bar.is_empty() {
            continue;
        }
        let (who, environment) = (
            opened.who(&entry.requester),
            opened.environment(&entry.environment),
        );
        let line = lines
            .entry((who.clone(), environment.clone()))
            .or_insert_with(|| Line {
                who,
                environment,
                grants: Vec::new(),
                lanes: Vec::new(),
            });
        let kind = match (entry.allowed, entry.emergency.is_some()) {
            (false, _) => "broken",
            (true, true) => "emergency",
            (true, false) => "plain",
        };
        let said = words::from_until(&dates::short(entry.from), &dates::short(end));
        let lane = line.take_lane(entry.from, end);
        line.grants.push(Drawn {
            request: entry.request.clone(),
            bar,
            kind,
            said,
            lane,
        });
    }
    if lines.is_empty() {
        return view! { <p class="muted">{words::NOTHING_IN_WINDOW}</p> }.into_any();
    }
    let percent = |at: u64| {
        let whole = window.1.saturating_sub(window.0).max(1) as f64;
        at.saturating_sub(window.0) as f64 * 100.0 / whole
    };
    // Where somebody looks elsewhere, now is not in the picture.
    let is_now = (window.0..=window.1).contains(&now);
    let now_at = if is_now { percent(now) } else { f64::NEG_INFINITY };
    let ticks: Vec<(f64, String)> = (0..=PARTS)
        .map(|part| {
            let at = window.0 + (window.1 - window.0) * part / PARTS;
            (percent(at), tick_words(at, window))
        })
        .collect();
    let axis = ticks
        .iter()
        .enumerate()
        .map(|(index, (at, said))| {
            let anchor = match index as u64 {
                0 => "start",
                PARTS => "end",
                _ => "middle",
            };
            // What would stand under the word for now is left out.
            let apart = (at - now_at).abs();
            let (near, wide) = (apart < NEAR, index % 2 == 1 || apart < NEAR_ON_A_PHONE);
            (!near).then(|| {
                view! {
                    <text x=share(*at) y="14" text-anchor=anchor class=("t-wide", wide)>
                        {said.clone()}
                    </text>
                }
            })
        })
        .collect_view();
    let grid: Vec<f64> = ticks.iter().map(|(at, _)| *at).collect();
    let rows = lines
        .into_values()
        .map(|line| {
            let grid = grid
                .iter()
                .map(|at| view! { <line class="gridline" x1=share(*at) x2=share(*at) y1="0" y2="48"></line> })
                .collect_view();
            let label = words::line_label(
                &line.who,
                &line.environment,
                &line
                    .grants
                    .iter()
                    .map(|drawn| drawn.said.clone())
                    .collect::<Vec<_>>(),
            );
            let bars = line
                .grants
                .iter()
                .map(|drawn| {
                    let (y, height) = line.place(drawn.lane);
                    let bar = &drawn.bar;
                    let part = |class: &'static str, span: Option<Span>| {
                        span.map(|(x, width)| {
                            let to = Path::Request {
                                project: project.clone(),
                                request: drawn.request.clone(),
                            };
                            // For who points at it. The table has a link for everybody.
                            view! {
                                <rect
                                    class=class
                                    on:click=move |_| go.with_value(|go| go(&to.to_string(), Default::default()))
                                    data-kind=drawn.kind
                                    x=share(x)
                                    width=share(width)
                                    y=y.to_string()
                                    height=height.to_string()
                                    rx="3"
                                ></rect>
                            }
                        })
                    };
                    view! {
                        {part("bar bar-past", bar.used)}
                        {part("bar bar-left", bar.left)}
                        {part("bar bar-planned", bar.planned)}
                    }
                })
                .collect_view();
            view! {
                <li class="gantt__row">
                    <div class="gantt__who">
                        <span class="avatar" aria-hidden="true">
                            {initials(&line.who)}
                        </span>
                        <span class="stack stack-1">
                            <span class="anywhere">{line.who.clone()}</span>
                            <span class="faint t-xs anywhere">{line.environment.clone()}</span>
                        </span>
                    </div>
                    <div class="gantt__track">
                        <svg class="chart" role="img" aria-label=label>
                            {grid} {bars}
                            {is_now
                                .then(|| {
                                    view! { <line class="now" x1=share(now_at) x2=share(now_at) y1="0" y2="48"></line> }
                                })}
                        </svg>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="gantt">
            <div class="gantt__axis" aria-hidden="true">
                <svg class="chart">
                    {axis}
                    {is_now
                        .then(|| {
                            view! {
                                <text class="nowlabel" x=share(now_at) y="14" text-anchor="middle">
                                    {words::NOW_LINE}
                                </text>
                            }
                        })}
                </svg>
            </div>
            <ul class="gantt__rows">{rows}</ul>
        </div>
        <ul class="access-legend faint t-xs" aria-label=words::LEGEND>
            <li>
                <span class="access-key" data-kind="used"></span>
                {words::LEGEND_USED}
            </li>
            <li>
                <span class="access-key" data-kind="left"></span>
                {words::LEGEND_LEFT}
            </li>
            <li>
                <span class="access-key" data-kind="planned"></span>
                {words::LEGEND_PLANNED}
            </li>
            <li>
                <span class="access-key" data-kind="broken"></span>
                {words::LEGEND_BROKEN}
            </li>
        </ul>
    }
    .into_any()
}

fn share(percent: f64) -> String {
    format!("{percent:.2}%")
}

fn tick_words(at: u64, window: (u64, u64)) -> String {
    if window.1 - window.0 <= 2 * DAY {
        dates::time(at)
    } else {
        dates::day_month(at)
    }
}

const DAY: u64 = 86_400_000;
/// Where lanes begin and how much room they have, in pixels.
const TOP: f64 = 6.0;
const ROOM: f64 = 38.0;
const GAP: f64 = 2.0;
const THINNEST: f64 = 2.0;
/// How many parts the axis has.
const PARTS: u64 = 6;
/// A word nearer than so many percent to the one for now is left out.
const NEAR: f64 = 7.0;
/// The same where there is less room.
const NEAR_ON_A_PHONE: f64 = 18.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_at_the_same_time_does_not_cover_itself() {
        let mut line = Line {
            who: String::new(),
            environment: String::new(),
            grants: Vec::new(),
            lanes: Vec::new(),
        };
        let lanes =
            [(0, 10), (5, 15), (7, 8), (10, 20), (15, 30)].map(|(from, until)| line.take_lane(from, until));
        assert_eq!(lanes, [0, 1, 2, 0, 1]);
        let places = [0, 1, 2].map(|lane| line.place(lane));
        for pair in places.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0);
        }
        assert!(places[2].0 + places[2].1 <= 48.0);
    }
}
