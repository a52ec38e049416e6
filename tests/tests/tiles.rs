//! Every tile layer over the demo region at three zooms, decoded by another implementation: sound shapes, nothing
//! outside the buffer, totals that do not change where a tile cuts, and the points that `PostGIS` would draw.

use geocrm_tests::tiles::{Decoded, Place, Sweep, extent, tile_at, tiles_over};
use geocrm_tests::{Client, Home, Server};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Tile layers beside those of the region levels.
const LAYERS: [(&str, &str, [u32; 3]); 7] = [
    ("base", "", [8, 12, 14]),
    ("buildings", "", [13, 14, 15]),
    ("roads", "", [10, 12, 14]),
    ("business_parks", "", [8, 11, 13]),
    ("flows", "", [5, 8, 11]),
    ("accounts", "", [8, 11, 14]),
    ("hexagons", "cube=addresses&measure=dwellings", [8, 11, 13]),
];
const REGION_ZOOMS: [u32; 3] = [7, 10, 13];

#[test]
fn another_implementation_reads_every_tile() {
    let home = Home::new();
    let server = Server::start(&home, &["demo", "--size", "5000", "--seed", "11"]);
    let mut client = Client::new(&server);
    client.set_up(server.setup_token.as_deref().expect("a one-time link"));
    let catalogue = client.get("/api/v1/catalogue").expect(200).json();
    let region = extent(&catalogue["extent"]);
    let levels: Vec<(String, u64)> = catalogue["region_levels"]
        .as_array()
        .expect("levels")
        .iter()
        .map(|level| {
            let name = level["level"].as_str().expect("a name").to_owned();
            (name, level["count"].as_u64().expect("a count"))
        })
        .collect();

    let mut sweep = Sweep::default();
    for (layer, query, zooms) in LAYERS {
        let described = client
            .get(&format!("/tiles/{layer}.json"))
            .expect(200)
            .json();
        let range = ["minzoom", "maxzoom"].map(|name| described[name].as_u64().expect("a zoom"));
        for zoom in zooms {
            assert!(
                (range[0]..=range[1]).contains(&u64::from(zoom)),
                "{layer} {zoom}"
            );
            sweep.fetch(&mut client, layer, layer, query, &tiles_over(region, zoom));
        }
    }
    // Regions reach further than the addresses do.
    for (level, _) in &levels {
        let layer = format!("regions_{level}");
        let regions = client
            .get(&format!("/api/v1/regions/{level}"))
            .expect(200)
            .json();
        let over = around(&regions["regions"]);
        for zoom in REGION_ZOOMS {
            let places = tiles_over(over, zoom);
            sweep.fetch(&mut client, &layer, &layer, "", &places);
            let values = "cube=accounts&measure=count";
            sweep.fetch(
                &mut client,
                &format!("{layer}+values"),
                &layer,
                values,
                &places,
            );
        }
    }
    let accounts = records(&mut client);
    let drawn = tiles_over(region, 14);
    for (place, bytes) in points_of_postgis(&home, &drawn) {
        sweep.keep("postgis", place, &bytes);
    }
    eprintln!("{} tiles", sweep.fetched);
    let decoded = sweep.decode();
    let first: Vec<&String> = decoded.faults.iter().take(20).collect();
    assert!(
        first.is_empty(),
        "{} faults: {first:#?}",
        decoded.faults.len()
    );
    for (layer, _, _) in LAYERS
        .iter()
        .filter(|(layer, _, _)| *layer != "business_parks")
    {
        assert!(decoded.names().contains(layer), "nothing of {layer}");
    }

    hexagons_are_whole_in_every_tile(&mut client, &decoded);
    every_region_is_labelled_once(&decoded, &levels);
    values_are_those_of_the_query(&mut client, &decoded, &levels);
    clusters_add_up(&decoded, &accounts);
    points_are_those_of_postgis(&decoded, &accounts);
    server.stop();
}

