//! What the app knows: signals, resources and actions, and no views.

pub(crate) mod clipboard;
pub(crate) mod session;
pub(crate) mod theme;
pub(crate) mod toasts;
