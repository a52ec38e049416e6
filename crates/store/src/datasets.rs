//! What is loaded: datasets, territories and postcode figures.

use crate::row;
use crate::{Doing, Result, Store, Territory};
use geocrm_domain::dataset::Dataset;
use geocrm_domain::record::PostcodeRow;
use geocrm_domain::region::RegionLevel;
use sqlx::Row;
use sqlx::postgres::PgRow;

fn dataset(row: &PgRow) -> Result<Dataset, sqlx::Error> {
    let kinds: Vec<String> = row.try_get("row_kinds")?;
    let counts: Vec<i64> = row.try_get("row_counts")?;
    Ok(Dataset {
        code: row.try_get("code")?,
        title: row.try_get("title")?,
        source: row.try_get("source")?,
        licence: row.try_get("licence")?,
        attribution: row.try_get("attribution")?,
        vintage: row.try_get("vintage")?,
        row_counts: kinds.into_iter().zip(counts).collect(),
        rejected: row.try_get("rejected")?,
        loaded_at: row.try_get("loaded_at")?,
    })
}

impl Store {
    /// By code.
    pub async fn datasets(&self) -> Result<Vec<Dataset>> {
        sqlx::query(
            "SELECT code, title, source, licence, attribution, vintage, row_kinds, row_counts, rejected, loaded_at
             FROM datasets ORDER BY code",
        )
        .try_map(|row| dataset(&row))
        .fetch_all(&self.pool)
        .await
        .doing("reading the datasets")
    }

    /// By code, with the regions of each and the user who stands for it.
    pub async fn territories(&self) -> Result<Vec<Territory>> {
        let doing = "reading the territories";
        let mut territories: Vec<Territory> = sqlx::query(
            "SELECT t.code, t.name, t.representative_email, t.representative_name, u.user_id
             FROM territories t
             LEFT JOIN LATERAL (
                 SELECT ut.user_id FROM user_territories ut JOIN users u ON u.id = ut.user_id
                 WHERE ut.territory = t.code AND u.disabled_at IS NULL
                 ORDER BY lower(u.email) = lower(t.representative_email) DESC NULLS LAST, ut.user_id LIMIT 1) u ON true
             ORDER BY t.code",
        )
        .try_map(|row: PgRow| {
            let email: Option<String> = row.try_get("representative_email")?;
            let name: Option<String> = row.try_get("representative_name")?;
            Ok(Territory {
                code: row.try_get("code")?,
                name: row.try_get("name")?,
                representative: email.map(|e| (e, name.unwrap_or_default())),
                user: row.try_get::<Option<_>, _>("user_id")?.map(geocrm_domain::UserId),
                regions: Vec::new(),
            })
        })
        .fetch_all(&self.pool)
        .await
        .doing(doing)?;
        let members: Vec<(String, RegionLevel, String)> = sqlx::query(
            "SELECT territory, level, region_code FROM territory_regions ORDER BY territory, level, region_code",
        )
        .try_map(|row: PgRow| {
            Ok((row.try_get("territory")?, row::level(&row, "level")?, row.try_get("region_code")?))
        })
        .fetch_all(&self.pool)
        .await
        .doing(doing)?;
        for (territory, level, code) in members {
            if let Ok(at) = territories.binary_search_by(|t| t.code.cmp(&territory)) {
                territories[at].regions.push((level, code));
            }
        }
        Ok(territories)
    }

    /// Figures of a postcode, from the dataset loaded last.
    pub async fn postcode(&self, postcode: &str) -> Result<Option<PostcodeRow>> {
        sqlx::query(
            "SELECT p.postcode, p.households, p.inhabitants, p.suppressed
             FROM postcodes p JOIN datasets d ON d.id = p.dataset_id
             WHERE p.postcode = $1 ORDER BY d.loaded_at DESC, d.id DESC LIMIT 1",
        )
        .bind(postcode)
        .try_map(|row: PgRow| {
            Ok(PostcodeRow {
                postcode: row.try_get("postcode")?,
                households: row.try_get("households")?,
                inhabitants: row.try_get("inhabitants")?,
                suppressed: row.try_get("suppressed")?,
            })
        })
        .fetch_optional(&self.pool)
        .await
        .doing("looking up a postcode")
    }
}
