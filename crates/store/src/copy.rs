//! Bulk writing by PostgreSQL's COPY in text form, the fastest way in that also says which line was at fault.

use crate::{Result, StoreError};
use geocrm_domain::LngLat;
use geocrm_domain::place::Confidence;
use geocrm_domain::record::{Leaves, Setting};
use geocrm_domain::region::RegionId;
use sqlx::PgConnection;
use sqlx::postgres::PgDatabaseError;
use std::fmt::{Display, Write as _};

/// Bytes collected before they are sent.
const CHUNK_BYTES: usize = 1 << 20;

/// Fields of rows, tab between fields, newline after rows, `\N` for null.
#[derive(Default)]
pub(crate) struct CopyText {
    text: String,
    row_begun: bool,
}

impl CopyText {
    fn separate(&mut self) {
        if self.row_begun {
            self.text.push('\t');
        }
        self.row_begun = true;
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.separate();
        for c in value.chars() {
            match c {
                '\\' => self.text.push_str("\\\\"),
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                c => self.text.push(c),
            }
        }
        self
    }

    pub(crate) fn text_opt(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.separate();
        self.text.push_str("\\N");
        self
    }

    /// A number, boolean, date or other value whose text needs no escape.
    pub(crate) fn plain(&mut self, value: impl Display) -> &mut Self {
        self.separate();
        // Writing into a String cannot fail.
        let _ = write!(self.text, "{value}");
        self
    }

    pub(crate) fn plain_opt(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.null(),
        }
    }

    pub(crate) fn shape(&mut self, ewkb: &[u8]) -> &mut Self {
        self.separate();
        self.text.push_str(&hex::encode_upper(ewkb));
        self
    }

    /// `lng_e7`, `lat_e7`.
    pub(crate) fn place(&mut self, place: LngLat) -> &mut Self {
        self.plain(place.lng_e7).plain(place.lat_e7)
    }

    pub(crate) fn leaves(&mut self, leaves: Leaves) -> &mut Self {
        let id = |leaf: Option<RegionId>| leaf.map(|r| r.0);
        self.plain_opt(id(leaves.admin))
            .plain_opt(id(leaves.admin_2016))
            .plain_opt(id(leaves.admin_2015))
    }

    /// A code and its confidence.
    pub(crate) fn sure<T>(
        &mut self,
        value: Option<(T, Confidence)>,
        code: impl Fn(T) -> &'static str,
    ) -> &mut Self {
        match value {
            Some((value, confidence)) => self.text(code(value)).text(confidence.code()),
            None => self.null().null(),
        }
    }

    /// The columns of a setting in the order of the tables.
    pub(crate) fn setting(&mut self, s: &Setting) -> &mut Self {
        self.sure(s.housing_type, geocrm_domain::place::HousingType::code)
            .sure(s.building_form, geocrm_domain::place::BuildingForm::code)
            .sure(s.building_use, geocrm_domain::place::BuildingUse::code)
            .plain_opt(s.building_year)
            .plain_opt(s.storeys)
            .plain_opt(s.footprint_m2)
            .plain_opt(s.park_distance_m)
            .plain_opt(s.road_condition)
            .leaves(s.leaves)
    }

    fn end_row(&mut self) {
        self.text.push('\n');
        self.row_begun = false;
    }
}

/// Sends the rows by a static COPY statement; on failure `element` names the row at fault.
pub(crate) async fn copy_rows<R>(
    conn: &mut PgConnection,
    doing: &'static str,
    statement: &'static str,
    rows: &[R],
    element: impl Fn(&R) -> String,
    mut write: impl FnMut(&mut CopyText, &R) -> Result<()>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let blame = |source: sqlx::Error| located(doing, source, |line| rows.get(line).map(&element));
    let mut copy = conn.copy_in_raw(statement).await.map_err(blame)?;
    let mut chunk = CopyText::default();
    for row in rows {
        if let Err(error) = write(&mut chunk, row) {
            copy.abort("a row could not be encoded").await.ok();
            return Err(error);
        }
        chunk.end_row();
        if chunk.text.len() >= CHUNK_BYTES {
            copy.send(chunk.text.as_bytes()).await.map_err(blame)?;
            chunk.text.clear();
        }
    }
    copy.send(chunk.text.as_bytes()).await.map_err(blame)?;
    copy.finish().await.map_err(blame)?;
    Ok(())
}

/// The database's context says `COPY addresses, line 17, column …`.
fn located(
    doing: &'static str,
    source: sqlx::Error,
    element_at: impl Fn(usize) -> Option<String>,
) -> StoreError {
    let (at, message) = source
        .as_database_error()
        .and_then(|e| e.try_downcast_ref::<PgDatabaseError>())
        .map(|e| {
            let line = e.r#where().and_then(|context| {
                let digits = context.split("line ").nth(1)?;
                let end = digits.find(|c: char| !c.is_ascii_digit());
                digits[..end.unwrap_or(digits.len())].parse::<usize>().ok()
            });
            (
                line.and_then(|l| element_at(l.checked_sub(1)?)),
                e.message().to_owned(),
            )
        })
        .unwrap_or_default();
    match (StoreError::of(doing, source), at) {
        (
            StoreError::Rule {
                doing,
                constraint,
                detail,
                ..
            },
            element,
        ) => StoreError::Rule {
            doing,
            constraint,
            element,
            detail,
        },
        (StoreError::Database { doing, .. }, Some(element)) => StoreError::Rule {
            doing,
            constraint: String::new(),
            element: Some(element),
            detail: message,
        },
        (other, None | Some(_)) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_newlines_and_backslashes_do_not_break_a_row() {
        let mut copy = CopyText::default();
        copy.text("a\tb\nc\\N").null().plain(-7).text("");
        copy.end_row();
        assert_eq!(copy.text, "a\\tb\\nc\\\\N\t\\N\t-7\t\n");
    }
}
