//! Turns the bodies of [`LIBRARY`] into C or Rust, in single or double precision.

use super::functions::{Constant, Function, LIBRARY, constant, polynomial};
use super::number::decimal;
use std::collections::BTreeSet;

/// A language in one precision.
#[derive(Clone, Copy)]
pub(super) struct Dialect<'a> {
    pub(super) language: Language,
    pub(super) is_double: bool,
    /// What each function's name begins and ends with.
    pub(super) prefix: &'a str,
    pub(super) suffix: &'a str,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Language {
    C99,
    Rust,
}

/// Returns the functions that these need, themselves included, each after those that it uses.
pub(super) fn with_dependencies<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'static Function> {
    let mut needed: BTreeSet<&str> = names.into_iter().collect();
    let mut found = Vec::new();
    for function in LIBRARY.iter().rev() {
        if needed.contains(function.name) {
            needed.extend(tokens(function.body).filter(|token| LIBRARY.iter().any(|other| other.name == *token)));
            found.push(function);
        }
    }
    found.reverse();
    found
}

/// Returns whether a function looks at the bits of a number.
pub(super) fn needs_bits(function: &Function) -> bool {
    tokens(function.body).any(|token| token == "to_bits" || token == "from_bits")
}

/// Writes a function of the library.
pub(super) fn translate(function: &Function, dialect: Dialect<'_>) -> String {
    let Dialect { language, prefix, suffix, .. } = dialect;
    let (float, bits) = (dialect.float(), dialect.bits());
    let parameters = ["x"].iter().chain(function.settings);
    let (name, comment) = (function.name, function.comment);
    let mut text = if language == Language::C99 {
        let parameters: Vec<_> = parameters.map(|parameter| format!("{float} {parameter}")).collect();
        format!("/* {comment} */\nstatic inline {float} {prefix}{name}{suffix}({})\n{{\n", parameters.join(", "))
    } else {
        let parameters: Vec<_> = parameters.map(|parameter| format!("{parameter}: {float}")).collect();
        let signature = format!("pub fn {prefix}{name}{suffix}({}) -> {float}", parameters.join(", "));
        format!("/// {comment}\n#[inline]\n{signature} {{\n")
    };
    for line in function.body.lines() {
        let (start, expression) = line.trim().split_once(' ').unwrap_or_default();
        let (name, expression) = expression.split_once(" = ").unwrap_or(("", expression));
        let expression = dialect.expression(expression);
        text += &match (language, start) {
            (Language::C99, "let") => format!("    const {float} {name} = {expression};\n"),
            (Language::C99, "bits") => format!("    const {bits} {name} = {expression};\n"),
            (Language::C99, _) => format!("    return {expression};\n"),
            (Language::Rust, "let" | "bits") => format!("    let {name} = {expression};\n"),
            (Language::Rust, _) => format!("    {expression}\n"),
        };
    }
    text + "}\n"
}

impl Dialect<'_> {
    /// Returns the type of numbers.
    pub(super) fn float(self) -> &'static str {
        match (self.language, self.is_double) {
            (Language::C99, false) => "float",
            (Language::C99, true) => "double",
            (Language::Rust, false) => "f32",
            (Language::Rust, true) => "f64",
        }
    }

    /// Returns the type of unsigned integers with as many bits.
    pub(super) fn bits(self) -> &'static str {
        match (self.language, self.is_double) {
            (Language::C99, false) => "uint32_t",
            (Language::C99, true) => "uint64_t",
            (Language::Rust, false) => "u32",
            (Language::Rust, true) => "u64",
        }
    }

    /// Writes a number in decimal digits, exactly.
    pub(super) fn number(self, value: f64) -> String {
        let digits = if self.is_double { decimal(value) } else { decimal(value as f32) };
        let suffix = if self.language == Language::C99 && !self.is_double { "f" } else { "" };
        format!("{digits}{suffix}")
    }

    /// Writes an expression.
    fn expression(self, text: &str) -> String {
        let mut written = String::new();
        let mut rest = text;
        while let Some(token) = tokens(rest).next() {
            rest = &rest[token.len()..];
            let arguments = if rest.starts_with('(') { arguments(rest) } else { None };
            match (token, arguments) {
                ("select", Some((arguments, after))) => {
                    written += &self.select(&arguments);
                    rest = after;
                }
                ("to_bits" | "from_bits", Some(_)) if self.language == Language::Rust => {
                    written += &format!("{}::{token}", self.float());
                }
                (name, Some((arguments, after))) if polynomial(name, self.is_double).is_some() => {
                    let coefficients = polynomial(name, self.is_double).unwrap_or_default();
                    if let [x, square] = arguments[..] {
                        written += &self.polynomial(&coefficients, x, square);
                    }
                    rest = after;
                }
                (name, Some(_)) if name.starts_with(is_letter) => {
                    written += &format!("{}{name}{}", self.prefix, self.suffix);
                }
                (token, _) if token.starts_with(|c: char| c.is_ascii_digit()) && token.contains('.') => {
                    written += &token.parse().map_or_else(|_| token.to_owned(), |value| self.number(value));
                }
                (token, _) => {
                    written += &match constant(token, self.is_double) {
                        Some(Constant::Number(value)) => self.number(value),
                        Some(Constant::Bits(bits)) if bits < 64 => bits.to_string(),
                        Some(Constant::Bits(bits)) => format!("{bits:#x}"),
                        None => token.to_owned(),
                    };
                }
            }
        }
        written
    }

    fn select(self, arguments: &[&str]) -> String {
        let written: Vec<_> = arguments.iter().map(|argument| self.expression(argument)).collect();
        let [condition, yes, no] = &written[..] else { return String::new() };
        match self.language {
            Language::C99 => format!("({condition} ? {yes} : {no})"),
            Language::Rust => format!("if {condition} {{ {yes} }} else {{ {no} }}"),
        }
    }

    /// Writes (c0 + c1 * x) + square * ((c2 + c3 * x) + square * (...)), two pairs a line.
    fn polynomial(self, coefficients: &[f64], x: &str, square: &str) -> String {
        let mut pairs = coefficients.chunks(2).enumerate().peekable();
        let (mut written, mut brackets) = (String::from("("), 1);
        while let Some((index, pair)) = pairs.next() {
            written += &match pair {
                [constant, factor] => format!("({} + {} * {x})", self.number(*constant), self.number(*factor)),
                [constant] => self.number(*constant),
                _ => String::new(),
            };
            if pairs.peek().is_some() {
                let gap = if index % 2 == 1 { "\n        " } else { " " };
                // The last one needs no bracket of its own.
                let is_last = pairs.len() == 1;
                let open = if is_last { "" } else { "(" };
                brackets += usize::from(!is_last);
                written += &format!(" +{gap}{square} * {open}");
            }
        }
        written + &")".repeat(brackets)
    }
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

/// Splits a text into names, numbers, and single characters.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_word = is_letter(first) || first.is_ascii_digit();
        let inside = |c: char| is_letter(c) || c.is_ascii_digit() || (c == '.' && first.is_ascii_digit());
        let length = if is_word { rest.find(|c| !inside(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

/// Splits the arguments in brackets from what follows.
fn arguments(text: &str) -> Option<(Vec<&str>, &str)> {
    let (mut depth, mut start, mut found) = (0, 1, Vec::new());
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && character == ',') {
            found.push(text.get(start..index)?.trim());
            start = index + 1;
        }
        if depth == 0 {
            return Some((found, &text[start..]));
        }
    }
    None
}
