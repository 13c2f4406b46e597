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
    /// Wrong passwords for one share.
    OpenShare,
    /// Public routes from one address.
    PublicAddress,
    /// Shares and requests for a secret made by one account.
    Shares,
    /// Webhooks made and tried out by one person.
    Webhooks,
}

impl Limiter {
    /// Counts one request, or refuses it.
    pub fn check(&self, rule: Rule, per_minute: u32, key: &str, now: u64) -> Result<(), Error> {
        if per_minute == u32::MAX {
            return Ok(());
        }
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= MOST_KEYS {
            spent.retain(|_, until| *until > now);
        }
        let until = spent.entry((rule, key.to_owned())).or_insert(0);
        *until = next(*until, per_minute, now)?;
        Ok(())
    }

    /// Refuses what [`Limiter::check`] would refuse, and counts nothing.
    pub fn has_room(&self, rule: Rule, per_minute: u32, key: &str, now: u64) -> Result<(), Error> {
        if per_minute == u32::MAX {
            return Ok(());
        }
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let until = spent.get(&(rule, key.to_owned())).copied().unwrap_or(0);
        next(until, per_minute, now).map(|_| ())
    }
}

/// Until when is spent with one request more.
fn next(until: u64, per_minute: u32, now: u64) -> Result<u64, Error> {
    let next = until.max(now) + MINUTE / u64::from(per_minute.max(1));
    if next > now + MINUTE {
        return Err(Error::RateLimited {
            seconds: (next - now - MINUTE).div_ceil(1000),
        });
    }
    Ok(next)
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
        let has_room = |now| limiter.has_room(Rule::LoginAddress, 6, "a", now).is_ok();
        assert!((0..6).all(|_| has_room(0) && has_room(0) && spend(0)));
        assert!(!spend(0) && !spend(9_999) && !has_room(9_999));
        assert!(has_room(10_000) && spend(10_000) && !spend(10_000));
        assert!(
            limiter.check(Rule::LoginAddress, 6, "b", 0).is_ok(),
            "another key has its own minute"
        );
    }
}
