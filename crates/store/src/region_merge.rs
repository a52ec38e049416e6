//! Regions of a load meet the regions that are there: the same level and code keeps its id, parents are found
//! again over all datasets (a borough's municipality may come from another file), and the paths that carry
//! every level's code for every region are renewed.

use crate::{Doing, Result, StoreError};
use sqlx::PgConnection;

/// Makes the table that a load writes its regions to.
pub(crate) async fn prepare(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "CREATE TEMPORARY TABLE regions_in (
            hierarchy text, level text, depth int, code text, name text, parent_code text, area_m2 double precision,
            lng_e7 int, lat_e7 int, shape geometry(MultiPolygon, 4326),
            CONSTRAINT regions_in_level_code_unique PRIMARY KEY (level, code)) ON COMMIT DROP",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Brings the regions of this dataset to what the load wrote.
pub(crate) async fn merge(conn: &mut PgConnection, dataset_id: i32) -> Result<()> {
    let doing = "merging regions";
    let concerned: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM regions_in) OR EXISTS (SELECT FROM regions WHERE dataset_id = $1)",
    )
    .bind(dataset_id)
    .fetch_one(&mut *conn)
    .await
    .doing(doing)?;
    if !concerned {
        return Ok(());
    }
    // Two loads of regions take turns: each renews all parents and paths.
    sqlx::query("LOCK TABLE regions IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *conn)
        .await
        .doing(doing)?;
    refuse_foreign(conn, dataset_id).await?;
    upsert(conn, dataset_id).await.doing(doing)?;
    remove_vanished(conn, dataset_id).await.doing(doing)?;
    find_parents(conn).await.doing(doing)?;
    renew_paths(conn).await.doing(doing)?;
    refuse_unreached(conn).await
}

async fn refuse_foreign(conn: &mut PgConnection, dataset_id: i32) -> Result<()> {
    let foreign: Option<(String, String, String)> = sqlx::query_as(
        "SELECT r.level, r.code, d.code FROM regions_in i
         JOIN regions r ON r.level = i.level AND r.code = i.code AND r.dataset_id <> $1
         JOIN datasets d ON d.id = r.dataset_id ORDER BY 1, 2 LIMIT 1",
    )
    .bind(dataset_id)
    .fetch_optional(conn)
    .await
    .doing("comparing regions with other datasets")?;
    match foreign {
        None => Ok(()),
        Some((level, code, dataset)) => Err(StoreError::RegionOfOtherDataset {
            level,
            code,
            dataset,
        }),
    }
}

async fn upsert(conn: &mut PgConnection, dataset_id: i32) -> Result<(), sqlx::Error> {
    // The label stands in the largest part of the region, inside it.
    sqlx::query(
        "WITH labelled AS (
             SELECT i.*, (SELECT ST_PointOnSurface(part.geom) FROM ST_Dump(i.shape) part
                          ORDER BY ST_Area(part.geom) DESC LIMIT 1) AS label FROM regions_in i)
         INSERT INTO regions (dataset_id, hierarchy, level, depth, code, name, parent_code, area_m2, shape, lng_e7, lat_e7)
         SELECT $1, hierarchy, level, depth, code, name, parent_code, area_m2, shape,
                coalesce(round(ST_X(label) * 1e7)::int, lng_e7), coalesce(round(ST_Y(label) * 1e7)::int, lat_e7)
         FROM labelled ORDER BY hierarchy, depth, code
         ON CONFLICT (level, code) DO UPDATE SET name = excluded.name, parent_code = excluded.parent_code,
             area_m2 = excluded.area_m2, shape = excluded.shape, lng_e7 = excluded.lng_e7, lat_e7 = excluded.lat_e7",
    )
    .bind(dataset_id)
    .execute(conn)
    .await?;
    Ok(())
}

