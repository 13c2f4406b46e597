//! A running server with a data folder of its own, and a wire tap in front of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::lies::{self, Lie};

/// The real server binary, serving the built app, behind a proxy that keeps every byte that was sent to it.
pub struct Place {
    data: tempfile::TempDir,
    web: PathBuf,
    tap: Tap,
    arguments: Vec<String>,
    server: Option<Running>,
}

struct Running {
    process: Child,
    log: Arc<Mutex<Vec<u8>>>,
}

impl Place {
    /// Starts a server that nobody has set up yet.
    ///
    /// # Panics
    /// When `COFFER_SERVER_BIN` or `COFFER_DIST` do not name what `cargo xtask test` has built, or it does not start.
    pub fn start() -> Self {
        Self::serving(built_app())
    }

    /// The same with another folder in the app's place.
    pub fn serving(web: PathBuf) -> Self {
        let mut place = Self::prepare();
        place.web = web;
        place.launch();
        place
    }

    /// A place whose address is known and whose server does not run yet.
    ///
    /// # Panics
    /// When there is no free port or no room for a temporary folder.
    pub fn prepare() -> Self {
        Self {
            data: tempfile::tempdir().expect("a temporary folder"),
            web: built_app(),
            tap: Tap::start(),
            arguments: Vec::new(),
            server: None,
        }
    }

    /// From now on browsers hear a lie about every answer of the API.
    pub fn lie(&self, lie: Lie) {
        self.tap.tell(Some(lie));
    }

    /// From now on browsers hear the truth.
    pub fn honest(&self) {
        self.tap.tell(None);
    }

    /// Starts the server with further arguments, from now on at every start.
    pub fn launch_with(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self.launch();
    }

    /// The address for the browser.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.tap.address)
    }

    /// Stops the server in the ordinary way and starts it again on the same data.
    pub fn restart(&mut self) {
        self.stop();
        self.launch();
    }

    /// Stops the server: the browser finds nobody there.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            self.tap.aim(None);
            let _ = Command::new("kill").arg(server.process.id().to_string()).status();
            let _ = server.process.wait();
            let log = server.log.lock().unwrap_or_else(PoisonError::into_inner).clone();
            self.tap.old_log(&log);
        }
    }

    /// Everything that browsers have sent so far: request lines, headers and bodies.
    pub fn sent(&self) -> Vec<u8> {
        self.tap.sent()
    }

    /// Everything the server has logged so far.
    pub fn log(&self) -> Vec<u8> {
        let mut all = self.tap.logs();
        if let Some(server) = &self.server {
            all.extend_from_slice(&server.log.lock().unwrap_or_else(PoisonError::into_inner));
        }
        all
    }

    /// A copy of the data folder, made while the server rests.
    pub fn backup(&mut self) -> tempfile::TempDir {
        self.stop();
        let copy = tempfile::tempdir().expect("a temporary folder");
        copy_into(self.data.path(), copy.path());
        self.launch();
        copy
    }

    /// Puts the data folder back to a copy, as after a disaster.
    pub fn restore(&mut self, copy: &tempfile::TempDir) {
        self.stop();
        self.data = tempfile::tempdir().expect("a temporary folder");
        copy_into(copy.path(), self.data.path());
        self.launch();
    }

    /// Every byte of every file in the data folder, the database among them.
    pub fn stored(&self) -> Vec<u8> {
        let mut all = Vec::new();
        gather(self.data.path(), &mut all);
        all
    }

    /// Starts the server again after [`Self::stop`].
    pub fn launch(&mut self) {
        let binary = named("COFFER_SERVER_BIN");
        let mut process = Command::new(&binary)
            .args(["--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(self.data.path())
            .arg("--web")
            .arg(&self.web)
            .args(&self.arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split("http://").nth(1)?.trim().parse::<SocketAddr>().ok())
            .expect("the server says its address");
        thread::spawn(move || for _ in lines {});
        let log = Arc::new(Mutex::new(Vec::new()));
        let (mut errors, kept) = (process.stderr.take().expect("stderr is piped"), Arc::clone(&log));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut buffer) {
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&buffer[..count]);
            }
        });
        self.tap.aim(Some(address));
        self.server = Some(Running { process, log });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder that `cargo xtask` has built.
pub fn built_app() -> PathBuf {
    named("COFFER_DIST")
}

fn named(variable: &str) -> PathBuf {
    std::env::var_os(variable).map(PathBuf::from).unwrap_or_else(|| {
        panic!("{variable} is not set: run the journeys by `cargo xtask test --only journeys`")
    })
}

fn copy_into(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a data folder").flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a file of the data folder");
    }
}

fn gather(folder: &Path, all: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, all);
        } else {
            all.extend(std::fs::read(path).unwrap_or_default());
        }
    }
}

/// Hands bytes on in both directions and keeps those that browsers sent.
struct Tap {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    aim: Mutex<Option<SocketAddr>>,
    /// Per connection: what one browser says is not torn apart by another.
    sent: Mutex<Vec<Vec<u8>>>,
    lie: Mutex<Option<Arc<Lie>>>,
    /// Browsers that are connected, so that a change of mind reaches them all.
    browsers: Mutex<Vec<TcpStream>>,
    logs: Mutex<Vec<u8>>,
}

impl Tap {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        let handed = Arc::clone(&shared);
        thread::spawn(move || {
            for browser in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&handed);
                thread::spawn(move || shared.join(browser));
            }
        });
        Self { address, shared }
    }

    fn aim(&self, at: Option<SocketAddr>) {
        *self.shared.aim.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    fn tell(&self, lie: Option<Lie>) {
        *self.shared.lie.lock().unwrap_or_else(PoisonError::into_inner) = lie.map(Arc::new);
        let mut browsers = self
            .shared
            .browsers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for browser in browsers.drain(..) {
            let _ = browser.shutdown(Shutdown::Both);
        }
    }

    fn sent(&self) -> Vec<u8> {
        self.shared
            .sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join(&b'\n')
    }

    fn logs(&self) -> Vec<u8> {
        self.shared
            .logs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn old_log(&self, log: &[u8]) {
        self.shared
            .logs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(log);
    }
}

impl Shared {
    fn join(&self, mut browser: TcpStream) {
        let aim = *self.aim.lock().unwrap_or_else(PoisonError::into_inner);
        let number = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.push(Vec::new());
            sent.len() - 1
        };
        let keep = |bytes: &[u8]| {
            self.sent.lock().unwrap_or_else(PoisonError::into_inner)[number].extend_from_slice(bytes);
        };
        if let Ok(browser) = browser.try_clone() {
            let mut browsers = self.browsers.lock().unwrap_or_else(PoisonError::into_inner);
            browsers.push(browser);
        }
        let lie = self.lie.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let (Some(lie), Some(aim)) = (lie, aim) {
            // A browser that hangs up in the middle is no concern of a liar.
            let _ = lies::converse(browser, aim, &lie, keep);
            return;
        }
        let Some(mut server) = aim.and_then(|address| TcpStream::connect(address).ok()) else {
            return;
        };
        let (Ok(mut back), Ok(mut answers)) = (browser.try_clone(), server.try_clone()) else {
            return;
        };
        let answering = thread::spawn(move || {
            let _ = std::io::copy(&mut answers, &mut back);
            let _ = back.shutdown(Shutdown::Both);
        });
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = browser.read(&mut buffer) {
            keep(&buffer[..count]);
            if server.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
        let _ = answering.join();
    }
}
