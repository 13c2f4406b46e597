//! A server process.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub url: String,
}

impl Server {
    /// Starts the binary and waits for the line that says it is ready.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    pub fn start_with(data: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_coffer-server"))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line
            .strip_prefix("coffer-server listening on ")
            .unwrap_or_else(|| panic!("{line:?}"));
        assert!(!url.contains(":0\n"), "the real port is told");
        Self {
            url: url.trim().to_owned(),
            child,
            stdout,
        }
    }

    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().ok();
        self.child.wait().unwrap();
    }

    /// SIGKILL, while others still use the server.
    pub fn kill_now(&self) {
        let done = Command::new("kill")
            .args(["-KILL", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let done = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// Waits for the end; gives what else was on standard output, and the log.
    pub fn end(mut self) -> (String, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "the server does not stop"
            );
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "{status}");
        let (mut out, mut log) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (out, log)
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), ureq::Error> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        let mut answer = agent.run(request.body(body).unwrap())?;
        let text = answer.body_mut().read_to_string()?;
        Ok((
            answer.status().as_u16(),
            serde_json::from_str(&text).unwrap_or(Value::Null),
        ))
    }

    #[track_caller]
    pub fn ok(&self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.send(method, path, token, body).unwrap();
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// Makes the first account; gives the organisation and the first machine's token.
    pub fn bootstrap(&self) -> (String, String) {
        let body =
            json!({ "email": "admin@coffer.test", "password": "canary-password", "organization": "Acme" });
        let made = self.ok("POST", "/api/v1/admin/bootstrap", "", Some(&body));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&made["organization"]["id"]),
            text(&made["identity"]["credentials"]["token"]),
        )
    }

    /// A token of the person who made the first account.
    pub fn log_in(&self, organization: &str) -> String {
        let body = json!({ "email": "admin@coffer.test", "password": "canary-password" });
        let first = self.ok("POST", "/api/v3/auth/login", "", Some(&body));
        let token = first["accessToken"].as_str().unwrap();
        let body = json!({ "organizationId": organization });
        let second = self.ok("POST", "/api/v3/auth/select-organization", token, Some(&body));
        second["token"].as_str().unwrap().to_owned()
    }

    /// Makes a project; gives its id and slug.
    pub fn project(&self, token: &str) -> (String, String) {
        let made = self.ok(
            "POST",
            "/api/v1/projects",
            token,
            Some(&json!({ "projectName": "Work" })),
        );
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made["project"]["id"]), text(&made["project"]["slug"]))
    }
}
