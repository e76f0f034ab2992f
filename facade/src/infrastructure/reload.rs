use std::sync::Arc;

use crate::plan::PlanDiff;
use crate::{Applied, ConfigError, ConfigSource, ConfigStatus, Infrastructure, Plan, Version};

/// Settings that change while calls run.
impl Infrastructure {
    /// Reads the sources of the settings again and changes what runs to what they describe: all of it or
    /// nothing. Calls that run at the same time see one version: the layers and limits of before, or
    /// those of afterwards.
    ///
    /// Components whose settings still describe the same are not touched. Others are changed while they
    /// run and keep their state: circuits, spent tokens, waiting calls, lent connections, counters. Where
    /// that is not possible, they are started anew, which the [difference](Version::difference) says.
    /// Components that are gone end with their last call.
    ///
    /// ```
    /// # #[cfg(feature = "breaker")] {
    /// use seawall::{ConfigSource, Infrastructure};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("seawall.toml");
    /// std::fs::write(&file, "[breaker.payments]\nfailures = 5")?;
    /// let infra = Infrastructure::builder().config(ConfigSource::new().file(&file)).build()?;
    ///
    /// std::fs::write(&file, "[breaker.payments]\nfailures = 3")?;
    /// let applied = infra.reload()?;
    /// assert_eq!(applied.version().to_string(), "version 2 (reload): 1 changed");
    ///
    /// std::fs::write(&file, "[breaker.payments]\nfailures = 0")?;
    /// infra.reload().expect_err("the running version goes on");
    /// assert!(infra.config_status().is_stale());
    ///
    /// let _restored = infra.roll_back(applied.previous())?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// With all problems, if anything is wrong with the settings; if they are empty; if they take away a
    /// name that code has asked for, or start a component anew that code has a handle to; after
    /// [`close`](Self::close). Then nothing has changed, and [`config_status`](Self::config_status) is
    /// stale.
    pub fn reload(&self) -> Result<Applied, ConfigError> {
        self.live.reload()
    }

    /// Returns what [`reload`](Self::reload) would change, and changes nothing.
    ///
    /// # Errors
    /// As for [`reload`](Self::reload).
    pub fn dry_run(&self) -> Result<PlanDiff, ConfigError> {
        self.live.dry_run(None)
    }

    /// Returns what would change if the settings were those of `config`, and changes nothing.
    ///
    /// # Errors
    /// As for [`reload`](Self::reload).
    pub fn dry_run_of(&self, config: &ConfigSource) -> Result<PlanDiff, ConfigError> {
        self.live.dry_run(Some(config))
    }

    /// Starts, changes and removes components and protections while everything runs: what `changes` has
    /// comes over the settings in effect, with the same checks as a reload, all of it or nothing. It
    /// stays in effect across reloads, over what the sources have then.
    ///
    /// ```
    /// # #[cfg(feature = "breaker")] {
    /// use seawall::{ConfigSource, Infrastructure};
    ///
    /// # let settings = ConfigSource::new().toml_str("[breaker.cards]\n[protection.charge]\nbreaker = \"cards\"");
    /// let infra = Infrastructure::builder().config(settings).build()?;
    /// let mails = r#"
    ///     [breaker.mails]
    ///     failures = 3
    ///
    ///     [protection.send_mail]
    ///     breaker = "mails"
    /// "#;
    /// let _applied = infra.change(&ConfigSource::new().toml_str(mails))?;
    /// assert!(infra.protections().iter().any(|name| name.as_str() == "send_mail"));
    ///
    /// let less = ConfigSource::new().remove("protection.send_mail").remove("breaker.mails");
    /// let _applied = infra.change(&less)?;
    /// # }
    /// # Ok::<(), seawall::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`reload`](Self::reload).
    pub fn change(&self, changes: &ConfigSource) -> Result<Applied, ConfigError> {
        self.live.change(changes)
    }

    /// Returns to the settings of an earlier version, as a new version. The sources are not read: what
    /// they have comes into effect again with the next [`reload`](Self::reload), or once it changes.
    ///
    /// # Errors
    /// If the version is not one of [`versions`](Self::versions); otherwise as for
    /// [`reload`](Self::reload).
    pub fn roll_back(&self, version: u64) -> Result<Applied, ConfigError> {
        self.live.roll_back(version)
    }

    /// Returns the version of the settings that is in effect.
    #[must_use]
    pub fn version(&self) -> Version {
        self.live.engine().version()
    }

    /// Returns the last 32 versions of the settings, the current one last.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        self.live.engine().versions()
    }

    /// Returns which version of the settings is in effect, and whether newer ones were refused.
    #[must_use]
    pub fn config_status(&self) -> ConfigStatus {
        self.live.engine().status(&self.live.layer)
    }

    /// Returns the plan that is in effect: every component and protection with its settings, each with
    /// its source. Secrets are hidden.
    #[must_use]
    pub fn describe(&self) -> Arc<Plan> {
        self.live.engine().plan()
    }
}
