//! Which texts look like dates or times.

/// Returns whether the text is a date or a time, as people write them: `2024-03-01`, `2024-03-01T12:30:00Z`,
/// `01.03.2024`, `3/1/24 9:05 PM`, `1 March 2024`, `Mar 1, 2024`, `12:30`.
///
/// Fields are not checked for their ranges: that it looks like a date is enough to ask.
pub(super) fn is_date_or_time(text: &str) -> bool {
    // A date and a time have at most 40 characters: "Wednesday, 30 September 2024 12:30:00 PM +02:00" has more.
    if text.len() > 60 || !text.is_ascii() {
        return false;
    }
    // The T of ISO 8601 stands between two digits.
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_joint = |at: usize| bytes[at] == b'T' && at > 0 && is_digit(at - 1) && is_digit(at + 1);
    let joint = (0..bytes.len()).find(|&at| is_joint(at)).unwrap_or(bytes.len());
    let (date, time) = (&text[..joint], text.get(joint + 1..).unwrap_or_default());
    let words = date.split([' ', ',']).chain(time.split(' ')).filter(|word| !word.is_empty());
    let (mut dates, mut times, mut months, mut small) = (0, 0, 0, 0);
    for word in words {
        match word {
            _ if is_numeric_date(word) => dates += 1,
            _ if is_time(word) => times += 1,
            _ if is_month(word) => months += 1,
            _ if is_number_of(word.trim_end_matches('.'), 1..=4) => small += 1,
            _ if is_beside(word) => {}
            _ => return false,
        }
    }
    match (dates, months, small) {
        (1, 0, 0) => true,
        (0, 0, 0) => times == 1,
        // The day or the year, or both.
        (0, 1, 1 | 2) => true,
        _ => false,
    }
}

fn is_number_of(word: &str, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether the word is three fields, one a year: `2024-03-01`, `1.3.24`, `01-Mar-2024`.
fn is_numeric_date(word: &str) -> bool {
    ['-', '/', '.'].into_iter().any(|separator| {
        let fields: Vec<_> = word.split(separator).collect();
        let &[first, second, third] = &fields[..] else { return false };
        let is_day = |field| is_number_of(field, 1..=2);
        let is_year = |field| is_number_of(field, 4..=4);
        let second_fits = is_day(second) || is_month(second);
        second_fits
            && ((is_year(first) && is_day(third)) || (is_day(first) && (is_year(third) || is_number_of(third, 2..=2))))
    })
}

/// Returns whether the word is hours and minutes, perhaps with seconds and a zone: `9:05`, `12:30:00.25Z`.
fn is_time(word: &str) -> bool {
    let word = word.strip_suffix(['Z', 'z']).unwrap_or(word);
    let zone = word.rfind(['+', '-']).filter(|&start| start > 0).unwrap_or(word.len());
    let fields: Vec<_> = word[..zone].split(':').collect();
    let is_zone = word[zone..].bytes().skip(1).all(|byte| byte.is_ascii_digit() || byte == b':');
    let are_whole = |fields: &[&str]| fields.iter().all(|field| is_number_of(field, 1..=2));
    is_zone
        && match &fields[..] {
            [_, _] => are_whole(&fields),
            &[hours, minutes, seconds] => {
                let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
                are_whole(&[hours, minutes, whole]) && is_number_of(fraction, 1..=9)
            }
            _ => false,
        }
}

/// Returns whether the word is the English name of a month, or its first three letters or more.
fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    word.len() >= 3 && MONTHS.iter().any(|month| month.starts_with(&word))
}

/// Returns whether the word stands beside a date or a time: a day of the week, a half of the day, a zone.
fn is_beside(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let lower = word.trim_end_matches('.').to_ascii_lowercase();
    let is_day = lower.len() >= 3 && DAYS.iter().any(|day| day.starts_with(&lower));
    let is_offset =
        word.strip_prefix(['+', '-']).is_some_and(|rest| rest.bytes().all(|it| it.is_ascii_digit() || it == b':'));
    is_day || is_offset || ["am", "pm", "a.m", "p.m", "utc", "gmt", "z", "cet", "est", "pst"].contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_date_or_time;

    #[test]
    fn dates_and_times_are_told_from_other_texts() {
        let dates = [
            "2024-03-01",
            "2024/3/1",
            "01.03.2024",
            "1.3.24",
            "3/1/2024",
            "31-12-1999",
            "01-Mar-2024",
            "1 March 2024",
            "Mar 1, 2024",
            "March 2024",
            "Sept. 30, 2024",
            "2024-03-01 12:30",
            "2024-03-01T12:30:00Z",
            "2024-03-01T12:30:00.123456+02:00",
            "2024-03-01 12:30:00 +0200",
            "3/1/24 9:05 PM",
            "Tue, 01 Mar 2024",
            "Wed, 30 Sep 2020 09:00:00 GMT",
            "12:30",
            "9:05:59",
            "23:59:59.5",
        ];
        for text in dates {
            assert!(is_date_or_time(text), "{text}");
        }
        let others = [
            "",
            "Dream",
            "may",
            "May",
            "march hare",
            "1.5",
            "1-2",
            "10-20",
            "192.168.0.1",
            "555-1234",
            "a-b-c",
            "3+",
            "1:2:3:4",
            "12",
            "2024",
            "Q1 2024",
            "version 1.2.3",
            "am",
            "Monday",
            "+",
            "1/2",
            "T",
            ":",
            "-",
            "..",
            "é",
            "Ford Mustang 1969",
            "12-345-6789",
        ];
        for text in others {
            assert!(!is_date_or_time(text), "{text}");
        }
    }
}
