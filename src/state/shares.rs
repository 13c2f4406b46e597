//! A share link being made: its limits, how much room is left, and a secret handed over from another page.

use std::{cell::RefCell, net::IpAddr};

use coffer_client::{ShareChange, ShareLimits, ShareState, ShareStatus, SharedSecret};
use leptos::prelude::*;

use crate::platform::dates;

/// The plaintext that fits one link on a compatible server: the largest bucket below its 10,000 characters (§11).
pub(crate) const ROOM: usize = 7_424;
/// What the plaintext's layout takes of it: lengths, kind and version (§7).
pub(crate) const FRAMING: usize = 34;
/// The most secrets that fit one link, by [`room_of_list`]: each has a name.
pub(crate) const MOST_TOGETHER: usize = coffer_client::MAX_SECRETS;
/// The shortest life of a link, in minutes.
pub(crate) const SHORTEST: u32 = 5;
/// The longest life of a link, in minutes.
pub(crate) const LONGEST: u32 = 43_200;
/// The most views a link can have, other than any number.
pub(crate) const MOST_VIEWS: u32 = 100;
/// The lives offered as chips, in minutes.
pub(crate) const LIVES: [u32; 6] = [5, 60, 240, 1440, 10_080, 43_200];
/// The life that is chosen at first.
pub(crate) const USUAL_LIFE: u32 = 1440;
/// The lives after the first view that are offered, in minutes.
pub(crate) const LIVES_AFTER_VIEW: [u32; 3] = [10, 60, 1440];
/// The most networks of a link.
pub(crate) const MOST_NETWORKS: usize = 20;
/// The longest note on a link, in characters.
pub(crate) const LONGEST_NOTE: u32 = 500;

/// How many bytes of a text and title are left, or how many are too many.
pub(crate) fn room(text: usize, title: usize) -> Result<usize, usize> {
    let used = text + title + FRAMING;
    if used <= ROOM {
        Ok(ROOM - used)
    } else {
        Err(used - ROOM)
    }
}

/// The same of several secrets, by what each of them holds: a list has frames of its own (§11).
pub(crate) fn room_of_list(secrets: impl Iterator<Item = usize>, title: usize) -> Result<usize, usize> {
    room(8 + secrets.map(|bytes| 32 + bytes).sum::<usize>(), title)
}

/// The same of files, by the lengths of their names: a link holds names, sizes and a key, and a list of several has frames of
/// its own (§11).
pub(crate) fn room_of_files(names: impl IntoIterator<Item = usize>, title: usize) -> Result<usize, usize> {
    let (count, bytes) = names
        .into_iter()
        .fold((0, 0), |(count, sum), name| (count + 1, sum + name));
    let frames = if count == 1 { 72 } else { 64 + 40 * count };
    room(bytes + frames, title)
}

/// Minutes from now until a moment, if that is within the limits of a life.
pub(crate) fn minutes_until(moment: u64, now: u64) -> Option<u32> {
    let minutes = u32::try_from(moment.checked_sub(now)?.div_ceil(60_000)).ok()?;
    (SHORTEST..=LONGEST).contains(&minutes).then_some(minutes)
}

/// A number that was typed, if it is within its limits.
pub(crate) fn within(text: &str, least: u32, most: u32) -> Option<u32> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
}

/// How long a link lives, while it is being chosen. A date that was typed counts before a number of minutes, and that before
/// the chip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LifeDraft {
    /// The chip, in minutes.
    pub(crate) chip: RwSignal<u32>,
    /// Minutes, as they were typed.
    pub(crate) minutes: RwSignal<String>,
    /// A moment, as a field for dates gives it.
    pub(crate) date: RwSignal<String>,
}

impl LifeDraft {
    /// The usual one.
    pub(crate) fn new() -> Self {
        Self {
            chip: RwSignal::new(USUAL_LIFE),
            minutes: RwSignal::new(String::new()),
            date: RwSignal::new(String::new()),
        }
    }

    /// How many minutes from `now`, tracked; `None` when what was typed is no life of a link.
    pub(crate) fn chosen(self, now: u64) -> Option<u32> {
        match (self.date.read().trim(), self.minutes.read().trim()) {
            ("", "") => Some(self.chip.get()),
            ("", minutes) => within(minutes, SHORTEST, LONGEST),
            (date, _) => minutes_until(dates::parse_local(date)?, now),
        }
    }

