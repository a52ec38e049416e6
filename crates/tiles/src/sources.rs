//! Which record becomes which feature. One function per layer made of shapes; the order of the
//! properties here is the catalogue's, and the table refuses anything else.

use crate::catalogue::{layer, regions_layer_id};
use crate::detail::{area_min_zoom, place_min_zoom, place_rank, road_min_zoom};
use crate::error::TileError;
use crate::mvt::Property::{self, Bool, Int, Text};
use crate::table::ShapeTableBuilder;
use crate::tile_set::TileSet;
use geocrm_domain::levels::Rule;
use geocrm_domain::place::{AreaKind, BuildingForm, BuildingUse, HousingType};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::road::{ConditionClass, RoadClass};
use geocrm_domain::{BBox, Geometry, LineString, LngLat, MultiPolygon, Value};

/// A surface area of the base map.
#[derive(Debug, Clone)]
pub struct AreaShape {
    pub kind: AreaKind,
    pub name: Option<String>,
    pub area_m2: i64,
    pub geometry: MultiPolygon,
}

#[derive(Debug, Clone)]
pub struct BuildingShape {
    pub id: i64,
    pub name: Option<String>,
    pub housing_type: Option<HousingType>,
    pub form: Option<BuildingForm>,
    pub building_use: Option<BuildingUse>,
    pub building_year: Option<i32>,
    pub storeys: Option<i32>,
    pub geometry: MultiPolygon,
}

#[derive(Debug, Clone)]
pub struct RoadShape {
    pub id: i64,
    pub name: Option<String>,
    pub class: RoadClass,
    pub surface: Option<String>,
    /// Condition index, 0 to 100.
    pub condition: Option<i32>,
    pub is_bridge_or_tunnel: bool,
    pub geometry: LineString,
}

/// A named point of the base map; `kind` as in `PlaceRow`.
#[derive(Debug, Clone)]
pub struct PlacePoint {
    pub name: String,
    pub kind: String,
    pub population: Option<i64>,
    pub place: LngLat,
}

#[derive(Debug, Clone)]
pub struct RegionShape {
    pub code: String,
    pub name: String,
    pub parent_code: Option<String>,
    pub label_point: LngLat,
    pub geometry: MultiPolygon,
}

#[derive(Debug, Clone)]
pub struct ParkShape {
    pub id: i64,
    pub name: Option<String>,
    pub area_m2: i64,
    pub geometry: MultiPolygon,
}

fn text(text: Option<&String>) -> Property<'_> {
    Property::from(text.map(String::as_str))
}

fn int(int: Option<i32>) -> Property<'static> {
    Property::from(int.map(i64::from))
}

/// The layer `base`. Areas are drawn large ones first, so that a pond in a park is seen.
pub fn base_tiles(
    areas: Vec<AreaShape>,
    buildings: impl IntoIterator<Item = (i64, MultiPolygon)>,
    roads: &[RoadShape],
    places: &[PlacePoint],
) -> Result<TileSet, TileError> {
    let base = layer("base")?;
    let mut land = ShapeTableBuilder::new(base, "land")?;
    let mut water = ShapeTableBuilder::new(base, "water")?;
    let mut areas = areas;
    areas.sort_by_key(|area| std::cmp::Reverse(area.area_m2));
    for area in areas {
        let min_zoom = area_min_zoom(area.kind, area.area_m2);
        let table = if area.kind == AreaKind::Water {
            &mut water
        } else {
            &mut land
        };
        table.push(
            &Geometry::Area(area.geometry),
            min_zoom,
            &[Text(area.kind.code()), text(area.name.as_ref())],
        )?;
    }
    let mut houses = ShapeTableBuilder::new(base, "buildings")?;
    for (id, geometry) in buildings {
        houses.push(&Geometry::Area(geometry), 13, &[Int(id)])?;
    }
    let mut lines = ShapeTableBuilder::new(base, "roads")?;
    let mut order: Vec<&RoadShape> = roads.iter().collect();
    // Main roads are drawn over side roads.
    order.sort_by_key(|road| std::cmp::Reverse(road.class));
    for road in order {
        lines.push(
            &Geometry::Line(road.geometry.clone()),
            road_min_zoom(road.class),
            &[
                Text(road.class.code()),
                text(road.name.as_ref()),
                Bool(road.is_bridge_or_tunnel),
            ],
        )?;
    }
    let mut names = ShapeTableBuilder::new(base, "places")?;
    let mut order: Vec<&PlacePoint> = places.iter().collect();
    order.sort_by_key(|place| place_rank(&place.kind, place.population));
    for place in order {
        names.push(
            &Geometry::Point(place.place),
            place_min_zoom(&place.kind, place.population),
            &[
                Text(&place.name),
                Text(&place.kind),
                Int(i64::from(place_rank(&place.kind, place.population))),
            ],
        )?;
    }
    let tables = [land, water, houses, lines, names].map(ShapeTableBuilder::finish);
    Ok(TileSet::new(base, tables.into()))
}

