//! The app's files.

use coffer_server::Config;

use crate::world::{Answer, World};

async fn world() -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("index.html", "<!doctype html><title>Coffer</title>");
    put("boot-0123456789abcdef.js", "boot()");
    put("coffer-web-0123456789abcdef_bg.wasm", "\0asm");
    put("coffer-web-0123456789abcdef_bg.wasm.br", "brotli");
    put("coffer-web-0123456789abcdef_bg.wasm.gz", "gzip");
    put("favicon.svg", "<svg/>");
    std::fs::write(folder.path().parent().unwrap().join("outside.txt"), "outside").ok();
    let config = Config {
        web: Some(folder.path().to_owned()),
        ..Config::for_tests()
    };
    (World::with(config).await, folder)
}

const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; \
    style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types coffer default";

#[track_caller]
fn protected(answer: &Answer) {
    for (name, value) in [
        ("content-security-policy", CSP),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), value);
    }
    assert!(answer.header("permissions-policy").contains("camera=()"));
}

#[tokio::test]
async fn every_address_of_the_app_is_its_page() {
    let (world, _folder) = world().await;
    for path in [
        "/",
        "/r",
        "/s",
        "/i",
        "/projects",
        "/p/1/e/dev?path=/a&q=x",
        "/p/a%20b/members",
    ] {
        let answer = world.get(path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.bytes.starts_with(b"<!doctype html>"));
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-store");
        let receivers = ["/s", "/r"].contains(&path);
        assert_eq!(
            answer.header("x-robots-tag").contains("noindex"),
            receivers,
            "{path}"
        );
        protected(&answer);
    }
}

#[tokio::test]
async fn assets_have_their_type_and_are_kept_if_their_name_is_hashed() {
    let (world, _folder) = world().await;
    for (path, kind, keep) in [
        (
            "/boot-0123456789abcdef.js",
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        (
            "/coffer-web-0123456789abcdef_bg.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
    ] {
        let answer = world.get(path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("cache-control"), keep);
        protected(&answer);
        let tag = answer.header("etag").to_owned();
        assert_eq!(
            world
                .call_with("GET", path, "", None, &[("if-none-match", &tag)])
                .await
                .status,
            304
        );
    }
}

#[tokio::test]
async fn the_compressed_sibling_is_chosen_by_what_the_browser_takes() {
    let (world, _folder) = world().await;
    for (accept, encoding, body) in [
        ("br, gzip", "br", "brotli"),
        ("gzip, deflate, br;q=0", "gzip", "gzip"),
        ("gzip;q=0.5", "gzip", "gzip"),
        ("identity", "", "\0asm"),
        ("", "", "\0asm"),
    ] {
        let path = "/coffer-web-0123456789abcdef_bg.wasm";
        let answer = world
            .call_with("GET", path, "", None, &[("accept-encoding", accept)])
            .await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert_eq!(answer.bytes, body.as_bytes());
        assert_eq!(answer.header("content-type"), "application/wasm");
        assert_eq!(answer.header("vary"), "Accept-Encoding");
    }
}

#[tokio::test]
async fn a_missing_asset_is_missing_and_nothing_outside_is_served() {
    let (world, _folder) = world().await;
    for path in [
        "/nope.js",
        "/a/nope.wasm",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/.hidden.txt",
    ] {
        let answer = world.get(path, "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.bytes.starts_with(b"outside"));
        protected(&answer);
    }
    assert_eq!(
        world.post("/projects", "", serde_json::json!({})).await.status,
        405
    );
    let head = world.call("HEAD", "/", "", None).await;
    assert!(head.status == 200 && head.bytes.is_empty());
}

#[tokio::test]
async fn without_a_folder_the_api_still_answers() {
    let world = World::new().await;
    assert_eq!(world.get("/", "").await.status, 404);
    world.get("/api/status", "").await.ok();
}

#[tokio::test]
async fn browsers_are_told_to_stay_on_tls_where_there_is_tls() {
    for (https, told) in [(true, "max-age=63072000; includeSubDomains"), (false, "")] {
        let world = World::with(Config {
            secure_cookies: https,
            ..Config::for_tests()
        })
        .await;
        assert_eq!(world.get("/", "").await.header("strict-transport-security"), told);
    }
}
