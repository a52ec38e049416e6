//! What can be asked of this installation: the static cubes with what is loaded into them.

use crate::App;
use crate::error::AppError;
use crate::session::SignedIn;
use geocrm_domain::catalogue::ACCOUNTS;
use geocrm_domain::dataset::Dataset;
use geocrm_domain::record::IndicatorDef;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{BBox, Filter, LngLat, UserId};

#[derive(Debug, Clone)]
pub struct IndicatorLevel {
    pub level: RegionLevel,
    pub year: i32,
    pub figures: u64,
    pub suppressed: u64,
}

#[derive(Debug, Clone)]
pub struct IndicatorInfo {
    pub def: IndicatorDef,
    /// Code of the dataset that defines it, the newest where several do.
    pub dataset: String,
    pub levels: Vec<IndicatorLevel>,
}

#[derive(Debug, Clone)]
pub struct TerritoryInfo {
    pub code: String,
    pub name: String,
    pub representative: Option<(UserId, String)>,
}

#[derive(Debug, Clone)]
pub struct CatalogueView {
    pub data_version: String,
    /// Levels that have regions, with how many.
    pub region_levels: Vec<(RegionLevel, u64)>,
    pub indicators: Vec<IndicatorInfo>,
    pub datasets: Vec<Dataset>,
    pub extent: Option<BBox>,
    /// Where the map opens: the middle of the accounts the viewer sees, else of what is loaded.
    pub start: LngLat,
    pub start_zoom: f64,
    /// Those the viewer may see.
    pub territories: Vec<TerritoryInfo>,
    pub users: Vec<(UserId, String)>,
}

/// Width of the map that the first view is fitted to, in pixels.
const FIRST_VIEW_PX: f64 = 760.0;

impl App {
    pub async fn catalogue(&self, viewer: &SignedIn) -> Result<CatalogueView, AppError> {
        let atlas = self.atlas();
        let snapshot = self.engine.newest();
        let region_levels = RegionLevel::ALL
            .iter()
            .map(|level| {
                (
                    *level,
                    atlas.regions.iter().filter(|r| r.level == *level).count() as u64,
                )
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        let summaries = self.store.indicator_catalogue().await?;
        let indicators = summaries
            .into_iter()
            .map(|summary| IndicatorInfo {
                dataset: newest_of(&atlas.datasets, &summary.datasets),
                def: summary.def,
                levels: summary
                    .levels
                    .into_iter()
                    .map(|l| IndicatorLevel {
                        level: l.level,
                        year: l.year,
                        figures: l.figures.unsigned_abs(),
                        suppressed: l.suppressed.unsigned_abs(),
                    })
                    .collect(),
            })
            .collect();
        let users = self.store.users().await?;
        let name_of = |id: UserId| users.iter().find(|u| u.id == id).map(|u| u.name.clone());
        let territories = self.store.territories().await?;
        let territories = territories
            .into_iter()
            .filter(|territory| viewer.may_see_territory(&territory.code))
            .map(|territory| TerritoryInfo {
                representative: territory.user.and_then(|id| Some((id, name_of(id)?))),
                code: territory.code,
                name: territory.name,
            })
            .collect();
        // Accounts outside every loaded region would draw the first view away from where there is a map.
        let in_a_region = Filter::Not(Box::new(Filter::IsNull {
            property: "country".to_owned(),
        }));
        let accounts = snapshot.cube(&ACCOUNTS);
        let within = accounts
            .select(&viewer.scope, Some(&in_a_region), None)?
            .bbox();
        let seen = match within {
            Some(bbox) => Some(bbox),
            None => accounts.select(&viewer.scope, None, None)?.bbox(),
        };
        let extent = self
            .ground_now()
            .and_then(|ground| ground.extent())
            .or_else(|| atlas.extent());
        let (start, start_zoom) = first_view(seen.or(extent));
        Ok(CatalogueView {
            data_version: snapshot.version.clone(),
            region_levels,
            indicators,
            datasets: atlas.datasets.clone(),
            extent,
            start,
            start_zoom,
            territories,
            users: users
                .into_iter()
                .filter(|u| viewer.may_assign_to(u.id))
                .map(|u| (u.id, u.name))
                .collect(),
        })
    }
}

/// The most recent vintage among the datasets of these codes.
fn newest_of(datasets: &[Dataset], codes: &[String]) -> String {
    let named = datasets.iter().filter(|d| codes.contains(&d.code));
    let newest = named.max_by(|a, b| (&a.vintage, &a.code).cmp(&(&b.vintage, &b.code)));
    newest.map(|d| d.code.clone()).unwrap_or_default()
}

/// Middle of a box and the zoom at which it fills the map.
fn first_view(bbox: Option<BBox>) -> (LngLat, f64) {
    let Some(bbox) = bbox else {
        return (LngLat::from_e7(52_000_000, 521_000_000), 7.0);
    };
    let (west, south) = bbox.min.mercator();
    let (east, north) = bbox.max.mercator();
    let side = (east - west).max(south - north).max(1e-7);
    let zoom = (FIRST_VIEW_PX / 512.0 / side).log2().clamp(2.0, 16.0);
    (bbox.center(), (zoom * 10.0).floor() / 10.0)
}
