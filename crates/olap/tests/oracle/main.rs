//! The engine against a row-by-row oracle on random cubes, questions, areas and edits, with fixed seeds.

mod file;
mod live;
mod partials;
mod plain;
mod random;
mod unload;

use geocrm_domain::batch::{ColumnData, CubeBatch, Keys};
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES, CUBES, Cube};
use geocrm_domain::{
    BBox, CubeQuery, Filter, LngLat, MultiPolygon, OrderBy, Polygon, Ring, TileId, Value,
    VisibleScope,
};
use geocrm_olap::{CubeBuilder, CubeData, OlapError};
use plain::{Fault, Plain, key_at};
use rand::Rng;
use random::{Random, region_tree};
use std::collections::BTreeMap;

fn build(cube: &'static Cube, batches: impl IntoIterator<Item = CubeBatch>) -> (CubeData, Plain) {
    let tree = region_tree();
    let mut builder = CubeBuilder::new(cube, &tree);
    let mut plain = Plain::new(cube);
    for batch in batches {
        plain.upsert(&batch, &tree);
        builder.push(batch).expect("a batch of the cube");
    }
    (builder.finish(), plain)
}

fn random_cube(cube: &'static Cube, seed: u64, rows: u64) -> (CubeData, Plain, Random) {
    let mut random = Random::new(cube, seed);
    let parts = [0..rows / 3, rows / 3..rows / 2, rows / 2..rows];
    let batches: Vec<CubeBatch> = parts
        .into_iter()
        .map(|ids| {
            let keys = random.keys(ids);
            random.batch(keys)
        })
        .collect();
    let (data, plain) = build(cube, batches);
    (data, plain, random)
}

fn everything() -> VisibleScope {
    VisibleScope::everything()
}

/// More cells of the finest hexagons than are counted by themselves and folded.
#[test]
fn counts_by_hexagon_over_many_cells_are_those_of_row_by_row() {
    let mut random = Random::new(&ADDRESSES, 96);
    let keys = random.keys(0..30_000);
    let batch = random.batch(keys);
    let (data, plain) = build(&ADDRESSES, [batch]);
    let finest = CubeQuery {
        measures: vec!["count".to_owned()],
        dimensions: vec!["h3_10".to_owned()],
        ..CubeQuery::default()
    };
    let cells = data.query(&everything(), &finest).expect("valid").groups;
    assert!(cells > 10_000, "{cells} cells");
    for resolution in 4..=10 {
        for depth in 0..3 {
            let query = CubeQuery {
                dimensions: vec![format!("h3_{resolution}")],
                filter: (depth > 0).then(|| random.filter(depth)),
                ..finest.clone()
            };
            let answer = data.query(&everything(), &query).expect("valid");
            assert_eq!(answer, plain.query(&everything(), &query), "{query:?}");
        }
    }
}

/// Amounts without a gap, small, large, and so large that a word holds a few thousand of them: those are put
/// together with their number, and emptied in between.
#[test]
fn a_count_and_a_sum_of_many_rows_are_answered_as_row_by_row() {
    for (seed, most) in [(91, 200), (92, 60_000), (93, 1 << 25), (94, 1 << 28)] {
        let mut random = Random::new(&ADDRESSES, seed);
        let keys = random.keys(0..40_000);
        let mut batch = random.batch(keys);
        let at = |name| {
            let named = ADDRESSES.columns.iter().position(|c| c.name == name);
            named.expect("a column")
        };
        let amounts = (0..40_000)
            .map(|_| random.rng.random_range(most / 2..=most))
            .collect();
        batch.columns[at("footprint_m2")] = ColumnData::Int(amounts);
        // One group of nearly all rows.
        if let ColumnData::Text { codes, .. } = &mut batch.columns[at("building_use")] {
            codes[100..].fill(3);
        }
        let (data, plain) = build(&ADDRESSES, [batch]);
        for dimension in ["building_use", "building_year", "neighbourhood", "postcode"] {
            for depth in 0..3 {
                let filter = (depth > 0).then(|| random.filter(depth));
                let query = CubeQuery {
                    measures: vec!["count".to_owned(), "footprint_m2".to_owned()],
                    dimensions: vec![dimension.to_owned()],
                    filter,
                    ..CubeQuery::default()
                };
                let answer = data.query(&everything(), &query).expect("a valid question");
                assert_eq!(
                    answer,
                    plain.query(&everything(), &query),
                    "{most}: {query:?}"
                );
            }
        }
    }
}

