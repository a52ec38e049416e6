//! The commands that do one thing and end.

use crate::arguments::{Export, Geocode, Import, Load, Place, User, UserAction};
use crate::progress::Shown;
use crate::serve::{open, print_report};
use anyhow::{Context, bail};
use geocrm_app::cql2;
use geocrm_app::exports::{ExportAsked, Format};
use geocrm_app::geocoding::Query;
use geocrm_app::selection::SelectionRequest;
use geocrm_app::session::Role;
use geocrm_domain::catalogue;
use geocrm_domain::{ImportId, PostalAddress};
use std::io::{BufRead, IsTerminal, Write};

pub async fn load(place: &Place, load: Load) -> anyhow::Result<()> {
    let app = open(place).await?;
    let shown = Shown::new();
    let reports = match &load.recipe {
        Some(recipe) => app.load_recipe_file(&load.data, recipe, &shown).await,
        None => app.load_folder(&load.data, &load.recipes, &shown).await,
    };
    shown.finish();
    let reports = match reports {
        Ok(reports) => reports,
        Err(error) => {
            app.close().await?;
            return Err(error.into());
        }
    };
    for report in &reports {
        print_report(report);
    }
    Ok(app.close().await?)
}

pub async fn import(place: &Place, import: Import) -> anyhow::Result<()> {
    let app = open(place).await?;
    app.read_ground().await?;
    let done = run_import(&app, &import).await;
    app.close().await?;
    done
}

async fn run_import(app: &geocrm_app::App, import: &Import) -> anyhow::Result<()> {
    if let Some(id) = &import.undo {
        let id: ImportId = id
            .parse()
            .with_context(|| format!("{id} is not the id of an import"))?;
        let undone = app.undo_import(id).await?;
        println!(
            "took back {}: {} accounts removed, {} put back as they were",
            undone.meta.file_name, undone.created, undone.updated
        );
        return Ok(());
    }
    let Some(file) = &import.file else {
        bail!("name a file to import")
    };
    let report = app.import_file(file, import.dry_run).await?;
    let total = report.created + report.updated + report.unchanged + report.rejections.len() as u64;
    println!(
        "{}{total} rows: {} new, {} updated, {} unchanged, {} rejected",
        if import.dry_run {
            "dry run, nothing written. "
        } else {
            ""
        },
        report.created,
        report.updated,
        report.unchanged,
        report.rejections.len()
    );
    println!(
        "places of what is new or updated: {} matched, {} doubtful, {} failed",
        report.matched, report.doubtful, report.failed
    );
    for rejection in report.rejections.iter().take(20) {
        println!(
            "    {}{}: {}",
            rejection.element,
            rejection
                .field
                .as_ref()
                .map(|f| format!(", {f}"))
                .unwrap_or_default(),
            rejection.reason
        );
    }
    if let Some(path) = &import.rejects {
        let mut out =
            csv::Writer::from_path(path).with_context(|| format!("writing {}", path.display()))?;
        out.write_record(["file", "row", "column", "value", "reason"])?;
        for r in &report.rejections {
            let field = r.field.as_deref().unwrap_or_default();
            out.write_record([
                &r.file,
                &r.element,
                field,
                r.value.as_deref().unwrap_or_default(),
                &r.reason,
            ])?;
        }
        out.flush()?;
        println!("rejected rows are in {}", path.display());
    }
    if let Some(id) = report.id {
        println!("import {id}; take it back with: geocrm import --undo {id}");
    }
    Ok(())
}

/// Columns an address file may have, as people name them.
const ADDRESS_COLUMNS: [(&str, &[&str]); 6] = [
    (
        "street",
        &["street", "straat", "strasse", "straße", "straatnaam"],
    ),
    (
        "number",
        &[
            "house_number",
            "housenumber",
            "number",
            "huisnummer",
            "nummer",
            "hausnummer",
        ],
    ),
    ("postcode", &["postcode", "postal_code", "zip", "plz"]),
    (
        "city",
        &["city", "plaats", "woonplaats", "stad", "town", "ort"],
    ),
    ("country", &["country", "land"]),
    ("text", &["address", "adres", "adresse", "text"]),
];

pub async fn geocode(place: &Place, geocode: Geocode) -> anyhow::Result<()> {
    let app = open(place).await?;
    app.read_ground().await?;
    let done = run_geocode(&app, &geocode).await;
    app.close().await?;
    done
}

