//! Does a broken file change anything? Every kind of file is broken in the ways files break and loaded over a
//! version that is there: the answer says where it breaks, and the database is to the last row what it was.

use crate::support::{Quiet, World, run};
use geocrm_app::error::AppError;
use std::path::Path;

fn recipe(code: &str, file: &str, format: &str, kind: &str, rest: &str) -> String {
    format!(
        "code='{code}'\ntitle='t'\nsource='s'\nlicence='l'\nattribution='a'\nvintage='v'\n\
         file='{file}'\nformat='{format}'\nkind='{kind}'\norder=1\n{rest}"
    )
}

const REGIONS: &str = "[regions]\nlevel = 'neighbourhood_2015'\ncode = 'code'\nname = 'name'\n";
const FIGURES: &str = "[indicators]\ncode = 'code'\nyear = 2024\nlevels = { N = 'neighbourhood_2015' }\n\
     [[indicators.column]]\ncolumn = 'people'\nindicator = 'population'\nen = 'Population'\nnl = 'Inwoners'\n\
     unit = 'persons'\nadditive = true\n";

/// A feature of a square of a tenth of a degree, `at` degrees east.
fn feature(code: &str, at: f64) -> String {
    let to = at + 0.1;
    polygon(
        code,
        &format!("[[{at},52],[{to},52],[{to},52.1],[{at},52.1],[{at},52]]"),
    )
}

fn polygon(code: &str, ring: &str) -> String {
    format!(
        "{{\"type\":\"Feature\",\"properties\":{{\"code\":\"{code}\",\"name\":\"{code}\"}},\
         \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}}}"
    )
}

fn collection(features: &[String], crs: Option<&str>) -> String {
    let crs = crs.map_or(String::new(), |name| {
        format!("\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"{name}\"}}}},")
    });
    format!(
        "{{\"type\":\"FeatureCollection\",{crs}\"features\":[{}]}}",
        features.join(",")
    )
}

/// The frame of a PBF blob that claims so many bytes and brings these.
fn blob(kind: &str, claimed: u64, content: &[u8]) -> Vec<u8> {
    let varint = |mut value: u64, out: &mut Vec<u8>| {
        while value >= 0x80 {
            out.push((value as u8) | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    };
    let mut header = vec![10, kind.len() as u8];
    header.extend(kind.as_bytes());
    header.push(24);
    varint(claimed, &mut header);
    let mut out = (header.len() as u32).to_be_bytes().to_vec();
    out.extend(header);
    out.extend(content);
    out
}

/// A header block that says it is a map.
fn pbf_header() -> Vec<u8> {
    let feature = b"OsmSchema-V0.6";
    let mut block = vec![34, feature.len() as u8];
    block.extend(feature);
    let mut content = vec![10, block.len() as u8];
    content.extend(block);
    blob("OSMHeader", content.len() as u64, &content)
}

fn noise(length: u64) -> Vec<u8> {
    let step = |n: u64| {
        n.wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407)
    };
    let mut state = 42;
    (0..length)
        .map(|_| {
            state = step(state);
            (state >> 56) as u8
        })
        .collect()
}

struct Case {
    what: &'static str,
    recipe: String,
    file: &'static str,
    bytes: Vec<u8>,
    /// Every one of them must stand in the error.
    told: &'static [&'static str],
}

fn case(
    what: &'static str,
    (file, format, kind, rest): (&'static str, &str, &str, &str),
    bytes: impl Into<Vec<u8>>,
    told: &'static [&'static str],
) -> Case {
    let code = match kind {
        "regions" => "good_regions",
        "indicators" => "good_figures",
        other => other,
    };
    Case {
        what,
        recipe: recipe(code, file, format, kind, rest),
        file,
        bytes: bytes.into(),
        told,
    }
}

