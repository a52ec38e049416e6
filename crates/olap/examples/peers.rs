//! The engine on the rows that `tools/peers/generate.py` gives to every system: loads them through the builder
//! that the server uses, says `ready` and answers one question a line, so that all can be asked in turns.
//! The work's columns stand in the address cube: its kind in `building_use`, its amount in `footprint_m2`.

use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_INT};
use geocrm_domain::catalogue::{ADDRESSES, ColumnType};
use geocrm_domain::region::{RegionId, RegionLevel, RegionTree};
use geocrm_domain::{
    AnswerRow, BBox, Compare, CubeQuery, Filter, LngLat, MultiPolygon, Number, Polygon, Value,
    VisibleScope,
};
use geocrm_olap::{CubeBuilder, CubeData, KeyedFigures, LiveCube};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

const NEIGHBOURHOODS: u32 = 13_000;
const BATCH: usize = 50_000;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .ok_or("give the folder of the rows")?,
    );
    let started = Instant::now();
    let data = LiveCube::from(load(&folder)?);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{{\"ready\": \"geocrm\", \"version\": \"{}\", \"load_s\": {:.3}, \"bytes_per_row\": {:.1}}}",
        env!("CARGO_PKG_VERSION"),
        started.elapsed().as_secs_f64(),
        data.memory_bytes().bytes_per_row()
    )?;
    for line in std::io::stdin().lock().lines() {
        let query = question(&line?)?;
        let (cpu, wall) = (cpu_ms(), Instant::now());
        let answer = Answer::of(&data, &query)?;
        let (wall, cpu) = (wall.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu);
        writeln!(
            out,
            "{{\"wall_ms\": {wall:.4}, \"cpu_ms\": {cpu:.4}, \"groups\": {}, \"count\": {}, \"sum\": {}}}",
            answer.groups(),
            answer.total(0),
            answer.total(1)
        )?;
    }
    Ok(())
}

/// Regions and hexagons as the map asks for them, the rest as tables and charts do.
enum Answer {
    Keyed(KeyedFigures),
    Rows(Vec<AnswerRow>),
}

impl Answer {
    fn of(data: &LiveCube, query: &CubeQuery) -> Fallible<Self> {
        let scope = VisibleScope::everything();
        Ok(if query.dimensions.is_empty() {
            Self::Rows(data.query(&scope, query)?.rows)
        } else {
            Self::Keyed(data.query_keyed(&scope, query)?)
        })
    }

    fn groups(&self) -> usize {
        match self {
            Self::Keyed(keyed) => keyed.len(),
            Self::Rows(rows) => rows.len(),
        }
    }

    fn total(&self, measure: usize) -> i64 {
        let int = |figures: &[Option<Number>]| match figures[measure] {
            Some(Number::Int(int)) => int,
            _ => 0,
        };
        match self {
            Self::Keyed(keyed) => (0..keyed.len()).map(|at| int(keyed.figures(at))).sum(),
            Self::Rows(rows) => rows.iter().map(|row| int(&row.values)).sum(),
        }
    }
}

/// CPU time of all threads of the process in milliseconds, up to this moment.
fn cpu_ms() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 * 1e3 + spent.tv_nsec as f64 / 1e6
}

/// `W1`; `W2 RESOLUTION WEST SOUTH EAST NORTH`; `W3 FILTERED X,Y X,Y …`, whole 1e-7 degrees.
fn question(line: &str) -> Fallible<CubeQuery> {
    let mut words = line.split_whitespace();
    let work = words.next().ok_or("an empty question")?;
    let mut query = CubeQuery {
        measures: vec!["count".to_owned(), "footprint_m2".to_owned()],
        filter: Some(filter()),
        ..CubeQuery::default()
    };
    match work {
        "W1" => query.dimensions = vec!["neighbourhood".to_owned()],
        "W2" => {
            let resolution = words.next().ok_or("no resolution")?;
            query.dimensions = vec![format!("h3_{resolution}")];
            let sides = words.map(str::parse).collect::<Result<Vec<i32>, _>>()?;
            let [west, south, east, north] = sides[..] else {
                return Err("four sides are needed".into());
            };
            query.geometry = Some(MultiPolygon::from_bbox(BBox {
                min: LngLat::from_e7(west, south),
                max: LngLat::from_e7(east, north),
            }));
        }
        "W3" => {
            if words.next() == Some("0") {
                query.filter = None;
            }
            let ring = words.map(|pair| {
                let (lng, lat) = pair.split_once(',').ok_or("a vertex without a comma")?;
                Ok(LngLat::from_e7(lng.parse()?, lat.parse()?))
            });
            query.geometry = Some(MultiPolygon(vec![Polygon {
                exterior: ring.collect::<Fallible<_>>()?,
                holes: Vec::new(),
            }]));
        }
        other => return Err(format!("{other} is no work").into()),
    }
    Ok(query)
}

