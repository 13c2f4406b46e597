//! Logging in, staying in, and being thrown out.

use coffer_server::Config;
use serde_json::{Value, json};

use crate::world::{Answer, PASSWORD, World};

async fn log_in(world: &World) -> (String, String) {
    let body = json!({ "email": "Admin@Coffer.Test", "password": PASSWORD });
    let answer = world.post("/api/v3/auth/login", "", body).await;
    let cookie = answer.cookie();
    (answer.ok()["accessToken"].as_str().unwrap().to_owned(), cookie)
}

async fn refresh(world: &World, cookie: &str) -> Answer {
    world
        .call_with(
            "POST",
            "/api/v1/auth/token",
            "",
            Some(json!({})),
            &[("cookie", cookie)],
        )
        .await
}

#[tokio::test]
async fn the_first_account_is_made_once() {
    let world = World::empty(Config::for_tests()).await;
    let config = world.get("/api/v1/admin/config", "").await.ok();
    assert_eq!(config["config"]["initialized"], false);
    let body = json!({ "email": "a@b.test", "password": "p", "organization": "O" });
    let made = world.post("/api/v1/admin/bootstrap", "", body.clone()).await.ok();
    assert_eq!(made["user"]["superAdmin"], true);
    world
        .post("/api/v1/admin/bootstrap", "", body)
        .await
        .refused(400, "already");
    let config = world.get("/api/v1/admin/config", "").await.ok();
    assert_eq!(config["config"]["initialized"], true);
    assert_eq!(config["config"]["allowSignUp"], false);
    let token = made["identity"]["credentials"]["token"].as_str().unwrap();
    world.get("/api/v1/identities/details", token).await.ok();
}

#[tokio::test]
async fn a_refresh_token_is_replaced_each_time() {
    let world = World::new().await;
    let (_, first) = log_in(&world).await;
    let answer = refresh(&world, &first).await;
    let second = answer.cookie();
    assert_ne!(first, second);
    let token = answer.ok()["token"].as_str().unwrap().to_owned();
    world.get("/api/v1/user", &token).await.ok();
    refresh(&world, &second).await.ok();
}

#[tokio::test]
async fn a_stolen_old_refresh_token_ends_the_session() {
    let world = World::new().await;
    let (_, first) = log_in(&world).await;
    let answer = refresh(&world, &first).await;
    let second = answer.cookie();
    let token = answer.ok()["token"].as_str().unwrap().to_owned();
    world.advance(60_000);
    refresh(&world, &first).await.refused(401, "session has ended");
    refresh(&world, &second).await.refused(401, "session has ended");
    world
        .get("/api/v1/user", &token)
        .await
        .refused(401, "session has ended");
}

#[tokio::test]
async fn a_second_tab_may_use_the_token_that_was_just_replaced() {
    let world = World::new().await;
    let (_, first) = log_in(&world).await;
    let second = refresh(&world, &first).await.cookie();
    world.advance(5_000);
    let again = refresh(&world, &first).await;
    assert_eq!(again.cookie(), second, "both tabs hold the same token afterwards");
    again.ok();
    refresh(&world, &second).await.ok();
}

#[tokio::test]
async fn refreshing_needs_the_cookie() {
    let world = World::new().await;
    refresh(&world, "").await.refused(401, "session has ended");
    refresh(&world, "jid=nonsense")
        .await
        .refused(401, "session has ended");
    let (token, _) = log_in(&world).await;
    refresh(&world, &format!("jid={token}"))
        .await
        .refused(401, "session has ended");
}

#[tokio::test]
async fn the_cookie_is_not_for_scripts_and_not_for_other_sites() {
    for (secure, flag) in [(false, ""), (true, "; Secure")] {
        let world = World::with(Config {
            secure_cookies: secure,
            ..Config::for_tests()
        })
        .await;
        let body = json!({ "email": "admin@coffer.test", "password": PASSWORD });
        let answer = world.post("/api/v3/auth/login", "", body).await;
        let set = answer.header("set-cookie");
        assert!(
            set.ends_with(&format!("; Path=/api; HttpOnly{flag}; SameSite=Strict")),
            "{set}"
        );
    }
}

#[tokio::test]
async fn tokens_end() {
    let world = World::new().await;
    world.get("/api/v1/projects", &world.admin).await.ok();
    world.advance(world.app.config().access_ttl * 1000);
    world
        .get("/api/v1/projects", &world.admin)
        .await
        .refused(403, "TokenError");
    let (_, cookie) = log_in(&world).await;
    world.advance(world.app.config().session_ttl * 1000);
    refresh(&world, &cookie).await.refused(401, "session has ended");
}