    /// A date was typed, tracked: what is wrong is wrong with it.
    pub(crate) fn is_by_date(self) -> bool {
        !self.date.read().trim().is_empty()
    }
}

/// The limits that only Coffer's own server keeps, while they are being chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LimitsDraft {
    /// Only the first device opens it again.
    pub(crate) one_device: RwSignal<bool>,
    /// Openings are noted.
    pub(crate) receipts: RwSignal<bool>,
    /// The networks, as they were typed.
    pub(crate) networks: RwSignal<String>,
    /// How many minutes it lives on once it was opened.
    pub(crate) after_view: RwSignal<Option<u32>>,
    /// Nobody but its sender ends it before its time.
    pub(crate) sender_ends: RwSignal<bool>,
}

impl LimitsDraft {
    /// None of them.
    pub(crate) fn new() -> Self {
        Self::of(&ShareLimits::default())
    }

    /// Those that a link has.
    pub(crate) fn of(limits: &ShareLimits) -> Self {
        Self {
            one_device: RwSignal::new(limits.one_device),
            receipts: RwSignal::new(limits.receipts),
            networks: RwSignal::new(limits.networks.join(", ")),
            after_view: RwSignal::new(limits.after_view),
            sender_ends: RwSignal::new(limits.sender_ends),
        }
    }

    /// What was chosen, tracked.
    pub(crate) fn chosen(self) -> Result<ShareLimits, NetworkTrouble> {
        Ok(ShareLimits {
            after_view: self.after_view.get(),
            networks: networks(&self.networks.read())?,
            one_device: self.one_device.get(),
            receipts: self.receipts.get(),
            sender_ends: self.sender_ends.get(),
        })
    }
}

/// What is to be different about the limits of a link: what stayed as it was is not asked for again, or it would undo what
/// another device did meanwhile.
pub(crate) fn limits_change(known: &ShareLimits, chosen: ShareLimits) -> ShareChange {
    ShareChange {
        after_view: (chosen.after_view != known.after_view).then_some(chosen.after_view),
        one_device: (chosen.one_device != known.one_device).then_some(chosen.one_device),
        receipts: (chosen.receipts != known.receipts).then_some(chosen.receipts),
        sender_ends: (chosen.sender_ends != known.sender_ends).then_some(chosen.sender_ends),
        networks: (chosen.networks != known.networks).then_some(chosen.networks),
        ..ShareChange::default()
    }
}

/// What is wrong with the networks that were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NetworkTrouble {
    /// This one is none.
    Bad(String),
    /// More than [`MOST_NETWORKS`].
    TooMany,
}

/// The networks of a text, with commas or spaces between them. The server has the last word on each.
pub(crate) fn networks(text: &str) -> Result<Vec<String>, NetworkTrouble> {
    let pieces = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    let networks: Vec<String> = pieces
        .filter(|piece| !piece.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(bad) = networks.iter().find(|network| !is_network(network)) {
        return Err(NetworkTrouble::Bad(bad.clone()));
    }
    if networks.len() > MOST_NETWORKS {
        return Err(NetworkTrouble::TooMany);
    }
    Ok(networks)
}

/// One address, or the first bits that all of a network share. IPv4 in the dress of IPv6 is none: the server compares
/// no address in it.
fn is_network(text: &str) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let fits = |bits: &str| bits.parse::<u32>().is_ok_and(|bits| bits <= most);
    address.to_canonical() == address && bits.is_none_or(fits)
}

/// Secrets on their way from their environment to the page that shares it. It passes in memory, never in an address.
pub(crate) struct Prefill {
    /// What is handed over; of one the name becomes the title.
    pub(crate) secrets: Vec<SharedSecret>,
    /// Where they come from, for people.
    pub(crate) place: String,
}

thread_local! {
    static HANDED: RefCell<Option<Prefill>> = const { RefCell::new(None) };
}

impl Prefill {
    /// Puts it down for the page that is opened next.
    pub(crate) fn hand_over(self) {
        HANDED.with(|handed| *handed.borrow_mut() = Some(self));
    }

