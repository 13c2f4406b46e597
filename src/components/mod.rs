//! Coffer's own widgets: props in, callbacks out. They know neither the server nor the app's state.

pub mod file_button;
pub mod fingerprint;
pub mod leave_guard;
pub mod link_card;
pub mod link_row;
pub mod secret_block;
pub mod value_box;
pub mod windowed;
