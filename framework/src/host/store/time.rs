//! A time as text of RFC 3339 in UTC, and back; as precise as the clock gave it.
//!
//! serde's `with = "time"` finds both directions here.
//!
//! **Source:** RFC 3339, section 5.6; only `Z` is read as an offset, as only that is written.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serializer};

const DAY: i64 = 86_400;
/// Of the Gregorian calendar, after which it repeats itself: 400 years.
const DAYS_OF_A_CYCLE: i64 = 146_097;
/// From the first day of the year 0 to the first of 1970.
const EPOCH: i64 = 719_528;
/// The last second that four digits of a year can write.
const LAST: i64 = 253_402_300_799;

/// The text. A time outside of the years 0 to 9999 is written as the first or last of them.
pub(in crate::host) fn text(time: SystemTime) -> String {
    let (seconds, nanoseconds) = split(time);
    let seconds = seconds.clamp(-EPOCH * DAY, LAST);
    let (year, month, day) = date(seconds.div_euclid(DAY) + EPOCH);
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanoseconds != 0 {
        let digits = format!("{nanoseconds:09}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// To the second, for people.
pub(in crate::host) fn to_the_second(time: SystemTime) -> String {
    format!("{}Z", &text(time)[..19])
}

/// To the second and without colons, which not every file system takes: `20240229T235959Z`.
pub(super) fn for_a_file_name(time: SystemTime) -> String {
    text(time)[..19].replace(['-', ':'], "") + "Z"
}

/// The time of a text.
pub(in crate::host) fn parse(text: &str) -> Option<SystemTime> {
    let rest = text.strip_suffix('Z')?;
    let (whole, fraction) = rest.split_at_checked(19)?;
    let number = |from: usize, to: usize| {
        let digits = whole.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| whole.as_bytes()[*at] != *mark) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // A leap second is the 60th, and no clock that counts from the epoch has one: it is the first of the next minute.
    let known = (1..=12).contains(&month)
        && (1..=length(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !known {
        return None;
    }
    let nanoseconds = match fraction.strip_prefix('.') {
        None if fraction.is_empty() => 0,
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits:0<9}")[..9].parse().ok()?
        }
        _ => return None,
    };
    let days = before_year(year) + before_month(year, month) + day - 1 - EPOCH;
    join(days * DAY + hour * 3600 + minute * 60 + second, nanoseconds)
}

/// Whole seconds since the epoch, rounded down, and what is left.
fn split(time: SystemTime) -> (i64, u32) {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(LAST);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (seconds(since), since.subsec_nanos()),
        Err(before) => match (before.duration(), before.duration().subsec_nanos()) {
            (until, 0) => (-seconds(until), 0),
            (until, rest) => (-seconds(until) - 1, 1_000_000_000 - rest),
        },
    }
}

fn join(seconds: i64, nanoseconds: u32) -> Option<SystemTime> {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    time?.checked_add(Duration::from_nanos(nanoseconds.into()))
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from the first of the year 0 to the first of a year: every year before it that divides by 4 has one more, but
/// for the hundreds, but for the four hundreds. The year 0 is one of them.
fn before_year(year: i64) -> i64 {
    let up_to = |step: i64| (year + step - 1) / step;
    365 * year + up_to(4) - up_to(100) + up_to(400)
}

fn before_month(year: i64, month: i64) -> i64 {
    (1..month).map(|earlier| length(year, earlier)).sum()
}

/// Year, month and day of a day that is counted from the first of the year 0.
fn date(day: i64) -> (i64, i64, i64) {
    // At most one too many or too few.
    let mut year = day * 400 / DAYS_OF_A_CYCLE;
    while before_year(year) > day {
        year -= 1;
    }
    while before_year(year + 1) <= day {
        year += 1;
    }
    let mut rest = day - before_year(year);
    let mut month = 1;
    while rest >= length(year, month) {
        rest -= length(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

pub(in crate::host) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*time))
}

pub(in crate::host) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SystemTime, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| {
        serde::de::Error::custom(format!("`{text}` is no time as `2024-02-29T23:59:59Z` is one"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times_are_written_as_date_writes_them() {
        // As `date --utc --date=@… +%FT%TZ` of GNU coreutils gives them.
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_078_012_800, "2004-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (LAST, "9999-12-31T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (-2_203_891_200, "1900-03-01T00:00:00Z"),
            (-2_203_891_201, "1900-02-28T23:59:59Z"),
            (-62_162_035_201, "0000-02-29T23:59:59Z"),
            (-EPOCH * DAY, "0000-01-01T00:00:00Z"),
        ] {
            let time = join(seconds, 0).unwrap();
            assert_eq!(text(time), expected, "{seconds}");
            assert_eq!(parse(expected), Some(time), "{expected}");
        }
    }

    #[test]
    fn every_day_of_a_cycle_follows_the_one_before_it() {
        let mut expected = (2000, 1, 1);
        for day in before_year(2000)..=before_year(2400) {
            assert_eq!(date(day), expected);
            let (year, month, of_month) = expected;
            expected = match (of_month < length(year, month), month < 12) {
                (true, _) => (year, month, of_month + 1),
                (false, true) => (year, month + 1, 1),
                (false, false) => (year + 1, 1, 1),
            };
        }
        assert_eq!(before_year(2400) - before_year(2000), DAYS_OF_A_CYCLE);
    }

    #[test]
    fn a_time_reads_back_to_the_nanosecond() {
        for (seconds, nanoseconds, expected) in [
            (1_709_251_199, 1, "2024-02-29T23:59:59.000000001Z"),
            (1_709_251_199, 120_000_000, "2024-02-29T23:59:59.12Z"),
            (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
        ] {
            let time = join(seconds, nanoseconds).unwrap();
            assert_eq!(text(time), expected);
            assert_eq!(parse(expected), Some(time));
        }
        let now = SystemTime::now();
        assert_eq!(parse(&text(now)), Some(now));
        assert_eq!(parse("2016-12-31T23:59:60Z"), parse("2017-01-01T00:00:00Z"));
        assert_eq!(for_a_file_name(join(1_709_251_199, 5).unwrap()), "20240229T235959Z");
    }

    #[test]
    fn what_is_no_time_is_not_taken_for_one() {
        for wrong in [
            "",
            "Z",
            "2024-02-29",
            "2024-02-29T23:59:59",
            "2024-02-29 23:59:59Z",
            "2024-02-29T23:59:59+00:00",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2024-04-00T00:00:00Z",
            "2024-04-01T24:00:00Z",
            "2024-04-01T00:60:00Z",
            "2024-04-01T00:00:61Z",
            "2024-04-01T00:00:00.Z",
            "2024-04-01T00:00:00.1xZ",
            "2024-04-01T00:00:00,1Z",
            "+024-04-01T00:00:00Z",
            "2024-04-01T00:00:0éZ",
            "2024-04-01T00:00:00ZZ",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
