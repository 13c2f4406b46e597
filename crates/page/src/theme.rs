//! Dark, light or as the system says. One attribute on `<html>`; the style sheet does the rest.

use crate::{document, preference};

/// A choice of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The one that was chosen before.
    pub fn chosen() -> Self {
        match preference::read(preference::THEME).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Chooses it.
    pub fn choose(self) {
        let attribute = match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        };
        preference::write(preference::THEME, attribute);
        if let Some(root) = document().document_element() {
            // setting an attribute of the root element does not fail
            drop(match attribute {
                Some(value) => root.set_attribute("data-theme", value),
                None => root.remove_attribute("data-theme"),
            });
        }
    }

    /// System, light, dark, system.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}
