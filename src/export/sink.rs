//! Where a message goes that has two forms: the bytes of Protocol Buffers, and their JSON.
//!
//! What is in a message is decided once, by whoever walks over the data; a sink decides how it looks.
//! Deliberately absent: any message.

use super::protobuf::Writer;
use crate::float::Double;

/// A field: its number in Protocol Buffers and its name in JSON.
#[derive(Clone, Copy)]
pub(super) struct Field(pub(super) u32, pub(super) &'static str);

/// What a message is written to. Every field that is given is written, defaults too.
pub(super) trait Sink: Sized {
    /// A `string`.
    fn text(&mut self, field: Field, value: &str);
    /// A `bool`.
    fn flag(&mut self, field: Field, value: bool);
    /// A value of an enumeration, or a `uint32`.
    fn choice(&mut self, field: Field, value: u32);
    /// A `sint32`.
    fn sint(&mut self, field: Field, value: i32);
    /// An `int64`.
    fn int(&mut self, field: Field, value: i64);
    /// A `fixed32`.
    fn fixed32(&mut self, field: Field, value: u32);
    /// A `fixed64`.
    fn fixed(&mut self, field: Field, value: u64);
    /// A `double`.
    fn double(&mut self, field: Field, value: f64);
    /// The `bytes` of a trace's or a span's id.
    fn id(&mut self, field: Field, bytes: &[u8]);
    /// A list of `fixed64`, packed.
    fn fixeds(&mut self, field: Field, values: &[u64]);
    /// A list of `uint64`, packed.
    fn varints(&mut self, field: Field, values: &[u64]);
    /// A list of `double`, packed.
    fn doubles(&mut self, field: Field, values: &[Double]);
    /// A message.
    fn message(&mut self, field: Field, fill: impl FnOnce(&mut Self));
    /// A list of messages; `fill` gives each as an [`item`](Self::item) of the same field.
    fn list(&mut self, field: Field, fill: impl FnOnce(&mut Self));
    /// One of a list.
    fn item(&mut self, field: Field, fill: impl FnOnce(&mut Self));

    /// A list of one message.
    fn list_of_one(&mut self, field: Field, fill: impl FnOnce(&mut Self)) {
        self.list(field, |sink| sink.item(field, fill));
    }

    /// A `fixed64` whose absence says zero.
    fn fixed_unless_zero(&mut self, field: Field, value: u64) {
        if value != 0 {
            self.fixed(field, value);
        }
    }

    /// A `uint32` whose absence says zero.
    fn choice_unless_zero(&mut self, field: Field, value: u32) {
        if value != 0 {
            self.choice(field, value);
        }
    }

    /// A `string` whose absence says that it is empty.
    fn text_unless_empty(&mut self, field: Field, value: &str) {
        if !value.is_empty() {
            self.text(field, value);
        }
    }
}

impl Sink for Writer {
    fn text(&mut self, field: Field, value: &str) {
        self.text(field.0, value);
    }

    fn flag(&mut self, field: Field, value: bool) {
        self.varint(field.0, value.into());
    }

    fn choice(&mut self, field: Field, value: u32) {
        self.varint(field.0, value.into());
    }

    fn sint(&mut self, field: Field, value: i32) {
        self.sint(field.0, value.into());
    }

    fn int(&mut self, field: Field, value: i64) {
        self.varint(field.0, value.cast_unsigned());
    }

    fn fixed32(&mut self, field: Field, value: u32) {
        self.fixed32(field.0, value);
    }

    fn fixed(&mut self, field: Field, value: u64) {
        self.fixed64(field.0, value);
    }

    fn double(&mut self, field: Field, value: f64) {
        self.double(field.0, value);
    }

    fn id(&mut self, field: Field, bytes: &[u8]) {
        self.bytes(field.0, bytes);
    }

    fn fixeds(&mut self, field: Field, values: &[u64]) {
        self.message(field.0, |writer| values.iter().for_each(|value| writer.raw_fixed64(*value)));
    }

    fn varints(&mut self, field: Field, values: &[u64]) {
        self.message(field.0, |writer| values.iter().for_each(|value| writer.raw_varint(*value)));
    }

    fn doubles(&mut self, field: Field, values: &[Double]) {
        self.message(field.0, |writer| values.iter().for_each(|value| writer.raw_fixed64(value.get().to_bits())));
    }

    fn message(&mut self, field: Field, fill: impl FnOnce(&mut Self)) {
        self.message(field.0, fill);
    }

    fn list(&mut self, _: Field, fill: impl FnOnce(&mut Self)) {
        fill(self);
    }

    fn item(&mut self, field: Field, fill: impl FnOnce(&mut Self)) {
        self.message(field.0, fill);
    }
}
