//! Which text would a spreadsheet run as a formula? The question is answered here, inside the writers, so that
//! no caller can forget it. Only text is guarded: a negative number is a number and stays one.

use std::borrow::Cow;

/// Whether a spreadsheet may take this text for a formula or swallow its first character: it starts with
/// `=`, `+`, `-`, `@` (or their full-width twins), tab, carriage return, line feed or NUL.
pub fn is_dangerous(text: &str) -> bool {
    text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠',
    ])
}

/// The text with a leading apostrophe where it is dangerous; spreadsheets read that as "what follows is text".
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_leading_character_counts() {
        for text in [
            "=1+1", "+31 20", "-1", "@a", "\ta", "\ra", "\na", "\0a", "＝1",
        ] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "a=1", "'s-Gravenhage", "Jan-Piet", "1-2"] {
            assert_eq!(guarded(text), text);
        }
    }
}
