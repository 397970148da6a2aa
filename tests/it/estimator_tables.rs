//! Estimators on tables: from columns to predictions, reports and files.

use feedforward::data::{Category, Column, Number, Preparation, Row, Value};
use feedforward::error::Result;
use feedforward::estimator::{Estimator, MultiLabelClassifier, Scoring, Settings, Solver};
use feedforward::*;
use ndarray::{Array1, Array2, Axis, array};
use std::fmt::Debug;

fn words<T: Debug>(result: Result<T>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

fn starts<T: Debug>(result: Result<T>, start: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.starts_with(start), "{error}");
}

/// Three species on two islands, with missing lengths.
fn penguins(rows: usize) -> Table {
    let number = |row: usize, step: usize| ((row * step) % 17) as f64 / 17.0;
    let length = |row: usize| if row % 13 == 5 { f64::NAN } else { 38.0 + 4.0 * (row % 3) as f64 + number(row, 7) };
    Table::new(vec![
        Column::numbers("length", (0..rows).map(length).collect()),
        Column::texts("island", (0..rows).map(|row| Some(["Dream", "Biscoe"][usize::from(row % 3 == 2)]))),
        Column::numbers(
            "mass",
            (0..rows).map(|row| 3000.0 + 500.0 * (row % 3) as f64 + 100.0 * number(row, 5)).collect(),
        ),
        Column::texts("species", (0..rows).map(|row| Some(["Chinstrap", "Adelie", "Gentoo"][row % 3]))),
    ])
    .unwrap()
}

fn quick() -> Settings {
    Settings { hidden: vec![16], learning_rate: 0.01, ..Settings::default() }
}

fn with(table: &Table, column: Column) -> Table {
    table.with_column(column).unwrap()
}

#[test]
fn a_table_is_learned_predicted_and_reported() {
    let table = penguins(120);
    let (train, test) = table.split_stratified("species", 0.8, 1).unwrap();
    let model = Classifier::on(&train, "species").settings(quick()).fit().unwrap();
    assert_eq!(model.classes(), ["Adelie", "Chinstrap", "Gentoo"]);
    let report = model.evaluate(&test).unwrap().to_string();
    assert!(report.contains("Chinstrap       1.00      1.00      1.00         8"), "{report}");
    let predicted = model.predict(&test).unwrap();
    let probabilities = model.predict_proba(&test).unwrap();
    assert_eq!(model.score(&test, &predicted).unwrap(), 1.0);
    for (row, label) in predicted.iter().enumerate() {
        let cells: Row = test.columns().iter().map(|it| (it.name(), Value::from(it.get(row).unwrap()))).collect();
        assert_eq!(model.predict_row(&cells).unwrap(), *label);
        approx::assert_abs_diff_eq!(model.predict_row_proba(&cells).unwrap(), probabilities.row(row), epsilon = 1e-12);
    }
    let by_hand = model.predict_row(&[("length", 38.2.into()), ("island", "Dream".into()), ("mass", 3010.into())]);
    assert_eq!(by_hand.unwrap(), "Chinstrap");
    assert!(model.scaler().is_none());
    assert!(model.preparation().unwrap().input_columns().eq(["length", "island", "mass"]));

    // In single precision: the same preparation, rounded.
    let single = Classifier::on(&train, "species").precision::<f32>().settings(quick()).fit().unwrap();
    assert_eq!(single.predict(&test).unwrap(), predicted);
}

