//! What a finding about a secret is called, and what to do about it.

use coffer_client::Class;

use crate::{
    text::environment as words,
    ui::{Glyph, Tone},
};

/// Tone, icon, name and advice of a class.
pub(super) fn of_class(class: Class) -> (Tone, Glyph, &'static str, &'static str) {
    match class {
        Class::Ok => (Tone::Accent, Glyph::ShieldCheck, words::CLASS_OK, ""),
        Class::Lagging => (
            Tone::Info,
            Glyph::Clock,
            words::CLASS_LAGGING,
            words::ADVICE_LAGGING,
        ),
        Class::Missing => (
            Tone::Caution,
            Glyph::Minus,
            words::CLASS_MISSING,
            words::ADVICE_MISSING,
        ),
        Class::RolledBack => (
            Tone::Danger,
            Glyph::History,
            words::CLASS_ROLLED_BACK,
            words::ADVICE_ROLLED_BACK,
        ),
        Class::Swapped => (
            Tone::Danger,
            Glyph::ShieldAlert,
            words::CLASS_SWAPPED,
            words::ADVICE_SWAPPED,
        ),
        Class::Unlisted => (
            Tone::Caution,
            Glyph::Alert,
            words::CLASS_UNLISTED,
            words::ADVICE_UNLISTED,
        ),
        Class::Resurrected => (
            Tone::Danger,
            Glyph::History,
            words::CLASS_RESURRECTED,
            words::ADVICE_RESURRECTED,
        ),
        Class::Unsealed => (
            Tone::Danger,
            Glyph::Unlock,
            words::CLASS_UNSEALED,
            words::ADVICE_UNSEALED,
        ),
    }
}
