//! Every format, written by its own writer or by hand and read back; then the same files broken in the
//! ways files break. A broken one must end in an error or rejection that says where, never in a panic.

use geocrm_domain::place::{BuildingForm, HousingType};
use geocrm_domain::record::Bundle;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::spatial::LngLat;
use geocrm_ingest::{Context, IngestError, Loaded, Recipe, RegionIndex, derive, read};
use std::path::Path;

mod pbf;

const REGIONS: &str = "[regions]\nlevel = 'neighbourhood'\ncode = 'code'\nname = 'name'\n";
/// A square of a kilometre around Amsterdam's Dam, in RD New.
const RD_SQUARE: [[f64; 2]; 5] = [
    [121_000.0, 487_000.0],
    [122_000.0, 487_000.0],
    [122_000.0, 488_000.0],
    [121_000.0, 488_000.0],
    [121_000.0, 487_000.0],
];
/// Its middle.
const DAM: (f64, f64) = (4.894_2, 52.373_4);

fn recipe(file: &str, format: &str, kind: &str, rest: &str) -> Recipe {
    Recipe::parse(&format!(
        "code='t'\ntitle='t'\nsource='s'\nlicence='l'\nattribution='a'\nvintage='v'\n\
         file='{file}'\nformat='{format}'\nkind='{kind}'\norder=1\n{rest}"
    ))
    .expect("a recipe")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn with(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        std::fs::write(folder.path().join(name), bytes).expect("written");
        folder
    }

    fn read(&self, recipe: &Recipe) -> Result<Loaded, IngestError> {
        read(recipe, self.path(), &Context::default())
    }
}

/// The one region of a file that must be the square.
fn is_the_square(loaded: &Loaded) {
    assert_eq!(loaded.rejections, []);
    let region = &loaded.bundle.regions[0];
    assert_eq!((region.code.as_str(), region.name.as_str()), ("BU1", "Dam"));
    assert_eq!(region.level, RegionLevel::Neighbourhood);
    let dam = LngLat::from_degrees(DAM.0, DAM.1).expect("a position");
    assert!(region.geometry.contains(dam));
    let area = region.geometry.area_m2();
    assert!((area - 1e6).abs() < 5e3, "{area} m²");
}

fn geojson(coordinates: &str, crs: Option<&str>) -> String {
    let crs = crs.map_or(String::new(), |name| {
        format!("\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"{name}\"}}}},")
    });
    format!(
        "{{\"type\":\"FeatureCollection\",{crs}\"features\":[{{\"type\":\"Feature\",\"properties\":\
         {{\"code\":\"BU1\",\"name\":\"Dam\"}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[{coordinates}]}}}}]}}"
    )
}

fn rd_text() -> String {
    let pairs: Vec<String> = RD_SQUARE
        .iter()
        .map(|[x, y]| format!("[{x},{y}]"))
        .collect();
    format!("[{}]", pairs.join(","))
}

fn rd_polygon() -> geo_types::Geometry<f64> {
    let ring: Vec<(f64, f64)> = RD_SQUARE.iter().map(|[x, y]| (*x, *y)).collect();
    geo_types::Polygon::new(ring.into(), Vec::new()).into()
}

#[test]
fn geojson_in_rd_new() {
    let recipe = recipe("a.geojson", "geojson", "regions", REGIONS);
    let named = geojson(&rd_text(), Some("urn:ogc:def:crs:EPSG::28992"));
    is_the_square(
        &Folder::with("a.geojson", named)
            .read(&recipe)
            .expect("readable"),
    );

    // Without the member the standard says WGS 84, and the numbers say that this is wrong.
    let error = Folder::with("a.geojson", geojson(&rd_text(), None)).read(&recipe);
    let error = error.expect_err("a wrong system");
    assert!(matches!(error, IngestError::WrongCrs { .. }), "{error}");
    assert!(error.to_string().contains("feature 1"), "{error}");

    let swiss = geojson(&rd_text(), Some("EPSG:2056"));
    let error = Folder::with("a.geojson", swiss)
        .read(&recipe)
        .expect_err("unknown");
    assert!(matches!(error, IngestError::UnknownCrs { .. }), "{error}");
}

