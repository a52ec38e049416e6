//! How narrow can a column be? Every column is a vector of unsigned codes at the least width that
//! holds its largest one. Code 0 is null and the order of codes is the order of values, so that filters,
//! groups and sorting all work on plain integers.

/// A code at one width.
pub(crate) trait Code: Copy + Ord + Send + Sync + 'static {
    const MAX: u64;
    fn wide(self) -> u64;
    fn narrow(wide: u64) -> Self;
    /// Difference modulo the width.
    fn minus(self, other: Self) -> Self;
}

macro_rules! code {
    ($($type:ty),*) => {$(
        impl Code for $type {
            const MAX: u64 = <$type>::MAX as u64;
            fn wide(self) -> u64 {
                self as u64
            }
            fn narrow(wide: u64) -> Self {
                wide as $type
            }
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
        }
    )*};
}
code!(u8, u16, u32, u64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Codes {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
}

/// Runs an expression with the codes as a slice of their own type.
macro_rules! each_width {
    ($codes:expr, $slice:ident => $body:expr) => {
        match $codes {
            $crate::codes::Codes::U8($slice) => $body,
            $crate::codes::Codes::U16($slice) => $body,
            $crate::codes::Codes::U32($slice) => $body,
            $crate::codes::Codes::U64($slice) => $body,
        }
    };
}
pub(crate) use each_width;

impl Codes {
    /// An empty vector wide enough for codes up to `top`.
    pub(crate) fn with_capacity(top: u64, capacity: usize) -> Self {
        if top <= u8::MAX.into() {
            Self::U8(Vec::with_capacity(capacity))
        } else if top <= u16::MAX.into() {
            Self::U16(Vec::with_capacity(capacity))
        } else if top <= u32::MAX.into() {
            Self::U32(Vec::with_capacity(capacity))
        } else {
            Self::U64(Vec::with_capacity(capacity))
        }
    }

    pub(crate) fn collect(top: u64, codes: impl ExactSizeIterator<Item = u64>) -> Self {
        let mut out = Self::with_capacity(top, codes.len());
        each_width!(&mut out, vector => push_all(vector, codes));
        out
    }

    pub(crate) fn get(&self, row: usize) -> u64 {
        each_width!(self, codes => codes[row].wide())
    }

    pub(crate) fn len(&self) -> usize {
        each_width!(self, codes => codes.len())
    }

    pub(crate) fn bytes(&self) -> usize {
        each_width!(self, codes => size_of_val(codes.as_slice()))
    }

    /// Number of leading codes for which `before` holds, in codes that are sorted by it.
    pub(crate) fn partition_point(&self, before: impl Fn(u64) -> bool) -> usize {
        each_width!(self, codes => codes.partition_point(|c| before(c.wide())))
    }
}

/// Appends codes at the vector's width.
pub(crate) fn push_all<C: Code>(vector: &mut Vec<C>, codes: impl Iterator<Item = u64>) {
    vector.extend(codes.map(C::narrow));
}

#[cfg(test)]
mod tests {
    use super::Codes;

    #[test]
    fn the_width_follows_the_largest_code() {
        let bytes = |top: u64| Codes::collect(top, [top].into_iter()).bytes();
        assert_eq!(
            [255, 256, 65_535, 65_536, 1 << 32].map(bytes),
            [1, 2, 2, 4, 8]
        );
        assert_eq!(
            Codes::collect(1 << 40, [3, 1 << 40].into_iter()).get(1),
            1 << 40
        );
    }
}
