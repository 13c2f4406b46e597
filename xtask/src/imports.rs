//! Short names for what a program imports.
//!
//! wasm-bindgen names each function twice, in the program and in its script, by a word and a hash of 16 digits that no
//! compression makes shorter. Nobody else reads the names, so both get the number of the import instead.

use std::collections::BTreeMap;

/// Renames the imports of a program, and the same names in its script. Both stay as they were if the program is none that
/// is understood, or the script does not have every name.
pub fn shorten(wasm: Vec<u8>, script: String) -> (Vec<u8>, String) {
    match renamed(&wasm, &script) {
        Some(both) => both,
        None => (wasm, script),
    }
}

fn renamed(wasm: &[u8], script: &str) -> Option<(Vec<u8>, String)> {
    let (head, mut rest) = wasm.split_at_checked(HEAD)?;
    let mut out = head.to_vec();
    let mut names = BTreeMap::new();
    while let Some((&id, after)) = rest.split_first() {
        let mut from = after;
        let size = number(&mut from)?;
        let (body, after) = from.split_at_checked(size)?;
        rest = after;
        let body = match id {
            IMPORTS => imports(body, &mut names)?,
            _ => body.to_vec(),
        };
        out.push(id);
        put_number(&mut out, body.len());
        out.extend(body);
    }
    // A name in the script is a property: nothing that begins or ends alike is meant.
    let mut short = String::with_capacity(script.len());
    let mut found = 0;
    for line in script.split_inclusive('\n') {
        let property = line.trim_start();
        let before = &line[..line.len() - property.len()];
        let new = property
            .split_once(':')
            .and_then(|(name, after)| Some((names.get(name)?, after)));
        match new {
            Some((new, after)) => {
                found += 1;
                short.extend([before, new, ":", after]);
            }
            None => short.push_str(line),
        }
    }
    (found == names.len()).then_some((out, short))
}

/// The section of imports with other names, which are noted.
fn imports(mut from: &[u8], names: &mut BTreeMap<String, String>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(from.len());
    let count = number(&mut from)?;
    put_number(&mut out, count);
    for _ in 0..count {
        let module = text(&mut from)?;
        let name = text(&mut from)?;
        let next = format!("i{}", names.len());
        let new = names.entry(name.to_owned()).or_insert(next);
        for text in [module, new.as_str()] {
            put_number(&mut out, text.len());
            out.extend(text.bytes());
        }
        // Functions only: their type follows. A memory or table that is imported would be read otherwise.
        let (&FUNCTION, after) = from.split_first()? else {
            return None;
        };
        from = after;
        out.push(FUNCTION);
        put_number(&mut out, number(&mut from)?);
    }
    from.is_empty().then_some(out)
}

fn text<'a>(from: &mut &'a [u8]) -> Option<&'a str> {
    let size = number(from)?;
    let (text, after) = from.split_at_checked(size)?;
    *from = after;
    std::str::from_utf8(text).ok()
}

/// A number in LEB128, which WebAssembly writes its sizes in.
fn number(from: &mut &[u8]) -> Option<usize> {
    let mut number = 0_usize;
    for shift in (0..35).step_by(7) {
        let (&byte, after) = from.split_first()?;
        *from = after;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}

/// Magic number and version.
const HEAD: usize = 8;
/// The section of imports (WebAssembly core specification, 5.5.5).
const IMPORTS: u8 = 2;
/// What is imported is a function.
const FUNCTION: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Magic and version, one type, two imported functions, and a section of its own kind.
    fn program() -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([1, 4, 1, 0x60, 0, 0]);
        let mut imports = vec![2];
        for name in ["__wbg_one_0123456789abcdef", "__wbg_two_0123456789abcdef"] {
            for text in ["./x_bg.js", name] {
                put_number(&mut imports, text.len());
                imports.extend(text.bytes());
            }
            imports.extend([FUNCTION, 0]);
        }
        wasm.push(IMPORTS);
        put_number(&mut wasm, imports.len());
        wasm.extend(imports);
        wasm.extend([0, 2, 1, b'x']);
        wasm
    }

    const SCRIPT: &str = "const import0 = {\n__wbg_one_0123456789abcdef: function() {\n},\n\
                          __wbg_two_0123456789abcdef: arg0 => __wbg_one_0123456789abcdefg,\n};\n";

    #[test]
    fn both_sides_of_an_import_get_the_same_short_name() {
        let (wasm, script) = shorten(program(), SCRIPT.to_owned());
        assert_eq!(
            script,
            "const import0 = {\ni0: function() {\n},\ni1: arg0 => __wbg_one_0123456789abcdefg,\n};\n"
        );
        let imports = [
            &[2, 9][..],
            b"./x_bg.js",
            &[2],
            b"i0",
            &[0, 0, 9],
            b"./x_bg.js",
            &[2],
            b"i1",
            &[0, 0],
        ];
        let imports = imports.concat();
        let expected = [
            &b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02"[..],
            &[imports.len() as u8],
            &imports,
            &[0, 2, 1, b'x'],
        ];
        assert_eq!(wasm, expected.concat());
    }

    #[test]
    fn what_is_not_understood_stays_as_it_is() {
        let no_script = "const import0 = {};\n".to_owned();
        assert_eq!(shorten(program(), no_script.clone()), (program(), no_script));
        for cut in 9..program().len() - 4 {
            let wasm = program()[..cut].to_vec();
            assert_eq!(
                shorten(wasm.clone(), SCRIPT.to_owned()),
                (wasm, SCRIPT.to_owned()),
                "{cut}"
            );
        }
    }

    #[test]
    fn numbers_of_any_size_are_read_as_they_were_written() {
        for one in [0, 1, 127, 128, 300, 70_000, 1 << 31] {
            let mut bytes = Vec::new();
            put_number(&mut bytes, one);
            assert_eq!(number(&mut bytes.as_slice()), Some(one));
        }
    }
}
