//! What receivers of links see, each page a program of its own: `/s#…` opens a share, `/r#…` is a form to be filled in.
//!
//! They are made of elements (`dom.rs`) and not of views: whoever was sent a link waits for the download, and the library
//! of views was more than half of it (docs/decisions/0019). No account, and no call to the server before a button is
//! pressed. The fragment left the address bar before the program started.

mod dom;
mod file;
mod form;
mod frame;
mod language;
mod notices;
mod opened;
mod share;
pub mod words;
mod zip;

use std::future::Future;

use wasm_bindgen_futures::spawn_local;

pub use opened::{Around, Preview};

/// Shows the page of a share.
pub fn start_share() {
    begin();
    frame::show(share::SharePage::new);
}

/// Shows a form that is to be filled in.
pub fn start_form() {
    begin();
    frame::show(form::FormPage::new);
}

fn begin() {
    coffer_page::panic::install();
    coffer_page::fragment::take_at_start();
}

/// Runs work that waits for something. Boxed, so that what runs it is in the program once.
fn later(work: impl Future<Output = ()> + 'static) {
    let work: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    spawn_local(work);
}