fn broken() -> Vec<Case> {
    let geo = ("a.geojson", "geojson", "regions", REGIONS);
    let wkt_rest = format!("{REGIONS}geometry = 'shape'\n");
    let wkt = ("a.csv", "csv", "regions", wkt_rest.as_str());
    let osm = ("a.osm.pbf", "osm_pbf", "osm", "[osm]\ncountry='NL'\n");
    let figures = ("f.csv", "csv", "indicators", FIGURES);
    let accounts = ("k.csv", "csv", "accounts", "[accounts]\nname='name'\n");
    let good = collection(&[feature("N1", 5.0), feature("N2", 5.1)], None);
    let rd = "[[121000,487000],[122000,487000],[122000,488000],[121000,487000]]";
    let truncated = [pbf_header(), blob("OSMData", 5_000, &[0; 100])].concat();
    let giant = [pbf_header(), blob("OSMData", 10 << 30, &[])].concat();
    let header_only = pbf_header();
    vec![
        case(
            "half a GeoJSON",
            geo,
            &good.as_bytes()[..good.len() / 2],
            &["a.geojson"],
        ),
        case("an empty GeoJSON", geo, "", &["a.geojson", "empty"]),
        case(
            "a GeoJSON without features",
            geo,
            collection(&[], None),
            &["a.geojson", "empty"],
        ),
        case(
            "metres without a coordinate system",
            geo,
            collection(&[polygon("N1", rd)], None),
            &["a.geojson", "feature 1", "coordinate system is wrong"],
        ),
        case(
            "another coordinate system than the recipe's",
            (
                "a.geojson",
                "geojson",
                "regions",
                &format!("crs='EPSG:28992'\n{REGIONS}"),
            ),
            collection(&[polygon("N1", rd)], Some("EPSG:4326")),
            &["a.geojson", "EPSG:28992", "EPSG:4326"],
        ),
        case(
            "a coordinate system nobody knows",
            geo,
            collection(&[polygon("N1", rd)], Some("EPSG:2056")),
            &["a.geojson", "2056"],
        ),
        case(
            "shapes in a table without a coordinate system",
            wkt,
            "code,name,shape\nN1,Dam,\"POLYGON((5 52,5.1 52,5.1 52.1,5 52))\"\n",
            &["a.csv", "crs ="],
        ),
        case(
            "nothing but invalid polygons",
            geo,
            collection(
                &[
                    polygon("N1", "[[5,52],[5.1,52],[5,52]]"),
                    polygon("N2", "[]"),
                ],
                None,
            ),
            &["a.geojson", "all 2 rows", "feature 1", "geometry"],
        ),
        case(
            "a truncated map",
            osm,
            truncated,
            &["a.osm.pbf", "truncated"],
        ),
        case("a map that claims 10 GB", osm, giant, &["a.osm.pbf"]),
        case(
            "a map cut in its header",
            osm,
            &header_only[..header_only.len() / 2],
            &["a.osm.pbf"],
        ),
        case(
            "a map without content",
            osm,
            header_only.clone(),
            &["a.osm.pbf", "empty"],
        ),
        case("noise as a map", osm, noise(50_000), &["a.osm.pbf"]),
        case("an empty map", osm, "", &["a.osm.pbf", "empty"]),
        case(
            "figures of unknown regions only",
            figures,
            "code,people\nN8,1\nN9,2\n",
            &["f.csv", "all 2 rows", "N8"],
        ),
        case(
            "figures without their column",
            figures,
            "code,persons\nN1,1\n",
            &["f.csv", "people"],
        ),
        case(
            "noise as figures",
            figures,
            noise(50_000),
            &["f.csv", "binary"],
        ),
        case(
            "noise as a workbook",
            ("f.xlsx", "xlsx", "indicators", FIGURES),
            noise(50_000),
            &["f.xlsx"],
        ),
        case(
            "noise as a GeoPackage",
            ("a.gpkg", "geopackage", "regions", REGIONS),
            noise(50_000),
            &["a.gpkg"],
        ),
        case(
            "noise as a FlatGeobuf",
            ("a.fgb", "flatgeobuf", "regions", REGIONS),
            noise(50_000),
            &["a.fgb"],
        ),
        case(
            "noise as a Shapefile",
            ("a.shp", "shapefile", "regions", REGIONS),
            noise(50_000),
            &["a.shp"],
        ),
        case(
            "noise as accounts",
            accounts,
            noise(50_000),
            &["k.csv", "binary"],
        ),
        case(
            "accounts without names",
            accounts,
            "street,city\nDamrak,Amsterdam\n",
            &["k.csv"],
        ),
    ]
}

async fn load(world: &World, folder: &Path, text: &str) -> Result<Vec<String>, AppError> {
    let file = folder.join("recipe.toml");
    std::fs::write(&file, text).expect("written");
    let reports = world.app.load_recipe_file(folder, &file, &Quiet).await?;
    let rejections = reports.iter().flat_map(|report| &report.rejections);
    Ok(rejections.map(|r| format!("{r:?}")).collect())
}

