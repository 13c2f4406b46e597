//! What the recipient of a link will see, for its maker.

use std::rc::Rc;

use coffer_client::ShareContent;
use coffer_receiver::Around;
use leptos::{html, prelude::*};
use zeroize::Zeroizing;

use crate::{
    state::{clipboard::Clipboard, toasts::Toasts},
    text::shares as words,
};

/// What the recipient will see, from what its maker still has: no server is asked, so no view is used.
#[component]
pub(super) fn Preview(
    /// The sealed title.
    title: String,
    /// What was sealed.
    content: ShareContent,
    /// A passphrase will be asked for.
    has_passphrase: bool,
) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    let shown = StoredValue::new_local(None);
    let given = StoredValue::new_local(Some((title, content)));
    let around = Rc::new(App {
        clipboard: Clipboard::expect(),
        toasts: Toasts::expect(),
    });
    Effect::new(move |_| {
        if let Some(place) = place.get()
            && let Some((title, content)) = given.try_update_value(Option::take).flatten()
        {
            let preview = coffer_receiver::Preview::inside(
                (*place).clone().into(),
                &title,
                content,
                has_passphrase,
                words::PREVIEW_UNFETCHED,
                around.clone(),
            );
            shown.set_value(Some(preview));
        }
    });
    view! { <div node_ref=place class="stack"></div> }
}

/// The app around a card of a receiver's page.
struct App {
    clipboard: Clipboard,
    toasts: Toasts,
}

impl Around for App {
    fn copy_secret(&self, secret: Zeroizing<String>, name: &str) {
        self.clipboard.copy_secret(secret, name);
    }

    fn copy_plain(&self, text: &str, done: &str) {
        self.clipboard.copy_plain(text.to_owned(), done);
    }

    fn say(&self, said: &str) {
        self.toasts.say(said);
    }
}
