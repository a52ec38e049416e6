//! Replacing a dataset by its next version: everything in one transaction, so that a failed load leaves the
//! previous version in place and nobody ever sees half of one. Rows may come in any number of portions.

use crate::copy::copy_rows;
use crate::geometry::{area_to_ewkb, line_to_ewkb};
use crate::row::signed_quadkey;
use crate::store::Store;
use crate::{Doing, Result, StoreError, region_merge};
use chrono::{DateTime, Utc};
use geocrm_domain::LngLat;
use geocrm_domain::catalogue::H3_FINEST;
use geocrm_domain::dataset::Dataset;
use geocrm_domain::record::{
    AddressRow, AreaRow, BuildingRow, Bundle, FlowRow, IndicatorDef, IndicatorRow, PlaceRow,
    PostcodeRow, RegionRow, RoadRow, TerritoryRow,
};
use sqlx::{PgConnection, Postgres, Transaction};

/// What is said about a dataset beside its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetMeta {
    /// Name of its recipe.
    pub code: String,
    pub title: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub vintage: String,
    pub loaded_at: DateTime<Utc>,
}

/// Rows from which the planner's statistics are renewed after a load.
const ANALYZE_FROM_ROWS: i64 = 1_000;

/// A load in progress; dropping it without [`DatasetWriter::finish`] undoes everything.
pub struct DatasetWriter {
    store: Store,
    tx: Transaction<'static, Postgres>,
    meta: DatasetMeta,
    dataset_id: i32,
    version: i64,
    previous_kinds: Vec<String>,
    counts: Vec<(String, i64)>,
    rejected: i64,
}

