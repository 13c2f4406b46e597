//! Who is calling, and whether they may.

pub mod caller;
pub mod jwt;
pub mod network;
pub mod password;
pub mod rights;
pub mod session;

pub use coffer_store::glob;

pub use caller::{Address, Caller, Lasting, Peer, Person, SignedIn, Unchecked, Url, may_fetch};
pub use network::Network;
pub use rights::{Act, Rights, Spot};
