//! What can be the value of an attribute in `#[trace(fields(..))]`, which must not take what the body still needs.
//!
//! Deliberately absent: values by their `Debug` or `Display`; those are asked for, by `?` and `%`.

use codomyrmex_telemetry::Value;

/// Can be read as the value of an attribute, and is still there afterwards.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of an attribute as it is",
    note = "write `key = ?value` to record it as `Debug` writes it, or `key = %value` as `Display` does"
)]
pub trait ToValue {
    /// It, as the value of an attribute.
    fn to_value(&self) -> Value;
}

macro_rules! to_value {
    ($($type:ty => |$own:ident| $value:expr,)+) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value {
                let $own = self;
                $value
            }
        }
    )+};
}

to_value! {
    bool => |own| Value::Boolean(*own),
    i8 => |own| Value::Integer(i64::from(*own)),
    i16 => |own| Value::Integer(i64::from(*own)),
    i32 => |own| Value::Integer(i64::from(*own)),
    i64 => |own| Value::Integer(*own),
    isize => |own| integer(*own),
    u8 => |own| Value::Integer(i64::from(*own)),
    u16 => |own| Value::Integer(i64::from(*own)),
    u32 => |own| Value::Integer(i64::from(*own)),
    u64 => |own| integer(*own),
    usize => |own| integer(*own),
    f32 => |own| Value::from(f64::from(*own)),
    f64 => |own| Value::from(*own),
    str => |own| Value::from(own),
    String => |own| Value::from(own.as_str()),
    Value => |own| own.clone(),
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

/// An integer; as text where it takes more than 63 bits.
pub(crate) fn integer<N: Copy + ToString + TryInto<i64>>(number: N) -> Value {
    number.try_into().map_or_else(|_| number.to_string().into(), Value::Integer)
}
