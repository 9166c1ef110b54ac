//! Service level objectives: promises, what happened by the minute, and how they stand.
//!
//! ```text
//!   objective (indicator, window, alert, exemption)     what is promised
//!        |
//!   tracker --> slots, patterns                         what happened: mergeable, bounded
//!        |
//!   book --> line                                       all layers as one, any stretch of time summed
//!        |
//!   status, violation, firing, analysis                 what it means: folds, made anew for each question
//! ```
//! Deliberately absent: metrics and spans; what they mean for an objective comes in as numbers.

mod alert;
mod analysis;
mod book;
mod budget;
mod calendar;
mod exemption;
mod firing;
mod indicator;
mod line;
mod objective;
mod objectives;
mod outlook;
mod patterns;
mod question;
mod recurrence;
mod recurrence_text;
mod slices;
mod slot;
mod slots;
mod status;
mod sweep;
mod totals;
mod tracker;
mod violation;
mod watch;
mod window;

pub use alert::{Alert, Condition, NORMAL, PolicyStep, Severity};
pub use analysis::{Analysis, Change, ChangeOf, Evidence, Options, Part, Pattern, Sample, Samples, analyze};
pub use exemption::Exemption;
pub use firing::{AlertHistory, PolicyState, Spell};
pub use indicator::{Comparison, Indicator, MetricRatio, MetricSelector, SliType, SpanSelector, Weighted};
pub use objective::Objective;
pub use objectives::{Objectives, Tracked};
pub use outlook::Projection;
pub use patterns::Patterns;
pub use question::Question;
pub use recurrence::Recurrence;
pub use slots::{Counts, Slots};
pub use status::{BurnRate, State, Status};
pub use violation::{SloViolation, ViolationSlot};
pub use watch::{Changed, SloChange, SloWatch};
pub use window::{Budgeting, CalendarUnit, Missing, Resolution, SLOT_NS, Window};

pub(crate) use book::Book;
pub(crate) use firing::{alerts, policy};
pub(crate) use objectives::Shelf;
pub(crate) use patterns::{Kept, Slice, Stood, Values, slice_ns};
pub(crate) use slots::Keeping;
pub(crate) use status::status;
pub(crate) use totals::totals;
pub(crate) use tracker::{Happened, SloTracker};
pub(crate) use violation::violations;

/// The number of a created objective; zero is never given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SloId(pub u32);
