#![doc = include_str!("../README.md")]

mod body;
mod call;
mod classify;
mod client;
mod layer;
mod server;
mod status;
mod timeout;

pub use self::body::GrpcBody;
pub use self::classify::GrpcStatus;
pub use self::client::GrpcClient;
pub use self::layer::{Client, GrpcProtectLayer, Server, metadata, method};
pub use self::server::GrpcServer;
pub use self::status::{refusal_of, status};
pub use self::timeout::grpc_timeout;