#[tokio::test]
async fn somebody_is_called_what_they_say() {
    let world = World::new().await;
    let (token, _) = log_in(&world).await;
    let names = json!({ "firstName": " Mara ", "lastName": "Ines" });
    let path = "/api/v2/users/me/name";
    let answer = world.call("PATCH", path, &token, Some(names)).await.ok();
    assert_eq!(answer["user"]["firstName"], "Mara");
    let me = world.get("/api/v2/users/me", &token).await.ok();
    assert_eq!(
        (&me["user"]["firstName"], &me["user"]["lastName"]),
        (&json!("Mara"), &json!("Ines"))
    );
    world
        .call("PATCH", path, &token, Some(json!({ "firstName": "Mara" })))
        .await
        .refused(422, "ValidationFailure");
    world
        .call(
            "PATCH",
            path,
            "",
            Some(json!({ "firstName": "A", "lastName": "B" })),
        )
        .await
        .refused(401, "");
}

#[tokio::test]
async fn logging_out_counts_at_once() {
    let world = World::new().await;
    let (token, cookie) = log_in(&world).await;
    world.post("/api/v1/auth/checkAuth", &token, json!({})).await.ok();
    let out = world
        .call_with(
            "POST",
            "/api/v1/auth/logout",
            "",
            Some(json!({})),
            &[("cookie", &cookie)],
        )
        .await;
    assert!(out.header("set-cookie").starts_with("jid=; Max-Age=0"));
    out.ok();
    world
        .post("/api/v1/auth/checkAuth", &token, json!({}))
        .await
        .refused(401, "session has ended");
    refresh(&world, &cookie).await.refused(401, "session has ended");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let world = World::new().await;
    let (mine, _) = log_in(&world).await;
    let (other, cookie) = log_in(&world).await;
    let path = "/api/v2/password/user/password-reset";
    let wrong = json!({ "oldPassword": "wrong", "newPassword": "new" });
    world.post(path, &mine, wrong).await.refused(400, "incorrect");
    let right = json!({ "oldPassword": PASSWORD, "newPassword": "new" });
    let done = world.post(path, &mine, right).await;
    assert_eq!(done.status, 200);
    world.post("/api/v1/auth/checkAuth", &mine, json!({})).await.ok();
    world
        .post("/api/v1/auth/checkAuth", &other, json!({}))
        .await
        .refused(401, "session has ended");
    refresh(&world, &cookie).await.refused(401, "session has ended");
    let log_in = |password: &'static str| {
        world.post(
            "/api/v3/auth/login",
            "",
            json!({ "email": "admin@coffer.test", "password": password }),
        )
    };
    log_in(PASSWORD).await.refused(400, "Invalid credentials");
    log_in("new").await.ok();
}

#[tokio::test]
async fn an_unknown_person_is_refused_like_a_wrong_password() {
    let world = World::new().await;
    for (email, password) in [("admin@coffer.test", "wrong"), ("nobody@coffer.test", "wrong")] {
        let body = json!({ "email": email, "password": password });
        world
            .post("/api/v3/auth/login", "", body)
            .await
            .refused(400, "Invalid credentials");
    }
}

#[tokio::test]
async fn an_invitation_counts_once_and_not_for_ever() {
    let world = World::new().await;
    let code = world.invite("bob@coffer.test", "member").await;
    let verify = |code: String| {
        let body = json!({ "email": "bob@coffer.test", "organizationId": world.organization, "code": code });
        world.post("/api/v1/invite-org/verify", "", body)
    };
    verify("wrong".to_owned())
        .await
        .refused(400, "Invalid or expired invitation");
    let token = verify(code.clone()).await.ok()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let complete = |email: &str| {
        let body = json!({ "type": "email", "email": email, "firstName": "Bob", "password": PASSWORD });
        world.post("/api/v3/signup/complete-account", &token, body)
    };
    complete("eve@coffer.test").await.refused(400, "does not belong");
    let done = complete("bob@coffer.test").await;
    assert!(done.cookie().starts_with("jid=ey"));
    let bob = done.ok()["token"].as_str().unwrap().to_owned();
    world.get("/api/v1/projects", &bob).await.ok();
    complete("bob@coffer.test")
        .await
        .refused(401, "Invalid or expired invitation");
    verify(code).await.refused(400, "Invalid or expired invitation");

    let late = world.invite("carol@coffer.test", "member").await;
    world.advance(world.app.config().invitation_ttl * 1000);
    let body = json!({ "email": "carol@coffer.test", "organizationId": world.organization, "code": late });
    world
        .post("/api/v1/invite-org/verify", "", body)
        .await
        .refused(400, "Invalid or expired invitation");
}

#[tokio::test]
async fn a_sign_up_token_opens_nothing_else() {
    let world = World::new().await;
    let code = world.invite("bob@coffer.test", "member").await;
    let body = json!({ "email": "bob@coffer.test", "organizationId": world.organization, "code": code });
    let verified = world.post("/api/v1/invite-org/verify", "", body).await.ok();
    let token = verified["token"].as_str().unwrap();
    world
        .get("/api/v1/projects", token)
        .await
        .refused(403, "Forbidden access to /api/v1/projects");
    world
        .get("/api/v1/user", token)
        .await
        .refused(403, "Forbidden access");
    world
        .post("/api/v3/signup/complete-account", &world.admin, json!({}))
        .await
        .refused(401, "sign-up token");
}

