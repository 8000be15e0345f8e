//! Vectors of the texts that came last: one message is asked about several times on its way to a reply.

use crate::Vector;
use std::collections::{HashMap, VecDeque};

/// Texts that are remembered: 400 kB.
const RECENT_MAX: usize = 256;

/// The vectors, by their text's digest, and the digests in the order in which they came.
#[derive(Default)]
pub(crate) struct Recent {
    vectors: HashMap<[u8; 32], Vector>,
    order: VecDeque<[u8; 32]>,
}

impl Recent {
    /// The vector of a text that came lately.
    pub(crate) fn of(&self, key: &[u8; 32]) -> Option<Vector> {
        self.vectors.get(key).copied()
    }

    /// Remembers a text in place of the one that came first.
    pub(crate) fn put(&mut self, key: [u8; 32], vector: Vector) {
        if self.vectors.insert(key, vector).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > RECENT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.vectors.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DIMENSIONS;

    #[test]
    fn the_text_that_came_first_is_forgotten_first_and_none_counts_twice() {
        let key = |number: usize| {
            let mut key = [0_u8; 32];
            key[..8].copy_from_slice(&(number as u64).to_le_bytes());
            key
        };
        let vector = |number: usize| [number as f32; DIMENSIONS];
        let mut recent = Recent::default();
        for number in 0..RECENT_MAX {
            recent.put(key(number), vector(number));
        }
        recent.put(key(1), vector(1));
        assert!((0..RECENT_MAX).all(|number| recent.of(&key(number)) == Some(vector(number))));
        recent.put(key(RECENT_MAX), vector(RECENT_MAX));
        assert!(recent.of(&key(0)).is_none() && recent.of(&key(1)).is_some());
        assert_eq!(recent.of(&key(RECENT_MAX)), Some(vector(RECENT_MAX)));
        assert_eq!((recent.vectors.len(), recent.order.len()), (RECENT_MAX, RECENT_MAX));
    }
}
