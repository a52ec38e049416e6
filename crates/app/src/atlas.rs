//! Everything loaded datasets bring, indexed in memory: regions and which record lies in which, the
//! geocoder, the road network, business parks and the shapes of the tile layers. An atlas never changes;
//! a load puts a new one in its place.

use crate::error::AppError;
use crate::regions::{RegionRef, RegionView};
use futures::TryStreamExt;
use geocrm_domain::dataset::Dataset;
use geocrm_domain::geometry::distance_to_area_m;
use geocrm_domain::record::{AreaRow, RoadRow};
use geocrm_domain::region::{Hierarchy, Region, RegionId, RegionLevel, RegionTree};
use geocrm_domain::road::RoadClass;
use geocrm_domain::{BBox, LngLat, MultiPolygon};
use geocrm_geocode::{AddressRecord, Geocoder};
use geocrm_ingest::RegionIndex;
use geocrm_roads::{RoadEdge, RoadGraph};
use geocrm_store::{Loaded, Store};
use geocrm_tiles::{
    AreaShape, BuildingShape, ParkShape, PlacePoint, RegionShape, RoadShape, TileSet, base_tiles,
    building_tiles, business_park_tiles, region_tiles, regions_layer_id, road_tiles,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

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

pub struct Atlas {
    /// Changes with every load: part of the tile URLs.
    pub version: String,
    pub datasets: Vec<Dataset>,
    pub geocoder: Geocoder,
    pub tree: RegionTree,
    pub index: RegionIndex,
    pub roads: RoadGraph,
    road_facts: HashMap<i64, RoadFacts>,
    pub tile_sets: HashMap<String, TileSet>,
    pub parks: Vec<Park>,
    pub regions: Vec<Region>,
    by_id: HashMap<RegionId, usize>,
    by_code: HashMap<(RegionLevel, String), usize>,
}

impl Atlas {
    /// Reads everything; the records themselves are the engine's.
    pub async fn read(store: &Store) -> Result<Self, AppError> {
        let datasets = store.datasets().await?;
        let regions = store.regions().await?;
        let tree = store.region_tree().await?;
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
        tokio::task::spawn_blocking(move || Self::build(datasets, regions, tree, addresses, shapes))
            .await
            .map_err(|e| AppError::internal("indexing the loaded data", e))?
    }

    fn build(
        datasets: Vec<Dataset>,
        regions: Vec<Region>,
        tree: RegionTree,
        addresses: Vec<AddressRecord>,
        mut shapes: Shapes,
    ) -> Result<Self, AppError> {
        let buildings = std::mem::take(&mut shapes.buildings);
        let (geocoder, tile_sets) = rayon::join(
            || Geocoder::build(addresses),
            || shapes.tile_sets(buildings),
        );
        let mut tile_sets = tile_sets.map_err(|e| AppError::internal("building tiles", e))?;
        let index = RegionIndex::new(&regions);
        let edges: Vec<RoadEdge<'_>> = shapes.roads.iter().map(road_edge).collect();
        let roads = RoadGraph::build(&edges)
            .map_err(|e| AppError::internal("building the road network", e))?;
        let road_facts = shapes
            .roads
            .iter()
            .map(|loaded| (loaded.id, RoadFacts::of(&loaded.row)))
            .collect();
        let by_id: HashMap<RegionId, usize> =
            regions.iter().enumerate().map(|(i, r)| (r.id, i)).collect();
        let by_code = regions
            .iter()
            .enumerate()
            .map(|(i, r)| ((r.level, r.code.clone()), i))
            .collect();
        for level in RegionLevel::ALL {
            let of_level: Vec<RegionShape> = regions
                .iter()
                .filter(|region| region.level == *level)
                .map(|region| RegionShape {
                    code: region.code.clone(),
                    name: region.name.clone(),
                    parent_code: region
                        .parent
                        .and_then(|p| by_id.get(&p))
                        .map(|i| regions[*i].code.clone()),
                    label_point: region.label_point,
                    geometry: region.geometry.clone(),
                })
                .collect();
            let set = region_tiles(*level, &of_level)
                .map_err(|e| AppError::internal("building tiles", e))?;
            tile_sets.insert(regions_layer_id(*level), set);
        }
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
            version: version_of(&datasets),
            datasets,
            geocoder,
            tree,
            index,
            roads,
            road_facts,
            tile_sets,
            parks,
            regions,
            by_id,
            by_code,
        })
    }

    pub fn region(&self, level: RegionLevel, code: &str) -> Option<&Region> {
        self.by_code
            .get(&(level, code.to_owned()))
            .map(|i| &self.regions[*i])
    }

    pub fn region_by_id(&self, id: RegionId) -> Option<&Region> {
        self.by_id.get(&id).map(|i| &self.regions[*i])
    }

    pub fn region_ref(region: &Region) -> RegionRef {
        RegionRef {
            level: region.level,
            code: region.code.clone(),
            name: region.name.clone(),
        }
    }

    pub fn region_view(&self, region: &Region) -> RegionView {
        let here = BBox {
            min: region.label_point,
            max: region.label_point,
        };
        RegionView {
            level: region.level,
            code: region.code.clone(),
            name: region.name.clone(),
            parent: region
                .parent
                .and_then(|p| self.region_by_id(p))
                .map(Self::region_ref),
            label_point: region.label_point,
            bbox: region.geometry.bbox().unwrap_or(here),
            area_m2: region.area_m2,
        }
    }

    pub fn road(&self, id: i64) -> Option<&RoadFacts> {
        self.road_facts.get(&id)
    }

    /// The region and the regions around it, widest first.
    pub fn path(&self, leaf: RegionId) -> Vec<&Region> {
        let mut path = Vec::new();
        let mut at = self.region_by_id(leaf);
        while let Some(region) = at {
            path.push(region);
            at = region.parent.and_then(|p| self.region_by_id(p));
            if path.len() > RegionLevel::ALL.len() {
                break;
            }
        }
        path.reverse();
        path
    }

    /// Regions of every hierarchy a place lies in, widest first.
    pub fn regions_at(&self, at: LngLat) -> Vec<&Region> {
        let leaves = self.index.leaves(at);
        Hierarchy::ALL
            .iter()
            .filter_map(|hierarchy| match hierarchy {
                Hierarchy::Admin => leaves.admin,
                Hierarchy::Admin2016 => leaves.admin_2016,
                Hierarchy::Admin2015 => leaves.admin_2015,
            })
            .flat_map(|leaf| self.path(leaf))
            .collect()
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

    /// Box around the tile layer of everything on the ground, else around the regions.
    pub fn extent(&self) -> Option<BBox> {
        let ground = self.tile_sets.get("buildings").and_then(TileSet::bounds);
        ground.or_else(|| {
            self.regions
                .iter()
                .filter_map(|r| r.geometry.bbox())
                .reduce(BBox::union)
        })
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

fn version_of(datasets: &[Dataset]) -> String {
    let mut hash = Sha256::new();
    for dataset in datasets {
        hash.update(dataset.code.as_bytes());
        hash.update(dataset.loaded_at.timestamp_micros().to_be_bytes());
    }
    hex::encode(&hash.finalize()[..6])
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
