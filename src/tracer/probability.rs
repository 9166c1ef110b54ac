//! OpenTelemetry's member of `tracestate`: what share of traces was let through, and by which number.
//!
//! The member `ot` is a list `th:c;rv:0123456789abcd`. A trace has a random number of 56 bits, and is
//! sampled if that is not below the threshold; both travel here. Sources: OpenTelemetry Trace, TraceState
//! Handling, sections Setting values, Sampling threshold value and Explicit randomness value; TraceState:
//! Probability Sampling. Deliberately absent: the decision, which is the sampler's.

use alloc::format;
use alloc::string::String;

use super::TraceState;
use crate::{Outcome, Ratio};

const MEMBER: &str = "ot";
const THRESHOLD: &str = "th";
const RANDOM: &str = "rv";
/// Hexadecimal digits of 56 bits.
const DIGITS: usize = 14;
/// How many numbers of 56 bits there are.
const ALL: u64 = 1 << 56;

impl TraceState {
    /// The rejection threshold: traces whose random number is below it were not sampled. In [0, 2^56); `None`
    /// where it is not said, or not as it should be.
    #[must_use]
    pub fn threshold(&self) -> Option<u64> {
        let digits = self.sub_key(THRESHOLD)?;
        let number = hex(digits).filter(|_| digits.len() <= DIGITS)?;
        Some(number << (4 * (DIGITS - digits.len()))) // what is not written are zeros at the end
    }

    /// The random number of the trace where it is not the last 56 bits of its id. In [0, 2^56).
    #[must_use]
    pub fn random(&self) -> Option<u64> {
        self.sub_key(RANDOM).filter(|digits| digits.len() == DIGITS).and_then(hex)
    }

    /// For how many spans one stands that was sampled by the threshold: 2^56 / (2^56 - threshold), exactly.
    #[must_use]
    pub fn adjusted_count(&self) -> Option<Ratio> {
        self.threshold().and_then(|threshold| Ratio::new(ALL, ALL - threshold).ok())
    }

    /// Sets the threshold, or takes it out; what else OpenTelemetry's member says stays. Where the answer is not
    /// `Recorded`, no threshold is said any more: `InvalidValue` for 2^56 or more, `OverLimit` where the member
    /// would be too long. Members may have to leave for it; see [`TraceState::fit`].
    pub fn set_threshold(&mut self, threshold: Option<u64>) -> Outcome {
        let is_said = self.sub_key(THRESHOLD).is_some();
        if self.threshold() == threshold && is_said == threshold.is_some() {
            return Outcome::Recorded; // what is not changed is not moved to the front
        }
        let mut others = String::new();
        for part in self.get(MEMBER).unwrap_or_default().split(';') {
            if !part.is_empty() && name_and_value(part).is_none_or(|(name, _)| name != THRESHOLD) {
                push(&mut others, part);
            }
        }
        let others = others.trim_end_matches(' ');
        let Some(threshold) = threshold else { return self.replace(others) };
        if threshold >= ALL {
            self.replace(others);
            return Outcome::InvalidValue;
        }
        let digits = format!("{threshold:0DIGITS$x}");
        let digits = digits.trim_end_matches('0');
        let mut value = String::from(others);
        push(&mut value, &format!("{THRESHOLD}:{}", if digits.is_empty() { "0" } else { digits }));
        match self.replace(&value) {
            Outcome::Recorded => Outcome::Recorded,
            outcome => {
                self.replace(others);
                outcome
            }
        }
    }

    /// Gives OpenTelemetry's member another value; an empty one takes it out.
    fn replace(&mut self, value: &str) -> Outcome {
        if value.is_empty() {
            self.remove(MEMBER);
            return Outcome::Recorded;
        }
        // All characters stood there before, or are ours: only the length can be wrong.
        if self.insert(MEMBER, value).is_ok() { Outcome::Recorded } else { Outcome::OverLimit }
    }

