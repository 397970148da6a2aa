//! [`ModuleSettings`]: what a pickled module of PyTorch says of itself besides its tensors.

/// The class of a module of PyTorch, and the settings that a state dict does not hold.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(not(feature = "pytorch"), allow(dead_code, reason = "only pickles hold them"))]
pub(super) struct ModuleSettings {
    /// Module and name, such as "torch.nn.modules.linear.Linear".
    pub(super) class: String,
    /// The epsilon of a normalization.
    pub(super) epsilon: Option<f64>,
    /// The momentum of a batch normalization; `None` if it averages over all batches.
    pub(super) momentum: Option<f64>,
}
