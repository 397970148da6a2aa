//! Tables show, describe and build themselves.

use feedforward::Table;
use feedforward::data::{Column, Kind};

fn penguins() -> Table {
    let columns = vec![
        Column::texts("species", [Some("Adelie"), None, Some("Gentoo"), Some("Adelie")]),
        Column::numbers("mass", vec![3750.0, 3.5e-7, f64::NAN, -1234567.0]),
    ];
    Table::new(columns).unwrap()
}

#[test]
fn columns_that_are_no_table_are_refused_by_name() {
    let words = |columns: Vec<Column>| Table::new(columns).unwrap_err().to_string();
    let numbers = |name: &str, numbers: &[f64]| Column::numbers(name, numbers.to_vec());
    assert_eq!(words(vec![]), "Table: expected at least one column, found 0");
    assert_eq!(
        words(vec![numbers("a", &[1.0, 2.0]), numbers("b", &[1.0])]),
        "Table: expected 2 rows in the column \"b\", as in the first one, found 1"
    );
    assert_eq!(words(vec![numbers("", &[1.0])]), "Table: expected a name for each column, found an empty one");
    assert_eq!(
        words(vec![numbers("a", &[1.0]), Column::texts("a", [Some("x")])]),
        "Table: expected columns with different names, found \"a\" twice"
    );
    assert_eq!(
        words(vec![numbers("a", &[1.0, f64::NEG_INFINITY])]),
        "Table: expected finite numbers in the column \"a\", found an infinite one in row 1"
    );
    let array = ndarray::array![[1.0_f32, 2.0]];
    let error = Table::from_array(&array, &["a"]).unwrap_err().to_string();
    assert_eq!(error, "Table: expected 2 columns in the names, found 1");
    let table = Table::from_array(&array, &["a", "b"]).unwrap();
    assert_eq!(table.to_array::<f32>().unwrap(), array);
}

#[test]
fn rows_and_columns_are_chosen_by_name_and_number() {
    let table = penguins();
    let names = |table: &Table| table.names().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&table.select(&["mass", "species"]).unwrap()), ["mass", "species"]);
    assert_eq!(names(&table.drop(&["species"]).unwrap()), ["mass"]);
    let masses = |table: &Table| table.column("mass").unwrap().as_numbers().unwrap().to_vec();
    let adelies = table.filter("species", |entry| entry.text() == Some("Adelie")).unwrap();
    assert_eq!(masses(&adelies), [3750.0, -1234567.0]);
    // Texts that no row has any more are not counted.
    assert_eq!(adelies.describe().columns()[0].distinct(), 1);
    assert_eq!(masses(&table.drop_missing(&["species", "mass"]).unwrap()), [3750.0, -1234567.0]);
    assert_eq!(masses(&table.select_rows(&[3, 0, 0]).unwrap()), [-1234567.0, 3750.0, 3750.0]);
    let replaced = table.with_column(Column::numbers("mass", vec![1.0, 2.0, 3.0, 4.0])).unwrap();
    assert_eq!((names(&replaced), masses(&replaced)), (names(&table), vec![1.0, 2.0, 3.0, 4.0]));
    let none = table.filter("mass", |_| false).unwrap();
    assert_eq!((none.rows(), none.columns().len()), (0, 2));

    let words = |result: feedforward::error::Result<Table>| result.unwrap_err().to_string();
    let unknown = "Table: expected a column \"sex\", found \"species\", \"mass\"";
    assert_eq!(words(table.select(&["sex"])), unknown);
    assert_eq!(words(table.drop(&["sex"])), unknown);
    assert_eq!(words(table.filter("sex", |_| true)), unknown);
    assert_eq!(words(table.drop_missing(&["sex"])), unknown);
    assert_eq!(
        words(table.select(&["mass", "mass"])),
        "Table: expected columns with different names, found \"mass\" twice"
    );
    assert_eq!(words(table.drop(&["mass", "species"])), "Table: expected at least one column, found 0");
    assert_eq!(words(table.select_rows(&[4])), "Table: expected a row below 4, found 4");
}

