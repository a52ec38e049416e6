//! What may be written on the command line.

use clap::{Args, Parser, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;

/// Geographic CRM: customers, regions and territories on one map.
#[derive(Debug, Parser)]
#[command(name = "geocrm", version, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub place: Place,
    #[command(subcommand)]
    pub command: Command,
}

/// Where the data lives.
#[derive(Debug, Args)]
pub struct Place {
    /// Folder of the private database, exports and settings.
    #[arg(long, env = "GEOCRM_HOME", global = true, default_value_os_t = default_home())]
    pub home: PathBuf,
    /// An outside PostgreSQL 15 or newer with PostGIS instead of the private one.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
}

fn default_home() -> PathBuf {
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    home.join(".local/share/geocrm")
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the map and the API.
    Serve(Serve),
    /// Load the demo region or a folder of open data, then serve it.
    Demo(Demo),
    /// Load datasets by their recipes; loading again replaces them.
    Load(Load),
    /// Import an account file, or undo an import.
    Import(Import),
    /// Find the places of the addresses in a CSV file.
    Geocode(Geocode),
    /// Write what is selected to a file.
    Export(Export),
    /// Write a whole cube for another engine.
    Cube(Cube),
    /// Check database, data and engine.
    Doctor,
    /// List, add or change users.
    User(User),
    /// Print the OpenAPI document.
    Openapi,
}

#[derive(Debug, Args, Clone)]
pub struct Serve {
    /// Address to listen on; other than loopback needs TLS.
    #[arg(long, env = "GEOCRM_LISTEN", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Port; 0 takes a free one.
    #[arg(long, env = "GEOCRM_PORT", default_value_t = 8080)]
    pub port: u16,
    /// PEM file of the certificate chain.
    #[arg(long, requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file of the certificate's key.
    #[arg(long, requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A proxy in front speaks TLS to browsers.
    #[arg(long)]
    pub behind_proxy: bool,
    /// While people edit, the files a restart begins from are renewed after so many milliseconds.
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(10..))]
    pub save_every_ms: u64,
}

impl Serve {
    pub fn save_every(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.save_every_ms)
    }
}

#[derive(Debug, Args)]
pub struct Demo {
    #[command(flatten)]
    pub serve: Serve,
    /// Addresses of the generated region.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub size: u32,
    /// Seed of the generated region; the same seed and size give the same region.
    #[arg(long, default_value_t = 20_261_122)]
    pub seed: u64,
    /// Accounts of the generated region, at most one an address; a fortieth of the addresses when not given.
    #[arg(long)]
    pub accounts: Option<u32>,
    /// Load this folder of open data instead of the generated region.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Load and stop, without serving.
    #[arg(long)]
    pub no_serve: bool,
}

#[derive(Debug, Args)]
pub struct Load {
    /// Folder that holds the files the recipes name.
    #[arg(long)]
    pub data: PathBuf,
    /// Codes of recipes; all that find their file when none is given.
    pub recipes: Vec<String>,
    /// A recipe file of your own instead of the built-in ones.
    #[arg(long, conflicts_with = "recipes")]
    pub recipe: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Import {
    /// CSV or XLSX file.
    #[arg(required_unless_present = "undo")]
    pub file: Option<PathBuf>,
    /// Say what would happen, change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write the rejected rows with their reasons to this CSV file.
    #[arg(long)]
    pub rejects: Option<PathBuf>,
    /// Take back the import of this id, exactly.
    #[arg(long, conflicts_with = "file")]
    pub undo: Option<String>,
}

#[derive(Debug, Args)]
pub struct Geocode {
    /// CSV file with street, number, postcode and city columns, or one address column.
    pub file: PathBuf,
    /// Where to write; standard output when left out.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Export {
    /// accounts, addresses, roads, regions or flows.
    pub cube: String,
    /// csv, xlsx, geojson or gpkg.
    #[arg(long, default_value = "csv")]
    pub format: String,
    /// CQL2 text, such as "status = 'customer'".
    #[arg(long)]
    pub filter: Option<String>,
    /// GeoJSON file with the area.
    #[arg(long)]
    pub area: Option<PathBuf>,
    /// Language of headers and separators: en or nl.
    #[arg(long, default_value = "en")]
    pub locale: String,
    /// Where to write; `<cube>.<format>` when left out.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Cube {
    #[command(subcommand)]
    pub action: CubeAction,
}

#[derive(Debug, Subcommand)]
pub enum CubeAction {
    /// Write a cube as GeoParquet into a new folder, partitioned by quadkey.
    Export {
        /// accounts, addresses, roads, regions or flows.
        cube: String,
        /// Folder to make; it must not be there yet.
        #[arg(long)]
        out: PathBuf,
        /// Only what this user may see, by e-mail address; everything when left out.
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct User {
    #[command(subcommand)]
    pub action: UserAction,
}

#[derive(Debug, Subcommand)]
pub enum UserAction {
    /// Users with their roles.
    List,
    /// Add a user; the password is read from standard input.
    Add {
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
        /// administrator, representative or analyst.
        #[arg(long, default_value = "representative")]
        role: String,
        /// Codes of the territories a representative sees.
        #[arg(long = "territory")]
        territories: Vec<String>,
    },
    /// Set the password of a user, read from standard input.
    Password {
        #[arg(long)]
        email: String,
    },
    /// Print a new one-time link for the first administrator.
    Setup,
}
