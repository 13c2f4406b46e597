//! The real app in a real browser, served by the real server.

use crate::report::Report;
use crate::{Options, Result};

/// Runs it.
pub fn measure(_options: &Options, _report: &mut Report) -> Result<()> {
    Err("the app is not measured yet".into())
}
