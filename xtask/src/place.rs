//! Where things are: the repository, the cache folder, the build folders.

use std::env;
use std::path::{Path, PathBuf};

use crate::step::{Failure, Result};

/// The repository's root.
pub fn root() -> PathBuf {
    // CARGO_MANIFEST_DIR at run time (cargo sets it for `cargo xtask`), else where this was compiled.
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .filter(|path| path.ends_with("xtask"))
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    xtask.parent().map_or(xtask.clone(), Path::to_path_buf)
}

/// The user's cache folder for Coffer: tools, compilers, test packages, build output shared by all clones.
pub fn cache() -> Result<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .ok_or_else(|| Failure::new("neither XDG_CACHE_HOME nor HOME is set: there is no place for tools"))?;
    Ok(base.join("coffer"))
}

/// Where native code is built: `CARGO_TARGET_DIR`, else a folder in the cache that all clones share.
pub fn target() -> Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(given) => Ok(root().join(given)),
        None => Ok(cache()?.join("target")),
    }
}

/// Where code for the browser is built: apart, since its compiler may be another one.
pub fn web_target() -> Result<PathBuf> {
    Ok(target()?.join("web"))
}

/// Where tools that `cargo install` makes are.
pub fn tools() -> Result<PathBuf> {
    Ok(cache()?.join("tools"))
}

/// Output that belongs to this clone: the stylesheet, the built app.
pub fn out() -> PathBuf {
    root().join("target")
}

/// Where a command on the path is, if it is there.
pub fn find(tool: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
}

/// Every file under a folder, sorted, without what tools leave behind.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if path.is_dir() {
                if !matches!(
                    &*name,
                    "target" | "dist" | "node_modules" | "__pycache__" | ".git" | ".data"
                ) {
                    open.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
