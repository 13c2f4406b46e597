//! Files that people choose or drop.

use wasm_bindgen_futures::JsFuture;
use zeroize::Zeroizing;

/// Why a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileError {
    /// The browser could not read it.
    Unreadable,
    /// It is larger than the caller wants.
    TooLarge,
    /// It is not text.
    NotText,
}

/// A file's text.
pub(crate) async fn text(file: &web_sys::File, most: u32) -> Result<Zeroizing<String>, FileError> {
    if file.size() > f64::from(most) {
        return Err(FileError::TooLarge);
    }
    let buffer = JsFuture::from(file.array_buffer())
        .await
        .map_err(|_| FileError::Unreadable)?;
    let bytes = js_sys::Uint8Array::new(&buffer);
    let copy = bytes.to_vec();
    bytes.fill(0, 0, bytes.length());
    String::from_utf8(copy)
        .map(Zeroizing::new)
        .map_err(|_| FileError::NotText)
}

/// Whether the browser takes it for a picture.
pub(crate) fn is_picture(file: &web_sys::File) -> bool {
    file.type_().starts_with("image/")
}
