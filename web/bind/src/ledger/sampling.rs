//! What is sampled, kept, measured and said of who runs, as JavaScript sets it: once, by objects.
//!
//! Deliberately absent: rules; the ledger checks what it is given.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::error::thrown;
use crate::wire::{self, WireAttributes, WireKeeping, WireSampler, WireSpanLimits};

#[wasm_bindgen]
impl Ledger {
    /// Says who runs.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = setResource)]
    pub fn set_resource(&self, attributes: JsValue) -> Result<(), JsValue> {
        let attributes: WireAttributes = wire::read(attributes)?;
        self.work(|door| door.ledger.set_resource(attributes.into())).map_err(thrown)
    }

    /// Says which spans are sampled.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = setSampler)]
    pub fn set_sampler(&self, sampler: JsValue) -> Result<(), JsValue> {
        let sampler: WireSampler = wire::read(sampler)?;
        let sampler = sampler.try_into().map_err(thrown)?;
        self.work(|door| door.ledger.set_sampler(sampler)).map_err(thrown)
    }

    /// Says what is kept of sampled spans; `undefined` is all.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = setKeeping)]
    pub fn set_keeping(&self, keeping: JsValue) -> Result<(), JsValue> {
        let keeping: Option<WireKeeping> = wire::read(keeping)?;
        let keeping = keeping.map(TryInto::try_into).transpose().map_err(thrown)?;
        self.work(|door| door.ledger.set_keeping(keeping)).map_err(thrown)
    }

    /// Says how much a span may hold.
    ///
    /// # Errors
    /// `invalid-argument` for a number that is none from 0 to 2^32 - 1.
    #[wasm_bindgen(js_name = limitSpans)]
    pub fn limit_spans(&self, limits: JsValue) -> Result<(), JsValue> {
        let limits: WireSpanLimits = wire::read(limits)?;
        self.work(|door| door.ledger.limit_spans(limits.into()));
        Ok(())
    }

    /// Counts and times spans from now on, by these dimensions.
    ///
    /// # Errors
    /// As `measure_spans` of the ledger says.
    #[wasm_bindgen(js_name = measureSpans)]
    pub fn measure_spans(&self, dimensions: Vec<String>) -> Result<(), JsValue> {
        self.work(|door| door.ledger.measure_spans(dimensions)).map_err(thrown)
    }
}
