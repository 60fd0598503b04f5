//! Durations as at most 100 values with their counts, which is what CloudWatch takes for a metric.
//!
//! Buckets are logarithmic: an octave is cut into 64 of them, and whenever a 101st bucket would be
//! needed, every two neighbours become one. So durations that lie close together are told apart by
//! 1.6 %, and those that are spread over many octaves by as much as 100 buckets allow. A bucket is
//! shown as the mean of what is in it: the sum of all durations is exact, and so is a single one.

/// Values for one metric, by the specification of the format.
pub(super) const MOST: usize = 100;
/// A bucket is 1/64 of the values in it wide at most, before any are joined.
const FINEST: u32 = 6;

#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct Histogram {
    /// How often neighbours were joined.
    coarser: u32,
    /// In ascending order; none is empty.
    buckets: Vec<Bucket>,
    min: u64,
    max: u64,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct Bucket {
    at: u16,
    pub(super) count: u64,
    /// Of the nanoseconds.
    pub(super) sum: u64,
}

/// Which bucket a value belongs to before any are joined. Below 128 ns every value has its own.
#[inline]
fn place(nanos: u64) -> u16 {
    let octave = 63 - (nanos | 1).leading_zeros();
    let shift = octave.saturating_sub(FINEST);
    // At most 57 * 64 + 127.
    ((shift << FINEST) + (nanos >> shift) as u32) as u16
}

impl Histogram {
    /// With room for all the buckets that there can be.
    pub(super) fn with_room() -> Self {
        Self {
            buckets: Vec::with_capacity(MOST),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, nanos: u64) {
        self.stretch(nanos, nanos);
        self.put(
            Bucket {
                at: place(nanos),
                count: 1,
                sum: nanos,
            },
            0,
        );
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.buckets.is_empty() {
            return;
        }
        self.stretch(other.min, other.max);
        while self.coarser < other.coarser {
            self.join();
        }
        for &bucket in &other.buckets {
            self.put(bucket, other.coarser);
        }
    }

    fn stretch(&mut self, min: u64, max: u64) {
        if self.buckets.is_empty() {
            (self.min, self.max) = (min, max);
        } else {
            (self.min, self.max) = (self.min.min(min), self.max.max(max));
        }
    }

    /// Adds a bucket of a histogram that is as coarse or less.
    fn put(&mut self, bucket: Bucket, coarser: u32) {
        loop {
            let at = bucket.at >> (self.coarser - coarser);
            match self.buckets.binary_search_by_key(&at, |b| b.at) {
                Ok(index) => return self.buckets[index].take_in(bucket),
                Err(index) if self.buckets.len() < MOST => {
                    // Once, so that no later request pays for it.
                    if self.buckets.capacity() < MOST {
                        self.buckets.reserve_exact(MOST - self.buckets.len());
                    }
                    return self.buckets.insert(index, Bucket { at, ..bucket });
                }
                // Ends: joined six times, there are fewer than 60 buckets for all values.
                Err(_) => self.join(),
            }
        }
    }

    #[cold]
    fn join(&mut self) {
        self.coarser += 1;
        self.buckets.iter_mut().for_each(|b| b.at >>= 1);
        self.buckets.dedup_by(|next, kept| {
            let same = next.at == kept.at;
            if same {
                kept.take_in(*next);
            }
            same
        });
    }

    /// Keeps its memory.
    pub(super) fn clear(&mut self) {
        self.coarser = 0;
        self.buckets.clear();
    }

    pub(super) fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().map(|b| b.count).sum()
    }

    /// Of all values; the smallest and the largest of them.
    pub(super) fn sum(&self) -> u64 {
        let sums = self.buckets.iter().map(|b| b.sum);
        sums.fold(0, u64::saturating_add)
    }

    pub(super) fn min(&self) -> u64 {
        self.min
    }

    pub(super) fn max(&self) -> u64 {
        self.max
    }
}

impl Bucket {
    #[inline]
    fn take_in(&mut self, other: Self) {
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
    }

    pub(super) fn mean(&self) -> u64 {
        self.sum / self.count.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Histogram {
        let mut all = Histogram::default();
        values.iter().for_each(|&v| all.add(v));
        all
    }

    /// The value at a rank, as the receiver sees it.
    fn ranked(histogram: &Histogram, rank: u64) -> u64 {
        let mut seen = 0;
        for bucket in histogram.buckets() {
            seen += bucket.count;
            if seen > rank {
                return bucket.mean();
            }
        }
        panic!("{rank} of {seen}")
    }

    /// How far a value may be shown from where it is.
    fn bound(histogram: &Histogram, value: u64) -> u64 {
        (value >> (FINEST - histogram.coarser)).max(1 << histogram.coarser)
    }

    /// Durations as they come: some around one, some spread over many octaves.
    fn durations() -> impl Strategy<Value = Vec<u64>> {
        let near = 1_000_000..9_000_000_u64;
        let anywhere = (0..64_u32, any::<u64>()).prop_map(|(shift, n)| n >> shift);
        prop::collection::vec(prop_oneof![near, anywhere], 1..600)
    }

    proptest! {
        #[test]
        fn every_rank_is_shown_within_the_width_of_its_bucket(mut values in durations()) {
            let all = of(&values);
            values.sort_unstable();
            prop_assert!(all.buckets().len() <= MOST);
            prop_assert!(all.coarser <= FINEST);
            prop_assert_eq!(all.count(), values.len() as u64);
            prop_assert_eq!((all.min(), all.max()), (values[0], values[values.len() - 1]));
            let sum = values.iter().fold(0, |sum: u64, &v| sum.saturating_add(v));
            prop_assert_eq!(all.sum(), sum);
            if sum < u64::MAX {
                for (rank, &value) in values.iter().enumerate() {
                    let shown = ranked(&all, rank as u64);
                    prop_assert!(shown.abs_diff(value) <= bound(&all, value), "{} for {}", shown, value);
                }
            }
        }

        #[test]
        fn it_does_not_matter_in_how_many_parts_they_come(
            one in durations(),
            other in durations(),
        ) {
            let mut both = of(&one);
            both.merge(&of(&other));
            let whole = of(&[one, other].concat());
            prop_assert_eq!(both, whole);
        }
    }

    #[test]
    fn a_service_of_every_kind_of_latency_is_told_apart_by_a_quarter() {
        // From 100 µs to a minute, evenly in every octave: what needs the most buckets.
        let values: Vec<u64> = (0..5_000)
            .map(|i| (1e5 * 6e5_f64.powf(f64::from(i) / 5e3)) as u64)
            .collect();
        let all = of(&values);
        assert_eq!(all.coarser, FINEST - 2);
        // One octave: two per cent.
        let all = of(&(100_000..200_000).step_by(10).collect::<Vec<_>>());
        assert_eq!(all.coarser, 0);
    }

    #[test]
    fn no_value_is_out_of_place() {
        let mut last = place(0);
        for octave in 0..64 {
            for value in [1_u64 << octave, (1 << octave) + ((1 << octave) >> 1)] {
                assert!(place(value) >= last, "{value}");
                last = place(value);
            }
        }
        assert_eq!(place(u64::MAX), 57 * 64 + 127);
        assert!(u64::from(place(u64::MAX) >> FINEST) < MOST as u64);
    }

    #[test]
    fn a_single_value_is_shown_as_it_is() {
        for value in [0, 1, 3_600_000_000_000, u64::MAX] {
            let one = of(&[value]);
            assert_eq!((one.buckets().len(), one.buckets()[0].mean()), (1, value));
        }
    }
}
