//! Prepared tables: the numbers of scikit-learn's transformers (`../golden/preparation.py`), equal numbers for rows and
//! tables, and refusals that name column and row.

use crate::common::{Matrix, Precise, assert_close};
use feedforward::data::*;
use feedforward::{Error, Float, Table};
use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    train: usize,
    numbers: BTreeMap<String, Vec<Option<f64>>>,
    texts: BTreeMap<String, Vec<Option<String>>>,
    cases: BTreeMap<String, Case>,
    together: Matrix,
}

#[derive(Deserialize)]
struct Case {
    column: String,
    expected: Matrix,
}

fn golden() -> (Golden, Table) {
    let golden: Golden = serde_json::from_str(include_str!("../golden/preparation.json")).unwrap();
    let number = |number: &Option<f64>| number.unwrap_or(f64::NAN);
    let numbers = golden.numbers.iter().map(|(name, all)| Column::numbers(name, all.iter().map(number).collect()));
    let texts = golden.texts.iter().map(|(name, all)| Column::texts(name, all.iter().map(Option::as_ref)));
    let table = Table::new(numbers.chain(texts).collect()).unwrap();
    (golden, table)
}

fn own() -> Category {
    Category::one_hot().missing(MissingCategory::Own)
}

fn role(case: &str) -> Role {
    let minus_one = UnknownCategory::Number(-1.0);
    match case {
        "standard" => Number::standard().into(),
        "standard_mean" => Number::standard().fill_with_mean().into(),
        "standard_median_indicator" => Number::standard().fill_with_median().with_indicator().into(),
        "min_max_constant" => Number::min_max().fill_with(-5.0).into(),
        "min_max" => Number::min_max().into(),
        "robust" => Number::robust().into(),
        "robust_median" => Number::robust().fill_with_median().into(),
        "log_median" => Number::log().fill_with_median().into(),
        "none_mean_indicator" => Number::unscaled().fill_with_mean().with_indicator().into(),
        "none_median_indicator" => Number::unscaled().fill_with_median().with_indicator().into(),
        "one_hot_own_zeros" => own().unknown(UnknownCategory::Zeros).into(),
        "one_hot_own_other_3" => own().minimum_count(3).into(),
        "one_hot_own_zeros_3" => own().minimum_count(3).unknown(UnknownCategory::Zeros).into(),
        "one_hot_own_other_1" => own().into(),
        "one_hot_numbers" => Category::one_hot().into(),
        "ordinal_numbers" => Category::ordinal().into(),
        "ordinal_sorted" => Category::ordinal().unknown(minus_one).into(),
        "ordinal_in_order" => Category::ordinal_in(["small", "medium", "large"]).unknown(minus_one).into(),
        "ordinal_missing" => Category::ordinal().unknown(minus_one).missing(MissingCategory::Number(-2.0)).into(),
        _ => panic!("no role for the case {case}"),
    }
}

fn range(table: &Table, rows: std::ops::Range<usize>) -> Table {
    table.select_rows(&rows.collect::<Vec<_>>()).unwrap()
}

/// Transforms the table, and each of its rows on its own: both must be the same to the last bit.
fn transform<F: Float>(fitted: &FittedPreparation, table: &Table) -> Array2<F> {
    let whole = fitted.transform::<F>(table).unwrap();
    assert_eq!(whole.dim(), (table.rows(), fitted.output_size()));
    assert_eq!(fitted.output_names().len(), fitted.output_size());
    for row in 0..table.rows() {
        let alone = fitted.transform::<F>(&range(table, row..row + 1)).unwrap();
        let value = |column: &Column| (column.name().to_owned(), Value::from(column.get(row).unwrap()));
        let named = fitted.transform_row::<F>(&table.columns().iter().map(value).collect()).unwrap();
        for (column, &number) in whole.row(row).iter().enumerate() {
            let bits = [number, alone[[0, column]], named[column]].map(|number| number.widen().to_bits());
            assert!(bits[0] == bits[1] && bits[0] == bits[2], "row {row}, column {column} of {fitted}");
        }
    }
    whole
}

