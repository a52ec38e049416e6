//! Reading columns of a row into domain values: codes of closed lists, addresses, positions, settings.

use geocrm_domain::place::{BuildingForm, BuildingUse, Confidence, HousingType};
use geocrm_domain::record::{Leaves, Setting};
use geocrm_domain::region::{RegionId, RegionLevel};
use geocrm_domain::{LngLat, PostalAddress};
use sqlx::Row;
use sqlx::postgres::PgRow;

type Parsed<T> = Result<T, sqlx::Error>;

fn unknown_code(column: &str, code: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("{code:?} is not a code of this program's").into(),
    }
}

/// A code of a closed list.
pub(crate) fn code<T>(row: &PgRow, column: &str, parse: fn(&str) -> Option<T>) -> Parsed<T> {
    let text: &str = row.try_get(column)?;
    parse(text).ok_or_else(|| unknown_code(column, text))
}

/// A code of a closed list, or nothing.
pub(crate) fn code_opt<T>(
    row: &PgRow,
    column: &str,
    parse: fn(&str) -> Option<T>,
) -> Parsed<Option<T>> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|t| parse(t).ok_or_else(|| unknown_code(column, t)))
        .transpose()
}

/// A derived code and its confidence; both columns are null or neither is.
pub(crate) fn sure<T>(
    row: &PgRow,
    column: &str,
    confidence: &str,
    parse: fn(&str) -> Option<T>,
) -> Parsed<Option<(T, Confidence)>> {
    let value = code_opt(row, column, parse)?;
    let sure = code_opt(row, confidence, Confidence::parse)?;
    Ok(value.zip(sure))
}

pub(crate) fn level(row: &PgRow, column: &str) -> Parsed<RegionLevel> {
    code(row, column, RegionLevel::parse)
}

/// `lng_e7` and `lat_e7`.
pub(crate) fn place(row: &PgRow) -> Parsed<LngLat> {
    Ok(LngLat::from_e7(
        row.try_get("lng_e7")?,
        row.try_get("lat_e7")?,
    ))
}

pub(crate) fn place_opt(row: &PgRow) -> Parsed<Option<LngLat>> {
    let lng: Option<i32> = row.try_get("lng_e7")?;
    let lat: Option<i32> = row.try_get("lat_e7")?;
    Ok(lng.zip(lat).map(|(lng, lat)| LngLat::from_e7(lng, lat)))
}

pub(crate) fn address(row: &PgRow) -> Parsed<PostalAddress> {
    Ok(PostalAddress {
        street: row.try_get("street")?,
        house_number: row.try_get("house_number")?,
        postcode: row.try_get("postcode")?,
        city: row.try_get("city")?,
        country: row.try_get("country")?,
    })
}

pub(crate) fn leaves(row: &PgRow) -> Parsed<Leaves> {
    let leaf = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<i32>, _>(column)?.map(RegionId));
    Ok(Leaves {
        admin: leaf("region_id")?,
        admin_2016: leaf("region_2016_id")?,
        admin_2015: leaf("region_2015_id")?,
    })
}

/// The columns of [`SETTING_COLUMNS`].
pub(crate) fn setting(row: &PgRow) -> Parsed<Setting> {
    Ok(Setting {
        housing_type: sure(
            row,
            "housing_type",
            "housing_type_confidence",
            HousingType::parse,
        )?,
        building_form: sure(
            row,
            "building_form",
            "building_form_confidence",
            BuildingForm::parse,
        )?,
        building_use: sure(
            row,
            "building_use",
            "building_use_confidence",
            BuildingUse::parse,
        )?,
        building_year: row.try_get("building_year")?,
        storeys: row.try_get("storeys")?,
        footprint_m2: row.try_get("footprint_m2")?,
        park_distance_m: row.try_get("park_distance_m")?,
        road_condition: row.try_get("road_condition")?,
        leaves: leaves(row)?,
    })
}

/// Quadkey as a signed number whose order is the Morton order.
pub(crate) fn signed_quadkey(place: LngLat) -> i64 {
    (place.quadkey().0 ^ (1 << 63)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_quadkey_keeps_the_order() {
        let mut places: Vec<LngLat> = (-9..=9)
            .flat_map(|x| (-8..=8).map(move |y| LngLat::from_e7(x * 199_999_999, y * 99_999_999)))
            .collect();
        places.sort_by_key(|p| p.quadkey());
        assert!(places.is_sorted_by_key(|p| signed_quadkey(*p)));
    }
}