#[test]
fn broken_geojson() {
    let recipe = recipe("a.geojson", "geojson", "regions", REGIONS);
    let whole = geojson(&rd_text(), Some("EPSG:28992"));
    for length in [0, 1, 40, whole.len() / 2, whole.len() - 1] {
        let error = Folder::with("a.geojson", &whole[..length]).read(&recipe);
        let error = error.expect_err("cut off").to_string();
        assert!(error.contains("a.geojson"), "{error}");
    }
    let bow = "[[4.0,52.0],[5.0,53.0],[5.0,52.0],[4.0,53.0],[4.0,52.0]]";
    let loaded = Folder::with("a.geojson", geojson(bow, None))
        .read(&recipe)
        .expect("readable");
    assert_eq!(loaded.bundle.regions.len(), 0);
    let rejection = &loaded.rejections[0];
    assert_eq!(rejection.element, "feature 1");
    assert!(rejection.reason.contains("crosses itself"), "{rejection:?}");
    for (shape, reason) in [
        ("[[4.0,52.0],[5.0,53.0],[4.0,52.0]]", "three different"),
        ("[[4.0],[5.0,53.0],[4.0,52.0]]", "two or more elements"),
    ] {
        let loaded = Folder::with("a.geojson", geojson(shape, None)).read(&recipe);
        let rejections = loaded.expect("readable").rejections;
        assert!(rejections[0].reason.contains(reason), "{rejections:?}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    Folder::with("a.geojson", deep)
        .read(&recipe)
        .expect_err("too deep");
}

#[test]
fn duplicate_and_unknown_codes_are_rejected_by_row() {
    let once = geojson("[[4.0,52.0],[5.0,52.0],[5.0,53.0],[4.0,52.0]]", None);
    let feature = &once[once.find("{\"type\":\"Feature\",").expect("a feature")..once.len() - 2];
    let twice = once.replace(feature, &format!("{feature},{feature}"));
    let folder = Folder::with("a.geojson", twice);
    let loaded = folder
        .read(&recipe("a.geojson", "geojson", "regions", REGIONS))
        .expect("readable");
    assert_eq!(loaded.bundle.regions.len(), 1);
    assert_eq!(loaded.rejections[0].element, "feature 2");
    assert_eq!(loaded.rejections[0].value.as_deref(), Some("BU1"));

    let mut context = Context::default();
    context.add_rows(&loaded.bundle.regions);
    let figures = "code;n;pct\nBU1;10;46,5\nBU1;11;1\nBU9;12;1\nXX1;13;1\nBU1 ;14;1\n";
    std::fs::write(folder.path().join("f.csv"), figures).expect("written");
    let column = |column: &str| {
        format!(
            "[[indicators.column]]\ncolumn='{column}'\nindicator='{column}'\nen='x'\nnl='x'\nunit='%'\n"
        )
    };
    let mapping = format!(
        "[csv]\ndelimiter=';'\ndecimal=','\nmissing=['']\n[indicators]\ncode='code'\nyear=2024\nlevels={{BU='neighbourhood'}}\n{}{}",
        column("n"),
        column("pct")
    );
    let recipe = recipe("f.csv", "csv", "indicators", &mapping);
    let loaded = read(&recipe, folder.path(), &context).expect("readable");
    let values: Vec<_> = loaded
        .bundle
        .indicators
        .iter()
        .map(|i| i.value_e4)
        .collect();
    assert_eq!(values, [Some(100_000), Some(465_000)]);
    let told: Vec<_> = loaded
        .rejections
        .iter()
        .map(|r| r.element.as_str())
        .collect();
    assert_eq!(told, ["row 3", "row 4", "row 5", "row 6"]);
    assert!(loaded.rejections[1].reason.contains("no neighbourhood"));

    // A suppressed figure is there without a value; text is neither figure nor mark.
    std::fs::write(folder.path().join("f.csv"), "code;n;pct\nBU1;;x\n").expect("written");
    let loaded = read(&recipe, folder.path(), &context).expect("readable");
    assert!(loaded.bundle.indicators[0].suppressed);
    assert_eq!(loaded.bundle.indicators.len(), 1);
    assert_eq!(loaded.rejections[0].field.as_deref(), Some("pct"));

    std::fs::write(folder.path().join("f.csv"), "code;m\nBU1;1\n").expect("written");
    let error = read(&recipe, folder.path(), &context).expect_err("a missing column");
    assert!(error.to_string().contains("\"n\""), "{error}");
}

/// A one-layer file with the square, or with `blob` in its place.
fn geopackage(folder: &Path, srs: i64, blob: Option<&[u8]>) {
    use geozero::{CoordDimensions, ToWkb};
    let database = rusqlite::Connection::open(folder.join("a.gpkg")).expect("a database");
    database
        .execute_batch(
            "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER);
             INSERT INTO gpkg_spatial_ref_sys VALUES (28992, 'EPSG', 28992);
             CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);
             CREATE TABLE \"wij\"\"ken\" (fid INTEGER PRIMARY KEY, geom BLOB, code TEXT, name TEXT);",
        )
        .expect("tables");
    database
        .execute(
            "INSERT INTO gpkg_geometry_columns VALUES ('wij\"ken', 'geom', ?1)",
            [srs],
        )
        .expect("a layer");
    let mut shape = b"GP\0\x01".to_vec();
    shape.extend(28992i32.to_le_bytes());
    shape.extend(rd_polygon().to_wkb(CoordDimensions::xy()).expect("wkb"));
    database
        .execute(
            "INSERT INTO \"wij\"\"ken\" (geom, code, name) VALUES (?1, 'BU1', 'Dam')",
            [blob.unwrap_or(&shape)],
        )
        .expect("a row");
}

#[test]
fn geopackage_layers() {
    let recipe = recipe("a.gpkg", "geopackage", "regions", REGIONS);
    let folder = Folder::new();
    geopackage(folder.path(), 28992, None);
    is_the_square(&folder.read(&recipe).expect("readable"));

    let folder = Folder::new();
    geopackage(folder.path(), -1, None);
    let error = folder.read(&recipe).expect_err("no system");
    assert!(matches!(error, IngestError::MissingCrs { .. }), "{error}");

    let folder = Folder::new();
    geopackage(folder.path(), 28992, Some(b"GP\0\x0f...."));
    let rejections = folder.read(&recipe).expect("readable").rejections;
    assert!(rejections[0].reason.contains("envelope"), "{rejections:?}");

    let folder = Folder::new();
    geopackage(folder.path(), 28992, None);
    let path = folder.path().join("a.gpkg");
    let bytes = std::fs::read(&path).expect("bytes");
    for keep in [0, 10, 100, 5_000, bytes.len() / 2, bytes.len() - 4_096] {
        std::fs::write(&path, &bytes[..keep]).expect("written");
        let error = folder.read(&recipe).expect_err("cut off").to_string();
        assert!(error.contains("a.gpkg"), "{error}");
    }
    let mut noise = bytes.clone();
    for (i, byte) in noise.iter_mut().enumerate().skip(100) {
        *byte = (i as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0];
    }
    std::fs::write(&path, noise).expect("written");
    folder.read(&recipe).expect_err("noise");
}

fn shapefile(folder: &Path, prj: Option<&str>) {
    use shapefile::dbase::{FieldValue, Record, TableWriterBuilder};
    let table = TableWriterBuilder::new()
        .add_character_field("code".try_into().expect("a name"), 10)
        .add_character_field("name".try_into().expect("a name"), 20);
    let path = folder.join("a.shp");
    let mut writer = shapefile::Writer::from_path(&path, table).expect("a writer");
    let mut vertices: Vec<shapefile::Point> = RD_SQUARE
        .iter()
        .map(|[x, y]| shapefile::Point::new(*x, *y))
        .collect();
    vertices.reverse();
    let polygon = shapefile::Polygon::new(shapefile::PolygonRing::Outer(vertices));
    let mut record = Record::default();
    for (name, value) in [("code", "BU1"), ("name", "Dam")] {
        record.insert(
            name.to_owned(),
            FieldValue::Character(Some(value.to_owned())),
        );
    }
    writer
        .write_shape_and_record(&polygon, &record)
        .expect("written");
    drop(writer);
    if let Some(prj) = prj {
        std::fs::write(folder.join("a.prj"), prj).expect("written");
    }
}

#[test]
fn shapefiles_need_their_system() {
    let recipe = recipe("a.shp", "shapefile", "regions", REGIONS);
    let folder = Folder::new();
    shapefile(
        folder.path(),
        Some("PROJCS[\"RD_New\",GEOGCS[\"GCS_Amersfoort\"]]"),
    );
    is_the_square(&folder.read(&recipe).expect("readable"));

    let folder = Folder::new();
    shapefile(folder.path(), None);
    let error = folder.read(&recipe).expect_err("no .prj");
    assert!(matches!(error, IngestError::MissingCrs { .. }), "{error}");

    let path = folder.path().join("a.shp");
    let bytes = std::fs::read(&path).expect("bytes");
    for keep in (0..bytes.len()).step_by(7) {
        std::fs::write(&path, &bytes[..keep]).expect("written");
        folder.read(&recipe).expect_err("cut off");
    }
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        bent[at] ^= 0xFF;
        std::fs::write(&path, bent).expect("written");
        let _ = folder.read(&recipe);
    }
}

