//! `time/convert`: moments between time zones and notations.
//!
//! The time zones are those of the IANA database that is built in, so that answers are the same on every machine.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use keyway_interfaces::{Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arguments;

/// The plugin `time/convert`.
#[keyway::plugin(
    id = "time/convert",
    version = "1.0.0",
    description = "Moments between time zones and notations",
    provides(Tool)
)]
#[derive(Debug, Default)]
pub struct Convert;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "time"))]
struct Arguments {
    /// The moment: `2024-03-31T01:30:00Z`, `2024-03-31 03:30` (with `from`), `2024-03-31T03:30[Europe/Berlin]`,
    /// `Sun, 31 Mar 2024 01:30:00 +0000`, `@1711848600` (seconds since 1970), or `now`.
    time: String,
    /// The time zone of a `time` that names none: `Europe/Berlin`, `UTC` or an offset such as `+05:30`.
    #[serde(default)]
    from: Option<String>,
    /// The time zone of the answer; absent, that of `time`.
    #[serde(default)]
    to: Option<String>,
    /// How `time` is written, where it is in no form above: `%d.%m.%Y %H:%M`.
    #[serde(default)]
    input_format: Option<String>,
    /// How to write the moment as `formatted`: `%A, %d %B %Y, %H:%M %Z`.
    #[serde(default)]
    format: Option<String>,
    /// Which moment is meant when clocks are set and a local time is there twice or not at all.
    #[serde(default)]
    disambiguation: Disambiguation,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Disambiguation {
    /// The earlier of two; of a time that is left out, as long after the change as it says.
    #[default]
    Compatible,
    Earlier,
    Later,
    /// None: it is an error.
    Reject,
}

#[derive(Serialize)]
struct Answer {
    /// With offset, as of RFC 3339.
    rfc3339: String,
    utc: String,
    /// As in the head of a mail.
    rfc2822: String,
    /// Seconds since 1970, rounded down.
    unix: i64,
    zone: String,
    offset: String,
    abbreviation: String,
    daylight_saving: bool,
    weekday: String,
    /// Year, week and day of ISO 8601: `2024-W13-7`.
    iso_week: String,
    day_of_year: i16,
    #[serde(skip_serializing_if = "Option::is_none")]
    formatted: Option<String>,
    /// Whether the local time that was given is there once, or is `repeated` or `skipped` where clocks are set.
    local_time: LocalTime,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum LocalTime {
    Unique,
    Repeated,
    Skipped,
}

impl Tool for Convert {
    fn name(&self) -> String {
        "time-convert".into()
    }