/// The box around regions.
fn around(regions: &Value) -> [f64; 4] {
    let boxes = regions.as_array().expect("regions").iter();
    boxes
        .map(|region| extent(&region["bbox"]))
        .reduce(|a, b| {
            [
                a[0].min(b[0]),
                a[1].min(b[1]),
                a[2].max(b[2]),
                a[3].max(b[3]),
            ]
        })
        .expect("a region")
}

/// Every account that the cube places, by id, with its tile at zoom 14.
fn records(client: &mut Client) -> BTreeMap<String, Place> {
    let path = "/api/v1/cubes/accounts/records";
    let page = client
        .post(path, &json!({"limit": 1000}))
        .expect(200)
        .json();
    assert!(page["next"].is_null());
    page["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| {
            let (lng, lat) = (row["place"]["lng"].as_f64()?, row["place"]["lat"].as_f64()?);
            Some((row["id"].as_str()?.to_owned(), tile_at(lng, lat, 14)))
        })
        .collect()
}

fn hexagons_are_whole_in_every_tile(client: &mut Client, decoded: &Decoded) {
    let query = json!({"measures": ["count", "dwellings"]});
    let path = "/api/v1/cubes/addresses/query";
    let all = client.post(path, &query).expect(200).json();
    let wanted: Vec<i64> = (0..2)
        .map(|at| all["rows"][0]["values"][at].as_i64().expect("a sum"))
        .collect();
    for zoom in LAYERS[6].2 {
        let mut cells: BTreeMap<&str, (f64, i64)> = BTreeMap::new();
        let mut cut = 0;
        for (place, feature) in decoded.features("hexagons", zoom, "hexagons") {
            let properties = &feature["properties"];
            let id = properties["id"].as_str().expect("an id");
            let figures = (
                properties["value"].as_f64().expect("a value"),
                properties["count"].as_i64().expect("a count"),
            );
            if let Some(known) = cells.insert(id, figures) {
                cut += 1;
                assert_eq!(known, figures, "{id} in {place:?}");
            }
        }
        let counted: i64 = cells.values().map(|(_, count)| count).sum();
        let summed: f64 = cells.values().map(|(value, _)| value).sum();
        assert_eq!([counted, summed as i64], wanted[..], "zoom {zoom}");
        assert!(cut > 0 || zoom < 11, "no hexagon is cut at zoom {zoom}");
    }
}

fn every_region_is_labelled_once(decoded: &Decoded, levels: &[(String, u64)]) {
    for (level, count) in levels {
        for zoom in REGION_ZOOMS {
            let labels = decoded.features(&format!("regions_{level}"), zoom, "labels");
            let codes: BTreeSet<String> = labels
                .iter()
                .map(|(_, label)| label["properties"]["code"].to_string())
                .collect();
            assert_eq!(codes.len(), labels.len(), "{level} {zoom}: a label twice");
            // A region too small for its name has no label yet.
            let drawn = labels.len() as u64;
            let enough = drawn == *count || (zoom < REGION_ZOOMS[2] && drawn < *count);
            assert!(enough, "{level} {zoom}: {drawn} of {count} labels");
        }
    }
}

fn values_are_those_of_the_query(client: &mut Client, decoded: &Decoded, levels: &[(String, u64)]) {
    let mut compared = 0;
    for (level, _) in levels {
        let query = json!({"measures": ["count"], "dimensions": [level]});
        let reply = client.post("/api/v1/cubes/accounts/query", &query);
        if reply.status == 400 {
            continue;
        }
        let answer = reply.expect(200).json();
        let wanted: BTreeMap<String, f64> = answer["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .filter_map(|row| {
                let code = row["keys"][0].as_str()?.to_owned();
                Some((code, row["values"][0].as_f64()?))
            })
            .collect();
        let name = format!("regions_{level}+values");
        let mut seen = BTreeMap::new();
        for (_, feature) in decoded.features(&name, REGION_ZOOMS[1], "regions") {
            let code = feature["properties"]["code"].as_str().expect("a code");
            if let Some(value) = feature["properties"]["value"].as_f64() {
                let known = seen.insert(code.to_owned(), value);
                let same = known.is_none_or(|known| known.total_cmp(&value).is_eq());
                assert!(same, "{level} {code}");
            }
        }
        assert_eq!(seen, wanted, "{level}");
        compared += seen.len();
    }
    assert!(compared > 0, "regions with accounts");
}

