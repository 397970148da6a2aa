//! The networks that are modelled, with the source of each figure.

use crate::cost::Link;

#[derive(Clone, Debug)]
pub struct Network {
    pub name: String,
    pub link: Link,
    /// Where latency and bandwidth are from.
    pub source: String,
}

/// The published figures; the links of the page in `README.md` lead to them.
pub fn published() -> [Network; 3] {
    [
        network(
            "10 Gbit/s",
            20.0,
            9.41,
            "20 us: TCP over 10 GbE, Hurwitz and Feng 2003. 9.41 Gbit/s: assumption, what headers leave at an MTU of \
             1500",
        ),
        network(
            "100 Gbit/s",
            1.05,
            96.8,
            "EDR InfiniBand, OSU micro-benchmarks: Azure HC-series, 1.05 us and 96.8 Gbit/s",
        ),
        network("400 Gbit/s", 2.0, 400.0, "NDR InfiniBand: Azure HBv4-series, below 2 us and 400 Gbit/s"),
    ]
}

/// Makes a network of a latency in microseconds and a bandwidth in Gbit/s.
pub fn network(name: &str, microseconds: f64, gbits: f64, source: &str) -> Network {
    let link = Link { latency: microseconds * 1e-6, bandwidth: gbits * 1e9 / 8.0 };
    Network { name: name.into(), link, source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_seconds_and_bytes() {
        let link = network("", 2.0, 400.0, "").link;
        assert_eq!((link.latency, link.bandwidth), (2e-6, 50e9));
    }

    /// Of 1538 bytes on the wire (preamble 8, header 14, check sum 4, gap 12), 1500 less 52 of IP and TCP are payload.
    #[test]
    fn headers_leave_9_41_of_10_gbits() {
        let payload = 10.0 * (1500.0 - 52.0) / (1500.0 + 8.0 + 14.0 + 4.0 + 12.0);
        assert!((payload - 9.41_f64).abs() < 0.005, "{payload}");
    }
}
