//! The vertical axis of a chart.

/// From zero to a round number at or above the greatest value.
pub(super) struct Scale {
    top: u64,
    step: u64,
    height: f64,
}

impl Scale {
    pub(super) fn new(most: u64, height: f64) -> Self {
        let step = round(most.div_ceil(4).max(1));
        Self {
            top: most.div_ceil(step).max(1) * step,
            step,
            height,
        }
    }

    /// How high a value stands.
    pub(super) fn at(&self, value: u64) -> f64 {
        value as f64 / self.top as f64 * self.height
    }

    /// The values that are written at the axis.
    pub(super) fn marks(&self) -> impl Iterator<Item = u64> {
        (0..=self.top / self.step).map(|number| number * self.step)
    }
}

/// The next of 1, 2, 5 times a power of ten.
fn round(least: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for step in [1, 2, 5] {
            let width = power.saturating_mul(step);
            if width >= least {
                return width;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// A round number in few signs: `2k`, `1.5M`.
pub(super) fn short(number: u64) -> String {
    for (unit, name) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] {
        if number >= unit {
            let value = number as f64 / unit as f64;
            return match value.fract() == 0.0 {
                true => format!("{value:.0}{name}"),
                false => format!("{value:.1}{name}"),
            };
        }
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round() {
        let marks = |most: u64| Scale::new(most, 100.0).marks().collect::<Vec<_>>();
        assert_eq!(marks(0), [0, 1]);
        assert_eq!(marks(3), [0, 1, 2, 3]);
        assert_eq!(marks(987), [0, 500, 1000]);
        assert_eq!(marks(1_204_000), [0, 500_000, 1_000_000, 1_500_000]);
        assert_eq!(Scale::new(1000, 100.0).at(500), 50.0);
        assert_eq!(
            [short(0), short(1500), short(2_000_000)],
            ["0", "1.5k", "2M"]
        );
        assert!(Scale::new(u64::MAX / 8, 1.0).marks().count() < 12);
    }
}
