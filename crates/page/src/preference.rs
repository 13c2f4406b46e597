//! Small choices that are no secret: the theme, when to lock, which server was last used.

/// The key of the theme; `boot.js` reads it before the first paint.
pub const THEME: &str = "coffer-theme";
/// Minutes until the app locks itself.
pub const AUTO_LOCK: &str = "coffer-auto-lock";
/// The server that was chosen, where it is not the one this page came from.
pub const SERVER: &str = "coffer-server";
/// `off` when single-letter keys are off.
pub const LETTER_KEYS: &str = "coffer-letter-keys";

fn storage() -> Option<web_sys::Storage> {
    // a browser may forbid storage; then choices last as long as the page
    web_sys::window()?.local_storage().ok()?
}

/// Reads a choice.
pub fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a choice, or forgets it.
pub fn write(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    // a full storage forgets the choice, which is no harm
    drop(match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    });
}

/// Forgets every choice.
pub fn forget_all() {
    for key in [THEME, AUTO_LOCK, SERVER, LETTER_KEYS] {
        write(key, None);
    }
}
