//! The builders as [`Estimator`]s: fitted on some rows, scored on others.

use super::{
    Classifier, ClassifierBuilder, Estimator, MultiLabelBuilder, MultiLabelClassifier, Regressor, RegressorBuilder,
    Scoring, Settings,
};
use crate::data::Label;
use crate::metrics::{
    Average, LabelAverage, accuracy, balanced_accuracy, f1, label_f1, log_loss, mean_absolute_error, r2, roc_auc,
    root_mean_squared_error, subset_accuracy,
};
use crate::{Error, Float, Result};
use ndarray::{Array2, ArrayRef2};

/// The classes of all rows are known in every fit: a fold without rows of one can be scored against the others.
impl<F: Float, L: Label + Send + Sync> Estimator for ClassifierBuilder<'_, F, L> {
    type Model = Classifier<F, L>;

    fn len(&self) -> usize {
        self.plan().rows()
    }

    fn settings(&self) -> &Settings {
        &self.plan().settings
    }

    fn classes(&self) -> Result<Option<Vec<usize>>> {
        Ok(Some(self.encode()?.1))
    }

    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<Classifier<F, L>> {
        self.fit_on(settings, Some(rows))
    }

    fn score_rows(&self, model: &Classifier<F, L>, rows: &[usize], scoring: Scoring) -> Result<f64> {
        let operation = "Classifier::score_rows";
        let (encoder, classes) = self.encode()?;
        self.plan().check_rows(Some(rows))?;
        let chosen: Vec<usize> = rows.iter().filter_map(|&row| classes.get(row).copied()).collect();
        let actual = model.encoder.encode(&encoder.decode(&chosen)?)?;
        let predicted = || self.plan().with_inputs(rows, |inputs| model.predict_classes(operation, inputs))?;
        let probabilities = || self.plan().with_inputs(rows, |inputs| model.predict_proba(inputs))?;
        match scoring {
            Scoring::Accuracy => accuracy(&predicted()?, &actual, None),
            Scoring::BalancedAccuracy => balanced_accuracy(&predicted()?, &actual, None),
            Scoring::MacroF1 => f1(&predicted()?, &actual, Average::Macro, None),
            Scoring::LogLoss => log_loss(&probabilities()?, &actual, None),
            Scoring::RocAuc => roc_auc(&probabilities()?, &actual, None),
            other => Err(Error::invalid(operation, "a score of classes", other)),
        }
    }

    fn default_scoring(&self) -> Scoring {
        Scoring::Accuracy
    }
}

/// The labels of all rows are known in every fit. There is no class of a row: folds do not look at labels.
impl<F: Float, L: Label + Send + Sync> Estimator for MultiLabelBuilder<'_, F, L> {
    type Model = MultiLabelClassifier<F, L>;

    fn len(&self) -> usize {
        self.plan().rows()
    }

    fn settings(&self) -> &Settings {
        &self.plan().settings
    }

    fn classes(&self) -> Result<Option<Vec<usize>>> {
        Ok(None)
    }

    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<MultiLabelClassifier<F, L>> {
        self.fit_on(settings, Some(rows))
    }

    fn score_rows(&self, model: &MultiLabelClassifier<F, L>, rows: &[usize], scoring: Scoring) -> Result<f64> {
        let (_, actual) = self.indicators(Some(rows))?;
        let probabilities = self.plan().with_inputs(rows, |inputs| model.predict_proba(inputs))??;
        match scoring {
            Scoring::Accuracy => subset_accuracy(&probabilities, &actual, None),
            Scoring::MacroF1 => label_f1(&probabilities, &actual, LabelAverage::Macro, None),
            Scoring::LogLoss => label_log_loss(&probabilities, &actual),
            other => Err(Error::invalid("MultiLabelClassifier::score_rows", "a score of labels", other)),
        }
    }

    fn default_scoring(&self) -> Scoring {
        Scoring::Accuracy
    }
}

/// Computes the mean log-loss of the answers yes and no over all rows and labels.
fn label_log_loss<F: Float>(probabilities: &ArrayRef2<F>, actual: &ArrayRef2<F>) -> Result<f64> {
    let yes: Vec<F> = probabilities.iter().copied().collect();
    let pairs = Array2::from_shape_fn((yes.len(), 2), |(row, answer)| match answer {
        0 => F::one() - yes[row],
        _ => yes[row],
    });
    let answers: Vec<usize> = actual.iter().map(|answer| usize::from(answer.is_one())).collect();
    log_loss(&pairs, &answers, None)
}

impl<F: Float> Estimator for RegressorBuilder<'_, F> {
    type Model = Regressor<F>;

    fn len(&self) -> usize {
        self.plan().rows()
    }

    fn settings(&self) -> &Settings {
        &self.plan().settings
    }

    fn classes(&self) -> Result<Option<Vec<usize>>> {
        Ok(None)
    }

    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<Regressor<F>> {
        self.fit_on(settings, Some(rows))
    }

    fn score_rows(&self, model: &Regressor<F>, rows: &[usize], scoring: Scoring) -> Result<f64> {
        let actual = self.targets(Some(rows))?;
        let predicted = self.plan().with_inputs(rows, |inputs| model.predict_all(inputs))??;
        match scoring {
            Scoring::R2 => r2(&predicted, &actual, None),
            Scoring::RootMeanSquaredError => root_mean_squared_error(&predicted, &actual, None),
            Scoring::MeanAbsoluteError => mean_absolute_error(&predicted, &actual, None),
            other => Err(Error::invalid("Regressor::score_rows", "a score of numbers", other)),
        }
    }

    fn default_scoring(&self) -> Scoring {
        Scoring::R2
    }
}
