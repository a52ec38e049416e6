//! Files as they come in.

use super::*;
use chrono::NaiveDate;
use geocrm_domain::account::AccountStatus;
use geocrm_domain::address::PostalAddress;

fn from(name: &str, bytes: &[u8]) -> (Vec<AccountRow>, Vec<Rejection>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    read(&path, None).expect("readable")
}

#[test]
fn dutch_headers_decimal_comma_and_windows_1252() {
    let csv =
        b"Klantnr;Naam;Straat;Huisnummer;Toevoeging;Postcode;Plaats;Omzet;Klant;Klant sinds\r\n\
        17;Caf\xe9 de Zon;Damrak;12;H;1012 lg;Amsterdam;1.234,56;ja;01-03-2019\r\n\
        18;Bakker;Nes;3;;1012KC;Amsterdam;500;nee;\r\n";
    let (rows, rejections) = from("klanten.csv", csv);
    assert_eq!(rejections, []);
    assert_eq!(rows[0].name, "Café de Zon");
    assert_eq!(rows[0].address.house_number.as_deref(), Some("12-H"));
    assert_eq!(rows[0].address.postcode.as_deref(), Some("1012LG"));
    assert_eq!(rows[0].revenue_cents, Some(123_456));
    assert_eq!(rows[0].status, AccountStatus::Customer);
    assert_eq!(
        rows[0].customer_since_on,
        NaiveDate::from_ymd_opt(2019, 3, 1)
    );
    assert_eq!(rows[1].revenue_cents, Some(50_000));
    assert_eq!(rows[1].status, AccountStatus::Prospect);
}

#[test]
fn a_bad_row_says_where_and_the_others_stay() {
    let csv = "name,revenue,lon,lat\nA,100,4.9,52.3\n,1,4.9,52.3\nB,much,4.9,52.3\nC,1,0,0\nA,100,4.9,52.3\n";
    let (rows, rejections) = from("a.csv", csv.as_bytes());
    assert_eq!(rows.len(), 1);
    let told: Vec<_> = rejections
        .iter()
        .map(|r| (r.element.as_str(), r.field.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(
        told,
        [
            ("row 3", "name"),
            ("row 4", "revenue"),
            ("row 5", "lon"),
            ("row 6", "name and address")
        ]
    );
}

#[test]
fn nothing_is_invented() {
    let (rows, _) = from("a.csv", b"name\nAlpha\n");
    assert_eq!(rows[0].revenue_cents, None);
    assert_eq!(rows[0].place, None);
    assert_eq!(rows[0].address, PostalAddress::default());
    assert_eq!(rows[0].status, AccountStatus::Prospect);
}

#[test]
fn workbooks_are_read_cell_by_cell() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, title) in ["Bedrijfsnaam", "Huisnummer", "Omzet"].iter().enumerate() {
        sheet.write(0, column as u16, *title).expect("written");
    }
    sheet.write(1, 0, "Gamma").expect("written");
    sheet.write(1, 1, 12).expect("written");
    sheet.write(1, 2, 1234.5).expect("written");
    // A far cell would make a dense range of 17 thousand million cells.
    sheet.write(1_048_000, 0, "Far").expect("written");
    let bytes = book.save_to_buffer().expect("a workbook");
    let (rows, _) = from("a.xlsx", &bytes);
    assert_eq!(rows[0].address.house_number.as_deref(), Some("12"));
    assert_eq!(rows[0].revenue_cents, Some(123_450));
    assert_eq!(rows[1].name, "Far");
}
