//! A coffer-server of its own, with an empty data folder.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// A running server; it ends with this value.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    /// From the start of the process until it listened.
    pub started_in: Duration,
}

impl Server {
    /// Starts one and waits until it listens.
    pub fn start(program: &Path, data: &Path, web: &Path) -> Result<Self> {
        let start = Instant::now();
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .arg("--web")
            .arg(web)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{} did not start: {error}", program.display()))?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let port = lines
            .by_ref()
            .map_while(std::result::Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("http://127.0.0.1:")?;
                rest.chars()
                    .take_while(char::is_ascii_digit)
                    .collect::<String>()
                    .parse::<u16>()
                    .ok()
            });
        let Some(port) = port else {
            let _ = child.kill();
            let _ = child.wait();
            return Err("the server ended before it listened".into());
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            child,
            origin: format!("http://127.0.0.1:{port}"),
            started_in: start.elapsed(),
        })
    }

    /// Its resident memory in KiB, as the kernel counts it.
    pub fn resident(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        status
            .lines()
            .find_map(|line| {
                line.strip_prefix("VmRSS:")?
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
            .ok_or_else(|| "the kernel does not say how much memory it takes".into())
    }

    /// The processor time that it has used, in seconds. Unlike the time on the clock, it does not grow when others
    /// keep the machine busy.
    pub fn processor_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name in parentheses; user and system time are the 14th and 15th field (proc(5)), in ticks of 10 ms.
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .map_or("", |(_, rest)| rest)
            .split_whitespace()
            .collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        ticks(11)
            .zip(ticks(12))
            .map(|(user, system)| (user + system) / 100.0)
            .ok_or_else(|| "the kernel does not say how long it ran".into())
    }

    /// Asks it to end, and waits for that.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