#[test]
fn flatgeobuf_files() {
    use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
    use geozero::{ColumnValue, PropertyProcessor};
    let write = |code: i32| -> Vec<u8> {
        let options = FgbWriterOptions {
            crs: FgbCrs {
                code,
                ..FgbCrs::default()
            },
            ..FgbWriterOptions::default()
        };
        let mut writer =
            FgbWriter::create_with_options("a", GeometryType::Polygon, options).expect("a writer");
        writer.add_column("code", ColumnType::String, |_, _| {});
        writer.add_column("name", ColumnType::String, |_, _| {});
        writer
            .add_feature_geom(rd_polygon(), |feature| {
                for (at, (name, value)) in
                    [("code", "BU1"), ("name", "Dam")].into_iter().enumerate()
                {
                    feature
                        .property(at, name, &ColumnValue::String(value))
                        .expect("written");
                }
            })
            .expect("a feature");
        let mut bytes = Vec::new();
        writer.write(&mut bytes).expect("written");
        bytes
    };
    let recipe = recipe("a.fgb", "flatgeobuf", "regions", REGIONS);
    let bytes = write(28992);
    is_the_square(
        &Folder::with("a.fgb", &bytes)
            .read(&recipe)
            .expect("readable"),
    );
    let error = Folder::with("a.fgb", write(0))
        .read(&recipe)
        .expect_err("no system");
    assert!(matches!(error, IngestError::MissingCrs { .. }), "{error}");

    let folder = Folder::new();
    let path = folder.path().join("a.fgb");
    for keep in (0..bytes.len()).step_by(5) {
        std::fs::write(&path, &bytes[..keep]).expect("written");
        folder.read(&recipe).expect_err("cut off");
    }
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        bent[at] ^= 0xFF;
        std::fs::write(&path, bent).expect("written");
        let _ = folder.read(&recipe);
    }
}

