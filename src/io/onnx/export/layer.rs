//! [`Exporter`]: the nodes of each layer.

use super::super::body::{Attribute, Body, type_of};
use super::super::functions::DOMAIN;
use super::super::messages::data_type;
use super::OPERATION;
use super::activation;
use crate::{Description, Error, Float, Layer, Parameter, Result};
use std::collections::BTreeSet;
use std::marker::PhantomData;

/// Adds nodes for layer after layer: each takes the value before it.
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

    /// Adds layers one after another; `prefix` is the place of the layers that they are inside of.
    pub(super) fn layers(&mut self, layers: &[Box<dyn Layer<F>>], prefix: &str) -> Result<()> {
        for (index, layer) in layers.iter().enumerate() {
            self.layer(&**layer, &format!("{prefix}{index}"))?;
        }
        Ok(())
    }

    fn layer(&mut self, layer: &dyn Layer<F>, place: &str) -> Result<()> {
        let description = layer.describe();
        let parameters = layer.parameters();
        let unknown = || Error::invalid(OPERATION, "layers of the crate", format!("layer {place}, {description}"));
        match (description.kind(), &parameters[..]) {
            ("Dense", [weight, others @ ..]) if others.len() <= 1 => {
                self.dense(weight, others.first().copied(), place);
                self.activation(&description, place)
            }
            ("ActivationLayer", []) => self.activation(&description, place),
            (kind @ ("Softmax" | "LogSoftmax"), []) => {
                self.apply(kind, &[], &[("axis", Attribute::Int(-1))]);
                Ok(())
            }
            ("Dropout", _) => Ok(()),
            ("BatchNorm", [_, _, _, _]) => self.norm("BatchNormalization", &description, &parameters, place),
            ("LayerNorm", [_, _]) => self.norm("LayerNormalization", &description, &parameters, place),
            ("Affine", [_, _, _]) => {
                let names: Vec<_> = parameters.iter().map(|parameter| self.wide_parameter(parameter, place)).collect();
                self.in_double(|exporter| {
                    for (operator, name) in ["Sub", "Mul", "Add"].iter().zip(&names) {
                        exporter.apply(operator, &[name], &[]);
                    }
                });
                Ok(())
            }
            ("Residual", _) => {
                let before = self.value.clone();
                self.layers(layer.layers(), &format!("{place}."))?;
                self.combine("Add", &before);
                Ok(())
            }
            ("Chain", _) => self.layers(layer.layers(), &format!("{place}.")),
            _ => Err(unknown()),
        }
    }

    fn dense(&mut self, weight: &Parameter<F>, bias: Option<&Parameter<F>>, place: &str) {
        let sizes = [weight.value().nrows(), weight.value().ncols()];
        let weight = self.body.constant(format!("{place}.weight"), &sizes, weight.values());
        match bias {
            Some(bias) => {
                let bias = self.parameter(bias, place);
                self.apply("Gemm", &[&weight, &bias], &[]);
            }
            None => self.apply("MatMul", &[&weight], &[]),
        }
    }

    /// Adds a normalization. The settings of ONNX are in single precision, so double precision has a function.
    fn norm(
        &mut self,
        operator: &'static str,
        description: &Description,
        parameters: &[&Parameter<F>],
        place: &str,
    ) -> Result<()> {
        let mut names: Vec<_> = parameters.iter().map(|parameter| self.parameter(parameter, place)).collect();
        let epsilon = description.number("epsilon").unwrap_or_default();
        if self.is_double() {
            names.push(self.body.scalar::<F>(epsilon));
            self.call(operator, &names.iter().map(String::as_str).collect::<Vec<_>>());
        } else {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            self.apply(operator, &names, &[("epsilon", Attribute::Float(epsilon as f32))]);
        }
        Ok(())
    }

    fn activation(&mut self, description: &Description, place: &str) -> Result<()> {
        let Some(part) = description.part("activation") else {
            return Err(Error::invalid(OPERATION, "layers of the crate", format!("layer {place}, {description}")));
        };
        activation::add(self, part, place)
    }

    /// Adds a parameter that has a number for each feature.
    fn parameter(&mut self, parameter: &Parameter<F>, place: &str) -> String {
        self.body.constant(format!("{place}.{}", parameter.name()), &[parameter.len()], parameter.values())
    }

    /// Adds a parameter in double precision.
    fn wide_parameter(&mut self, parameter: &Parameter<F>, place: &str) -> String {
        let values: Vec<_> = parameter.values().iter().map(|value| value.widen()).collect();
        self.body.double(format!("{place}.{}", parameter.name()), &values)
    }
}
