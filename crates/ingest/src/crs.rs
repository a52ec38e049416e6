//! From the coordinate system of a file to WGS 84. A position outside the area a system is made for is
//! the surest sign that the file is in another one, so every conversion tests it.

use geocrm_domain::spatial::LngLat;
use proj4rs::proj::Proj;
use serde::Deserialize;

/// A coordinate system by its EPSG number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Crs(u32);

/// RD New with the seven parameters of Kadaster's RDNAPTRANS to WGS 84: within 0.5 m of the grid.
const RD_NEW: &str = "+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957388243134,0.343987817378283,-1.87740163998045,4.0725 +units=m +no_defs";

impl Crs {
    pub const WGS84: Self = Self(4326);
    pub const RD_NEW: Self = Self(28992);

    /// `None` for a system this crate cannot convert.
    pub fn from_epsg(code: u32) -> Option<Self> {
        let known = matches!(code, 4326 | 4258 | 28992 | 3857 | 25831..=25833 | 32601..=32660);
        known.then_some(Self(code))
    }

    pub fn epsg(self) -> u32 {
        self.0
    }

    /// Understands `EPSG:28992`, `urn:ogc:def:crs:EPSG::28992`, `urn:ogc:def:crs:OGC:1.3:CRS84`, and a
    /// well-known text by its authority or its name.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_uppercase();
        if upper.ends_with("CRS84") {
            return Some(Self::WGS84);
        }
        if upper.contains('[') {
            return Self::from_wkt(&upper);
        }
        let digits = upper.rsplit([':', '/']).next()?.trim();
        Self::from_epsg(digits.parse().ok()?)
    }

    /// The outermost authority of a well-known text stands last; ESRI's has none, only names.
    fn from_wkt(upper: &str) -> Option<Self> {
        let authority = ["AUTHORITY[\"EPSG\",", "ID[\"EPSG\","]
            .iter()
            .filter_map(|key| upper.rfind(key).map(|at| at + key.len()))
            .max();
        if let Some(at) = authority {
            let digits: String = upper[at..]
                .chars()
                .filter(|c| *c != '"')
                .take_while(char::is_ascii_digit)
                .collect();
            return Self::from_epsg(digits.parse().ok()?);
        }
        if upper.contains("RD_NEW") || upper.contains("RD NEW") || upper.contains("AMERSFOORT / RD")
        {
            return Some(Self::RD_NEW);
        }
        if let Some(at) = upper.find("UTM_ZONE_").or_else(|| upper.find("UTM ZONE ")) {
            let zone: String = upper[at + 9..]
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            let zone: u32 = zone.parse().ok()?;
            let etrs = upper.contains("ETRS");
            return Self::from_epsg(if etrs { 25800 + zone } else { 32600 + zone });
        }
        let geographic = upper.starts_with("GEOGCS") || upper.starts_with("GEOGCRS");
        let wgs84 =
            upper.contains("WGS_1984") || upper.contains("WGS 84") || upper.contains("ETRS");
        (geographic && wgs84).then_some(Self::WGS84)
    }

    fn definition(self) -> Option<String> {
        Some(match self.0 {
            28992 => RD_NEW.to_owned(),
            3857 => "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +no_defs".to_owned(),
            zone @ 25831..=25833 => format!("+proj=utm +zone={} +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs", zone - 25800),
            zone @ 32601..=32660 => format!("+proj=utm +zone={} +datum=WGS84 +units=m +no_defs", zone - 32600),
            _ => return None,
        })
    }

    /// Smallest and largest easting and northing (or longitude and latitude) the system is made for.
    fn area(self) -> [f64; 4] {
        match self.0 {
            28992 => [-7_000.0, 289_000.0, 300_000.0, 629_000.0],
            3857 => [-20_037_508.35, -20_048_966.2, 20_037_508.35, 20_048_966.2],
            25831..=25833 | 32601..=32660 => [100_000.0, 0.0, 900_000.0, 9_400_000.0],
            _ => [-180.0, -90.0, 180.0, 90.0],
        }
    }
}

impl std::fmt::Display for Crs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EPSG:{}", self.0)
    }
}

impl TryFrom<String> for Crs {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not a coordinate system known here"))
    }
}

/// Converts positions of one system; made once per file.
#[derive(Debug)]
pub struct Converter {
    crs: Crs,
    projection: Option<(Proj, Proj)>,
}

