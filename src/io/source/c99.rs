//! Prints a [`Program`] in C99.

use super::buffers::{Buffers, Place};
use super::name::{quote_for_c, quote_for_rust};
use super::number::hexadecimal;
use super::program::{Call, Operation, Program, Step};
use super::translate::{Dialect, Language, needs_bits, translate};
use super::{Parts, Text, is_double};
use crate::Float;
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
    /// Prints the comment at the top, includes and prototypes.
    fn header(&self) -> String {
        let (name, Program { inputs, outputs, .. }) = (self.name, self.program);
        let mut lines = vec![
            format!("A feed-forward network, written by feedforward {}.", env!("CARGO_PKG_VERSION")),
            String::new(),
        ];
        lines.extend(self.text.layers.iter().map(|layer| format!("    {layer}")));
        lines.push(String::new());
        if let Some(names) = &self.text.column_names {
            lines.push("The inputs, in this order:".to_owned());
            lines.extend(names.iter().enumerate().map(|(k, name)| format!("    input[{k}]: {}", quote_for_rust(name))));
            lines.push(String::new());
        }
        lines.extend(if self.text.labels.is_some() {
            vec![
                format!("{name}(input) returns the index of the most probable class, and -1 if a score is NaN;"),
                format!(
                    "{name}_labels[index] is its label. {name}_probabilities writes the probability of each class,"
                ),
                format!("{name}_scores the numbers of which they are the softmax."),
            ]
        } else {
            vec![format!("{name}(input, output) reads {inputs} numbers and writes {outputs}.")]
        });
        let bytes = self.buffers.sizes.iter().sum::<usize>() * size_of::<F>();
        lines.extend([
            "Input and output must not overlap. A NaN in the input is one in the output.".to_owned(),
            String::new(),
            format!("Tables are constant, buffers are on the stack ({bytes} bytes): threads and interrupts may call it at"),
            "once. Any C99 compiler will do, without -ffast-math, which breaks exp and NaN. For speed: -O3 -march=native."
                .to_owned(),
        ]);
        let mut source = String::new();
        for line in lines {
            let _ = writeln!(source, "{}", format!("// {line}").trim_end());
        }
        source += "\n#include <stddef.h>\n";
        if self.parts.functions().any(|(function, _)| needs_bits(function)) {
            source += "#include <stdint.h>\n";
        }
        source += "\n";
        if is_double::<F>() || self.parts.needs_double() {
            source += "/* This network needs a double of 64 bits. */\n";
            let _ = writeln!(source, "typedef char {name}_has_a_double_of_64_bits[sizeof(double) == 8 ? 1 : -1];\n");
        }
        for prototype in self.prototypes() {
            let _ = writeln!(source, "{prototype};");
        }
        if let Some(labels) = &self.text.labels {
            let _ = writeln!(source, "extern const char *const {name}_labels[{}];", labels.len());
        }
        source + "\n"
    }

    /// Returns the prototypes of the functions for others.
    fn prototypes(&self) -> Vec<String> {
        let (name, float, Program { inputs, outputs, .. }) = (self.name, self.float, self.program);
        let writer = |suffix| format!("void {name}{suffix}(const {float} input[{inputs}], {float} output[{outputs}])");
        if self.text.labels.is_some() {
            vec![format!("int {name}(const {float} input[{inputs}])"), writer("_scores"), writer("_probabilities")]
        } else {
            vec![writer("")]
        }
    }

    /// Prints the weights.
    fn tables(&self) -> String {
        let mut source = String::new();
        for (index, step) in self.program.steps.iter().enumerate() {
            let mut add = |what: &str, values: &[F]| source += &self.table(what, index, None, values);
            match &step.operation {
                Operation::Dense { inputs, weight, bias } => {
                    if let Some(bias) = bias {
                        add("bias", bias);
                    }
                    let columns = if step.is_narrow() { *inputs } else { step.size };
                    source += &self.table("weight", index, Some(columns), weight);
                }
                Operation::Affine { center, rest, scale, shift } => {
                    let others = [("center", center), ("rest", rest), ("shift", shift)];
                    others.iter().for_each(|(what, values)| {
                        if let Some(values) = values {
                            add(what, values);
                        }
                    });
                    add("scale", scale);
                }
                Operation::LayerNorm { gamma, beta, .. } => {
                    add("gamma", gamma);
                    add("beta", beta);
                }
                Operation::Each(_) | Operation::Softmax | Operation::LogSoftmax | Operation::Add { .. } => {}
            }
        }
        source
    }

    /// Prints one table, of rows if it has columns.
    fn table(&self, what: &str, index: usize, columns: Option<usize>, values: &[F]) -> String {
        let (name, float) = (self.name, self.float);
        let suffix = if is_double::<F>() { "" } else { "f" };
        let list = |values: &[F], indent: &str| {
            let numbers: Vec<_> = values.iter().map(|value| hexadecimal(value.widen()) + suffix).collect();
            let lines: Vec<_> =
                numbers.chunks(if is_double::<F>() { 4 } else { 6 }).map(|line| line.join(", ")).collect();
            lines.join(&format!(",\n{indent}"))
        };
        let (shape, numbers) = match columns {
            None => (format!("[{}]", values.len()), list(values, "    ")),
            Some(columns) => {
                let rows: Vec<_> = values.chunks(columns).map(|row| format!("{{{}}}", list(row, "     "))).collect();
                (format!("[{}][{columns}]", rows.len()), rows.join(",\n    "))
            }
        };
        format!("static const {float} {name}_{what}_{index}{shape} = {{\n    {numbers}\n}};\n\n")
    }

    /// Prints the functions that the steps need.
    fn functions(&self) -> String {
        let mut source = String::new();
        let prefix = format!("{}_", self.name);
        let dialect = |is_double| {
            // In a network of double precision all functions are.
            let suffix = if is_double && !super::is_double::<F>() { "_double" } else { "" };
            Dialect {
                language: Language::C99,
                is_double: is_double || super::is_double::<F>(),
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

const DOT: &str = "\
/* The sum of products, eight sums at a time. */
static inline FLOAT NAME_dot(size_t size, const FLOAT *x, const FLOAT *w)
{
    FLOAT sums[8] = {ZERO};
    size_t i = 0;

    for (; i + 8 <= size; i += 8) {
        for (size_t k = 0; k < 8; k++) {
            sums[k] += x[i + k] * w[i + k];
        }
    }
    for (size_t k = 0; i + k < size; k++) {
        sums[k] += x[i + k] * w[i + k];
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}
";

const SOFTMAX: &str = "\
/* e^(x - maximum) over the sum of all. */
static void NAME_softmax(size_t size, const FLOAT *x, FLOAT *y)
{
    FLOAT maximum = x[0];
    double sum = 0.0;

    for (size_t k = 1; k < size; k++) {
        maximum = x[k] > maximum ? x[k] : maximum;
    }
    for (size_t k = 0; k < size; k++) {
        y[k] = NAME_exp(x[k] - maximum);
    }
    for (size_t k = 0; k < size; k++) {
        sum += (double)y[k];
    }
    for (size_t k = 0; k < size; k++) {
        y[k] = y[k] / (FLOAT)sum;
    }
}
";

const LOG_SOFTMAX: &str = "\
/* x - maximum - ln(1 + the sum of e^(x - maximum) over all but the maximum). */
static void NAME_log_softmax(size_t size, const FLOAT *x, FLOAT *y)
{
    size_t top = 0;
    double maximum, rest = 0.0;

    for (size_t k = 1; k < size; k++) {
        top = x[k] > x[top] ? k : top;
    }
    maximum = (double)x[top];
    for (size_t k = 0; k < size; k++) {
        rest += k == top ? (double)x[k] - maximum : NAME_exp_DOUBLE((double)x[k] - maximum);
    }
    rest = NAME_ln_1p_DOUBLE(rest);
    for (size_t k = 0; k < size; k++) {
        y[k] = (FLOAT)((double)x[k] - maximum - rest);
    }
}
";

const LAYER_NORM: &str = "\
/* gamma (x - mean) / sqrt(variance + epsilon) + beta. */
static void NAME_layer_norm(size_t size, double epsilon, const FLOAT *gamma, const FLOAT *beta, const FLOAT *x, FLOAT *y)
{
    double mean = 0.0, variance = 0.0, scale;

    for (size_t k = 0; k < size; k++) {
        mean += (double)x[k];
    }
    mean /= (double)size;
    for (size_t k = 0; k < size; k++) {
        variance += ((double)x[k] - mean) * ((double)x[k] - mean);
    }
    scale = NAME_inverse_root_DOUBLE(variance / (double)size + epsilon);
    for (size_t k = 0; k < size; k++) {
        y[k] = gamma[k] * (FLOAT)(((double)x[k] - mean) * scale) + beta[k];
    }
}
";
