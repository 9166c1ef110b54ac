//! What the environment variables of OpenTelemetry say of tracing.
//!
//! Source: OpenTelemetry, Environment Variable Specification; OTLP Exporter Configuration. A variable that is empty
//! is as one that is not set; one that cannot be meant is told and passed over, as the specification has it.
//! Deliberately absent: reading them unasked. A library does not do otherwise for a variable that nobody pointed
//! it at, or the same events would not give the same bytes.

use std::fmt::Display;
use std::str::FromStr;

use codomyrmex_telemetry::tracer::{BatchOptions, Sampler, SamplingRule, SpanLimits};
use codomyrmex_telemetry::{Attributes, Ratio};

use crate::push::{Encoding, OtlpHttp};
use crate::{Error, TracingSettings};

/// What the variables say.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// By `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, and the
    /// limits `OTEL_SPAN_…`, `OTEL_EVENT_…`, `OTEL_LINK_…` and `OTEL_ATTRIBUTE_…`. With `OTEL_SDK_DISABLED=true` no
    /// span is sampled.
    pub tracing: TracingSettings,
    /// By `OTEL_BSP_…`.
    pub batch: BatchOptions,
    /// By `OTEL_EXPORTER_OTLP_…` and `OTEL_EXPORTER_OTLP_TRACES_…`.
    pub otlp: OtlpVariables,
    /// What was passed over, a sentence each, for people.
    pub passed_over: Vec<String>,
}

/// Where spans are sent, and how.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OtlpVariables {
    /// The address; `None` is the collector on this machine.
    pub endpoint: Option<String>,
    /// Headers of each request. They may hold secrets.
    pub headers: Vec<(String, String)>,
    /// The form of a request.
    pub encoding: Encoding,
}

impl OtlpVariables {
    /// The exporter that they describe.
    ///
    /// # Errors
    /// As of [`OtlpHttp::new`].
    pub fn exporter(&self) -> Result<OtlpHttp, Error> {
        OtlpHttp::new(self.endpoint.as_deref(), &self.headers, self.encoding)
    }
}

/// Variables, and what is said of them.
struct Reader<F> {
    get: F,
    passed_over: Vec<String>,
}

impl Variables {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Those that `get` gives by name.
    #[must_use]
    pub fn read(get: impl FnMut(&str) -> Option<String>) -> Self {
        let mut reader = Reader { get, passed_over: Vec::new() };
        let tracing = TracingSettings {
            sampler: reader.sampler(),
            span_limits: reader.span_limits(),
            resource: reader.resource(),
            ..TracingSettings::default()
        };
        let (batch, otlp) = (reader.batch(), reader.otlp());
        Self { tracing, batch, otlp, passed_over: reader.passed_over }
    }
}

