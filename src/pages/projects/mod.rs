//! All projects of this account, and one project's environments.

mod dialogs;
mod home;
mod list;

pub(crate) use home::ProjectHome;
pub(crate) use list::Projects;
