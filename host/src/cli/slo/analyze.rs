//! `telemetry slo analyze`: what bad events had in common, and what a change came from.
//!
//! Deliberately absent: how it is found, which is the ledger's, and how it is told to people; see
//! `analyze_text`.

use codomyrmex_telemetry::slo::{Analysis, Options, Question};
use codomyrmex_telemetry::{Error, Timestamp};
use serde_json::json;

use super::super::json::pretty;
use super::super::{Failure, Format, print};
use super::{Asked, Standing, analyze_text, json as of, time};

/// What `telemetry slo analyze` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// Compare what came since this time with what came before it in the window; it is moved to where its slice
    /// begins, the twelfth part of the window but at least an hour
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    since: Option<Timestamp>,
    /// How many attributes may be combined
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    order: u8,
    /// How many patterns are told
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
    most: u8,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let standings = arguments.asked.standings()?;
    let analyses = standings.iter().map(|standing| Ok((standing, ask(standing, arguments).map_err(Failure::input)?)));
    let analyses = analyses.collect::<Result<Vec<_>, Failure>>()?;
    print(&match arguments.asked.format {
        Format::Text => {
            let told = analyses.iter().map(|(standing, analysis)| analyze_text::told(standing, analysis, arguments.since));
            told.collect::<Vec<_>>().join("\n")
        }
        Format::Json => pretty(&analyses.iter().map(|(standing, analysis)| told_json(standing, analysis)).collect()),
    })?;
    Ok(0)
}

fn ask(standing: &Standing, arguments: &Arguments) -> Result<Analysis, Error> {
    let options = Options { order: arguments.order, most: usize::from(arguments.most), ..Options::default() };
    standing.alone.analyze(&standing.objective.id, &Question { at: arguments.asked.at, since: arguments.since, options })
}

fn told_json(standing: &Standing, analysis: &Analysis) -> serde_json::Value {
    let mut told = json!({"id": standing.objective.id, "name": standing.objective.name, "dimensions": standing.objective.dimensions});
    if let (Some(told), serde_json::Value::Object(more)) = (told.as_object_mut(), of::analysis(analysis)) {
        told.extend(more);
    }
    told
}

#[cfg(test)]
mod tests {
    use codomyrmex_telemetry::Objective;

    use super::super::standings;
    use super::super::tests::{answers, at, objective, plain, recorded};
    use super::*;

    /// In the first hour one of twenty failed, by reading; in the second nine of ten searches failed, and one of ten
    /// readings.
    fn searches() -> Vec<Standing> {
        let objective = Objective { dimensions: vec!["tool".into(), "error".into()], ..objective("tools", "90%", 120) };
        let (read, search, failed) = (&["read", ""][..], &["search", ""][..], &["search", "timeout"][..]);
        let broken = &["read", "gone"][..];
        let events = [
            (0, 14, 0, read),
            (1, 0, 1, broken),
            (2, 5, 0, search),
            (60, 9, 0, read),
            (61, 0, 1, broken),
            (62, 1, 0, search),
            (63, 0, 9, failed),
        ];
        standings(&recorded(&[(objective, &events)]), None)
    }

    fn asked(since: Option<u64>) -> Arguments {
        let asked = Asked { files: vec![], ids: vec![], at: None, format: Format::Text };
        Arguments { asked, since: since.map(at), order: 2, most: 20 }
    }

    #[test]
    fn patterns_are_ranked_outcomes_stand_apart_and_a_change_adds_up() {
        let standings = searches();
        let analysis = ask(&standings[0], &asked(Some(75))).unwrap();
        assert_eq!(
            plain(&analyze_text::told(&standings[0], &analysis, Some(at(75)))),
            "\
tools  target 90% over 2 h: 10 bad of 20 since 1970-01-01T01:00:00Z
  since is where its slice begins: what events were like is kept by 1h
  4 patterns tested
  rank   bad of total     ratio  of all bad    risk      q  attributes
     1        9 of 10   90.00 %     90.00 %   6.33x   6e-4  tool=search
      trace 00000000000000000000000000000007
  What went wrong: no good event has these
  rank   bad of total     ratio  of all bad    risk      q  attributes
     1         9 of 9  100.00 %     90.00 %    7.6x   6e-5  error=timeout
      trace 00000000000000000000000000000007
  Change: +45.00 points
    before 1 bad of 20, 5.00 %
    since  10 bad of 20, 50.00 %
    by tool   bad before   bad since      mix     rate
      search      0 of 5     9 of 10    +4.38   +33.75
      read       1 of 15     1 of 10    +4.79    +2.08
    together     1 of 20    10 of 20    +9.17   +35.83  = +45.00
    by error   bad before   bad since      mix     rate
      timeout      0 of 0      9 of 9   +32.62    +0.00
      (none)      0 of 19     0 of 10   +12.38    +0.00
      gone         1 of 1      1 of 1    +0.00    +0.00
    together      1 of 20    10 of 20   +45.00    +0.00  = +45.00
"
        );
    }