#[tokio::test]
async fn somebody_who_left_the_organization_is_out() {
    let world = World::new().await;
    let bob = world.person("bob@coffer.test", "member").await;
    let project = world.project("Work").await;
    world.join(&project, "bob@coffer.test", "admin").await;
    world.get(&format!("/api/v1/projects/{project}"), &bob).await.ok();
    let path = format!("/api/v2/organizations/{}/memberships", world.organization);
    let members = world.get(&path, &world.admin).await.ok();
    let find = |email: &str| {
        let users = members["users"].as_array().unwrap();
        users
            .iter()
            .find(|user| user["user"]["username"] == email)
            .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let admin = find("admin@coffer.test");
    world
        .delete(&format!("{path}/{admin}"), &world.admin, json!({}))
        .await
        .refused(400, "last administrator");
    world
        .delete(
            &format!("{path}/{}", find("bob@coffer.test")),
            &world.admin,
            json!({}),
        )
        .await
        .ok();
    world
        .get(&format!("/api/v1/projects/{project}"), &bob)
        .await
        .refused(401, "session has ended");
}

#[tokio::test]
async fn machines_log_in_renew_and_are_revoked() {
    let world = World::new().await;
    let (id, client_id, secret, token) = world.machine("ci", "no-access").await;
    world.get("/api/v1/identities/details", &token).await.ok();
    world.advance(1000);
    let renewed = world
        .post("/api/v1/auth/token/renew", "", json!({ "accessToken": token }))
        .await
        .ok();
    let renewed = renewed["accessToken"].as_str().unwrap().to_owned();
    assert_ne!(renewed, token);
    world
        .post("/api/v1/auth/token/revoke", "", json!({ "accessToken": renewed }))
        .await
        .ok();
    world
        .get("/api/v1/identities/details", &renewed)
        .await
        .refused(401, "has been revoked");
    world
        .post("/api/v1/auth/token/renew", "", json!({ "accessToken": renewed }))
        .await
        .refused(401, "");

    let path = format!("/api/v1/auth/universal-auth/identities/{id}/client-secrets");
    let token = world.machine_log_in(&client_id, &secret).await.ok()["accessToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let secrets = world.get(&path, &world.admin).await.ok();
    let known = secrets["clientSecretData"][0]["id"].as_str().unwrap();
    world
        .post(&format!("{path}/{known}/revoke"), &world.admin, json!({}))
        .await
        .ok();
    world
        .get("/api/v1/identities/details", &token)
        .await
        .refused(401, "has been revoked");
    world
        .machine_log_in(&client_id, &secret)
        .await
        .refused(401, "Invalid credentials");
}

#[tokio::test]
async fn a_machines_login_is_locked_after_three_bad_tries() {
    let world = World::new().await;
    let (_, client_id, secret, _) = world.machine("ci", "no-access").await;
    for _ in 0..3 {
        world
            .machine_log_in(&client_id, "wrong")
            .await
            .refused(401, "Invalid credentials");
    }
    world
        .machine_log_in(&client_id, &secret)
        .await
        .refused(401, "temporarily locked");
    world.advance(300_000);
    world.machine_log_in(&client_id, &secret).await.ok();
}

#[tokio::test]
async fn a_machines_token_ends_with_its_uses_and_its_time() {
    let world = World::new().await;
    let (id, client_id, secret, _) = world.machine("ci", "no-access").await;
    let path = format!("/api/v1/auth/universal-auth/identities/{id}");
    let settings = json!({ "accessTokenNumUsesLimit": 2, "accessTokenTTL": 60, "accessTokenMaxTTL": 90 });
    world.patch(&path, &world.admin, settings).await.ok();
    let log_in = async || {
        let answer = world.machine_log_in(&client_id, &secret).await.ok();
        assert_eq!(answer["expiresIn"], 60);
        answer["accessToken"].as_str().unwrap().to_owned()
    };
    let token = log_in().await;
    for _ in 0..2 {
        world.get("/api/v1/identities/details", &token).await.ok();
    }
    world
        .get("/api/v1/identities/details", &token)
        .await
        .refused(401, "number of uses");

    let token = log_in().await;
    world.advance(59_000);
    let renewed: Value = world
        .post("/api/v1/auth/token/renew", "", json!({ "accessToken": token }))
        .await
        .ok();
    let renewed = renewed["accessToken"].as_str().unwrap();
    world.advance(30_000);
    world.get("/api/v1/identities/details", renewed).await.ok();
    world.advance(1_000);
    world
        .get("/api/v1/identities/details", renewed)
        .await
        .refused(403, "TokenError");
}
