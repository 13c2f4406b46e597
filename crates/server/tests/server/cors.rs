//! Other origins, and the headers of every answer.

use coffer_server::Config;

use crate::world::World;

#[tokio::test]
async fn other_origins_may_call_only_if_they_are_named() {
    let named = Config {
        allowed_origins: vec!["https://coffer.example".into()],
        ..Config::for_tests()
    };
    for (config, origin, allowed) in [
        (Config::for_tests(), "https://coffer.example", false),
        (named.clone(), "https://coffer.example", true),
        (named.clone(), "https://evil.example", false),
        (named, "null", false),
    ] {
        let world = World::with(config).await;
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", method),
                ("access-control-request-headers", "authorization,content-type"),
            ];
            let answer = world
                .call_with("OPTIONS", "/api/v4/secrets/X", "", None, &headers)
                .await;
            assert_eq!(answer.status, 204);
            assert_eq!(
                answer.header("access-control-allow-origin") == origin,
                allowed,
                "{origin} {method}"
            );
            assert_eq!(
                answer.header("access-control-allow-methods").contains(method),
                allowed
            );
            assert_eq!(
                answer.header("access-control-allow-headers") == "authorization,content-type",
                allowed
            );
        }
        let answer = world
            .call_with("GET", "/api/status", "", None, &[("origin", origin)])
            .await;
        assert_eq!(answer.header("access-control-allow-origin") == origin, allowed);
        assert_eq!(
            answer.header("access-control-expose-headers").contains("etag"),
            allowed
        );
        assert!(
            answer
                .headers
                .get_all("vary")
                .iter()
                .any(|value| value == "Origin")
        );
    }
}

#[tokio::test]
async fn no_answer_of_the_api_is_kept_or_sniffed() {
    let world = World::new().await;
    for path in ["/api/status", "/api/v1/projects", "/api/nothing"] {
        let answer = world.get(path, "").await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(
            answer.header("content-type"),
            "application/json; charset=utf-8",
            "{path}"
        );
    }
}
