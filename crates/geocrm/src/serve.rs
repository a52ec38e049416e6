//! `geocrm serve` and `geocrm demo`: open the data, print the address and the one-time link, and serve
//! until the process is asked to stop.

use crate::arguments::{Demo, Place, Serve};
use crate::progress::Shown;
use anyhow::Context;
use geocrm_app::load::LoadReport;
use geocrm_app::{App, OpenOptions};
use geocrm_server::Transport;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Opens the data of a place.
pub async fn open(place: &Place) -> anyhow::Result<Arc<App>> {
    let options = OpenOptions {
        home: place.home.clone(),
        database_url: place.database_url.clone(),
    };
    Ok(App::open(options).await?)
}

pub async fn serve(place: &Place, serve: Serve) -> anyhow::Result<()> {
    let listener = bind(&serve)?;
    let app = open(place).await?;
    run(app, listener, serve.save_every()).await
}

pub async fn demo(place: &Place, demo: Demo) -> anyhow::Result<()> {
    let listener = if demo.no_serve {
        None
    } else {
        Some(bind(&demo.serve)?)
    };
    let app = open(place).await?;
    let shown = Shown::new();
    let reports = if let Some(folder) = &demo.data {
        app.load_folder_once(folder, &shown).await
    } else {
        let (size, accounts) = (demo.size as usize, demo.accounts.map(|n| n as usize));
        app.load_demo_once(demo.seed, size, accounts, &shown).await
    };
    shown.finish();
    for report in reports? {
        print_report(&report);
    }
    match listener {
        Some(listener) => run(app, listener, demo.serve.save_every()).await,
        None => Ok(app.close().await?),
    }
}

/// Rejected rows that are shown of one dataset.
const SHOWN: usize = 10;

/// One line per dataset, then the rejected rows, at most ten of them.
pub fn print_report(report: &LoadReport) {
    let dataset = &report.dataset;
    let rows: Vec<String> = dataset
        .row_counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    println!(
        "{}: {} ({}), {}; {} rejected",
        dataset.code,
        dataset.source,
        dataset.vintage,
        rows.join(", "),
        dataset.rejected
    );
    for rejection in report.rejections.iter().take(SHOWN) {
        println!(
            "    {} {}{}{}: {}",
            rejection.file,
            rejection.element,
            rejection
                .field
                .as_ref()
                .map(|f| format!(", {f}"))
                .unwrap_or_default(),
            rejection
                .value
                .as_ref()
                .map(|v| format!(" = {v}"))
                .unwrap_or_default(),
            rejection.reason
        );
    }
    if report.rejections.len() > SHOWN {
        println!("    … and {} more", report.rejections.len() - SHOWN);
    }
}

fn bind(serve: &Serve) -> anyhow::Result<geocrm_server::Listener> {
    let transport = match (&serve.tls_cert, &serve.tls_key) {
        (Some(certificate), Some(key)) => Transport::Tls {
            certificate: certificate.clone(),
            key: key.clone(),
        },
        _ => Transport::Plain {
            behind_proxy: serve.behind_proxy,
        },
    };
    Ok(geocrm_server::bind(
        SocketAddr::new(serve.listen, serve.port),
        transport,
    )?)
}

async fn run(
    app: Arc<App>,
    listener: geocrm_server::Listener,
    save_every: Duration,
) -> anyhow::Result<()> {
    // Before the address is printed, so that whoever has read it can also stop us in an orderly way.
    let stopping = stop_signal().context("listening for signals")?;
    let address = format!("{}://{}", listener.scheme(), listener.address);
    println!("GeoCRM serves {address}");
    match app.setup_link().await? {
        Some(token) => println!(
            "Create the first administrator with this one-time link:\n  {address}/setup#token={token}"
        ),
        None => println!("Sign in at {address}/sign-in"),
    }
    app.follow(save_every);
    listener.serve(Arc::clone(&app), stopping).await?;
    app.close().await.context("while closing")?;
    Ok(())
}

/// Listens from now on; the future resolves at ^C or when the process is asked to terminate.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
