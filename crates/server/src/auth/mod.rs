//! Who is calling, and whether they may.

pub mod caller;
pub mod jwt;
pub mod password;
pub mod session;

pub use caller::{Address, Caller, Person, SignedIn, Unchecked, Url};
