//! What loaded datasets say of the land as a whole: the datasets themselves, the regions, which place lies in which, and
//! the tiles of every level. An atlas never changes; a load puts a new one in its place.

use crate::error::AppError;
use crate::regions::{RegionRef, RegionView};
use geocrm_domain::dataset::Dataset;
use geocrm_domain::region::{Hierarchy, Region, RegionId, RegionLevel, RegionTree};
use geocrm_domain::{BBox, LngLat};
use geocrm_ingest::RegionIndex;
use geocrm_store::Store;
use geocrm_tiles::{RegionShape, TileSet, region_tiles, regions_layer_id};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

pub struct Atlas {
    /// Changes with every load: part of the tile URLs.
    pub version: String,
    pub datasets: Vec<Dataset>,
    pub tree: RegionTree,
    pub index: RegionIndex,
    pub region_tiles: HashMap<String, TileSet>,
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
        tokio::task::spawn_blocking(move || Self::build(datasets, regions, tree))
            .await
            .map_err(|e| AppError::internal("indexing the loaded data", e))?
    }

    /// The version that an atlas would have now.
    pub async fn present_version(store: &Store) -> Result<String, AppError> {
        Ok(version_of(&store.datasets().await?))
    }

    fn build(
        datasets: Vec<Dataset>,
        regions: Vec<Region>,
        tree: RegionTree,
    ) -> Result<Self, AppError> {
        let index = RegionIndex::new(&regions);
        let by_id: HashMap<RegionId, usize> =
            regions.iter().enumerate().map(|(i, r)| (r.id, i)).collect();
        let by_code = regions
            .iter()
            .enumerate()
            .map(|(i, r)| ((r.level, r.code.clone()), i))
            .collect();
        let mut region_tiles_of = HashMap::new();
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
            region_tiles_of.insert(regions_layer_id(*level), set);
        }
        Ok(Self {
            version: version_of(&datasets),
            datasets,
            tree,
            index,
            region_tiles: region_tiles_of,
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

    /// Box around the regions.
    pub fn extent(&self) -> Option<BBox> {
        self.regions
            .iter()
            .filter_map(|r| r.geometry.bbox())
            .reduce(BBox::union)
    }
}

fn version_of(datasets: &[Dataset]) -> String {
    let mut hash = Sha256::new();
    for dataset in datasets {
        hash.update(dataset.code.as_bytes());
        hash.update(dataset.loaded_at.timestamp_micros().to_be_bytes());
    }
    hex::encode(&hash.finalize()[..6])
}
