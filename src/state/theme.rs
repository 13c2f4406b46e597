//! Dark, light or as the system says.

pub(crate) use coffer_page::theme::Theme;
use leptos::prelude::*;

/// The chosen theme.
#[derive(Clone, Copy)]
pub(crate) struct Themes(RwSignal<Theme>);

impl Themes {
    /// Reads the choice and puts it in context.
    pub(crate) fn provide() {
        provide_context(Self(RwSignal::new(Theme::chosen())));
    }

    /// The one in context.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// The choice, tracked.
    pub(crate) fn get(self) -> Theme {
        self.0.get()
    }

    /// Chooses.
    pub(crate) fn choose(self, theme: Theme) {
        theme.choose();
        self.0.set(theme);
    }

    /// The next one.
    pub(crate) fn turn(self) {
        self.choose(self.0.get_untracked().next());
    }
}
