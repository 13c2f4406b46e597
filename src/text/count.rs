//! Numbers in sentences.

/// `1 secret`, `2 secrets`; thousands are separated.
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// `12,345`
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_thousands_are_separated() {
        assert_eq!(plural(1, "secret", "secrets"), "1 secret");
        assert_eq!(plural(0, "secret", "secrets"), "0 secrets");
        assert_eq!(plural(10_000, "secret", "secrets"), "10,000 secrets");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