const OSM: &str = "[osm]\ncountry = 'NL'\n";

/// A small village: three houses in a row, one apart, a shed, a lake with an island, a road.
fn village() -> Vec<u8> {
    let mut map = pbf::Map::default();
    let mut square = |x: i64, y: i64, w: i64, h: i64| -> Vec<i64> {
        let corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)];
        let mut refs: Vec<i64> = corners.iter().map(|(x, y)| map.corner(*x, *y)).collect();
        refs.push(refs[0]);
        refs
    };
    let row: Vec<Vec<i64>> = (0..3).map(|i| square(i * 1_000, 0, 1_000, 1_000)).collect();
    let apart = square(10_000, 0, 1_500, 1_500);
    let shed = square(10_000, 3_000, 300, 300);
    let (lake, island) = (
        square(20_000, 0, 9_000, 9_000),
        square(22_000, 2_000, 2_000, 2_000),
    );
    let road: Vec<i64> = vec![map.corner(0, -500), map.corner(12_000, -500)];
    for (i, refs) in row.into_iter().enumerate() {
        map.way(
            100 + i as i64,
            &refs,
            &[("building", "house"), ("start_date", "C19")],
        );
        let number = ["1", "3", "5"][i];
        map.node(
            i as i64 * 1_000 + 500,
            500,
            &[
                ("addr:street", "Kerkstraat"),
                ("addr:housenumber", number),
                ("addr:postcode", "1234 ab"),
            ],
        );
    }
    map.way(
        110,
        &apart,
        &[
            ("building", "yes"),
            ("addr:housenumber", "7"),
            ("addr:street", "Kerkstraat"),
        ],
    );
    map.way(111, &shed, &[("building", "yes")]);
    map.way(120, &lake, &[]);
    map.way(121, &island, &[]);
    map.way(
        130,
        &road,
        &[
            ("highway", "residential"),
            ("surface", "asphalt"),
            ("maxspeed", "30"),
        ],
    );
    map.relation(
        200,
        &[(120, "outer"), (121, "inner")],
        &[("type", "multipolygon"), ("natural", "water")],
    );
    map.relation(
        201,
        &[(120, "outer"), (999, "outer")],
        &[("type", "multipolygon"), ("landuse", "forest")],
    );
    map.write()
}