/// The layer `regions_{level}`: areas with shared borders and a label point each.
pub fn region_tiles(level: RegionLevel, regions: &[RegionShape]) -> Result<TileSet, TileError> {
    let def = layer(&regions_layer_id(level))?;
    let mut areas = ShapeTableBuilder::new(def, "regions")?;
    let mut labels = ShapeTableBuilder::new(def, "labels")?;
    for region in regions {
        areas.push(
            &Geometry::Area(region.geometry.clone()),
            def.min_zoom,
            &[
                Text(&region.code),
                Text(&region.name),
                text(region.parent_code.as_ref()),
            ],
        )?;
        let bbox = region.geometry.bbox();
        labels.push(
            &Geometry::Point(region.label_point),
            bbox.map_or(def.min_zoom, label_zoom).max(def.min_zoom),
            &[Text(&region.code), Text(&region.name)],
        )?;
    }
    Ok(TileSet::new(def, vec![areas.finish(), labels.finish()]))
}

/// First zoom at which the wider side of the box is 24 pixels, room for a short label.
fn label_zoom(bbox: BBox) -> u8 {
    let (west, north) = LngLat::from_e7(bbox.min.lng_e7, bbox.max.lat_e7).mercator();
    let (east, south) = LngLat::from_e7(bbox.max.lng_e7, bbox.min.lat_e7).mercator();
    let side = (east - west).max(south - north);
    (0..14)
        .find(|zoom| side * 512.0 * 2f64.powi(*zoom) >= 24.0)
        .unwrap_or(14) as u8
}

/// The layer `buildings`.
pub fn building_tiles(
    buildings: impl IntoIterator<Item = BuildingShape>,
) -> Result<TileSet, TileError> {
    let def = layer("buildings")?;
    let mut table = ShapeTableBuilder::new(def, "buildings")?;
    for building in buildings {
        let age = building
            .building_year
            .map(|year| Rule::AgeClass.apply(&Value::Int(i64::from(year))));
        let code = |code: Option<&'static str>| Property::from(code);
        table.push(
            &Geometry::Area(building.geometry),
            def.min_zoom,
            &[
                Int(building.id),
                code(building.housing_type.map(HousingType::code)),
                code(building.form.map(BuildingForm::code)),
                code(building.building_use.map(BuildingUse::code)),
                int(building.building_year),
                Property::from(age.as_ref().and_then(Value::as_text)),
                int(building.storeys),
                text(building.name.as_ref()),
            ],
        )?;
    }
    Ok(TileSet::new(def, vec![table.finish()]))
}

/// The layer `roads`; the worst condition is drawn last, on top.
pub fn road_tiles(roads: &[RoadShape]) -> Result<TileSet, TileError> {
    let def = layer("roads")?;
    let mut table = ShapeTableBuilder::new(def, "roads")?;
    let mut order: Vec<&RoadShape> = roads.iter().collect();
    order.sort_by_key(|road| std::cmp::Reverse(road.condition.unwrap_or(i32::MAX)));
    for road in order {
        let class = road.condition.map_or("unknown", |condition| {
            ConditionClass::of(i64::from(condition)).code()
        });
        table.push(
            &Geometry::Line(road.geometry.clone()),
            road_min_zoom(road.class).max(def.min_zoom),
            &[
                Int(road.id),
                Text(road.class.code()),
                text(road.name.as_ref()),
                int(road.condition),
                Text(class),
                text(road.surface.as_ref()),
            ],
        )?;
    }
    Ok(TileSet::new(def, vec![table.finish()]))
}

/// The layer `business_parks`. The label stands on the park's widest polygon's middle or, where that is
/// outside it, on the nearest of its vertices to it.
pub fn business_park_tiles(parks: &[ParkShape]) -> Result<TileSet, TileError> {
    let def = layer("business_parks")?;
    let mut areas = ShapeTableBuilder::new(def, "business_parks")?;
    let mut labels = ShapeTableBuilder::new(def, "labels")?;
    for park in parks {
        areas.push(
            &Geometry::Area(park.geometry.clone()),
            def.min_zoom,
            &[Int(park.id), text(park.name.as_ref()), Int(park.area_m2)],
        )?;
        let (Some(name), Some(bbox)) = (&park.name, park.geometry.bbox()) else {
            continue;
        };
        let Some(at) = label_point(&park.geometry) else {
            continue;
        };
        labels.push(
            &Geometry::Point(at),
            label_zoom(bbox).max(def.min_zoom),
            &[Int(park.id), Text(name)],
        )?;
    }
    Ok(TileSet::new(def, vec![areas.finish(), labels.finish()]))
}

fn label_point(area: &MultiPolygon) -> Option<LngLat> {
    let widest = area
        .0
        .iter()
        .filter_map(|polygon| Some((polygon, polygon.bbox()?)))
        .max_by_key(|(_, bbox)| i64::from(bbox.max.lng_e7) - i64::from(bbox.min.lng_e7))?;
    let (polygon, bbox) = widest;
    let middle = bbox.center();
    if polygon.contains(middle) {
        return Some(middle);
    }
    polygon
        .exterior
        .iter()
        .copied()
        .min_by(|a, b| a.haversine_m(middle).total_cmp(&b.haversine_m(middle)))
}