    fn description(&self) -> String {
        "Converts a moment between time zones and notations, with daylight saving time".into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let arguments: Arguments = arguments::read(arguments)?;
        let (given, local_time) = read(&arguments)?;
        let moment = match &arguments.to {
            Some(zone) => given.with_time_zone(find_zone("to", zone)?),
            None => given,
        };
        let formatted = arguments.format.as_deref().map(|format| write(format, &moment)).transpose()?;
        arguments::answer(&describe(&moment, formatted, local_time)?)
    }
}

fn describe(moment: &Zoned, formatted: Option<String>, local_time: LocalTime) -> Result<Answer, ToolError> {
    let (zone, offset) = (moment.time_zone(), moment.offset());
    let details = zone.to_offset_info(moment.timestamp());
    let week = moment.date().iso_week_date();
    let out_of_range = |error: jiff::Error| ToolError::failed(error.to_string());
    Ok(Answer {
        rfc3339: moment.timestamp().display_with_offset(offset).to_string(),
        utc: moment.timestamp().to_string(),
        rfc2822: rfc2822::to_string(moment).map_err(out_of_range)?,
        unix: moment.timestamp().as_nanosecond().div_euclid(1_000_000_000) as i64,
        zone: zone.iana_name().map_or_else(|| offset.to_string(), str::to_owned),
        offset: moment.strftime("%:z").to_string(),
        abbreviation: details.abbreviation().into(),
        daylight_saving: details.dst().is_dst(),
        weekday: moment.strftime("%A").to_string(),
        iso_week: format!("{:04}-W{:02}-{}", week.year(), week.week(), week.weekday().to_monday_one_offset()),
        day_of_year: moment.day_of_year(),
        formatted,
        local_time,
    })
}

/// What `time` means, and whether a local time in it was a plain one.
fn read(arguments: &Arguments) -> Result<(Zoned, LocalTime), ToolError> {
    let time = arguments.time.trim();
    let from = arguments.from.as_deref().map(|zone| find_zone("from", zone)).transpose()?;
    match (complete(time, arguments.input_format.as_deref())?, from) {
        (Found::Moment(moment), None) => Ok((moment, LocalTime::Unique)),
        // Seconds since 1970, and `now`, are in no zone; all others name one themselves.
        (Found::Instant(instant), from) => {
            Ok((instant.to_zoned(from.unwrap_or(TimeZone::UTC)), LocalTime::Unique))
        }
        (Found::Local(local), Some(zone)) => place(local, zone, arguments.disambiguation),
        (Found::Moment(_), Some(_)) => {
            let message = format!("`time` is `{time}`, which has a time zone, and `from` names another");
            Err(ToolError::invalid_arguments(message)
                .with_help("leave `from` out; `to` is the zone of the answer"))
        }
        (Found::Local(_), None) => {
            Err(ToolError::invalid_arguments(format!("`time` is `{time}`, which has no time zone"))
                .with_help("name it in `from`, or write an offset after it, `Z` for UTC"))
        }
    }
}

enum Found {
    /// With a time zone.
    Moment(Zoned),
    /// The same everywhere.
    Instant(Timestamp),
    /// What a clock on the wall shows.
    Local(DateTime),
}

fn complete(time: &str, format: Option<&str>) -> Result<Found, ToolError> {
    if let Some(format) = format {
        let broken_down = BrokenDownTime::parse(format, time).map_err(|error| {
            ToolError::invalid_arguments(format!(
                "`time` is `{time}`, which is not written as `input_format`: {error}"
            ))
        })?;
        if broken_down.offset().is_some() || broken_down.iana_time_zone().is_some() {
            return broken_down.to_zoned().map(Found::Moment).map_err(|error| impossible(time, &error));
        }
        let midnight = jiff::civil::Time::midnight();
        let date = broken_down.to_date().map_err(|error| impossible(time, &error))?;
        return Ok(Found::Local(date.to_datetime(broken_down.to_time().unwrap_or(midnight))));
    }
    if time == "now" {
        return Ok(Found::Instant(Timestamp::now()));
    }
    if let Some(seconds) = time.strip_prefix('@') {
        return unix(seconds).map(Found::Instant);
    }
    if let Ok(moment) = rfc2822::parse(time) {
        return Ok(Found::Moment(moment));
    }
    // The forms of ISO 8601 and its relatives differ in what stands behind the time.
    let pieces = Pieces::parse(time).map_err(|error| impossible(time, &error))?;
    let found = if pieces.time_zone_annotation().is_some() {
        time.parse().map(Found::Moment)
    } else if let Some(offset) = pieces.to_numeric_offset() {
        let zone = if offset == Offset::UTC { TimeZone::UTC } else { offset.to_time_zone() };
        time.parse::<Timestamp>().map(|instant| Found::Moment(instant.to_zoned(zone)))
    } else {
        time.parse().map(Found::Local)
    };
    found.map_err(|error| impossible(time, &error))
}

fn impossible(time: &str, error: &jiff::Error) -> ToolError {
    ToolError::invalid_arguments(format!("`time` is `{time}`, which is no moment: {error}"))
        .with_help("write `2024-03-31T01:30:00Z`, or say in `input_format` how it is written")
}

/// Seconds since 1970, with a fraction of up to nine digits.
fn unix(text: &str) -> Result<Timestamp, ToolError> {
    let error = || {
        ToolError::invalid_arguments(format!("`time` is `@{text}`, which is no number of seconds"))
            .with_help("write digits after `@`, with a fraction of at most nine: `@1711848600.25`")
    };
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number =
        |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
        return Err(error());
    }
    let nanoseconds = format!("{whole}{fraction:0<9}").parse::<i128>().map_err(|_| error())?;
    Timestamp::from_nanosecond(sign * nanoseconds).map_err(|cause| {
        ToolError::invalid_arguments(format!("`time` is `@{text}`, which is out of range: {cause}"))
    })
}

/// The moment at which a clock in that zone shows that time.
fn place(local: DateTime, zone: TimeZone, how: Disambiguation) -> Result<(Zoned, LocalTime), ToolError> {
    let ambiguous = zone.into_ambiguous_zoned(local);
    let kind = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => LocalTime::Unique,
        AmbiguousOffset::Gap { .. } => LocalTime::Skipped,
        AmbiguousOffset::Fold { .. } => LocalTime::Repeated,
    };
    let moment = match how {
        Disambiguation::Compatible => ambiguous.compatible(),
        Disambiguation::Earlier => ambiguous.earlier(),
        Disambiguation::Later => ambiguous.later(),
        Disambiguation::Reject => ambiguous.unambiguous(),
    };
    let moment = moment.map_err(|error| {
        ToolError::invalid_arguments(format!("`time` is not one moment: {error}"))
            .with_help("choose one with `disambiguation`: `compatible`, `earlier` or `later`")
    })?;
    Ok((moment, kind))
}

