//! Layers in double precision, as functions that a model carries.
//!
//! onnxruntime has no kernels in double precision for these operators, and attributes of ONNX are in single precision.
//! So a model in double precision has them as functions of operators that there are kernels for, with settings as
//! inputs. The names are those of the operators of ONNX, in a domain of their own.

use super::body::{Attribute, Body, double_scalar};
use super::messages::{FunctionProto, OperatorSetIdProto};
use prost::Message;
use prost::bytes::Bytes;

/// The domain of the functions.
pub(super) const DOMAIN: &str = "feedforward";

/// The version of the domain: another one when a function changes.
pub(super) const VERSION: i64 = 1;

/// Names of the functions, with the names of their inputs.
pub(super) const FUNCTIONS: [(&str, &[&str]); 11] = [
    ("LeakyRelu", &["x", "slope"]),
    ("Elu", &["x", "alpha"]),
    ("Selu", &["x"]),
    ("HardSigmoid", &["x", "alpha", "beta"]),
    ("HardSwish", &["x"]),
    ("Softplus", &["x"]),
    ("Mish", &["x"]),
    ("Gelu", &["x"]),
    ("GeluTanh", &["x"]),
    ("BatchNormalization", &["x", "gamma", "beta", "mean", "variance", "epsilon"]),
    ("LayerNormalization", &["x", "gamma", "beta", "epsilon"]),
];

/// Encodes the function of this name, for a model of this version of the operators of ONNX.
///
/// The same name gives the same bytes: an importer knows by them that a function is one of these.
pub(super) fn encode(name: &str, opset: i64) -> Option<Bytes> {
    let (name, inputs) = FUNCTIONS.into_iter().find(|(other, _)| *other == name)?;
    let mut body = Formula::default();
    let y = match name {
        "LeakyRelu" => {
            let below = body.apply("Mul", &["slope", "x"]);
            body.select_positive("x", &below)
        }
        "Elu" => {
            let below = body.exp_minus_one_below_zero();
            let below = body.apply("Mul", &["alpha", &below]);
            body.select_positive("x", &below)
        }
        "Selu" => {
            let below = body.exp_minus_one_below_zero();
            let below = body.scaled(SELU_SCALE * SELU_ALPHA, &below);
            let above = body.scaled(SELU_SCALE, "x");
            body.select_positive(&above, &below)
        }
        "HardSigmoid" => {
            let product = body.apply("Mul", &["alpha", "x"]);
            let sum = body.apply("Add", &[&product, "beta"]);
            body.clipped(&sum, 1.0)
        }
        "HardSwish" => {
            let sum = body.shifted(3.0, "x");
            let gate = body.clipped(&sum, 6.0);
            let product = body.apply("Mul", &["x", &gate]);
            let six = body.number(6.0);
            body.apply("Div", &[&product, &six])
        }
        "Softplus" => body.softplus(),
        "Mish" => {
            let softplus = body.softplus();
            let gate = body.apply("Tanh", &[&softplus]);
            body.apply("Mul", &["x", &gate])
        }
        "Gelu" => body.gelu(),
        "GeluTanh" => {
            let square = body.apply("Mul", &["x", "x"]);
            let square = body.scaled(0.044715, &square);
            let factor = body.shifted(1.0, &square);
            let argument = body.apply("Mul", &["x", &factor]);
            // (1 + tanh a) / 2 is sigmoid(2a).
            let argument = body.scaled(2.0 * std::f64::consts::FRAC_2_PI.sqrt(), &argument);
            let gate = body.apply("Sigmoid", &[&argument]);
            body.apply("Mul", &["x", &gate])
        }
        "BatchNormalization" => {
            let centred = body.apply("Sub", &["x", "mean"]);
            body.normalized(&centred, "variance")
        }
        _ => {
            let mean = body.apply("ReduceMean", &["x", "last"]);
            let centred = body.apply("Sub", &["x", &mean]);
            let square = body.apply("Mul", &[&centred, &centred]);
            let variance = body.apply("ReduceMean", &[&square, "last"]);
            body.normalized(&centred, &variance)
        }
    };
    body.0.node_to("y", "", "Identity", &[&y], &[]);
    let mut nodes = body.0.nodes;
    if name == "LayerNormalization" {
        let mut last = Body::default();
        last.node_to("last", "", "Constant", &[], &[("value_ints", Attribute::Ints(vec![-1]))]);
        nodes.splice(0..0, last.nodes);
    }
    let function = FunctionProto {
        name: name.to_owned(),
        domain: DOMAIN.to_owned(),
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec!["y".to_owned()],
        node: nodes,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: opset }.encode_to_vec().into()],
    };
    Some(function.encode_to_vec().into())
}

const SELU_SCALE: f64 = 1.0507009873554805;
const SELU_ALPHA: f64 = 1.6732632423543772;

/// The nodes of a function of x, in double precision.
#[derive(Default)]
struct Formula(Body);

impl Formula {
    fn apply(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.0.node(operator, inputs, &[])
    }

