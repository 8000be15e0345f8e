//! The Merkle tree of RFC 9162, section 2.1: hashes, peaks, roots, and inclusion. Pure.

use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// SHA-256(0x00 || data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the empty tree: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Complete subtrees that a tree of `size` leaves consists of, left to right, as (level, position).
pub fn peaks(size: u64) -> Vec<(u32, u64)> {
    let mut start = 0;
    let mut found = Vec::new();
    for level in (0..u64::BITS).rev() {
        let width = 1_u64 << level;
        if size & width != 0 {
            found.push((level, start >> level));
            start += width;
        }
    }
    found
}

/// A growing tree, held as its peaks only.
#[derive(Debug, Clone, Default)]
pub struct Growing {
    size: u64,
    peaks: Vec<Hash>,
}

/// A complete subtree that came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub level: u32,
    pub position: u64,
    pub hash: Hash,
}

impl Growing {
    /// A tree of this size with the hashes of its [`peaks`].
    pub fn at(size: u64, peaks: Vec<Hash>) -> Self {
        Self { size, peaks }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; returns every subtree completed by it, the leaf first.
    pub fn push(&mut self, leaf: Hash) -> Vec<Node> {
        let mut made = vec![Node { level: 0, position: self.size, hash: leaf }];
        let (mut hash, mut level) = (leaf, 0);
        // As many peaks merge as the old size has trailing ones.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            level += 1;
            made.push(Node { level, position: self.size >> level, hash });
        }
        self.peaks.push(hash);
        self.size += 1;
        made
    }

    pub fn root(&self) -> Hash {
        let mut from_right = self.peaks.iter().rev();
        let Some(last) = from_right.next() else { return empty_root() };
        from_right.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The root that an inclusion path leads to (RFC 9162, section 2.1.3.2); `None` where the path does not fit.
pub fn root_from_path(index: u64, size: u64, leaf: Hash, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// What an inclusion path consists of, nearest sibling first (RFC 9162, section 2.1.3.1): ranges of leaves whose
/// subtree roots are the path.
pub fn path_ranges(index: u64, size: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end, mut ranges) = (0, size, Vec::new());
    while end - start > 1 {
        let split = start + (end - start).next_power_of_two() / 2;
        if index < split {
            ranges.push((split, end));
            end = split;
        } else {
            ranges.push((start, split));
            start = split;
        }
    }
    ranges.reverse();
    ranges
}

/// What a consistency proof consists of (RFC 9162, section 2.1.4.1): ranges of leaves whose subtree roots are the proof
/// that the tree of `old` leaves is the beginning of the tree of `new`.
pub fn consistency_ranges(old: u64, new: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end, mut left, mut whole, mut ranges) = (0, new, old, true, Vec::new());
    if old == 0 || old > new {
        return ranges;
    }
    while left < end - start {
        let half = (end - start).next_power_of_two() / 2;
        if left <= half {
            ranges.push((start + half, end));
            end = start + half;
        } else {
            ranges.push((start, start + half));
            start += half;
            left -= half;
            whole = false;
        }
    }
    if !whole {
        ranges.push((start, end));
    }
    ranges.reverse();
    ranges
}

/// Whether a proof shows that the tree with `old_root` is the beginning of the one with `new_root` (RFC 9162, section
/// 2.1.4.2).
pub fn is_consistent((old, old_root): (u64, Hash), (new, new_root): (u64, Hash), proof: &[Hash]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let first = if old.is_power_of_two() { Some(old_root) } else { None };
    let mut path = first.into_iter().chain(proof.iter().copied());
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let Some(start) = path.next() else { return false };
    let (mut of_old, mut of_new) = (start, start);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            of_old = node_hash(&sibling, &of_old);
            of_new = node_hash(&sibling, &of_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, &sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == old_root && of_new == new_root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All complete subtrees of a tree, held in memory: any range root from few hashes.
    struct Levels(Vec<Vec<Hash>>);

    impl Levels {
        /// From the leaves.
        fn of(leaves: Vec<Hash>) -> Self {
            let mut levels = vec![leaves];
            while levels.last().is_some_and(|level| level.len() > 1) {
                let next = levels.last().map_or_else(Vec::new, |level| {
                    level.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect()
                });
                levels.push(next);
            }
            Self(levels)
        }

        /// Root over the leaves `start..end`, where `start` is a multiple of the range's width rounded up to a power of two;
        /// `None` where they are not all there.
        fn range(&self, start: u64, end: u64) -> Option<Hash> {
            let hashes = peaks(end - start).into_iter().map(|(level, position)| {
                let at = usize::try_from((start >> level) + position).ok()?;
                self.0.get(level as usize)?.get(at).copied()
            });
            Some(Growing::at(end - start, hashes.collect::<Option<Vec<_>>>()?).root())
        }
    }

    fn leaves(n: u8) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&[i])).collect()
    }

    // The definition in RFC 9162, section 2.1.1, as it stands there.
    fn reference(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node_hash(&reference(&many[..split]), &reference(&many[split..]))
            }
        }
    }

    #[test]
    fn grown_roots_equal_the_definition() {
        let all = leaves(70);
        let mut tree = Growing::default();
        for n in 0..all.len() {
            assert_eq!(tree.root(), reference(&all[..n]), "size {n}");
            assert_eq!(peaks(n as u64).len(), tree.peaks.len());
            tree.push(all[n]);
        }
    }

    #[test]
    fn every_path_leads_to_the_root_and_a_wrong_leaf_does_not() {
        let all = leaves(33);
        for size in 1..=all.len() {
            let root = reference(&all[..size]);
            for index in 0..size {
                let ranges = path_ranges(index as u64, size as u64);
                let path: Vec<_> = ranges.iter().map(|(a, b)| reference(&all[*a as usize..*b as usize])).collect();
                let from = |leaf| root_from_path(index as u64, size as u64, leaf, &path);
                assert_eq!(from(all[index]), Some(root), "{index} of {size}");
                assert_ne!(from(leaf_hash(b"other")), Some(root));
            }
        }
    }

    #[test]
    fn a_tree_is_consistent_with_its_beginnings_and_with_nothing_else() {
        let all = leaves(40);
        let levels = Levels::of(all.clone());
        for new in 1..=all.len() {
            for old in 1..=new {
                let ranges = consistency_ranges(old as u64, new as u64);
                let proof: Vec<_> = ranges.iter().map(|(a, b)| levels.range(*a, *b).unwrap()).collect();
                let by_definition: Vec<_> =
                    ranges.iter().map(|(a, b)| reference(&all[*a as usize..*b as usize])).collect();
                assert_eq!(proof, by_definition, "{old} of {new}");
                let of = |n: usize| (n as u64, reference(&all[..n]));
                assert!(is_consistent(of(old), of(new), &proof), "{old} of {new}");
                assert!(!is_consistent((old as u64, leaf_hash(b"other")), of(new), &proof), "{old} of {new}");
                assert!(!is_consistent(of(old), (new as u64, leaf_hash(b"other")), &proof), "{old} of {new}");
                if old != new {
                    assert!(!is_consistent(of(old), of(new), &proof[..proof.len() - 1]), "{old} of {new}");
                }
            }
        }
    }

    #[test]
    fn the_empty_tree_has_the_root_of_the_standard() {
        assert_eq!(hex::encode(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