impl DatasetWriter {
    /// Takes the previous version's rows away (inside the transaction) and waits for another load of the same dataset.
    pub async fn begin(store: &Store, meta: DatasetMeta) -> Result<Self> {
        let doing = "beginning a load";
        let mut tx = store.pool.begin().await.doing(doing)?;
        let (dataset_id, version, previous_kinds): (i32, i64, Vec<String>) = sqlx::query_as(
            "INSERT INTO datasets (code, version, title, source, licence, attribution, vintage,
                                   row_kinds, row_counts, rejected, loaded_at)
             VALUES ($1, 1, $2, $3, $4, $5, $6, '{}', '{}', 0, $7)
             ON CONFLICT (code) DO UPDATE SET version = datasets.version + 1, title = $2, source = $3,
                 licence = $4, attribution = $5, vintage = $6, loaded_at = $7
             RETURNING id, version, row_kinds",
        )
        .bind(&meta.code)
        .bind(&meta.title)
        .bind(&meta.source)
        .bind(&meta.licence)
        .bind(&meta.attribution)
        .bind(&meta.vintage)
        .bind(meta.loaded_at)
        .fetch_one(&mut *tx)
        .await
        .doing(doing)?;
        remove_previous(&mut tx, dataset_id)
            .await
            .doing("removing the previous version")?;
        Ok(Self {
            store: store.clone(),
            tx,
            meta,
            dataset_id,
            version,
            previous_kinds,
            counts: Vec::new(),
            rejected: 0,
        })
    }

    /// Adds a portion. Accounts in it are not written: they are imported, one by one, by the application.
    pub async fn write(&mut self, bundle: &Bundle) -> Result<()> {
        let (conn, id) = (&mut *self.tx, self.dataset_id);
        write_buildings(conn, id, &bundle.buildings).await?;
        write_addresses(conn, id, &bundle.addresses).await?;
        write_roads(conn, id, &bundle.roads).await?;
        write_areas(conn, id, &bundle.areas).await?;
        write_places(conn, id, &bundle.places).await?;
        write_regions(conn, &bundle.regions).await?;
        write_indicator_defs(conn, id, &bundle.indicator_defs).await?;
        write_indicators(conn, id, &bundle.indicators).await?;
        write_postcodes(conn, id, &bundle.postcodes).await?;
        write_flows(conn, id, &bundle.flows).await?;
        write_territories(conn, id, &bundle.territories).await?;
        for (kind, count) in bundle.row_counts() {
            if kind == "accounts" {
                continue;
            }
            match self.counts.iter_mut().find(|(k, _)| *k == kind) {
                Some((_, total)) => *total += count,
                None => self.counts.push((kind, count)),
            }
        }
        Ok(())
    }

    /// Number of rows of the files that were not taken.
    pub fn rejected(&mut self, rows: i64) {
        self.rejected += rows;
    }

    /// Publishes the version.
    pub async fn finish(mut self) -> Result<Dataset> {
        region_merge::merge(&mut self.tx, self.dataset_id).await?;
        check_indicators(&mut self.tx, self.dataset_id).await?;
        relink_accounts(&mut self.tx)
            .await
            .doing("linking accounts to their addresses")?;
        let kinds: Vec<&str> = self.counts.iter().map(|(kind, _)| kind.as_str()).collect();
        let counts: Vec<i64> = self.counts.iter().map(|(_, count)| *count).collect();
        let previous = self.previous_kinds.iter().map(String::as_str);
        let cubes = touched_cubes(kinds.iter().copied().chain(previous));
        let doing = "publishing a dataset version";
        sqlx::query(
            "UPDATE datasets SET row_kinds = $2, row_counts = $3, rejected = $4 WHERE id = $1",
        )
        .bind(self.dataset_id)
        .bind(&kinds)
        .bind(&counts)
        .bind(self.rejected)
        .execute(&mut *self.tx)
        .await
        .doing(doing)?;
        let version_id: i64 = sqlx::query_scalar(
            "INSERT INTO dataset_versions (dataset_id, version, vintage, row_kinds, row_counts, rejected, loaded_at, cubes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        )
        .bind(self.dataset_id)
        .bind(self.version)
        .bind(&self.meta.vintage)
        .bind(&kinds)
        .bind(&counts)
        .bind(self.rejected)
        .bind(self.meta.loaded_at)
        .bind(&cubes)
        .fetch_one(&mut *self.tx)
        .await
        .doing(doing)?;
        sqlx::query("INSERT INTO outbox (kind, id) VALUES ('dataset', $1)")
            .bind(version_id.to_string())
            .execute(&mut *self.tx)
            .await
            .doing(doing)?;
        self.tx.commit().await.doing(doing)?;
        if counts.iter().sum::<i64>() >= ANALYZE_FROM_ROWS {
            self.store.analyze().await?;
        }
        Ok(Dataset {
            code: self.meta.code,
            title: self.meta.title,
            source: self.meta.source,
            licence: self.meta.licence,
            attribution: self.meta.attribution,
            vintage: self.meta.vintage,
            row_counts: self.counts,
            rejected: self.rejected,
            loaded_at: self.meta.loaded_at,
        })
    }
}

impl Store {
    /// Replaces a dataset in one go; `rejected` rows of its files were not taken.
    pub async fn replace_dataset(
        &self,
        meta: DatasetMeta,
        bundle: &Bundle,
        rejected: i64,
    ) -> Result<Dataset> {
        let mut writer = DatasetWriter::begin(self, meta).await?;
        writer.write(bundle).await?;
        writer.rejected(rejected);
        writer.finish().await
    }
}

/// Cubes whose rows depend on rows of these kinds. Regions rename the members of every cube.
fn touched_cubes<'a>(kinds: impl Iterator<Item = &'a str>) -> Vec<&'static str> {
    let mut cubes: Vec<&'static str> = kinds
        .flat_map(|kind| match kind {
            "addresses" => &["addresses"][..],
            "roads" => &["roads"][..],
            "indicators" => &["regions"][..],
            "flows" => &["flows"][..],
            "regions" => &["accounts", "addresses", "roads", "regions", "flows"][..],
            _ => &[][..],
        })
        .copied()
        .collect();
    cubes.sort_unstable();
    cubes.dedup();
    cubes
}

