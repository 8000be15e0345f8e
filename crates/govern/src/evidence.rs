//! When AI may go further with an action: enough reviewed cases, and a share of them that is good enough for certain.

use crate::Level;

/// Reviewed cases that are needed before AI acts by itself.
pub const REVIEWED_MIN: u64 = 50;
/// What the lower bound of the share that people approved has to reach.
pub const APPROVED_MIN: f64 = 0.9;
/// Two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// Evidence for a level.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Evidence {
    /// Cases that people have reviewed.
    pub reviewed: u64,
    /// Of these, approved as asked.
    pub approved: u64,
    /// Lower bound of the share approved (Wilson score interval, 95 %).
    pub lower_bound: f64,
}

impl Evidence {
    /// From counts.
    pub fn of(reviewed: u64, approved: u64) -> Self {
        Self { reviewed, approved, lower_bound: wilson(approved, reviewed).0 }
    }

    /// Whether it carries a rise from one level to another; else why not. Going down, and letting AI ask people, needs
    /// none.
    pub fn carries(&self, from: Level, to: Level) -> Result<(), String> {
        if to <= from || to < Level::Act {
            return Ok(());
        }
        if self.reviewed < REVIEWED_MIN {
            return Err(format!("{} reviewed cases, {REVIEWED_MIN} are needed", self.reviewed));
        }
        if self.lower_bound < APPROVED_MIN {
            let (bound, bar) = (self.lower_bound * 100.0, APPROVED_MIN * 100.0);
            return Err(format!("people approved at least {bound:.1} % for certain, {bar:.0} % are needed"));
        }
        Ok(())
    }
}

/// Wilson score interval of a share at 95 % (E. B. Wilson, 1927): `(low, high)`; everything is possible of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of cases")]
pub fn wilson(hits: u64, of: u64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, z2) = (of as f64, Z * Z);
    let share = hits as f64 / n;
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_as_published() {
        // Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
        let (low, high) = wilson(81, 263);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
        let (low, high) = wilson(0, 20);
        assert!(low.abs() < 1e-12 && (high - 0.161_125_158).abs() < 1e-8, "{low} {high}");
    }

    #[test]
    fn only_enough_good_cases_carry_a_rise_to_acting_alone() {
        let rises = |reviewed, approved| Evidence::of(reviewed, approved).carries(Level::ActWithApproval, Level::Act);
        assert!(rises(49, 49).unwrap_err().contains("49 reviewed"));
        assert_eq!(rises(50, 50), Ok(()));
        assert!(rises(50, 47).is_err());
        assert_eq!(rises(200, 190), Ok(()));
        assert_eq!(Evidence::of(0, 0).carries(Level::Act, Level::Suggest), Ok(()));
        assert_eq!(Evidence::of(0, 0).carries(Level::Observe, Level::ActWithApproval), Ok(()));
    }
}
