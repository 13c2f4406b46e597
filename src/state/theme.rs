//! Dark, light or as the system says. One attribute on `<html>`; the style sheet does the rest.

use leptos::prelude::*;

use crate::{platform::preference, text::shell as words};

/// A choice of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All choices.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its word.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::System => words::THEME_SYSTEM,
            Self::Light => words::THEME_LIGHT,
            Self::Dark => words::THEME_DARK,
        }
    }

    fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// The chosen theme.
#[derive(Clone, Copy)]
pub(crate) struct Themes(RwSignal<Theme>);

impl Themes {
    /// Reads the choice and puts it in context.
    pub(crate) fn provide() {
        let theme = match preference::read(preference::THEME).as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        };
        provide_context(Self(RwSignal::new(theme)));
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
        let attribute = theme.attribute();
        preference::write(preference::THEME, attribute);
        if let Some(root) = document().document_element() {
            // setting an attribute of the root element does not fail
            drop(match attribute {
                Some(value) => root.set_attribute("data-theme", value),
                None => root.remove_attribute("data-theme"),
            });
        }
        self.0.set(theme);
    }

    /// System, light, dark, system.
    pub(crate) fn turn(self) {
        self.choose(self.0.get_untracked().next());
    }
}