fn find_zone(argument: &str, name: &str) -> Result<TimeZone, ToolError> {
    if name.starts_with(['+', '-']) {
        let broken_down = BrokenDownTime::parse("%:z", name).or_else(|_| BrokenDownTime::parse("%z", name));
        if let Some(offset) = broken_down.ok().and_then(|broken_down| broken_down.offset()) {
            return Ok(offset.to_time_zone());
        }
    }
    TimeZone::get(name).map_err(|_| {
        let error = ToolError::invalid_arguments(format!("`{argument}` is `{name}`, which is no time zone"));
        let wanted = name.to_ascii_lowercase().replace(' ', "_");
        let near = jiff::tz::db().available().map(|zone| zone.to_string());
        let near: Vec<_> = near
            .filter(|zone| !wanted.is_empty() && zone.to_ascii_lowercase().contains(&wanted))
            .take(5)
            .collect();
        match near.as_slice() {
            [] => error.with_help("write a name such as `Europe/Berlin`, or an offset such as `+05:30`"),
            near => error.with_help(format!("there is {}", near.join(", "))),
        }
    })
}

fn write(format: &str, moment: &Zoned) -> Result<String, ToolError> {
    strtime::format(format, moment).map_err(|error| {
        ToolError::invalid_arguments(format!("`format` is `{format}`, which can not be written: {error}"))
            .with_help("`%Y-%m-%d %H:%M:%S %Z` has the usual ones; `%%` is a percent sign")
    })
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::InvalidArguments;
    use serde_json::{Value, json};

    use super::*;
    use crate::arguments::testing::{fail, keeps_its_promises, run};

    #[test]
    fn it_keeps_what_every_tool_promises() {
        keeps_its_promises(&Convert);
    }

    #[track_caller]
    fn check(arguments: Value, rfc3339: &str) {
        assert_eq!(run(&Convert, arguments.clone())["rfc3339"], rfc3339, "{arguments}");
    }

    #[test]
    fn an_answer_says_everything_about_the_moment() {
        let arguments = json!({ "time": "2024-03-31T01:30:00Z", "to": "Europe/Berlin", "format": "%A, %-d %B %Y, %H:%M %Z" });
        assert_eq!(
            run(&Convert, arguments),
            json!({
                "rfc3339": "2024-03-31T03:30:00+02:00",
                "utc": "2024-03-31T01:30:00Z",
                "rfc2822": "Sun, 31 Mar 2024 03:30:00 +0200",
                "unix": 1711848600,
                "zone": "Europe/Berlin",
                "offset": "+02:00",
                "abbreviation": "CEST",
                "daylight_saving": true,
                "weekday": "Sunday",
                "iso_week": "2024-W13-7",
                "day_of_year": 91,
                "formatted": "Sunday, 31 March 2024, 03:30 CEST",
                "local_time": "unique",
            })
        );
    }

    #[test]
    fn every_notation_of_a_moment_is_read() {
        let same = "2024-03-30T21:30:00-04:00";
        for time in [
            "2024-03-31T01:30:00Z",
            "2024-03-31T03:30:00+02:00",
            "2024-03-31 01:30z",
            "2024-03-31T03:30[Europe/Berlin]",
            "Sun, 31 Mar 2024 01:30:00 +0000",
            "@1711848600",
        ] {
            check(json!({ "time": time, "to": "America/New_York" }), same);
        }
        check(json!({ "time": "2024-03-31 07:00", "from": "+05:30", "to": "America/New_York" }), same);
        check(
            json!({ "time": "31.3.24 7 Uhr", "input_format": "%d.%m.%y %H Uhr", "from": "Asia/Kolkata" }),
            "2024-03-31T07:00:00+05:30",
        );
        check(
            json!({ "time": "31.3.24", "input_format": "%d.%m.%y", "from": "UTC" }),
            "2024-03-31T00:00:00+00:00",
        );
        check(json!({ "time": "@-0.5" }), "1969-12-31T23:59:59.5+00:00");
        assert_eq!(run(&Convert, json!({ "time": "@-0.5" }))["unix"], -1);
    }

    /// **Source:** the time zone database: Berlin goes from 02:00 to 03:00 on 2024-03-31, and from 03:00 to 02:00 on
    /// 2024-10-27; Lord Howe changes by half an hour; Samoa had no 2011-12-30.
    #[test]
    fn local_times_that_are_skipped_or_repeated_are_told_apart() {
        let at = |time: &str, zone: &str, how: &str| {
            let answer = run(&Convert, json!({ "time": time, "from": zone, "disambiguation": how }));
            (
                answer["rfc3339"].as_str().unwrap().to_owned(),
                answer["local_time"].as_str().unwrap().to_owned(),
            )
        };
        let told = |rfc3339: &str, local: &str| (rfc3339.to_owned(), local.to_owned());
        let (gap, fold) = ("2024-03-31T02:30", "2024-10-27T02:30");
        assert_eq!(at(gap, "Europe/Berlin", "compatible"), told("2024-03-31T03:30:00+02:00", "skipped"));
        assert_eq!(at(gap, "Europe/Berlin", "earlier"), told("2024-03-31T01:30:00+01:00", "skipped"));
        assert_eq!(at(fold, "Europe/Berlin", "compatible"), told("2024-10-27T02:30:00+02:00", "repeated"));
        assert_eq!(at(fold, "Europe/Berlin", "later"), told("2024-10-27T02:30:00+01:00", "repeated"));
        assert_eq!(
            at("2024-10-06T02:15", "Australia/Lord_Howe", "compatible"),
            told("2024-10-06T02:45:00+11:00", "skipped")
        );
        assert_eq!(
            at("2011-12-30T12:00", "Pacific/Apia", "compatible"),
            told("2011-12-31T12:00:00+14:00", "skipped")
        );
        let error = fail(
            &Convert,
            InvalidArguments,
            json!({ "time": fold, "from": "Europe/Berlin", "disambiguation": "reject" }),
        );
        assert!(error.message.starts_with("`time` is not one moment: "), "{error}");
    }

    #[test]
    fn a_time_with_no_zone_or_with_two_is_refused() {
        let error = fail(&Convert, InvalidArguments, json!({ "time": "2024-03-31 02:30", "to": "UTC" }));
        assert_eq!(error.message, "`time` is `2024-03-31 02:30`, which has no time zone");
        let error =
            fail(&Convert, InvalidArguments, json!({ "time": "2024-03-31T02:30Z", "from": "Asia/Tokyo" }));
        assert_eq!(
            error.message,
            "`time` is `2024-03-31T02:30Z`, which has a time zone, and `from` names another"
        );
        let contradiction = json!({ "time": "2024-07-01T12:00+01:00[Europe/Berlin]" });
        let error = fail(&Convert, InvalidArguments, contradiction);
        assert!(error.message.contains("Europe/Berlin"), "{error}");
    }

    #[test]
    fn what_is_no_time_or_no_zone_is_refused_with_a_way_out() {
        for time in ["", "yesterday", "2024-02-30T00:00Z", "@", "@1e3", "@99999999999999999", "25:00"] {
            fail(&Convert, InvalidArguments, json!({ "time": time, "from": "UTC" }));
        }
        let error = fail(&Convert, InvalidArguments, json!({ "time": "now", "to": "berlin" }));
        assert_eq!(
            (error.message.as_str(), error.help()),
            ("`to` is `berlin`, which is no time zone", Some("there is Europe/Berlin"))
        );
        let error = fail(&Convert, InvalidArguments, json!({ "time": "now", "to": "+25:99" }));
        assert_eq!(error.message, "`to` is `+25:99`, which is no time zone");
        let error = fail(&Convert, InvalidArguments, json!({ "time": "now", "format": "%Q%!" }));
        assert!(error.message.starts_with("`format` is `%Q%!`, which can not be written: "), "{error}");
    }

    #[test]
    fn now_is_now() {
        let before = Timestamp::now().as_second();
        let now = run(&Convert, json!({ "time": "now" }))["unix"].as_i64().unwrap();
        assert!((before..=Timestamp::now().as_second()).contains(&now));
    }
}