#[test]
fn what_a_table_learns_is_what_its_prepared_array_learns() {
    fn check<F: Float>() {
        let table = penguins(60);
        let inputs = table.drop(&["species"]).unwrap();
        let fitted = Preparation::guess(&inputs).unwrap().fit(&inputs).unwrap();
        let settings = Settings { patience: None, epochs: 3, l2: Some(0.0), ..quick() };
        let model = Classifier::on(&table, "species").precision::<F>().settings(settings.clone()).fit().unwrap();
        assert_eq!(model.preparation(), Some(&fitted));

        let prepared = fitted.transform::<F>(&table).unwrap();
        let classes = Array2::from_shape_fn((60, 1), |(row, _)| F::from_f64([1.0, 0.0, 2.0][row % 3]));
        let data = Dataset::new(prepared, classes).unwrap();
        let builder = Network::builder(fitted.output_size()).dense_with(16, Relu, Initializer::TorchLinear).dense_with(
            3,
            Identity,
            Initializer::TorchLinear,
        );
        let mut network = builder.build().unwrap();
        let mut rule = Adam::new(0.01).unwrap();
        Trainer::new(3).fit(&mut network, &data, &CrossEntropy::default(), &mut rule).unwrap();
        assert_eq!(model.network(), &network);
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn numbers_of_a_table_are_learned_predicted_and_reported() {
    let table = penguins(90);
    let model = Regressor::on(&table, "mass").settings(quick()).fit().unwrap();
    let report = model.evaluate(&table).unwrap();
    assert_eq!((report.rows(), report.outputs()[0].name.as_str()), (90, "mass"));
    assert!(report.outputs()[0].r2 > 0.9, "{report}");
    let mass =
        model.predict_row([("length", 38.5.into()), ("island", "Dream".into()), ("species", "Chinstrap".into())]);
    assert!((mass.unwrap() - 3050.0).abs() < 150.0);

    let model = Regressor::on_columns(&table, &["mass", "length"]).settings(quick()).fit();
    words(
        model,
        "Regressor: expected a number in each row of the column \"length\", found none in row 5, and in 7 of 90 rows \
         (Table::drop_missing leaves them out)",
    );
    let whole = table.drop_missing(&["length"]).unwrap();
    let model = Regressor::on_columns(&whole, &["mass", "length"]).settings(quick()).fit().unwrap();
    assert_eq!(model.predict_all(&whole).unwrap().dim(), (83, 2));
    let report = model.evaluate(&whole).unwrap();
    let names: Vec<_> = report.outputs().iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["mass", "length"]);
    let lines = report.to_string();
    assert_eq!(lines.lines().count(), 5, "{lines}");
    let score = model.score(&whole, &whole.select(&["mass", "length"]).unwrap().to_array::<f64>().unwrap()).unwrap();
    assert!((score - (report.outputs()[0].r2 + report.outputs()[1].r2) / 2.0).abs() < 1e-12);
}

#[test]
fn whole_numbers_are_labels() {
    let grades: Vec<f64> = (0..60).map(|row| [10.0, 9.0, -0.0][row % 3]).collect();
    let table = with(&penguins(60), Column::numbers("species", grades));
    let model = Classifier::on(&table, "species").settings(quick()).fit().unwrap();
    assert_eq!(model.classes(), ["0", "9", "10"]);
    assert!(model.evaluate(&table).unwrap().to_string().contains("10"));
    assert_eq!(model.predict(&table).unwrap()[..3], ["10", "9", "0"]);
}

#[test]
fn what_cannot_be_a_target_is_refused_by_name() {
    let table = penguins(60);
    starts(
        Classifier::on(&table, "kind").fit(),
        "Table: expected a column \"kind\", found \"length\", \"island\", \"mass\", \"species\"",
    );
    words(
        Classifier::on(&table, "length").fit(),
        "Classifier: expected texts or whole numbers as labels in the column \"length\", found 42.411764705882355 in row \
         1 (Regressor predicts numbers)",
    );
    let constant = with(&table, Column::texts("species", [Some("Adelie"); 60]));
    words(
        Classifier::on(&constant, "species").fit(),
        "Classifier: expected at least 2 different labels in the column \"species\", found \"Adelie\" in every row",
    );
    let none = with(&table, Column::texts("species", [None::<&str>; 60]));
    words(
        Classifier::on(&none, "species").fit(),
        "Classifier: expected a label in each row of the column \"species\", found none in all rows",
    );
    let some = with(&table, Column::texts("species", (0..60).map(|row| (row != 7).then_some(["a", "b"][row % 2]))));
    words(
        Classifier::on(&some, "species").fit(),
        "Classifier: expected a label in each row of the column \"species\", found none in row 7, and in 1 of 60 rows \
         (Table::drop_missing leaves them out)",
    );
    words(
        Regressor::on(&table, "species").fit(),
        "Regressor: expected numbers in the column \"species\", found \"Chinstrap\" in row 0 (Classifier predicts labels)",
    );
    let same = with(&table, Column::numbers("mass", vec![5.0; 60]));
    words(
        Regressor::on(&same, "mass").fit(),
        "Regressor: expected different numbers in the column \"mass\", found 5 in every row",
    );
    let nothing = with(&table, Column::numbers("mass", vec![f64::NAN; 60]));
    words(
        Regressor::on(&nothing, "mass").fit(),
        "Regressor: expected a number in each row of the column \"mass\", found none in all rows",
    );
    words(
        Regressor::on_columns(&table, &[] as &[&str]).fit(),
        "Regressor: expected at least one column to predict, found 0",
    );
    words(
        Classifier::on(&table.select(&["species"]).unwrap(), "species").fit(),
        "Classifier: expected a column to predict from, besides those that are predicted and that of the weights, found \
         none",
    );
    let empty = table.select_rows(&[]).unwrap();
    assert!(Classifier::on(&empty, "species").fit().is_err());
    assert!(Regressor::on(&empty, "mass").fit().is_err());
}

#[test]
fn a_preparation_and_weights_can_be_declared() {
    let table = penguins(60);
    let declared = Preparation::new().number("mass", Number::robust()).category("island", Category::one_hot());
    let model = Classifier::on(&table, "species").preparation(declared).settings(quick()).fit().unwrap();
    assert_eq!(model.preparation().unwrap().output_names(), ["mass", "island=Biscoe", "island=Dream"]);

    let leaks = Preparation::new().number("mass", Number::robust()).category("species", Category::one_hot());
    starts(
        Classifier::on(&table, "species").preparation(leaks).fit(),
        "Classifier: expected a preparation that leaves out \"species\", which is to be predicted, found category",
    );
    let weights: Vec<f64> = (0..60).map(|row| 1.0 + (row % 4) as f64).collect();
    let weighted = with(&table, Column::numbers("weight", weights.clone()));
    let settings = Settings { epochs: 2, ..quick() };
    let by_column =
        Classifier::on(&weighted, "species").weights_column("weight").settings(settings.clone()).fit().unwrap();
    let by_slice = Classifier::on(&table, "species").weights(&weights).settings(settings.clone()).fit().unwrap();
    let plain = Classifier::on(&table, "species").settings(settings).fit().unwrap();
    assert_eq!(by_column.network(), by_slice.network());
    assert_ne!(by_slice.network(), plain.network());
    let missing = with(&table, Column::numbers("weight", vec![f64::NAN; 60]));
    words(
        Classifier::on(&missing, "species").weights_column("weight").fit(),
        "Classifier: expected a weight in row 0 of the column \"weight\", found none",
    );
    words(
        Classifier::on(&table, "species").weights_column("island").fit(),
        "Classifier: expected weights in the column \"island\", found texts",
    );
    let rare = Classifier::on(&table, "species").class_weights([("Adelie", 3.0)]).settings(quick()).fit().unwrap();
    assert_eq!(rare.classes().len(), 3);
}

#[test]
fn other_tables_at_prediction_are_refused_or_treated_as_declared() {
    let table = penguins(60);
    let model = Classifier::on(&table, "species").settings(quick()).fit().unwrap();
    let predicted = model.predict(&table).unwrap();
    // Other order, more columns, no target.
    let reordered = table.select(&["mass", "island", "length"]).unwrap();
    assert_eq!(model.predict(&reordered).unwrap(), predicted);
    let more = with(&reordered, Column::texts("sex", [None::<&str>; 60]));
    assert_eq!(model.predict(&more).unwrap(), predicted);
    // An unknown island is none of the known ones.
    let unknown = with(&table, Column::texts("island", [Some("Torgersen"); 60]));
    assert_eq!(model.predict(&unknown).unwrap().len(), 60);

    starts(
        model.predict(&table.drop(&["mass"]).unwrap()),
        "FittedPreparation::transform: expected a column \"mass\", found",
    );
    let texts = with(&table, Column::texts("mass", [Some("heavy"); 60]));
    starts(model.predict(&texts), "FittedPreparation::transform: expected a number in row 0 of the column \"mass\"");
    words(
        model.predict(&array![[1.0, 2.0, 3.0]]),
        "Classifier::predict: expected a table with the columns that it was fitted on, found an array, whose columns \
         have no names",
    );
    starts(
        model.predict_row([("mass", 3000.0.into())]),
        "FittedPreparation::transform_row: expected a value for the column \"length\"",
    );
    let other = with(&table, Column::texts("species", [Some("Emperor"); 60]));
    words(
        model.evaluate(&other),
        "Classifier::evaluate: expected one of 3 known labels in the column \"species\" in row 0 of the targets, found \
         \"Emperor\"",
    );
    starts(model.evaluate(&reordered), "Table: expected a column \"species\", found");
    starts(
        model.clone().with_column_names(vec![]),
        "Classifier::with_column_names: expected a model that was fitted on",
    );
    assert!(model.predict(&table.select_rows(&[]).unwrap()).is_err());
}

#[test]
fn models_of_arrays_take_tables_and_rows_by_the_names_of_their_columns() {
    let inputs = Array2::from_shape_fn((40, 2), |(row, column)| ((row * (3 + 2 * column)) % 11) as f64);
    let numbers: Array1<f64> = inputs.rows().into_iter().map(|row| row[0] - row[1]).collect();
    let settings = Settings { solver: Solver::Lbfgs, ..quick() };
    let model = Regressor::fit_with(&settings, &inputs, &numbers).unwrap();
    let table = Table::from_array(&inputs, &["a", "b"]).unwrap();
    words(
        model.predict(&table),
        "Regressor::predict: expected an array, as it was fitted on (with_column_names gives its columns names), found \
         a table",
    );
    starts(model.predict_row([("a", 1.0.into())]), "Regressor::predict_row: expected an array, as it was fitted on");
    words(
        model.evaluate(&table),
        "Regressor::evaluate: expected a model that was fitted on a table, which names the column to be predicted, found \
         one that was fitted on an array",
    );
    let model = model.with_column_names(vec!["a".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!(model.predict(&table.select(&["b", "a"]).unwrap()).unwrap(), model.predict(&inputs).unwrap());
    let row = model.predict_row([("b", inputs[[5, 1]].into()), ("a", inputs[[5, 0]].into())]).unwrap();
    approx::assert_abs_diff_eq!(row, model.predict(&inputs).unwrap()[5], epsilon = 1e-12);
    words(
        model.predict_row([("a", 1.0.into()), ("b", "x".into())]),
        "Regressor::predict_row: expected a number for the column \"b\", found Text(\"x\")",
    );
    starts(model.predict_row([("a", 1.0.into())]), "Regressor::predict_row: expected a number for the column \"b\"");
    starts(model.predict_row([("a", f64::NAN.into()), ("b", 1.0.into())]), "StandardScaler: expected finite numbers");
}

#[test]
fn several_labels_are_learned_from_sets_indicators_and_columns() {
    let inputs = Array2::from_shape_fn((80, 2), |(row, column)| ((row * (3 + 2 * column)) % 11) as f64 / 11.0);
    let labels: Vec<Vec<&str>> = inputs
        .rows()
        .into_iter()
        .map(|row| [(row[0] > 0.5, "right"), (row[1] > 0.5, "up")].iter().filter(|it| it.0).map(|it| it.1).collect())
        .collect();
    let model = MultiLabelClassifier::builder(&inputs, &labels).settings(quick()).fit().unwrap();
    assert_eq!(model.labels(), ["right", "up"]);
    assert!(model.score(&inputs, &labels).unwrap() > 0.95);
    let indicators = model.indicators(&labels).unwrap();
    let probabilities = model.predict_proba(&inputs).unwrap();
    let subset = metrics::subset_accuracy(&probabilities, &indicators, None).unwrap();
    assert_eq!(model.score(&inputs, &labels).unwrap(), subset);
    let predicted = model.predict(&inputs).unwrap();
    assert_eq!(model.score(&inputs, &predicted).unwrap(), 1.0);

    let again = MultiLabelClassifier::of_indicators(&inputs, &indicators, ["right", "up"]).settings(quick()).fit();
    assert_eq!(again.unwrap().network(), model.network());
    let mut table = Table::from_array(&inputs, &["x", "y"]).unwrap();
    for (label, column) in ["right", "up"].into_iter().zip(indicators.columns()) {
        table = with(&table, Column::numbers(label, column.to_vec()));
    }
    let of_table = MultiLabelClassifier::on(&table, &["right", "up"]).settings(quick()).fit().unwrap();
    assert_eq!(of_table.predict_proba(&table).unwrap(), probabilities);
    assert_eq!(of_table.predict_row([("x", 0.9.into()), ("y", 0.1.into())]).unwrap(), ["right"]);

    let mut trained = model.clone();
    trained.partial_fit(&inputs, &labels).unwrap();
    assert_ne!(trained.network(), model.network());
    words(
        trained.partial_fit(&inputs, &[vec!["down"]]),
        "MultiLabelClassifier: expected some of 2 known labels in row 0 of the targets, found \"down\"",
    );
    let none: [Vec<&str>; 80] = std::array::from_fn(|_| vec![]);
    words(MultiLabelClassifier::builder(&inputs, &none).fit(), "LabelEncoder: expected at least one label, found 0");
    words(
        MultiLabelClassifier::of_indicators(&inputs, &(&indicators * 2.0), ["right", "up"]).fit(),
        "MultiLabelClassifier: expected 1 or 0 for the label \"right\" in row 2 of the targets, found 2",
    );
    words(
        MultiLabelClassifier::of_indicators(&inputs, &indicators, ["right"]).fit(),
        "MultiLabelClassifier: expected 1 column in the indicators, found 2",
    );
    words(
        MultiLabelClassifier::builder(&inputs, &labels[1..]).fit(),
        "Dataset: expected 80 rows in the targets, found 79",
    );
}

#[test]
fn builders_are_fitted_on_some_rows_and_scored_on_others() {
    let table = penguins(90);
    let builder = Classifier::on(&table, "species").settings(quick());
    assert_eq!((builder.len(), builder.classes().unwrap().unwrap()[..3].to_vec()), (90, vec![1, 0, 2]));
    let (train, test): (Vec<usize>, Vec<usize>) = (0..90).partition(|row| row % 5 != 0);
    let model = builder.fit_rows(&quick(), &train).unwrap();
    // Nothing of the other rows is learned: the same as a fit on a table without them.
    let alone = Classifier::on(&table.select_rows(&train).unwrap(), "species").settings(quick()).fit().unwrap();
    assert_eq!((model.network(), model.preparation()), (alone.network(), alone.preparation()));
    let held_out = table.select_rows(&test).unwrap();
    let actual: Vec<String> = test.iter().map(|row| ["Chinstrap", "Adelie", "Gentoo"][row % 3].to_owned()).collect();
    let score = |scoring| builder.score_rows(&model, &test, scoring).unwrap();
    assert_eq!(score(Scoring::Accuracy), model.score(&held_out, &actual).unwrap());
    for scoring in [Scoring::BalancedAccuracy, Scoring::MacroF1, Scoring::RocAuc] {
        assert!(score(scoring) > 0.9, "{scoring}");
    }
    assert!(score(Scoring::LogLoss) < 0.5);
    words(
        builder.score_rows(&model, &test, Scoring::R2),
        "Classifier::score_rows: expected a score of classes, found r2",
    );
    words(builder.fit_rows(&quick(), &[90]), "Classifier: expected a row below 90, found 90");
    words(
        builder.fit_rows(&quick(), &[0, 3, 6]),
        "Classifier: expected at least 2 different labels, found 1: \"Chinstrap\"",
    );

    let builder = Regressor::on(&table, "mass").settings(quick());
    let model = builder.fit_rows(&quick(), &train).unwrap();
    let alone = Regressor::on(&table.select_rows(&train).unwrap(), "mass").settings(quick()).fit().unwrap();
    assert_eq!((model.network(), model.target_scaler()), (alone.network(), alone.target_scaler()));
    let r2 = builder.score_rows(&model, &test, builder.default_scoring()).unwrap();
    assert_eq!(r2, model.evaluate(&held_out).unwrap().outputs()[0].r2);
    words(
        builder.score_rows(&model, &test, Scoring::Accuracy),
        "Regressor::score_rows: expected a score of numbers, found accuracy",
    );
    // Of arrays too.
    let inputs = Array2::from_shape_fn((30, 1), |(row, _)| row as f64);
    let sums = inputs.sum_axis(Axis(1));
    let builder = Regressor::builder(&inputs, &sums).settings(quick());
    let rows: Vec<usize> = (0..20).collect();
    let model = builder.fit_rows(&quick(), &rows).unwrap();
    assert_eq!(model.scaler().unwrap().mean()[0], 9.5);
    assert!(builder.score_rows(&model, &rows, Scoring::RootMeanSquaredError).unwrap() < 5.0);
}

#[test]
fn the_columns_that_matter_are_found() {
    let table = penguins(90).drop_missing(&["length"]).unwrap();
    let noise = Column::numbers("noise", (0..table.rows()).map(|row| ((row * 29) % 31) as f64).collect());
    let table = with(&table.drop(&["length", "island"]).unwrap(), noise);
    let model = Classifier::on(&table, "species").settings(quick()).fit().unwrap();
    let importance = model.permutation_importance(&table, 5, 1).unwrap();
    assert_eq!(importance.names(), ["mass", "noise"]);
    assert!(importance.means()[0] > 0.4 && importance.means()[1].abs() < 0.2, "{importance}");
    let model = Regressor::on(&table, "mass").settings(quick()).fit().unwrap();
    let importance = model.permutation_importance(&table, 5, 1).unwrap();
    assert_eq!(importance.names()[importance.ranking()[0]], "species", "{importance}");
    assert!(model.permutation_importance(&table, 0, 1).is_err());
}

#[cfg(feature = "safetensors")]
#[test]
fn models_of_tables_come_back_from_files() {
    fn check<F: Float>() {
        let table = penguins(60);
        let settings = Settings { l1: 1e-4, batch_norm: true, ..quick() };
        let model = Classifier::on(&table, "species").precision::<F>().settings(settings.clone()).fit().unwrap();
        let bytes = model.to_bytes().unwrap();
        let mut loaded = Classifier::<F, String>::from_bytes(&bytes).unwrap();
        assert_eq!(loaded.to_bytes().unwrap(), bytes);
        assert_eq!(loaded.predict_proba(&table).unwrap(), model.predict_proba(&table).unwrap());
        assert_eq!(loaded.evaluate(&table).unwrap(), model.evaluate(&table).unwrap());
        assert_eq!((loaded.settings(), loaded.preparation()), (Some(&settings), model.preparation()));
        let labels = model.predict(&table).unwrap();
        loaded.partial_fit(&table, &labels).unwrap();

        let settings = Settings { loss: estimator::RegressionLoss::Poisson, learning_rate: 1e-3, epochs: 2, ..quick() };
        let counts = Column::numbers("count", (0..60).map(|row| (row % 7) as f64).collect());
        let counted = with(&table, counts);
        let model = Regressor::on(&counted, "count").precision::<F>().settings(settings).fit().unwrap();
        let bytes = model.to_bytes().unwrap();
        let loaded = Regressor::<F>::from_bytes(&bytes).unwrap();
        assert_eq!(loaded.to_bytes().unwrap(), bytes);
        assert_eq!(loaded.predict(&counted).unwrap(), model.predict(&counted).unwrap());
        assert_eq!(loaded.evaluate(&counted).unwrap(), model.evaluate(&counted).unwrap());
        assert_eq!(loaded.loss(), model.loss());
        let other = Classifier::<F, String>::from_bytes(&bytes).unwrap_err().to_string();
        assert!(other.contains("expected a file of a Classifier, found one of a Regressor"), "{other}");

        let outputs = Regressor::on_columns(&counted, &["count", "mass"]).precision::<F>().settings(quick());
        let model = outputs.fit().unwrap();
        let loaded = Regressor::<F>::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(loaded.predict_all(&counted).unwrap(), model.predict_all(&counted).unwrap());

        let inputs = Array2::from_shape_fn((20, 1), |(row, _)| F::from_f64(row as f64));
        let labels: Vec<Vec<u8>> = (0..20).map(|row| (0..row % 3).collect()).collect();
        let model = MultiLabelClassifier::builder(&inputs, &labels).settings(quick()).fit().unwrap();
        let loaded = MultiLabelClassifier::<F, u8>::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(loaded.predict(&inputs).unwrap(), model.predict(&inputs).unwrap());
    }
    check::<f32>();
    check::<f64>();
}

#[cfg(feature = "safetensors")]
#[test]
fn documents_that_do_not_fit_their_network_are_refused() {
    let table = penguins(60);
    let bytes = Classifier::on(&table, "species").settings(Settings { epochs: 2, ..quick() }).fit().unwrap();
    let bytes = bytes.to_bytes().unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    assert!(text.contains("preparation"));
    // Of the same length, so that the offsets stay.
    for (from, to) in [
        (r#"\"name\":\"mass\""#, r#"\"name\":\"lass\""#),
        (r#"\"epochs\":2,"#, r#"\"epoch_\":2,"#),
        (r#"\"preparation\""#, r#"\"preparatiom\""#),
        (r#"[\"species\"]"#, r#"[\"s\",\"c\"]"#),
        (r#"\"Biscoe\""#, r#"\"Dream\" "#),
    ] {
        let at = bytes[..header].windows(from.len()).position(|window| window == from.as_bytes());
        let Some(at) = at else { panic!("{from} is not in the header") };
        let mut broken = bytes.clone();
        broken[at..at + from.len()].copy_from_slice(format!("{to:<width$}", width = from.len()).as_bytes());
        // A column of another name is a valid file of another model; all others are errors.
        match Classifier::<f64, String>::from_bytes(&broken) {
            Ok(model) => assert!(model.predict(&table).is_err(), "{from}"),
            Err(error) => assert!(error.to_string().starts_with("model: "), "{error}"),
        }
    }
}

#[test]
fn models_of_scaled_numbers_are_exported_and_others_refused() {
    let table = penguins(60).drop_missing(&["length"]).unwrap();
    let numbers = table.drop(&["island"]).unwrap();
    let model = Classifier::on(&numbers, "species").settings(quick()).fit().unwrap();
    let source = model.to_c99("penguin").unwrap();
    assert!(source.contains("int penguin(const double input[2])"), "{source}");
    assert!(Regressor::on(&numbers.drop(&["species"]).unwrap(), "mass").fit().unwrap().to_rust("mass").is_ok());

    let model = Classifier::on(&table, "species").settings(quick()).fit().unwrap();
    let error = model.to_c99("penguin").unwrap_err().to_string();
    let expected = "Classifier: expected columns of scaled numbers alone, which a file without the crate can prepare, \
                    found the column \"island\": one-hot category";
    assert!(error.starts_with(expected), "{error}");
    let model = Regressor::on(&table, "mass").settings(quick()).fit().unwrap();
    assert!(
        model.to_rust("mass").unwrap_err().to_string().starts_with("Regressor: expected columns of scaled numbers")
    );
    #[cfg(feature = "onnx")]
    {
        let model = Classifier::on(&numbers, "species").settings(quick()).fit().unwrap();
        let array = numbers.drop(&["species"]).unwrap().to_array::<f64>().unwrap();
        let read = Classifier::<f64, String>::from_onnx(&model.to_onnx().unwrap()).unwrap();
        assert_eq!(read.predict(&array).unwrap(), model.predict(&numbers).unwrap());
        assert_eq!(read.column_names(), ["length", "mass"]);
    }
}
