//! What is written with serde is read again as it was, in JSON and in a format that does not describe itself; values
//! that no constructor would make are refused; the text is pinned, as files keep it.

use feedforward::activation::{AnyActivation, Gelu};
use feedforward::data::{LabelEncoder, MinMaxScaler, StandardScaler};
use feedforward::description::{Description, Setting};
use feedforward::estimator::{Clipping, RateSchedule, RegressionLoss, Scoring, Settings, Solver, SolverOptions};
use feedforward::metrics::{ConfusionMatrix, MeanAbsoluteError};
use feedforward::training::Better;
use feedforward::training::schedule::*;
use feedforward::training::{Ending, EpochRecord, History};
use feedforward::*;
use ndarray::array;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Writes and reads a value in both formats; returns it as JSON.
fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) -> String {
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
    let bytes = postcard::to_allocvec(&value).unwrap();
    assert_eq!(postcard::from_bytes::<T>(&bytes).unwrap(), value, "{bytes:?}");
    json
}

/// Demands that a text is refused with these words.
#[track_caller]
fn refused<T: DeserializeOwned + Debug>(json: &str, words: &str) {
    let error = serde_json::from_str::<T>(json).expect_err(json).to_string();
    assert!(error.contains(words), "{json}: {error}");
}

/// Replaces a part of a text, which must be there.
#[track_caller]
fn with(json: &str, old: &str, new: &str) -> String {
    assert!(json.contains(old), "{json}");
    json.replace(old, new)
}

