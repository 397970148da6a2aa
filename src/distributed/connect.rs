//! [`connect`]: the communicator of the program, however it was started.

use super::Communicator;
use crate::Result;

/// Returns the communicator of this program: MPI with the feature `mpi`, and [`Alone`](super::Alone) without it. The
/// same program then runs alone and under `mpirun`.
///
/// ```no_run
/// use feedforward::distributed::connect;
///
/// fn main() -> Result<(), feedforward::Error> {
///     let communicator = connect()?;
///     println!("rank {} of {}", communicator.rank(), communicator.size());
///     Ok(())
/// }
/// ```
///
/// # Errors
/// Those of `Mpi::new`. Without the feature, when `mpirun` or `srun` has started more than one rank: each of them would
/// do all the work alone.
pub fn connect() -> Result<Box<dyn Communicator>> {
    #[cfg(feature = "mpi")]
    return Ok(Box::new(super::Mpi::new()?));
    #[cfg(not(feature = "mpi"))]
    match started_by_mpirun() {
        Some(ranks) if ranks > 1 => {
            let expected = "a program that is built with feedforward's feature `mpi`";
            Err(crate::Error::invalid(
                "distributed::connect",
                expected,
                format!("one without, started on {ranks} ranks"),
            ))
        }
        _ => Ok(Box::new(super::Alone)),
    }
}

/// Returns the number of ranks that `mpirun`, `mpiexec` or `srun` has started, if one of them has started this process.
///
/// It reads the variables of the environment that Open MPI, MPICH, Intel MPI, MVAPICH and Slurm set.
pub fn started_by_mpirun() -> Option<usize> {
    // Slurm sets `SLURM_NTASKS` in a batch script too, where the program is started once.
    let names = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"];
    names.into_iter().find_map(|name| std::env::var(name).ok()?.parse().ok())
}
