//! The app's files: pages with every protective header, assets that may be kept for ever.

use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// Hands out the app's folder: files by name, and `index.html` for every address of the app.
pub fn router(app: &App) -> Router {
    let config = app.config();
    Router::new().fallback(serve).with_state(Site {
        root: config.web.clone(),
        policy: policy(&config.api_origins),
        is_https: config.secure_cookies,
    })
}

#[derive(Clone)]
struct Site {
    root: Option<PathBuf>,
    policy: HeaderValue,
    is_https: bool,
}

/// The content security policy. It names no origin but our own and those that were configured; scripts come from
/// files only.
fn policy(api_origins: &[String]) -> HeaderValue {
    let mut policy = String::from(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
    );
    for origin in api_origins.iter().filter(|origin| is_origin(origin)) {
        policy.push(' ');
        policy.push_str(origin);
    }
    policy.push_str(
        "; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types coffer default",
    );
    // Origins are plain ASCII, so this is always a header's value; should it not be, nothing at all is allowed.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Whether a text is one origin, such as `https://secrets.example` (RFC 6454, section 6.2): nothing that could widen a
/// policy.
pub fn is_origin(text: &str) -> bool {
    text.strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .is_some_and(|host| {
            let plain =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
            host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[')
                && host.bytes().all(plain)
        })
}

async fn serve(State(site): State<Site>, request: Request) -> Response {
    let Site {
        root,
        policy,
        is_https,
    } = site;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().to_owned();
    let mut response = match &root {
        Some(root) => find(root, &path, request.headers()).await,
        None => text(
            StatusCode::NOT_FOUND,
            "This server has no app to show: start it with --web DIR.\n",
        ),
    };
    for (name, value) in PAGE_HEADERS {
        response.headers_mut().insert(name, value);
    }
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    if is_https {
        // Browsers heed it over TLS only; saying it elsewhere is against RFC 6797.
        response.headers_mut().insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    let receivers = ["/s", "/r"].iter().any(|page| {
        path.strip_prefix(page)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    if receivers {
        response.headers_mut().insert(
            "x-robots-tag",
            HeaderValue::from_static("noindex, nofollow, noarchive"),
        );
    }
    if request.method() == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn find(root: &Path, path: &str, headers: &HeaderMap) -> Response {
    let Some(name) = asset_name(path) else {
        return text(StatusCode::NOT_FOUND, "Not found\n");
    };
    // What has an extension is a file or nothing; everything else is an address inside the app.
    let is_asset = name.extension().is_some();
    let file = if is_asset {
        root.join(&name)
    } else {
        root.join("index.html")
    };
    let is_page = file.extension().is_some_and(|extension| extension == "html");
    let Some((Loaded { bytes, tag }, encoding)) = read(&file, headers).await else {
        return text(StatusCode::NOT_FOUND, "Not found\n");
    };
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known == tag);
    let length = bytes.len();
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(bytes))
    };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(&file)));
    out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    let keep = if is_page {
        "no-store"
    } else if has_hash(&name) {
        "public, max-age=31536000, immutable"
    } else if name.ends_with("icons.svg") {
        // The icons: a page that is offline must still be able to show those it has not shown yet.
        "public, max-age=86400"
    } else {
        "no-cache"
    };
    out.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    if !is_page && let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(ETAG, tag);
    }
    if let Some(encoding) = encoding {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if !known {
        out.insert(CONTENT_LENGTH, length.into());
    }
    response
}

/// The file, or the best of its compressed siblings that the browser takes.
async fn read(file: &Path, headers: &HeaderMap) -> Option<(Loaded, Option<&'static str>)> {
    for (encoding, extension) in [("br", "br"), ("gzip", "gz")] {
        if accepts(headers, encoding) {
            let mut sibling = file.as_os_str().to_owned();
            sibling.push(".");
            sibling.push(extension);
            if let Ok(loaded) = load(sibling.into()).await {
                return Some((loaded, Some(encoding)));
            }
        }
    }
    Some((load(file.to_owned()).await.ok()?, None))
}

/// A file's bytes, and a name for this state of it: its length and the time of its last change.
struct Loaded {
    bytes: Vec<u8>,
    tag: String,
}

async fn load(file: PathBuf) -> std::io::Result<Loaded> {
    let work = move || {
        let changed = std::fs::metadata(&file)?.modified()?;
        let bytes = std::fs::read(&file)?;
        let changed = changed
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let tag = format!("\"{:x}-{changed:x}\"", bytes.len());
        Ok(Loaded { bytes, tag })
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts.any(|part| {
                matches!(
                    part.replace(' ', "").as_str(),
                    "q=0" | "q=0.0" | "q=0.00" | "q=0.000"
                )
            });
            name.eq_ignore_ascii_case(encoding) && !refused
        })
}

/// The path as a file name below the root: no parent folders, no hidden files, nothing encoded.
fn asset_name(path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.trim_start_matches('/'));
    let plain = relative.components().all(|part| match part {
        Component::Normal(name) => name.to_str().is_some_and(|name| !name.starts_with('.')),
        _ => false,
    });
    let is_file = relative.extension().is_some();
    // Names of files need no encoding; addresses of the app may have any.
    (plain && !(is_file && path.contains(['%', '\\']))).then(|| relative.to_owned())
}

/// Trunk writes a hash of 16 digits into the names of what it builds.
fn has_hash(name: &Path) -> bool {
    name.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| {
            name.split(['-', '.', '_']).any(|part| {
                part.len() >= 16
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
            })
        })
}

fn content_type(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn text(status: StatusCode, text: &'static str) -> Response {
    (
        status,
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
        ],
        text,
    )
        .into_response()
}

/// The headers of every page and asset, beside the policy.
const PAGE_HEADERS: [(HeaderName, HeaderValue); 7] = [
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=(), clipboard-read=(self), \
             clipboard-write=(self)",
        ),
    ),
    (
        HeaderName::from_static("integrity-policy"),
        HeaderValue::from_static("blocked-destinations=(script)"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_folder() {
        for (path, fine) in [
            ("/", true),
            ("/projects", true),
            ("/p/a%20b/e/dev", true),
            ("/app-0123456789abcdef.js", true),
            ("/../secret.txt", false),
            ("/a/../../secret.txt", false),
            ("/.git/config", false),
            ("/%2e%2e/secret.txt", false),
            ("//etc/passwd.txt", true),
        ] {
            assert_eq!(asset_name(path).is_some(), fine, "{path}");
        }
        assert!(asset_name("//etc/passwd.txt").is_some_and(|name| name.is_relative()));
    }

    #[test]
    fn only_whole_origins_widen_the_policy() {
        let given = [
            "https://secrets.example",
            "http://127.0.0.1:8200",
            "http://[::1]:80",
        ];
        for fine in given {
            assert!(is_origin(fine), "{fine}");
        }
        for bad in [
            "https:",
            "https://",
            "*",
            "https://*",
            "https://*.example",
            "ws://a",
            "https://a b",
            "https://a;x",
            "https://a/b",
            "'unsafe-inline'",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
        let policy = policy(&given.map(str::to_owned));
        assert!(policy.to_str().is_ok_and(|policy| {
            policy.contains(
                "connect-src 'self' https://secrets.example http://127.0.0.1:8200 http://[::1]:80; ",
            )
        }));
    }

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        for (name, hashed) in [
            ("coffer-web-0123456789abcdef.js", true),
            ("coffer-web-0123456789abcdef_bg.wasm", true),
            ("boot.js", false),
            ("index.html", false),
            ("robots.txt", false),
        ] {
            assert_eq!(has_hash(Path::new(name)), hashed, "{name}");
        }
    }
}