    fn sub_key(&self, name: &str) -> Option<&str> {
        let mut parts = self.get(MEMBER)?.split(';').filter_map(name_and_value);
        parts.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

fn name_and_value(part: &str) -> Option<(&str, &str)> {
    part.split_once(':')
}

fn push(value: &mut String, part: &str) {
    if !value.is_empty() {
        value.push(';');
    }
    value.push_str(part);
}

/// The number that hexadecimal digits write, in either case.
fn hex(digits: &str) -> Option<u64> {
    // The number's own reader takes a sign, too.
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if are_digits { u64::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn state(value: &str) -> TraceState {
        TraceState::parse(&format!("a=1,ot={value}")).unwrap()
    }

    #[test]
    fn a_threshold_is_a_number_of_56_bits_without_its_last_zeros() {
        for (value, threshold) in [
            ("th:0", 0),
            ("th:8", 1 << 55),
            ("rv:00000000000000;th:c", 3 << 54),
            ("th:fd70a4", 0xfd_70a4_0000_0000),
            ("th:FD70A4;p:1", 0xfd_70a4_0000_0000),
            ("th:00000000000001", 1),
            ("th:ffffffffffffff", ALL - 1),
        ] {
            assert_eq!(state(value).threshold(), Some(threshold), "{value}");
        }
        for value in ["th:", "th:g", "th:+8", "th:-8", "th:0x8", "th:000000000000000", "th", "tx:8", "TH:8", "th :8", "th:8 8"] {
            assert_eq!((state(value).threshold(), state(value).adjusted_count()), (None, None), "{value}");
        }
        assert_eq!(TraceState::default().threshold(), None);
    }

    #[test]
    fn a_random_number_has_all_its_digits() {
        assert_eq!(state("th:8;rv:0123456789abcd").random(), Some(0x01_2345_6789_abcd));
        assert_eq!(state("rv:ffffffffffffff").random(), Some(ALL - 1));
        for value in ["rv:8", "rv:0123456789abcde", "rv:0123456789abcg", "rv:+123456789abcd", "rv:"] {
            assert_eq!(state(value).random(), None, "{value}");
        }
    }

    #[test]
    fn the_adjusted_count_is_exact() {
        let count = |value| state(value).adjusted_count();
        assert_eq!(count("th:0"), Ratio::new(1, 1).ok());
        assert_eq!(count("th:8"), Ratio::new(2, 1).ok());
        assert_eq!(count("th:c"), Ratio::new(4, 1).ok());
        assert_eq!(count("th:4"), Ratio::new(4, 3).ok());
        assert_eq!(count("th:ffffffffffffff"), Ratio::new(ALL, 1).ok());
        assert_eq!(count("th:fd70a4"), Ratio::new(1 << 22, 41_943).ok()); // near 100
    }

    #[test]
    fn setting_the_threshold_keeps_what_else_is_said() {
        let set = |value: &str, threshold| {
            let mut state = state(value);
            (state.set_threshold(threshold), state.to_string())
        };
        let recorded = |text: &str| (Outcome::Recorded, text.to_string());
        assert_eq!(set("p:8;r:62", Some(3 << 54)), recorded("ot=p:8;r:62;th:c,a=1"));
        assert_eq!(set("th:8;rv:0123456789abcd", Some(0)), recorded("ot=rv:0123456789abcd;th:0,a=1"));
        assert_eq!(set("th:8;p:8;th:4;odd", Some(1)), recorded("ot=p:8;odd;th:00000000000001,a=1"));
        assert_eq!(set("p:8;th:80", Some(1 << 55)), recorded("a=1,ot=p:8;th:80"));
        assert_eq!(set("th:8", None), recorded("a=1"));
        assert_eq!(set("th:?;p: ;th:8", None), recorded("ot=p:,a=1"));
        assert_eq!(set("p:8", None), recorded("a=1,ot=p:8"));
        let mut none = TraceState::default();
        assert_eq!((none.set_threshold(Some(1 << 55)), none.to_string()), recorded("ot=th:8"));
    }

    #[test]
    fn a_threshold_that_cannot_be_said_leaves_none_that_is_wrong() {
        let mut state = state("p:8;th:4");
        assert_eq!((state.set_threshold(Some(ALL)), state.to_string()), (Outcome::InvalidValue, "ot=p:8,a=1".into()));
        let full = format!("ot=p:{};th:4", "8".repeat(249));
        let mut state = TraceState::parse(&full).unwrap();
        assert_eq!(state.set_threshold(Some(0)), Outcome::Recorded);
        assert_eq!((state.set_threshold(Some(1)), state.threshold()), (Outcome::OverLimit, None));
        assert_eq!(state.to_string(), full.strip_suffix(";th:4").unwrap());
    }
}