fn agrees_with_scikit_learn<F: Precise>() {
    let (golden, table) = golden();
    assert_eq!(golden.cases.len(), 19);
    let train = range(&table, 0..golden.train);
    for (name, case) in &golden.cases {
        let fitted = Preparation::new().role(&case.column, role(name)).fit(&train).unwrap();
        assert_eq!(fitted.output_size(), case.expected[0].len(), "{name}");
        assert_close(name, &transform::<F>(&fitted, &table), &case.expected);
    }
    let together = Preparation::new()
        .number("length", Number::standard().fill_with_mean())
        .category("town", own().minimum_count(3))
        .number("doors", Number::min_max())
        .category("island", own().unknown(UnknownCategory::Zeros));
    let fitted = together.fit(&train).unwrap();
    assert_close("together", &transform::<F>(&fitted, &table), &golden.together);
    assert_eq!(fitted.input_columns().collect::<Vec<_>>(), ["length", "town", "doors", "island"]);
    let names = ["town=a", "town=b", "town (other)", "doors", "island=Biscoe"];
    assert_eq!(fitted.output_names()[1..6], names);
}

#[test]
fn every_role_agrees_with_scikit_learn() {
    agrees_with_scikit_learn::<f64>();
    agrees_with_scikit_learn::<f32>();
}

/// A table with gaps, rare categories and numbers of all sizes.
fn random_table(rng: &mut ChaCha8Rng, rows: usize) -> Table {
    let towns = ["a", "b", "c", "3", "03", "true", "False", "", "é"];
    let mut number = |missing: f64, scale: f64| -> Vec<f64> {
        (0..rows)
            .map(|_| if rng.random_bool(missing) { f64::NAN } else { (rng.random_range(0..9) as f64) * scale })
            .collect()
    };
    let numbers = [number(0.3, 1.0), number(0.3, 1e-30), number(0.0, 1e30), number(0.3, 0.5), number(0.3, 2.0)];
    let mut columns: Vec<_> =
        numbers.into_iter().enumerate().map(|(k, all)| Column::numbers(format!("n{k}"), all)).collect();
    let texts: Vec<_> = (0..rows).map(|_| rng.random_bool(0.8).then(|| towns[rng.random_range(0..9)])).collect();
    columns.push(Column::texts("t0", texts.clone()));
    columns.push(Column::texts("t1", texts));
    Table::new(columns).unwrap()
}

fn random_preparation() -> Preparation {
    Preparation::new()
        .number("n0", Number::robust().fill_with(4.0).with_indicator())
        .number("n1", Number::standard().fill_with(0.0).with_indicator())
        .number("n2", Number::log())
        .category("n3", own().minimum_count(4))
        .category(
            "n4",
            Category::ordinal().missing(MissingCategory::Number(-1.0)).unknown(UnknownCategory::Number(-2.0)),
        )
        .category("t0", own().minimum_count(3))
        .category("t1", Category::one_hot().missing(MissingCategory::Zeros))
}

#[test]
fn rows_and_tables_become_the_same_numbers() {
    for seed in 0..40 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // The first test has more rows than are written at once.
        let rows = if seed == 0 { 1000 } else { 20 };
        let (train, test) = (random_table(&mut rng, 30), random_table(&mut rng, rows));
        let fitted = random_preparation().fit(&train).unwrap();
        for table in [&train, &test] {
            assert!(transform::<f64>(&fitted, table).iter().all(|number| number.is_finite()));
            assert!(transform::<f32>(&fitted, table).iter().all(|number| number.is_finite()));
        }
        // Columns are found by name.
        let mut columns = test.columns().to_vec();
        columns.reverse();
        columns.insert(3, Column::texts("more", vec![None::<&str>; rows]));
        let other_order = Table::new(columns).unwrap();
        assert_eq!(fitted.transform::<f64>(&other_order).unwrap(), fitted.transform::<f64>(&test).unwrap());
    }
}

#[test]
fn nothing_is_learned_from_rows_that_are_not_given() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let table = random_table(&mut rng, 60);
    // The same first rows, before rows of texts and numbers that occur nowhere else.
    let others = [
        ("n0", Column::numbers("n0", vec![1e9; 60])),
        ("t0", Column::texts("t0", vec![Some("elsewhere"); 60])),
        ("t1", Column::texts("t1", (0..60).map(|row| Some(row.to_string())))),
    ];
    let mut changed = table.clone();
    for (name, other) in others {
        let before = table.column(name).unwrap();
        let pick = |row: usize| if row < 40 { before.get(row).unwrap() } else { other.get(row).unwrap() };
        let column = match before.kind() {
            Kind::Number => Column::numbers(name, (0..60).map(|row| pick(row).number().unwrap_or(f64::NAN)).collect()),
            Kind::Text => Column::texts(name, (0..60).map(|row| pick(row).text())),
        };
        changed = changed.with_column(column).unwrap();
    }
    let first = |table: &Table| random_preparation().fit(&range(table, 0..40)).unwrap();
    assert_eq!(first(&table), first(&changed));
    assert_eq!(
        Preparation::guess(&range(&table, 0..40)).unwrap(),
        Preparation::guess(&range(&changed, 0..40)).unwrap()
    );
    // Nor does what is transformed depend on the rows beside it.
    let fitted = first(&table);
    let all = fitted.transform::<f64>(&changed).unwrap();
    assert_eq!(all.slice(ndarray::s![..40, ..]), fitted.transform::<f64>(&range(&table, 0..40)).unwrap());
}

