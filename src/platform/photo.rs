//! QR codes in photos, read on this device.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};
use zeroize::Zeroizing;

use super::assistant::{Assistant, Task};

/// Why no code was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhotoError {
    /// There is none, or none that can be read.
    NoCode,
    /// The program that reads codes did not load.
    NotLoaded,
}

/// The text of the QR code in a picture.
pub(crate) async fn read_code(file: &web_sys::File) -> Result<Zeroizing<String>, PhotoError> {
    let bitmap = decoded(file).await.ok_or(PhotoError::NoCode)?;
    let reader = Assistant::start(Task::Scan).ok_or(PhotoError::NotLoaded)?;
    let mut outcome = Err(PhotoError::NoCode);
    let longer = f64::from(bitmap.width().max(bitmap.height()));
    // phones take photos of 12 megapixels; a code needs a tenth of that, and a second try may need more. On a picture
    // of a screen, each square of the code has two or three points only: enlarged, its edges are found.
    for (most, enlarged) in [(1_000.0, 1.0), (2_000.0, 1.0), (4_000.0, 3.0)] {
        let scale = f64::min(most / longer, enlarged);
        let Some(picture) = picture(&bitmap, scale) else {
            break;
        };
        outcome = match reader.ask(&picture).await {
            Some(text) => text.as_string().map(Zeroizing::new).ok_or(PhotoError::NoCode),
            None => Err(PhotoError::NotLoaded),
        };
        if outcome != Err(PhotoError::NoCode) {
            break;
        }
    }
    reader.end();
    outcome
}

async fn decoded(file: &web_sys::File) -> Option<ImageBitmap> {
    let bitmap = JsFuture::from(window().create_image_bitmap_with_blob(file).ok()?)
        .await
        .ok()?;
    bitmap.dyn_into().ok()
}

/// A picture as the program that reads codes takes it: its width, then a byte of grey per pixel.
fn picture(bitmap: &ImageBitmap, scale: f64) -> Option<Zeroizing<Vec<u8>>> {
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let (width, height) = (
        (width * scale).floor().max(1.0),
        (height * scale).floor().max(1.0),
    );
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    context
        .draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height)
        .ok()?;
    let pixels = context.get_image_data(0.0, 0.0, width, height).ok()?.data();
    let mut picture = Zeroizing::new(Vec::with_capacity(4 + pixels.len() / 4));
    picture.extend_from_slice(&(width as u32).to_le_bytes());
    picture.extend(pixels.as_chunks::<4>().0.iter().map(|&[red, green, blue, _]| {
        // luma of ITU-R BT.601 in whole numbers
        let luma = u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114;
        u8::try_from(luma / 1_000).unwrap_or(255)
    }));
    Some(picture)
}
