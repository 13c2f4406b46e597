//! What a command does and how long that took, and the one kind of failure.

use std::fmt;
use std::time::{Duration, Instant};

/// What went wrong, in words for the person at the terminal: it names the thing and what would mend it.
#[derive(Debug)]
pub struct Failure(String);

/// The outcome of every task.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure with these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("unexpected JSON: {error}"))
    }
}

/// Adds to an error what was being done.
pub trait Doing<T> {
    /// "could not {what}: {error}".
    fn doing(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("could not {what}: {error}")))
    }
}

/// Runs one step: prints what it is, then how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("• {what} …");
    let start = Instant::now();
    let outcome = work();
    match &outcome {
        Ok(_) => println!("  ✓ {what}: {}", Took(start.elapsed())),
        Err(_) => println!("  ✗ {what}: failed after {}", Took(start.elapsed())),
    }
    outcome
}

/// Prints a remark that belongs to the step above.
pub fn note(words: impl fmt::Display) {
    println!("    {words}");
}

/// A duration the way people say it: `340 ms`, `4.2 s`, `3 min 05 s`.
pub struct Took(pub Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{} ms", self.0.as_millis()),
            1..60 => write!(f, "{:.1} s", self.0.as_secs_f64()),
            _ => write!(f, "{} min {:02} s", seconds / 60, seconds % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_speech() {
        for (millis, words) in [(7, "7 ms"), (4_230, "4.2 s"), (185_000, "3 min 05 s")] {
            assert_eq!(Took(Duration::from_millis(millis)).to_string(), words);
        }
    }
}