fn filter() -> Filter {
    Filter::And(vec![
        Filter::Compare {
            property: "building_use".to_owned(),
            op: Compare::Equal,
            value: Value::text("kind_1"),
        },
        Filter::In {
            property: "housing_type".to_owned(),
            values: [0, 2, 4].map(|n| Value::text(format!("type_{n}"))).to_vec(),
        },
        Filter::Compare {
            property: "building_year".to_owned(),
            op: Compare::Less,
            value: Value::Int(1_980),
        },
    ])
}

/// One column file: numbers one after another, least byte first.
fn column<const WIDTH: usize>(
    folder: &Path,
    name: &str,
    number: fn([u8; WIDTH]) -> i64,
) -> Fallible<Vec<i64>> {
    let path = folder.join(format!("{name}.column"));
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (numbers, rest) = bytes.as_chunks::<WIDTH>();
    if !rest.is_empty() {
        return Err(format!("{} is cut", path.display()).into());
    }
    Ok(numbers.iter().map(|bytes| number(*bytes)).collect())
}

fn load(folder: &Path) -> Fallible<CubeData> {
    let small = |bytes: [u8; 1]| i64::from(bytes[0]);
    let int = |bytes| i64::from(i32::from_le_bytes(bytes));
    let ids = column(folder, "id", i64::from_le_bytes)?;
    let (lng, lat) = (
        column(folder, "lng_e7", int)?,
        column(folder, "lat_e7", int)?,
    );
    let kind = column(folder, "kind", small)?;
    let housing = column(folder, "housing", small)?;
    let year = column(folder, "year", |bytes| i64::from(i16::from_le_bytes(bytes)))?;
    let amount = column(folder, "amount", i64::from_le_bytes)?;
    let neighbourhood = column(folder, "neighbourhood", int)?;
    let cells = column(folder, "h3_10", i64::from_le_bytes)?;
    let mut builder = CubeBuilder::new(&ADDRESSES, &regions());
    for first in (0..ids.len()).step_by(BATCH) {
        let rows = first..(first + BATCH).min(ids.len());
        let ints = |column: &[i64]| ColumnData::Int(column[rows.clone()].to_vec());
        let coded = |column: &[i64], prefix: &str| ColumnData::Text {
            dictionary: (0..8).map(|n| format!("{prefix}_{n}")).collect(),
            codes: column[rows.clone()]
                .iter()
                .map(|code| *code as u32)
                .collect(),
        };
        let columns = ADDRESSES.columns.iter().map(|to| match (to.kind, to.name) {
            (_, "building_use") => coded(&kind, "kind"),
            (_, "housing_type") => coded(&housing, "type"),
            (_, "building_year") => ints(&year),
            (_, "footprint_m2") => ints(&amount),
            (_, "region_id") => {
                let leaves = neighbourhood[rows.clone()].iter();
                ColumnData::Int(leaves.map(|n| n + 2).collect())
            }
            (ColumnType::H3, _) => ints(&cells),
            (ColumnType::Text, _) => ColumnData::Text {
                dictionary: Vec::new(),
                codes: vec![NULL_CODE; rows.len()],
            },
            (ColumnType::Date, _) => ColumnData::Date(vec![0; rows.len()]),
            (ColumnType::Int | ColumnType::Leaf(_), _) => {
                ColumnData::Int(vec![NULL_INT; rows.len()])
            }
        });
        let places = rows.clone().map(|row| {
            let (lng, lat) = (lng[row] as i32, lat[row] as i32);
            Some(LngLat::from_e7(lng, lat))
        });
        builder.push(CubeBatch {
            keys: Keys::Int(ids[rows.clone()].to_vec()),
            places: places.collect(),
            columns: columns.collect(),
        })?;
    }
    Ok(builder.finish())
}

fn regions() -> RegionTree {
    let country = (RegionId(1), RegionLevel::Country, "NL".to_owned(), None);
    let neighbourhoods = (0..NEIGHBOURHOODS).map(|n| {
        (
            RegionId(n as i32 + 2),
            RegionLevel::Neighbourhood,
            format!("BU{n:08}"),
            Some(RegionId(1)),
        )
    });
    RegionTree::new(std::iter::once(country).chain(neighbourhoods))
}
