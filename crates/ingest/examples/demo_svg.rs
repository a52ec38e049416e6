//! Draws the demo region as an SVG picture, to look at it without a database or a browser map:
//! `cargo run -p geocrm-ingest --example demo_svg -- ADDRESSES SEED [X Y WIDTH] > region.svg`, where X and Y
//! are shares (0 to 1) of the region's box from its south-west corner and WIDTH is in metres.

use geocrm_domain::geometry::{MultiPolygon, Polygon};
use geocrm_domain::place::{AreaKind, BuildingUse};
use geocrm_domain::record::Bundle;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::road::RoadClass;
use geocrm_domain::spatial::{BBox, LngLat};
use geocrm_ingest::demo::{DemoSpec, generate};
use std::fmt::Write as _;
use std::io::Write as _;

/// Width of the picture in pixels.
const PIXELS: f64 = 1_400.0;

struct View {
    west: f64,
    north: f64,
    /// Degrees of longitude and latitude per pixel.
    lng_px: f64,
    lat_px: f64,
}

impl View {
    fn at(&self, p: LngLat) -> (f64, f64) {
        (
            (p.lng() - self.west) / self.lng_px,
            (self.north - p.lat()) / self.lat_px,
        )
    }

    fn sees(&self, bbox: Option<BBox>) -> bool {
        bbox.is_some_and(|b| {
            let (x0, y1) = self.at(b.min);
            let (x1, y0) = self.at(b.max);
            x1 > 0.0 && y1 > 0.0 && x0 < PIXELS && y0 < PIXELS
        })
    }

