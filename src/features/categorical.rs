//! A **categorical** is a measure put into one of a few named bins; each bin is one binary feature.
//!
//! Counts and shares are binned rather than scaled, so that every row of the feature matrix is a
//! set of indices, and a linear model can bend.

/// How values become bins.
#[derive(Clone, Copy, Debug)]
pub enum Bins {
    /// Bin `i` holds the values `v` with `edges[i - 1] <= v < edges[i]`; one bin more than edges.
    Edges(&'static [f32]),
    /// One bin a name; the value is the name's place.
    Names(&'static [&'static str]),
}

/// A named measure and its bins.
#[derive(Clone, Copy, Debug)]
pub struct Categorical {
    /// What is measured.
    pub name: &'static str,
    /// How its values are binned.
    pub bins: Bins,
}

/// The bin of one categorical, from 0.
pub type Bin = u8;

impl Categorical {
    /// A categorical over numbers.
    pub const fn edges(name: &'static str, edges: &'static [f32]) -> Self {
        Self {
            name,
            bins: Bins::Edges(edges),
        }
    }

    /// A categorical over names.
    pub const fn names(name: &'static str, names: &'static [&'static str]) -> Self {
        Self {
            name,
            bins: Bins::Names(names),
        }
    }

    /// Number of bins.
    pub const fn len(&self) -> usize {
        match self.bins {
            Bins::Edges(edges) => edges.len() + 1,
            Bins::Names(names) => names.len(),
        }
    }

    /// The bin that holds `value`.
    pub fn bin(&self, value: f32) -> Bin {
        let bin = match self.bins {
            Bins::Edges(edges) => edges.iter().take_while(|&&edge| value >= edge).count(),
            Bins::Names(names) => (value as usize).min(names.len() - 1),
        };
        bin as Bin
    }

    /// The name of a feature: `characters=25..40`, `last=period`.
    pub fn feature_name(&self, bin: usize) -> String {
        let name = self.name;
        match self.bins {
            Bins::Names(names) => format!("{name}={}", names[bin]),
            Bins::Edges(edges) => match (bin.checked_sub(1).map(|low| edges[low]), edges.get(bin)) {
                (None, Some(high)) => format!("{name}<{high}"),
                (Some(low), Some(high)) => format!("{name}={low}..{high}"),
                (Some(low), None) => format!("{name}>={low}"),
                (None, None) => name.to_owned(),
            },
        }
    }
}

/// Number of binary features that a list of categoricals makes.
pub const fn width(categoricals: &[Categorical]) -> usize {
    let mut sum = 0;
    let mut index = 0;
    while index < categoricals.len() {
        sum += categoricals[index].len();
        index += 1;
    }
    sum
}

/// The place of each categorical's first bin among the features of its list.
pub const fn offsets<const N: usize>(categoricals: &[Categorical; N]) -> [u32; N] {
    let mut offsets = [0; N];
    let mut sum = 0;
    let mut index = 0;
    while index < N {
        offsets[index] = sum as u32;
        sum += categoricals[index].len();
        index += 1;
    }
    offsets
}

/// The name of feature `index` of a list of categoricals, `None` past its end.
pub fn feature_name(categoricals: &[Categorical], mut index: usize) -> Option<String> {
    for categorical in categoricals {
        if index < categorical.len() {
            return Some(categorical.feature_name(index));
        }
        index -= categorical.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Categorical = Categorical::edges("size", &[1.0, 10.0]);
    const KIND: Categorical = Categorical::names("kind", &["none", "some"]);

    #[test]
    fn an_edge_belongs_to_the_bin_above_it() {
        let bins: Vec<_> = [0.0, 0.9, 1.0, 9.9, 10.0, 1e9].map(|v| SIZE.bin(v)).into();
        assert_eq!(bins, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn every_feature_of_a_list_has_a_name() {
        let list = [SIZE, KIND];
        assert_eq!(offsets(&list), [0, 3]);
        assert_eq!(width(&list), 5);
        let names: Vec<_> = (0..6).map_while(|i| feature_name(&list, i)).collect();
        assert_eq!(
            names,
            ["size<1", "size=1..10", "size>=10", "kind=none", "kind=some"]
        );
    }
}
