//! Several files as one archive, which a browser saves without a question for each: ZIP without compression, written around
//! what the browser holds already (APPNOTE 6.3.10, §4.3).

/// What an archive says of a file. Together they have less than 4 GiB.
pub(crate) struct Entry<'a> {
    /// Its name, which is no path.
    pub(crate) name: &'a str,
    /// How many bytes it has.
    pub(crate) size: u32,
    /// The sum of its bytes.
    pub(crate) sum: u32,
}

/// What stands before each file's content, and what stands after all of them.
pub(crate) fn frames(entries: &[Entry<'_>]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut heads, mut list, mut at) = (Vec::new(), Vec::new(), 0_u32);
    for entry in entries {
        let mut head = b"PK\x03\x04".to_vec();
        entry.describe(&mut head);
        head.extend_from_slice(entry.name.as_bytes());
        // By whom it is written, in the manner of MS-DOS, which knows no rights of files.
        list.extend_from_slice(b"PK\x01\x02\x14\0");
        entry.describe(&mut list);
        // No remark, one disk, nothing special.
        list.extend_from_slice(&[0; 10]);
        list.extend_from_slice(&at.to_le_bytes());
        list.extend_from_slice(entry.name.as_bytes());
        at += head.len() as u32 + entry.size;
        heads.push(head);
    }
    let (count, length) = (
        (entries.len() as u16).to_le_bytes(),
        (list.len() as u32).to_le_bytes(),
    );
    list.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    list.extend_from_slice(&count);
    list.extend_from_slice(&count);
    list.extend_from_slice(&length);
    list.extend_from_slice(&at.to_le_bytes());
    list.extend_from_slice(&[0; 2]);
    (heads, list)
}

impl Entry<'_> {
    /// What stands both before a file's content and in the list at the end.
    fn describe(&self, out: &mut Vec<u8>) {
        // Version 2.0, names in UTF-8, as they are, on the first day that there is: when a file was made is not sent.
        out.extend_from_slice(b"\x14\0\0\x08\0\0\0\0\x21\0");
        for number in [self.sum, self.size, self.size, self.name.len() as u32] {
            // The name's length in 16 bits, and that nothing follows it in as many.
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

/// The sum of a file's bytes as an archive holds it (CRC-32), while they come.
pub(crate) struct Sum(u32);

impl Sum {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..2 {
                self.0 = (self.0 >> 4) ^ HALF_BYTES[(self.0 & 15) as usize];
            }
        }
    }

    pub(crate) fn value(&self) -> u32 {
        !self.0
    }
}

impl Default for Sum {
    fn default() -> Self {
        Self(!0)
    }
}

/// What four bits that leave the sum leave behind in it.
const HALF_BYTES: [u32; 16] = {
    let mut all = [0; 16];
    let mut half = 0;
    while half < 16 {
        let (mut rest, mut bit) = (half, 0);
        while bit < 4 {
            rest = (rest >> 1) ^ ((rest & 1) * 0xedb8_8320);
            bit += 1;
        }
        all[half as usize] = rest;
        half += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(bytes: &[u8]) -> u32 {
        let mut sum = Sum::default();
        bytes.chunks(5).for_each(|part| sum.add(part));
        sum.value()
    }

    #[test]
    fn the_sum_is_crc_32() {
        // The check value of the catalogue of such sums, and the sum of nothing.
        assert_eq!((sum(b"123456789"), sum(b"")), (0xcbf4_3926, 0));
    }

    /// The same bytes as Python's `zipfile` writes of these files.
    #[test]
    fn an_archive_is_what_others_write() {
        let files = [
            ("潮見表.txt", b"low tide 04:12\n".as_slice()),
            ("ø", b""),
            ("é.bin", &[0, 255, 7]),
        ];
        let entries = files.map(|(name, content)| Entry {
            name,
            size: content.len() as u32,
            sum: sum(content),
        });
        let (heads, end) = frames(&entries);
        let mut archive = Vec::new();
        for (head, (_, content)) in heads.iter().zip(files) {
            archive.extend_from_slice(head);
            archive.extend_from_slice(content);
        }
        archive.extend_from_slice(&end);
        let hex: String = archive.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, WRITTEN_BY_OTHERS.replace('\n', ""));
    }

    const WRITTEN_BY_OTHERS: &str = "\
504b030414000008000000002100dd0f96070f0000000f0000000d000000e6bdaee8a68be8a1a82e7478746c6f7720746964652030343a31
320a504b03041400000800000000210000000000000000000000000002000000c3b8504b030414000008000000002100c3b101f203000000
0300000006000000c3a92e62696e00ff07504b0102140014000008000000002100dd0f96070f0000000f0000000d00000000000000000000
00000000000000e6bdaee8a68be8a1a82e747874504b01021400140000080000000021000000000000000000000000000200000000000000
0000000000003a000000c3b8504b0102140014000008000000002100c3b101f2030000000300000006000000000000000000000000005a00
0000c3a92e62696e504b050600000000030003009f000000810000000000";
}
