//! Does the whole program count in the real data what others have counted there, and put every record into the
//! region that PostGIS finds? Needs `GEOCRM_DATA`; run by `make test-real`. The figures are those of the data
//! folder's own `VALIDATION.txt`.

use crate::support::{Quiet, World, run};
use geocrm_app::load::LoadReport;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn data() -> PathBuf {
    let folder = std::env::var("GEOCRM_DATA").expect("GEOCRM_DATA must name the data folder");
    PathBuf::from(folder)
}

/// `code: count` of every question.
async fn counts(world: &World, question: &'static str) -> BTreeMap<String, u64> {
    let rows = world.db.ask(question).await.expect("an answer");
    rows.iter()
        .map(|row| {
            let (name, count) = row.rsplit_once(' ').expect("a name and a count");
            (name.to_owned(), count.parse().expect("a count"))
        })
        .collect()
}

fn check(found: &BTreeMap<String, u64>, expected: &[(&str, u64)]) {
    for (name, count) in expected {
        assert_eq!(found.get(*name), Some(count), "{name} in {found:#?}");
    }
}

/// The region at each level, once as the cube has it and once as PostGIS finds it: in each hierarchy the deepest
/// region that the place lies in or on the edge of, of several at one depth the smallest code, and its ancestors.
const REGIONS_BY_POSTGIS: &str = "
    WITH RECURSIVE place AS MATERIALIZED (
        SELECT a.id, ST_SetSRID(ST_MakePoint(a.lng_e7 / 1e7::float8, a.lat_e7 / 1e7::float8), 4326) AS at FROM addresses a
    ), leaf AS (
        SELECT DISTINCT ON (p.id, r.hierarchy) p.id AS address, r.hierarchy, r.id AS region, r.parent_id, r.level, r.code
        FROM place p JOIN regions r ON ST_Intersects(r.shape, p.at)
        ORDER BY p.id, r.hierarchy, r.depth DESC, r.code COLLATE \"C\"
    ), up AS (
        SELECT address, parent_id, level, code FROM leaf
        UNION ALL
        SELECT up.address, r.parent_id, r.level, r.code FROM up JOIN regions r ON r.id = up.parent_id
    ), expected AS (
        SELECT address AS id, jsonb_object_agg(level, code) AS found FROM up GROUP BY address
    ), cube AS (
        SELECT id, jsonb_strip_nulls(jsonb_build_object(
            'country', country, 'province', province, 'municipality', municipality, 'borough', borough,
            'district', district, 'neighbourhood', neighbourhood, 'nuts2', nuts2, 'nuts3', nuts3,
            'municipality_2016', municipality_2016, 'neighbourhood_2015', neighbourhood_2015)) AS found, dataset
        FROM cube_addresses
    )
    SELECT c.dataset || ' ' || c.id || ': cube ' || c.found || ', PostGIS ' || coalesce(e.found, '{}')
    FROM cube c LEFT JOIN expected e USING (id) WHERE c.found <> coalesce(e.found, '{}') ORDER BY c.id LIMIT 20";

/// Addresses of a dataset outside every region.
const OUTSIDE: &str = "
    SELECT dataset || ' ' || count(*) FILTER (WHERE region_id IS NULL) FROM cube_addresses GROUP BY dataset";

/// Addresses whose ancestors are not what the ancestor's own border says: borders of different sources.
const OTHER_ANCESTOR: &str = "
    SELECT c.dataset || ' municipality ' || count(*) FROM cube_addresses c
    JOIN addresses a USING (id)
    LEFT JOIN regions r ON r.level = 'municipality' AND r.code = c.municipality
    WHERE c.municipality IS NOT NULL
      AND NOT ST_Intersects(r.shape, ST_SetSRID(ST_MakePoint(a.lng_e7 / 1e7::float8, a.lat_e7 / 1e7::float8), 4326))
    GROUP BY c.dataset";

const OSM: &str = "
    SELECT d.code || ' ' || n.name || ' ' || n.count FROM datasets d CROSS JOIN LATERAL (
        SELECT 'addresses' AS name, count(*) FROM addresses t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'postcodes', count(postcode) FROM addresses t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'roads', count(*) FROM roads t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'surface', count(surface) FROM roads t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'smoothness', count(smoothness) FROM roads t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'maxspeed', count(maxspeed_kmh) FROM roads t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'buildings', count(*) FROM buildings t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'years', count(building_year) FROM buildings t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'industrial', count(*) FROM areas t WHERE t.dataset_id = d.id AND kind = 'industrial'
        UNION ALL SELECT 'commercial', count(*) FROM areas t WHERE t.dataset_id = d.id AND kind = 'commercial'
        UNION ALL SELECT 'flows', count(*) FROM flows t WHERE t.dataset_id = d.id
        UNION ALL SELECT 'postcode areas', count(*) FROM postcodes t WHERE t.dataset_id = d.id
        UNION ALL SELECT r.level, count(*) FROM regions r WHERE r.dataset_id = d.id GROUP BY r.level) n";

