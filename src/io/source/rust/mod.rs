//! Prints a [`Program`] in Rust, for a module without `std`.

mod helpers;

use super::name::quote_for_rust;
use super::number::{decimal, is_double};
use super::parts::{Parts, Text};
use super::program::{Call, Operation, Program, Step};
use super::translate::{Dialect, Language, translate};
use crate::Float;
use helpers::{ADD, DENSE, EACH, LAYER_NORM, LOG_SOFTMAX, NARROW_DENSE, SOFTMAX};
use std::fmt::Write;

/// Prints a module.
pub(super) fn print<F: Float>(name: &str, program: &Program<F>, text: &Text) -> String {
    let parts = Parts::new(program, text.labels.is_some());
    let float = if is_double::<F>() { "f64" } else { "f32" };
    let printer = Printer { name, program, text, parts, float };
    let mut source = printer.header();
    source += &printer.classes();
    source += &printer.network();
    source += "\n/// Tables and functions of the network.\n";
    source += "#[allow(non_snake_case, clippy::all)]\n#[rustfmt::skip]\nmod parts {\n";
    let inside = printer.tables() + &printer.functions();
    for line in inside.trim_end().lines() {
        let _ = writeln!(source, "{}", format!("    {line}").trim_end());
    }
    source + "}\n"
}

struct Printer<'a, F> {
    name: &'a str,
    program: &'a Program<F>,
    text: &'a Text,
    parts: Parts,
    float: &'static str,
}

impl<F: Float> Printer<'_, F> {
    /// Prints the comment at the top.
    fn header(&self) -> String {
        let mut lines = vec![
            format!("A feed-forward network, written by feedforward {}.", env!("CARGO_PKG_VERSION")),
            String::new(),
        ];
        lines.extend(self.text.layers.iter().map(|layer| format!("    {layer}")));
        if let Some(names) = &self.text.column_names {
            lines.extend([String::new(), "The inputs, in this order:".to_owned()]);
            lines.extend(names.iter().enumerate().map(|(k, name)| format!("    input[{k}]: {}", quote_for_rust(name))));
        }
        lines.extend([
            String::new(),
            "It needs neither std nor a heap. A NaN in the input is one in the output. For speed:".to_owned(),
            "-C opt-level=3 -C target-cpu=native.".to_owned(),
        ]);
        lines.iter().map(|line| format!("{}\n", format!("// {line}").trim_end())).collect::<String>() + "\n"
    }

    /// Returns the attribute that a public item needs for its name.
    fn allow(&self) -> &'static str {
        // Who uses one of the functions of a classifier alone gets no warning either.
        match (self.name.chars().any(|c| c.is_ascii_uppercase()), self.text.labels.is_some()) {
            (false, false) => "",
            (false, true) => "#[allow(dead_code)]\n",
            (true, false) => "#[allow(non_snake_case)]\n",
            (true, true) => "#[allow(dead_code, non_snake_case)]\n",
        }
    }

    /// Prints labels, probabilities and the most probable class.
    fn classes(&self) -> String {
        let (name, float, Program { inputs, outputs, .. }) = (self.name, self.float, self.program);
        let Some(labels) = &self.text.labels else { return String::new() };
        let labels: Vec<_> = labels.iter().map(|label| quote_for_rust(label)).collect();
        let (allow, constant, labels) = (self.allow(), name.to_ascii_uppercase(), labels.join(",\n    "));
        format!(
            "\
/// The label of each class.
#[allow(dead_code)]
#[rustfmt::skip]
pub const {constant}_LABELS: [&str; {outputs}] = [
    {labels},
];

/// Returns the index of the most probable class, and none if a score is NaN.
{allow}pub fn {name}(input: &[{float}; {inputs}]) -> Option<usize> {{
    let scores = {name}_scores(input);
    let mut best = 0;
    for (index, score) in scores.iter().enumerate() {{
        if score.is_nan() {{
            return None;
        }}
        if *score > scores[best] {{
            best = index;
        }}
    }}
    Some(best)
}}

/// Returns the probability of each class.
{allow}pub fn {name}_probabilities(input: &[{float}; {inputs}]) -> [{float}; {outputs}] {{
    parts::softmax({name}_scores(input))
}}

"
        )
    }

    /// Prints the function that runs the network.
    fn network(&self) -> String {
        let (float, Program { inputs, outputs, steps }) = (self.float, self.program);
        let (suffix, comment) = match &self.text.labels {
            Some(_) => ("_scores", "Returns the logits, whose softmax the probabilities are."),
            None => ("", "Returns the outputs for one row of inputs."),
        };
        let (name, allow) = (self.name, self.allow());
        let mut source = format!(
            "/// {comment}\n{allow}pub fn {name}{suffix}(input: &[{float}; {inputs}]) -> [{float}; {outputs}] {{\n"
        );
        if steps.is_empty() {
            source += "    *input\n";
        }
        for (index, step) in steps.iter().enumerate() {
            let _ = writeln!(source, "    // {}", step.title);
            let call = format!("parts::{}", self.step(index, step));
            source += &if index + 1 == steps.len() {
                format!("    {call}\n")
            } else {
                format!("    let {} = {call};\n", variable(index + 1))
            };
        }
        source + "}\n"
    }

    fn step(&self, index: usize, step: &Step<F>) -> String {
        let x = if step.input == 0 { "*input".to_owned() } else { variable(step.input) };
        let reference = |value: usize| if value == 0 { "input".to_owned() } else { format!("&{}", variable(value)) };
        match &step.operation {
            Operation::Dense { bias, .. } => {
                let function = if step.is_narrow() { "narrow_dense" } else { "dense" };
                let bias = match bias {
                    Some(_) => format!("&parts::BIAS_{index}"),
                    None => format!("&[0.0; {}]", step.size),
                };
                format!("{function}({}, &parts::WEIGHT_{index}, {bias})", reference(step.input))
            }
            Operation::Affine { .. } => format!("affine_{index}({x})"),
            Operation::LayerNorm { epsilon, .. } => {
                format!("layer_norm({x}, &parts::GAMMA_{index}, &parts::BETA_{index}, {})", decimal(*epsilon))
            }
            Operation::Each(call) => format!("each({x}, {})", self.function(call)),
            Operation::Softmax => format!("softmax({x})"),
            Operation::LogSoftmax => format!("log_softmax({x})"),
            Operation::Add { other } => format!("add({x}, {})", reference(*other)),
        }
    }

    /// Writes a function of one number.
    fn function(&self, call: &Call) -> String {
        let own = is_double::<F>();
        let dialect = Dialect { language: Language::Rust, is_double: own || call.is_double, prefix: "", suffix: "" };
        let settings = call.settings.iter().map(|&setting| format!(", {}", dialect.number(setting)));
        let settings: String = settings.collect();
        if call.is_double && !own {
            format!("|x| parts::{}_double(x.into(){settings}) as f32", call.function)
        } else if settings.is_empty() {
            format!("parts::{}", call.function)
        } else {
            format!("|x| parts::{}(x{settings})", call.function)
        }
    }

    /// Prints the weights.
    fn tables(&self) -> String {
        let mut source = String::new();
        for (index, step) in self.program.steps.iter().enumerate() {
            for (what, columns, values) in step.tables() {
                source += &self.table(&what.to_uppercase(), index, columns, values);
            }
            if let Operation::Affine { center, rest, shift, .. } = &step.operation {
                source += &self.affine(index, step.size, [center, rest, shift].map(Option::is_some));
            }
        }
        source
    }

    /// Prints one table, of rows if it has columns.
    fn table(&self, what: &str, index: usize, columns: Option<usize>, values: &[F]) -> String {
        let list = |values: &[F], indent: &str| {
            let numbers: Vec<_> = values.iter().map(|&value| decimal(value)).collect();
            let lines: Vec<_> = numbers.chunks(8).map(|line| line.join(", ")).collect();
            lines.join(&format!(",\n{indent}"))
        };
        let float = self.float;
        let (shape, numbers) = match columns {
            None => (format!("[{float}; {}]", values.len()), list(values, "    ")),
            Some(columns) => {
                let rows: Vec<_> = values.chunks(columns).map(|row| format!("[{}]", list(row, "     "))).collect();
                (format!("[[{float}; {columns}]; {}]", rows.len()), rows.join(",\n    "))
            }
        };
        format!("pub static {what}_{index}: {shape} = [\n    {numbers},\n];\n\n")
    }

    /// Prints a function that shifts and scales.
    fn affine(&self, index: usize, size: usize, [has_center, has_rest, has_shift]: [bool; 3]) -> String {
        let mut centred = "*y".to_owned();
        for (has, table) in [(has_center, "CENTER"), (has_rest, "REST")] {
            if has {
                centred = format!("({centred} - {table}_{index}[k])");
            }
        }
        let shift = if has_shift { format!(" + SHIFT_{index}[k]") } else { String::new() };
        let float = self.float;
        format!(
            "pub fn affine_{index}(mut values: [{float}; {size}]) -> [{float}; {size}] {{
    for (k, y) in values.iter_mut().enumerate() {{
        *y = {centred} * SCALE_{index}[k]{shift};
    }}
    values
}}

