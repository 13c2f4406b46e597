//! The emergency kit: shown, printed, kept as a file, and checked.

use coffer_client::EmergencyKit;
use leptos::{ev, html, prelude::*};
use zeroize::Zeroizing;

use crate::{
    platform::{clock, dates, download, print},
    state::{clipboard::Clipboard, toasts::Toasts},
    text::{self, account as words},
    ui::*,
};

/// Asks to keep a new kit, and goes on once its last group was typed from the copy.
#[component]
pub(crate) fn KeepKit(
    /// The kit.
    kit: EmergencyKit,
    /// It was kept.
    #[prop(into)]
    on_kept: Callback<()>,
) -> impl IntoView {
    let checking = RwSignal::new(false);
    let bad = RwSignal::new(None::<String>);
    let entry = NodeRef::<html::Input>::new();
    let kit = StoredValue::new_local(kit);
    let heading = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        checking.track();
        if let Some(heading) = heading.get() {
            drop(heading.focus());
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(entry) = entry.get_untracked() else {
            return;
        };
        let typed = Zeroizing::new(entry.value());
        let fits = kit.with_value(|kit| is_last_group(&kit.account_key_text(), &typed));
        if fits {
            entry.set_value("");
            on_kept.run(());
        } else {
            bad.set(Some(words::KIT_CHECK_BAD.into()));
        }
    };
    let look = move || {
        view! {
            <KitSheet kit=kit.get_value() />
            <Button
                kind=ButtonKind::Primary
                size=ButtonSize::Large
                block=true
                on_press=move || checking.set(true)
            >
                {words::KIT_HIDE}
            </Button>
        }
    };
    view! {
        <div class="card">
            <div class="card__body card__body--lg stack stack-6">
                <div class="stack stack-2 no-print">
                    <h1 class="t-2xl" tabindex="-1" node_ref=heading>
                        {words::KIT_TITLE}
                    </h1>
                    <p class="muted">{words::KIT_TEXT}</p>
                </div>
                <Show when=move || checking.get() fallback=look>
                    <form class="stack stack-6" on:submit=submit>
                        <div class="field">
                            <label class="field__label" for="kit-check">
                                {words::KIT_CHECK}
                            </label>
                            <input
                                node_ref=entry
                                class="input input--lg input--mono"
                                id="kit-check"
                                type="text"
                                autocomplete="off"
                                autocapitalize="characters"
                                spellcheck="false"
                                aria-describedby="kit-check-hint"
                                aria-invalid=move || bad.read().is_some().then_some("true")
                            />
                            <FieldError error=bad />
                            <p class="field__hint" id="kit-check-hint">
                                {words::KIT_CHECK_HINT}
                            </p>
                        </div>
                        <Button kind=ButtonKind::Primary size=ButtonSize::Large block=true submit=true>
                            {words::KIT_DONE}
                        </Button>
                        <Button
                            kind=ButtonKind::Ghost
                            block=true
                            on_press=move || {
                                bad.set(None);
                                checking.set(false);
                            }
                        >
                            {words::KIT_AGAIN}
                        </Button>
                    </form>
                </Show>
            </div>
        </div>
    }
}

/// The sheet itself, with its buttons. On paper only the sheet is left.
#[component]
pub(crate) fn KitSheet(
    /// The kit.
    kit: EmergencyKit,
) -> impl IntoView {
    let clipboard = Clipboard::expect();
    let toasts = Toasts::expect();
    let kit = StoredValue::new_local(kit);
    let (server, email, key, code) = kit.with_value(|kit| {
        (
            kit.server.to_string(),
            kit.email.clone(),
            kit.account_key_text(),
            kit.to_code(),
        )
    });
    let save = move || {
        let text = kit.with_value(EmergencyKit::to_text);
        if !download::text(words::KIT_FILE, "text/plain;charset=utf-8", &text) {
            toasts.say_with(Glyph::Alert, words::KIT_NOT_SAVED);
        }
    };
    let copy = move || clipboard.copy_secret(kit.with_value(EmergencyKit::to_text), words::KIT_NAME);
    view! {
        <section class="kit-sheet" aria-label=words::KIT_SHEET>
            <div class="kit-sheet__head">
                <Mark />
                <b>{words::KIT_SHEET}</b>
            </div>
            <div class="kit-sheet__body">
                <dl class="facts">
                    <div class="facts__row">
                        <dt>{words::KIT_SERVER}</dt>
                        <dd class="mono">{server}</dd>
                    </div>
                    <div class="facts__row">
                        <dt>{words::KIT_EMAIL}</dt>
                        <dd>{email}</dd>
                    </div>
                    <div class="facts__row">
                        <dt>{words::KIT_KEY}</dt>
                        <dd class="mono strong kit-sheet__key">{key.to_string()}</dd>
                    </div>
                    <div class="facts__row">
                        <dt>{words::KIT_MADE}</dt>
                        <dd>{dates::day(clock::now())}</dd>
                    </div>
                </dl>
                <QrCode text=code.to_string() label=words::KIT_QR too_long=text::QR_TOO_LONG />
            </div>
            <div class="kit-sheet__code">
                <span class="faint t-xs">{words::KIT_CODE}</span>
                <p class="mono t-xs anywhere">{code.to_string()}</p>
            </div>
            <p class="t-sm muted">{words::KIT_FOOT}</p>
        </section>
        <div class="row row--wrap no-print">
            <Button glyph=Glyph::Printer on_press=print::page>
                {words::KIT_PRINT}
            </Button>
            <Button glyph=Glyph::Download on_press=save>
                {words::KIT_DOWNLOAD}
            </Button>
            <Button glyph=Glyph::Copy on_press=copy>
                {words::KIT_COPY}
            </Button>
        </div>
    }
}

/// Whether a text is the last group of an Account Key, however it was typed.
fn is_last_group(key: &str, typed: &str) -> bool {
    let last = key
        .trim()
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    !last.is_empty() && typed.trim().eq_ignore_ascii_case(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_group_shows_that_the_copy_can_be_read() {
        let check = |typed: &str, expected: bool| {
            assert_eq!(is_last_group("C1-7QK4M-2XRNP-6JWBZ", typed), expected, "{typed}");
        };
        check("6JWBZ", true);
        check(" 6jwbz ", true);
        check("2XRNP", false);
        check("", false);
        assert!(!is_last_group("", ""));
    }
}
