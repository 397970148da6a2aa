//! Source code: a network as one file of C99 or Rust, for machines without this crate, and for speed.
//!
//! A [`Model`] becomes a [`Program`](program::Program) of steps; a printer for each language writes it down. The
//! functions that activations need are written once, in [`functions`].

mod buffers;
mod c99;
mod functions;
mod name;
mod number;
mod parts;
mod program;
mod rust;
mod translate;

use super::Model;
use crate::{Float, Network, Result};
use name::{check_labels, check_name};
use parts::Text;
use program::Program;
use std::borrow::Cow;

impl<F: Float> Network<F> {
    /// Writes the network as one C99 file with a function of this name, which predicts one row.
    ///
    /// `void name(const float input[4], float output[3]);` for an `f32` network of 4 inputs and 3 outputs, with
    /// `double` for `f64`. The file needs no library, not even `<math.h>`, and no heap: weights are constant tables,
    /// exact in hexadecimal, and buffers are on the stack, so that threads and interrupts may call it at once. It
    /// compiles without warnings under `-std=c99 -Wall -Wextra -pedantic`. It agrees with [`predict`](Self::predict) to
    /// 1e-6 of the largest output (1e-12 for `f64`); a NaN in the input is one in the output. The same network gives
    /// the same text. Do not compile it with `-ffast-math`.
    ///
    /// With sizes known to the compiler it is also the fastest way to run a small network: see `benches/exported`.
    ///
    /// # Errors
    /// When the name is not an identifier of C and Rust, a layer or an activation is not one of this crate, or a number
    /// is not finite. The kind of a layer is what [`describe`](crate::Layer::describe) says: a layer of your own must
    /// not take the name of one of the crate's.
    ///
    /// ```
    /// use feedforward::{Dense, Network, Relu};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[1.5, -2.0]], None, Relu)?;
    /// let source = Network::from_layers(vec![Box::new(dense)])?.to_c99("ramps")?;
    /// assert!(source.contains("void ramps(const double input[1], double output[2])"));
    /// assert!(source.contains("{0x1.8p+0, -0x1p+1}"));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn to_c99(&self, name: &str) -> Result<String> {
        Model::of_network(Cow::Borrowed(self)).to_c99(name)
    }

    /// Writes the network as one Rust file with a function of this name, which predicts one row.
    ///
    /// `pub fn name(input: &[f32; 4]) -> [f32; 3]`, in a module that needs neither `std` nor a heap nor another crate,
    /// and has no `unsafe`. The rest is as for [`to_c99`](Self::to_c99), with weights in the decimal digits that stand
    /// for them exactly.
    ///
    /// # Errors
    /// As for [`to_c99`](Self::to_c99).
    ///
    /// ```
    /// use feedforward::{Dense, Network, Relu};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[1.5, -2.0]], None, Relu)?;
    /// let source = Network::from_layers(vec![Box::new(dense)])?.to_rust("ramps")?;
    /// assert!(source.contains("pub fn ramps(input: &[f64; 1]) -> [f64; 2] {"));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn to_rust(&self, name: &str) -> Result<String> {
        Model::of_network(Cow::Borrowed(self)).to_rust(name)
    }
}

impl<F: Float> Model<'_, F> {
    /// Writes the model as one C99 file.
    pub(crate) fn to_c99(&self, name: &str) -> Result<String> {
        self.print("to_c99", name, c99::print)
    }

    /// Writes the model as one Rust file.
    pub(crate) fn to_rust(&self, name: &str) -> Result<String> {
        self.print("to_rust", name, rust::print)
    }

    fn print(
        &self,
        operation: &'static str,
        name: &str,
        printer: fn(&str, &Program<F>, &Text) -> String,
    ) -> Result<String> {
        check_name(operation, name)?;
        if let Some(labels) = &self.labels {
            check_labels(operation, labels, self.network.output_size())?;
        }
        Ok(printer(name, &Program::new(operation, self)?, &Text::new(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Identity, Relu};

    /// Names of columns stand in comments: nothing in them may end one, or begin another line.
    #[test]
    fn names_of_columns_are_comments_of_one_line() {
        let network = Network::<f32>::builder(3).dense(2, Relu).dense(1, Identity).build().unwrap();
        let names = ["length", "*/ \n int x; \\", "Größe ??/"].map(String::from);
        let model = Model { column_names: Some(Cow::Borrowed(&names)), ..Model::of_network(Cow::Borrowed(&network)) };
        for source in [model.to_c99("net").unwrap(), model.to_rust("net").unwrap()] {
            assert!(source.contains("//     input[0]: \"length\"\n"), "{source}");
            assert!(source.contains("//     input[1]: \"*/ \\n int x; \\\\\"\n"), "{source}");
            assert!(source.contains("//     input[2]: \"Gr\\u{f6}\\u{df}e ??/\"\n"), "{source}");
        }
    }
}
