//! The browser for views, one file per capability; what needs no views stands in `coffer-page`. Beyond events, only these
//! touch `web_sys`.

pub(crate) mod assistant;
pub(crate) mod clock;
pub(crate) mod dates;
pub(crate) mod fragment;
pub(crate) mod idle;
pub(crate) mod keys;
pub(crate) mod leave;
pub(crate) mod listen;
pub(crate) mod passphrase;
pub(crate) mod photo;
pub(crate) mod print;
pub(crate) mod stretch;
pub(crate) mod visibility;

pub(crate) use coffer_page::{Browser, document as page, download, file, panic, preference, records};
