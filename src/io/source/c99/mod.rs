//! Prints a [`Program`] in C99.

mod header;
mod helpers;
mod tables;

use super::buffers::{Buffers, Place};
use super::name::quote_for_c;
use super::number::{hexadecimal, is_double};
use super::parts::{Parts, Text};
use super::program::{Call, Operation, Program, Step};
use super::translate::{Dialect, Language, needs_bits, translate};
use crate::Float;
use helpers::{DOT, LAYER_NORM, LOG_SOFTMAX, SOFTMAX};
use std::fmt::Write;

/// Prints a translation unit.
pub(super) fn print<F: Float>(name: &str, program: &Program<F>, text: &Text) -> String {
    let float = if is_double::<F>() { "double" } else { "float" };
    let parts = Parts::new(program, text.labels.is_some());
    let printer = Printer { name, program, text, parts, buffers: Buffers::new(program), float };
    let mut source = printer.header();
    source += &printer.tables();
    source += &printer.functions();
    source += &printer.network();
    source + &printer.classes()
}

struct Printer<'a, F> {
    name: &'a str,
    program: &'a Program<F>,
    text: &'a Text,
    parts: Parts,
    buffers: Buffers,
    float: &'static str,
}

impl<F: Float> Printer<'_, F> {
    /// Prints the functions that the steps need.
    fn functions(&self) -> String {
        let mut source = String::new();
        let prefix = format!("{}_", self.name);
        let dialect = |is_double| {
            // In a network of double precision all functions are.
            let suffix = if is_double && !super::number::is_double::<F>() { "_double" } else { "" };
            Dialect {
                language: Language::C99,
                is_double: is_double || super::number::is_double::<F>(),
                prefix: &prefix,
                suffix,
            }
        };
        for is_double in [false, true] {
            let functions: Vec<_> = self.parts.functions().filter(|(_, double)| *double == is_double).collect();
            if functions.iter().any(|(function, _)| needs_bits(function)) {
                source += &bits(dialect(is_double));
            }
            for (function, _) in functions {
                source += &(translate(function, dialect(is_double)) + "\n");
            }
        }
        let helpers = [
            (self.parts.dot, DOT),
            (self.parts.softmax, SOFTMAX),
            (self.parts.log_softmax, LOG_SOFTMAX),
            (self.parts.layer_norm, LAYER_NORM),
        ];
        for (is_needed, helper) in helpers {
            if is_needed {
                source += &self.helper(helper);
            }
        }
        source
    }

    /// Fills in a helper: NAME_, FLOAT, the functions of double precision.
    fn helper(&self, text: &str) -> String {
        let is_double = is_double::<F>();
        let filled = text.replace("FLOAT", self.float).replace("_DOUBLE", if is_double { "" } else { "_double" });
        // The name last: it may hold any of the other words.
        filled.replace("ZERO", self.zero()).replace("NAME", self.name) + "\n"
    }

    fn zero(&self) -> &'static str {
        if is_double::<F>() { "0.0" } else { "0.0f" }
    }

    /// Prints the function that runs the network.
    fn network(&self) -> String {
        let (float, Program { inputs, outputs, steps }) = (self.float, self.program);
        let suffix = if self.text.labels.is_some() { "_scores" } else { "" };
        let name = self.name;
        let mut source = format!("void {name}{suffix}(const {float} input[{inputs}], {float} output[{outputs}])\n{{\n");
        for (index, size) in self.buffers.sizes.iter().enumerate() {
            let _ = writeln!(source, "    {float} {}[{size}];", place(Place::Local(index)));
        }
        if steps.is_empty() {
            source += &each_of(*outputs, "output[k] = input[k];");
        }
        for (index, step) in steps.iter().enumerate() {
            let _ = write!(source, "\n    /* {} */\n", step.title);
            source += &self.step(index, step);
        }
        source + "}\n"
    }

    fn step(&self, index: usize, step: &Step<F>) -> String {
        let (x, y) = (place(self.buffers.places[step.input]), place(self.buffers.places[index + 1]));
        let (name, size) = (self.name, step.size);
        match &step.operation {
            Operation::Dense { inputs, bias, .. } => {
                let start = |zero: &str| match bias {
                    Some(_) => format!("{name}_bias_{index}[k]"),
                    None => zero.to_owned(),
                };
                if step.is_narrow() {
                    let dot = format!("{name}_dot({inputs}, {x}, {name}_weight_{index}[k])");
                    let plus = bias.as_ref().map_or(String::new(), |_| format!("{} + ", start("")));
                    each_of(size, &format!("{y}[k] = {plus}{dot};"))
                } else {
                    each_of(size, &format!("{y}[k] = {};", start(self.zero())))
                        + &self.add_rows(index, *inputs, size, &x, &y)
                }
            }
            Operation::Affine { center, rest, shift, .. } => {
                let mut centred = format!("{x}[k]");
                if center.is_some() {
                    centred = format!("({centred} - {name}_center_{index}[k])");
                }
                if rest.is_some() {
                    centred = format!("({centred} - {name}_rest_{index}[k])");
                }
                let plus = if shift.is_some() { format!(" + {name}_shift_{index}[k]") } else { String::new() };
                each_of(size, &format!("{y}[k] = {centred} * {name}_scale_{index}[k]{plus};"))
            }
            Operation::LayerNorm { epsilon, .. } => format!(
                "    {name}_layer_norm({size}, {}, {name}_gamma_{index}, {name}_beta_{index}, {x}, {y});\n",
                hexadecimal(*epsilon)
            ),
            Operation::Each(call) => each_of(size, &format!("{y}[k] = {};", self.call(call, &format!("{x}[k]")))),
            Operation::Softmax => format!("    {name}_softmax({size}, {x}, {y});\n"),
            Operation::LogSoftmax => format!("    {name}_log_softmax({size}, {x}, {y});\n"),
            Operation::Add { other } => {
                let other = place(self.buffers.places[*other]);
                each_of(size, &format!("{y}[k] = {x}[k] + {other}[k];"))
            }
        }
    }

    /// Prints loops that add rows of the weight, each times its input: four at a time, so that outputs are read and
    /// written a quarter as often.
    fn add_rows(&self, index: usize, inputs: usize, outputs: usize, x: &str, y: &str) -> String {
        let (name, float) = (self.name, self.float);
        let quads = inputs / 4 * 4;
        let rows = |first: &str, count: usize, indent: &str| {
            let mut rows = String::new();
            for k in 0..count {
                let _ = writeln!(rows, "{indent}const {float} x{k} = {x}[{}];", plus(first, k));
            }
            let term = |k| format!("x{k} * {name}_weight_{index}[{}][k]", plus(first, k));
            // Pairs, so that few sums wait for others.
            let pairs: Vec<_> = (0..count).step_by(2).map(|k| (k..count.min(k + 2)).map(term).collect()).collect();
            let pairs = pairs.iter().map(|pair: &Vec<String>| pair.join(" + "));
            let sum = pairs.collect::<Vec<_>>().join(&format!(")\n{indent}            + ("));
            let _ = writeln!(rows, "{indent}for (size_t k = 0; k < {outputs}; k++) {{");
            let _ = writeln!(rows, "{indent}    {y}[k] += ({sum});\n{indent}}}");
            rows
        };
        let mut source = String::new();
        if quads > 0 {
            let _ =
                writeln!(source, "    for (size_t i = 0; i < {quads}; i += 4) {{\n{}    }}", rows("i", 4, "        "));
        }
        if inputs > quads {
            let _ = writeln!(source, "    {{\n{}    }}", rows(&quads.to_string(), inputs - quads, "        "));
        }
        source
    }

    /// Writes a call of a function.
    fn call(&self, call: &Call, x: &str) -> String {
        let (name, function) = (self.name, call.function);
        let dialect = |is_double| Dialect { language: Language::C99, is_double, prefix: "", suffix: "" };
        let settings = |is_double| -> String {
            call.settings.iter().map(|&setting| format!(", {}", dialect(is_double).number(setting))).collect()
        };
        if call.is_double && !is_double::<F>() {
            format!("(float){name}_{function}_double((double){x}{})", settings(true))
        } else {
            format!("{name}_{function}({x}{})", settings(is_double::<F>()))
        }
    }

    /// Prints labels, probabilities and the most probable class.
    fn classes(&self) -> String {
        let (name, float, Program { inputs, outputs, .. }) = (self.name, self.float, self.program);
        let Some(labels) = &self.text.labels else { return String::new() };
        let labels: Vec<_> = labels.iter().map(|label| quote_for_c(label)).collect();
        format!(
            "
const char *const {name}_labels[{outputs}] = {{
    {}
}};

void {name}_probabilities(const {float} input[{inputs}], {float} output[{outputs}])
{{
    {name}_scores(input, output);
    {name}_softmax({outputs}, output, output);
}}

int {name}(const {float} input[{inputs}])
{{
    {float} scores[{outputs}];
    int best = 0;

    {name}_scores(input, scores);
    for (int k = 0; k < {outputs}; k++) {{
        if (scores[k] != scores[k]) {{
            return -1;
        }}
        if (scores[k] > scores[best]) {{
            best = k;
        }}
    }}
    return best;
}}
",
            labels.join(",\n    ")
        )
    }
}

/// Writes an index with something added.
fn plus(first: &str, more: usize) -> String {
    match (first.parse::<usize>(), more) {
        (Ok(first), more) => (first + more).to_string(),
        (_, 0) => first.to_owned(),
        (_, more) => format!("{first} + {more}"),
    }
}

fn each_of(size: usize, statement: &str) -> String {
    format!("    for (size_t k = 0; k < {size}; k++) {{\n        {statement}\n    }}\n")
}

fn place(place: Place) -> String {
    match place {
        Place::Input => "input".to_owned(),
        Place::Output => "output".to_owned(),
        Place::Local(index) => format!("buffer_{index}"),
    }
}

/// Prints the functions that read and make numbers by their bits.
fn bits(dialect: Dialect<'_>) -> String {
    let Dialect { prefix, suffix, .. } = dialect;
    let (float, bits) = (dialect.float(), dialect.bits());
    format!(
        "static inline {bits} {prefix}to_bits{suffix}({float} x)
{{
    union {{ {float} number; {bits} bits; }} both;
    both.number = x;
    return both.bits;
}}

static inline {float} {prefix}from_bits{suffix}({bits} x)
{{
    union {{ {float} number; {bits} bits; }} both;
    both.bits = x;
    return both.number;
}}

"
    )
}
