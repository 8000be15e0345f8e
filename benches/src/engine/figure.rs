//! One measured figure and its goal.

/// What a figure should be.
#[derive(Clone, Copy)]
pub enum Goal {
    /// This much or more.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
}

/// A figure, measured once or several times; the median counts.
pub struct Figure {
    values: Vec<f64>,
    goal: Goal,
}

impl Figure {
    /// Prints a figure as soon as it is there.
    pub fn print(database: &str, name: &str, unit: &str, mut values: Vec<f64>, goal: Goal) -> Self {
        values.sort_by(f64::total_cmp);
        let figure = Self { values, goal };
        let (min, median, max) = (figure.values[0], figure.median(), figure.values[figure.values.len() - 1]);
        let wanted = match goal {
            Goal::AtLeast(bound) => format!(">= {}", short(bound)),
            Goal::Below(bound) => format!("< {}", short(bound)),
        };
        let verdict = if figure.met() { "ok" } else { "missed" };
        println!(
            "{database:<11} {name:<48} {:>10} {:>10} {:>10} {unit:<8} {wanted:<10} {verdict}",
            short(min),
            short(median),
            short(max)
        );
        figure
    }

    /// Whether it is as it should be.
    pub fn met(&self) -> bool {
        match self.goal {
            Goal::AtLeast(bound) => self.median() >= bound,
            Goal::Below(bound) => self.median() < bound,
        }
    }

    fn median(&self) -> f64 {
        self.values[self.values.len() / 2]
    }
}

/// Names of the columns.
pub fn head() -> String {
    format!("{:<11} {:<48} {:>10} {:>10} {:>10} {:<8} {:<10}", "", "", "min", "median", "max", "", "goal")
}

/// A number with as many digits as mean something.
fn short(number: f64) -> String {
    match number.abs() {
        big if big >= 100.0 => format!("{number:.0}"),
        middle if middle >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// By nearest rank, in a sorted list.
pub fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::INFINITY)
}
