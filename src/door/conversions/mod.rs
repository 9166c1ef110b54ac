//! The list of words that the WIT and the ledger share, for doors whose types are generated.
//!
//! Macros, since every door has types of its own that only look alike. Here are the words that every
//! interface uses; what one interface alone uses is in a file of its name. Deliberately absent: choices.

mod metrics;
mod objective;
mod slo;
mod tracer;

/// Conversions between the types that are generated from the WIT and the ledger's own.
///
/// For a door that serves the interfaces, `wit_conversions!()`: what comes in becomes the ledger's, its answers
/// the WIT's. For one that calls them, `wit_conversions!(imports)`: the words that all share and those of
/// `slo`, the other way round, and the kinds of spans. The modules `types`, `metrics`, `query`, `tracer` and `slo` that it names are
/// those in scope where it is used. The WIT gives both sides the same words, so this is a list of them; there
/// is no choice in it.
#[macro_export]
macro_rules! wit_conversions {
    () => {
        $crate::wit_conversions!(@types);
        $crate::wit_metrics!();
        $crate::wit_tracer!();
        $crate::wit_slo!(@words);
        $crate::wit_objective!(@serve);
        $crate::wit_slo!(@serve);
    };
    (imports) => {
        $crate::wit_conversions!(@types);
        $crate::wit_conversions!(@errors);
        $crate::wit_tracer!(@kinds);
        $crate::wit_slo!(@words);
        $crate::wit_objective!(@call);
        $crate::wit_slo!(@call);
    };
    (@types) => {
        $crate::wit_words!(types::Outcome = $crate::Outcome {
            Recorded UnknownId WrongKind InvalidValue InvalidTime OverLimit FutureTime
        });

        impl From<$crate::Error> for types::Error {
            fn from(error: $crate::Error) -> Self {
                match error {
                    $crate::Error::InvalidName(text) => Self::InvalidName(text),
                    $crate::Error::InvalidArgument(text) => Self::InvalidArgument(text),
                    $crate::Error::Conflict(text) => Self::Conflict(text),
                    $crate::Error::Unknown(text) => Self::Unknown(text),
                    $crate::Error::Limit(text) => Self::Limit(text),
                    $crate::Error::Malformed(text) => Self::Malformed(text),
                    $crate::Error::NewerVersion(version) => Self::NewerVersion(version),
                    $crate::Error::Unsupported(text) => Self::Unsupported(text),
                }
            }
        }

        impl From<$crate::Ratio> for types::Ratio {
            fn from(ratio: $crate::Ratio) -> Self {
                Self { numerator: ratio.numerator(), denominator: ratio.denominator() }
            }
        }

        impl TryFrom<types::Ratio> for $crate::Ratio {
            type Error = $crate::Error;

            fn try_from(ratio: types::Ratio) -> Result<Self, $crate::Error> {
                Self::new(ratio.numerator, ratio.denominator)
            }
        }

        impl From<$crate::TraceId> for types::TraceId {
            fn from(id: $crate::TraceId) -> Self {
                Self { high: (id.get() >> 64) as u64, low: id.get() as u64 }
            }
        }

        impl TryFrom<types::TraceId> for $crate::TraceId {
            type Error = $crate::Error;

            fn try_from(id: types::TraceId) -> Result<Self, $crate::Error> {
                Self::new(u128::from(id.high) << 64 | u128::from(id.low))
            }
        }

        impl From<types::Value> for $crate::Value {
            fn from(value: types::Value) -> Self {
                match value {
                    types::Value::Boolean(value) => Self::Boolean(value),
                    types::Value::Integer(value) => Self::Integer(value),
                    types::Value::Float(value) => Self::Float(value.into()),
                    types::Value::Text(text) => Self::Text(text.into()),
                    types::Value::Booleans(list) => Self::Booleans(list),
                    types::Value::Integers(list) => Self::Integers(list),
                    types::Value::Floats(list) => Self::Floats(list.into_iter().map(Into::into).collect()),
                    types::Value::Texts(list) => Self::Texts(list),
                }
            }
        }
    };
    (@errors) => {
        impl From<types::Error> for $crate::Error {
            fn from(error: types::Error) -> Self {
                match error {
                    types::Error::InvalidName(text) => Self::InvalidName(text),
                    types::Error::InvalidArgument(text) => Self::InvalidArgument(text),
                    types::Error::Conflict(text) => Self::Conflict(text),
                    types::Error::Unknown(text) => Self::Unknown(text),
                    types::Error::Limit(text) => Self::Limit(text),
                    types::Error::Malformed(text) => Self::Malformed(text),
                    types::Error::NewerVersion(version) => Self::NewerVersion(version),
                    types::Error::Unsupported(text) => Self::Unsupported(text),
                }
            }
        }
    };
}

/// The same plain words on both sides, both ways.
#[doc(hidden)]
#[macro_export]
macro_rules! wit_words {
    ($($wit:ty = $own:ty { $($word:ident)+ })+) => {$(
        impl From<$own> for $wit {
            fn from(word: $own) -> Self {
                match word {
                    $(<$own>::$word => Self::$word,)+
                }
            }
        }

        impl From<$wit> for $own {
            fn from(word: $wit) -> Self {
                match word {
                    $(<$wit>::$word => Self::$word,)+
                }
            }
        }
    )+};
}

/// A record out of one with fields of the same names: those that become what they are on the other side as
/// they stand, item by item, or where they are given; and those with an expression of their own.
#[doc(hidden)]
#[macro_export]
macro_rules! wit_record {
    ($from:ident { $($plain:ident)* } $(lists { $($list:ident)* })? $(options { $($option:ident)* })? $(and { $($own:ident: $value:expr,)* })?) => {
        Self {
            $($plain: $from.$plain.into(),)*
            $($($list: $from.$list.into_iter().map(Into::into).collect(),)*)?
            $($($option: $from.$option.map(Into::into),)*)?
            $($($own: $value,)*)?
        }
    };
}
