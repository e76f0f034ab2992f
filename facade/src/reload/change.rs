use super::apply::{announce, apply};
use super::{Applied, Origin};
use crate::ConfigSource;
use crate::config::{ConfigError, Content, ContentHash};
use crate::live::Live;
use crate::watch::ContentReceiver;

impl Live {
    /// Changes what runs by `more`, over the settings that are in effect: what the sources have by now
    /// is for a reload.
    pub(crate) fn change(&self, more: &ConfigSource) -> Result<Applied, ConfigError> {
        let more = more.gather();
        let mut engine = self.engine();
        let base = engine.applied();
        let plan = engine.plan_of(&base.with(&engine.code).and(&more))?;
        let code = engine.code.and(&more, &base);
        let applied = apply(self, &mut engine, plan, Origin::Code)?;
        engine.code = code;
        drop(engine);
        if applied.is_new() {
            announce(self, &applied);
        }
        Ok(applied)
    }
}

impl ContentReceiver for Live {
    fn handled(&self) -> Option<ContentHash> {
        self.engine().handled()
    }

    fn offer(&self, content: Content, handled: Option<ContentHash>) {
        let engine = self.engine();
        if engine.handled() == handled {
            // What is wrong with it was emitted, and is in the status.
            let _ = self.apply_content(engine, content);
        }
    }
}
