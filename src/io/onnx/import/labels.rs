//! The labels of a classifier, as scikit-learn's converter and the crate write them.

use super::graph::Graph;
use super::step::Step;
use super::walk::walk;
use crate::data::invalid_data;
use std::io;

/// Labels, and the scores that the label of the largest is taken of.
#[derive(Debug)]
pub(super) struct Labels<'g> {
    /// `None` for the numbers of the classes themselves.
    pub(super) names: Option<Vec<String>>,
    pub(super) scores: &'g str,
}

/// Reads an output that is the label of the largest score.
pub(super) fn read<'g>(graph: &'g Graph, output: &'g str) -> io::Result<Labels<'g>> {
    let unknown = || invalid_data("expected labels that a node makes, found others");
    let mut node = graph.maker(output).ok_or_else(unknown)?;
    let mut names = None;
    // A few nodes of each operator at most.
    for _ in 0..16 {
        let before = match node.operator.as_str() {
            "ArgMax" if matches!(node.int("axis", 0), 1 | -1) && node.int("select_last_index", 0) == 0 => {
                return Ok(Labels { names, scores: node.required(0)? });
            }
            "Cast" | "Identity" | "Reshape" | "Squeeze" | "Flatten" => node.required(0)?,
            "Gather" | "ai.onnx.ml.ArrayFeatureExtractor" if names.is_none() => {
                let classes = graph.labels(node.required(0)?).map_err(|error| node.fault(error))?;
                let classes = classes.ok_or_else(|| node.fault("expected constant labels, found others"))?;
                names = Some(classes);
                node.required(1)?
            }
            _ => return Err(node.fault("expected the label of the largest score, found another one")),
        };
        node = graph.maker(before).ok_or_else(|| node.fault("expected labels of data, found constant ones"))?;
    }
    Err(node.fault("expected the label of the largest score, found many nodes between the two"))
}

/// Demands that the labels are those of the largest of these outputs.
pub(super) fn check_scores(graph: &Graph, labels: &Labels<'_>, output: &str) -> io::Result<()> {
    let (first, last) = match graph.order(labels.scores) <= graph.order(output) {
        true => (labels.scores, output),
        false => (output, labels.scores),
    };
    let steps = walk(graph, first, last)?;
    // They keep the order of the scores.
    if steps.iter().all(|located| matches!(located.step, Step::Softmax { .. })) {
        return Ok(());
    }
    Err(invalid_data("expected the label of the largest output, found that of other scores"))
}
