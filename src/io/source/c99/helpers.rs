//! The helpers of networks in C99. NAME, FLOAT, ZERO and _DOUBLE stand for what the printer fills in.

pub(super) const DOT: &str = "\
/* The sum of products, eight sums at a time. */
static inline FLOAT NAME_dot(size_t size, const FLOAT *x, const FLOAT *w)
{
    FLOAT sums[8] = {ZERO};
    size_t i = 0;

    for (; i + 32 <= size; i += 32) {
        for (size_t k = 0; k < 8; k++) {
            sums[k] += (x[i + k] * w[i + k] + x[i + k + 8] * w[i + k + 8])
                + (x[i + k + 16] * w[i + k + 16] + x[i + k + 24] * w[i + k + 24]);
        }
    }
    for (; i + 8 <= size; i += 8) {
        for (size_t k = 0; k < 8; k++) {
            sums[k] += x[i + k] * w[i + k];
        }
    }
    for (size_t k = 0; i + k < size; k++) {
        sums[k] += x[i + k] * w[i + k];
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}
";

pub(super) const SOFTMAX: &str = "\
/* e^(x - maximum) over the sum of all. */
static void NAME_softmax(size_t size, const FLOAT *x, FLOAT *y)
{
    FLOAT maximum = x[0];
    double sum = 0.0;

    for (size_t k = 1; k < size; k++) {
        maximum = x[k] > maximum ? x[k] : maximum;
    }
    for (size_t k = 0; k < size; k++) {
        y[k] = NAME_exp(x[k] - maximum);
    }
    for (size_t k = 0; k < size; k++) {
        sum += (double)y[k];
    }
    for (size_t k = 0; k < size; k++) {
        y[k] = y[k] / (FLOAT)sum;
    }
}
";

pub(super) const LOG_SOFTMAX: &str = "\
/* x - maximum - ln(1 + the sum of e^(x - maximum) over all but the maximum). */
static void NAME_log_softmax(size_t size, const FLOAT *x, FLOAT *y)
{
    size_t top = 0;
    double maximum, rest = 0.0;

    for (size_t k = 1; k < size; k++) {
        top = x[k] > x[top] ? k : top;
    }
    maximum = (double)x[top];
    for (size_t k = 0; k < size; k++) {
        rest += k == top ? (double)x[k] - maximum : NAME_exp_DOUBLE((double)x[k] - maximum);
    }
    rest = NAME_ln_1p_DOUBLE(rest);
    for (size_t k = 0; k < size; k++) {
        y[k] = (FLOAT)((double)x[k] - maximum - rest);
    }
}
";

pub(super) const LAYER_NORM: &str = "\
/* gamma (x - mean) / sqrt(variance + epsilon) + beta. */
static void NAME_layer_norm(size_t size, double epsilon, const FLOAT *gamma, const FLOAT *beta, const FLOAT *x,
                            FLOAT *y)
{
    double mean = 0.0, variance = 0.0, scale;

    for (size_t k = 0; k < size; k++) {
        mean += (double)x[k];
    }
    mean /= (double)size;
    for (size_t k = 0; k < size; k++) {
        variance += ((double)x[k] - mean) * ((double)x[k] - mean);
    }
    scale = NAME_inverse_root_DOUBLE(variance / (double)size + epsilon);
    for (size_t k = 0; k < size; k++) {
        y[k] = gamma[k] * (FLOAT)(((double)x[k] - mean) * scale) + beta[k];
    }
}
";
