//! A server with people and machines in it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use coffer_server::{App, Config, Limits, router};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use tower::ServiceExt;

pub struct World {
    pub app: App,
    router: Router,
    clock: Arc<AtomicU64>,
    pub admin: String,
    pub organization: String,
    pub instance_token: String,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The refresh cookie that the answer sets, as a `Cookie` header.
    pub fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.bytes)
        );
        self.json()
    }

    #[track_caller]
    pub fn refused(self, status: u16, message: &str) {
        let body = self.json();
        assert_eq!(self.status, status, "{body}");
        assert!(
            body.to_string().contains(message),
            "{body} does not say {message}"
        );
        assert!(
            body["reqId"].as_str().is_some_and(|id| id.starts_with("req-")),
            "{body}"
        );
        assert_eq!(body["statusCode"], status);
    }
}

pub const PASSWORD: &str = "a login password";

impl World {
    /// A server without an account.
    pub async fn empty(config: Config) -> Self {
        let clock = Arc::new(AtomicU64::new(1_795_337_330_616));
        let rng = Mutex::new(ChaCha20Rng::seed_from_u64(7));
        let told = clock.clone();
        let app = App::in_memory(
            config,
            Arc::new(move || told.load(Ordering::Relaxed)),
            Arc::new(move |out: &mut [u8]| rng.lock().unwrap().fill_bytes(out)),
        )
        .await
        .unwrap();
        Self {
            router: router(app.clone()),
            app,
            clock,
            admin: String::new(),
            organization: String::new(),
            instance_token: String::new(),
        }
    }

    /// A server with an administrator.
    pub async fn with(config: Config) -> Self {
        let mut world = Self::empty(config).await;
        let body = json!({ "email": "admin@coffer.test", "password": PASSWORD, "organization": "Acme" });
        let made = world.post("/api/v1/admin/bootstrap", "", body).await.ok();
        world.organization = made["organization"]["id"].as_str().unwrap().to_owned();
        world.instance_token = made["identity"]["credentials"]["token"]
            .as_str()
            .unwrap()
            .to_owned();
        world.admin = world.log_in("admin@coffer.test").await;
        world
    }

    pub async fn new() -> Self {
        Self::with(Config::for_tests()).await
    }

    /// One that keeps these limits, otherwise as for other tests.
    pub async fn limited(limits: Limits) -> Self {
        Self::with(Config {
            limits,
            ..Config::for_tests()
        })
        .await
    }

    pub fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    pub fn advance(&self, millis: u64) {
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            bytes,
        }
    }

    /// The body of an answer that lasts.
    pub async fn open(&self, path: &str, token: &str, body: Value) -> Body {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        response.into_body()
    }

    /// The status of an answer whose body nobody waits for.
    pub async fn starts(&self, request: Request<Body>) -> u16 {
        self.router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
        self.call_with(method, path, token, body, &[]).await
    }

    pub async fn call_with(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.call("GET", path, token, None).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call("POST", path, token, Some(body)).await
    }

    pub async fn patch(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call("PATCH", path, token, Some(body)).await
    }

    pub async fn delete(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call("DELETE", path, token, Some(body)).await
    }

    /// A token of a person in the organisation.
    pub async fn log_in(&self, email: &str) -> String {
        let body = json!({ "email": email, "password": PASSWORD });
        let first = self.post("/api/v3/auth/login", "", body).await.ok();
        let body = json!({ "organizationId": self.organization });
        let token = first["accessToken"].as_str().unwrap();
        let second = self
            .post("/api/v3/auth/select-organization", token, body)
            .await
            .ok();
        second["token"].as_str().unwrap().to_owned()
    }

    /// Invites a person, who signs up; gives their token.
    pub async fn person(&self, email: &str, role: &str) -> String {
        let code = self.invite(email, role).await;
        let body = json!({ "email": email, "organizationId": self.organization, "code": code });
        let verified = self.post("/api/v1/invite-org/verify", "", body).await.ok();
        let body = json!({ "type": "email", "email": email, "firstName": "Some", "lastName": "One", "password": PASSWORD });
        let done = self
            .post(
                "/api/v3/signup/complete-account",
                verified["token"].as_str().unwrap(),
                body,
            )
            .await
            .ok();
        done["token"].as_str().unwrap().to_owned()
    }

    /// The sign-up code of an invitation.
    pub async fn invite(&self, email: &str, role: &str) -> String {
        let body = json!({
            "inviteeEmails": [email], "organizationId": self.organization, "organizationRoleSlug": role,
        });
        let invited = self
            .post("/api/v1/invite-org/signup", &self.admin, body)
            .await
            .ok();
        let link = invited["completeInviteLinks"][0]["link"].as_str().unwrap();
        link.split("token=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap()
            .to_owned()
    }

    /// A machine's id, client id, client secret and token.
    pub async fn machine(&self, name: &str, role: &str) -> (String, String, String, String) {
        let body = json!({ "name": name, "organizationId": self.organization, "role": role });
        let made = self.post("/api/v1/identities", &self.admin, body).await.ok();
        let id = made["identity"]["id"].as_str().unwrap().to_owned();
        let universal = format!("/api/v1/auth/universal-auth/identities/{id}");
        let auth = self.post(&universal, &self.admin, json!({})).await.ok();
        let client_id = auth["identityUniversalAuth"]["clientId"]
            .as_str()
            .unwrap()
            .to_owned();
        let secret = self
            .post(&format!("{universal}/client-secrets"), &self.admin, json!({}))
            .await
            .ok();
        let secret = secret["clientSecret"].as_str().unwrap().to_owned();
        let token = self.machine_log_in(&client_id, &secret).await.ok()["accessToken"]
            .as_str()
            .unwrap()
            .to_owned();
        (id, client_id, secret, token)
    }

    pub async fn machine_log_in(&self, client_id: &str, secret: &str) -> Answer {
        let body = json!({ "clientId": client_id, "clientSecret": secret });
        self.post("/api/v1/auth/universal-auth/login", "", body).await
    }

    /// A project with its default environments.
    pub async fn project(&self, name: &str) -> String {
        let made = self
            .post("/api/v1/projects", &self.admin, json!({ "projectName": name }))
            .await
            .ok();
        made["project"]["id"].as_str().unwrap().to_owned()
    }

    /// Makes a person a member of a project.
    pub async fn join(&self, project: &str, email: &str, role: &str) {
        let body = json!({ "usernames": [email], "roleSlugs": [role] });
        self.post(
            &format!("/api/v1/projects/{project}/memberships"),
            &self.admin,
            body,
        )
        .await
        .ok();
    }

    /// Makes a machine a member of a project.
    pub async fn join_machine(&self, project: &str, id: &str, role: &str) {
        let path = format!("/api/v1/projects/{project}/memberships/identities/{id}");
        self.post(&path, &self.admin, json!({ "role": role })).await.ok();
    }

    pub async fn write(&self, project: &str, name: &str, value: &str) -> Value {
        let body = json!({ "projectId": project, "environment": "dev", "secretValue": value });
        self.post(&format!("/api/v4/secrets/{name}"), &self.admin, body)
            .await
            .ok()
    }
}
