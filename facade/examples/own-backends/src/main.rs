//! Runs calls through the backends that `seawall.toml` names; with the argument `schema`, prints the
//! schema of such files.

use own_backends::{Fuses, Quotas};
use seawall::{ConfigError, ConfigSource, Infrastructure};

fn main() -> Result<(), ConfigError> {
    let settings = ConfigSource::new().file("seawall.toml").environment();
    let builder = Infrastructure::builder().config(settings).backend(Fuses).backend(Quotas);
    if std::env::args().nth(1).as_deref() == Some("schema") {
        println!("{:#}", builder.schema());
        return Ok(());
    }
    println!("{}\n", builder.plan()?);
    let infra = builder.build()?;
    for _ in 0..3 {
        let charge = || Err::<(), _>("the bank does not answer");
        let charged = infra.execute_protected_blocking("charge_card", charge);
        println!("charge_card: {}", charged.expect_err("no bank"));
    }
    for _ in 0..4 {
        let exported = infra.execute_protected_blocking("export", || Ok::<_, &str>("exported"));
        println!("export: {}", exported.unwrap_or("too many"));
    }
    for status in infra.components() {
        println!("{status}; backend {}", status.backend.unwrap_or("unknown"));
    }
    Ok(())
}
