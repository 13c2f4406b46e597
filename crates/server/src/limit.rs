//! Rate limits: so many per minute, counted in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;

/// Counts requests by rule and key with the generic cell rate algorithm: a key may spend a minute's worth at once and
/// gets it back evenly.
#[derive(Default)]
pub struct Limiter {
    spent: Mutex<HashMap<(Rule, String), u64>>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Invitations by one person.
    Invitations,
    /// Logins to one account.
    LoginAccount,
    /// Logins from one address.
    LoginAddress,
    /// Opening one share.
    OpenShare,
    /// Public routes from one address.
    PublicAddress,
    /// Webhooks made and tried out by one person.
    Webhooks,
}

impl Limiter {
    /// Counts one request, or refuses it.
    pub fn check(&self, rule: Rule, per_minute: u32, key: &str, now: u64) -> Result<(), Error> {
        if per_minute == u32::MAX {
            return Ok(());
        }
        let step = MINUTE / u64::from(per_minute.max(1));
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= MOST_KEYS {
            spent.retain(|_, until| *until > now);
        }
        let until = spent.entry((rule, key.to_owned())).or_insert(0);
        let next = (*until).max(now) + step;
        if next > now + MINUTE {
            return Err(Error::RateLimited {
                seconds: (next - now - MINUTE).div_ceil(1000),
            });
        }
        *until = next;
        Ok(())
    }
}

const MINUTE: u64 = 60_000;

/// When keys that are free again are forgotten.
const MOST_KEYS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_is_spent_at_once_and_comes_back_evenly() {
        let limiter = Limiter::default();
        let spend = |now| limiter.check(Rule::LoginAddress, 6, "a", now).is_ok();
        assert!((0..6).all(|_| spend(0)));
        assert!(!spend(0) && !spend(9_999));
        assert!(spend(10_000) && !spend(10_000));
        assert!(
            limiter.check(Rule::LoginAddress, 6, "b", 0).is_ok(),
            "another key has its own minute"
        );
    }
}
