//! Is a receipt worth something? Asked again at the same data it gives the same bytes; after edits it says how
//! many rows came, went and changed. And no written text runs as a formula, from the account to the file.

use crate::support::{World, run};
use geocrm_app::accounts::{AccountChange, NewAccount};
use geocrm_app::error::AppError;
use geocrm_app::exports::{ExportAsked, Format};
use geocrm_app::selection::Selection;
use geocrm_app::session::SignedIn;
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES};
use geocrm_domain::{
    Account, AccountKind, AccountStatus, Compare, Filter, PostalAddress, Value, VisibleScope,
};
use std::collections::BTreeMap;

fn customers(format: Format, locale: &str) -> ExportAsked {
    ExportAsked {
        selection: Selection {
            filter: Some(Filter::Compare {
                property: "status".to_owned(),
                op: Compare::Equal,
                value: Value::text("customer"),
            }),
            geometry: None,
        },
        order: Vec::new(),
        format,
        locale: locale.to_owned(),
    }
}

pub fn named(name: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        kind: AccountKind::Organisation,
        status: AccountStatus::Customer,
        category: None,
        email: None,
        phone: None,
        note: None,
        address: PostalAddress::default(),
        place: None,
        territory: None,
        owner: None,
        revenue_cents: Some(-12_345),
        customer_since_on: None,
        last_contact_on: None,
    }
}

async fn two_customers(world: &World) -> (Account, Account) {
    let all = world
        .db
        .store
        .accounts(&VisibleScope::everything())
        .await
        .expect("accounts");
    let mut customers = all
        .into_iter()
        .map(|record| record.account)
        .filter(|a| a.status == AccountStatus::Customer);
    let one = customers.next().expect("a customer");
    (one, customers.next().expect("another"))
}

async fn rerun(world: &World, who: &SignedIn, id: uuid::Uuid) -> Result<String, (u64, u64, u64)> {
    match world.app.rerun_export(who, id).await {
        Ok(sha256) => Ok(sha256),
        Err(AppError::Changed {
            added,
            gone,
            changed,
            detail,
        }) => {
            let told = format!("{added} rows added, {gone} gone, {changed} changed");
            assert!(detail.contains(&told), "{detail}");
            Err((added, gone, changed))
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn the_same_question_gives_the_same_bytes_until_something_changes() {
    run(async {
        let world = World::demo().await;
        let (app, admin) = (&world.app, &world.admin);
        let mut receipts = BTreeMap::new();
        for format in Format::ALL {
            for locale in ["en", "nl"] {
                let asked = customers(format, locale);
                let one = app
                    .export(admin, &ACCOUNTS, asked.clone())
                    .await
                    .expect("a file");
                let two = app.export(admin, &ACCOUNTS, asked).await.expect("a file");
                assert!(one.rows > 10);
                assert_eq!(
                    (&one.sha256, one.bytes),
                    (&two.sha256, two.bytes),
                    "{format:?}"
                );
                let again = rerun(&world, admin, one.id).await;
                assert_eq!(again.as_ref(), Ok(&one.sha256), "{format:?}");
                receipts.insert((format.extension(), locale), one);
            }
        }
        let addresses = ExportAsked {
            selection: Selection::default(),
            ..customers(Format::Xlsx, "nl")
        };
        let addresses = app
            .export(admin, &ADDRESSES, addresses)
            .await
            .expect("a file");

        // A prospect is not in the file of the customers: its rows are what they were.
        let prospect = NewAccount {
            status: AccountStatus::Prospect,
            ..named("Buiten de lijst")
        };
        app.create_account(admin, prospect).await.expect("created");
        for ((format, locale), receipt) in &receipts {
            let again = rerun(&world, admin, receipt.id).await;
            assert_eq!(again.as_ref(), Ok(&receipt.sha256), "{format} {locale}");
        }

        let (one, two) = two_customers(&world).await;
        app.create_account(admin, named("Erbij"))
            .await
            .expect("created");
        app.create_account(admin, named("Nog een"))
            .await
            .expect("created");
        app.delete_account(admin, one.id, one.version)
            .await
            .expect("deleted");
        let change = AccountChange {
            phone: Some(Some("020 123 45 67".to_owned())),
            ..AccountChange::default()
        };
        let changed = app.change_account(admin, two.id, two.version, change).await;
        let two = changed.expect("changed").account;
        for ((format, locale), receipt) in &receipts {
            let again = rerun(&world, admin, receipt.id).await;
            assert_eq!(again, Err((2, 1, 1)), "{format} {locale}");
            // The file itself is kept as it was handed out.
            let (_, bytes) = app.export_file(admin, receipt.id).await.expect("the file");
            assert_eq!(bytes.len() as u64, receipt.bytes);
        }
        let change = AccountChange {
            status: Some(AccountStatus::Former),
            ..AccountChange::default()
        };
        app.change_account(admin, two.id, two.version, change)
            .await
            .expect("changed");
        let csv = &receipts[&("csv", "en")];
        assert_eq!(rerun(&world, admin, csv.id).await, Err((2, 2, 0)));
        assert_eq!(
            rerun(&world, admin, addresses.id).await,
            Ok(addresses.sha256.clone())
        );
    });
}

#[test]
fn no_name_runs_as_a_formula() {
    run(async {
        let world = World::demo().await;
        let names = ["=1+1", "@SUM(A1)", "+31 20", "-2+3", "'s-Hertogenbosch"];
        for name in names {
            let new = NewAccount {
                category: Some("=HYPERLINK(\"http://example.org\")".to_owned()),
                ..named(name)
            };
            let created = world
                .app
                .create_account(&world.admin, new)
                .await
                .expect("created");
            assert_eq!(created.account.name, name, "it is stored as it was typed");
        }
        for format in [Format::Csv, Format::Xlsx] {
            let receipt = world
                .app
                .export(&world.admin, &ACCOUNTS, customers(format, "en"))
                .await;
            let receipt = receipt.expect("a file");
            let (_, bytes) = world
                .app
                .export_file(&world.admin, receipt.id)
                .await
                .expect("it");
            let path = world
                .home
                .path()
                .join(format!("guard.{}", format.extension()));
            std::fs::write(&path, &bytes).expect("written");
            let csv = geocrm_ingest::recipe::Csv::default();
            let table = geocrm_ingest::table::read(&path, &csv, None).expect("a table");
            let column = |title: &str| table.find(title).expect("the column");
            let cells = |title: &str| -> Vec<&str> {
                table
                    .rows
                    .iter()
                    .map(|row| row.cell(column(title)))
                    .collect()
            };
            let found = cells("Name");
            // A cell of a workbook is text by its type; in a CSV file an apostrophe has to say so.
            let mark = if format == Format::Csv { "'" } else { "" };
            for dangerous in ["=1+1", "@SUM(A1)", "+31 20", "-2+3"] {
                let written = format!("{mark}{dangerous}");
                assert!(found.contains(&written.as_str()), "{format:?}: {written}");
            }
            assert!(found.contains(&"'s-Hertogenbosch"));
            let dangerous = |cell: &&&str| cell.starts_with(['=', '+', '-', '@']);
            for title in ["Name", "Segment", "Street", "City", "E-mail"] {
                let cells = cells(title);
                let found = cells
                    .iter()
                    .find(dangerous)
                    .filter(|_| format == Format::Csv);
                assert_eq!(found, None, "{title}");
            }
            // A negative amount is a number and stays one.
            let revenue = cells("Revenue");
            assert_eq!(
                revenue.iter().filter(|c| **c == "-123.45").count(),
                names.len()
            );
        }
    });
}
