//! Loading datasets: real ones by their recipes, the demo region by its generator, through the same
//! tables. A file is read whole before anything is written; loading again replaces the version.

use crate::App;
use crate::error::AppError;
use futures::TryStreamExt;
use geocrm_domain::ImportId;
use geocrm_domain::dataset::{Dataset, Rejection};
use geocrm_domain::record::{AccountRow, AreaRow, Bundle};
use geocrm_ingest::demo::{self, DemoError, DemoSpec, Stage};
use geocrm_ingest::{Context, Recipe, RegionIndex, derive, shape};
use geocrm_store::{DatasetMeta, DatasetWriter, ImportMeta, LeafTable, Role};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Code of the generated dataset; its regions are `demo_regions`.
pub const DEMO_CODE: &str = "demo";
const DEMO_REGIONS_CODE: &str = "demo_regions";

/// Told how far long work is.
pub trait Progress: Send + Sync {
    fn step(&self, what: &str, done: u64, of: u64);
}

/// What became of one dataset.
#[derive(Debug, Clone)]
pub struct LoadReport {
    pub dataset: Dataset,
    pub rejections: Vec<Rejection>,
}

impl App {
    /// Built-in recipes whose file is in the folder, in loading order.
    fn recipes_in(folder: &Path) -> Result<Vec<Recipe>, AppError> {
        if !folder.is_dir() {
            return Err(AppError::invalid(format!(
                "{} is not a folder",
                folder.display()
            )));
        }
        let mut recipes = geocrm_ingest::recipes();
        recipes.retain(|recipe| folder.join(&recipe.file).is_file());
        recipes.sort_by(|a, b| (a.order, &a.code).cmp(&(b.order, &b.code)));
        if recipes.is_empty() {
            return Err(AppError::invalid(format!(
                "{} holds none of the files that the recipes name (osm/…, regions/…, stats/…)",
                folder.display()
            )));
        }
        Ok(recipes)
    }

