//! What lies on the ground, indexed in memory: the geocoder over all addresses, the road network, business parks and the
//! shapes of the tile layers. It takes minutes to read where there are millions of addresses, so a restart serves
//! everything else meanwhile and says of these that they are still being read; after a load the former ones serve until
//! the new ones are there, and nobody waits.

use crate::App;
use crate::atlas::Atlas;
use crate::change::Change;
use crate::error::AppError;
use futures::TryStreamExt;
use geocrm_domain::geometry::distance_to_area_m;
use geocrm_domain::record::{AreaRow, RoadRow};
use geocrm_domain::road::RoadClass;
use geocrm_domain::{BBox, LngLat, MultiPolygon};
use geocrm_geocode::{AddressRecord, Geocoder};
use geocrm_roads::{RoadEdge, RoadGraph};
use geocrm_store::{Loaded, Store};
use geocrm_tiles::{
    AreaShape, BuildingShape, ParkShape, PlacePoint, RoadShape, TileSet, base_tiles,
    building_tiles, business_park_tiles, road_tiles,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Beyond this a business park does not count as near, in metres.
pub const PARK_REACH_M: f64 = 25_000.0;

/// A business park with the box around it.
#[derive(Debug)]
pub struct Park {
    pub name: Option<String>,
    pub geometry: MultiPolygon,
    bbox: BBox,
}

/// What is told of a road beside its shape.
#[derive(Debug, Clone)]
pub struct RoadFacts {
    pub name: Option<String>,
    pub class: RoadClass,
    pub condition: Option<u8>,
}

impl RoadFacts {
    fn of(road: &RoadRow) -> Self {
        Self {
            name: road.name.clone(),
            class: road.class,
            condition: road.condition.map(|(index, _)| index),
        }
    }
}

/// How long a request waits for the first reading to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Never changes; a load puts a new one in its place.
pub struct Ground {
    /// That of the atlas whose datasets it was read from: part of the tile URLs.
    pub version: String,
    pub geocoder: Geocoder,
    pub roads: RoadGraph,
    road_facts: HashMap<i64, RoadFacts>,
    pub tile_sets: HashMap<String, TileSet>,
    parks: Vec<Park>,
}

impl Ground {
    pub async fn read(store: &Store) -> Result<Self, AppError> {
        // Asked first: what is loaded meanwhile is read under the former version, and then again.
        let version = Atlas::present_version(store).await?;
        let mut addresses = Vec::new();
        let mut stream = std::pin::pin!(store.stream_geocoder_addresses());
        while let Some(row) = stream.try_next().await? {
            addresses.push(AddressRecord {
                id: row.id,
                address: row.address,
                place: row.place,
            });
        }
        let shapes = Shapes::read(store).await?;
        tokio::task::spawn_blocking(move || Self::build(version, addresses, shapes))
            .await
            .map_err(|e| AppError::internal("indexing the loaded data", e))?
    }

    fn build(
        version: String,
        addresses: Vec<AddressRecord>,
        mut shapes: Shapes,
    ) -> Result<Self, AppError> {
        let buildings = std::mem::take(&mut shapes.buildings);
        let (geocoder, tile_sets) = rayon::join(
            || Geocoder::build(addresses),
            || shapes.tile_sets(buildings),
        );
        let tile_sets = tile_sets.map_err(|e| AppError::internal("building tiles", e))?;
        let edges: Vec<RoadEdge<'_>> = shapes.roads.iter().map(road_edge).collect();
        let roads = RoadGraph::build(&edges)
            .map_err(|e| AppError::internal("building the road network", e))?;
        let road_facts = shapes
            .roads
            .iter()
            .map(|loaded| (loaded.id, RoadFacts::of(&loaded.row)))
            .collect();
        let parks = shapes
            .areas
            .into_iter()
            .map(|loaded| loaded.row)
            .filter(|area| area.kind.is_business_park())
            .filter_map(|area| {
                Some(Park {
                    bbox: area.geometry.bbox()?,
                    name: area.name,
                    geometry: area.geometry,
                })
            })
            .collect();
        Ok(Self {
            version,
            geocoder,
            roads,
            road_facts,
            tile_sets,
            parks,
        })
    }

    pub fn road(&self, id: i64) -> Option<&RoadFacts> {
        self.road_facts.get(&id)
    }

    /// The nearest business park and the haversine metres to its edge.
    pub fn nearest_park(&self, at: LngLat) -> Option<(&Park, f64)> {
        let mut near: Vec<(f64, &Park)> = self
            .parks
            .iter()
            .map(|park| (distance_to_box_m(at, &park.bbox), park))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut best: Option<(&Park, f64)> = None;
        for (at_least, park) in near {
            if at_least > best.map_or(PARK_REACH_M, |(_, distance)| distance) {
                break;
            }
            let distance = distance_to_area_m(at, &park.geometry);
            if distance <= PARK_REACH_M && best.is_none_or(|(_, nearest)| distance < nearest) {
                best = Some((park, distance));
            }
        }
        best
    }

    /// Box around the buildings.
    pub fn extent(&self) -> Option<BBox> {
        self.tile_sets.get("buildings").and_then(TileSet::bounds)
    }
}

impl App {
    /// What lies on the ground. While it is read for the first time this waits, but not for long:
    /// [`AppError::Unavailable`].
    pub(crate) async fn ground(&self) -> Result<Arc<Ground>, AppError> {
        let mut ground = self.ground.subscribe();
        let read = tokio::time::timeout(PATIENCE, ground.wait_for(Option::is_some)).await;
        let ground = read.ok().and_then(|found| found.ok()?.clone());
        ground.ok_or_else(|| {
            AppError::Unavailable(
                "the addresses, roads and buildings are still being read; try again in a few seconds"
                    .to_owned(),
            )
        })
    }

    /// The same without waiting.
    pub(crate) fn ground_now(&self) -> Option<Arc<Ground>> {
        self.ground.borrow().clone()
    }

    /// Reads what lies on the ground beside the answers, unless it was read since the last load, and tells open pages.
    pub async fn read_ground(&self) -> Result<(), AppError> {
        let _reading = self.reading_ground.lock().await;
        let known = self.ground_now().map(|ground| ground.version.clone());
        if known.as_ref() == Some(&self.atlas().version) {
            return Ok(());
        }
        // It may know of a load before the atlas does.
        if known.is_some() && known == Some(Atlas::present_version(&self.store).await?) {
            return Ok(());
        }
        let ground = tokio::select! {
            read = Ground::read(&self.store) => Arc::new(read?),
            () = self.closing() => {
                return Err(AppError::Unavailable("the program is being stopped".to_owned()));
            }
        };
        let is_first = self.ground.send_replace(Some(ground)).is_none();
        if !is_first {
            self.finished_tiles.invalidate_all();
            // Nobody listening is fine.
            let _ = self.events.send(Change::everything(self.data_version()));
        }
        Ok(())
    }
}

/// A lower bound of the distance to anything inside a box.
fn distance_to_box_m(at: LngLat, bbox: &BBox) -> f64 {
    let nearest = LngLat::from_e7(
        at.lng_e7.clamp(bbox.min.lng_e7, bbox.max.lng_e7),
        at.lat_e7.clamp(bbox.min.lat_e7, bbox.max.lat_e7),
    );
    // Meridians converge, so the nearest point of the box in degrees may be a little farther than the nearest in metres.
    at.haversine_m(nearest) * 0.99
}

fn road_edge(loaded: &Loaded<RoadRow>) -> RoadEdge<'_> {
    let road = &loaded.row;
    RoadEdge {
        id: loaded.id,
        line: &road.geometry,
        class: road.class,
        condition: road.condition.map(|(index, _)| index),
        oneway: road.oneway,
        name: road.name.as_deref(),
    }
}