#[test]
fn a_value_is_never_taken_for_another_category() {
    let table = |texts: &[&str]| Table::new(vec![Column::texts("c", texts.iter().map(|text| Some(*text)))]).unwrap();
    let strict = Preparation::new().category("c", Category::ordinal());
    let code = |fitted: &FittedPreparation, value: Value| {
        fitted.transform_row::<f64>(&Row::from([("c", value)])).ok().map(|numbers| numbers[0])
    };
    let fitted = strict.fit(&table(&["3", "03", "4.5", "True", "no", "", "-0", "1e3"])).unwrap();
    let position = |text: &str| code(&fitted, text.into());
    assert_eq!(code(&fitted, 3.0.into()), position("3"));
    assert_ne!(position("3"), position("03"));
    assert_eq!(code(&fitted, 4.5.into()), position("4.5"));
    assert_eq!(code(&fitted, true.into()), position("True"));
    let unknown: [Value; 7] =
        [false.into(), 1000.0.into(), 0.0.into(), (-0.0).into(), "true".into(), "3.0".into(), f64::INFINITY.into()];
    for value in unknown {
        assert_eq!(code(&fitted, value.clone()), None, "{value}");
    }
    // Which of the two is true?
    let fitted = strict.fit(&table(&["True", "true", "FALSE"])).unwrap();
    assert_eq!(code(&fitted, true.into()), None);
    assert_eq!(code(&fitted, false.into()), Some(0.0));

    // Numbers as categories are in the order of their sizes, and are written as texts too.
    let numbers = Table::new(vec![Column::numbers("c", vec![10.0, -2.5, 9.0, -0.0, 0.0])]).unwrap();
    let fitted = strict.fit(&numbers).unwrap();
    assert_eq!(fitted.transform::<f64>(&numbers).unwrap(), array![[3.0], [0.0], [2.0], [1.0], [1.0]]);
    assert_eq!(code(&fitted, "10".into()), Some(3.0));
    assert_eq!(code(&fitted, "10.0".into()), None);
    assert_eq!(code(&fitted, (-0.0).into()), Some(1.0));

    // A boolean is a number too.
    let numbers = Preparation::new().number("c", Number::unscaled()).fit(&numbers).unwrap();
    assert_eq!((code(&numbers, true.into()), code(&numbers, false.into())), (Some(1.0), Some(0.0)));
}