    #[test]
    fn a_table_is_as_wide_as_its_counts() {
        let objective = Objective { dimensions: vec!["tool".into()], ..objective("wide", "90%", 120) };
        let events = [(0, 900_000, 0, &["read"][..]), (1, 5_000_000, 1_234_567, &["search"][..])];
        let standings = standings(&recorded(&[(objective, &events)]), None);
        let text = plain(&analyze_text::told(&standings[0], &ask(&standings[0], &asked(None)).unwrap(), None));
        let rows: Vec<&str> = text.lines().skip(2).take(2).collect();
        let place = |row: &str, of: &str| row.find(of).map(|place| place + of.len());
        assert_eq!(place(rows[0], "bad of total"), place(rows[1], "1,234,567 of 6,234,567"), "{text}");
        assert_eq!(place(rows[0], "ratio"), place(rows[1], "19.80 %"), "{text}");
    }

    #[test]
    fn where_nothing_failed_there_is_nothing_in_common() {
        let objective = |id| Objective { dimensions: vec!["tool".into()], ..objective(id, "90%", 120) };
        let standings = standings(&recorded(&[(objective("good"), &[(0, 9, 0, &["read"][..])]), (objective("none"), &[])]), None);
        for (standing, expected) in standings.iter().zip(["nothing failed", "nothing happened"]) {
            let text = plain(&analyze_text::told(standing, &ask(standing, &asked(None)).unwrap(), None));
            assert!(text.contains(&format!("  {expected}, so there is nothing to have in common\n")), "{text}");
        }
    }

    #[test]
    fn json_has_all_of_it() {
        let standings = searches();
        let told = told_json(&standings[0], &ask(&standings[0], &asked(Some(75))).unwrap());
        assert_eq!((&told["id"], &told["dimensions"]), (&json!("tools"), &json!(["tool", "error"])));
        assert_eq!((&told["good_events"], &told["bad_events"], &told["tested"]), (&json!(10), &json!(10), &json!(4)));
        // The odds by hand: of tables as uneven as 9, 1; 1, 9 there are 100 with these and 1 with more, of 184,756.
        let p = (100.0 / 2.0 + 1.0) / 184_756.0;
        let pattern = &told["patterns"][0];
        assert!((pattern["p_value"].as_f64().unwrap() - p).abs() < 1e-15 && (pattern["q_value"].as_f64().unwrap() - 2.0 * p).abs() < 1e-15);
        assert_eq!(pattern["attributes"], json!([{"name": "tool", "value": "search"}]));
        assert_eq!((&pattern["bad_events"], &pattern["total_events"], &pattern["support"]), (&json!(9), &json!(10), &json!(0.9)));
        assert_eq!((pattern["risk_ratio"].as_f64(), &pattern["excess"]), (Some(9.5 / 1.5), &json!(8.0)));
        assert_eq!(pattern["examples"], json!([{"trace_id": format!("{:032x}", 7), "span_id": format!("{:016x}", 1)}]));
        assert_eq!(pattern["counterexamples"][0]["trace_id"], format!("{:032x}", 6));
        assert_eq!((&told["patterns"][0]["is_outcome"], &told["patterns"][1]["is_outcome"]), (&json!(false), &json!(true)));
        let change = &told["change"];
        assert_eq!((&change["ratio_billionths"], &change["dimensions"][0]["dimension"]), (&json!(450_000_000), &json!("tool")));
        assert_eq!(
            change["dimensions"][0]["parts"],
            json!([
                {
                    "value": "read", "is_others": false, "mix_billionths": 47_916_667, "rate_billionths": 20_833_333,
                    "before": {"good_events": 14, "bad_events": 1}, "after": {"good_events": 9, "bad_events": 1},
                },
                {
                    "value": "search", "is_others": false, "mix_billionths": 43_750_000, "rate_billionths": 337_500_000,
                    "before": {"good_events": 5, "bad_events": 0}, "after": {"good_events": 1, "bad_events": 9},
                },
            ])
        );
    }

    #[test]
    fn without_attributes_there_is_nothing_to_analyse() {
        let standings = standings(&recorded(&[answers()]), None);
        let analysis = ask(&standings[0], &asked(None)).unwrap();
        assert_eq!(
            plain(&analyze_text::told(&standings[0], &analysis, None)),
            "\
answers  target 90% over 1 h: 0 bad of 0
  it names no attributes by which failures could be analysed
"
        );
    }
}