fn clusters_add_up(decoded: &Decoded, accounts: &BTreeMap<String, Place>) {
    for zoom in LAYERS[5].2 {
        let (mut sum, mut clusters) = (0, 0);
        for (_, feature) in decoded.features("accounts", zoom, "accounts") {
            let properties = &feature["properties"];
            if properties["place_state"] == "doubtful" {
                continue;
            }
            let count = properties["count"].as_u64();
            assert_eq!(properties["cluster"] == true, count.is_some());
            assert_eq!(
                properties["id"].is_string(),
                count.is_none(),
                "{properties}"
            );
            sum += count.unwrap_or(1);
            clusters += u64::from(count.is_some());
        }
        assert_eq!(sum, accounts.len() as u64, "zoom {zoom}");
        assert_eq!(clusters > 0, zoom < 13, "zoom {zoom}: {clusters} clusters");
    }
}

/// Asks the home's own database for the same points.
fn points_of_postgis(home: &Home, places: &[Place]) -> Vec<(Place, Vec<u8>)> {
    let mut sql = String::new();
    for (z, x, y) in places {
        let _ = writeln!(
            sql,
            "SELECT '{z} {x} {y} ' || encode(ST_AsMVT(t, 'accounts', 4096, 'geom'), 'hex') FROM (\
             SELECT id::text AS id, ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_MakePoint(lng_e7 / 1e7, lat_e7 / 1e7), \
             4326), 3857), ST_TileEnvelope({z}, {x}, {y}), 4096, 0, true) AS geom FROM accounts \
             WHERE deleted_at IS NULL AND place_state IN ('matched', 'pinned')) t WHERE geom IS NOT NULL;"
        );
    }
    let said = home.ask(&sql);
    said.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(' ').collect();
            let number = |at: usize| cells[at].parse::<u32>().expect("a number");
            let bytes = hex::decode(cells[3]).expect("hexadecimal");
            (!bytes.is_empty()).then(|| ((number(0), number(1), number(2)), bytes))
        })
        .collect()
}

fn points_are_those_of_postgis(decoded: &Decoded, accounts: &BTreeMap<String, Place>) {
    let drawn = |name: &str| -> BTreeMap<String, (Place, Value)> {
        decoded
            .features(name, 14, "accounts")
            .into_iter()
            .filter(|(_, feature)| feature["properties"]["place_state"] != "doubtful")
            .map(|(place, feature)| {
                let id = feature["properties"]["id"].as_str().expect("an id");
                (id.to_owned(), (place, feature["anchor"].clone()))
            })
            .collect()
    };
    let (ours, theirs) = (drawn("accounts"), drawn("postgis"));
    let keys = |drawn: &BTreeMap<String, (Place, Value)>| -> BTreeMap<String, Place> {
        drawn
            .iter()
            .map(|(id, (place, _))| (id.clone(), *place))
            .collect()
    };
    assert_eq!(
        keys(&ours),
        keys(&theirs),
        "the same accounts in the same tiles"
    );
    assert_eq!(&keys(&ours), accounts);
    for (id, (_, at)) in &ours {
        let other = &theirs[id].1;
        for axis in 0..2 {
            let steps = at[axis].as_i64().expect("a step") - other[axis].as_i64().expect("a step");
            assert!(steps.abs() <= 1, "{id}: {at} here, {other} there");
        }
    }
}
