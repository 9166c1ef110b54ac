//! One call of every method that the project forbids: each must be reported, or the list in the
//! project's `.clippy.toml` spells it wrongly, which clippy does not say.

/// Calls them all.
pub fn calls(value: f64, other: f64) -> [f64; 22] {
    [
        value.exp(),
        value.exp2(),
        value.exp_m1(),
        value.ln(),
        value.ln_1p(),
        value.log(other),
        value.log10(),
        value.log2(),
        value.powf(other),
        value.powi(3),
        value.cbrt(),
        value.hypot(other),
        value.sin(),
        value.cos(),
        value.tan(),
        value.asin(),
        value.acos(),
        value.atan(),
        value.atan2(other),
        value.sinh(),
        value.cosh(),
        value.tanh(),
    ]
}