/// Contents of what is asked about, without the numbers a load gives anew.
const CONTENTS: &str = "
    SELECT name || ' ' || count(*) || ' ' || md5(string_agg(row, chr(10) ORDER BY row COLLATE \"C\")) FROM (
        SELECT 'addresses' AS name, (to_jsonb(t) - 'id' - 'region_id' - 'region_2016_id' - 'region_2015_id')::text AS row
        FROM cube_addresses t
        UNION ALL SELECT 'roads', (to_jsonb(t) - 'id' - 'region_id' - 'region_2016_id' - 'region_2015_id')::text
        FROM cube_roads t
        UNION ALL SELECT 'regions', (to_jsonb(t) - 'id' - 'region_id' - 'region_2016_id' - 'region_2015_id')::text
        FROM cube_regions t
        UNION ALL SELECT 'flows', (to_jsonb(t) - 'id' - 'region_id' - 'region_2016_id' - 'region_2015_id')::text
        FROM cube_flows t
        UNION ALL SELECT 'accounts', (to_jsonb(t) - 'region_id' - 'region_2016_id' - 'region_2015_id')::text
        FROM cube_accounts t
        UNION ALL SELECT 'buildings', (to_jsonb(t) - 'id' - 'dataset_id' - 'region_id' - 'region_2016_id'
                                       - 'region_2015_id')::text FROM buildings t
        UNION ALL SELECT 'shapes', (to_jsonb(t) - 'id' - 'parent_id' - 'dataset_id')::text FROM regions t) every
    GROUP BY name ORDER BY name";

fn print(reports: &[LoadReport]) {
    for LoadReport {
        dataset,
        rejections,
    } in reports
    {
        let counts = &dataset.row_counts;
        println!("{} {counts:?}, {} rejected", dataset.code, rejections.len());
    }
}

#[test]
fn real_data_is_counted_placed_and_loaded_again() {
    run(async {
        let world = World::empty().await;
        let reports = world
            .app
            .load_folder_once(&data(), &Quiet)
            .await
            .expect("loaded");
        print(&reports);
        assert_eq!(
            reports.len(),
            geocrm_ingest::recipes().len(),
            "every recipe has its file"
        );

        let found = counts(&world, OSM).await;
        check(
            &found,
            &[
                ("osm_amsterdam_centrum addresses", 7_907),
                ("osm_amsterdam_centrum postcodes", 7_840),
                ("osm_amsterdam_centrum roads", 782),
                ("osm_amsterdam_centrum surface", 574),
                ("osm_amsterdam_centrum smoothness", 253),
                ("osm_amsterdam_centrum maxspeed", 268),
                ("osm_amsterdam_centrum buildings", 2_077),
                ("osm_amsterdam_centrum years", 1_991),
                ("osm_liechtenstein addresses", 3_497),
                ("osm_liechtenstein roads", 6_984),
                ("osm_liechtenstein buildings", 15_834),
                ("osm_liechtenstein industrial", 70),
                ("osm_liechtenstein commercial", 32),
                ("osm_muenchen_altstadt addresses", 3_265),
                ("osm_muenchen_altstadt roads", 2_959),
                ("osm_muenchen_altstadt buildings", 2_425),
                ("osm_zeeland_nb addresses", 2_509),
                ("osm_zeeland_nb roads", 570),
                ("osm_zeeland_nb buildings", 4_412),
                ("regions_liechtenstein municipality", 11),
                ("regions_amsterdam_2022 neighbourhood", 518),
                ("regions_amsterdam_2022 district", 110),
                ("regions_amsterdam_2022 borough", 9),
                ("regions_nl_2022 municipality", 345),
                ("regions_nl_2022 province", 12),
                ("regions_nl_2016_nuts municipality_2016", 390),
                ("regions_amsterdam_2015 neighbourhood_2015", 439),
                ("flows_commuting_nl flows", 151_056),
                ("postcodes_amsterdam_2020 postcode areas", 19_635),
            ],
        );

        let differing = world
            .db
            .ask(REGIONS_BY_POSTGIS)
            .await
            .expect("a comparison");
        assert!(differing.is_empty(), "{}", differing.join("\n"));
        let outside = counts(&world, OUTSIDE).await;
        println!("outside every region: {outside:?}");
        println!("other ancestor: {:?}", counts(&world, OTHER_ANCESTOR).await);
        check(
            &outside,
            &[
                ("osm_amsterdam_centrum", 0),
                ("osm_zeeland_nb", 0),
                ("osm_liechtenstein", 20),
            ],
        );

        let version = world.app.data_version();
        let again = world
            .app
            .load_folder_once(&data(), &Quiet)
            .await
            .expect("loaded");
        assert!(again.is_empty(), "the second time there is nothing to do");
        assert_eq!(world.app.data_version(), version);

        let before = world.db.ask(CONTENTS).await.expect("contents");
        let again = world
            .app
            .load_folder(&data(), &[], &Quiet)
            .await
            .expect("loaded");
        assert_eq!(again.len(), reports.len());
        for (first, second) in reports.iter().zip(&again) {
            let counts = |r: &LoadReport| (r.dataset.row_counts.clone(), r.rejections.clone());
            assert_eq!(counts(first), counts(second), "{}", first.dataset.code);
        }
        assert_eq!(world.db.ask(CONTENTS).await.expect("contents"), before);
        let differing = world
            .db
            .ask(REGIONS_BY_POSTGIS)
            .await
            .expect("a comparison");
        assert!(differing.is_empty(), "{}", differing.join("\n"));
    });
}