impl<F: FnMut(&str) -> Option<String>> Reader<F> {
    fn text(&mut self, name: &str) -> Option<String> {
        (self.get)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The first of these that is set.
    fn first<'n>(&mut self, names: &[&'n str]) -> Option<(&'n str, String)> {
        names.iter().find_map(|name| Some((*name, self.text(name)?)))
    }

    fn pass_over(&mut self, name: &str, why: impl Display) {
        self.passed_over.push(format!("{name}: {why}; it is passed over"));
    }

    fn number<T: FromStr>(&mut self, names: &[&str]) -> Option<T> {
        let (name, text) = self.first(names)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.pass_over(name, format_args!("'{text}' is no number from 0 on that fits"));
        }
        number
    }

    fn sampler(&mut self) -> Sampler {
        const DISABLED: &str = "OTEL_SDK_DISABLED";
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        match self.text(DISABLED) {
            Some(text) if text.eq_ignore_ascii_case("true") => return Sampler::every(SamplingRule::AlwaysOff),
            Some(text) if !text.eq_ignore_ascii_case("false") => {
                self.pass_over(DISABLED, format_args!("'{text}' is neither true nor false"))
            }
            _ => {}
        }
        let name = self.text(NAME).map(|name| name.to_ascii_lowercase());
        let (is_parent_based, rule) = match name.as_deref() {
            None => return Sampler::default(),
            Some(name) => name.strip_prefix("parentbased_").map_or((false, name), |rule| (true, rule)),
        };
        let rule = match rule {
            "always_on" => SamplingRule::AlwaysOn,
            "always_off" => SamplingRule::AlwaysOff,
            "traceidratio" => self.share(),
            _ => {
                let known = "there are always_on, always_off and traceidratio, each also with parentbased_ before it";
                self.pass_over(NAME, format_args!("there is no sampler '{}'; {known}", name.unwrap_or_default()));
                return Sampler::default();
            }
        };
        if is_parent_based { Sampler::parent_based(rule) } else { Sampler::every(rule) }
    }

    /// The share of traces; all unless it is said.
    fn share(&mut self) -> SamplingRule {
        const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(text) = self.text(NAME) else { return SamplingRule::AlwaysOn };
        match text.parse::<Ratio>() {
            Ok(share) if share.numerator() <= share.denominator() => SamplingRule::TraceIdRatio(share),
            _ => {
                self.pass_over(NAME, format_args!("'{text}' is no number from 0 to 1"));
                SamplingRule::AlwaysOn
            }
        }
    }

    fn span_limits(&mut self) -> SpanLimits {
        const ATTRIBUTES: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
        let most = SpanLimits::default();
        SpanLimits {
            attributes: self.number(&["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", ATTRIBUTES]).unwrap_or(most.attributes),
            events: self.number(&["OTEL_SPAN_EVENT_COUNT_LIMIT"]).unwrap_or(most.events),
            links: self.number(&["OTEL_SPAN_LINK_COUNT_LIMIT"]).unwrap_or(most.links),
            attributes_per_event: self.number(&["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", ATTRIBUTES]).unwrap_or(most.attributes_per_event),
            attributes_per_link: self.number(&["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", ATTRIBUTES]).unwrap_or(most.attributes_per_link),
            attribute_value_length: self.number(&["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"]),
        }
    }

    fn resource(&mut self) -> Attributes {
        let pairs = self.pairs("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        let mut attributes: Attributes = pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        if let Some(service) = self.text("OTEL_SERVICE_NAME") {
            attributes.insert("service.name".into(), service.into()); // it beats one among the attributes
        }
        attributes
    }

    fn batch(&mut self) -> BatchOptions {
        const SIZE: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
        let defaults = BatchOptions::default();
        let nanos = |milliseconds: u64| milliseconds.saturating_mul(1_000_000);
        let timeout = |milliseconds| if milliseconds == 0 { u64::MAX } else { nanos(milliseconds) }; // none is no limit
        let timeouts = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_BSP_EXPORT_TIMEOUT"];
        let options = BatchOptions {
            max_queue_size: self.number(&["OTEL_BSP_MAX_QUEUE_SIZE"]).unwrap_or(defaults.max_queue_size),
            max_export_batch_size: self.number(&[SIZE]).unwrap_or(defaults.max_export_batch_size),
            schedule_delay: self.number(&["OTEL_BSP_SCHEDULE_DELAY"]).map_or(defaults.schedule_delay, nanos),
            export_timeout: self.number(&timeouts).map_or(defaults.export_timeout, timeout),
            ..defaults
        };
        if options.max_export_batch_size > options.max_queue_size && self.text(SIZE).is_some() {
            self.pass_over(SIZE, format_args!("{} is more than wait at once, {}", options.max_export_batch_size, options.max_queue_size));
        }
        options
    }

    fn otlp(&mut self) -> OtlpVariables {
        let endpoint = self.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| {
            let base = self.text("OTEL_EXPORTER_OTLP_ENDPOINT")?;
            Some(format!("{}/v1/traces", base.trim_end_matches('/')))
        });
        let names = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
        let headers = names.into_iter().find_map(|name| self.pairs(name)).unwrap_or_default();
        let names = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
        let encoding = match self.first(&names) {
            Some((_, text)) if text.eq_ignore_ascii_case("http/json") => Encoding::Json,
            Some((name, text)) if !text.eq_ignore_ascii_case("http/protobuf") => {
                self.pass_over(name, format_args!("'{text}' is not spoken here; there are http/protobuf and http/json"));
                Encoding::Protobuf
            }
            _ => Encoding::Protobuf,
        };
        OtlpVariables { endpoint, headers, encoding }
    }

    /// `key=value` by commas, percent-encoded as in a baggage header. Where one is wrong, none is taken
    /// (OpenTelemetry, Resource SDK, section Specifying resource information via an environment variable). `None`
    /// where none is said or taken.
    fn pairs(&mut self, name: &str) -> Option<Vec<(String, String)>> {
        let (text, mut pairs) = (self.text(name)?, Vec::new());
        for (place, pair) in (1..).zip(text.split(',').filter(|pair| !pair.trim().is_empty())) {
            let split = pair.split_once('=').and_then(|(key, value)| Some((decoded(key)?, decoded(value)?)));
            let Some(split) = split.filter(|(key, _)| !key.is_empty()) else {
                // Not by its text: it may be a secret.
                self.pass_over(name, format_args!("entry {place} is no key=value in percent encoding, so none is taken"));
                return None;
            };
            pairs.push(split);
        }
        Some(pairs)
    }
}

