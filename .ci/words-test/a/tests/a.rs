//! Rest: takes leave.

/// Rest: A caller? Who has it?
pub fn a() {}