"
        )
    }

    /// Prints the functions that the steps need.
    fn functions(&self) -> String {
        let mut source = String::new();
        for (function, is_double) in self.parts.functions() {
            let suffix = if is_double { "_double" } else { "" };
            let is_double = is_double || super::number::is_double::<F>();
            let dialect = Dialect { language: Language::Rust, is_double, prefix: "", suffix };
            source += &(translate(function, dialect) + "\n");
        }
        let uses = |wanted: fn(&Step<F>) -> bool| self.program.steps.iter().any(wanted);
        let is_wide = |step: &Step<F>| matches!(step.operation, Operation::Dense { .. }) && !step.is_narrow();
        let helpers = [
            (uses(is_wide), DENSE),
            (self.parts.dot, NARROW_DENSE),
            (uses(|step| matches!(step.operation, Operation::Each(_))), EACH),
            (uses(|step| matches!(step.operation, Operation::Add { .. })), ADD),
            (self.parts.softmax, SOFTMAX),
            (self.parts.log_softmax, LOG_SOFTMAX),
            (self.parts.layer_norm, LAYER_NORM),
        ];
        for (is_needed, helper) in helpers {
            if is_needed {
                let suffix = if is_double::<F>() { "" } else { "_double" };
                source += &helper.replace("FLOAT", self.float).replace("_DOUBLE", suffix);
            }
        }
        source
    }
}

/// Names a value.
fn variable(value: usize) -> String {
    format!("x{value}")
}
