//! What both exporters expose of a shop, and the dashboard and the alerts that read it.

mod accounting;
mod alerts;
mod board;
mod docs;
mod exposition;
mod golden;
mod peers;
mod queries;
mod scenario;
