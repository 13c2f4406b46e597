//! What the app knows: signals, resources and actions, and no views.

pub(crate) mod access;
pub(crate) mod clipboard;
pub(crate) mod current;
pub(crate) mod desk;
pub(crate) mod durations;
pub(crate) mod environment;
pub(crate) mod finder;
pub(crate) mod forms;
pub(crate) mod links;
pub(crate) mod news;
pub(crate) mod projects;
pub(crate) mod selection;
pub(crate) mod session;
pub(crate) mod shares;
pub(crate) mod theme;
pub(crate) mod toasts;
