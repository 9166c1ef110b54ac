//! One budget of memory for an agent, over everything that it can grow.
//!
//! Deliberately absent: what the ledger holds for the agent, which has limits of its own.

use wasmtime::ResourceLimiter;

const TABLE_ELEMENT_BYTES: usize = 16; // what an element of a table takes at most
const INSTANCES_MAX: usize = 64; // core instances: a component made of two has a dozen

/// What an agent has grown so far, and may.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    used: usize,
    most: usize,
}

impl MemoryBudget {
    pub(crate) const fn new(most: usize) -> Self {
        Self { used: 0, most }
    }

    fn grow(&mut self, current: usize, desired: usize, unit: usize) -> bool {
        let more = desired.saturating_sub(current).saturating_mul(unit);
        let fits = more <= self.most - self.used;
        if fits {
            self.used += more;
        }
        fits
    }
}

impl ResourceLimiter for MemoryBudget {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired, 1))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired, TABLE_ELEMENT_BYTES))
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
    }

    fn tables(&self) -> usize {
        INSTANCES_MAX
    }

    fn memories(&self) -> usize {
        INSTANCES_MAX
    }
}
