//! Locking by itself: after minutes without a touch, when the tab freezes, and when it is put away.

use leptos::prelude::*;
use std::time::Duration;

use super::{clock, listen};

/// Seconds before locking from which on people are warned.
pub(crate) const WARNING: u64 = 30;

/// What the watch knows.
#[derive(Clone, Copy)]
pub(crate) struct Idle {
    left: RwSignal<Option<u64>>,
    last: StoredValue<Moment>,
}

/// Both clocks at the last touch: the wall clock runs while the device sleeps, the other cannot be set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    wall: u64,
    steady: u64,
}

impl Moment {
    fn now() -> Self {
        Self {
            wall: clock::now(),
            steady: clock::monotonic(),
        }
    }

    /// Milliseconds from one moment to the next: whichever clock says more, so that neither sleep nor a clock set
    /// back buys time.
    fn until(self, later: Self) -> u64 {
        later
            .wall
            .saturating_sub(self.wall)
            .max(later.steady.saturating_sub(self.steady))
    }
}

impl Idle {
    /// Watches until the owner is gone; `lock` is called at most once per silence.
    pub(crate) fn watch(minutes: Signal<u64>, lock: impl Fn() + Copy + 'static) -> Self {
        let idle = Self {
            left: RwSignal::new(None),
            last: StoredValue::new(Moment::now()),
        };
        for name in ["pointerdown", "keydown", "wheel", "input"] {
            listen::on_capture(&listen::document_target(), name, move |_| idle.extend());
        }
        listen::on_capture(&listen::document_target(), "pointermove", move |_| idle.moved());
        let check = move || idle.check(minutes.get_untracked(), lock);
        clock::every(Duration::from_secs(1), check);
        // a hidden tab's timers are slow and a sleeping device's stand still: look again before anything is shown
        listen::on_capture(&listen::document_target(), "visibilitychange", move |_| check());
        listen::on_capture(&listen::window_target(), "focus", move |_| check());
        listen::on_capture(&listen::document_target(), "freeze", move |_| lock());
        listen::on_capture(&listen::window_target(), "pagehide", move |_| lock());
        idle
    }

    /// Seconds until it locks, once people should be warned.
    pub(crate) fn left(self) -> Signal<Option<u64>> {
        self.left.into()
    }

    /// Somebody is there: on every touch and key, and by the button of the warning.
    pub(crate) fn extend(self) {
        let _gone = self.last.try_set_value(Moment::now());
        if self.left.try_get_untracked().flatten().is_some() {
            self.left.set(None);
        }
    }

    /// A moving mouse counts only while nothing is announced: a shaken desk does not answer a warning.
    fn moved(self) {
        if self.left.try_get_untracked() == Some(None) {
            let _gone = self.last.try_set_value(Moment::now());
        }
    }

    fn check(self, minutes: u64, lock: impl Fn()) {
        let Some(last) = self.last.try_get_value() else {
            return;
        };
        let left = remaining(last, Moment::now(), minutes);
        if left == 0 {
            lock();
        } else {
            let warn = (left <= WARNING).then_some(left);
            if self.left.try_get_untracked() != Some(warn) {
                let _gone = self.left.try_set(warn);
            }
        }
    }
}

/// Seconds until locking.
fn remaining(last: Moment, now: Moment, minutes: u64) -> u64 {
    (minutes * 60).saturating_sub(last.until(now) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wall: u64, steady: u64, left: u64) {
        let last = Moment {
            wall: 1_000_000,
            steady: 5_000,
        };
        assert_eq!(remaining(last, Moment { wall, steady }, 1), left);
    }

    #[test]
    fn a_minute_of_silence_locks() {
        check(1_030_000, 35_000, 30);
        check(1_060_000, 65_000, 0);
    }

    #[test]
    fn a_device_that_slept_locks_though_its_steady_clock_stood_still() {
        check(1_000_000 + 3_600_000, 6_000, 0);
    }

    #[test]
    fn a_clock_set_back_buys_no_time() {
        check(10, 65_000, 0);
    }
}
