//! What a request selects: filter text, stored filter, drawn area and viewport, all joined by AND into
//! one filter and one area. Map, chart, table, tile and export build theirs here and nowhere else.

use crate::App;
use crate::area::{self, Area};
use crate::cql2;
use crate::error::AppError;
use crate::geojson;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{BBox, Filter, LngLat, MultiPolygon};
use serde_json::Value as Json;

/// The parts of a request that narrow a cube; all that are present must hold.
#[derive(Debug, Clone, Default)]
pub struct SelectionRequest {
    /// CQL2 text or JSON.
    pub filter: Option<Json>,
    /// Hash of a stored filter.
    pub stored: Option<String>,
    /// `GeoJSON` Polygon or `MultiPolygon`, or a set of them.
    pub geometry: Option<Json>,
    /// West, south, east, north in degrees.
    pub bbox: Option<[f64; 4]>,
}

/// Bound to a cube: every name is known to exist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    pub filter: Option<Filter>,
    pub geometry: Option<MultiPolygon>,
}

impl Selection {
    /// Narrows by one more area; two areas become one area and one condition.
    fn within(self, area: MultiPolygon) -> Self {
        match self.geometry {
            None => Self {
                filter: self.filter,
                geometry: Some(area),
            },
            Some(first) => Self {
                filter: Filter::and(self.filter, Some(Filter::Within(area))),
                geometry: Some(first),
            },
        }
    }
}

impl Selection {
    fn inside(self, area: Area) -> Self {
        match area {
            Area::Drawn(area) => self.within(area),
            Area::Set(filter) => Self {
                filter: Filter::and(self.filter, Some(filter)),
                geometry: self.geometry,
            },
        }
    }
}

impl App {
    /// Looks up names and stored filters; errors name the field.
    pub async fn select(
        &self,
        cube: &'static Cube,
        request: &SelectionRequest,
    ) -> Result<Selection, AppError> {
        let mut selection = Selection::default();
        if let Some(json) = request.filter.as_ref().filter(|json| !json.is_null()) {
            selection.filter = Some(cql2::parse_json(cube, json)?);
        }
        if let Some(hash) = &request.stored {
            let stored = self.stored_filter(hash).await?;
            if let Some(json) = stored.cql2.as_ref().filter(|json| !json.is_null()) {
                selection.filter =
                    Filter::and(selection.filter, Some(cql2::parse_json(cube, json)?));
            }
            if let Some(json) = &stored.geometry {
                selection = selection.within(geojson::parse_area(json)?);
            }
        }
        if let Some(json) = request.geometry.as_ref().filter(|json| !json.is_null()) {
            selection = selection.inside(area::parse(json)?);
        }
        if let Some(bbox) = request.bbox {
            selection = selection.within(MultiPolygon::from_bbox(parse_bbox(bbox)?));
        }
        Ok(selection)
    }
}

fn parse_bbox([west, south, east, north]: [f64; 4]) -> Result<BBox, AppError> {
    let corner = |lng: f64, lat: f64| {
        LngLat::from_degrees(lng.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0)).ok_or_else(|| {
            AppError::field("bbox", None, "give west, south, east, north in degrees")
        })
    };
    let (min, max) = (corner(west, south)?, corner(east, north)?);
    if min.lng_e7 > max.lng_e7 || min.lat_e7 > max.lat_e7 {
        return Err(AppError::field(
            "bbox",
            None,
            "west must not exceed east, nor south north",
        ));
    }
    Ok(BBox { min, max })
}
