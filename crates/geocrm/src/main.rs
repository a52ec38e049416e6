//! The command line: every use case that needs no browser, and the server. It parses arguments, prints
//! for people (a progress bar on a terminal, plain lines elsewhere) and leaves the work to `app`.
#![expect(clippy::print_stdout, reason = "printing is what a command line does")]

mod arguments;
mod commands;
mod cube;
mod progress;
mod serve;

use arguments::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("GEOCRM_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,sqlx::query=error")),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("geocrm: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(run(arguments));
    // All is closed; what still computes in the background, an index say, is of no use to anybody.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("geocrm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let place = arguments.place;
    match arguments.command {
        Command::Serve(serve) => serve::serve(&place, serve).await,
        Command::Demo(demo) => serve::demo(&place, demo).await,
        Command::Load(load) => commands::load(&place, load).await,
        Command::Import(import) => commands::import(&place, import).await,
        Command::Geocode(geocode) => commands::geocode(&place, geocode).await,
        Command::Export(export) => commands::export(&place, export).await,
        Command::Cube(cube) => cube::cube(&place, cube.action).await,
        Command::Doctor => commands::doctor(&place).await,
        Command::User(user) => commands::user(&place, user).await,
        Command::Openapi => {
            println!("{}", geocrm_server::openapi_document()?);
            Ok(())
        }
    }
}