async fn remove_previous(conn: &mut PgConnection, dataset_id: i32) -> Result<(), sqlx::Error> {
    // Accounts hold the address they were matched to; they find it again under its source key.
    sqlx::query(
        "CREATE TEMPORARY TABLE account_links (account_id uuid, address_id bigint, dataset_id int, source_key text)
         ON COMMIT DROP",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO account_links SELECT c.id, a.id, a.dataset_id, a.source_key
         FROM accounts c JOIN addresses a ON a.id = c.address_id WHERE a.dataset_id = $1",
    )
    .bind(dataset_id)
    .execute(&mut *conn)
    .await?;
    for statement in [
        "DELETE FROM addresses WHERE dataset_id = $1",
        "DELETE FROM buildings WHERE dataset_id = $1",
        "DELETE FROM roads WHERE dataset_id = $1",
        "DELETE FROM areas WHERE dataset_id = $1",
        "DELETE FROM place_labels WHERE dataset_id = $1",
        "DELETE FROM indicators WHERE dataset_id = $1",
        "DELETE FROM indicator_defs WHERE dataset_id = $1",
        "DELETE FROM postcodes WHERE dataset_id = $1",
        "DELETE FROM flows WHERE dataset_id = $1",
        "DELETE FROM territories WHERE dataset_id = $1",
    ] {
        sqlx::query(statement)
            .bind(dataset_id)
            .execute(&mut *conn)
            .await?;
    }
    region_merge::prepare(conn).await
}

