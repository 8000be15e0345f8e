//! The first thing that a policy asks, where that is a comparison of a place with a whole number: most policies say no by it, and
//! to read a hundred of these one behind the other takes a fraction of a microsecond.

/// A comparison without which a policy says nothing. Places are numbered by the sieve.
pub(super) struct Gate {
    pub place: usize,
    /// How what stands there has to compare.
    pub order: Order,
    pub number: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Equal,
    MoreOrEqual,
    More,
}

impl Gate {
    /// Whether it is certainly closed, where these numbers stand at the places; `None` where no whole number does.
    pub(super) fn is_closed(&self, numbers: &[Option<i64>]) -> bool {
        let Some(number) = numbers.get(self.place).copied().flatten() else { return false };
        !match self.order {
            Order::Less => number < self.number,
            Order::LessOrEqual => number <= self.number,
            Order::Equal => number == self.number,
            Order::MoreOrEqual => number >= self.number,
            Order::More => number > self.number,
        }
    }
}

impl Order {
    /// The same with its sides changed over.
    pub(super) fn turned(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::LessOrEqual => Self::MoreOrEqual,
            Self::Equal => Self::Equal,
            Self::MoreOrEqual => Self::LessOrEqual,
            Self::More => Self::Less,
        }
    }
}
