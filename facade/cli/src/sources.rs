use std::path::Path;

use seawall::ConfigSource;
use seawall::settings::Plan;

use crate::args::{Reading, Sources};
use crate::output::Failure;

impl Sources {
    /// Reads the settings, and returns what they describe.
    pub(crate) fn plan(&self) -> Result<Plan, Failure> {
        let Self { files, reading } = self;
        let source = match &files[..] {
            [] if reading.table.is_some() || reading.no_environment => {
                let needs = "`--table` and `--no-environment` need a FILE";
                return Err(Failure::Misuse(needs.to_owned()));
            }
            [] => ConfigSource::usual()?,
            files => reading.files(files.iter().map(AsRef::as_ref)),
        };
        plan(reading.choose(source))
    }
}

impl Reading {
    /// Reads the settings of one file, and returns what they describe.
    pub(crate) fn plan(&self, file: &Path) -> Result<Plan, Failure> {
        plan(self.choose(self.files([file].into_iter())))
    }

    fn files<'a>(&self, files: impl Iterator<Item = &'a Path>) -> ConfigSource {
        let source = files.fold(ConfigSource::new(), |source, file| {
            let source = source.file(file);
            match &self.table {
                Some(table) => source.table(table),
                None => source,
            }
        });
        if self.no_environment { source } else { source.environment() }
    }

    fn choose(&self, source: ConfigSource) -> ConfigSource {
        match &self.profile {
            Some(profile) => source.profile(profile),
            None => source,
        }
    }
}

fn plan(source: ConfigSource) -> Result<Plan, Failure> {
    Ok(seawall::Infrastructure::builder().assume_managers().config(source).plan()?)
}