#[test]
fn rows_are_split_once_each_and_classes_in_their_proportion() {
    let kinds = (0..40).map(|row| Some(if row % 4 == 0 { "rare" } else { "usual" }));
    let columns = vec![Column::numbers("row", (0..40).map(f64::from).collect()), Column::texts("kind", kinds)];
    let table = Table::new(columns).unwrap();
    let rows = |part: &Table| part.column("row").unwrap().as_numbers().unwrap().to_vec();
    for (one, other) in [table.split(0.75, 3).unwrap(), table.split_stratified("kind", 0.75, 3).unwrap()] {
        assert_eq!((one.rows(), other.rows()), (30, 10));
        let mut all = [rows(&one), rows(&other)].concat();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, rows(&table));
    }
    let count = |part: &Table| part.filter("kind", |entry| entry.text() == Some("rare")).unwrap().rows();
    let (one, other) = table.split_stratified("kind", 0.8, 3).unwrap();
    assert_eq!((count(&one), count(&other)), (8, 2));
    assert_eq!(table.split(0.8, 3).unwrap(), table.split(0.8, 3).unwrap());
    assert_ne!(table.split(0.8, 3).unwrap(), table.split(0.8, 4).unwrap());

    let share = "expected a share between 0 and 1 that leaves no part empty, found 1 of 40 rows";
    assert_eq!(table.split(1.0, 3).unwrap_err().to_string(), format!("Table::split: {share}"));
    let single = table.select_rows(&[0, 1, 2, 3]).unwrap();
    assert_eq!(
        single.split_stratified("kind", 0.25, 3).unwrap_err().to_string(),
        "Table::split_stratified: expected class 0 in the first part, found 1 rows of it"
    );
}

#[test]
fn a_table_with_texts_or_gaps_is_no_array() {
    let words = |name: &str| penguins().select(&[name]).unwrap().to_array::<f64>().unwrap_err().to_string();
    let operation = "Table::to_array: expected a number in row";
    assert_eq!(words("species"), format!("{operation} 0 of the column \"species\", found \"Adelie\""));
    assert_eq!(words("mass"), format!("{operation} 2 of the column \"mass\", found none"));
    let large = Table::new(vec![Column::numbers("a", vec![1e300])]).unwrap();
    let error = large.to_array::<f32>().unwrap_err().to_string();
    assert!(error.starts_with("Table::to_array: expected a number in row 0 of the column \"a\", found 1"), "{error}");
    assert_eq!(large.to_array::<f64>().unwrap(), ndarray::array![[1e300]]);
}

#[test]
fn a_table_is_printed_with_its_rows_below_each_other() {
    let expected = "   species      mass
0  Adelie       3750
1  NA         3.5e-7
2  Gentoo         NA
3  Adelie   -1234567
[4 rows x 2 columns]";
    assert_eq!(penguins().to_string(), expected);
}

#[test]
fn ten_rows_are_printed_and_long_texts_and_wide_tables_are_cut() {
    let long = Table::new(vec![Column::numbers("n", (0..333).map(f64::from).collect())]).unwrap();
    let expected = "\n  0    0\n  1    1\n  2    2\n  3    3\n  4    4\n...  ...\n328  328\n329  329\n330  330\n331  331\n\
        332  332\n[333 rows x 1 column]";
    assert_eq!(long.to_string().split_once("n").unwrap().1, expected);
    assert_eq!(long.head().rows(), 5);
    let texts = Table::new(vec![Column::texts("t", [Some("x\ny".repeat(40)), Some("z".repeat(30))])]).unwrap();
    let lines: Vec<_> = texts.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines[1], "0  x yx yx yx yx yx yx yx yx y...");
    assert_eq!(lines[2], format!("1  {}", "z".repeat(30)));
    for columns in [1, 5, 12, 13, 40, 5000] {
        let wide = (0..columns).map(|column| Column::numbers(format!("column_{column}"), vec![1.5, -2.0]));
        let wide = Table::new(wide.collect()).unwrap().to_string();
        assert!(wide.lines().all(|line| line.len() <= 100), "{wide}");
        assert_eq!(wide.contains("..."), columns > 8, "{wide}");
        let header = wide.lines().next().unwrap();
        assert!(header.contains(" column_0") && header.ends_with(&format!("column_{}", columns - 1)), "{wide}");
        assert!(wide.ends_with(&format!("[2 rows x {columns} column{}]", if columns == 1 { "" } else { "s" })));
    }
    // One column that is wider than a line stays.
    let name = "n".repeat(300);
    assert!(Table::new(vec![Column::numbers(name, vec![1.0])]).unwrap().to_string().contains("nnn..."));
}