fn enriched(bytes: &[u8]) -> (Bundle, Vec<geocrm_domain::dataset::Rejection>) {
    let recipe = recipe("a.osm.pbf", "osm_pbf", "osm", OSM);
    let loaded = Folder::with("a.osm.pbf", bytes)
        .read(&recipe)
        .expect("readable");
    let mut bundle = loaded.bundle;
    derive::enrich(&mut bundle, &RegionIndex::new(&[]), &[]);
    (bundle, loaded.rejections)
}

#[test]
fn a_village_becomes_addresses_buildings_roads_and_water() {
    let (bundle, rejections) = enriched(&village());
    assert_eq!(rejections.len(), 1);
    assert_eq!(rejections[0].element, "relation 201");
    assert!(rejections[0].reason.contains("999"));
    assert_eq!(
        (
            bundle.addresses.len(),
            bundle.buildings.len(),
            bundle.roads.len()
        ),
        (4, 5, 1)
    );

    let address = |number: &str| {
        let found = bundle
            .addresses
            .iter()
            .find(|a| a.address.house_number.as_deref() == Some(number));
        found.expect("the address")
    };
    let kind = |number: &str| address(number).setting.housing_type.map(|(kind, _)| kind);
    assert_eq!(kind("1"), Some(HousingType::Corner));
    assert_eq!(kind("3"), Some(HousingType::Terraced));
    assert_eq!(kind("7"), Some(HousingType::Detached));
    let form = |number: &str| address(number).setting.building_form.map(|(form, _)| form);
    assert_eq!(form("3"), Some(BuildingForm::Row));
    assert_eq!(form("7"), Some(BuildingForm::FreeStanding));
    assert_eq!(address("3").setting.building_year, Some(1850));
    assert_eq!(address("7").setting.building_year, None);
    assert_eq!(address("3").setting.road_condition, Some(82));
    assert_eq!(address("3").address.postcode.as_deref(), Some("1234AB"));
    assert_eq!(address("7").building_key.as_deref(), Some("w110"));
    assert!(bundle.addresses.iter().all(|a| a.dwellings == 1));
    let shed = bundle
        .buildings
        .iter()
        .find(|b| b.source_key == "w111")
        .expect("the shed");
    assert_eq!(
        (shed.form, shed.housing_type, shed.dwellings),
        (None, None, 0)
    );

    let lake = &bundle.areas[0].geometry;
    assert_eq!((lake.0.len(), lake.0[0].holes.len()), (1, 1));
    assert_eq!(bundle.roads[0].maxspeed_kmh, Some(30));
}

