//! What wit-bindgen makes of the world `telemetry`. Nothing is written by hand here.
#![expect(unsafe_code, reason = "generated code")]

wit_bindgen::generate!({
    path: "wit",
    world: "telemetry",
    generate_all,
});

use super::Component;

export!(Component);