#[test]
fn descriptions_survive() {
    let part = Description::new("Part").with("form", "Exact");
    let whole = Description::new("Whole")
        .with("size", 3_usize)
        .with("share", 0.1)
        .with("most", f64::INFINITY)
        .with("least", f64::NEG_INFINITY)
        .with("bias", true)
        .with("part", part.clone())
        .with("parts", vec![part, Description::new("Other")]);
    let text = concat!(
        r#"{"kind":"Whole","settings":[["size",{"size":3}],["share",{"number":0.1}],["most",{"number":"inf"}],"#,
        r#"["least",{"number":"-inf"}],["bias",{"flag":true}],["part",{"part":PART}],"#,
        r#"["parts",{"parts":[PART,{"kind":"Other","settings":[]}]}]]}"#,
    );
    let expected = with(text, "PART", r#"{"kind":"Part","settings":[["form",{"text":"Exact"}]]}"#);
    assert_eq!(survives(whole), expected);
    refused::<Description>(r#"{"kind":"Whole","settings":[["most",{"number":"infinite"}]]}"#, "expected a number");
    // Whole numbers are numbers too: other programs write 1 for 1.0.
    let read: Description = serde_json::from_str(r#"{"kind":"A","settings":[["a",{"number":-1}]]}"#).unwrap();
    assert_eq!(read.get("a"), Some(&Setting::Number(-1.0)));
}

/// Nested descriptions are the only values that a file can put inside of each other without end.
#[test]
fn descriptions_nest_a_hundred_levels() {
    // No kind, one setting without a name, which is a part (the variant 4); in the end no setting.
    let nested = |depth: usize| [[0, 1, 0, 4].repeat(depth), vec![0, 0]].concat();
    let read = |depth: usize| postcard::from_bytes::<Description>(&nested(depth));
    assert!(read(100).is_ok());
    assert!(read(101).is_err());
    assert!(read(1_000_000).is_err());
    // An error leaves no trace for the next value.
    assert!(read(100).is_ok());
    let text = format!("{}{}", r#"{"kind":"","settings":[["",{"part":"#.repeat(100_000), "0");
    refused::<Description>(&text, "recursion limit");
}

#[test]
fn activations_survive_and_can_be_given_by_name() {
    let all = ["identity", "sigmoid", "relu", "leaky_relu", "elu", "tanh", "softplus", "step", "gelu", "silu"];
    for name in all {
        let activation: AnyActivation = name.parse().unwrap();
        survives(activation);
        assert_eq!(serde_json::from_str::<AnyActivation>(&format!("{name:?}")).unwrap(), activation);
    }
    survives(AnyActivation::from(Elu::new(0.3).unwrap()));
    survives(AnyActivation::from(Gelu::Tanh));
    let json = survives(AnyActivation::from(LeakyRelu::new(0.2).unwrap()));
    assert_eq!(json, r#"{"kind":"LeakyRelu","settings":[["slope",{"number":0.2}]]}"#);
    refused::<AnyActivation>(&with(&json, "0.2", "-0.2"), "LeakyRelu: slope: expected a finite number >= 0");
    refused::<AnyActivation>(&with(&json, "0.2", r#""inf""#), "LeakyRelu: slope: expected a finite number >= 0");
    refused::<AnyActivation>(&with(&json, "slope", "alpha"), "a number called slope");
    refused::<AnyActivation>(&with(&json, "LeakyRelu", "Relo"), "AnyActivation: expected one of Identity, Sigmoid");
    refused::<AnyActivation>(r#""relo""#, "AnyActivation: expected one of Identity, Sigmoid");
    refused::<AnyActivation>("3", "expected the name or the description of an activation");
}

#[test]
fn initializers_survive() {
    let texts = [
        (Initializer::HeNormal, r#""he_normal""#),
        (Initializer::HeUniform, r#""he_uniform""#),
        (Initializer::GlorotNormal, r#""glorot_normal""#),
        (Initializer::GlorotUniform, r#""glorot_uniform""#),
        (Initializer::LeCunNormal, r#""lecun_normal""#),
        (Initializer::Normal { deviation: 0.1 }, r#"{"normal":{"deviation":0.1}}"#),
        (Initializer::Uniform { low: -0.5, high: 0.25 }, r#"{"uniform":{"low":-0.5,"high":0.25}}"#),
        (Initializer::Constant(-2.0), r#"{"constant":-2.0}"#),
        (Initializer::TorchLinear, r#""torch_linear""#),
        (Initializer::GlorotUniformWithBias, r#""glorot_uniform_with_bias""#),
    ];
    for (initializer, text) in texts {
        assert_eq!(survives(initializer), text);
    }
    refused::<Initializer>(r#"{"normal":{"deviation":-0.1}}"#, "Initializer::Normal: deviation: expected a finite");
    refused::<Initializer>(r#"{"uniform":{"low":0.5,"high":0.5}}"#, "finite bounds, low below high, found 0.5 to 0.5");
    refused::<Initializer>(r#"{"uniform":{"low":0.5,"high":1.0,"mean":0.75}}"#, "unknown field `mean`");
    let infinite = postcard::to_allocvec(&Initializer::Constant(f64::INFINITY)).unwrap();
    assert!(postcard::from_bytes::<Initializer>(&infinite).is_err());
}

#[test]
fn histories_survive() {
    let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[2.0], [4.0], [6.0]]).unwrap();
    let mut network = Network::<f64>::builder(1).dense(1, Identity).build().unwrap();
    let trainer = Trainer::new(9).validation(&data).metric(MeanAbsoluteError);
    let mut trainer = trainer.early_stopping(EarlyStopping::new(3).unwrap());
    let history = trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.05).unwrap()).unwrap();
    let json = survives(history.clone());
    let read: History = serde_json::from_str(&json).unwrap();
    assert_eq!((read.len(), read.best_epoch(), read.ending()), (9, history.best_epoch(), Some(Ending::Completed)));
    // Not part of `==`.
    let seconds = |history: &History| history.epochs().iter().map(|record| record.seconds).collect::<Vec<_>>();
    assert_eq!(seconds(&read), seconds(&history));
    assert_eq!(survives(History::default()), r#"{"epochs":[],"best_epoch":null,"ending":null}"#);
}

#[test]
fn records_of_epochs_survive_with_numbers_that_are_not_finite() {
    let json = concat!(
        r#"{"epoch":2,"training_loss":"inf","validation_loss":"-inf","metrics":[["b","NaN"],["a","-NaN"],["b",1.0]],"#,
        r#""learning_rate":0.1,"gradient_norm":5e-324,"seconds":0.25}"#,
    );
    let read: EpochRecord = serde_json::from_str(json).unwrap();
    assert_eq!((read.training_loss, read.validation_loss), (f64::INFINITY, Some(f64::NEG_INFINITY)));
    let signs: Vec<_> = read.metrics[..2].iter().map(|(name, value)| (&**name, value.is_sign_negative())).collect();
    assert_eq!(signs, [("b", false), ("a", true)]);
    assert!(read.metrics[..2].iter().all(|(_, value)| value.is_nan()));
    assert_eq!(survives(read), json);
    let without = with(json, r#""-inf""#, "null");
    assert_eq!(serde_json::from_str::<EpochRecord>(&without).unwrap().validation_loss, None);
}

#[test]
fn endings_survive() {
    let texts = [
        (Ending::Completed, "completed"),
        (Ending::EarlyStopping, "early_stopping"),
        (Ending::TargetLoss, "target_loss"),
        (Ending::Observer, "observer"),
        (Ending::Converged, "converged"),
        (Ending::CouldNotDescend, "could_not_descend"),
    ];
    for (ending, text) in texts {
        assert_eq!(survives(ending), format!("{text:?}"));
    }
}

#[test]
fn scalers_survive() {
    // Numbers whose last bits a text could lose.
    let inputs = array![[0.1, 1e300], [1.0 / 3.0, -7.0], [1e-300, 5.0]];
    let standard = StandardScaler::fit(&inputs).unwrap();
    survives(standard.clone());
    survives(MinMaxScaler::fit(&inputs).unwrap());
    survives(StandardScaler::fit(&inputs.mapv(|number: f64| number.min(1e9) as f32)).unwrap());

    let standard = StandardScaler::<f64>::from_parameters(array![1.5, -2.0], array![0.5, 1.0]).unwrap();
    let text = r#"{"mean":[1.5,-2.0],"deviation":[0.5,1.0]}"#;
    assert_eq!(survives(standard), text);
    // The same file serves the other precision.
    let single: StandardScaler<f32> = serde_json::from_str(text).unwrap();
    assert_eq!(single.transform(&array![[2.0, -2.0]]).unwrap(), array![[1.0, 0.0]]);
    let smallest = MinMaxScaler::<f32>::from_parameters(array![1.5], array![0.5]).unwrap();
    assert_eq!(survives(smallest), r#"{"minimum":[1.5],"range":[0.5]}"#);

    type Standard = StandardScaler<f64>;
    refused::<Standard>(&with(text, "0.5", "0.0"), "StandardScaler: scale: expected a finite number > 0, found 0");
    refused::<Standard>(&with(text, "0.5", "-0.5"), "StandardScaler: scale: expected a finite number > 0");
    refused::<Standard>(&with(text, "[0.5,1.0]", "[0.5]"), "two numbers for each of 2 columns, found 1 scales");
    refused::<Standard>(r#"{"mean":[],"deviation":[]}"#, "StandardScaler: ");
    refused::<Standard>(r#"{"mean":[1.0]}"#, "missing field `deviation`");
    refused::<Standard>(&with(text, "}", r#","variance":[1.0]}"#), "unknown field `variance`");
    refused::<MinMaxScaler<f32>>(r#"{"minimum":[1.0],"range":[-1.0]}"#, "MinMaxScaler: scale: expected");
    let infinite = postcard::to_allocvec(&(vec![f64::INFINITY], vec![1.0])).unwrap();
    assert!(postcard::from_bytes::<Standard>(&infinite).is_err());
}

#[test]
fn encoders_survive() {
    let words = ["low", "medium", "high"].map(str::to_owned).to_vec();
    let encoder = LabelEncoder::from_classes(words.clone()).unwrap();
    let text = r#"{"classes":["low","medium","high"]}"#;
    assert_eq!(survives(encoder), text);
    let read: LabelEncoder<String> = serde_json::from_str(text).unwrap();
    assert_eq!(read.encode(&[words[2].clone(), words[0].clone()]).unwrap(), [2, 0]);
    let borrowed: LabelEncoder<&str> = serde_json::from_str(text).unwrap();
    assert_eq!(borrowed.decode(&[1]).unwrap(), ["medium"]);
    survives(LabelEncoder::fit(&[7_u8, 3, 7]).unwrap());
    refused::<LabelEncoder<String>>(&with(text, "high", "low"), r#"distinct labels, found "low" twice"#);
    refused::<LabelEncoder<u8>>(r#"{"classes":[]}"#, "LabelEncoder: ");
    refused::<LabelEncoder<u8>>(r#"{"classes":[1],"sorted":[0]}"#, "unknown field `sorted`");
}

#[test]
fn rules_survive() {
    assert_eq!(survives(Sgd::new(0.1).unwrap()), r#"{"learning_rate":0.1}"#);
    assert_eq!(survives(Rprop::new(0.0).unwrap()), r#"{"learning_rate":0.0}"#);
    let text = r#"{"learning_rate":0.1,"momentum":0.9,"form":"classical"}"#;
    assert_eq!(survives(Momentum::new(0.1, 0.9).unwrap()), text);
    assert_eq!(survives(Momentum::nesterov(0.1, 0.9).unwrap()), with(text, "classical", "nesterov"));
    assert_eq!(survives(Adagrad::new(0.1).unwrap().epsilon(0.5)), r#"{"learning_rate":0.1,"epsilon":0.5}"#);
    let rms_prop = RmsProp::new(0.1).unwrap().rho(0.8);
    assert_eq!(survives(rms_prop), r#"{"learning_rate":0.1,"rho":0.8,"epsilon":1e-8}"#);
    let nadam = Nadam::new(0.1).unwrap().betas(0.8, 0.95);
    assert_eq!(survives(nadam), r#"{"learning_rate":0.1,"beta1":0.8,"beta2":0.95,"epsilon":1e-8}"#);
    let adam = Adam::new(0.1).unwrap().betas(0.8, 0.95).amsgrad();
    let text = r#"{"learning_rate":0.1,"beta1":0.8,"beta2":0.95,"epsilon":1e-8,"amsgrad":true}"#;
    assert_eq!(survives(adam), text);
    let adam_w = AdamW::new(0.1).unwrap().betas(0.8, 0.95).epsilon(1e-6).weight_decay(0.25);
    let text = r#"{"learning_rate":0.1,"beta1":0.8,"beta2":0.95,"epsilon":1e-6,"amsgrad":false,"weight_decay":0.25}"#;
    assert_eq!(survives(adam_w), text);
}

/// Demands that every bad value of a field is refused by the words of the constructor or the check.
fn refuses<T: Serialize + DeserializeOwned + Debug>(good: Result<T, Error>, rule: &str, cases: &[(&str, &[f64])]) {
    let good = serde_json::to_value(good.unwrap()).unwrap();
    serde_json::from_value::<T>(good.clone()).unwrap();
    for (field, bad_values) in cases {
        assert!(good.get(field).is_some(), "{field} in {good}");
        for &bad in *bad_values {
            let mut json = good.clone();
            json[field] = bad.into();
            refused::<T>(&json.to_string(), &format!("{rule}: {field}: expected"));
        }
        let mut json = good.clone();
        json.as_object_mut().unwrap().remove(*field);
        refused::<T>(&json.to_string(), &format!("missing field `{field}`"));
    }
    let mut json = good.clone();
    json["learning_rat"] = 0.1.into();
    refused::<T>(&json.to_string(), "unknown field `learning_rat`");
}

#[test]
fn rules_that_no_constructor_makes_are_refused() {
    let rate: (&str, &[f64]) = ("learning_rate", &[-0.1]);
    let share: &[f64] = &[-0.1, 1.0, 1.5];
    let epsilon: (&str, &[f64]) = ("epsilon", &[0.0, -1e-8, 1e-300]);
    refuses(Sgd::new(0.1), "Sgd", &[rate]);
    refuses(Rprop::new(0.1), "Rprop", &[rate]);
    refuses(Momentum::new(0.1, 0.9), "Momentum", &[rate, ("momentum", share)]);
    refuses(Adagrad::new(0.1), "Adagrad", &[rate, epsilon]);
    refuses(RmsProp::new(0.1), "RmsProp", &[rate, ("rho", share), epsilon]);
    refuses(Nadam::new(0.1), "Nadam", &[rate, ("beta1", share), ("beta2", share), epsilon]);
    refuses(Adam::new(0.1), "Adam", &[rate, ("beta1", share), ("beta2", share), epsilon]);
    let decay: (&str, &[f64]) = ("weight_decay", &[-0.1]);
    refuses(AdamW::new(0.1), "AdamW", &[rate, ("beta1", share), ("beta2", share), epsilon, decay]);
    refused::<Momentum>(r#"{"learning_rate":0.1,"momentum":0.9,"form":"heavy"}"#, "unknown variant `heavy`");
    // Plain Adam has no weight decay.
    let adam_w = serde_json::to_string(&AdamW::new(0.1).unwrap()).unwrap();
    refused::<Adam>(&adam_w, "unknown field `weight_decay`");
}

/// A format of bytes can hold what JSON cannot.
#[test]
fn rates_that_are_not_finite_are_refused() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let bytes = postcard::to_allocvec(&bad).unwrap();
        assert!(postcard::from_bytes::<Sgd>(&bytes).is_err());
        assert!(postcard::from_bytes::<Rprop>(&bytes).is_err());
        assert!(postcard::from_bytes::<Exponential>(&bytes).is_err());
        let bytes = postcard::to_allocvec(&(0.1, 0.9, bad, 1e-8, false, 0.01)).unwrap();
        assert!(postcard::from_bytes::<AdamW>(&bytes).is_err());
    }
}

/// A derive on the type itself would give it a function of this name that comes before the trait's and reads anything.
#[test]
fn no_other_function_reads_without_the_check() {
    let read = &mut serde_json::Deserializer::from_str(r#"{"learning_rate":-1.0}"#);
    assert!(Sgd::deserialize(read).is_err());
    let read = &mut serde_json::Deserializer::from_str(r#"{"mean":[1.0],"deviation":[0.0]}"#);
    assert!(StandardScaler::<f64>::deserialize(read).is_err());
    let read = &mut serde_json::Deserializer::from_str(r#"{"classes":[]}"#);
    assert!(LabelEncoder::<u8>::deserialize(read).is_err());
    let read = &mut serde_json::Deserializer::from_str(r#"{"labels":[],"counts":[]}"#);
    assert!(ConfusionMatrix::deserialize(read).is_err());
}

#[test]
fn schedules_survive() {
    assert_eq!(survives(Constant), "null");
    assert_eq!(survives(Cosine::new(10).unwrap()), r#"{"steps":10,"restarts":null}"#);
    assert_eq!(survives(Cosine::new(10).unwrap().restarts(2)), r#"{"steps":10,"restarts":2}"#);
    assert_eq!(survives(Exponential::new(0.5).unwrap()), r#"{"factor":0.5}"#);
    assert_eq!(survives(InverseScaling::new(0.5).unwrap()), r#"{"power":0.5}"#);
    assert_eq!(survives(OneCycle::new(10).unwrap()), r#"{"steps":10}"#);
    assert_eq!(survives(Polynomial::new(10, 2.0).unwrap()), r#"{"steps":10,"power":2.0}"#);
    assert_eq!(survives(StepDecay::new(2, 0.5).unwrap()), r#"{"every":2,"factor":0.5}"#);
    assert_eq!(survives(Warmup::new(u64::MAX).unwrap()), r#"{"steps":18446744073709551615}"#);
    let mut joined = Warmup::new(5).unwrap().then(5, Exponential::new(0.5).unwrap()).times(Constant);
    let text = concat!(
        r#"{"first":{"first":{"steps":5},"steps":5,"next":{"factor":0.5},"is_next":false},"#,
        r#""second":null}"#,
    );
    assert_eq!(survives(joined.clone()), text);
    joined.factor(7);
    assert_eq!(survives(joined), with(text, "false", "true"));
    refused::<Times<Constant, Constant>>(r#"{"first":null,"second":null,"third":null}"#, "unknown field `third`");
    refused::<Times<Constant, Warmup>>(r#"{"first":null,"second":{"steps":0}}"#, "Warmup: steps: expected at least 1");
    let bad = r#"{"first":{"steps":0},"steps":5,"next":null,"is_next":false}"#;
    refused::<Then<OneCycle, Constant>>(bad, "OneCycle: steps: expected at least 2");
}

#[test]
fn schedules_that_no_constructor_makes_are_refused() {
    let negative: &[f64] = &[-0.5];
    refuses(Exponential::new(0.5), "Exponential", &[("factor", negative)]);
    refuses(InverseScaling::new(0.5), "InverseScaling", &[("power", negative)]);
    refuses(Polynomial::new(3, 0.5), "Polynomial", &[("power", negative)]);
    refuses(StepDecay::new(3, 0.5), "StepDecay", &[("factor", negative)]);
    refuses(ReduceOnPlateau::new(0.5, 1), "ReduceOnPlateau", &[("factor", &[-0.5, 1.0]), ("current", &[-0.5, 1.5])]);
    refused::<Cosine>(r#"{"steps":0,"restarts":null}"#, "Cosine: steps: expected at least 1");
    refused::<Cosine>(r#"{"steps":3,"restarts":0}"#, "Cosine: restarts: expected at least 1");
    refused::<Polynomial>(r#"{"steps":0,"power":1.0}"#, "Polynomial: steps: expected at least 1");
    refused::<OneCycle>(r#"{"steps":1}"#, "OneCycle: steps: expected at least 2");
    refused::<StepDecay>(r#"{"every":0,"factor":0.5}"#, "StepDecay: every: expected at least 1");
    refused::<Warmup>(r#"{"steps":0}"#, "Warmup: steps: expected at least 1");
    refused::<Warmup>(r#"{"steps":-1}"#, "invalid value");
    refused::<Warmup>(r#"{"steps":3,"step":3}"#, "unknown field `step`");
}

#[test]
fn plateaus_go_on_where_they_were() {
    let mut schedule = ReduceOnPlateau::new(0.5, 1).unwrap();
    let text = r#"{"factor":0.5,"patience":1,"current":1.0,"best":"inf","waited":0}"#;
    assert_eq!(survives(schedule.clone()), text);
    for loss in [1.0, 0.7, 0.9, 0.9, 0.9] {
        schedule.observe(loss);
    }
    let reached = r#"{"factor":0.5,"patience":1,"current":0.5,"best":0.7,"waited":1}"#;
    assert_eq!(survives(schedule.clone()), reached);
    let mut read: ReduceOnPlateau = serde_json::from_str(reached).unwrap();
    for loss in [0.9, 0.9, 0.5, 0.6, 0.6, 0.6] {
        schedule.observe(loss);
        read.observe(loss);
        assert_eq!(read.factor(0), schedule.factor(0));
    }
    refused::<ReduceOnPlateau>(&with(text, "inf", "-inf"), "ReduceOnPlateau: best: expected a finite number");
    refused::<ReduceOnPlateau>(&with(text, "inf", "NaN"), "ReduceOnPlateau: best: expected a finite number");
    let waited = with(text, r#""waited":0"#, r#""waited":2"#);
    refused::<ReduceOnPlateau>(&waited, "ReduceOnPlateau: waited: expected at most the patience, found 2");
}

#[test]
fn early_stopping_survives() {
    let text = concat!(
        r#"{"patience":5,"min_delta":0.001,"on_training_loss":false,"metric":null,"restore_best_weights":true,"#,
        r#""best":"inf","waited":0}"#,
    );
    let stopping = EarlyStopping::new(5).unwrap().min_delta(0.001);
    assert_eq!(survives(stopping.clone()), text);
    let other = with(&with(text, "false", "not"), "true", "false");
    assert_eq!(survives(stopping.on_training_loss().keep_last()), with(&other, "not", "true"));
    survives(serde_json::from_str::<EarlyStopping>(&with(text, r#""inf""#, "-0.25")).unwrap());
    survives(EarlyStopping::new(5).unwrap().on_metric("accuracy", Better::Higher));
    // Texts of before have no metric.
    let before: EarlyStopping = serde_json::from_str(&with(text, r#""metric":null,"#, "")).unwrap();
    assert_eq!(before, EarlyStopping::new(5).unwrap().min_delta(0.001));
    refuses(EarlyStopping::new(5), "EarlyStopping", &[("min_delta", &[-0.5])]);
    refused::<EarlyStopping>(&with(text, "5", "0"), "EarlyStopping: patience: expected at least 1");
    refused::<EarlyStopping>(&with(text, "inf", "NaN"), "EarlyStopping: best: expected a finite number, or infinity");
    let waited = with(text, r#""waited":0"#, r#""waited":6"#);
    refused::<EarlyStopping>(&waited, "EarlyStopping: waited: expected at most the patience, found 6");
}

#[test]
fn settings_survive_and_have_defaults() {
    let text = concat!(
        r#"{"hidden":[100],"activation":{"kind":"Relu","settings":[]},"start":null,"dropout":0.0,"batch_norm":false,"#,
        r#""solver":"adam","solver_options":{"momentum":0.9,"beta1":0.9,"beta2":0.999,"rho":0.99,"epsilon":null,"#,
        r#""weight_decay":0.01,"memory":10,"tolerance":1e-7},"learning_rate":0.001,"schedule":"constant","l1":0.0,"#,
        r#""l2":null,"clipping":null,"batch_size":32,"epochs":200,"patience":20,"validation_share":0.1,"#,
        r#""stop_on":null,"loss":"squared","seed":0}"#,
    );
    assert_eq!(survives(Settings::default()), text);
    let activation = Elu::new(0.5).unwrap().into();
    survives(Settings { hidden: vec![], patience: None, seed: u64::MAX, activation, ..Settings::default() });
    survives(Settings { l2: Some(0.25), start: Some(Initializer::HeNormal), ..Settings::default() });
    let read: Settings = serde_json::from_str(r#"{"l2":0.0,"start":"glorot_uniform_with_bias"}"#).unwrap();
    let start = Some(Initializer::GlorotUniformWithBias);
    assert_eq!(read, Settings { l2: Some(0.0), start, ..Settings::default() });
    for (solver, name) in [(Solver::Adam, "adam"), (Solver::AdamW, "adam_w"), (Solver::Lbfgs, "lbfgs")] {
        assert_eq!(survives(solver), format!("{name:?}"));
    }
    for schedule in [
        RateSchedule::OneCycle,
        RateSchedule::Cosine { warmup: 3 },
        RateSchedule::Polynomial { power: 2.0 },
        RateSchedule::Exponential { factor: 0.9 },
        RateSchedule::StepDecay { every: 5, factor: 0.5 },
        RateSchedule::InverseScaling { power: 0.5 },
        RateSchedule::ReduceOnPlateau { factor: 0.1, patience: 4 },
    ] {
        survives(Settings { schedule, clipping: Some(Clipping::Norm(1.0)), ..Settings::default() });
    }
    for loss in [
        RegressionLoss::Absolute,
        RegressionLoss::Huber { delta: 1.5 },
        RegressionLoss::Quantile { level: 0.9 },
        RegressionLoss::Poisson,
    ] {
        survives(Settings { loss, clipping: Some(Clipping::Value(0.5)), ..Settings::default() });
    }
    let text =
        r#"{"solver":"adam_w","solver_options":{"weight_decay":0.1},"loss":{"huber":{"delta":2}},"stop_on":"r2"}"#;
    let read: Settings = serde_json::from_str(text).unwrap();
    let solver_options = SolverOptions { weight_decay: 0.1, ..SolverOptions::default() };
    let (solver, loss, stop_on) = (Solver::AdamW, RegressionLoss::Huber { delta: 2.0 }, Some(Scoring::R2));
    assert_eq!(read, Settings { solver, solver_options, loss, stop_on, ..Settings::default() });
    refused::<Settings>(r#"{"solver_options":{"beta":0.9}}"#, "unknown field `beta`");
    assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    let read: Settings = serde_json::from_str(r#"{"activation":"silu","patience":null}"#).unwrap();
    assert_eq!(read, Settings { activation: Silu.into(), patience: None, ..Settings::default() });
    refused::<Settings>(r#"{"optimizer":"adam"}"#, "unknown field `optimizer`");
    refused::<Settings>(r#"{"solver":"sgdd"}"#, "unknown variant `sgdd`, expected one of `adam`, `momentum`, `lbfgs`");
    refused::<Settings>(r#"{"activation":"relo"}"#, "AnyActivation: expected one of");
    refused::<Settings>(r#"{"epochs":-1}"#, "invalid value");
    // The rest is checked by the fit, as it is for settings from code.
    let read: Settings = serde_json::from_str(r#"{"learning_rate":-1}"#).unwrap();
    let error = Regressor::fit_with(&read, &array![[1.0], [2.0]], &array![1.0, 2.0]).unwrap_err().to_string();
    assert_eq!(error, "Adam: learning_rate: expected a finite number >= 0, found -1");
}

/// Settings with this number in every field that is one.
fn settings_of(number: f64) -> [Settings; 6] {
    let (l2, epsilon) = (Some(number), Some(number));
    let solver_options = SolverOptions {
        momentum: number,
        beta1: number,
        beta2: number,
        rho: number,
        epsilon,
        weight_decay: number,
        memory: 1,
        tolerance: number,
    };
    let plain = Settings {
        dropout: number,
        learning_rate: number,
        l1: number,
        l2,
        validation_share: number,
        solver_options,
        ..Settings::default()
    };
    [
        (RateSchedule::Polynomial { power: number }, Clipping::Norm(number), RegressionLoss::Squared),
        (RateSchedule::Exponential { factor: number }, Clipping::Value(number), RegressionLoss::Absolute),
        (RateSchedule::StepDecay { every: 2, factor: number }, Clipping::Norm(number), RegressionLoss::Poisson),
        (RateSchedule::InverseScaling { power: number }, Clipping::Norm(number), RegressionLoss::Poisson),
        (
            RateSchedule::ReduceOnPlateau { factor: number, patience: 2 },
            Clipping::Norm(number),
            RegressionLoss::Huber { delta: number },
        ),
        (RateSchedule::Constant, Clipping::Norm(number), RegressionLoss::Quantile { level: number }),
    ]
    .map(|(schedule, clipping, loss)| Settings { schedule, clipping: Some(clipping), loss, ..plain.clone() })
}

#[test]
fn settings_that_no_fit_takes_are_read_as_they_were_written() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for settings in settings_of(number) {
            let json = serde_json::to_string(&settings).unwrap();
            assert_eq!(json.matches("null").count(), 2, "start and stop_on alone: {json}");
            let read: Settings = serde_json::from_str(&json).unwrap();
            // NaN is not equal to itself, but has a text.
            assert_eq!(format!("{read:?}"), format!("{settings:?}"));
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
            let bytes = postcard::to_allocvec(&settings).unwrap();
            assert_eq!(format!("{:?}", postcard::from_bytes::<Settings>(&bytes).unwrap()), format!("{settings:?}"));
        }
    }
    for settings in settings_of(0.1) {
        survives(settings);
    }
    // The fit refuses it.
    let read: Settings = serde_json::from_str(r#"{"learning_rate":"NaN"}"#).unwrap();
    let error = Regressor::fit_with(&read, &array![[1.0], [2.0]], &array![1.0, 2.0]).unwrap_err().to_string();
    assert_eq!(error, "Adam: learning_rate: expected a finite number >= 0, found NaN");
    refused::<Settings>(r#"{"learning_rate":null}"#, "expected a number");
    refused::<Settings>(r#"{"learning_rate":"fast"}"#, "invalid value: string \"fast\", expected a number");
    refused::<Settings>(r#"{"l2":"none"}"#, "expected a number");
}

#[test]
fn confusion_matrices_survive() {
    let matrix = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 1, 0, 1], None).unwrap();
    let text = r#"{"labels":["no","yes"],"counts":[[1.0,1.0],[0.0,2.0]]}"#;
    assert_eq!(survives(matrix.clone().with_labels(&["no", "yes"]).unwrap()), text);
    survives(matrix.with_labels(&["no", "yes", "perhaps"]).unwrap());
    survives(ConfusionMatrix::new(&[0, 2], &[1, 2], Some(&[0.1, 1.0 / 3.0])).unwrap());

    type Matrix = ConfusionMatrix;
    refused::<Matrix>(&with(text, "2.0", "-2.0"), "ConfusionMatrix: expected finite counts >= 0, found -2");
    refused::<Matrix>(&with(text, "[0.0,2.0]", "[0.0]"), "expected 2 counts in each of 2 rows, found 1 in row 1");
    refused::<Matrix>(&with(text, ",[0.0,2.0]", ""), "expected 1 counts in each of 1 rows, found 2 in row 0");
    refused::<Matrix>(&with(text, r#","yes""#, ""), "ConfusionMatrix: expected 2 labels, one for each class, found 1");
    refused::<Matrix>(r#"{"labels":[],"counts":[]}"#, "ConfusionMatrix: ");
    refused::<Matrix>(r#"{"labels":["a"],"counts":[[0.0]]}"#, "counts with a finite sum above 0, found 0");
    let huge = with(&with(text, "1.0", "1e308"), "2.0", "1e308");
    refused::<Matrix>(&huge, "counts with a finite sum above 0, found inf");
    let infinite = postcard::to_allocvec(&(vec!["a"], vec![vec![f64::INFINITY]])).unwrap();
    assert!(postcard::from_bytes::<Matrix>(&infinite).is_err());
}

#[test]
fn options_of_batch_norm_survive_and_are_checked() {
    use feedforward::layer::BatchNormOptions;
    assert_eq!(survives(BatchNormOptions::default()), r#"{"epsilon":0.00001,"momentum":0.1}"#);
    refused::<BatchNormOptions>(r#"{"epsilon":0.0,"momentum":0.1}"#, "BatchNorm: epsilon: expected");
    refused::<BatchNormOptions>(r#"{"epsilon":1e-5,"momentum":2.0}"#, "BatchNorm: momentum: expected");
}

#[cfg(feature = "safetensors")]
#[test]
fn a_model_that_could_not_be_read_again_is_not_saved() {
    use feedforward::layer::Chain;
    let nested = |levels: usize| {
        let mut layer: Box<dyn Layer<f32>> = Box::new(Dense::with_seed(1, 1, Relu, Initializer::HeNormal, 1).unwrap());
        for _ in 0..levels {
            layer = Box::new(Chain::new(vec![layer]).unwrap());
        }
        Network::from_layers(vec![layer]).unwrap()
    };
    let network = nested(20);
    assert_eq!(Network::from_bytes(&network.to_bytes().unwrap()).unwrap(), network);
    let error = nested(40).to_bytes().unwrap_err().to_string();
    assert!(error.contains("inside of each other"), "{error}");
}