    fn number(&mut self, value: f64) -> String {
        self.0.node("Constant", &[], &[("value", double_scalar(value))])
    }

    fn scaled(&mut self, factor: f64, value: &str) -> String {
        let factor = self.number(factor);
        self.apply("Mul", &[&factor, value])
    }

    fn shifted(&mut self, term: f64, value: &str) -> String {
        let term = self.number(term);
        self.apply("Add", &[value, &term])
    }

    /// `above` where x > 0, else `below`.
    fn select_positive(&mut self, above: &str, below: &str) -> String {
        let zero = self.number(0.0);
        let is_positive = self.apply("Greater", &["x", &zero]);
        self.apply("Where", &[&is_positive, above, below])
    }

    /// A value between 0 and `high`.
    fn clipped(&mut self, value: &str, high: f64) -> String {
        let (low, high) = (self.number(0.0), self.number(high));
        self.apply("Clip", &[value, &low, &high])
    }

    /// e^min(x, 0) - 1 as 2t / (1 - t) with t = tanh(min(x, 0) / 2), which keeps its digits near zero.
    fn exp_minus_one_below_zero(&mut self) -> String {
        let zero = self.number(0.0);
        let negative = self.apply("Min", &["x", &zero]);
        let half = self.scaled(0.5, &negative);
        let t = self.apply("Tanh", &[&half]);
        let one = self.number(1.0);
        let (above, below) = (self.scaled(2.0, &t), self.apply("Sub", &[&one, &t]));
        self.apply("Div", &[&above, &below])
    }

    /// max(x, 0) + ln(1 + e^-|x|).
    fn softplus(&mut self) -> String {
        let size = self.apply("Abs", &["x"]);
        let size = self.apply("Neg", &[&size]);
        let e = self.apply("Exp", &[&size]);
        let sum = self.shifted(1.0, &e);
        let logarithm = self.apply("Log", &[&sum]);
        let positive = self.apply("Relu", &["x"]);
        self.apply("Add", &[&positive, &logarithm])
    }

    /// x Φ(x), with the tail erfc(z) = t exp(-z² + Q(2t - 1)) for z = |x| / √2 and t = 2 / (2 + z).
    fn gelu(&mut self) -> String {
        let size = self.apply("Abs", &["x"]);
        let z = self.scaled(std::f64::consts::FRAC_1_SQRT_2, &size);
        let below = self.shifted(2.0, &z);
        let two = self.number(2.0);
        let t = self.apply("Div", &[&two, &below]);
        let u = self.scaled(2.0, &t);
        let u = self.shifted(-1.0, &u);
        let mut polynomial = self.number(TAIL[TAIL.len() - 1]);
        for &coefficient in TAIL.iter().rev().skip(1) {
            polynomial = self.apply("Mul", &[&polynomial, &u]);
            polynomial = self.shifted(coefficient, &polynomial);
        }
        let square = self.apply("Mul", &[&z, &z]);
        let exponent = self.apply("Sub", &[&polynomial, &square]);
        let e = self.apply("Exp", &[&exponent]);
        let tail = self.apply("Mul", &[&t, &e]);
        let tail = self.scaled(0.5, &tail);
        // Φ(x) is 1 - tail above zero and the tail below.
        let one = self.number(1.0);
        let rest = self.apply("Sub", &[&one, &tail]);
        let distribution = self.select_positive(&rest, &tail);
        self.apply("Mul", &["x", &distribution])
    }

    /// gamma · centred / √(variance + ε) + beta.
    fn normalized(&mut self, centred: &str, variance: &str) -> String {
        let sum = self.apply("Add", &[variance, "epsilon"]);
        let deviation = self.apply("Sqrt", &[&sum]);
        let normal = self.apply("Div", &[centred, &deviation]);
        let product = self.apply("Mul", &["gamma", &normal]);
        self.apply("Add", &[&product, "beta"])
    }
}

/// Coefficients of Q, constant first: ln(erfc(z) / t) + z² in u = 2t - 1, t = 2 / (2 + z), interpolated at 120
/// Chebyshev nodes with 60 digits and cut after u^27. The error of erfc is below 5e-16 for all z >= 0.
const TAIL: [f64; 28] = [
    -0.6717940840566924,
    0.6726432239776607,
    0.04734330684194222,
    -0.046895610231689054,
    -0.0098726893685892,
    0.00882493857641172,
    0.0017589336077775378,
    -0.0023458128382269523,
    -0.00014624745010092264,
    0.0006736821024460542,
    -9.373095438267303e-05,
    -0.00017432306094963894,
    7.138292679862218e-05,
    3.1825816006678394e-05,
    -3.01343865932149e-05,
    -8.267961804638536e-08,
    8.454862238178011e-06,
    -2.5307696894768114e-06,
    -1.1240282081312647e-06,
    7.034034279199008e-07,
    -3.055795208088034e-07,
    2.366799350352029e-07,
    2.3469989771704171e-07,
    -2.787320699625239e-07,
    -6.715503881828015e-08,
    1.0544997170511485e-07,
    8.298148068494206e-09,
    -1.595129306257215e-08,
];