async fn relink_accounts(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE accounts c SET address_id = a.id
         FROM account_links l
         LEFT JOIN addresses a ON a.dataset_id = l.dataset_id AND a.source_key = l.source_key
         WHERE c.id = l.account_id AND c.address_id = l.address_id",
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn check_indicators(conn: &mut PgConnection, dataset_id: i32) -> Result<()> {
    let doing = "checking the indicators";
    let undefined: Option<String> = sqlx::query_scalar(
        "SELECT i.indicator FROM (SELECT DISTINCT indicator FROM indicators WHERE dataset_id = $1) i
         WHERE NOT EXISTS (SELECT FROM indicator_defs d WHERE d.indicator = i.indicator) ORDER BY 1 LIMIT 1",
    )
    .bind(dataset_id)
    .fetch_optional(&mut *conn)
    .await
    .doing(doing)?;
    if let Some(indicator) = undefined {
        return Err(StoreError::UndefinedIndicator { indicator });
    }
    let differing: Option<(String, String, String, String)> = sqlx::query_as(
        "SELECT d.indicator, d.unit, o.unit, s.code
         FROM indicator_defs d
         JOIN indicator_defs o ON o.indicator = d.indicator AND o.dataset_id <> d.dataset_id AND o.unit <> d.unit
         JOIN datasets s ON s.id = o.dataset_id
         WHERE d.dataset_id = $1 ORDER BY 1, 4 LIMIT 1",
    )
    .bind(dataset_id)
    .fetch_optional(conn)
    .await
    .doing(doing)?;
    match differing {
        None => Ok(()),
        Some((indicator, unit, other_unit, dataset)) => Err(StoreError::IndicatorUnits {
            indicator,
            unit,
            other_unit,
            dataset,
        }),
    }
}

fn encoded<T>(shape: std::result::Result<T, geozero::error::GeozeroError>) -> Result<T> {
    shape
        .map_err(|e| sqlx::Error::Encode(e.into()))
        .doing("encoding a shape")
}

fn h3(place: LngLat) -> i64 {
    place.h3_cell(H3_FINEST) as i64
}

async fn write_addresses(conn: &mut PgConnection, id: i32, rows: &[AddressRow]) -> Result<()> {
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

async fn write_buildings(conn: &mut PgConnection, id: i32, rows: &[BuildingRow]) -> Result<()> {
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

async fn write_roads(conn: &mut PgConnection, id: i32, rows: &[RoadRow]) -> Result<()> {
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

async fn write_areas(conn: &mut PgConnection, id: i32, rows: &[AreaRow]) -> Result<()> {
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

async fn write_places(conn: &mut PgConnection, id: i32, rows: &[PlaceRow]) -> Result<()> {
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

async fn write_regions(conn: &mut PgConnection, rows: &[RegionRow]) -> Result<()> {
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

async fn write_indicator_defs(
    conn: &mut PgConnection,
    id: i32,
    rows: &[IndicatorDef],
) -> Result<()> {
    copy_rows(
        conn,
        "writing indicator definitions",
        "COPY indicator_defs (dataset_id, indicator, title_en, title_nl, unit, additive) FROM STDIN",
        rows,
        |row| row.indicator.clone(),
        |copy, row| {
            copy.plain(id)
                .text(&row.indicator)
                .text(&row.title_en)
                .text(&row.title_nl)
                .text(&row.unit)
                .plain(row.additive);
            Ok(())
        },
    )
    .await
}

async fn write_indicators(conn: &mut PgConnection, id: i32, rows: &[IndicatorRow]) -> Result<()> {
    copy_rows(
        conn,
        "writing figures",
        "COPY indicators (dataset_id, level, region_code, indicator, year, value_e4, suppressed) FROM STDIN",
        rows,
        |row| format!("{} {} {} {}", row.level.code(), row.region_code, row.indicator, row.year),
        |copy, row| {
            copy.plain(id)
                .text(row.level.code())
                .text(&row.region_code)
                .text(&row.indicator)
                .plain(row.year)
                .plain_opt(row.value_e4)
                .plain(row.suppressed);
            Ok(())
        },
    )
    .await
}

async fn write_postcodes(conn: &mut PgConnection, id: i32, rows: &[PostcodeRow]) -> Result<()> {
    copy_rows(
        conn,
        "writing postcodes",
        "COPY postcodes (dataset_id, postcode, households, inhabitants, suppressed) FROM STDIN",
        rows,
        |row| row.postcode.clone(),
        |copy, row| {
            copy.plain(id)
                .text(&row.postcode)
                .plain_opt(row.households)
                .plain_opt(row.inhabitants)
                .plain(row.suppressed);
            Ok(())
        },
    )
    .await
}

async fn write_flows(conn: &mut PgConnection, id: i32, rows: &[FlowRow]) -> Result<()> {
    copy_rows(
        conn,
        "writing flows",
        "COPY flows (dataset_id, level, origin_code, destination_code, mode, year, persons_e3) FROM STDIN",
        rows,
        |row| format!("{} to {} by {} in {}", row.origin_code, row.destination_code, row.mode, row.year),
        |copy, row| {
            copy.plain(id)
                .text(row.level.code())
                .text(&row.origin_code)
                .text(&row.destination_code)
                .text(&row.mode)
                .plain(row.year)
                .plain(row.persons_e3);
            Ok(())
        },
    )
    .await
}

async fn write_territories(conn: &mut PgConnection, id: i32, rows: &[TerritoryRow]) -> Result<()> {
    copy_rows(
        &mut *conn,
        "writing territories",
        "COPY territories (code, dataset_id, name, representative_email, representative_name) FROM STDIN",
        rows,
        |row| row.code.clone(),
        |copy, row| {
            let who = row.representative.as_ref();
            copy.text(&row.code)
                .plain(id)
                .text(&row.name)
                .text_opt(who.map(|w| w.0.as_str()))
                .text_opt(who.map(|w| w.1.as_str()));
            Ok(())
        },
    )
    .await?;
    let members: Vec<_> = rows
        .iter()
        .flat_map(|t| {
            t.region_codes
                .iter()
                .map(|(level, code)| (&t.code, level.code(), code))
        })
        .collect();
    copy_rows(
        conn,
        "writing the regions of territories",
        "COPY territory_regions (territory, level, region_code) FROM STDIN",
        &members,
        |(territory, _, code)| format!("{territory}: {code}"),
        |copy, (territory, level, code)| {
            copy.text(territory).text(level).text(code);
            Ok(())
        },
    )
    .await
}
