//! Which members of a text property match a pattern, or compare in lower case? Every member is looked at once, and no row.

use crate::bind::{Property, kind_name};
use crate::column::Meaning;
use crate::error::OlapError;
use crate::set::CodeSet;
use geocrm_domain::catalogue::ColumnType;
use geocrm_domain::filter::like_matches;
use geocrm_domain::{Compare, Value};

/// The codes whose text in lower case compares with the value in lower case.
pub(crate) fn folded(
    property: &Property<'_>,
    name: &str,
    op: Compare,
    value: &str,
) -> Result<CodeSet, OlapError> {
    let value = Value::text(value.to_lowercase());
    texts(property, name, |text| {
        op.holds(&Value::text(text.to_lowercase()), &value)
    })
}

/// The codes whose text passes.
fn texts(
    property: &Property<'_>,
    name: &str,
    passes: impl Fn(&str) -> bool,
) -> Result<CodeSet, OlapError> {
    let (Meaning::Dictionary(dictionary), ColumnType::Text) = (&property.meaning, property.kind)
    else {
        return Err(OlapError::LikeNeedsText {
            property: name.to_owned(),
            expected: kind_name(property.kind),
        });
    };
    let runs = (1..=property.top)
        .filter(|code| dictionary.with_text(*code, &passes) == Some(true))
        .map(|code| (code, code));
    Ok(CodeSet::from_runs(runs))
}

pub(crate) fn like(
    property: &Property<'_>,
    name: &str,
    pattern: &str,
    fold_case: bool,
    positive: bool,
) -> Result<CodeSet, OlapError> {
    texts(property, name, |text| {
        like_matches(pattern, text, fold_case) == positive
    })
}
