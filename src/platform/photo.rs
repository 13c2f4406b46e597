//! QR codes in photos, read on this device.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};
use zeroize::Zeroizing;

/// The text of the QR code in a picture; `None` when there is none that can be read.
pub(crate) async fn read_code(file: &web_sys::File) -> Option<Zeroizing<String>> {
    let bitmap = JsFuture::from(window().create_image_bitmap_with_blob(file).ok()?)
        .await
        .ok()?;
    let bitmap: ImageBitmap = bitmap.dyn_into().ok()?;
    let longer = f64::from(bitmap.width().max(bitmap.height()));
    // phones take photos of 12 megapixels; a code needs a tenth of that, and a second try may need more. On a picture
    // of a screen, each square of the code has two or three points only: enlarged, its edges are found.
    [1_000.0, 2_000.0, 4_000.0]
        .into_iter()
        .map(|most| (most / longer).min(if most > 2_000.0 { 3.0 } else { 1.0 }))
        .find_map(|scale| read_at(&bitmap, scale))
}

fn read_at(bitmap: &ImageBitmap, scale: f64) -> Option<Zeroizing<String>> {
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
    let grey = |x: usize, y: usize| {
        let at = (y * width as usize + x) * 4;
        let part = |offset: usize| u32::from(pixels.get(at + offset).copied().unwrap_or(255));
        // luma of ITU-R BT.601 in whole numbers
        u8::try_from((part(0) * 299 + part(1) * 587 + part(2) * 114) / 1_000).unwrap_or(255)
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, grey);
    image
        .detect_grids()
        .into_iter()
        .find_map(|grid| grid.decode().ok())
        .map(|(_, text)| Zeroizing::new(text))
}
