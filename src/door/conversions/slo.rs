//! The words of the interface `slo` that both sides of it use, and those in which it answers.
//!
//! Deliberately absent: how an objective is said (see `objective`), and choices.

/// Conversions of answers about objectives; see [`wit_conversions!`](crate::wit_conversions).
#[doc(hidden)]
#[macro_export]
macro_rules! wit_slo {
    (@words) => {
        $crate::wit_words! {
            slo::SliType = $crate::SliType { Availability Latency Throughput ErrorRate Saturation }
            slo::Comparison = $crate::Comparison { Below AtMost Above AtLeast }
            slo::CalendarUnit = $crate::slo::CalendarUnit { Day Week Month Quarter }
            slo::Missing = $crate::slo::Missing { Ignored Good Bad }
            slo::Severity = $crate::slo::Severity { Page Ticket }
            slo::State = $crate::slo::State { NoData Insufficient Met AtRisk Violated }
        }

        impl From<(String, String)> for slo::Match {
            fn from((name, value): (String, String)) -> Self {
                Self { name, value }
            }
        }

        impl From<slo::Match> for (String, String) {
            fn from(pair: slo::Match) -> Self {
                (pair.name, pair.value)
            }
        }

        impl From<($crate::Comparison, $crate::Double)> for slo::Threshold {
            fn from((comparison, value): ($crate::Comparison, $crate::Double)) -> Self {
                Self { comparison: comparison.into(), value: value.get() }
            }
        }

        impl From<slo::Threshold> for ($crate::Comparison, $crate::Double) {
            fn from(threshold: slo::Threshold) -> Self {
                (threshold.comparison.into(), threshold.value.into())
            }
        }
    };
    (@serve) => {
        impl TryFrom<slo::Question> for $crate::slo::Question {
            type Error = $crate::Error;

            fn try_from(question: slo::Question) -> Result<Self, $crate::Error> {
                let slo::Question { at, since, order, most } = question;
                let time = |nanos: Option<u64>| nanos.map($crate::Timestamp::try_from).transpose();
                let options = $crate::slo::Options { order, most: most as usize, ..Default::default() };
                Ok(Self { at: time(at)?, since: time(since)?, options })
            }
        }

        $crate::wit_slo!(@same slo);
        $crate::wit_slo!(@serve analysis);

        impl From<$crate::Status> for slo::Status {
            fn from(status: $crate::Status) -> Self {
                $crate::wit_slo!(@status status, status.target.into())
            }
        }

        impl From<$crate::slo::PolicyState> for slo::PolicyState {
            fn from(state: $crate::slo::PolicyState) -> Self {
                let changes = state.changes.into_iter().map(|(at, action)| slo::PolicyChange { at, action }).collect();
                Self { action: state.action, since: state.since, changes }
            }
        }
    };
    (@serve analysis) => {
        impl From<($crate::TraceId, $crate::SpanId)> for slo::SpanIds {
            fn from((trace_id, span_id): ($crate::TraceId, $crate::SpanId)) -> Self {
                Self { trace_id: trace_id.into(), span_id: span_id.get() }
            }
        }

        impl From<(String, String)> for slo::AttributeValue {
            fn from((name, value): (String, String)) -> Self {
                Self { name, value }
            }
        }

        impl From<$crate::slo::Pattern> for slo::Pattern {
            fn from(pattern: $crate::slo::Pattern) -> Self {
                $crate::wit_record!(pattern {
                    bad total is_exact is_outcome support risk_ratio excess p_value q_value
                } lists { attributes examples counterexamples })
            }
        }

        impl From<$crate::slo::Part> for slo::ChangePart {
            fn from(part: $crate::slo::Part) -> Self {
                Self {
                    value: (!part.is_others).then_some(part.value),
                    mix: part.mix,
                    rate: part.rate,
                    bad_before: part.before.bad,
                    total_before: part.before.total(),
                    bad_since: part.after.bad,
                    total_since: part.after.total(),
                }
            }
        }

        impl From<$crate::slo::ChangeOf> for slo::ChangeOf {
            fn from(of: $crate::slo::ChangeOf) -> Self {
                $crate::wit_record!(of { dimension } lists { parts })
            }
        }

        impl From<$crate::slo::Change> for slo::Change {
            fn from(change: $crate::slo::Change) -> Self {
                Self { whole: change.ratio, dimensions: change.dimensions.into_iter().map(Into::into).collect() }
            }
        }

        impl From<$crate::slo::Analysis> for slo::Analysis {
            fn from(analysis: $crate::slo::Analysis) -> Self {
                $crate::wit_record!(analysis { good bad tested is_exact } lists { patterns } options { change })
            }
        }
    };
    (@call) => {
        $crate::wit_slo!(@same own);
        $crate::wit_slo!(@call analysis);

        impl TryFrom<slo::Status> for $crate::Status {
            type Error = $crate::Error;

            fn try_from(status: slo::Status) -> Result<Self, $crate::Error> {
                let target: $crate::Ratio = status.target.try_into()?;
                Ok($crate::wit_slo!(@status status, target))
            }
        }

        impl From<slo::PolicyState> for $crate::slo::PolicyState {
            fn from(state: slo::PolicyState) -> Self {
                let changes = state.changes.into_iter().map(|change| (change.at, change.action)).collect();
                Self { action: state.action, since: state.since, changes }
            }
        }
    };
    (@call analysis) => {
        impl TryFrom<slo::SpanIds> for ($crate::TraceId, $crate::SpanId) {
            type Error = $crate::Error;

            fn try_from(ids: slo::SpanIds) -> Result<Self, $crate::Error> {
                Ok((ids.trace_id.try_into()?, $crate::SpanId::new(ids.span_id)?))
            }
        }

        impl From<slo::AttributeValue> for (String, String) {
            fn from(attribute: slo::AttributeValue) -> Self {
                (attribute.name, attribute.value)
            }
        }

        impl TryFrom<slo::Pattern> for $crate::slo::Pattern {
            type Error = $crate::Error;

            fn try_from(pattern: slo::Pattern) -> Result<Self, $crate::Error> {
                let spans = |ids: Vec<slo::SpanIds>| ids.into_iter().map(TryInto::try_into).collect::<Result<_, $crate::Error>>();
                let (examples, counterexamples) = (spans(pattern.examples)?, spans(pattern.counterexamples)?);
                Ok($crate::wit_record!(pattern {
                    bad total is_exact is_outcome support risk_ratio excess p_value q_value
                } lists { attributes } and { examples: examples, counterexamples: counterexamples, }))
            }
        }

        impl From<slo::ChangePart> for $crate::slo::Part {
            fn from(part: slo::ChangePart) -> Self {
                let counts = |bad: u64, total: u64| $crate::slo::Counts { good: total.saturating_sub(bad), bad };
                Self {
                    is_others: part.value.is_none(),
                    value: part.value.unwrap_or_default(),
                    mix: part.mix,
                    rate: part.rate,
                    before: counts(part.bad_before, part.total_before),
                    after: counts(part.bad_since, part.total_since),
                }
            }
        }

        impl From<slo::ChangeOf> for $crate::slo::ChangeOf {
            fn from(of: slo::ChangeOf) -> Self {
                $crate::wit_record!(of { dimension } lists { parts })
            }
        }

        impl From<slo::Change> for $crate::slo::Change {
            fn from(change: slo::Change) -> Self {
                let dimensions: Vec<$crate::slo::ChangeOf> = change.dimensions.into_iter().map(Into::into).collect();
                // The parts of each dimension come to all events.
                let (mut before, mut after) = ($crate::slo::Counts::default(), $crate::slo::Counts::default());
                for part in dimensions.iter().take(1).flat_map(|of| &of.parts) {
                    before.add(part.before);
                    after.add(part.after);
                }
                Self { before, after, ratio: change.whole, dimensions }
            }
        }

        impl TryFrom<slo::Analysis> for $crate::slo::Analysis {
            type Error = $crate::Error;

            fn try_from(analysis: slo::Analysis) -> Result<Self, $crate::Error> {
                let patterns = analysis.patterns.into_iter().map(TryInto::try_into).collect::<Result<_, $crate::Error>>()?;
                Ok($crate::wit_record!(analysis { good bad tested is_exact } options { change } and { patterns: patterns, }))
            }
        }
    };
    // Records of the same fields on both sides: into those of the WIT, or into the ledger's own.
    (@same slo) => {
        $crate::wit_slo!(@records
            $crate::slo::BurnRate => slo::BurnRate,
            $crate::slo::Projection => slo::Projection,
            $crate::slo::ViolationSlot => slo::ViolationSlot,
            $crate::slo::SloViolation => slo::Violation,
            $crate::slo::Spell => slo::Spell,
            $crate::slo::AlertHistory => slo::AlertHistory,
        );
    };
    (@same own) => {
        $crate::wit_slo!(@records
            slo::BurnRate => $crate::slo::BurnRate,
            slo::Projection => $crate::slo::Projection,
            slo::ViolationSlot => $crate::slo::ViolationSlot,
            slo::Violation => $crate::slo::SloViolation,
            slo::Spell => $crate::slo::Spell,
            slo::AlertHistory => $crate::slo::AlertHistory,
        );
    };
    (@records
        $burn_a:ty => $burn_b:ty,
        $projection_a:ty => $projection_b:ty,
        $slot_a:ty => $slot_b:ty,
        $violation_a:ty => $violation_b:ty,
        $spell_a:ty => $spell_b:ty,
        $alert_a:ty => $alert_b:ty,
    ) => {
        impl From<$burn_a> for $burn_b {
            fn from(burn: $burn_a) -> Self {
                $crate::wit_record!(burn { lookback rate })
            }
        }

        impl From<$projection_a> for $projection_b {
            fn from(projection: $projection_a) -> Self {
                $crate::wit_record!(projection { current budget_remaining })
            }
        }

        impl From<$slot_a> for $slot_b {
            fn from(slot: $slot_a) -> Self {
                $crate::wit_record!(slot { start end good bad })
            }
        }

        impl From<$violation_a> for $violation_b {
            fn from(violation: $violation_a) -> Self {
                $crate::wit_record!(violation {
                    id name opened opened_before closed duration worst worst_at budget_consumed good bad slots_total
                } lists { slots })
            }
        }

        impl From<$spell_a> for $spell_b {
            fn from(spell: $spell_a) -> Self {
                $crate::wit_record!(spell { opened closed peak })
            }
        }

        impl From<$alert_a> for $alert_b {
            fn from(alert: $alert_a) -> Self {
                $crate::wit_record!(alert { name severity is_firing } lists { spells })
            }
        }
    };
    (@status $status:ident, $target:expr) => {
        $crate::wit_record!($status {
            id version name window_end window_start good total unit raw_good raw_total state current budget_remaining
            budget_remaining_events coverage firing time_to_exhaustion time_to_recovery expired uncounted
        } lists { burn_rates } options { projection } and { target: $target, })
    };
}