#[test]
fn random_questions_are_answered_as_row_by_row() {
    for (seed, cube) in CUBES.iter().enumerate() {
        let (data, plain, mut random) = random_cube(cube, seed as u64, 5_000);
        for question in 0..60 {
            let (scope, query) = (random.scope(), random.query());
            let answer = data.query(&scope, &query).expect("a valid question");
            assert_eq!(
                answer,
                plain.query(&scope, &query),
                "cube {} question {question} {scope:?} {query:?}",
                cube.name
            );
        }
    }
}

#[test]
fn random_selections_have_the_right_records_in_the_right_order() {
    for cube in [&ACCOUNTS, &ADDRESSES] {
        let (data, plain, mut random) = random_cube(cube, 77, 4_500);
        for _ in 0..40 {
            let (scope, query) = (random.scope(), random.query());
            let (filter, geometry) = (query.filter.as_ref(), query.geometry.as_ref());
            let mut order: Vec<OrderBy> = query.order;
            order.retain(|by| cube.property_type(&by.name).is_some());
            if random.rng.random_range(0..5) == 0 {
                order.push(OrderBy {
                    name: "id".to_owned(),
                    descending: true,
                });
            }
            let expected = plain.select(&scope, filter, geometry, &order);
            let selection = data.select(&scope, filter, geometry).expect("valid");
            assert_eq!(selection.len(), expected.len());
            let offset = random.rng.random_range(0..=expected.len() + 2);
            let limit = random.rng.random_range(0..500);
            for (offset, limit) in [(0, usize::MAX), (offset, limit)] {
                let keys = selection.keys(&order, offset, limit).expect("known names");
                let got: Vec<_> = (0..keys.len()).map(|row| key_at(&keys, row)).collect();
                let page: Vec<_> = expected.iter().skip(offset).take(limit).copied().collect();
                assert_eq!(got, page, "{order:?} {offset} {limit}");
            }
            let rows: Vec<usize> = selection.rows().collect();
            let unplaced = rows
                .iter()
                .filter(|row| data.place(**row).is_none())
                .count();
            assert_eq!(selection.without_place(), unplaced);
        }
    }
}

/// Rows of the data inside an area by the definition itself.
fn contained(data: &CubeData, area: &MultiPolygon) -> Vec<usize> {
    (0..data.placed())
        .filter(|row| area.contains(data.place(*row).expect("a placed row")))
        .collect()
}

fn selected(data: &CubeData, area: &MultiPolygon) -> Vec<usize> {
    let selection = data.select(&everything(), None, Some(area)).expect("valid");
    selection.rows().collect()
}

#[test]
fn two_hundred_random_polygons_hold_what_the_definition_says() {
    let (data, _, mut random) = random_cube(&ADDRESSES, 5, 9_000);
    let mut found = 0;
    for number in 0..200 {
        let area = match number % 8 {
            0 => {
                let vertices = [3, 10, 100, 1_000, 10_000][number / 8 % 5];
                let hole = random.star(vertices.min(300), 900_000);
                MultiPolygon(vec![Polygon {
                    exterior: random.star(vertices, 6_000_000),
                    holes: vec![hole],
                }])
            }
            _ => random.area(),
        };
        let rows = selected(&data, &area);
        assert_eq!(rows, contained(&data, &area), "polygon {number}: {area:?}");
        found += rows.len();
    }
    assert!(found > 10_000, "the polygons must hold something: {found}");
}

