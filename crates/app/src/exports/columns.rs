//! Which columns has a file, what are they called, and what stands in them? The same columns in the same order
//! in every format; what names they have follows the language that was asked for.

use crate::answer::Record;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{LngLat, Value};
use geocrm_export::{Column, Kind};

pub(super) fn columns(cube: &Cube, dutch: bool) -> Vec<Column> {
    let titled = |name: &'static str, en: &str, nl: &str, kind| {
        Column::new(name, if dutch { nl } else { en }, kind)
    };
    match cube.name {
        "accounts" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("name", "Name", "Naam", Kind::Text),
            titled("kind", "Kind", "Soort", Kind::Text),
            titled("status", "Status", "Status", Kind::Text),
            titled("category", "Segment", "Segment", Kind::Text),
            titled("street", "Street", "Straat", Kind::Text),
            titled("house_number", "House number", "Huisnummer", Kind::Text),
            titled("postcode", "Postcode", "Postcode", Kind::Text),
            titled("city", "City", "Plaats", Kind::Text),
            titled("country", "Country", "Land", Kind::Text),
            titled("email", "E-mail", "E-mail", Kind::Text),
            titled("phone", "Phone", "Telefoon", Kind::Text),
            titled("territory", "Territory", "Rayon", Kind::Text),
            titled("owner", "Owner", "Beheerder", Kind::Text),
            titled("revenue", "Revenue", "Omzet", Kind::Money),
            titled("currency", "Currency", "Valuta", Kind::Text),
            titled(
                "customer_since_on",
                "Customer since",
                "Klant sinds",
                Kind::Date,
            ),
            titled(
                "last_contact_on",
                "Last contact",
                "Laatste contact",
                Kind::Date,
            ),
            titled("place_state", "Position", "Positie", Kind::Text),
        ],
        "addresses" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("street", "Street", "Straat", Kind::Text),
            titled("house_number", "House number", "Huisnummer", Kind::Text),
            titled("postcode", "Postcode", "Postcode", Kind::Text),
            titled("city", "City", "Plaats", Kind::Text),
            titled("housing_type", "Housing type", "Woningtype", Kind::Text),
            titled("building_form", "Building form", "Bouwvorm", Kind::Text),
            titled("building_use", "Building use", "Gebruik", Kind::Text),
            titled("building_year", "Building year", "Bouwjaar", Kind::Int),
            titled("storeys", "Storeys", "Bouwlagen", Kind::Int),
            titled(
                "footprint_m2",
                "Footprint (m²)",
                "Grondvlak (m²)",
                Kind::Int,
            ),
            titled("dwellings", "Dwellings", "Woningen", Kind::Int),
            titled(
                "park_distance_m",
                "Distance to business park (m)",
                "Afstand tot bedrijventerrein (m)",
                Kind::Int,
            ),
            titled("road_condition", "Road condition", "Wegconditie", Kind::Int),
        ],
        "roads" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("name", "Name", "Naam", Kind::Text),
            titled("class", "Road class", "Wegtype", Kind::Text),
            titled("surface", "Surface", "Verharding", Kind::Text),
            titled("smoothness", "Smoothness", "Vlakheid", Kind::Text),
            titled("condition", "Condition", "Conditie", Kind::Int),
            titled(
                "maxspeed_kmh",
                "Speed limit (km/h)",
                "Maximumsnelheid (km/u)",
                Kind::Int,
            ),
            titled("length_cm", "Length (m)", "Lengte (m)", Kind::Decimal(2)),
        ],
        "regions" => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("level", "Level", "Niveau", Kind::Text),
            titled("code", "Code", "Code", Kind::Text),
            titled("name", "Name", "Naam", Kind::Text),
            titled("indicator", "Indicator", "Kerncijfer", Kind::Text),
            titled("year", "Year", "Jaar", Kind::Int),
            titled("value_e4", "Value", "Waarde", Kind::Decimal(4)),
            titled("suppressed", "Suppressed", "Onderdrukt", Kind::Int),
        ],
        _ => vec![
            titled("id", "Id", "Id", Kind::Id),
            titled("origin", "Origin", "Herkomst", Kind::Text),
            titled("origin_name", "Origin name", "Naam herkomst", Kind::Text),
            titled("destination", "Destination", "Bestemming", Kind::Text),
            titled(
                "destination_name",
                "Destination name",
                "Naam bestemming",
                Kind::Text,
            ),
            titled("mode", "Mode", "Vervoerwijze", Kind::Text),
            titled("year", "Year", "Jaar", Kind::Int),
            titled("persons_e3", "Persons", "Personen", Kind::Decimal(3)),
        ],
    }
}

pub(super) fn cells(record: Record) -> (Vec<Value>, Option<LngLat>) {
    match record {
        Record::Row { id, place, columns } => {
            let cells =
                std::iter::once(Value::Int(id)).chain(columns.into_iter().map(|(_, value)| value));
            (cells.collect(), place)
        }
        Record::Account(view) => {
            let account = view.account;
            let cells = vec![
                Value::text(account.id.to_string()),
                Value::text(account.name),
                Value::text(account.kind.code()),
                Value::text(account.status.code()),
                Value::from(account.category),
                Value::from(account.address.street),
                Value::from(account.address.house_number),
                Value::from(account.address.postcode),
                Value::from(account.address.city),
                Value::from(account.address.country),
                Value::from(account.email),
                Value::from(account.phone),
                Value::from(account.territory),
                Value::from(view.owner_name),
                Value::from(account.revenue_cents),
                Value::text(account.currency),
                Value::from(account.customer_since_on),
                Value::from(account.last_contact_on),
                Value::text(account.place_state.code()),
            ];
            // A doubtful place is for the reviewer, not for a file that others trust.
            (
                cells,
                account.place.filter(|_| account.place_state.is_confirmed()),
            )
        }
    }
}
