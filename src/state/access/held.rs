//! What the page of a grant holds, from before its time until it is over.

use coffer_client::{Error, GrantFault};

/// What the page of a grant holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held<G> {
    /// Nothing yet.
    Loading,
    /// Nothing before its time comes.
    Early,
    /// What was granted.
    Open(G),
    /// Nothing any more. For good: what cannot be asked now changes nothing about that.
    Over {
        /// Its key is gone from this device, too.
        wiped: bool,
    },
    /// It could not be opened.
    Failed(Error),
}

impl<G> Held<G> {
    /// What it holds after the client was asked to open it once more; `None` where it stays as it is.
    pub(crate) fn after(&self, outcome: Result<G, Error>) -> Option<Self> {
        let gone = |error: &Error| {
            matches!(
                error,
                Error::GrantRefused(GrantFault::Over | GrantFault::OtherDevice)
            )
        };
        match (self, outcome) {
            (Self::Over { wiped: false }, Err(error)) if gone(&error) => Some(Self::Over { wiped: true }),
            (Self::Over { .. }, _) => None,
            (_, Ok(grant)) => Some(Self::Open(grant)),
            (_, Err(Error::GrantRefused(GrantFault::Over))) => Some(Self::Over { wiped: true }),
            // What is open stays open while nobody can be asked: its end comes by the clock.
            (Self::Open(_), Err(Error::Offline | Error::Transport(_) | Error::RateLimited { .. })) => None,
            (_, Err(error)) if is_early(&error) => Some(Self::Early),
            (_, Err(error)) => Some(Self::Failed(error)),
        }
    }
}

/// What was granted has not begun, as the client says it.
fn is_early(error: &Error) -> bool {
    matches!(error, Error::Invalid { field: "grant", .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_stays_ended_and_its_key_is_asked_for_until_it_is_gone() {
        let over: Held<u8> = Held::Over { wiped: false };
        assert_eq!(over.after(Err(Error::Offline)), None);
        assert_eq!(over.after(Ok(1)), None);
        for gone in [GrantFault::Over, GrantFault::OtherDevice] {
            assert_eq!(
                over.after(Err(Error::GrantRefused(gone))),
                Some(Held::Over { wiped: true })
            );
        }
        let open = Held::Open(1);
        assert_eq!(open.after(Err(Error::Offline)), None);
        assert_eq!(
            open.after(Err(Error::GrantRefused(GrantFault::Over))),
            Some(Held::Over { wiped: true })
        );
        assert_eq!(
            Held::<u8>::Loading.after(Err(Error::Offline)),
            Some(Held::Failed(Error::Offline))
        );
    }

    #[test]
    fn before_its_time_a_grant_has_not_failed() {
        let early = Error::Invalid {
            field: "grant",
            why: "one that has begun",
        };
        assert_eq!(Held::<u8>::Loading.after(Err(early)), Some(Held::Early));
        assert_eq!(Held::Early.after(Ok(1)), Some(Held::Open(1)));
    }
}
