//! One module per route. A page is wiring: it reads contexts and passes props down. Nobody imports pages but `app`.

pub(crate) mod access;
pub(crate) mod answer;
pub(crate) mod environment;
pub(crate) mod form_new;
pub(crate) mod forms;
pub(crate) mod frame;
pub(crate) mod invitation;
pub(crate) mod kit;
pub(crate) mod members;
pub(crate) mod new_passphrase;
pub(crate) mod projects;
mod put_back;
pub(crate) mod settings;
pub(crate) mod setup;
mod share_details;
mod share_file;
mod share_limits;
pub(crate) mod share_new;
mod share_preview;
pub(crate) mod shares;
pub(crate) mod shell;
pub(crate) mod signin;
pub(crate) mod solo;
pub(crate) mod start;
pub(crate) mod trust;
pub(crate) mod unlock;
pub(crate) mod webhooks;
