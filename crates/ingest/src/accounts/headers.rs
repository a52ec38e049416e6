//! Which column is which? By the words that people write above them; who reads a file confirms it.

use crate::recipe::Mapping;

/// Headers in Dutch and English (and a few German ones), by exact word, best first.
pub(super) fn guess_mapping(columns: &[String]) -> Mapping {
    let normal = |text: &str| -> String {
        text.to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect()
    };
    let names: Vec<String> = columns.iter().map(|c| normal(c)).collect();
    let pick = |words: &[&str]| {
        words
            .iter()
            .find_map(|word| names.iter().position(|n| n == word))
            .map(|at| columns[at].clone())
    };
    Mapping {
        external_key: pick(&[
            "externalkey",
            "cleanid",
            "recordid",
            "klantnummer",
            "klantnr",
            "relatienummer",
            "relatienr",
            "debiteurnummer",
            "debiteurnr",
            "accountid",
            "customerid",
            "customernumber",
            "nummer",
            "id",
            "key",
        ]),
        key_prefix: String::new(),
        name: pick(&[
            "naam",
            "name",
            "bedrijfsnaam",
            "companyname",
            "company",
            "bedrijf",
            "accountname",
            "organisatie",
            "organisation",
            "organization",
            "relatie",
            "klantnaam",
            "firma",
        ]),
        kind: pick(&["soort", "kind", "relatietype", "type", "klantsoort"]),
        status: pick(&[
            "status",
            "klantstatus",
            "klant",
            "customer",
            "isklant",
            "prospect",
        ]),
        category: pick(&[
            "categorie",
            "category",
            "branche",
            "sector",
            "industry",
            "sbi",
        ]),
        email: pick(&["email", "emailadres", "emailaddress", "mail"]),
        phone: pick(&[
            "telefoon",
            "telefoonnummer",
            "phone",
            "phonenumber",
            "tel",
            "mobiel",
        ]),
        note: pick(&[
            "notitie",
            "opmerking",
            "opmerkingen",
            "note",
            "notes",
            "remarks",
            "memo",
        ]),
        street: pick(&[
            "straat",
            "street",
            "straatnaam",
            "streetname",
            "adres",
            "address",
            "address1",
            "adresregel1",
            "bezoekadres",
            "strasse",
            "straße",
        ]),
        house_number: pick(&[
            "huisnummer",
            "housenumber",
            "huisnr",
            "nr",
            "number",
            "housenr",
            "hausnummer",
        ]),
        house_letter: pick(&["huisletter", "letter", "houseletter"]),
        addition: pick(&[
            "toevoeging",
            "addition",
            "huisnummertoevoeging",
            "toev",
            "housenumberaddition",
            "suffix",
        ]),
        postcode: pick(&[
            "postcode",
            "postalcode",
            "zip",
            "zipcode",
            "pc",
            "pc6",
            "plz",
        ]),
        city: pick(&[
            "plaats",
            "city",
            "woonplaats",
            "stad",
            "town",
            "plaatsnaam",
            "ort",
            "vestigingsplaats",
        ]),
        country: pick(&["land", "country", "landcode", "countrycode"]),
        lng: pick(&["lng", "lon", "longitude", "lengtegraad", "x"]),
        lat: pick(&["lat", "latitude", "breedtegraad", "y"]),
        preferred_lng: None,
        preferred_lat: None,
        territory: pick(&["rayon", "territory", "gebied", "regio", "region"]),
        owner_email: pick(&[
            "accountmanageremail",
            "owneremail",
            "eigenaar",
            "owner",
            "vertegenwoordiger",
            "accountmanager",
            "salesrep",
        ]),
        revenue: pick(&[
            "omzet",
            "revenue",
            "jaaromzet",
            "turnover",
            "annualrevenue",
            "sales",
            "umsatz",
        ]),
        customer_since_on: pick(&[
            "klantsinds",
            "customersince",
            "startdatum",
            "customersinceon",
        ]),
        last_contact_on: pick(&[
            "laatstecontact",
            "lastcontact",
            "laatstcontact",
            "lastcontacton",
        ]),
    }
}