#[test]
fn a_summary_is_printed_with_a_line_for_each_column() {
    let expected =
        "         kind    missing  distinct     mean     std       min      25%     50%   75%   max  most frequent
species  text          1         2                                                          Adelie (2)
mass     number        1         3  -410272  713863  -1234567  -617283  3.5e-7  1875  3750
[4 rows]";
    assert_eq!(penguins().describe().to_string(), expected);
}

#[test]
fn a_summary_tells_what_is_in_a_column() {
    let summary = penguins().describe();
    let [species, mass] = summary.columns() else { panic!("{summary}") };
    assert_eq!((species.name(), species.kind(), species.missing(), species.distinct()), ("species", Kind::Text, 1, 2));
    assert_eq!((species.most_frequent(), species.numbers()), (Some(("Adelie", 2)), None));
    assert_eq!((mass.kind(), mass.missing(), mass.distinct(), mass.most_frequent()), (Kind::Number, 1, 3, None));
    // One number has no deviation; none has nothing at all; texts that were filtered out do not count.
    let few = Table::new(vec![
        Column::numbers("one", vec![7.0, f64::NAN]),
        Column::numbers("none", vec![f64::NAN; 2]),
        Column::texts("texts", [Some("a"), Some("b")]),
    ]);
    let few = few.unwrap().select_rows(&[0, 0]).unwrap().describe();
    let one = few.columns()[0].numbers().unwrap();
    assert_eq!((one.standard_deviation, one.median, few.columns()[0].distinct()), (Some(0.0), 7.0, 1));
    assert_eq!(few.columns()[1].numbers(), None);
    assert_eq!((few.columns()[2].distinct(), few.columns()[2].most_frequent()), (1, Some(("a", 2))));
    // Sums and squares of the largest numbers overflow.
    let large = Table::new(vec![Column::numbers("x", vec![f64::MAX, f64::MAX, -f64::MAX, 0.0, -0.0])]).unwrap();
    let large = large.describe();
    let numbers = large.columns()[0].numbers().unwrap();
    let all = [numbers.mean, numbers.standard_deviation.unwrap(), numbers.lower_quartile, numbers.upper_quartile];
    assert!(all.iter().all(|number| number.is_finite()), "{numbers:?}");
    assert_eq!(large.columns()[0].distinct(), 3);
}

/// The cases of `golden/tables.py`.
#[test]
fn summaries_agree_with_pandas() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/tables.json")).unwrap();
    let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let numbers = case["numbers"].as_array().unwrap().iter().map(|it| it.as_f64().unwrap_or(f64::NAN)).collect();
        let texts = case["texts"].as_array().unwrap().iter().map(|it| it.as_str());
        let table = Table::new(vec![Column::numbers("numbers", numbers), Column::texts("texts", texts)]).unwrap();
        let summary = table.describe();
        let [numbers, texts] = summary.columns() else { panic!("{summary}") };
        let expected = |key: &str| case["described"][key].as_f64();
        let found = numbers.numbers().unwrap();
        for (key, found) in [
            ("mean", Some(found.mean)),
            ("std", found.standard_deviation),
            ("min", Some(found.minimum)),
            ("25%", Some(found.lower_quartile)),
            ("50%", Some(found.median)),
            ("75%", Some(found.upper_quartile)),
            ("max", Some(found.maximum)),
        ] {
            let (found, expected) = (found.unwrap_or(f64::NAN), expected(key).unwrap_or(f64::NAN));
            let close =
                (found - expected).abs() <= 1e-10 * expected.abs().max(1e-300) || (found.is_nan() && expected.is_nan());
            assert!(close, "{key}: {found}, pandas {expected}");
        }
        assert_eq!(table.rows() - numbers.missing(), expected("count").unwrap() as usize);
        assert_eq!(numbers.distinct(), case["distinct"].as_u64().unwrap() as usize);
        assert_eq!(table.rows() - texts.missing(), case["text"]["count"].as_u64().unwrap() as usize);
        assert_eq!(texts.distinct(), case["text"]["unique"].as_u64().unwrap() as usize);
        let top = case["text"]["top"].as_str().map(|top| (top, case["text"]["freq"].as_u64().unwrap() as usize));
        assert_eq!(texts.most_frequent(), top);
    }
}

#[cfg(feature = "serde")]
mod from_rows {
    use super::*;
    use feedforward::data::Entry;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Sex {
        Female,
        Male,
    }