async fn run_geocode(app: &geocrm_app::App, geocode: &Geocode) -> anyhow::Result<()> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(&geocode.file)
        .with_context(|| format!("reading {}", geocode.file.display()))?;
    let headers = reader.headers()?.clone();
    let find = |names: &[&str]| {
        headers.iter().position(|h| {
            names.contains(
                &h.trim()
                    .trim_start_matches('\u{feff}')
                    .to_lowercase()
                    .as_str(),
            )
        })
    };
    let columns = ADDRESS_COLUMNS.map(|(_, names)| find(names));
    if columns.iter().all(Option::is_none) {
        bail!(
            "{} has the columns {}; at least one of street, number, postcode, city or address is needed",
            geocode.file.display(),
            headers.iter().collect::<Vec<_>>().join(", ")
        );
    }
    let mut records = Vec::new();
    for (row, record) in reader.records().enumerate() {
        records
            .push(record.with_context(|| format!("{} row {}", geocode.file.display(), row + 2))?);
    }
    let queries = records
        .iter()
        .map(|record| {
            let [street, house_number, postcode, city, country, text] = columns.map(|c| {
                c.and_then(|c| record.get(c))
                    .map(|v| v.trim().to_owned())
                    .filter(|v| !v.is_empty())
            });
            Query {
                text,
                address: PostalAddress {
                    street,
                    house_number,
                    postcode,
                    city,
                    country,
                },
            }
        })
        .collect();
    let found = app.geocode(queries).await?;
    let out: Box<dyn Write> = match &geocode.output {
        Some(path) => Box::new(
            std::fs::File::create(path).with_context(|| format!("writing {}", path.display()))?,
        ),
        None => Box::new(std::io::stdout()),
    };
    let mut out = csv::Writer::from_writer(out);
    let more = ["state", "score", "faults", "found", "lng", "lat"];
    out.write_record(headers.iter().chain(more))?;
    let mut counts = [0u64; 3];
    for (record, one) in records.iter().zip(&found) {
        counts[one.state as usize] += 1;
        let best = one
            .candidates
            .first()
            .filter(|_| one.state.code() != "failed");
        let faults: Vec<_> = one.faults.iter().map(|f| f.code()).collect();
        let degrees = |value: Option<f64>| value.map(|v| format!("{v:.7}")).unwrap_or_default();
        let more = [
            one.state.code().to_owned(),
            format!("{:.3}", one.score),
            faults.join(" "),
            best.map(|c| c.address.one_line()).unwrap_or_default(),
            degrees(best.map(|c| c.place.lng())),
            degrees(best.map(|c| c.place.lat())),
        ];
        let width = headers.len();
        let cells = (0..width).map(|i| record.get(i).unwrap_or_default());
        out.write_record(cells.chain(more.iter().map(String::as_str)))?;
    }
    out.flush()?;
    eprintln!(
        "{} rows: {} matched, {} doubtful, {} failed",
        found.len(),
        counts[0],
        counts[1],
        counts[2]
    );
    Ok(())
}

pub async fn export(place: &Place, export: Export) -> anyhow::Result<()> {
    let app = open(place).await?;
    let done = run_export(&app, &export).await;
    app.close().await?;
    done
}

async fn run_export(app: &geocrm_app::App, export: &Export) -> anyhow::Result<()> {
    let Some(cube) = catalogue::cube(&export.cube) else {
        let known: Vec<_> = catalogue::CUBES.iter().map(|c| c.name).collect();
        bail!(
            "there is no cube {}; there are {}",
            export.cube,
            known.join(", ")
        );
    };
    let Some(format) = Format::parse(&export.format) else {
        bail!(
            "there is no format {}; take csv, xlsx, geojson or gpkg",
            export.format
        );
    };
    let geometry = match &export.area {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("reading {}", path.display()))?;
            Some(
                serde_json::from_str(&text)
                    .with_context(|| format!("{} is not JSON", path.display()))?,
            )
        }
        None => None,
    };
    if let Some(filter) = &export.filter {
        cql2::parse_text(cube, filter)?;
    }
    let request = SelectionRequest {
        filter: export.filter.clone().map(serde_json::Value::String),
        geometry,
        ..SelectionRequest::default()
    };
    let asked = ExportAsked {
        selection: app.select(cube, &request).await?,
        order: Vec::new(),
        format,
        locale: export.locale.clone(),
    };
    let out = export
        .output
        .clone()
        .unwrap_or_else(|| format!("{}.{}", export.cube, format.extension()).into());
    let written = app.export_to(cube, &asked, &out).await?;
    println!(
        "{} rows, {} bytes, sha-256 {} in {}",
        written.rows,
        written.bytes,
        written.sha256,
        out.display()
    );
    Ok(())
}

pub async fn doctor(place: &Place) -> anyhow::Result<()> {
    let app = open(place).await?;
    let report = app.doctor().await;
    app.close().await?;
    let report = report?;
    for line in &report.lines {
        println!("{line}");
    }
    if report.healthy {
        Ok(())
    } else {
        bail!("something is wrong; see above")
    }
}

fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("Password: ");
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

pub async fn user(place: &Place, user: User) -> anyhow::Result<()> {
    let app = open(place).await?;
    let done = run_user(&app, user).await;
    app.close().await?;
    done
}

async fn run_user(app: &geocrm_app::App, user: User) -> anyhow::Result<()> {
    match user.action {
        UserAction::List => {
            for user in app.users().await? {
                println!(
                    "{}  {}  {}  {}",
                    user.role.code(),
                    user.email,
                    user.name,
                    user.territories.join(",")
                );
            }
        }
        UserAction::Add {
            name,
            email,
            role,
            territories,
        } => {
            let Some(role) = Role::parse(&role) else {
                bail!("there is no role {role}; take administrator, representative or analyst");
            };
            let id = app
                .add_user(&name, &email, role, territories, Some(read_password()?))
                .await?;
            println!("added {email} ({id})");
        }
        UserAction::Password { email } => {
            app.set_password(&email, read_password()?).await?;
            println!("set the password of {email}");
        }
        UserAction::Setup => match app.setup_link().await? {
            Some(token) => println!("open the page /setup#token={token} of the running server"),
            None => println!("there is an administrator already"),
        },
    }
    Ok(())
}