#[test]
fn points_on_edges_vertices_and_in_degenerate_rings_are_exact() {
    let p = LngLat::from_e7;
    // Edges with whole steps, so that many whole points lie exactly on them.
    let ring: Ring = vec![p(0, 0), p(3_000, 1_000), p(5_000, 7_000), p(-2_000, 4_000)];
    let mut places = Vec::new();
    for (i, a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        for step in 0..=1_000 {
            let at = |a: i32, b: i32| a + (b - a) / 1_000 * step;
            let on = p(at(a.lng_e7, b.lng_e7), at(a.lat_e7, b.lat_e7));
            places.extend([on, p(on.lng_e7 + 1, on.lat_e7), p(on.lng_e7, on.lat_e7 - 1)]);
        }
    }
    let mut random = Random::new(&ADDRESSES, 9);
    let keys = random.keys(0..places.len() as u64);
    let mut batch = random.batch(keys);
    batch.places = places.into_iter().map(Some).collect();
    let (data, _) = build(&ADDRESSES, [batch]);
    let polygon =
        |exterior: Ring, holes: Vec<Ring>| MultiPolygon(vec![Polygon { exterior, holes }]);
    let far: Ring = vec![
        p(-9_000, -9_000),
        p(9_000, -9_000),
        p(9_000, 9_000),
        p(-9_000, 9_000),
    ];
    let bow: Ring = vec![p(0, 0), p(5_000, 7_000), p(3_000, 1_000), p(-2_000, 4_000)];
    let doubled: Ring = ring.iter().chain(&ring).copied().collect();
    let line: Ring = vec![p(0, 0), p(3_000, 1_000), p(1_500, 500)];
    for area in [
        polygon(ring.clone(), vec![]),
        polygon(far.clone(), vec![ring.clone()]),
        // A hole larger than its polygon: only the exterior's own edge is left.
        polygon(ring.clone(), vec![far.clone()]),
        polygon(bow.clone(), vec![]),
        polygon(far, vec![bow.clone(), ring.clone()]),
        polygon(doubled, vec![]),
        polygon(line, vec![]),
        polygon(vec![p(0, 0); 3], vec![]),
        polygon(vec![], vec![]),
        MultiPolygon(vec![
            Polygon {
                exterior: ring.clone(),
                holes: vec![bow.clone()],
            },
            Polygon {
                exterior: bow,
                holes: vec![ring],
            },
        ]),
        MultiPolygon(vec![]),
    ] {
        assert_eq!(selected(&data, &area), contained(&data, &area), "{area:?}");
    }
}

#[test]
fn edits_lead_to_the_answers_of_a_fresh_build() {
    for (cube, seed) in [(&ACCOUNTS, 3), (&ADDRESSES, 4)] {
        let (mut data, mut plain, mut random) = random_cube(cube, seed, 3_000);
        let tree = region_tree();
        for round in 0..12u64 {
            let many = if round % 4 == 3 { 900 } else { 12 };
            let ids: Vec<u64> = (0..many)
                .map(|_| random.rng.random_range(0..4_000))
                .collect();
            let keys = random.keys(ids.into_iter());
            let upserts = random.batch(if round == 5 {
                random_empty(&keys)
            } else {
                keys
            });
            let ids: Vec<u64> = (0..many)
                .map(|_| random.rng.random_range(0..4_000))
                .collect();
            let removed = random.keys(ids.into_iter());
            plain.remove(&removed);
            plain.upsert(&upserts, &tree);
            data = data.apply(&removed, upserts).expect("valid edits");
            assert_eq!(data.len(), plain.records.len());
            for _ in 0..8 {
                let (scope, query) = (random.scope(), random.query());
                let answer = data.query(&scope, &query).expect("valid");
                assert_eq!(
                    answer,
                    plain.query(&scope, &query),
                    "round {round} {query:?}"
                );
                let filter = query.filter.as_ref();
                let selection = data.select(&scope, filter, None).expect("valid");
                let keys = selection.keys(&[], 0, usize::MAX).expect("valid");
                let got: Vec<_> = (0..keys.len()).map(|row| key_at(&keys, row)).collect();
                assert_eq!(got, plain.select(&scope, filter, None, &[]));
            }
        }
    }
}