#[test]
fn a_later_role_replaces_the_earlier_one() {
    let replaced = Preparation::new()
        .number("a", Number::standard())
        .number("b", Number::log())
        .category("a", Category::one_hot())
        .leave_out("b");
    assert_eq!(replaced, Preparation::new().category("a", Category::one_hot()).leave_out("b"));
    assert_eq!(replaced.roles().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn constant_numbers_become_zeros() {
    let constant = Table::new(vec![Column::numbers("x", vec![7.0; 4])]).unwrap();
    let mostly = Table::new(vec![Column::numbers("x", vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0])]).unwrap();
    for number in [Number::standard(), Number::min_max(), Number::robust(), Number::log()] {
        let fitted = Preparation::new().number("x", number).fit(&constant).unwrap();
        assert_eq!(fitted.transform::<f64>(&constant).unwrap(), Array2::<f64>::zeros((4, 1)));
    }
    // No distance between the quartiles, as with scikit-learn: shifted alone.
    let fitted = Preparation::new().number("x", Number::robust()).fit(&mostly).unwrap();
    assert_eq!(fitted.transform::<f64>(&mostly).unwrap()[[6, 0]], 9.0);
}

#[test]
fn numbers_alone_are_a_scaler() {
    let (_, table) = golden();
    let numbers = Preparation::new()
        .number("whole", Number::standard())
        .number("doors", Number::robust().fill_with_median().with_indicator());
    let fitted = numbers.fit(&table).unwrap();
    let scaler: StandardScaler<f64> = fitted.as_scaler().unwrap();
    let inputs = table.select(&["whole", "doors"]).unwrap().to_array().unwrap();
    assert_eq!(scaler.transform(&inputs).unwrap(), fitted.transform::<f64>(&table).unwrap());
    for role in [role("log_median"), role("standard_median_indicator"), role("one_hot_numbers")] {
        let name = if role == self::role("log_median") { "income" } else { "length" };
        let role = if name == "length" && matches!(role, Role::Category(_)) { own().into() } else { role };
        assert!(numbers.clone().role(name, role).fit(&table).unwrap().as_scaler::<f32>().is_none());
    }
}

fn one(column: Column) -> Table {
    Table::new(vec![column]).unwrap()
}

fn repeated(texts: &[(&str, usize)]) -> Column {
    Column::texts("x", texts.iter().flat_map(|&(text, rows)| std::iter::repeat_n(Some(text), rows)))
}

#[test]
fn roles_are_guessed_from_what_stands_in_the_columns() {
    let guess = |column: Column| {
        let preparation = Preparation::guess(&one(column)).unwrap();
        preparation.roles().next().unwrap().1.clone()
    };
    let standard = || Number::standard().fill_with_median();
    let some_missing = |missing: usize| {
        Column::numbers("x", (0..100).map(|row| if row < missing { f64::NAN } else { row as f64 }).collect())
    };
    assert_eq!(guess(some_missing(0)), standard().into());
    assert_eq!(guess(some_missing(9)), standard().into());
    assert_eq!(guess(some_missing(10)), standard().with_indicator().into());
    assert_eq!(guess(some_missing(100)), Role::LeaveOut);
    assert_eq!(guess(Column::numbers("x", vec![3.0; 5])), Role::LeaveOut);
    assert_eq!(guess(Column::texts("x", [None::<&str>, None])), Role::LeaveOut);
    assert_eq!(guess(repeated(&[("same", 9)])), Role::LeaveOut);

    assert_eq!(guess(repeated(&[("yes", 1), ("no", 1)])), own().into());
    assert_eq!(guess(Column::texts("x", [Some("yes"), None])), own().into());
    assert_eq!(guess(repeated(&[("0", 40), ("1", 30), ("2", 20), ("3+", 10)])), own().into());
    assert_eq!(guess(repeated(&[("0", 40), ("1", 30)])), own().into());
    let many = |distinct: usize, rows: usize| {
        Column::texts("x", (0..rows).map(move |row| Some(format!("town {}", row % distinct))))
    };
    assert_eq!(guess(many(20, 20)), own().into());
    assert_eq!(guess(many(21, 42)), own().minimum_count(10).into());
    assert_eq!(guess(many(1000, 2000)), own().minimum_count(10).into());

    // The rest of a table: its texts are still known, but in none of its rows.
    let whole = many(21, 30);
    let part = range(&one(whole), 0..15);
    assert_eq!(Preparation::guess(&part).unwrap().roles().next().unwrap().1, &own().into());
    assert_eq!(Preparation::guess(&part).unwrap().fit(&part).unwrap().output_size(), 15);
}

/// Demands that the error is this one.
#[track_caller]
fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    let found = result.expect_err(expected).to_string();
    assert_eq!(found, expected);
}

