//! Tiles fetched over a region and decoded by another implementation (`decode.py`), for whoever looks into them.

use crate::Client;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A tile's column and row at a zoom.
pub type Place = (u32, u32, u32);

/// `[west, south, east, north]` of a JSON array of degrees.
pub fn extent(value: &Value) -> [f64; 4] {
    let degrees: Vec<f64> = value
        .as_array()
        .expect("an extent")
        .iter()
        .map(|degree| degree.as_f64().expect("degrees"))
        .collect();
    degrees.try_into().expect("four numbers")
}

/// Zoom, column and row of the tile that holds a place.
pub fn tile_at(lng: f64, lat: f64, zoom: u32) -> Place {
    let side = f64::from(1 << zoom);
    let y = (lat.to_radians().tan().asinh() / std::f64::consts::PI).mul_add(-0.5, 0.5);
    let step = |share: f64| (share * side).clamp(0.0, side - 1.0) as u32;
    (zoom, step(lng / 360.0 + 0.5), step(y))
}

/// Every tile of a zoom that meets the extent.
pub fn tiles_over([west, south, east, north]: [f64; 4], zoom: u32) -> Vec<Place> {
    let (_, left, top) = tile_at(west, north, zoom);
    let (_, right, bottom) = tile_at(east, south, zoom);
    (left..=right)
        .flat_map(|x| (top..=bottom).map(move |y| (zoom, x, y)))
        .collect()
}

/// Tiles on their way to the decoder.
pub struct Sweep {
    folder: TempDir,
    pub fetched: usize,
}

/// What the decoder found.
pub struct Decoded {
    pub faults: Vec<String>,
    tiles: Vec<Value>,
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            folder: TempDir::new().expect("a folder"),
            fetched: 0,
        }
    }
}

impl Sweep {
    /// Fetches `/tiles/LAYER/z/x/y.mvt?QUERY` for every place and keeps what is not empty under `name`.
    pub fn fetch(
        &mut self,
        client: &mut Client,
        name: &str,
        layer: &str,
        query: &str,
        places: &[Place],
    ) {
        for (z, x, y) in places {
            let path = format!("/tiles/{layer}/{z}/{x}/{y}.mvt?{query}");
            let reply = client.get(&path);
            match reply.status {
                200 => self.keep(name, (*z, *x, *y), &reply.body),
                204 => assert!(reply.body.is_empty(), "{path}"),
                other => panic!("{path}: {other}"),
            }
        }
    }

    pub fn keep(&mut self, name: &str, (z, x, y): Place, bytes: &[u8]) {
        let file = self.folder.path().join(format!("{name}_{z}_{x}_{y}.mvt"));
        fs::write(file, bytes).expect("a file");
        self.fetched += 1;
    }

    /// Decodes them all with the Python of `GEOCRM_PYTHON`.
    pub fn decode(self) -> Decoded {
        let python = std::env::var_os("GEOCRM_PYTHON").expect(
            "GEOCRM_PYTHON names a Python with tests/requirements.txt; `make test` sets it",
        );
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("decode.py");
        let output = Command::new(python)
            .arg(program)
            .arg(self.folder.path())
            .output()
            .expect("Python runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "a tile does not decode: {error}");
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let list = |name: &str| said[name].as_array().expect("a list").clone();
        let tiles = list("tiles");
        assert_eq!(tiles.len(), self.fetched);
        let fault = |fault: &Value| fault.as_str().unwrap_or_default().to_owned();
        Decoded {
            faults: list("faults").iter().map(fault).collect(),
            tiles,
        }
    }
}

impl Decoded {
    /// The features of one MVT layer of the tiles kept under a name at a zoom, with the tile of each.
    pub fn features(&self, name: &str, zoom: u32, layer: &str) -> Vec<(Place, &Value)> {
        self.tiles
            .iter()
            .filter(|tile| tile["name"] == name && tile["z"] == zoom)
            .flat_map(|tile| {
                let number = |member: &str| tile[member].as_u64().expect("a number") as u32;
                let place = (number("z"), number("x"), number("y"));
                let features = tile["layers"][layer].as_array();
                features.into_iter().flatten().map(move |f| (place, f))
            })
            .collect()
    }

    /// Names under which anything was drawn.
    pub fn names(&self) -> BTreeSet<&str> {
        let names = self.tiles.iter().map(|tile| tile["name"].as_str());
        names.flatten().collect()
    }
}