    /// Takes what was put down; it is there once.
    pub(crate) fn take() -> Option<Self> {
        HANDED.with(|handed| handed.borrow_mut().take())
    }
}

/// What the list says of a link, beside what the server says: the clock here may be ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Can be opened; nobody did.
    Unopened,
    /// Can be opened; somebody did.
    Opened,
    /// Its time is over, and nobody opened it.
    ExpiredUnread,
    /// Its time is over, and somebody opened it before.
    ExpiredOpened,
    /// Its time is over; the server has forgotten whether anybody opened it.
    Expired,
    /// All its views are used.
    UsedUp,
    /// Taken back.
    Revoked,
    /// An administrator ended it.
    EndedByAdmin,
    /// Somebody who could open it had it destroyed.
    Destroyed,
    /// Its file was not sent completely.
    Unfinished,
    /// May be of use still: the server does not list it.
    Unknown,
}

impl Standing {
    /// Judges a link at a moment.
    pub(crate) fn of(share: &ShareStatus, now: u64) -> Self {
        let over = now >= share.not_after;
        match share.state {
            ShareState::Revoked => Self::Revoked,
            ShareState::EndedByAdmin => Self::EndedByAdmin,
            ShareState::Destroyed => Self::Destroyed,
            ShareState::UsedUp => Self::UsedUp,
            ShareState::Unfinished => Self::Unfinished,
            ShareState::Unopened if over => Self::ExpiredUnread,
            ShareState::Unopened => Self::Unopened,
            ShareState::Opened { .. } if over => Self::ExpiredOpened,
            ShareState::Opened { .. } => Self::Opened,
            ShareState::Expired { was_opened, .. } => match was_opened {
                Some(true) => Self::ExpiredOpened,
                Some(false) => Self::ExpiredUnread,
                None => Self::Expired,
            },
            ShareState::Unknown if !over => Self::Unknown,
            _ => Self::Expired,
        }
    }

    /// Whether anybody can still open it, as far as is known.
    pub(crate) fn lives(self) -> bool {
        matches!(self, Self::Unopened | Self::Opened | Self::Unknown)
    }
}