/// Shapes on their way into tile sets.
struct Shapes {
    areas: Vec<Loaded<AreaRow>>,
    roads: Vec<Loaded<RoadRow>>,
    buildings: Vec<BuildingShape>,
    places: Vec<PlacePoint>,
}

impl Shapes {
    async fn read(store: &Store) -> Result<Self, AppError> {
        let mut buildings = Vec::new();
        let mut stream = std::pin::pin!(store.stream_buildings());
        while let Some(Loaded { id, row, .. }) = stream.try_next().await? {
            buildings.push(BuildingShape {
                id,
                name: row.name,
                housing_type: row.housing_type.map(|(code, _)| code),
                form: row.form.map(|(code, _)| code),
                building_use: row.building_use.map(|(code, _)| code),
                building_year: row.building_year,
                storeys: row.storeys,
                geometry: row.geometry,
            });
        }
        let places = store
            .stream_place_labels()
            .map_ok(|loaded| PlacePoint {
                name: loaded.row.name,
                kind: loaded.row.kind,
                population: loaded.row.population,
                place: loaded.row.place,
            })
            .try_collect()
            .await?;
        Ok(Self {
            areas: store.stream_areas().try_collect().await?,
            roads: store.stream_roads().try_collect().await?,
            buildings,
            places,
        })
    }

    /// Outlines of buildings are kept once, in the thematic layer; tiles of the base map take them from there.
    fn tile_sets(
        &self,
        buildings: Vec<BuildingShape>,
    ) -> Result<HashMap<String, TileSet>, geocrm_tiles::TileError> {
        let roads: Vec<RoadShape> = self
            .roads
            .iter()
            .map(|Loaded { id, row, .. }| RoadShape {
                id: *id,
                name: row.name.clone(),
                class: row.class,
                surface: row.surface.clone(),
                condition: row.condition.map(|(index, _)| i32::from(index)),
                is_bridge_or_tunnel: row.is_bridge_or_tunnel,
                geometry: row.geometry.clone(),
            })
            .collect();
        let areas = self
            .areas
            .iter()
            .map(|Loaded { row, .. }| AreaShape {
                kind: row.kind,
                name: row.name.clone(),
                area_m2: row.area_m2,
                geometry: row.geometry.clone(),
            })
            .collect();
        let parks: Vec<ParkShape> = self
            .areas
            .iter()
            .filter(|loaded| loaded.row.kind.is_business_park())
            .map(|Loaded { id, row, .. }| ParkShape {
                id: *id,
                name: row.name.clone(),
                area_m2: row.area_m2,
                geometry: row.geometry.clone(),
            })
            .collect();
        let sets = [
            base_tiles(areas, std::iter::empty(), &roads, &self.places)?,
            building_tiles(buildings)?,
            road_tiles(&roads)?,
            business_park_tiles(&parks)?,
        ];
        Ok(sets
            .into_iter()
            .map(|set| (set.layer().id.clone(), set))
            .collect())
    }
}