fn random_empty(keys: &Keys) -> Keys {
    match keys {
        Keys::Int(_) => Keys::Int(Vec::new()),
        Keys::Uuid(_) => Keys::Uuid(Vec::new()),
    }
}

#[test]
fn edits_can_empty_and_refill_a_cube() {
    let mut random = Random::new(&ACCOUNTS, 8);
    let (empty, plain) = build(&ACCOUNTS, []);
    let count = CubeQuery {
        measures: vec!["count".to_owned(), "revenue_cents".to_owned()],
        ..CubeQuery::default()
    };
    assert_eq!(
        empty.query(&everything(), &count),
        Ok(plain.query(&everything(), &count))
    );
    let keys = random.keys(0..300);
    let batch = random.batch(keys.clone());
    let (fresh, _) = build(&ACCOUNTS, [batch.clone()]);
    let filled = empty.apply(&random_empty(&keys), batch).expect("valid");
    for _ in 0..60 {
        let query = random.query();
        assert_eq!(
            filled.query(&everything(), &query),
            fresh.query(&everything(), &query),
            "{query:?}"
        );
    }
    let none = random.batch(random_empty(&keys));
    let emptied = filled.apply(&keys, none).expect("valid");
    assert!(emptied.is_empty());
    assert_eq!(
        emptied.query(&everything(), &count),
        empty.query(&everything(), &count)
    );
}

#[test]
fn tiles_part_the_rows_and_clusters_add_up() {
    let (data, plain, mut random) = random_cube(&ACCOUNTS, 21, 5_000);
    let measures = vec![
        "count".to_owned(),
        "revenue_cents".to_owned(),
        "revenue_min_cents".to_owned(),
    ];
    for z in [0, 1, 5, 9, 12, 24] {
        let filter = random.filter(2);
        let scope = random.scope();
        let mut tiles: Vec<TileId> = (0..data.placed())
            .map(|row| data.quadkey(row).expect("placed").tile(z))
            .collect();
        tiles.sort_unstable();
        tiles.dedup();
        let mut keys = Vec::new();
        let mut count = 0;
        for tile in tiles.iter().take(2_000) {
            let points = data
                .tile_points(
                    &scope,
                    Some(&filter),
                    None,
                    *tile,
                    0.0,
                    &["status", "neighbourhood"],
                )
                .expect("valid");
            for point in points.iter() {
                assert_eq!(data.quadkey(point.row()).expect("placed").tile(z), *tile);
                let (x, y) = point.position(4096);
                assert!((0..4096).contains(&x) && (0..4096).contains(&y));
                assert_eq!(
                    point.value(0),
                    data.value(point.row(), "status").expect("known")
                );
                assert_eq!(
                    point.value(1),
                    data.value(point.row(), "neighbourhood").expect("known")
                );
                keys.push(point.key());
            }
            for side in [1, 16] {
                let clusters = data
                    .tile_clusters(&scope, Some(&filter), None, *tile, side, &measures)
                    .expect("valid");
                let sum: u64 = clusters.iter().map(|c| c.count).sum();
                assert_eq!(sum as usize, points.len());
                count += sum;
                for cluster in clusters {
                    let members: Vec<_> = points
                        .iter()
                        .filter(|point| {
                            let (x, y) = point.position(side);
                            (x as u32, y as u32) == cluster.cell
                        })
                        .collect();
                    assert_eq!(members.len() as u64, cluster.count);
                    assert_eq!(cluster.only.is_some(), members.len() == 1);
                    let lng: i64 = members.iter().map(|p| i64::from(p.place().lng_e7)).sum();
                    assert_eq!(
                        i64::from(cluster.at().lng_e7),
                        lng.div_euclid(members.len() as i64)
                    );
                    let revenue: Vec<i64> = members
                        .iter()
                        .filter_map(|p| {
                            data.value(p.row(), "revenue_cents")
                                .expect("known")
                                .as_int()
                        })
                        .collect();
                    let number = |v: Option<i64>| v.map(geocrm_domain::Number::Int);
                    let sum = (!revenue.is_empty()).then(|| revenue.iter().sum());
                    assert_eq!(cluster.values[1], number(sum));
                    assert_eq!(cluster.values[2], number(revenue.iter().min().copied()));
                }
            }
        }
        keys.sort_unstable();
        if tiles.len() <= 2_000 {
            let globe = MultiPolygon::from_bbox(BBox {
                min: LngLat::from_e7(-1_800_000_000, -900_000_000),
                max: LngLat::from_e7(1_800_000_000, 900_000_000),
            });
            assert_eq!(
                keys,
                plain.select(&scope, Some(&filter), Some(&globe), &[]),
                "zoom {z}"
            );
            assert_eq!(count as usize, 2 * keys.len());
        }
    }
}

