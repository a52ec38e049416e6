//! `geocrm cube`: a whole cube at once, for another engine.

use crate::arguments::{CubeAction, Place};
use crate::serve::open;
use anyhow::bail;
use geocrm_app::App;
use geocrm_domain::VisibleScope;
use geocrm_domain::catalogue;
use std::path::Path;

pub async fn cube(place: &Place, action: CubeAction) -> anyhow::Result<()> {
    let CubeAction::Export { cube, out, user } = action;
    let app = open(place).await?;
    let done = export(&app, &cube, &out, user.as_deref()).await;
    app.close().await?;
    done
}

async fn export(app: &App, name: &str, out: &Path, user: Option<&str>) -> anyhow::Result<()> {
    let Some(cube) = catalogue::cube(name) else {
        let known: Vec<_> = catalogue::CUBES.iter().map(|c| c.name).collect();
        bail!("there is no cube {name}; there are {}", known.join(", "));
    };
    let scope = match user {
        Some(email) => app.scope_of(email).await?,
        None => VisibleScope::everything(),
    };
    let (data_version, written) = app.export_cube(&scope, cube, out).await?;
    println!(
        "{} rows at data version {data_version} in {} files, {} bytes, sha-256 {} in {}",
        written.rows,
        written.files,
        written.bytes,
        written.sha256,
        out.display()
    );
    Ok(())
}
