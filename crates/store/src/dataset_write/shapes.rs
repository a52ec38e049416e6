//! How do rows with a place or a shape get into their tables? Through COPY, with the keys by which the engine
//! sorts and groups them worked out on the way.

use crate::copy::copy_rows;
use crate::geometry::{area_to_ewkb, line_to_ewkb};
use crate::row::signed_quadkey;
use crate::{Doing, Result};
use geocrm_domain::LngLat;
use geocrm_domain::catalogue::H3_FINEST;
use geocrm_domain::record::{AddressRow, AreaRow, BuildingRow, PlaceRow, RegionRow, RoadRow};
use sqlx::PgConnection;

fn encoded<T>(shape: std::result::Result<T, geozero::error::GeozeroError>) -> Result<T> {
    shape
        .map_err(|e| sqlx::Error::Encode(e.into()))
        .doing("encoding a shape")
}

fn h3(place: LngLat) -> i64 {
    place.h3_cell(H3_FINEST) as i64
}

pub(super) async fn write_addresses(
    conn: &mut PgConnection,
    id: i32,
    rows: &[AddressRow],
) -> Result<()> {
    copy_rows(
        conn,
        "writing addresses",
        "COPY addresses (dataset_id, source_key, street, house_number, postcode, city, country, lng_e7, lat_e7,
            quadkey, h3, building_key, dwellings, housing_type, housing_type_confidence, building_form,
            building_form_confidence, building_use, building_use_confidence, building_year, storeys, footprint_m2,
            park_distance_m, road_condition, region_id, region_2016_id, region_2015_id) FROM STDIN",
        rows,
        |row| row.source_key.clone(),
        |copy, row| {
            copy.plain(id)
                .text(&row.source_key)
                .text_opt(row.address.street.as_deref())
                .text_opt(row.address.house_number.as_deref())
                .text_opt(row.address.postcode.as_deref())
                .text_opt(row.address.city.as_deref())
                .text_opt(row.address.country.as_deref())
                .place(row.place)
                .plain(signed_quadkey(row.place))
                .plain(h3(row.place))
                .text_opt(row.building_key.as_deref())
                .plain(row.dwellings)
                .setting(&row.setting);
            Ok(())
        },
    )
    .await
}

pub(super) async fn write_buildings(
    conn: &mut PgConnection,
    id: i32,
    rows: &[BuildingRow],
) -> Result<()> {
    copy_rows(
        conn,
        "writing buildings",
        "COPY buildings (dataset_id, source_key, name, housing_type, housing_type_confidence, form, form_confidence,
            building_use, building_use_confidence, building_year, storeys, footprint_m2, dwellings,
            region_id, region_2016_id, region_2015_id, lng_e7, lat_e7, shape) FROM STDIN",
        rows,
        |row| row.source_key.clone(),
        |copy, row| {
            let middle = row.geometry.bbox().map(|b| b.center());
            copy.plain(id)
                .text(&row.source_key)
                .text_opt(row.name.as_deref())
                .sure(row.housing_type, geocrm_domain::place::HousingType::code)
                .sure(row.form, geocrm_domain::place::BuildingForm::code)
                .sure(row.building_use, geocrm_domain::place::BuildingUse::code)
                .plain_opt(row.building_year)
                .plain_opt(row.storeys)
                .plain(row.footprint_m2)
                .plain(row.dwellings)
                .leaves(row.leaves)
                .plain_opt(middle.map(|m| m.lng_e7))
                .plain_opt(middle.map(|m| m.lat_e7))
                .shape(&encoded(area_to_ewkb(&row.geometry))?);
            Ok(())
        },
    )
    .await
}

pub(super) async fn write_roads(conn: &mut PgConnection, id: i32, rows: &[RoadRow]) -> Result<()> {
    copy_rows(
        conn,
        "writing roads",
        "COPY roads (dataset_id, source_key, name, class, surface, smoothness, maxspeed_kmh, oneway,
            is_bridge_or_tunnel, condition, condition_confidence, length_cm, lng_e7, lat_e7, quadkey, h3,
            region_id, region_2016_id, region_2015_id, shape) FROM STDIN",
        rows,
        |row| row.source_key.clone(),
        |copy, row| {
            copy.plain(id)
                .text(&row.source_key)
                .text_opt(row.name.as_deref())
                .text(row.class.code())
                .text_opt(row.surface.as_deref())
                .text_opt(row.smoothness.as_deref())
                .plain_opt(row.maxspeed_kmh)
                .plain(row.oneway)
                .plain(row.is_bridge_or_tunnel)
                .plain_opt(row.condition.map(|c| c.0))
                .text_opt(row.condition.map(|c| c.1.code()))
                .plain(row.length_cm)
                .place(row.midpoint)
                .plain(signed_quadkey(row.midpoint))
                .plain(h3(row.midpoint))
                .leaves(row.leaves)
                .shape(&encoded(line_to_ewkb(&row.geometry))?);
            Ok(())
        },
    )
    .await
}

pub(super) async fn write_areas(conn: &mut PgConnection, id: i32, rows: &[AreaRow]) -> Result<()> {
    copy_rows(
        conn,
        "writing areas",
        "COPY areas (dataset_id, source_key, kind, name, area_m2, shape) FROM STDIN",
        rows,
        |row| row.source_key.clone(),
        |copy, row| {
            copy.plain(id)
                .text(&row.source_key)
                .text(row.kind.code())
                .text_opt(row.name.as_deref())
                .plain(row.area_m2)
                .shape(&encoded(area_to_ewkb(&row.geometry))?);
            Ok(())
        },
    )
    .await
}

pub(super) async fn write_places(
    conn: &mut PgConnection,
    id: i32,
    rows: &[PlaceRow],
) -> Result<()> {
    copy_rows(
        conn,
        "writing place names",
        "COPY place_labels (dataset_id, source_key, name, kind, lng_e7, lat_e7, population) FROM STDIN",
        rows,
        |row| row.source_key.clone(),
        |copy, row| {
            copy.plain(id)
                .text(&row.source_key)
                .text(&row.name)
                .text(&row.kind)
                .place(row.place)
                .plain_opt(row.population);
            Ok(())
        },
    )
    .await
}

pub(super) async fn write_regions(conn: &mut PgConnection, rows: &[RegionRow]) -> Result<()> {
    copy_rows(
        conn,
        "writing regions",
        "COPY regions_in (hierarchy, level, depth, code, name, parent_code, area_m2, lng_e7, lat_e7, shape) FROM STDIN",
        rows,
        |row| format!("{} {}", row.level.code(), row.code),
        |copy, row| {
            // Stands in until the database has found a point inside.
            let corner = row.geometry.0.iter().find_map(|p| p.exterior.first());
            copy.text(row.level.hierarchy().code())
                .text(row.level.code())
                .plain(row.level.depth())
                .text(&row.code)
                .text(&row.name)
                .text_opt(row.parent_code.as_deref())
                .plain(row.geometry.area_m2())
                .plain_opt(corner.map(|c| c.lng_e7))
                .plain_opt(corner.map(|c| c.lat_e7))
                .shape(&encoded(area_to_ewkb(&row.geometry))?);
            Ok(())
        },
    )
    .await
}