    /// Loads what is not loaded yet; the second time there is nothing to do.
    pub async fn load_folder_once(
        &self,
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<Vec<LoadReport>, AppError> {
        let mut recipes = Self::recipes_in(folder)?;
        let loaded = self.store.datasets().await?;
        recipes.retain(|recipe| !loaded.iter().any(|dataset| dataset.code == recipe.code));
        self.load_recipes(folder, &recipes, progress).await
    }

    /// Loads the named recipes again, or all whose file is there.
    pub async fn load_folder(
        &self,
        folder: &Path,
        codes: &[String],
        progress: &dyn Progress,
    ) -> Result<Vec<LoadReport>, AppError> {
        let mut recipes = Self::recipes_in(folder)?;
        if let Some(unknown) = codes
            .iter()
            .find(|code| !recipes.iter().any(|r| r.code == **code))
        {
            let known: Vec<_> = recipes.iter().map(|r| r.code.as_str()).collect();
            return Err(AppError::field(
                "recipe",
                Some(unknown),
                format!("with a file here there are {}", known.join(", ")),
            ));
        }
        if !codes.is_empty() {
            recipes.retain(|recipe| codes.contains(&recipe.code));
        }
        self.load_recipes(folder, &recipes, progress).await
    }

    /// Loads one dataset by a recipe file of the user's own.
    pub async fn load_recipe_file(
        &self,
        folder: &Path,
        recipe: &Path,
        progress: &dyn Progress,
    ) -> Result<Vec<LoadReport>, AppError> {
        let text = std::fs::read_to_string(recipe).map_err(|source| AppError::Io {
            context: format!("reading {}", recipe.display()),
            source,
        })?;
        let recipe = Recipe::parse(&text)
            .map_err(|e| AppError::invalid(format!("{}: {e}", recipe.display())))?;
        self.load_recipes(folder, &[recipe], progress).await
    }

    async fn load_recipes(
        &self,
        folder: &Path,
        recipes: &[Recipe],
        progress: &dyn Progress,
    ) -> Result<Vec<LoadReport>, AppError> {
        let mut reports = Vec::with_capacity(recipes.len());
        let mut regions_changed = false;
        for (done, recipe) in recipes.iter().enumerate() {
            progress.step(&recipe.code, done as u64, recipes.len() as u64);
            let (report, has_regions) = self.load_one(folder, recipe).await?;
            reports.push(report);
            regions_changed |= has_regions;
        }
        if regions_changed {
            progress.step(
                "regions of every record",
                recipes.len() as u64,
                recipes.len() as u64,
            );
            self.assign_regions().await?;
        }
        self.catch_up_with_load().await?;
        Ok(reports)
    }

    /// Engine, atlas and what lies on the ground as they are after a load.
    async fn catch_up_with_load(&self) -> Result<(), AppError> {
        self.catch_up().await?;
        self.read_ground().await
    }

    async fn load_one(
        &self,
        folder: &Path,
        recipe: &Recipe,
    ) -> Result<(LoadReport, bool), AppError> {
        let regions = self.store.regions().await?;
        let context = Context::from_regions(&regions);
        let parks = self.loaded_parks(&recipe.code).await?;
        let (recipe, folder): (Recipe, PathBuf) = (recipe.clone(), folder.to_owned());
        let mut loaded = tokio::task::spawn_blocking(move || {
            let mut loaded = geocrm_ingest::read(&recipe, &folder, &context)?;
            if !loaded.bundle.addresses.is_empty()
                || !loaded.bundle.buildings.is_empty()
                || !loaded.bundle.roads.is_empty()
            {
                derive::enrich(&mut loaded.bundle, &RegionIndex::new(&regions), &parks);
            }
            Ok::<_, geocrm_ingest::IngestError>(loaded)
        })
        .await
        .map_err(|e| AppError::internal("reading a dataset", e))?
        .map_err(|e| AppError::invalid(e.to_string()))?;
        if loaded
            .bundle
            .row_counts()
            .iter()
            .all(|(_, rows)| *rows == 0)
        {
            return Err(nothing_taken(&loaded.meta.file, &loaded.rejections));
        }
        let meta = DatasetMeta {
            code: loaded.meta.code.clone(),
            title: loaded.meta.title,
            source: loaded.meta.source,
            licence: loaded.meta.licence,
            attribution: loaded.meta.attribution,
            vintage: loaded.meta.vintage,
            loaded_at: self.clock.now(),
        };
        let has_regions = !loaded.bundle.regions.is_empty();
        let accounts = std::mem::take(&mut loaded.bundle.accounts);
        let mut writer = DatasetWriter::begin(&self.store, meta).await?;
        writer.write(&loaded.bundle).await?;
        writer.rejected(loaded.rejections.len() as i64);
        if !accounts.is_empty() {
            writer.accounts(accounts.len() as i64);
        }
        let dataset = writer.finish().await?;
        if !accounts.is_empty() {
            self.catch_up_with_load().await?;
            self.import_dataset_accounts(&dataset.code, &loaded.meta.file, accounts)
                .await?;
        }
        Ok((
            LoadReport {
                dataset,
                rejections: loaded.rejections,
            },
            has_regions,
        ))
    }

    /// Business parks of other datasets, which count as near too.
    async fn loaded_parks(&self, except: &str) -> Result<Vec<AreaRow>, AppError> {
        let mut parks = Vec::new();
        let mut areas = std::pin::pin!(self.store.stream_areas());
        while let Some(area) = areas.try_next().await? {
            if area.row.kind.is_business_park() && area.dataset != except {
                parks.push(area.row);
            }
        }
        Ok(parks)
    }

    async fn import_dataset_accounts(
        &self,
        source: &str,
        file: &str,
        rows: Vec<AccountRow>,
    ) -> Result<(), AppError> {
        let meta = ImportMeta {
            id: ImportId(self.clock.new_id()),
            file_name: file.to_owned(),
            file_sha256: String::new(),
            source: source.to_owned(),
        };
        self.import_rows(meta, rows, false).await.map(drop)
    }

    /// Gives every record the region it lies in; for when regions came after the records.
    async fn assign_regions(&self) -> Result<(), AppError> {
        let regions = self.store.regions().await?;
        let index = tokio::task::spawn_blocking(move || RegionIndex::new(&regions))
            .await
            .map_err(|e| AppError::internal("indexing regions", e))?;
        for table in LeafTable::ALL {
            self.store
                .reassign_leaves(table, |at| index.leaves(at))
                .await?;
        }
        Ok(())
    }

    /// Generates and loads the demo region unless this one is loaded already.
    pub async fn load_demo_once(
        &self,
        seed: u64,
        addresses: usize,
        accounts: Option<usize>,
        progress: &dyn Progress,
    ) -> Result<Vec<LoadReport>, AppError> {
        let spec = DemoSpec {
            seed,
            addresses,
            accounts,
        };
        let title = spec.meta(self.clock.today()).title;
        let loaded = self.store.datasets().await?;
        if loaded
            .iter()
            .any(|dataset| dataset.code == DEMO_CODE && dataset.title == title)
        {
            return Ok(Vec::new());
        }
        self.load_demo(spec, progress).await
    }

    async fn load_demo(
        &self,
        spec: DemoSpec,
        progress: &dyn Progress,
    ) -> Result<Vec<LoadReport>, AppError> {
        let today = self.clock.today();
        let meta = spec.meta(today);
        let meta = |code: &str| DatasetMeta {
            code: code.to_owned(),
            title: meta.title.clone(),
            source: meta.source.clone(),
            licence: meta.licence.clone(),
            attribution: meta.attribution.clone(),
            vintage: meta.vintage.clone(),
            loaded_at: self.clock.now(),
        };
        let (pieces, mut received) = mpsc::channel::<Bundle>(2);
        let (told, mut heard) = mpsc::unbounded_channel();
        let generating = tokio::task::spawn_blocking(move || {
            demo::generate(
                &spec,
                today,
                &mut |bundle| pieces.blocking_send(bundle).map_err(|_| GeneratorLeft),
                &mut |now| {
                    // Nobody is told when the other side has given up.
                    let _ = told.send(now);
                },
            )
        });
        let mut index = None;
        let mut writer: Option<DatasetWriter> = None;
        let mut accounts = Vec::new();
        let mut reports = Vec::new();
        while let Some(mut bundle) = received.recv().await {
            while let Ok(now) = heard.try_recv() {
                let what = match now.stage {
                    Stage::Regions => "regions",
                    Stage::Geometry => "addresses",
                    Stage::Accounts => "accounts",
                };
                progress.step(what, now.done as u64, now.total as u64);
            }
            accounts.append(&mut bundle.accounts);
            if !bundle.regions.is_empty() {
                let mut regions =
                    DatasetWriter::begin(&self.store, meta(DEMO_REGIONS_CODE)).await?;
                regions.write(&bundle).await?;
                let dataset = regions.finish().await?;
                self.add_representatives(&bundle).await?;
                reports.push(LoadReport {
                    dataset,
                    rejections: Vec::new(),
                });
                let loaded = self.store.regions().await?;
                index = Some(std::sync::Arc::new(RegionIndex::new(&loaded)));
                writer = Some(DatasetWriter::begin(&self.store, meta(DEMO_CODE)).await?);
                continue;
            }
            let (Some(writer), Some(index)) = (writer.as_mut(), index.clone()) else {
                continue;
            };
            let bundle = tokio::task::spawn_blocking(move || {
                assign_leaves(&mut bundle, &index);
                bundle
            })
            .await
            .map_err(|e| AppError::internal("assigning regions", e))?;
            writer.write(&bundle).await?;
        }
        match generating
            .await
            .map_err(|e| AppError::internal("generating the demo region", e))?
        {
            Ok(()) => {}
            Err(DemoError::Sink(_)) => {
                return Err(AppError::internal("the demo region", "the load stopped"));
            }
            Err(other) => return Err(AppError::invalid(other.to_string())),
        }
        if let Some(mut writer) = writer {
            writer.accounts(accounts.len() as i64);
            let dataset = writer.finish().await?;
            progress.step("indexing", 0, 1);
            self.catch_up_with_load().await?;
            progress.step("accounts", 0, 1);
            self.import_dataset_accounts(DEMO_CODE, "demo", accounts)
                .await?;
            reports.push(LoadReport {
                dataset,
                rejections: Vec::new(),
            });
        }
        self.catch_up_with_load().await?;
        Ok(reports)
    }

    /// Representatives of the territories as users without a password, so that they own accounts.
    async fn add_representatives(&self, bundle: &Bundle) -> Result<(), AppError> {
        for territory in &bundle.territories {
            let Some((email, name)) = &territory.representative else {
                continue;
            };
            let codes = vec![territory.code.clone()];
            match self.store.user_by_email(email).await? {
                Some(user) => self.store.set_territories(user.id, &codes).await?,
                None => {
                    self.add_user(name, email, Role::Representative, codes, None)
                        .await?;
                }
            }
        }
        Ok(())
    }
}

/// A file of which no row is taken must not replace what was loaded before.
fn nothing_taken(file: &str, rejections: &[Rejection]) -> AppError {
    let reason = match rejections.first() {
        None => "it holds nothing that the recipe asks for".to_owned(),
        Some(first) => {
            let field = first.field.as_deref().unwrap_or("the row");
            let value = first.value.as_deref().unwrap_or_default();
            format!(
                "all {} rows were rejected, the first ({}) because of {field} {value:?}: {}",
                rejections.len(),
                first.element,
                first.reason
            )
        }
    };
    AppError::invalid(format!("{file}: nothing was loaded; {reason}"))
}

/// Generated records know everything of themselves but the regions they lie in.
fn assign_leaves(bundle: &mut Bundle, index: &RegionIndex) {
    bundle
        .addresses
        .par_iter_mut()
        .for_each(|address| address.setting.leaves = index.leaves(address.place));
    bundle
        .roads
        .par_iter_mut()
        .for_each(|road| road.leaves = index.leaves(road.midpoint));
    bundle.buildings.par_iter_mut().for_each(|building| {
        if let Some(at) = shape::interior_point(&building.geometry) {
            building.leaves = index.leaves(at);
        }
    });
}

/// The side that stores the pieces has given up.
#[derive(Debug, thiserror::Error)]
#[error("the load stopped")]
struct GeneratorLeft;