/// How much of a link's life is left, of 100.
pub(crate) fn life_left(created: u64, not_after: u64, now: u64) -> u32 {
    let whole = not_after.saturating_sub(created).max(1);
    let left = not_after.saturating_sub(now).min(whole);
    (left.saturating_mul(100) / whole) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use coffer_client::{ShareId, ShareLimits};

    fn share(state: ShareState) -> ShareStatus {
        ShareStatus {
            id: ShareId::new("1"),
            title: "t".into(),
            created: 0,
            not_after: 1_000,
            views: Some(2),
            views_left: Some(1),
            opened: Some(1),
            limits: ShareLimits::default(),
            state,
            has_passphrase: false,
            note: String::new(),
            file: None,
            link_fragment: None,
        }
    }

    #[test]
    fn a_link_past_its_time_has_ended_even_if_the_server_says_nothing() {
        let check = |state, now, expected| assert_eq!(Standing::of(&share(state), now), expected);
        check(ShareState::Unopened, 999, Standing::Unopened);
        check(ShareState::Unopened, 1_000, Standing::ExpiredUnread);
        check(ShareState::Opened { last: None }, 999, Standing::Opened);
        check(ShareState::Opened { last: None }, 1_000, Standing::ExpiredOpened);
        check(ShareState::Revoked, 1, Standing::Revoked);
        check(ShareState::EndedByAdmin, 1, Standing::EndedByAdmin);
        check(ShareState::UsedUp, 1, Standing::UsedUp);
        check(ShareState::UsedUp, 2_000, Standing::UsedUp);
        check(ShareState::Destroyed, 1, Standing::Destroyed);
        check(ShareState::Destroyed, 2_000, Standing::Destroyed);
        check(ShareState::Unknown, 999, Standing::Unknown);
        check(ShareState::Unknown, 1_000, Standing::Expired);
        for (was_opened, expected) in [
            (Some(true), Standing::ExpiredOpened),
            (Some(false), Standing::ExpiredUnread),
            (None, Standing::Expired),
        ] {
            let expired = ShareState::Expired {
                was_opened,
                last: None,
            };
            check(expired, 2_000, expected);
        }
        assert!(Standing::Opened.lives() && !Standing::UsedUp.lives());
    }

    #[test]
    fn numbers_outside_their_limits_are_refused() {
        assert_eq!(within("5", SHORTEST, LONGEST), Some(5));
        assert_eq!(within(" 43200 ", SHORTEST, LONGEST), Some(43_200));
        assert_eq!(within("4", SHORTEST, LONGEST), None);
        assert_eq!(within("1e3", SHORTEST, LONGEST), None);
        assert_eq!(within("", 1, MOST_VIEWS), None);
    }

    #[test]
    fn networks_are_judged_while_they_are_typed() {
        let fine = networks(" 192.0.2.0/24, 2001:db8::/32\n198.51.100.7 ").unwrap_or_default();
        assert_eq!(fine, ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]);
        assert_eq!(networks(" , "), Ok(Vec::new()));
        for bad in [
            "192.0.2.0/33",
            "192.0.2",
            "example.org",
            "::ffff:192.0.2.1",
            "::1/129",
            "10.0.0.0/",
        ] {
            assert_eq!(networks(bad), Err(NetworkTrouble::Bad(bad.to_owned())), "{bad}");
        }
        assert_eq!(networks(&"10.0.0.1 ".repeat(21)), Err(NetworkTrouble::TooMany));
    }

    #[test]
    fn only_limits_that_are_different_are_changed() {
        let known = ShareLimits {
            after_view: Some(10),
            networks: vec!["192.0.2.0/24".to_owned()],
            ..ShareLimits::default()
        };
        assert_eq!(limits_change(&known, known.clone()), ShareChange::default());
        let chosen = ShareLimits {
            after_view: None,
            receipts: true,
            ..known.clone()
        };
        let expected = ShareChange {
            after_view: Some(None),
            receipts: Some(true),
            ..ShareChange::default()
        };
        assert_eq!(limits_change(&known, chosen), expected);
        let chosen = ShareLimits {
            networks: Vec::new(),
            one_device: true,
            sender_ends: true,
            ..known.clone()
        };
        let expected = ShareChange {
            networks: Some(Vec::new()),
            one_device: Some(true),
            sender_ends: Some(true),
            ..ShareChange::default()
        };
        assert_eq!(limits_change(&known, chosen), expected);
    }

    #[test]
    fn a_date_is_minutes_from_now_within_the_limits() {
        assert_eq!(minutes_until(1_000 + 3_600_000, 1_000), Some(60));
        assert_eq!(minutes_until(1_000 + 60_000, 1_000), None);
        assert_eq!(minutes_until(500, 1_000), None);
    }

    #[test]
    fn the_room_of_a_link_counts_title_and_framing() {
        assert_eq!(room(0, 0), Ok(ROOM - FRAMING));
        assert_eq!(room(ROOM - FRAMING, 0), Ok(0));
        assert_eq!(room(ROOM - FRAMING, 3), Err(3));
        assert_eq!(
            room_of_list([10, 20].into_iter(), 5),
            Ok(ROOM - FRAMING - 8 - 64 - 30 - 5)
        );
        assert_eq!(room_of_files([9], 5), Ok(ROOM - FRAMING - 72 - 9 - 5));
        assert_eq!(room_of_files([9, 3], 5), Ok(ROOM - FRAMING - 144 - 12 - 5));
        let long = |name| room_of_files([name; coffer_client::MAX_FILES], 0);
        assert!(long(33).is_ok() && long(34).is_err());
        let shortest = |count| room_of_list(std::iter::repeat_n(1, count), 0);
        assert!(shortest(MOST_TOGETHER).is_ok() && shortest(MOST_TOGETHER + 1).is_err());
    }

    #[test]
    fn a_prefill_is_taken_once() {
        Prefill {
            secrets: Vec::new(),
            place: "Staging /".into(),
        }
        .hand_over();
        assert!(Prefill::take().is_some());
        assert!(Prefill::take().is_none());
    }

    #[test]
    fn life_runs_from_a_hundred_to_nothing() {
        assert_eq!(life_left(0, 1_000, 0), 100);
        assert_eq!(life_left(0, 1_000, 750), 25);
        assert_eq!(life_left(0, 1_000, 2_000), 0);
        assert_eq!(life_left(1_000, 1_000, 0), 100);
    }
}
