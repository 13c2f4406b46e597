//! For how long a form for a request offers access: what its link says or else the usual, within what the rules allow.

/// What a form offers. Only the rules are enforced: what a link leaves out can be asked for without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// [`PRESETS`], and any other: no link says otherwise.
    Any,
    /// These, of a link, of which at least one is short enough.
    Link(Vec<u32>),
    /// As [`Self::Any`], since the rules allow none of these, of a link.
    Unfit(Vec<u32>),
}

impl Offer {
    /// What a link offers where the rules allow so many seconds.
    pub(crate) fn of(link: &[u32], longest: u32) -> Self {
        if link.is_empty() {
            Self::Any
        } else if link.iter().any(|seconds| *seconds <= longest) {
            Self::Link(link.to_vec())
        } else {
            Self::Unfit(link.to_vec())
        }
    }

    /// What stands there to be chosen, in seconds.
    pub(crate) fn choices(&self) -> &[u32] {
        match self {
            Self::Any | Self::Unfit(_) => &PRESETS,
            Self::Link(link) => link,
        }
    }

    /// Another duration may be typed.
    pub(crate) fn takes_others(&self) -> bool {
        !matches!(self, Self::Link(_))
    }

    /// What is chosen at first: what was asked for, unless a link offers other things; else the longest that is offered,
    /// allowed and not more than usual, else what comes nearest to that.
    pub(crate) fn first(&self, asked: Option<u32>, longest: u32) -> u32 {
        let is_offered =
            |seconds: &u32| self.takes_others() || *seconds <= longest && self.choices().contains(seconds);
        if let Some(asked) = asked.filter(is_offered) {
            return asked;
        }
        let allowed = || {
            self.choices()
                .iter()
                .copied()
                .filter(|seconds| *seconds <= longest)
        };
        let usual = allowed().filter(|seconds| *seconds <= USUAL).max();
        usual.or_else(|| allowed().min()).unwrap_or(longest)
    }
}

/// Durations that are offered where nobody says otherwise, in seconds.
pub(crate) const PRESETS: [u32; 4] = [900, 3_600, 14_400, 86_400];
/// The one that is chosen at first.
const USUAL: u32 = 3_600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_offers_its_own_durations_and_no_others() {
        let offer = Offer::of(&[900, 7_200], 14_400);
        assert_eq!(offer, Offer::Link(vec![900, 7_200]));
        assert_eq!(offer.choices(), [900, 7_200]);
        assert!(!offer.takes_others());
    }

    #[test]
    fn a_link_of_which_nothing_fits_the_rules_offers_what_they_allow_and_says_so() {
        let offer = Offer::of(&[14_400, 86_400], 3_600);
        assert_eq!(offer, Offer::Unfit(vec![14_400, 86_400]));
        assert_eq!(offer.choices(), PRESETS);
        assert!(offer.takes_others());
        assert_eq!(Offer::of(&[], 3_600), Offer::Any);
    }

    #[test]
    fn what_is_chosen_at_first_is_offered_and_allowed() {
        for (link, asked, longest, chosen) in [
            // Without a link that limits: what was asked for, else the usual, else what the rules leave.
            (&[][..], Some(14_400), 86_400, 14_400),
            (&[], Some(2_700), 86_400, 2_700),
            (&[], None, 86_400, 3_600),
            (&[], None, 1_800, 900),
            (&[], None, 600, 600),
            // With one: only its own.
            (&[900, 14_400], None, 86_400, 900),
            (&[900, 14_400], Some(14_400), 86_400, 14_400),
            (&[900, 14_400], Some(3_600), 86_400, 900),
            (&[900, 14_400], Some(14_400), 3_600, 900),
            (&[14_400, 86_400], None, 86_400, 14_400),
            (&[7_200, 86_400], None, 7_200, 7_200),
            // With one that does not fit: as without.
            (&[14_400], None, 3_600, 3_600),
            (&[14_400], None, 600, 600),
        ] {
            let offer = Offer::of(link, longest);
            assert_eq!(
                offer.first(asked, longest),
                chosen,
                "{link:?} {asked:?} {longest}"
            );
        }
    }
}
