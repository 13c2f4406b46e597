//! The tone of a badge, banner or ring. Colour never stands alone: words and an icon go with it.

/// What a coloured thing says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Sealed, verified, selected.
    Accent,
    /// Done, new.
    Positive,
    /// Time or change.
    Caution,
    /// Loss or tampering.
    Danger,
    /// Differs, reference, information.
    Info,
}

impl Tone {
    /// The value of `data-tone`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Accent => "accent",
            Self::Positive => "positive",
            Self::Caution => "caution",
            Self::Danger => "danger",
            Self::Info => "info",
        }
    }
}
