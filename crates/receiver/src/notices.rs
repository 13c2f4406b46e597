//! The notices at the foot of a receiver's page.

use std::rc::Rc;

use gloo_timers::callback::Timeout;

use coffer_page::{
    copies::{CopyNotices, OpenNotice},
    look::Glyph,
};

use crate::{
    dom::{El, Ring, el, icon, icon_button},
    words,
};

/// The place where notices appear. One region announces them.
#[derive(Clone)]
pub(crate) struct Notices(El);

impl Notices {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let place = el("div", "toasts").attr("role", "status");
        Self(place.attr("aria-live", "polite"))
    }

    /// Its element.
    pub(crate) fn place(&self) -> El {
        self.0.clone()
    }
}

impl CopyNotices for Notices {
    fn say(&self, glyph: Glyph, said: &str) {
        let notice = el("div", "toast")
            .with(icon(glyph))
            .with(el("span", "").text(said));
        let gone = notice.clone();
        notice.add(icon_button(Glyph::X, words::dismiss(), move || gone.remove()));
        self.0.add(notice.clone());
        // long enough to read twice, never shorter than five seconds
        let time = 5_000 + 60 * said.len() as u32;
        Timeout::new(time, move || notice.remove()).forget();
    }

    fn open(&self, act: &str, on_act: Rc<dyn Fn()>) -> Box<dyn OpenNotice> {
        let (ring, percent) = Ring::new("ring");
        let said = el("span", "");
        let notice = el("div", "toast").with(ring).with(said.clone());
        let gone = notice.clone();
        notice.add(
            el("button", "btn btn--sm")
                .attr("type", "button")
                .text(act)
                .on("click", move |_| {
                    on_act();
                    gone.remove();
                }),
        );
        self.0.add(notice.clone());
        Box::new(Counting {
            notice,
            percent,
            said,
        })
    }
}

/// A notice that counts down.
struct Counting {
    notice: El,
    percent: Ring,
    said: El,
}

impl OpenNotice for Counting {
    fn show(&self, said: String, percent: u32) {
        self.percent.set(u64::from(percent));
        self.said.say(&said);
    }

    fn close(&self) {
        self.notice.remove();
    }
}