async fn remove_vanished(conn: &mut PgConnection, dataset_id: i32) -> Result<(), sqlx::Error> {
    let gone: Vec<i32> = sqlx::query_scalar(
        "DELETE FROM regions r WHERE dataset_id = $1
           AND NOT EXISTS (SELECT FROM regions_in i WHERE i.level = r.level AND i.code = r.code)
         RETURNING id",
    )
    .bind(dataset_id)
    .fetch_all(&mut *conn)
    .await?;
    if gone.is_empty() {
        return Ok(());
    }
    for statement in [
        "UPDATE addresses SET region_id = NULL WHERE region_id = ANY($1)",
        "UPDATE addresses SET region_2016_id = NULL WHERE region_2016_id = ANY($1)",
        "UPDATE addresses SET region_2015_id = NULL WHERE region_2015_id = ANY($1)",
        "UPDATE buildings SET region_id = NULL WHERE region_id = ANY($1)",
        "UPDATE buildings SET region_2016_id = NULL WHERE region_2016_id = ANY($1)",
        "UPDATE buildings SET region_2015_id = NULL WHERE region_2015_id = ANY($1)",
        "UPDATE roads SET region_id = NULL WHERE region_id = ANY($1)",
        "UPDATE roads SET region_2016_id = NULL WHERE region_2016_id = ANY($1)",
        "UPDATE roads SET region_2015_id = NULL WHERE region_2015_id = ANY($1)",
        "UPDATE accounts SET region_id = NULL WHERE region_id = ANY($1)",
        "UPDATE accounts SET region_2016_id = NULL WHERE region_2016_id = ANY($1)",
        "UPDATE accounts SET region_2015_id = NULL WHERE region_2015_id = ANY($1)",
    ] {
        sqlx::query(statement)
            .bind(&gone)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn find_parents(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    // The nearest wider level of the same hierarchy that has the code.
    sqlx::query(
        "UPDATE regions r SET parent_id = p.id
         FROM (SELECT c.id AS child,
                      (SELECT w.id FROM regions w
                       WHERE w.hierarchy = c.hierarchy AND w.code = c.parent_code AND w.depth < c.depth
                       ORDER BY w.depth DESC LIMIT 1) AS id
               FROM regions c) p
         WHERE p.child = r.id AND r.parent_id IS DISTINCT FROM p.id",
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn renew_paths(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM region_paths")
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "WITH RECURSIVE up AS (
             SELECT id AS region_id, level, code, parent_id FROM regions
             UNION ALL
             SELECT up.region_id, r.level, r.code, r.parent_id FROM up JOIN regions r ON r.id = up.parent_id)
         INSERT INTO region_paths (region_id, country, province, municipality, borough, district, neighbourhood,
                                   nuts2, nuts3, municipality_2016, neighbourhood_2015)
         SELECT region_id,
             max(code) FILTER (WHERE level = 'country'), max(code) FILTER (WHERE level = 'province'),
             max(code) FILTER (WHERE level = 'municipality'), max(code) FILTER (WHERE level = 'borough'),
             max(code) FILTER (WHERE level = 'district'), max(code) FILTER (WHERE level = 'neighbourhood'),
             max(code) FILTER (WHERE level = 'nuts2'), max(code) FILTER (WHERE level = 'nuts3'),
             max(code) FILTER (WHERE level = 'municipality_2016'), max(code) FILTER (WHERE level = 'neighbourhood_2015')
         FROM up GROUP BY region_id",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A parent must be at a wider level, so a region that names its parent by its own code has none.
async fn refuse_unreached(conn: &mut PgConnection) -> Result<()> {
    let own: Option<(String, String, String)> = sqlx::query_as(
        "SELECT i.level, i.code, i.parent_code FROM regions_in i
         WHERE EXISTS (SELECT FROM regions w WHERE w.hierarchy = i.hierarchy AND w.code = i.parent_code)
           AND NOT EXISTS (SELECT FROM regions w WHERE w.hierarchy = i.hierarchy AND w.code = i.parent_code AND w.depth < i.depth)
         ORDER BY 1, 2 LIMIT 1",
    )
    .fetch_optional(conn)
    .await
    .doing("checking the parents of regions")?;
    match own {
        None => Ok(()),
        Some((level, code, parent_code)) => Err(StoreError::RegionCycle {
            level,
            code,
            parent_code,
        }),
    }
}