    #[derive(Serialize, Clone, Copy)]
    struct Millimetres(f32);

    #[derive(Serialize)]
    struct Penguin<'a> {
        species: &'a str,
        sex: Option<Sex>,
        bill: Millimetres,
        year: u16,
        tagged: bool,
        ring: char,
        mass: Option<f64>,
    }

    fn words<T: Serialize>(rows: impl IntoIterator<Item = T>) -> String {
        Table::from_rows(rows).unwrap_err().to_string()
    }

    #[test]
    fn structs_become_columns_in_the_order_of_their_fields() {
        let one = Penguin {
            species: "Adelie",
            sex: Some(Sex::Male),
            bill: Millimetres(39.5),
            year: 2007,
            tagged: true,
            ring: 'x',
            mass: None,
        };
        let two =
            Penguin { species: "Gentoo", sex: Some(Sex::Female), mass: Some(5000.0), tagged: false, ring: 'y', ..one };
        let three = Penguin { sex: None, mass: Some(f64::NAN), species: "Gentoo", ring: 'z', ..two };
        let table = Table::from_rows([&one, &two, &three]).unwrap();
        let expected = Table::new(vec![
            Column::texts("species", [Some("Adelie"), Some("Gentoo"), Some("Gentoo")]),
            Column::texts("sex", [Some("Male"), Some("Female"), None]),
            Column::numbers("bill", vec![39.5; 3]),
            Column::numbers("year", vec![2007.0; 3]),
            Column::texts("tagged", [Some("true"), Some("false"), Some("false")]),
            Column::texts("ring", [Some("x"), Some("y"), Some("z")]),
            Column::numbers("mass", vec![f64::NAN, 5000.0, f64::NAN]),
        ]);
        assert_eq!(table, expected.unwrap());
    }

    #[test]
    fn what_a_map_does_not_have_is_missing() {
        let json = r#"[{"a": 1, "b": "x"}, {"b": "y", "c": true}, {"a": null, "c": null, "d": null}]"#;
        let rows: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_str(json).unwrap();
        let table = Table::from_rows(&rows).unwrap();
        assert_eq!(table.names().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        assert_eq!(table.column("a").unwrap(), &Column::numbers("a", vec![1.0, f64::NAN, f64::NAN]));
        assert_eq!(table.column("c").unwrap().get(1), Some(Entry::Text("true")));
        assert_eq!(table.column("d").unwrap().count_missing(), 3);
    }

    #[test]
    fn what_is_no_row_or_no_entry_is_refused_with_its_field() {
        let start = "Table::from_rows: expected";
        assert_eq!(words(Vec::<Penguin>::new()), format!("{start} at least one row, found 0"));
        assert_eq!(words([1, 2]), format!("{start} a struct or a map in row 0, found a number"));
        assert_eq!(words([vec![1]]), format!("{start} a struct or a map in row 0, found a sequence"));
        assert_eq!(words([Sex::Male]), format!("{start} a struct or a map in row 0, found a variant of an enum"));
        let one = |name: &'static str, value: serde_json::Value| BTreeMap::from([(name, value)]);
        let value = "a number, a text, a boolean or nothing in row 0, field \"a\", found";
        assert_eq!(words([one("a", [1, 2].as_slice().into())]), format!("{start} {value} a sequence"));
        assert_eq!(words([one("a", serde_json::json!({"b": 1}))]), format!("{start} {value} a map"));
        assert_eq!(
            words([BTreeMap::from([("a", f32::INFINITY)])]),
            format!("{start} a finite number in row 0, field \"a\", found inf")
        );
        let mixed = [one("a", 1.into()), one("a", "x".into())];
        assert_eq!(words(mixed), format!("{start} a number as in the rows before in row 1, field \"a\", found \"x\""));
        let mixed = [one("a", "x".into()), one("a", 1.into())];
        assert_eq!(words(mixed), format!("{start} a text as in the rows before in row 1, field \"a\", found 1"));
        assert_eq!(words([one("", 1.into())]), "Table: expected a name for each column, found an empty one");
        #[derive(Serialize)]
        struct Outer {
            inner: Millimetres,
            nested: BTreeMap<String, f64>,
        }
        let outer = Outer { inner: Millimetres(1.0), nested: BTreeMap::new() };
        assert!(words([outer]).contains("in row 0, field \"nested\", found a map"));
    }
}
