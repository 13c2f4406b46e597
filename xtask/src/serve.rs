//! `cargo xtask serve`: from a clone to a running Coffer.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;

use crate::build::{self, Profile};
use crate::command;
use crate::place;
use crate::setup::{self, For};
use crate::step::{Doing, Failure, Result, Took, note, step};

/// How to serve.
#[derive(Args)]
pub struct Options {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8420", value_name = "ADDR")]
    listen: SocketAddr,
    /// Where the server keeps its data [default: .data in the repository, .data-demo with --demo]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Fill the server with a project and three people, and print what unlocks them; once per data folder
    #[arg(long)]
    demo: bool,
    /// How the app is compiled
    #[arg(long, value_enum, default_value_t = Profile::Web)]
    profile: Profile,
}

/// Builds what changed, then becomes the server: Ctrl-C reaches it directly.
pub fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let tools = setup::prepare(For::Building)?;
    let web = build::app(&tools, options.profile)?;
    let server = build::server()?;
    let data = options
        .data
        .clone()
        .unwrap_or_else(|| place::root().join(if options.demo { ".data-demo" } else { ".data" }));
    fs::create_dir_all(&data).doing(format!("make {}", data.display()))?;

    let mut listen = options.listen;
    if options.demo && !data.join(DEMO_MARKER).exists() {
        // The demo's keys are bound to the server's address, so it has to be known before.
        if listen.port() == 0 {
            listen = TcpListener::bind(listen)?.local_addr()?;
        }
        fill_with_demo(&server, listen, &data, &web)?;
    }
    println!(
        "Ready after {}. Data is in {}. Ctrl-C stops the server.",
        Took(start.elapsed()),
        data.display()
    );
    let failed = server_command(&server, listen, &data, &web).exec();
    Err(Failure::new(format!(
        "could not start {}: {failed}",
        server.display()
    )))
}

fn server_command(server: &Path, listen: SocketAddr, data: &Path, web: &Path) -> Command {
    let mut command = Command::new(server);
    command
        .args(["--listen", &listen.to_string(), "--data"])
        .arg(data)
        .arg("--web")
        .arg(web);
    command
}

/// Runs the demo once against a server of its own, made by the same client code that the app uses.
fn fill_with_demo(server: &Path, listen: SocketAddr, data: &Path, web: &Path) -> Result<()> {
    step("Build the demo", || {
        let arguments = [
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "coffer-testkit",
            "--bin",
            "coffer-demo",
        ];
        command::aloud(&mut command::cargo(&arguments)?)
    })?;
    let demo = build::binary("release", "coffer-demo")?;
    step("Make the demo's project and people", || {
        let mut command = server_command(server, listen, data, web);
        // Its log would stand between the lines that people have to keep.
        let log = place::cache()?.join("log");
        fs::create_dir_all(&log)?;
        command.stderr(fs::File::create(log.join("demo-server.log"))?);
        let server = Running::start(command)?;
        command::aloud(Command::new(&demo).arg("--server").arg(&server.origin))?;
        server.stop()?;
        fs::write(
            data.join(DEMO_MARKER),
            "The demo's people exist. Their unlock material was printed once.\n",
        )?;
        note(
            "what unlocks these people is printed once only: keep it, or remove the data folder and start again",
        );
        Ok(())
    })
}

/// A server that was started here; it ends with this value.
pub struct Running {
    child: Child,
    /// `http://127.0.0.1:PORT`, as the server printed it.
    pub origin: String,
}

impl Running {
    /// Starts a server and waits until it says where it listens.
    pub fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .doing(format!("start {}", command::line(&command)))?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new("the server has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let origin = lines
            .by_ref()
            .map_while(std::result::Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("http://")?;
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || ".:[]-".contains(c)))
                    .unwrap_or(rest.len());
                Some(format!("http://{}", &rest[..end]))
            });
        let Some(origin) = origin else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failure::new("the server ended before it listened"));
        };
        // Read on, so that the server never blocks on its own log.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, origin })
    }

    /// Asks it to end and waits for that.
    pub fn stop(mut self) -> Result<()> {
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .is_ok_and(|status| status.success());
        let start = Instant::now();
        while asked && start.elapsed() < Duration::from_secs(10) {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(Failure::new("the server did not end when asked to"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DEMO_MARKER: &str = "demo-was-made";
