//! PrivateBin in PHP's own web server, from a checkout that stays as it is.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Result;

/// A running PrivateBin; it ends with this value.
pub struct Php {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Php {
    /// Starts one and waits until it listens. Its settings and its data are in `data`.
    pub fn start(checkout: &Path, data: &Path) -> Result<Self> {
        if !checkout.join("index.php").is_file() {
            return Err(format!("{} holds no PrivateBin: no index.php", checkout.display()).into());
        }
        fs::write(data.join("conf.php"), settings(&data.join("data")))?;
        let program = std::env::var("PHP").unwrap_or_else(|_| "php".into());
        let mut child = Command::new(&program)
            .args(["-d", "opcache.enable_cli=1", "-S", "127.0.0.1:0", "-t"])
            .arg(checkout)
            .current_dir(checkout)
            .env("CONFIG_PATH", data)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program} did not start: {error}"))?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no output")?).lines();
        let address = lines
            .by_ref()
            .map_while(std::result::Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("(http://")?;
                Some(rest.split_once(')')?.0.to_owned())
            });
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{program} ended before it listened").into());
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Php {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything as it is by default, but no ten seconds between two documents of one address.
fn settings(data: &Path) -> String {
    format!(
        "[main]\n[model]\nclass = Filesystem\n[model_options]\ndir = \"{}\"\n[traffic]\nlimit = 0\n",
        data.display()
    )
}
