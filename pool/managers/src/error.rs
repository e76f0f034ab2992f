use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::secret::Secret;

/// Reports why a connection could not be made or is unusable, or why a transaction was not
/// committed.
///
/// Its source is the driver's error, or that of an adapted manager, whose own source is the message
/// of the server or the operating system. It has none if that would show the password.
#[derive(Clone, Debug)]
pub struct ManagerError {
    kind: ManagerErrorKind,
    server: &'static str,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Defines the kinds of errors, each with its sentence, in which `{}` stands for the server's name.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $sentence:expr,)+) => {
        /// Classifies a [`ManagerError`], whichever server it is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ManagerErrorKind {
            $(
                #[doc = concat!("Says: ", $sentence, ".")]
                ///
                $(#[$doc])*
                $kind,
            )+
        }

        impl ManagerErrorKind {
            const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$kind => $sentence,)+
                }
            }
        }
    };
}

kinds! {
    /// The user or the password is wrong or missing, or `pg_hba.conf` does not allow this host.
    /// Retrying does not help.
    LoginRefused => "{} refused the login",
    /// The user may not connect, or not do what the setup or a reset does.
    NotAllowed => "the user may not do this in {}",
    /// Retrying does not help. A server of a Redis Cluster has only database 0.
    NoDatabase => "{} has no such database",
    /// The server, the database or the user has its maximum number of connections.
    TooManyConnections => "{} has no free connection",
    /// The server is starting up, shutting down, loading, recovering, running a script, without its
    /// primary, or out of memory or disk space. Retrying later may help.
    NotReady => "{} is not ready to serve",
    /// TLS is required, but one side has none, or rejects the other's certificate.
    NoTls => "the TLS handshake with {} failed",
    /// The port is closed, there is no route, or the host name is unknown.
    Unreachable => "{} could not be reached",
    /// The configuration's `connect_timeout` or the operating system's timeout passed.
    TimedOut => "{} did not answer in time",
    /// The connection had been established.
    Ended => "the connection to {} has ended",
    /// The address is most likely another service's.
    WrongProtocol => "the server does not speak the protocol of {}",
    /// Later answers could not be told apart any more.
    OutOfStep => "{} sent an answer without a command",
    /// The server is older than version 6.2, or the commands are renamed.
    TooOld => "the server of {} lacks HELLO or RESET",
    /// There is none where the pool connects, or it has shut down.
    NoRuntime => "there is no Tokio runtime to drive a connection to {}; connect on one, or pass one \
        to `with_runtime`",
    /// The source says which setting, pragma or statement.
    BadSetup => "{} did not accept the settings or the setup of the connection",
    /// Retrying the transaction from its start helps.
    Conflict => "the transaction conflicts with another one and was rolled back",
    /// Deferred constraints are checked by `COMMIT`.
    Constraint => "the transaction violates a constraint",
    /// The operation ignored the statement's error.
    StatementFailed => "a statement of the transaction had failed, so it was rolled back",
    /// The operation ended it, or SQLite rolled it back after an error.
    NoTransaction => "the transaction had already ended, so none was committed",
    /// Its directory is missing, the path is a directory, the file does not exist and must not be
    /// created, or it is not readable.
    CannotOpen => "{} cannot open the file",
    /// If that is enough, use `Sqlite::read_only`, with a setup that does not write.
    ReadOnly => "{} can only read the file",
    /// Or it is encrypted.
    NotADatabase => "the file is not a database of {}",
    /// Checking it with `PRAGMA integrity_check` shows where.
    Damaged => "the database of {} is damaged",
    /// The lock was held for the whole `busy_timeout`. Retrying later may help.
    Busy => "the database of {} is locked by another connection",
    /// The disk is full, or reading or writing failed.
    Disk => "{} cannot read or write the disk",
    /// The use was cut.
    Interrupted => "a statement of {} was interrupted",
    /// Or moved, or removed. Another connection is opened.
    Replaced => "the file of {} was replaced while it was open",
    /// A borrower undid what a reset cannot do again.
    NotReset => "what the setup of the connection made is gone",
    /// Found when a connection was to be lent again.
    Broken => "{} reports the connection as broken",
    /// The source is the manager's reason.
    NotRecycled => "{} refused to recycle the connection",
    /// The source has the reason.
    Other => "{} returned an error",
}

impl ManagerError {
    pub(crate) fn new(server: &'static str, kind: ManagerErrorKind) -> Self {
        Self { kind, server, source: None }
    }

    pub(crate) fn because(
        server: &'static str,
        kind: ManagerErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { kind, server, source: Some(source.into().into()) }
    }

    /// Returns the error without its source if that would show `secret`.
    pub(crate) fn keeping(mut self, secret: &Secret) -> Self {
        self.source = self.source.filter(|error| secret.is_kept_by(&**error));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> ManagerErrorKind {
        self.kind
    }

    /// Returns the driver's or the adapted manager's own error, if it is an `E`.
    #[must_use]
    pub fn driver<E: Error + 'static>(&self) -> Option<&E> {
        self.source.as_deref()?.downcast_ref()
    }
}

impl fmt::Display for ManagerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind.sentence().replacen("{}", self.server, 1))
    }
}

impl Error for ManagerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| &**error as _)
    }
}