#[test]
fn columns_that_need_a_decision_are_refused_by_name() {
    let refuses_guess = |column: Column, expected: &str| {
        let door = r#"Preparation::guess: expected the column "x" to hold numbers or categories, found "#;
        refuses(Preparation::guess(&one(column)), &format!("{door}{expected}, or leave it out"));
    };
    let numbers = (0..390).map(|row| Some(row.to_string()));
    refuses_guess(
        Column::texts("x", numbers.clone().chain([Some("abc".to_owned()), Some("abc".to_owned())])),
        r#"390 numbers and 2 texts such as "abc": read "abc" as missing"#,
    );
    refuses_guess(
        Column::texts("x", numbers.take(4).chain([Some("?".to_owned())])),
        r#"4 numbers and 1 text such as "?": read "?" as missing"#,
    );
    let remedy = "make numbers of it (days since a date, the month, the day of the week)";
    refuses_guess(
        repeated(&[("2024-03-01", 5), ("2024-03-02", 5), ("unknown", 1)]),
        &format!(r#"dates or times such as "2024-03-01": {remedy}"#),
    );
    let remedy = "give it a role (Category::one_hot().minimum_count(10), for example)";
    refuses_guess(
        Column::texts("x", (0..41).map(|row| Some(format!("name {}", row % 21)))),
        &format!(r#"21 different texts such as "name 0" in 41 rows, like names or identifiers: {remedy}"#),
    );
    refuses_guess(
        Column::texts("x", (0..2002).map(|row| Some(format!("name {}", row % 1001)))),
        &format!("1001 different texts: {remedy}"),
    );
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let texts = || one(Column::texts("x", [Some("1"), None, Some("abc")]));
    let gap = || one(Column::numbers("x", vec![1.0, f64::NAN, 3.0]));
    let nothing = || one(Column::numbers("x", vec![f64::NAN, f64::NAN]));
    let number = |number: Number| Preparation::new().number("x", number);
    let category = |category: Category| Preparation::new().category("x", category);
    let refuses_fit = |preparation: Preparation, table: Table, expected: &str| {
        refuses(preparation.fit(&table), &format!("Preparation::fit: {expected}"));
    };
    let in_row = |row: usize, expected: &str, found: &str| {
        format!(r#"expected {expected} in row {row} of the column "x", found {found}"#)
    };

    refuses_fit(
        Preparation::new(),
        gap(),
        "expected at least one column with the role of numbers or categories, found 0",
    );
    let left_out = Preparation::new().leave_out("x");
    refuses_fit(left_out, gap(), "expected at least one column with the role of numbers or categories, found 0");
    let absent = Preparation::new().leave_out("y").number("x", Number::standard());
    refuses_fit(absent, gap(), r#"expected a column "y", found "x""#);
    refuses_fit(number(Number::standard()), range(&gap(), 0..0), "expected at least one row, found 0");

    refuses_fit(number(Number::standard()), texts(), &in_row(0, "a number", r#""1""#));
    refuses_fit(number(Number::standard()), gap(), &in_row(1, "a number", "nothing"));
    let only = r#"expected a number to fill missing ones with in the column "x", found only missing ones"#;
    refuses_fit(number(Number::standard().fill_with_mean()), nothing(), only);
    refuses_fit(number(Number::standard().fill_with_median()), nothing(), only);
    assert!(number(Number::standard().fill_with(1.0)).fit(&nothing()).is_ok());
    let no_kind = one(Column::texts("x", [None::<&str>]));
    refuses_fit(number(Number::standard()), no_kind, &in_row(0, "a number", "nothing"));
    let low = || one(Column::numbers("x", vec![1.0, -1.0]));
    refuses_fit(number(Number::log()), low(), &in_row(1, "a number above -1, as ln(1 + x) is taken,", "-1"));
    let far = one(Column::numbers("x", vec![f64::MAX, f64::MIN]));
    let finite = r#"expected numbers whose distances are finite in f64 in the column "x", found larger ones"#;
    refuses_fit(number(Number::min_max()), far, finite);

    let indicator =
        r#"expected missing numbers of the column "x" to be filled, as they have an indicator, found them refused"#;
    refuses_fit(number(Number::standard().with_indicator()), gap(), indicator);
    let fill = |found: &str| format!(r#"expected a finite number to fill the column "x" with, found {found}"#);
    refuses_fit(number(Number::standard().fill_with(f64::NAN)), gap(), &fill("NaN"));
    refuses_fit(number(Number::standard().fill_with(f64::INFINITY)), gap(), &fill("inf"));
    let above = r#"expected a number above -1 to fill the column "x" with, as ln(1 + x) is taken, found -1"#;
    refuses_fit(number(Number::log().fill_with(-1.0)), gap(), above);

    refuses_fit(category(Category::one_hot()), texts(), &in_row(1, r#"a category among "1", "abc""#, "nothing"));
    let order = || Category::ordinal_in(["abc", "def"]);
    refuses_fit(category(order()), texts(), &in_row(0, r#"a category among "abc", "def""#, r#""1""#));
    let only = r#"expected a category in the column "x", found only missing ones"#;
    refuses_fit(category(Category::one_hot().missing(MissingCategory::Zeros)), nothing(), only);
    let in_order = Category::ordinal_in(["a"]).missing(MissingCategory::Number(-1.0));
    assert!(category(in_order).fit(&nothing()).is_ok());
    assert_eq!(category(own()).fit(&nothing()).unwrap().output_names(), ["x (missing)"]);
    assert_eq!(category(own().minimum_count(5)).fit(&nothing()).unwrap().output_names(), ["x (other)"]);

    refuses_fit(category(Category::one_hot().minimum_count(0)), gap(), "minimum_count: expected at least 1, found 0");
    let ordinal = r#"expected a minimum count of 1 for the ordinal categories of the column "x", found 2"#;
    refuses_fit(category(Category::ordinal().minimum_count(2)), gap(), ordinal);
    let kind = r#"expected a number or a refusal for missing ordinal categories of the column "x""#;
    let kind = format!("{kind}, found what is for one-hot ones");
    refuses_fit(category(Category::ordinal().missing(MissingCategory::Own)), gap(), &kind);
    refuses_fit(
        category(Category::ordinal().unknown(UnknownCategory::Zeros)),
        gap(),
        &kind.replace("missing", "unknown"),
    );
    let number = r#"expected no number for missing or unknown one-hot categories of the column "x", found 3"#;
    refuses_fit(category(Category::one_hot().unknown(UnknownCategory::Number(3.0))), gap(), number);
    let finite = r#"expected a finite number for missing or unknown categories of the column "x", found NaN"#;
    refuses_fit(category(Category::ordinal().missing(MissingCategory::Number(f64::NAN))), gap(), finite);
    let twice = r#"expected each category once in the order of the column "x", found "a" twice"#;
    refuses_fit(category(Category::ordinal_in(["a", "b", "a"])), gap(), twice);
    let empty = r#"expected at least one category in the order of the column "x", found 0"#;
    refuses_fit(category(Category::ordinal_in::<&str>([])), gap(), empty);
}

#[test]
fn what_cannot_be_transformed_is_refused() {
    let train = Table::new(vec![
        Column::numbers("age", vec![1.0, 2.0, 3.0]),
        Column::texts("sex", [Some("m"), Some("f"), Some("m")]),
    ])
    .unwrap();
    let strict = Category::one_hot().unknown(UnknownCategory::Refuse);
    let preparation = Preparation::new().number("age", Number::log()).category("sex", strict);
    let fitted = preparation.fit(&train).unwrap();
    let with = |column: Column| train.with_column(column).unwrap();
    let refuses_table = |table: &Table, expected: &str| {
        refuses(fitted.transform::<f32>(table), &format!("FittedPreparation::transform: {expected}"));
    };
    let absent = r#"expected a column "sex", found "age""#;
    refuses_table(&train.select(&["age"]).unwrap(), absent);
    let text = with(Column::texts("age", [None, Some("2"), Some("3")]));
    refuses_table(&text, r#"expected a number in row 1 of the column "age", found "2""#);
    let gap = with(Column::numbers("age", vec![1.0, 2.0, f64::NAN]));
    refuses_table(&gap, r#"expected a number in row 2 of the column "age", found nothing"#);
    let low = with(Column::numbers("age", vec![1.0, -2.0, 3.0]));
    let above = "a number above -1, as ln(1 + x) is taken,";
    refuses_table(&low, &format!(r#"expected {above} in row 1 of the column "age", found -2"#));
    let unknown = with(Column::texts("sex", [Some("m"), Some("x"), None]));
    refuses_table(&unknown, r#"expected a category among "f", "m" in row 1 of the column "sex", found "x""#);
    let gap = with(Column::texts("sex", [Some("m"), None, None]));
    refuses_table(&gap, r#"expected a category among "f", "m" in row 1 of the column "sex", found nothing"#);
    let numbers = with(Column::numbers("sex", vec![1.0, 0.0, 1.0]));
    refuses_table(&numbers, r#"expected a category among "f", "m" in row 0 of the column "sex", found 1"#);
    assert_eq!(fitted.transform::<f32>(&range(&train, 0..0)).unwrap().dim(), (0, 3));

    let refuses_row = |row: &[(&str, Value)], expected: &str| {
        let found = fitted.transform_row::<f32>(&Row::from(row));
        refuses(found, &format!("FittedPreparation::transform_row: {expected}"));
    };
    let (age, sex) = (("age", Value::from(2.0)), ("sex", Value::from("m")));
    refuses_row(&[], r#"expected a value for the column "age", found none"#);
    refuses_row(&[age.clone(), ("Sex", "m".into())], r#"expected a value for the column "sex", found "Sex", "age""#);
    refuses_row(&[("age", "2".into()), sex.clone()], r#"expected a number in the column "age", found "2""#);
    refuses_row(&[("age", Value::Missing), sex.clone()], r#"expected a number in the column "age", found nothing"#);
    refuses_row(&[("age", f64::NAN.into()), sex.clone()], r#"expected a number in the column "age", found nothing"#);
    refuses_row(
        &[("age", f64::INFINITY.into()), sex.clone()],
        r#"expected a finite number in the column "age", found inf"#,
    );
    refuses_row(
        &[age.clone(), ("sex", true.into())],
        r#"expected a category among "f", "m" in the column "sex", found true"#,
    );
    let more = [age, sex, ("more", "names".into())];
    assert!(fitted.transform_row::<f32>(&Row::from(&more)).is_ok());
}

#[test]
fn no_number_overflows_unseen() {
    let table = one(Column::numbers("x", vec![1e300, 0.0]));
    let unscaled = Preparation::new().number("x", Number::unscaled()).fit(&table).unwrap();
    assert!(unscaled.transform::<f64>(&table).is_ok());
    let expected = r#"expected a number that is finite when it is scaled in row 0 of the column "x", found 1"#;
    let found = unscaled.transform::<f32>(&table).unwrap_err().to_string();
    assert!(found.starts_with(&format!("FittedPreparation::transform: {expected}")), "{found}");
    assert!(unscaled.transform_row::<f32>(&Row::from([("x", 1e300.into())])).is_err());

    let small = one(Column::numbers("x", vec![0.0, 1e-300]));
    let scaled = Preparation::new().number("x", Number::standard()).fit(&small).unwrap();
    assert!(scaled.transform::<f64>(&table).is_err());

    let unknown = UnknownCategory::Number(1e300);
    let ordinal = Preparation::new().category("x", Category::ordinal().unknown(unknown)).fit(&small).unwrap();
    assert!(ordinal.transform::<f64>(&table).is_ok());
    assert!(ordinal.transform::<f32>(&table).is_err());
}

#[test]
fn each_column_has_a_line() {
    let (golden, table) = golden();
    let declared = Preparation::new()
        .number("length", Number::robust().fill_with(44.0).with_indicator())
        .category("town", own().minimum_count(3))
        .category("size", Category::ordinal_in(["small", "medium", "large"]))
        .leave_out("whole");
    let lines = r#"
length  number, scaled by median and quartiles, missing: 44 and an indicator
town    category, one-hot, those in fewer than 3 rows joined, missing: a category, unknown: as the rare ones, or zeros
size    category, ordinal: "small", "medium", "large", missing: refused, unknown: refused
whole   left out
"#;
    assert_eq!(format!("\n{declared}"), lines);
    let train = range(&table, 0..golden.train).select(&["town", "size", "whole"]).unwrap();
    let train = train.with_column(Column::numbers("length", vec![40.0; golden.train])).unwrap();
    let lines = r#"
length  number (x - 40) / 1, missing: x = 44
town    one-hot category: "a", "b"; joined: "c", "d", "f"
size    ordinal category: "small", "medium", "large"
"#;
    assert_eq!(format!("\n{}", declared.fit(&train).unwrap()), lines);
}

#[cfg(feature = "serde")]
mod files {
    use super::*;
    use feedforward::data::{FittedPreparation, Preparation};

    fn survives<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
        let json = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
        let bytes = postcard::to_allocvec(value).unwrap();
        assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value);
        json
    }

    #[test]
    fn preparations_are_kept_to_the_last_bit() {
        let (_, table) = golden();
        for name in golden().0.cases.keys() {
            survives(&Preparation::new().role("x", role(name)).leave_out("y"));
        }
        for seed in 0..10 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let (train, test) = (random_table(&mut rng, 30), random_table(&mut rng, 20));
            let fitted = random_preparation().fit(&train).unwrap();
            let read: FittedPreparation = serde_json::from_str(&survives(&fitted)).unwrap();
            assert_eq!(read.transform::<f64>(&test).unwrap(), fitted.transform::<f64>(&test).unwrap());
        }
        let one = Preparation::new().number("whole", Number::unscaled()).category("size", Category::ordinal_in(["a"]));
        let declared = survives(&one);
        let text = concat!(
            r#"{"roles":[["whole",{"number":{"scale":"none","missing":"refuse","indicator":false}}],"#,
            r#"["size",{"category":{"encoding":{"ordinal":{"order":["a"]}},"minimum_count":1,"missing":"refuse","#,
            r#""unknown":"refuse"}}]]}"#
        );
        assert_eq!(declared, text);
        let fitted = Preparation::new().number("whole", Number::unscaled()).category("doors", Category::one_hot());
        let text = concat!(
            r#"{"columns":[{"name":"whole","learned":{"number":{"scale":"none","offset":0.0,"spread":1.0,"fill":null,"#,
            r#""indicator":false}}},{"name":"doors","learned":{"category":{"kind":"one_hot","#,
            r#""categories":["2","3","4","10"],"joined":[],"missing_column":"none","missing":"refuse","#,
            r#""unknown":"other"}}}]}"#
        );
        assert_eq!(survives(&fitted.fit(&table).unwrap()), text);
    }

    #[track_caller]
    fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(json: &str, old: &str, new: &str, words: &str) {
        assert!(json.contains(old), "{json}");
        let changed = json.replace(old, new);
        let error = serde_json::from_str::<T>(&changed).expect_err(&changed).to_string();
        assert!(error.contains(words), "{changed}: {error}");
    }

    #[test]
    fn what_no_fit_would_make_is_refused() {
        let table = Table::new(vec![
            Column::numbers("a", vec![1.5, 2.0, f64::NAN]),
            Column::texts("b", [Some("u"), Some("v"), None]),
        ])
        .unwrap();
        let declared = Preparation::new()
            .number("a", Number::log().fill_with(0.5).with_indicator())
            .category("b", own().minimum_count(1));
        let json = survives(&declared);
        let refuse = |old: &str, new: &str, words: &str| refused::<Preparation>(&json, old, new, words);
        refuse(r#""b""#, r#""a""#, "one role for each column");
        refuse("0.5", "-1.0", "a number above -1");
        refuse(r#"{"constant":0.5}"#, r#""refuse""#, "to be filled");
        refuse(r#""minimum_count":1"#, r#""minimum_count":0"#, "at least 1");
        refuse(r#""missing":"own""#, r#""missing":{"number":1.0}"#, "no number");
        refuse(r#""indicator""#, r#""extra":1,"indicator""#, "unknown field");

        let json = survives(&declared.fit(&table).unwrap());
        let refuse = |old: &str, new: &str, words: &str| refused::<FittedPreparation>(&json, old, new, words);
        refuse(r#""name":"b""#, r#""name":"a""#, "different names");
        refuse(r#""name":"b""#, r#""name":"""#, "not empty");
        refuse(r#""spread":"#, r#""spread":-"#, "spread above 0");
        refuse(r#""fill":0.5"#, r#""fill":-1.0"#, "above -1");
        refuse(r#""fill":0.5"#, r#""fill":null"#, "beside an indicator");
        refuse(r#""scale":"log""#, r#""scale":"none""#, "unscaled");
        refuse(r#"["u","v"]"#, r#"["u","u"]"#, "different categories");
        refuse(r#""joined":[]"#, r#""joined":["v"]"#, "different categories");
        refuse(r#""missing":"own""#, r#""missing":"zeros""#, "only where that is a category");
        refuse(r#""missing":"own""#, r#""missing":{"number":1.0}"#, "no number");
        refuse(r#""one_hot""#, r#""ordinal""#, "ordinal");
        refuse(r#""name":"b""#, r#""name":"b","more":1"#, "unknown field");
        refuse(r#""kind""#, r#""more":1,"kind""#, "unknown field");
        refused::<FittedPreparation>(r#"{"columns":[]}"#, "[]", "[]", "at least one column");
    }

    #[test]
    fn no_prefix_and_no_changed_byte_of_a_file_panics() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let table = random_table(&mut rng, 30);
        let json = serde_json::to_vec(&random_preparation().fit(&table).unwrap()).unwrap();
        let bytes = postcard::to_allocvec(&random_preparation().fit(&table).unwrap()).unwrap();
        for end in 0..json.len() {
            assert!(serde_json::from_slice::<FittedPreparation>(&json[..end]).is_err());
        }
        for end in 0..bytes.len() {
            assert!(postcard::from_bytes::<FittedPreparation>(&bytes[..end]).is_err());
        }
        for _ in 0..5000 {
            for (bytes, is_json) in [(&json, true), (&bytes, false)] {
                let mut changed = bytes.clone();
                let at = rng.random_range(0..changed.len());
                changed[at] = rng.random_range(0..=255);
                let read = match is_json {
                    true => serde_json::from_slice::<FittedPreparation>(&changed).ok(),
                    false => postcard::from_bytes::<FittedPreparation>(&changed).ok(),
                };
                let Some(numbers) = read.and_then(|read| read.transform::<f32>(&table).ok()) else { continue };
                assert!(numbers.iter().all(|number| number.is_finite()));
            }
        }
    }
}
