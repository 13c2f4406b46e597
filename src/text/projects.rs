//! Words of the project list and of a project's own page.

use coffer_client::Right;

use super::count::plural;

pub const TITLE: &str = "Projects";
pub const LEAD: &str = "One project per app or team. Each has its own keys.";
pub const NEW: &str = "New project";
pub const LIST_CAPTION: &str = "Projects you are a member of";
pub const COLUMN_NAME: &str = "Project";
pub const COLUMN_STATE: &str = "Keys";
pub const COLUMN_ACTIONS: &str = "Actions";
pub const LOADING: &str = "Loading projects";

pub const EMPTY_TITLE: &str = "No projects yet";
pub const EMPTY_BODY: &str = "Create one, or ask a colleague for an invitation link.";

pub const SEALED: &str = "Sealed";
pub const NOT_COFFER: &str = "Not sealed";
pub const NOT_COFFER_HINT: &str =
    "Made by another client. The server can read what is in it, and Coffer does not write there.";

pub const CREATE_TITLE: &str = "New project";
pub const CREATE_LEAD: &str = "Its keys are made in this browser.";
pub const NAME_LABEL: &str = "Name";
pub const NAME_HINT: &str = "The server sees this name.";
pub const NAME_EMPTY: &str = "Give it a name.";
pub const NAME_LONG: &str = "At most 64 characters.";
pub const ENVIRONMENTS_LABEL: &str = "Environments";
pub const ENVIRONMENTS_HINT: &str = "One name per line. Each gets its own key.";
pub const ENVIRONMENTS_PRESET: &str = "Development\nStaging\nProduction";
pub const ENVIRONMENTS_EMPTY: &str = "Name at least one environment.";
pub const ENVIRONMENTS_TWICE: &str = "Two environments would get the same short name.";
pub const CREATE: &str = "Create project";

pub const RENAME_TITLE: &str = "Rename project";
pub const DELETE_TITLE: &str = "Delete project";
pub const DELETE_OUTCOME: &str = "Every environment and secret in it goes.";
pub const DELETE_NOTE: &str = "The server says its copy is deleted. Values someone already read stay read.";
pub const DELETE_ACT: &str = "Delete project";

pub const OVERVIEW: &str = "Overview";
pub const MEMBERS: &str = "Members and keys";
pub const NEW_ENVIRONMENT: &str = "New environment";
pub const CREATE_ENVIRONMENT: &str = "Create environment";
pub const ENVIRONMENT_TITLE: &str = "New environment";
pub const ENVIRONMENT_LEAD: &str = "It gets a key of its own. You hold it first; others get it from you.";
pub const ENVIRONMENT_NAME_HINT: &str = "For example: Production.";
pub const SLUG_LABEL: &str = "Short name";
pub const SLUG_HINT: &str = "Lower-case letters, digits and hyphens. Used in addresses and cannot change.";
pub const SLUG_BAD: &str = "Use lower-case letters, digits and hyphens.";
pub const RENAME_ENVIRONMENT_TITLE: &str = "Rename environment";
pub const DELETE_ENVIRONMENT_TITLE: &str = "Delete environment";
pub const DELETE_ENVIRONMENT_ACT: &str = "Delete environment";
pub const DELETE_ENVIRONMENT_OUTCOME: &str = "Every secret in it goes.";
pub const NO_ENVIRONMENTS_TITLE: &str = "No environments yet";
pub const NO_ENVIRONMENTS_BODY: &str =
    "An environment is a set of secrets with its own key, for example Development.";
pub const LOADING_PROJECT: &str = "Checking the keyring of this project";

pub const STATE_SEALED: &str = "Sealed";
pub const STATE_NOT_SEALED: &str = "Not sealed";
pub const STATE_NO_KEY: &str = "No key";
pub const STATE_UNVERIFIED: &str = "Not verified";
pub const HINT_SEALED: &str = "The server cannot read it.";
pub const HINT_NOT_SEALED: &str = "Stored by another client. The server can read it.";
pub const HINT_NO_KEY: &str = "You hold no key for it. An admin can give you one, or you ask for a while.";
pub const HINT_UNVERIFIED: &str = "Its signatures could not be checked. Nothing of it is shown.";

pub const NOT_A_MEMBER: &str = "This project is not open to you";
pub const TO_PROJECTS: &str = "To the projects";

pub fn not_a_member(email: &str, server: &str) -> String {
    format!(
        "You are signed in as {email} on {server}. This account is not a member, its role on the server does not allow it, or the project was deleted. Ask an admin of the project to let this address in: the same link works then."
    )
}

pub const MEMBERSHIP_KEPT: &str = "A restored backup can cause this. This device kept the newer membership as it was signed, and can put it back.";
pub const PUT_MEMBERSHIP_BACK: &str = "Put the membership back";
pub const MEMBERSHIP_BACK: &str = "The membership is as it was signed.";

pub const RIGHT_NONE: &str = "No access";
pub const RIGHT_READ: &str = "Read";
pub const RIGHT_WRITE: &str = "Read and change";
pub const RIGHT_ADMIN: &str = "Admin";

/// The label of the field in which a person types a name to confirm its deletion.
pub fn type_to_confirm(name: &str) -> String {
    format!("Type {name} to confirm")
}

/// What the list says under its title.
pub fn counted(count: usize) -> String {
    plural(count, "project", "projects")
}

/// What a project's page says under its title.
pub fn environments_counted(count: usize) -> String {
    format!(
        "{}. Each has its own key.",
        plural(count, "environment", "environments")
    )
}

pub fn created(name: &str) -> String {
    format!("{name} created")
}

pub fn renamed(name: &str) -> String {
    format!("Renamed to {name}")
}

pub fn deleted(name: &str) -> String {
    format!("{name}: the server says its copy is deleted")
}

pub fn more_for(name: &str) -> String {
    format!("More for {name}")
}

/// The words for a right.
pub fn right(right: Right) -> &'static str {
    match right {
        Right::None => RIGHT_NONE,
        Right::Read => RIGHT_READ,
        Right::Write => RIGHT_WRITE,
        Right::Admin => RIGHT_ADMIN,
    }
}
