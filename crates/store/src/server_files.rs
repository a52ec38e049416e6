//! What the private server needs from the machine: PostgreSQL's programs with PostGIS, the user to run under, the
//! memory size. Looked up before anything is changed, so that a refusal leaves nothing behind.

use crate::private_server::ServerError;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(crate) const OLDEST_MAJOR: u32 = 15;

/// The folder with `initdb`, `postgres` and `pg_ctl` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Programs {
    pub(crate) bin: PathBuf,
    pub(crate) major: u32,
}

/// The user a server started by root runs under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunAs {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Programs {
    /// The newest version that has PostGIS; exactly `major` where a data folder needs it.
    pub(crate) fn find(major: Option<u32>) -> Result<Self, ServerError> {
        let mut found: Vec<Self> = candidates()
            .into_iter()
            .filter_map(|bin| Self::at(&bin))
            .filter(|p| p.major >= OLDEST_MAJOR && major.is_none_or(|m| m == p.major))
            .collect();
        // Newest first; of one version the distribution's own folder before whatever is on the path.
        found.sort_by_key(|p| std::cmp::Reverse(p.major));
        let package_version = major.unwrap_or_else(packaged_major);
        match found.iter().find(|p| p.has_postgis()).cloned() {
            Some(programs) => Ok(programs),
            None => Err(ServerError::MissingPrograms {
                what: if found.is_empty() {
                    "PostgreSQL"
                } else {
                    "PostGIS"
                },
                command: package_command(found.first().map_or(package_version, |p| p.major)),
            }),
        }
    }

    fn at(bin: &Path) -> Option<Self> {
        let needed = ["initdb", "postgres", "pg_ctl"];
        if !needed.iter().all(|name| bin.join(name).is_file()) {
            return None;
        }
        // Debian's folders carry the version; elsewhere the program says it.
        let from_path = bin
            .parent()
            .and_then(Path::file_name)
            .and_then(|v| v.to_str())
            .and_then(|v| v.parse().ok());
        let major = from_path.or_else(|| {
            let output = std::process::Command::new(bin.join("postgres"))
                .arg("--version")
                .output()
                .ok()?;
            let text = String::from_utf8(output.stdout).ok()?;
            let version = text
                .split_whitespace()
                .find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
            version.split('.').next()?.parse().ok()
        })?;
        Some(Self {
            bin: bin.to_owned(),
            major,
        })
    }

    fn has_postgis(&self) -> bool {
        let debian = PathBuf::from(format!("/usr/share/postgresql/{}", self.major));
        let said = std::process::Command::new(self.bin.join("pg_config"))
            .arg("--sharedir")
            .output()
            .ok()
            .and_then(|o| String::from_utf8(o.stdout).ok())
            .map(|dir| PathBuf::from(dir.trim()));
        [Some(debian), said]
            .into_iter()
            .flatten()
            .any(|share| share.join("extension/postgis.control").is_file())
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    let configured = std::process::Command::new("pg_config")
        .arg("--bindir")
        .output()
        .ok();
    if let Some(bin) = configured.and_then(|o| String::from_utf8(o.stdout).ok()) {
        folders.push(PathBuf::from(bin.trim()));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    folders
}

/// `apt-get install postgresql postgresql-15-postgis-3`.
fn package_command(major: u32) -> String {
    format!("apt-get install postgresql postgresql-{major}-postgis-3")
}

/// The PostgreSQL that the distribution's packages bring.
fn packaged_major() -> u32 {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    major_of_release(&release)
}

fn major_of_release(release: &str) -> u32 {
    let field = |name: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.trim_matches('"'))
    };
    match (field("ID"), field("VERSION_ID")) {
        (Some("ubuntu"), Some("24.04")) => 16,
        (Some("debian"), Some("13")) | (Some("ubuntu"), Some("25.04" | "25.10")) => 17,
        (Some("ubuntu"), Some("26.04")) => 18,
        _ => 15,
    }
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// The `postgres` user of the machine.
pub(crate) fn postgres_user() -> Result<RunAs, ServerError> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    user_in(&passwd, "postgres").ok_or(ServerError::NoPostgresUser)
}

fn user_in(passwd: &str, name: &str) -> Option<RunAs> {
    let mut fields = passwd
        .lines()
        .map(|l| l.split(':'))
        .find_map(|mut fields| (fields.next()? == name).then_some(fields))?;
    // After the name: password, uid, gid.
    Some(RunAs {
        uid: fields.nth(1)?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

/// The first folder above `path` that the user may not pass.
pub(crate) fn closed_parent(path: &Path, user: RunAs) -> Option<PathBuf> {
    path.ancestors()
        .skip(1)
        .find(|folder| {
            fs::metadata(folder).is_ok_and(|m| {
                let bit = if m.uid() == user.uid {
                    0o100
                } else if m.gid() == user.gid {
                    0o010
                } else {
                    0o001
                };
                m.mode() & bit == 0
            })
        })
        .map(Path::to_owned)
}

/// Megabytes of memory of the machine; 2,048 where it does not say.
pub(crate) fn memory_mb() -> u64 {
    fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            let line = text
                .lines()
                .find_map(|l| l.strip_prefix("MemTotal:"))?
                .trim()
                .to_owned();
            line.split_whitespace().next()?.parse::<u64>().ok()
        })
        .map_or(2_048, |kb| kb / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_line_names_the_version_of_the_distribution() {
        let bookworm = "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n";
        let trixie = "VERSION_ID=\"13\"\nID=debian\n";
        assert_eq!(
            package_command(major_of_release(bookworm)),
            "apt-get install postgresql postgresql-15-postgis-3"
        );
        assert_eq!(major_of_release(trixie), 17);
    }

    #[test]
    fn the_user_is_found_by_the_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgresql:x:7:8::/:/x\npostgres:x:104:110:,,,:/var:/bin/bash\n";
        assert_eq!(
            user_in(passwd, "postgres"),
            Some(RunAs { uid: 104, gid: 110 })
        );
        assert_eq!(user_in(passwd, "nobody"), None);
    }

    #[test]
    fn a_version_nobody_has_is_missing_with_its_package() {
        let error = Programs::find(Some(99)).expect_err("there is no such version");
        assert!(
            error.to_string().contains("postgresql-99-postgis-3"),
            "{error}"
        );
    }
}