    fn path(&self, points: &[LngLat], close: bool) -> String {
        let mut out = String::new();
        for (i, p) in points.iter().enumerate() {
            let (x, y) = self.at(*p);
            let _ = write!(out, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
        }
        if close {
            out.push('Z');
        }
        out
    }

    fn shape(&self, shape: &MultiPolygon) -> String {
        shape
            .0
            .iter()
            .flat_map(Polygon::rings)
            .map(|r| self.path(r, true))
            .collect()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<f64> = std::env::args()
        .skip(1)
        .map(|a| a.parse())
        .collect::<Result<_, _>>()?;
    let argument = |i: usize, default: f64| arguments.get(i).copied().unwrap_or(default);
    let spec = DemoSpec {
        seed: argument(1, 1.0) as u64,
        addresses: argument(0, 20_000.0) as usize,
        accounts: None,
    };
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default();
    let mut all: Vec<Bundle> = Vec::new();
    let mut keep = |bundle: Bundle| -> Result<(), std::io::Error> {
        all.push(bundle);
        Ok(())
    };
    generate(&spec, today, &mut keep, &mut |_| {})?;
    let country = all
        .iter()
        .flat_map(|b| &b.regions)
        .find(|r| r.level == RegionLevel::Country);
    let bbox = country
        .and_then(|c| c.geometry.bbox())
        .ok_or("a region without land")?;
    let scale = bbox.center().lat().to_radians().cos();
    let wide = (bbox.max.lng() - bbox.min.lng()) * 111_195.0 * scale;
    let tall = (bbox.max.lat() - bbox.min.lat()) * 111_195.0;
    let width = argument(4, wide.max(tall) * 1.1);
    let (lng_px, lat_px) = (
        width / PIXELS / 111_195.0 / scale,
        width / PIXELS / 111_195.0,
    );
    let middle_lng = bbox.min.lng() + (bbox.max.lng() - bbox.min.lng()) * argument(2, 0.5);
    let middle_lat = bbox.min.lat() + (bbox.max.lat() - bbox.min.lat()) * argument(3, 0.5);
    let view = View {
        west: middle_lng - lng_px * PIXELS / 2.0,
        north: middle_lat + lat_px * PIXELS / 2.0,
        lng_px,
        lat_px,
    };
    let metre = PIXELS / width;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(
        out,
        "<svg xmlns='http://www.w3.org/2000/svg' width='{PIXELS}' height='{PIXELS}'><rect width='100%' height='100%' fill='#f2efe6'/>"
    )?;
    let order = [
        AreaKind::Farmland,
        AreaKind::Grass,
        AreaKind::Forest,
        AreaKind::Residential,
        AreaKind::BusinessPark,
        AreaKind::Pedestrian,
        AreaKind::Park,
        AreaKind::Water,
    ];
    for kind in order {
        let fill = match kind {
            AreaKind::Farmland => "#ece6c8",
            AreaKind::Grass => "#d6e6b8",
            AreaKind::Forest => "#a9cf9b",
            AreaKind::Residential => "#e6e1dc",
            AreaKind::BusinessPark => "#e2d6e4",
            AreaKind::Park => "#c3e3b4",
            AreaKind::Pedestrian => "#efe9f2",
            _ => "#a8cfe3",
        };
        for area in all
            .iter()
            .flat_map(|b| &b.areas)
            .filter(|a| a.kind == kind && view.sees(a.geometry.bbox()))
        {
            writeln!(
                out,
                "<path d='{}' fill='{fill}' fill-rule='evenodd'/>",
                view.shape(&area.geometry)
            )?;
        }
    }
    for (minor, casing) in [(true, true), (true, false), (false, true), (false, false)] {
        for road in all
            .iter()
            .flat_map(|b| &b.roads)
            .filter(|r| r.class.is_main() != minor)
        {
            if !view.sees(BBox::around(road.geometry.iter().copied())) {
                continue;
            }
            let (colour, metres, least) = match road.class {
                RoadClass::Motorway => ("#e2794f", 22.0, 3.0),
                RoadClass::Primary => ("#f4b56a", 11.0, 2.0),
                RoadClass::Secondary => ("#f7d88a", 9.0, 1.6),
                RoadClass::Tertiary => ("#fdf3c0", 7.5, 1.0),
                RoadClass::Track => ("#c9b98f", 3.0, 0.4),
                _ => ("#ffffff", 5.5, 0.35),
            };
            let wide = (metres * metre).max(least);
            let (colour, wide) = if casing {
                ("#b9b3a6", wide + 0.8)
            } else {
                (colour, wide)
            };
            writeln!(
                out,
                "<path d='{}' fill='none' stroke='{colour}' stroke-width='{wide:.2}' stroke-linejoin='round' stroke-linecap='round'/>",
                view.path(&road.geometry, false)
            )?;
        }
    }
    if metre > 0.03 {
        for b in all
            .iter()
            .flat_map(|b| &b.buildings)
            .filter(|b| view.sees(b.geometry.bbox()))
        {
            let fill = match b.building_use.map(|(u, _)| u) {
                Some(BuildingUse::Dwelling) => match b.building_year.unwrap_or(0) {
                    ..1900 => "#b5614c",
                    1900..1945 => "#c98a62",
                    1945..1990 => "#cdb59a",
                    _ => "#b9b4c9",
                },
                Some(BuildingUse::Industrial) => "#a7a2b5",
                Some(BuildingUse::Office) => "#8fa3bd",
                Some(BuildingUse::Public) => "#d3905b",
                Some(BuildingUse::Retail) => "#d97a7a",
                _ => "#b7ae98",
            };
            writeln!(
                out,
                "<path d='{}' fill='{fill}' stroke='#6b6258' stroke-width='{:.2}'/>",
                view.shape(&b.geometry),
                (metre * 0.25).min(0.6)
            )?;
        }
    }
    for region in all.iter().flat_map(|b| &b.regions) {
        let wide = match region.level {
            RegionLevel::Municipality => 1.6,
            RegionLevel::Neighbourhood if metre < 0.2 => 0.5,
            _ => continue,
        };
        writeln!(
            out,
            "<path d='{}' fill='none' stroke='#7b4fa0' stroke-width='{wide}' stroke-opacity='0.6'/>",
            view.shape(&region.geometry)
        )?;
    }
    if metre > 0.9 {
        for a in all.iter().flat_map(|b| &b.addresses) {
            let (x, y) = view.at(a.place);
            if x > 0.0 && y > 0.0 && x < PIXELS && y < PIXELS {
                let number = a.address.house_number.as_deref().unwrap_or("");
                writeln!(
                    out,
                    "<circle cx='{x:.1}' cy='{y:.1}' r='1.2' fill='#222'/><text x='{x:.1}' y='{y:.1}' font-size='6'>{number}</text>"
                )?;
            }
        }
    }
    for place in all.iter().flat_map(|b| &b.places) {
        let size = match place.kind.as_str() {
            "city" => 22.0,
            "town" => 16.0,
            "village" => 11.0,
            _ if metre > 0.1 => 11.0,
            _ => continue,
        };
        let (x, y) = view.at(place.place);
        writeln!(
            out,
            "<text x='{x:.1}' y='{y:.1}' font-size='{size}' font-family='sans-serif' text-anchor='middle' paint-order='stroke' stroke='#fff' stroke-width='3'>{}</text>",
            place.name
        )?;
    }
    writeln!(out, "</svg>")?;
    Ok(())
}
