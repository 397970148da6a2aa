//! [`Exporter`]: nodes that take the value before them.

use super::super::body::{Attribute, Body, type_of};
use super::super::functions::DOMAIN;
use super::super::messages::data_type;
use crate::Float;
use std::collections::BTreeSet;
use std::marker::PhantomData;

/// Adds nodes one after another: each takes the value before it.
#[derive(Debug)]
pub(super) struct Exporter<F> {
    body: Body,
    /// The name of the last value.
    value: String,
    /// The functions that the nodes call.
    functions: BTreeSet<&'static str>,
    of: PhantomData<F>,
}

impl<F: Float> Exporter<F> {
    pub(super) fn new(input: &str) -> Self {
        Self { body: Body::default(), value: input.to_owned(), functions: BTreeSet::new(), of: PhantomData }
    }

    /// Returns the nodes, the name of the last value and the functions that the nodes call.
    pub(super) fn finish(self) -> (Body, String, BTreeSet<&'static str>) {
        (self.body, self.value, self.functions)
    }

    pub(super) fn body(&mut self) -> &mut Body {
        &mut self.body
    }

    /// Returns the name of the last value.
    pub(super) fn value(&self) -> &str {
        &self.value
    }

    /// Returns whether the model is in double precision, for which onnxruntime lacks kernels.
    pub(super) fn is_double(&self) -> bool {
        type_of::<F>() == data_type::DOUBLE
    }

    /// Applies an operator to the last value and to these constants.
    pub(super) fn apply(&mut self, operator: &str, constants: &[&str], attributes: &[(&str, Attribute)]) {
        let inputs: Vec<_> = [&*self.value].into_iter().chain(constants.iter().copied()).collect();
        self.value = self.body.node(operator, &inputs, attributes);
    }

    /// Applies an operator to the last value and to another one.
    pub(super) fn combine(&mut self, operator: &str, with: &str) {
        self.value = self.body.node(operator, &[with, &self.value], &[]);
    }

    /// Applies a function of the model's own to the last value and to these constants.
    pub(super) fn call(&mut self, function: &'static str, constants: &[&str]) {
        let inputs: Vec<_> = [&*self.value].into_iter().chain(constants.iter().copied()).collect();
        self.value = self.body.node_in(DOMAIN, function, &inputs, &[]);
        self.functions.insert(function);
    }

    /// Adds nodes that compute in double precision and round once.
    pub(super) fn in_double(&mut self, add: impl FnOnce(&mut Self)) {
        let cast = |exporter: &mut Self, to: i32| {
            if !exporter.is_double() {
                exporter.apply("Cast", &[], &[("to", Attribute::Int(to.into()))]);
            }
        };
        cast(self, data_type::DOUBLE);
        add(self);
        cast(self, type_of::<F>());
    }
}
