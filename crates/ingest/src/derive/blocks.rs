//! How buildings touch. Two outlines share a wall when they share two vertices or more; buildings that
//! share walls form a block. Mappers and registers draw a common wall once, so shared vertices are
//! exact and no distance threshold is needed.

use crate::regions;
use geocrm_domain::geometry::Polygon;
use geocrm_domain::place::BuildingForm;
use geocrm_domain::record::BuildingRow;
use rayon::prelude::*;

/// Square metres a yard must have before the block around it is closed.
const YARD_M2: f64 = 50.0;
/// Square metres below which a building is taken for a shed.
pub const MAIN_M2: i32 = 25;
/// Storeys from which a building can be a tower.
const TOWER_STOREYS: i32 = 8;
/// Metres of one storey, for comparing height with width.
const STOREY_M: f64 = 3.0;

/// What the shared walls say about one building.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Main buildings it shares a wall with.
    pub neighbours: u32,
    /// Main buildings of its block, itself included.
    pub block_size: u32,
    pub form: Option<BuildingForm>,
}

/// One entry per building; sheds and the like (`main` is false) stand outside every block.
pub fn standings(buildings: &[BuildingRow], main: &[bool]) -> Vec<Standing> {
    let walls = shared_walls(buildings, main);
    let mut blocks = Blocks::new(buildings.len());
    let mut neighbours = vec![0u32; buildings.len()];
    for &(a, b) in &walls {
        neighbours[a as usize] += 1;
        neighbours[b as usize] += 1;
        blocks.join(a, b);
    }
    let mut members: Vec<(u32, u32)> = (0..buildings.len() as u32)
        .filter(|i| main[*i as usize])
        .map(|i| (blocks.root(i), i))
        .collect();
    members.par_sort_unstable();
    let groups: Vec<&[(u32, u32)]> = members.chunk_by(|a, b| a.0 == b.0).collect();
    let mut standings = vec![Standing::default(); buildings.len()];
    let forms: Vec<BuildingForm> = groups
        .par_iter()
        .map(|group| {
            let walls: u32 = group.iter().map(|(_, i)| neighbours[*i as usize]).sum();
            form_of(group, walls as usize / 2, buildings)
        })
        .collect();
    for (group, form) in groups.iter().zip(forms) {
        for (_, index) in *group {
            let at = *index as usize;
            standings[at] = Standing {
                neighbours: neighbours[at],
                block_size: group.len() as u32,
                form: Some(if is_tower(&buildings[at]) {
                    BuildingForm::Tower
                } else {
                    form
                }),
            };
        }
    }
    standings
}

fn is_tower(building: &BuildingRow) -> bool {
    building.storeys.is_some_and(|storeys| {
        let height = f64::from(storeys) * STOREY_M;
        storeys >= TOWER_STOREYS && height > f64::from(building.footprint_m2.max(1)).sqrt()
    })
}

/// A block without a cycle of walls cannot enclose a yard; only the others are joined to look.
fn form_of(group: &[(u32, u32)], walls: usize, buildings: &[BuildingRow]) -> BuildingForm {
    match group.len() {
        1 => BuildingForm::FreeStanding,
        2 => BuildingForm::Pair,
        size if walls < size => BuildingForm::Row,
        _ => {
            let shapes = group.iter().map(|(_, i)| &buildings[*i as usize].geometry);
            let own: f64 = group
                .iter()
                .flat_map(|(_, i)| &buildings[*i as usize].geometry.0)
                .map(yards_m2)
                .sum();
            let joined: f64 = regions::union(shapes).0.iter().map(yards_m2).sum();
            if joined - own >= YARD_M2 {
                BuildingForm::ClosedBlock
            } else {
                BuildingForm::Row
            }
        }
    }
}

/// Area of holes large enough to be yards.
fn yards_m2(polygon: &Polygon) -> f64 {
    let area = |hole: &Vec<_>| {
        let exterior = hole.clone();
        let holes = Vec::new();
        geocrm_domain::geometry::MultiPolygon(vec![Polygon { exterior, holes }]).area_m2()
    };
    polygon
        .holes
        .iter()
        .map(area)
        .filter(|a| *a >= YARD_M2)
        .sum()
}

/// Pairs of main buildings with at least two outline vertices in common, smaller index first.
fn shared_walls(buildings: &[BuildingRow], main: &[bool]) -> Vec<(u32, u32)> {
    let mut vertices: Vec<(i32, i32, u32)> = buildings
        .par_iter()
        .enumerate()
        .filter(|(i, _)| main[*i])
        .flat_map_iter(|(i, building)| {
            let rings = building.geometry.0.iter().flat_map(Polygon::rings);
            rings.flatten().map(move |p| (p.lng_e7, p.lat_e7, i as u32))
        })
        .collect();
    vertices.par_sort_unstable();
    vertices.dedup();
    let mut pairs: Vec<(u32, u32)> = vertices
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .filter(|group| group.len() > 1)
        .flat_map(|group| {
            (0..group.len())
                .flat_map(move |i| (i + 1..group.len()).map(move |j| (group[i].2, group[j].2)))
        })
        .collect();
    pairs.par_sort_unstable();
    pairs
        .chunk_by(|a, b| a == b)
        .filter(|run| run.len() >= 2)
        .map(|run| run[0])
        .collect()
}

/// Union-find with path halving.
struct Blocks(Vec<u32>);

impl Blocks {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn root(&mut self, of: u32) -> u32 {
        let mut at = of;
        while self.0[at as usize] != at {
            let up = self.0[self.0[at as usize] as usize];
            self.0[at as usize] = up;
            at = up;
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.0[high as usize] = low;
    }
}
