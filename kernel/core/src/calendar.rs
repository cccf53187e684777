//! Dates and times of day in the Gregorian calendar, without time zones.
//!
//! A [`DateTime`] is valid by construction: it comes out of [`DateTime::new`],
//! which looks at every field, or out of a count of seconds. The way between
//! date and days is that of Howard Hinnant's "chrono-compatible low-level date
//! algorithms": years begin in March, so that the leap day is the last one.

use core::fmt;

/// Seconds in a day; leap seconds are in no clock that a PC has.
pub const DAY_SECONDS: i64 = 86_400;
/// Years that can be told, first and last: four digits.
pub const YEARS: core::ops::RangeInclusive<u16> = 1..=9999;

/// Days from 1 March of year 0 to 1 January 1970.
const EPOCH_DAYS: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// A date and a time of day to the second. Shows as ISO 8601 writes it:
/// `2024-02-29T23:59:58`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

/// Which field of a date makes no sense, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// Which.
    pub field: Field,
    /// What it holds.
    pub value: u16,
}

/// A field of a [`DateTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// 1 to 9999.
    Year,
    /// 1 to 12.
    Month,
    /// 1 to the month's last day.
    Day,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 0 to 59.
    Second,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
        })
    }
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} {}", self.field, self.value)
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekday(u8);

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 7] =
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        f.pad(NAMES.get(usize::from(self.0)).copied().unwrap_or("no day"))
    }
}

impl DateTime {
    /// The date and time of these fields.
    ///
    /// # Errors
    ///
    /// The first field that makes no sense.
    pub fn new(
        (year, month, day): (u16, u8, u8),
        (hour, minute, second): (u8, u8, u8),
    ) -> Result<Self, OutOfRange> {
        let days = days_in_month(year, month);
        let checks = [
            (Field::Year, year, YEARS.contains(&year)),
            (Field::Month, month.into(), (1..=12).contains(&month)),
            (Field::Day, day.into(), (1..=days).contains(&day)),
            (Field::Hour, hour.into(), hour < 24),
            (Field::Minute, minute.into(), minute < 60),
            (Field::Second, second.into(), second < 60),
        ];
        match checks.into_iter().find(|(_, _, good)| !good) {
            Some((field, value, _)) => Err(OutOfRange { field, value }),
            None => Ok(Self { year, month, day, hour, minute, second }),
        }
    }

    /// Year, month (1 is January) and day.
    #[must_use]
    pub const fn date(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Hour, minute and second.
    #[must_use]
    pub const fn time(self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    /// Which day of the week it is.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        // 1 January 1970 was a Thursday.
        let days = self.unix_seconds().div_euclid(DAY_SECONDS);
        Weekday(u8::try_from((days + 3).rem_euclid(7)).unwrap_or(0))
    }

    /// Seconds since 1970-01-01T00:00:00, if the clock shows universal time;
    /// negative before.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        let month = i64::from(self.month);
        // Of the year that begins in March.
        let year = i64::from(self.year) - i64::from(month <= 2);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let year_of_era = year.rem_euclid(400);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = year.div_euclid(400) * ERA_DAYS + day_of_era - EPOCH_DAYS;
        let of_day = [self.hour, self.minute, self.second];
        days * DAY_SECONDS + of_day.into_iter().fold(0, |all, part| all * 60 + i64::from(part))
    }

    /// The date and time so many seconds after 1970-01-01T00:00:00; `None`
    /// outside of the years 1 to 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let days = seconds.div_euclid(DAY_SECONDS) + EPOCH_DAYS;
        let of_day = seconds.rem_euclid(DAY_SECONDS);
        let day_of_era = days.rem_euclid(ERA_DAYS);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = days.div_euclid(ERA_DAYS) * 400 + year_of_era + i64::from(month <= 2);
        let byte = |value: i64| u8::try_from(value).ok();
        let date = (u16::try_from(year).ok()?, byte(month)?, byte(day)?);
        let time = (byte(of_day / 3600)?, byte(of_day / 60 % 60)?, byte(of_day % 60)?);
        Self::new(date, time).ok()
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}T", self.year, self.month, self.day)?;
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

