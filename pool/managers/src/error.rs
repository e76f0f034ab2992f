/// Defines the error of a manager and its kinds, each with the sentence that the error displays.
macro_rules! error {
    (
        $(#[$about:meta])*
        $error:ident, $kinds:ident { $($(#[$doc:meta])* $kind:ident => $sentence:expr,)+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $error {
            kind: $kinds,
            source: Option<std::sync::Arc<dyn std::error::Error + Send + Sync>>,
        }

        #[doc = concat!("Classifies a [`", stringify!($error), "`].")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $kinds {
            $(
                #[doc = concat!("Says: ", $sentence, ".")]
                ///
                $(#[$doc])*
                $kind,
            )+
        }

        impl $error {
            pub(super) fn because(
                kind: $kinds,
                source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
            ) -> Self {
                Self { kind, source: Some(source.into().into()) }
            }

            /// Returns the kind of the error.
            #[must_use]
            pub const fn kind(&self) -> $kinds {
                self.kind
            }
        }

        impl From<$kinds> for $error {
            fn from(kind: $kinds) -> Self {
                Self { kind, source: None }
            }
        }

        impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self.kind {
                    $($kinds::$kind => $sentence,)+
                })
            }
        }

        impl std::error::Error for $error {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                self.source.as_ref().map(|error| &**error as _)
            }
        }
    };
}

pub(crate) use error;
