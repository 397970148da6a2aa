//! What ranks do before they solve a problem together: they compare it, and take over the values of rank 0.

use crate::distributed::{Communicator, agree_on};
use crate::kernel::{as_bytes, as_bytes_mut};
use crate::training::{demand_same_parts, describe_data, describe_network};
use crate::{Dataset, Float, Loss, Network, Result};

/// What must be the same on all ranks: names, as they stand in an error, and values.
pub(super) type Parts = Vec<(&'static str, String)>;

/// Demands that all ranks have the same network, data, loss and settings, and gives all the values of rank 0.
pub(super) fn prepare<F: Float>(
    communicator: &dyn Communicator,
    operation: &'static str,
    network: &mut Network<F>,
    data: &Dataset<F>,
    loss: &dyn Loss<F>,
    settings: Parts,
) -> Result<()> {
    if communicator.size() == 1 {
        return Ok(());
    }
    let mut parts = vec![("the call of", operation.to_owned())];
    parts.extend(describe_network(network));
    parts.extend([
        ("the precision", std::any::type_name::<F>().to_owned()),
        ("data", agree_on(communicator, describe_data(operation, data))?),
        ("the loss", format!("{loss:?}")),
    ]);
    parts.extend(settings);
    demand_same_parts(operation, communicator, &parts)?;
    let mut values = Vec::new();
    network.copy_values(&mut values);
    let mut bytes = as_bytes(&values).to_vec();
    communicator.broadcast(&mut bytes, 0)?;
    as_bytes_mut(&mut values).copy_from_slice(&bytes);
    network.set_values(&values);
    Ok(())
}
