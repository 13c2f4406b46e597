//! Reads the QR code in a photo, in a Worker that ends with it.
//!
//! What reads codes brings a table of 64 KB that does not compress, for the moment in which somebody holds a photo of
//! their emergency kit. So it is a program of its own, loaded then. Pixels in, the code's text out.
//! `assets/assistant-worker.js` receives and answers the messages, `boot.js` starts and ends the Worker.

use wasm_bindgen::prelude::wasm_bindgen;

/// The text of the code in a picture: its width as a `u32` (little endian), then a byte of grey per pixel, row by row.
/// `None` when there is no code, or none that can be read.
#[wasm_bindgen]
pub fn answer(picture: &[u8]) -> Option<String> {
    let (width, pixels) = picture.split_first_chunk::<4>()?;
    let width = usize::try_from(u32::from_le_bytes(*width)).ok()?;
    let height = pixels.len().checked_div(width).filter(|height| *height > 0)?;
    let grey = |x: usize, y: usize| pixels.get(y * width + x).copied().unwrap_or(255);
    rqrr::PreparedImage::prepare_from_greyscale(width, height, grey)
        .detect_grids()
        .into_iter()
        .find_map(|grid| grid.decode().ok())
        .map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    /// A code with a margin, each of its squares six pixels wide.
    fn photo(text: &str) -> Vec<u8> {
        let code = qrcode::QrCode::new(text).unwrap();
        let dark = code.to_colors();
        let (size, margin, scale) = (code.width(), 4, 6);
        let width = (size + 2 * margin) * scale;
        let mut picture = u32::try_from(width).unwrap().to_le_bytes().to_vec();
        picture.extend((0..width * width).map(|at| {
            let (x, y) = (at % width / scale, at / width / scale);
            let inside = |place: usize| place.checked_sub(margin).filter(|place| *place < size);
            match (inside(x), inside(y)) {
                (Some(x), Some(y)) if dark[y * size + x] == qrcode::Color::Dark => 20,
                _ => 230,
            }
        }));
        picture
    }

    #[test]
    fn a_code_in_a_picture_is_read() {
        let text = "coffer-kit:v1:mara@example.org:A1B2C3";
        assert_eq!(answer(&photo(text)).as_deref(), Some(text));
    }

    #[test]
    fn what_is_no_picture_of_a_code_says_nothing() {
        let mut cut = photo("x");
        cut.truncate(cut.len() / 3);
        let blank = [&100_u32.to_le_bytes()[..], &[255; 10_000]].concat();
        for picture in [&[][..], &[0; 3], &[0; 4], &[0; 90], &[255; 4], &blank, &cut] {
            assert_eq!(answer(picture), None);
        }
    }
}