impl Converter {
    /// `None` when the system's definition is refused, which the tests rule out for every known one.
    pub fn new(crs: Crs) -> Option<Self> {
        let projection = match crs.definition() {
            None => None,
            Some(definition) => Some((
                Proj::from_proj_string(&definition).ok()?,
                Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs").ok()?,
            )),
        };
        Some(Self { crs, projection })
    }

    pub fn crs(&self) -> Crs {
        self.crs
    }

    /// `None` when the position is not finite or lies outside the area of the system.
    pub fn to_wgs84(&self, x: f64, y: f64) -> Option<LngLat> {
        let [x0, y0, x1, y1] = self.crs.area();
        if !((x0..=x1).contains(&x) && (y0..=y1).contains(&y)) {
            return None;
        }
        let Some((from, to)) = &self.projection else {
            return LngLat::from_degrees(x, y);
        };
        let mut point = (x, y, 0.0);
        proj4rs::transform::transform(from, to, &mut point).ok()?;
        LngLat::from_degrees(point.0.to_degrees(), point.1.to_degrees())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metres_off(crs: Crs, x: f64, y: f64, lng: f64, lat: f64) -> f64 {
        let converter = Converter::new(crs).expect("a known system");
        let here = converter.to_wgs84(x, y).expect("inside its area");
        here.haversine_m(LngLat::from_degrees(lng, lat).expect("a valid position"))
    }

    /// Reference points of Kadaster's RDNAPTRANS documentation, and its origin in Amersfoort.
    #[test]
    fn rd_new_is_within_a_metre() {
        for (x, y, lng, lat) in [
            (155_000.0, 463_000.0, 5.387_203_657, 52.155_172_897), // Amersfoort
            (117_380.12, 575_040.34, 4.824_761_912, 53.160_753_042), // Texel
            (247_380.56, 604_580.78, 6.776_726_674, 53.419_482_050), // Noord-Groningen
            (16_460.91, 377_380.23, 3.397_588_595, 51.368_607_152), // Zeeuws-Vlaanderen
            (182_260.45, 311_480.67, 5.773_795_548, 50.792_584_916), // Zuid-Limburg
            (64_640.89, 440_700.01, 4.072_887_101, 51.947_393_898), // Maasvlakte
        ] {
            let off = metres_off(Crs::RD_NEW, x, y, lng, lat);
            assert!(off < 0.5, "{x}, {y}: {off} m");
        }
        // The tower as it is written on the older Bessel datum, shifted: still under a metre.
        let off = metres_off(
            Crs::RD_NEW,
            155_000.0,
            463_000.0,
            5.387_206_21,
            52.155_174_40,
        );
        assert!(off < 1.0, "{off} m");
    }

    /// Positions computed by PROJ 9.
    #[test]
    fn utm_and_web_mercator_match_known_positions() {
        let utm32 = Crs::from_epsg(25832).expect("UTM 32");
        assert!(metres_off(utm32, 691_602.176, 5_334_783.340, 11.575_49, 48.137_43) < 0.1);
        let web = Crs::from_epsg(3857).expect("Web Mercator");
        assert!(metres_off(web, 545_465.505, 6_867_596.410, 4.9, 52.371_6) < 0.1);
    }

    #[test]
    fn positions_of_another_system_are_refused() {
        let rd = Converter::new(Crs::RD_NEW).expect("RD");
        assert_eq!(rd.to_wgs84(4.9, 52.37), None);
        let wgs = Converter::new(Crs::WGS84).expect("WGS 84");
        assert_eq!(wgs.to_wgs84(121_978.0, 487_695.0), None);
        assert_eq!(wgs.to_wgs84(f64::NAN, 1.0), None);
    }

    #[test]
    fn names_in_all_spellings() {
        for (text, epsg) in [
            ("EPSG:28992", 28992),
            ("urn:ogc:def:crs:EPSG::28992", 28992),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
            ("PROJCS[\"RD_New\",GEOGCS[\"GCS_Amersfoort\"]]", 28992),
            ("GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\"]]", 4326),
            (
                "PROJCS[\"Amersfoort / RD New\",GEOGCS[\"Amersfoort\",AUTHORITY[\"EPSG\",\"4289\"]],AUTHORITY[\"EPSG\",\"28992\"]]",
                28992,
            ),
            ("PROJCS[\"ETRS_1989_UTM_Zone_32N\"]", 25832),
        ] {
            assert_eq!(Crs::parse(text).map(Crs::epsg), Some(epsg), "{text}");
        }
        assert_eq!(Crs::parse("EPSG:2056"), None);
        assert_eq!(Crs::parse("nonsense"), None);
    }
}