#[test]
fn a_block_around_a_yard_is_closed() {
    let mut map = pbf::Map::default();
    // Eight houses of 10 × 10 m around one empty square, sharing their corners.
    let mut id = 0;
    for (x, y) in [
        (0, 0),
        (1, 0),
        (2, 0),
        (0, 1),
        (2, 1),
        (0, 2),
        (1, 2),
        (2, 2),
    ] {
        let (x, y) = (x * 1_500, y * 1_000);
        let corners = [
            (x, y),
            (x + 1_500, y),
            (x + 1_500, y + 1_000),
            (x, y + 1_000),
        ];
        let mut refs: Vec<i64> = corners.iter().map(|(x, y)| map.corner(*x, *y)).collect();
        refs.push(refs[0]);
        id += 1;
        let levels = if id == 1 { "12" } else { "3" };
        map.way(
            id,
            &refs,
            &[("building", "house"), ("building:levels", levels)],
        );
    }
    let (bundle, _) = enriched(&map.write());
    let forms: Vec<_> = bundle
        .buildings
        .iter()
        .filter_map(|b| b.form)
        .map(|(f, _)| f)
        .collect();
    assert_eq!(forms[0], BuildingForm::Tower);
    assert_eq!(forms[1..], [BuildingForm::ClosedBlock; 7]);
}

#[test]
fn broken_pbf() {
    let recipe = recipe("a.osm.pbf", "osm_pbf", "osm", OSM);
    let whole = village();
    let folder = Folder::new();
    let path = folder.path().join("a.osm.pbf");
    let mut accepted = 0;
    let mut truncated = 0;
    for keep in 0..whole.len() {
        std::fs::write(&path, &whole[..keep]).expect("written");
        match folder.read(&recipe) {
            Ok(_) => accepted += 1,
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains("a.osm.pbf"), "{error}");
                truncated += usize::from(error.contains("truncated"));
            }
        }
    }
    // The format has no end mark: a cut exactly between two of its four blobs is a whole, shorter file.
    assert!(accepted <= 2, "{accepted}");
    assert!(
        truncated + 10 > whole.len(),
        "{truncated} of {}",
        whole.len()
    );
    for at in (0..whole.len()).step_by(2) {
        let mut bent = whole.clone();
        bent[at] ^= 0xFF;
        std::fs::write(&path, bent).expect("written");
        let _ = folder.read(&recipe);
    }
    // A blob that claims ten thousand million bytes.
    let mut huge = pbf::frame_claiming("OSMHeader", 10_000_000_000);
    huge.extend([0; 100]);
    std::fs::write(&path, huge).expect("written");
    let error = folder.read(&recipe).expect_err("a huge claim").to_string();
    assert!(error.contains("10000000000 bytes"), "{error}");
    std::fs::write(&path, [0xFF; 64]).expect("written");
    let error = folder.read(&recipe).expect_err("a huge header").to_string();
    assert!(error.contains("4294967295"), "{error}");
}

#[test]
fn a_missing_file_says_which() {
    let error = Folder::new().read(&recipe(
        "no.csv",
        "csv",
        "flows",
        "[flows]\nlevel='nuts3'\norigin='o'\ndestination='d'\nmode='m'\npersons='p'\nyear=2016\n",
    ));
    assert!(error.expect_err("missing").to_string().contains("no.csv"));
}

#[test]
fn a_workbook_that_unfolds_into_a_gigabyte_is_refused() {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(1));
    zip.start_file("xl/sharedStrings.xml", options)
        .expect("an entry");
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..520 {
        zip.write_all(&zeros).expect("written");
    }
    let bytes = zip.finish().expect("a zip").into_inner();
    let folder = Folder::with("a.xlsx", bytes);
    let error = geocrm_ingest::accounts::read(&folder.path().join("a.xlsx"), None);
    assert!(matches!(error, Err(IngestError::TooLarge { .. })));
    let folder = Folder::with("a.xlsx", b"PK\x03\x04 not a zip");
    let error = geocrm_ingest::accounts::read(&folder.path().join("a.xlsx"), None);
    assert!(matches!(error, Err(IngestError::Malformed { .. })));
}
