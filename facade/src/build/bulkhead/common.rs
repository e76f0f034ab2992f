use std::time::Duration;

use crate::config::Setting;

pub(super) const MAX_CONCURRENT: Setting<u32> =
    Setting::count("max_concurrent", "maximum number of concurrent calls")
        .unit("calls")
        .default("16");

pub(super) const MAX_WAIT: Setting<Duration> =
    Setting::duration("max_wait", "maximum wait of a call that sets no `max_wait`")
        .or_zero()
        .default("0s");

pub(super) const MAX_WAITING: Setting<u32> =
    Setting::count("max_waiting", "maximum number of calls that wait")
        .unit("calls")
        .default("1024");
