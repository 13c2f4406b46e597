//! For tests and the demo: an in-process server, a lying one, devices in memory, people, and the egress canary.
//!
//! Everything that people do here goes through the real client; only insiders and crowds write rows behind its back.

mod adversary;
mod canary;
mod crowd;
pub mod demo;
mod device;
mod dice;
mod evil;
mod in_process;
mod insider;
mod lie;
mod loopback;
mod mutate;
mod office;
mod record;
mod robot;

pub use adversary::{Adversary, Line, Mood, Trick, until_crash};
pub use canary::{Canary, Escape};
pub use crowd::crowd;
pub use device::MemoryDevice;
pub use dice::Dice;
pub use evil::{Cut, Evil};
pub use in_process::{InProcess, TestServer};
pub use insider::{Inside, Insider, headers, keyring};
pub use lie::Lie;
pub use loopback::Loopback;
pub use office::{Office, beside, both, done, edit, entry, get, put, run};
pub use record::{Exchange, Recorder};
pub use robot::Robot;