#[test]
fn a_tile_buffer_holds_the_cells_around_the_tile() {
    let (data, _, _) = random_cube(&ADDRESSES, 22, 5_000);
    for z in [3u8, 8, 11, 14] {
        for row in (0..data.placed()).step_by(97) {
            let tile = data.quadkey(row).expect("placed").tile(z);
            let points = data
                .tile_points(&everything(), None, None, tile, 0.25, &[])
                .expect("valid");
            let got: Vec<usize> = points.iter().map(|p| p.row()).collect();
            let size = 1i64 << (32 - u32::from(z));
            let near = |cell: u32, tile: u32| {
                let from = i64::from(tile) * size - size / 4;
                (from..from + size + size / 2).contains(&i64::from(cell))
            };
            let expected: Vec<usize> = (0..data.placed())
                .filter(|row| {
                    let (x, y) = data.quadkey(*row).expect("placed").cell();
                    near(x, tile.x) && near(y, tile.y)
                })
                .collect();
            assert_eq!(got, expected, "{tile:?}");
        }
    }
}

#[test]
fn a_hexagon_has_the_same_whole_total_in_every_box() {
    let (data, _, mut random) = random_cube(&ADDRESSES, 23, 5_000);
    for dimension in ["h3_5", "h3_7", "h3_9"] {
        let query = CubeQuery {
            measures: vec!["count".to_owned(), "footprint_m2".to_owned()],
            dimensions: vec![dimension.to_owned()],
            filter: Some(random.filter(1)),
            ..CubeQuery::default()
        };
        let whole = data.query(&everything(), &query).expect("valid");
        let whole: BTreeMap<_, _> = whole.rows.into_iter().map(|r| (r.keys, r.values)).collect();
        for _ in 0..30 {
            let (a, b) = (random.place(), random.place());
            let bbox = BBox { min: a, max: a }.extended(LngLat::from_e7(
                a.lng_e7.midpoint(b.lng_e7).midpoint(a.lng_e7),
                a.lat_e7.midpoint(b.lat_e7).midpoint(a.lat_e7),
            ));
            let rows = data
                .hexagons(&everything(), &query, dimension, bbox)
                .expect("valid");
            for row in &rows {
                assert_eq!(whole.get(&row.keys), Some(&row.values), "{dimension}");
            }
            let inside = MultiPolygon::from_bbox(bbox);
            let selection = data
                .select(&everything(), query.filter.as_ref(), Some(&inside))
                .expect("valid");
            for row in selection.rows() {
                let cell = data.value(row, dimension).expect("known");
                assert!(rows.iter().any(|r| r.keys[0] == cell));
            }
        }
    }
}

#[test]
fn every_deliberate_fault_is_noticed() {
    let (data, plain, mut random) = random_cube(&ADDRESSES, 31, 5_000);
    for fault in [Fault::TwoValued, Fault::OpenAreas, Fault::NullIsZero] {
        let broken = Plain {
            fault,
            ..plain.clone()
        };
        let noticed = (0..150).any(|_| {
            let query = random.query();
            let answer = data.query(&everything(), &query).expect("valid");
            answer != broken.query(&everything(), &query)
        });
        assert!(noticed, "{fault:?} went unnoticed");
    }
}

