//! What one core can do at most: a loop of independent fused multiply-adds.

use std::hint::black_box;
use std::time::Instant;

/// Billions of floating-point operations a second, an FMA counting for two; `None` on a processor without AVX2 and FMA.
pub fn gflops() -> Option<f64> {
    const ROUNDS: usize = 200_000;
    let operations = (ROUNDS * ACCUMULATORS * LANES * 2) as f64;
    // The best of many short bursts (about 0.7 ms each) is the one that nobody disturbed.
    let bursts = (0..300).map(|_| {
        let start = Instant::now();
        black_box(burst(ROUNDS)?);
        Some(operations / start.elapsed().as_secs_f64() / 1e9)
    });
    bursts.collect::<Option<Vec<_>>>()?.into_iter().reduce(f64::max)
}

/// Two FMA units with a latency of 4 or 5 cycles need 10 independent sums to be kept busy.
const ACCUMULATORS: usize = 12;
const LANES: usize = 8;

#[cfg(target_arch = "x86_64")]
fn burst(rounds: usize) -> Option<f32> {
    use std::arch::x86_64::{_mm256_add_ps, _mm256_cvtss_f32, _mm256_fmadd_ps, _mm256_set1_ps, _mm256_setzero_ps};

    #[target_feature(enable = "avx2,fma")]
    fn sums(rounds: usize) -> f32 {
        let (left, right) = (_mm256_set1_ps(black_box(1.01)), _mm256_set1_ps(black_box(0.99)));
        let mut sums = [_mm256_setzero_ps(); ACCUMULATORS];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(left, right, *sum);
            }
        }
        _mm256_cvtss_f32(sums.into_iter().fold(_mm256_setzero_ps(), |total, sum| _mm256_add_ps(total, sum)))
    }

    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has both features, as just asked.
        Some(unsafe { sums(rounds) })
    } else {
        None
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn burst(_rounds: usize) -> Option<f32> {
    None
}