#[test]
fn a_broken_file_changes_nothing() {
    run(async {
        let world = World::demo().await;
        let folder = world.home.path().join("files");
        std::fs::create_dir(&folder).expect("a folder");
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes);

        // The versions that must survive.
        let good = collection(&[feature("N1", 5.0), feature("N2", 5.1)], None);
        write("a.geojson", good.as_bytes()).expect("written");
        let regions = recipe("good_regions", "a.geojson", "geojson", "regions", REGIONS);
        assert_eq!(
            load(&world, &folder, &regions).await.expect("loaded"),
            [""; 0]
        );
        write("f.csv", b"code,people\nN1,10\nN2,20\n").expect("written");
        let figures = recipe("good_figures", "f.csv", "csv", "indicators", FIGURES);
        assert_eq!(
            load(&world, &folder, &figures).await.expect("loaded"),
            [""; 0]
        );

        let before = world.db.fingerprint().await.expect("a fingerprint");
        let version = world.app.data_version();
        let mut failures = Vec::new();
        for case in broken() {
            write(case.file, &case.bytes).expect("written");
            match load(&world, &folder, &case.recipe).await {
                Ok(rejections) => failures.push(format!("{} is loaded: {rejections:?}", case.what)),
                Err(AppError::Invalid { detail, .. }) => {
                    for word in case.told {
                        if !detail.to_lowercase().contains(&word.to_lowercase()) {
                            failures.push(format!("{}: {word:?} is not in: {detail}", case.what));
                        }
                    }
                }
                Err(other) => failures.push(format!("{}: {other:?}", case.what)),
            }
            let after = world.db.fingerprint().await.expect("a fingerprint");
            let changed: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).collect();
            if !changed.is_empty() {
                failures.push(format!("{} changed {changed:?}", case.what));
            }
            assert!(
                failures.len() < 12 && changed.is_empty(),
                "{}",
                failures.join("\n")
            );
            assert_eq!(world.app.data_version(), version, "{}", case.what);
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    });
}

#[test]
fn rows_that_cannot_be_taken_are_named_and_the_rest_is_loaded() {
    run(async {
        let world = World::empty().await;
        let folder = world.home.path().join("files");
        std::fs::create_dir(&folder).expect("a folder");
        let good = collection(
            &[
                feature("N1", 5.0),
                polygon("N2", "[[5,52],[5.1,52],[5,52]]"),
                feature("N3", 5.2),
                feature("N1", 5.3),
            ],
            None,
        );
        std::fs::write(folder.join("a.geojson"), good).expect("written");
        let regions = recipe("good_regions", "a.geojson", "geojson", "regions", REGIONS);
        let rejections = load(&world, &folder, &regions).await.expect("loaded");
        assert_eq!(rejections.len(), 2, "{rejections:?}");
        let told = |at: usize, words: [&str; 3]| words.iter().all(|w| rejections[at].contains(w));
        assert!(told(0, ["feature 2", "geometry", "ring"]), "{rejections:?}");
        assert!(told(1, ["feature 4", "N1", "same code"]), "{rejections:?}");

        std::fs::write(folder.join("f.csv"), "code,people\nN1,10\nN7,20\nN3,many\n")
            .expect("written");
        let figures = recipe("good_figures", "f.csv", "csv", "indicators", FIGURES);
        let rejections = load(&world, &folder, &figures).await.expect("loaded");
        assert_eq!(rejections.len(), 2, "{rejections:?}");
        assert!(
            rejections[0].contains("N7") && rejections[0].contains("row 3"),
            "{rejections:?}"
        );
        assert!(
            rejections[1].contains("many") && rejections[1].contains("people"),
            "{rejections:?}"
        );
        let figures = world
            .db
            .ask("SELECT region_code || '=' || value_e4 FROM indicators ORDER BY 1");
        assert_eq!(figures.await.expect("figures"), ["N1=100000"]);
    });
}

#[test]
fn a_broken_account_file_changes_nothing() {
    run(async {
        let world = World::demo().await;
        let before = world.db.fingerprint().await.expect("a fingerprint");
        let version = world.app.data_version();
        let path = world.home.path().join("relaties.csv");
        for (what, bytes, told) in [
            ("noise", noise(20_000), "binary"),
            ("an empty file", Vec::new(), "empty"),
            ("a header only", b"name,street\n".to_vec(), "empty"),
        ] {
            std::fs::write(&path, bytes).expect("written");
            for dry_run in [true, false] {
                match world.app.import_file(&path, dry_run).await {
                    Err(AppError::Invalid { detail, .. }) => {
                        let detail = detail.to_lowercase();
                        assert!(detail.contains(told), "{what}: {detail}");
                        assert!(detail.contains("relaties.csv"), "{what}: {detail}");
                    }
                    other => panic!("{what}: {other:?}"),
                }
            }
        }
        // Rows that are all refused write nothing; the report says why.
        for nameless in [
            "name,street\n,Damrak\n,Rokin\n",
            "street,city\nDamrak,A\nRokin,A\n",
        ] {
            std::fs::write(&path, nameless).expect("written");
            let report = world.app.import_file(&path, false).await.expect("a report");
            assert_eq!(
                (report.id, report.created, report.rejections.len()),
                (None, 0, 2)
            );
            assert!(
                report
                    .rejections
                    .iter()
                    .all(|r| r.field.as_deref() == Some("name"))
            );
        }
        let missing = world.home.path().join("nergens.csv");
        let error = world
            .app
            .import_file(&missing, false)
            .await
            .expect_err("not there");
        assert!(error.to_string().contains("nergens.csv"), "{error}");
        assert_eq!(world.db.fingerprint().await.expect("a fingerprint"), before);
        assert_eq!(world.app.data_version(), version);
    });
}
