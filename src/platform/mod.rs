//! The browser, one file per capability. Beyond events, only this module touches `web_sys`.

pub(crate) mod assistant;
pub(crate) mod clipboard;
pub(crate) mod clock;
pub(crate) mod dates;
pub(crate) mod device;
pub(crate) mod download;
pub(crate) mod file;
pub(crate) mod fragment;
pub(crate) mod idle;
pub(crate) mod keys;
pub(crate) mod leave;
pub(crate) mod listen;
pub(crate) mod mark;
pub(crate) mod page;
pub(crate) mod panic;
pub(crate) mod passphrase;
pub(crate) mod photo;
pub(crate) mod preference;
pub(crate) mod print;
pub(crate) mod records;
pub(crate) mod rng;
pub(crate) mod stretch;
pub(crate) mod visibility;
pub(crate) mod words;

pub(crate) use device::Browser;
