//! Files that people choose or drop.

use wasm_bindgen_futures::JsFuture;
use zeroize::Zeroizing;

/// Why a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The browser could not read it.
    Unreadable,
    /// It is larger than the caller wants.
    TooLarge,
    /// It is not text.
    NotText,
}

/// A file's text.
pub async fn text(file: &web_sys::File, most: u32) -> Result<Zeroizing<String>, FileError> {
    let mut content = bytes(file, most).await?;
    String::from_utf8(std::mem::take(&mut *content))
        .map(Zeroizing::new)
        .map_err(|_| FileError::NotText)
}

/// A file in memory that holds a text. `None` when the browser does not make one.
pub fn of_text(name: &str, text: &str) -> Option<web_sys::File> {
    let bytes = js_sys::Uint8Array::from(text.as_bytes());
    web_sys::File::new_with_u8_array_sequence(&js_sys::Array::of1(&bytes), name).ok()
}

/// A file's content.
pub async fn bytes(file: &web_sys::File, most: u32) -> Result<Zeroizing<Vec<u8>>, FileError> {
    if file.size() > f64::from(most) {
        return Err(FileError::TooLarge);
    }
    let buffer = JsFuture::from(file.array_buffer())
        .await
        .map_err(|_| FileError::Unreadable)?;
    let bytes = js_sys::Uint8Array::new(&buffer);
    let copy = Zeroizing::new(bytes.to_vec());
    bytes.fill(0, 0, bytes.length());
    Ok(copy)
}

/// A part of a file's content.
pub async fn part(
    file: &web_sys::File,
    range: std::ops::Range<u64>,
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let part = file
        .slice_with_f64_and_f64(range.start as f64, range.end as f64)
        .map_err(|_| FileError::Unreadable)?;
    let buffer = JsFuture::from(part.array_buffer())
        .await
        .map_err(|_| FileError::Unreadable)?;
    let bytes = js_sys::Uint8Array::new(&buffer);
    let copy = Zeroizing::new(bytes.to_vec());
    bytes.fill(0, 0, bytes.length());
    Ok(copy)
}

/// Whether the browser takes it for a picture.
pub fn is_picture(file: &web_sys::File) -> bool {
    file.type_().starts_with("image/")
}