/// Text out of percent encoding; `None` where it is not so encoded.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.trim().bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let digit = |digit: Option<u8>| char::from(digit?).to_digit(16);
        decoded.push(match byte {
            b'%' => (digit(bytes.next())? * 16 + digit(bytes.next())?) as u8,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Variables {
        Variables::read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into()))
    }

    #[test]
    fn nothing_said_is_as_a_ledger_has_it() {
        for variables in [&[][..], &[("OTEL_TRACES_SAMPLER", ""), ("OTEL_BSP_MAX_QUEUE_SIZE", " "), ("OTEL_SDK_DISABLED", "false")]] {
            let read = read(variables);
            assert_eq!((read.tracing.sampler, read.tracing.keeping), (Sampler::default(), None));
            assert_eq!((read.tracing.span_limits, read.tracing.resource), (SpanLimits::default(), Attributes::new()));
            assert_eq!((read.batch, read.otlp), (BatchOptions::default(), OtlpVariables::default()));
            assert_eq!(read.passed_over, [""; 0]);
        }
    }

    #[test]
    fn samplers_go_by_their_names() {
        let sampler = |name, share| read(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", share)]).tracing.sampler;
        let quarter = SamplingRule::TraceIdRatio("0.25".parse().unwrap());
        assert_eq!(sampler("always_on", ""), Sampler::every(SamplingRule::AlwaysOn));
        assert_eq!(sampler("always_off", ""), Sampler::every(SamplingRule::AlwaysOff));
        assert_eq!(sampler("traceidratio", "0.25"), Sampler::every(quarter));
        assert_eq!(sampler("traceidratio", ""), Sampler::every(SamplingRule::AlwaysOn));
        assert_eq!(sampler("ParentBased_Always_On", ""), Sampler::default());
        assert_eq!(sampler("parentbased_always_off", ""), Sampler::parent_based(SamplingRule::AlwaysOff));
        assert_eq!(sampler("parentbased_traceidratio", "0.25"), Sampler::parent_based(quarter));
        let disabled = read(&[("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_SAMPLER", "always_on")]);
        assert_eq!(disabled.tracing.sampler, Sampler::every(SamplingRule::AlwaysOff));
    }

    #[test]
    fn numbers_and_addresses_are_taken_over() {
        let read = read(&[
            ("OTEL_ATTRIBUTE_COUNT_LIMIT", "7"),
            ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "6"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "5"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
            ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "300"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a, deployment.environment.name=a%20b%3D ,"),
            ("OTEL_SERVICE_NAME", "agents"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"),
            ("OTEL_BSP_SCHEDULE_DELAY", "250"),
            ("OTEL_BSP_EXPORT_TIMEOUT", "4000"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1/base/"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%2Cb"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/JSON"),
        ]);
        let limits = SpanLimits {
            attributes: 7,
            events: 5,
            links: 4,
            attributes_per_event: 7,
            attributes_per_link: 6,
            attribute_value_length: Some(300),
        };
        assert_eq!(read.tracing.span_limits, limits);
        let resource = [("service.name", "agents"), ("deployment.environment.name", "a b=")];
        assert_eq!(read.tracing.resource, resource.map(|(key, value)| (key.into(), value.into())).into());
        let batch = BatchOptions {
            max_queue_size: 100,
            max_export_batch_size: 10,
            schedule_delay: 250_000_000,
            export_timeout: 3_000_000_000,
            ..BatchOptions::default()
        };
        assert_eq!(read.batch, batch);
        let otlp = OtlpVariables {
            endpoint: Some("http://a:1/base/v1/traces".into()),
            headers: vec![("x-key".into(), "a,b".into())],
            encoding: Encoding::Json,
        };
        assert_eq!((read.otlp, read.passed_over), (otlp, vec![]));
        assert_eq!(tests::read(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "0")]).batch.export_timeout, u64::MAX);
        let next = tests::read(&[("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "bad"), ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s")]);
        assert_eq!(next.otlp.headers, [("x-key".to_owned(), "s".to_owned())], "of what cannot be read nothing is taken");
        let own = tests::read(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b:2"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1")]);
        assert_eq!(own.otlp.endpoint.as_deref(), Some("http://b:2"));
    }

    #[test]
    fn what_cannot_be_meant_is_told_without_secrets() {
        let read = read(&[
            ("OTEL_SDK_DISABLED", "1"),
            ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "-1"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "3"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=b,s3cret,c=%zz"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,b=%zz"),
        ]);
        let told = [
            "OTEL_SDK_DISABLED: '1' is neither true nor false; it is passed over",
            "OTEL_TRACES_SAMPLER: there is no sampler 'jaeger_remote'; there are always_on, always_off and traceidratio, each also with \
             parentbased_ before it; it is passed over",
            "OTEL_SPAN_LINK_COUNT_LIMIT: '-1' is no number from 0 on that fits; it is passed over",
            "OTEL_RESOURCE_ATTRIBUTES: entry 2 is no key=value in percent encoding, so none is taken; it is passed over",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 512 is more than wait at once, 3; it is passed over",
            "OTEL_EXPORTER_OTLP_HEADERS: entry 2 is no key=value in percent encoding, so none is taken; it is passed over",
            "OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' is not spoken here; there are http/protobuf and http/json; it is passed over",
        ];
        assert_eq!(read.passed_over, told);
        assert_eq!((read.otlp.headers, read.tracing.resource), (vec![], Attributes::new()));
        assert_eq!(read.tracing.sampler, Sampler::default());
        let share = tests::read(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "1.5")]);
        assert_eq!(share.tracing.sampler, Sampler::every(SamplingRule::AlwaysOn));
        assert_eq!(share.passed_over, ["OTEL_TRACES_SAMPLER_ARG: '1.5' is no number from 0 to 1; it is passed over"]);
    }
}
