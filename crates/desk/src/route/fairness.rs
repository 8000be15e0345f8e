//! How evenly work lies on people.

/// Jain's index of fairness (Jain, Chiu, Hawe 1984): 1 where all have the same, 1/n where one has all; 1 for nobody.
pub fn jain(loads: &[f64]) -> f64 {
    let sum: f64 = loads.iter().sum();
    let squares: f64 = loads.iter().map(|load| load * load).sum();
    if squares == 0.0 { 1.0 } else { sum * sum / (count(loads) * squares) }
}

/// Gini coefficient: 0 where all have the same; 0 for nobody.
pub fn gini(loads: &[f64]) -> f64 {
    let sum: f64 = loads.iter().sum();
    if sum == 0.0 {
        return 0.0;
    }
    let mut sorted = loads.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = count(loads);
    let mut place = 1.0;
    let mut total = 0.0;
    for load in sorted {
        total += (2.0 * place - n - 1.0) * load;
        place += 1.0;
    }
    total / (n * sum)
}

#[expect(clippy::cast_precision_loss, reason = "people are counted")]
fn count(loads: &[f64]) -> f64 {
    loads.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shares_are_fair_and_nobody_is_treated_badly_where_nobody_is() {
        assert!((jain(&[3.0, 3.0, 3.0]) - 1.0).abs() < 1e-12 && gini(&[3.0, 3.0]).abs() < 1e-12);
        assert!((jain(&[6.0, 0.0, 0.0]) - 1.0 / 3.0).abs() < 1e-12);
        assert!((jain(&[]) - 1.0).abs() < 1e-12 && gini(&[]).abs() < 1e-12);
    }
}
