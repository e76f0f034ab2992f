use std::fs;
use std::path::Path;
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use crate::output::Failure;

/// Returns how pages are read by `https`: with certificates that the system trusts, or those in `ca_file`.
pub(super) fn config(ca_file: Option<&Path>) -> Result<TlsConfig, Failure> {
    let roots = RootCerts::Specific(Arc::new(match ca_file {
        Some(file) => certificates(file)?,
        None => trusted_by_system(),
    }));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(roots);
    Ok(config.unversioned_rustls_crypto_provider(provider).build())
}

/// Returns what can be read of the certificates that the system trusts, or those of SSL_CERT_FILE. Without any,
/// no page is trusted, and the error says so.
fn trusted_by_system() -> Vec<Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs().certs;
    found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect()
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let fail =
        |about: &dyn std::fmt::Display| Failure::Other(format!("{}: {about}", file.display()));
    let pem = fs::read(file).map_err(|error| fail(&error))?;
    let items: Result<Vec<_>, _> = parse_pem(&pem).collect();
    let items = items.map_err(|error| fail(&error))?;
    let certificates: Vec<_> = items
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    match certificates.is_empty() {
        true => Err(fail(&"there is no certificate in it; expected PEM")),
        false => Ok(certificates),
    }
}