/// Whether the year has a 29 February.
#[must_use]
pub const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days of a month, 1 being January; 31 for a month that does not exist.
#[must_use]
pub const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Dates whose seconds and weekdays other programs agree on (GNU date).
    #[test]
    fn known_dates() {
        for (date, time, seconds, weekday) in [
            ((1970, 1, 1), (0, 0, 0), 0, "Thursday"),
            ((1969, 12, 31), (23, 59, 59), -1, "Wednesday"),
            ((1999, 12, 31), (23, 59, 58), 946_684_798, "Friday"),
            ((2000, 2, 29), (12, 0, 0), 951_825_600, "Tuesday"),
            ((2024, 2, 29), (0, 0, 0), 1_709_164_800, "Thursday"),
            ((2038, 1, 19), (3, 14, 8), 2_147_483_648, "Tuesday"),
            ((2099, 12, 31), (23, 59, 59), 4_102_444_799, "Thursday"),
            ((1, 1, 1), (0, 0, 0), -62_135_596_800, "Monday"),
            ((9999, 12, 31), (23, 59, 59), 253_402_300_799, "Friday"),
        ] {
            let moment = DateTime::new(date, time).unwrap();
            assert_eq!(moment.unix_seconds(), seconds, "{moment}");
            assert_eq!(moment.weekday().to_string(), weekday, "{moment}");
            assert_eq!(DateTime::from_unix_seconds(seconds), Some(moment));
        }
        assert_eq!(DateTime::from_unix_seconds(253_402_300_800), None);
        assert_eq!(DateTime::from_unix_seconds(-62_135_596_801), None);
    }

    #[test]
    fn what_does_not_exist_is_refused_by_name() {
        for (date, time, words) in [
            ((2023, 13, 1), (0, 0, 0), "there is no month 13"),
            ((2023, 0, 1), (0, 0, 0), "there is no month 0"),
            ((2023, 2, 29), (0, 0, 0), "there is no day 29"),
            ((1900, 2, 29), (0, 0, 0), "there is no day 29"),
            ((2024, 2, 30), (0, 0, 0), "there is no day 30"),
            ((2024, 6, 31), (0, 0, 0), "there is no day 31"),
            ((0, 1, 1), (0, 0, 0), "there is no year 0"),
            ((10_000, 1, 1), (0, 0, 0), "there is no year 10000"),
            ((2024, 1, 1), (24, 0, 0), "there is no hour 24"),
            ((2024, 1, 1), (0, 60, 0), "there is no minute 60"),
            ((2024, 1, 1), (0, 0, 99), "there is no second 99"),
        ] {
            assert_eq!(DateTime::new(date, time).unwrap_err().to_string(), words);
        }
    }

    proptest! {
        #[test]
        fn seconds_and_back(seconds in -62_135_596_800i64..=253_402_300_799) {
            let moment = DateTime::from_unix_seconds(seconds).unwrap();
            prop_assert_eq!(moment.unix_seconds(), seconds);
            let next = DateTime::from_unix_seconds(seconds + 1);
            prop_assert!(next.is_none_or(|next| next > moment));
        }

        #[test]
        fn any_fields_end_in_a_value(date: (u16, u8, u8), time: (u8, u8, u8)) {
            if let Ok(moment) = DateTime::new(date, time) {
                prop_assert_eq!(DateTime::from_unix_seconds(moment.unix_seconds()), Some(moment));
                prop_assert_eq!(moment.to_string().len(), 19);
            }
        }

        #[test]
        fn any_seconds_end_in_a_value(seconds: i64) {
            let _ = DateTime::from_unix_seconds(seconds);
        }
    }
}
