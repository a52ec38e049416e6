//! A postal address as people write it, split into the parts that matter for finding it.

/// Every part may be missing; an empty string is never stored where a part is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PostalAddress {
    pub street: Option<String>,
    /// The number as written, with letter and addition: `12`, `175F`, `15-17`, `12-H`, `8 bis`.
    pub house_number: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2, capitals.
    pub country: Option<String>,
}

impl PostalAddress {
    /// One line for people: `Damrak 12-H, 1012 LG Amsterdam`.
    pub fn one_line(&self) -> String {
        let part = |p: &Option<String>| p.clone().unwrap_or_default();
        let first = format!("{} {}", part(&self.street), part(&self.house_number));
        let second = format!("{} {}", part(&self.postcode), part(&self.city));
        match (first.trim(), second.trim()) {
            ("", s) => s.to_owned(),
            (f, "") => f.to_owned(),
            (f, s) => format!("{f}, {s}"),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.street.is_none()
            && self.house_number.is_none()
            && self.postcode.is_none()
            && self.city.is_none()
    }
}

/// Capitals without spaces for a Dutch postcode (`1012 lg` → `1012LG`); others only trimmed.
pub fn normal_postcode(text: &str) -> String {
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_uppercase();
    let bytes = compact.as_bytes();
    let dutch = bytes.len() == 6
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_uppercase);
    if dutch {
        compact
    } else {
        text.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::normal_postcode;

    #[test]
    fn dutch_postcodes_are_written_one_way() {
        let written = ["1012LG", "1012 lg", " 1012 LG ", "1012\u{a0}Lg"].map(normal_postcode);
        assert!(written.iter().all(|postcode| postcode == "1012LG"));
        let others = ["80331", " EC1A 1BB", "9490 ", "1012", ""].map(normal_postcode);
        assert_eq!(others, ["80331", "EC1A 1BB", "9490", "1012", ""]);
    }
}
