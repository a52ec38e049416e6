//! How do figures about regions get into their tables? Through COPY, by the codes of the regions; which region a
//! code means is found when the version is complete.

use crate::Result;
use crate::copy::copy_rows;
use geocrm_domain::record::{FlowRow, IndicatorDef, IndicatorRow, PostcodeRow, TerritoryRow};
use sqlx::PgConnection;

pub(super) async fn write_indicator_defs(
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

pub(super) async fn write_indicators(
    conn: &mut PgConnection,
    id: i32,
    rows: &[IndicatorRow],
) -> Result<()> {
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

pub(super) async fn write_postcodes(
    conn: &mut PgConnection,
    id: i32,
    rows: &[PostcodeRow],
) -> Result<()> {
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

pub(super) async fn write_flows(conn: &mut PgConnection, id: i32, rows: &[FlowRow]) -> Result<()> {
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

pub(super) async fn write_territories(
    conn: &mut PgConnection,
    id: i32,
    rows: &[TerritoryRow],
) -> Result<()> {
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