#[test]
fn members_of_a_dimension_come_with_their_counts() {
    let (data, plain, _) = random_cube(&ACCOUNTS, 41, 2_000);
    let query = CubeQuery {
        measures: vec!["count".to_owned()],
        dimensions: vec!["district".to_owned()],
        ..CubeQuery::default()
    };
    let expected: Vec<(Value, u64)> = plain
        .query(&everything(), &query)
        .rows
        .into_iter()
        .map(|mut row| {
            let count = row.values[0].map_or(0, |n| n.to_f64() as u64);
            (row.keys.remove(0), count)
        })
        .collect();
    assert_eq!(
        data.dimension_members(&everything(), "district"),
        Ok(expected)
    );
}

#[test]
fn mistakes_are_told_with_what_would_have_been_right() {
    let (data, _, mut random) = random_cube(&ACCOUNTS, 51, 200);
    let ask = |change: &dyn Fn(&mut CubeQuery)| {
        let mut query = CubeQuery {
            measures: vec!["count".to_owned()],
            ..CubeQuery::default()
        };
        change(&mut query);
        data.query(&everything(), &query)
            .expect_err("a mistake")
            .to_string()
    };
    let is = |property: &str, value: Value| Filter::Compare {
        property: property.to_owned(),
        op: geocrm_domain::Compare::Equal,
        value,
    };
    assert!(ask(&|q| q.measures = vec!["revenu".to_owned()]).contains("revenue_cents"));
    assert!(ask(&|q| q.dimensions = vec!["wijk".to_owned()]).contains("district"));
    assert!(ask(&|q| q.filter = Some(is("name", Value::Int(1)))).contains("status"));
    assert!(ask(&|q| q.filter = Some(is("region_id", Value::Int(1)))).contains("neighbourhood"));
    assert!(ask(&|q| q.filter = Some(is("status", Value::Int(1)))).contains("holds text"));
    assert!(ask(&|q| q.measures = vec!["count".to_owned(); 17]).contains("at most 16"));
    assert!(ask(&|q| q.dimensions = vec!["city".to_owned(); 7]).contains("at most 6"));
    assert!(
        ask(&|q| q.order = vec![OrderBy {
            name: "city".to_owned(),
            descending: false
        }])
        .contains("count")
    );
    let outside = MultiPolygon::from_bbox(BBox {
        min: LngLat::from_e7(0, 0),
        max: LngLat::from_e7(2_000_000_000, 10),
    });
    assert!(ask(&|q| q.geometry = Some(outside.clone())).contains("2000000000"));
    let keys = random.keys(0..2);
    let mut batch = random.batch(keys);
    batch.places[1] = Some(LngLat::from_e7(0, 900_000_001));
    let mut builder = CubeBuilder::new(&ACCOUNTS, &region_tree());
    let place = OlapError::BatchPlace {
        cube: "accounts",
        row: 1,
    };
    assert_eq!(builder.push(batch), Err(place));
}

#[test]
fn a_sum_beyond_64_bits_is_an_error_and_never_wraps() {
    let mut random = Random::new(&ACCOUNTS, 61);
    let keys = random.keys(0..3);
    let mut batch = random.batch(keys);
    let revenue = ACCOUNTS
        .columns
        .iter()
        .position(|c| c.name == "revenue_cents")
        .expect("there");
    let query = CubeQuery {
        measures: vec!["revenue_cents".to_owned(), "revenue_max_cents".to_owned()],
        ..CubeQuery::default()
    };
    let mut ask = |values: [i64; 3]| {
        batch.columns[revenue] = geocrm_domain::batch::ColumnData::Int(values.to_vec());
        let (data, plain) = build(&ACCOUNTS, [batch.clone()]);
        (data.query(&everything(), &query), plain, query.clone())
    };
    let (answer, plain, query) = ask([i64::MAX, -i64::MAX, 5]);
    assert_eq!(answer, Ok(plain.query(&everything(), &query)));
    let (answer, _, _) = ask([i64::MAX, 1, 5]);
    assert_eq!(
        answer,
        Err(OlapError::Overflow {
            measure: "revenue_cents".to_owned()
        })
    );
}
