//! Sections of a file: numbers of one width, or bytes, with their length before and their checksum after.
//! They pass through a buffer that stays in the processor's cache, so that nothing is held twice.

use super::FileError;
use std::io::{Read, Write};

/// Bytes that pass at a time; a multiple of every width.
const PORTION: usize = 1 << 16;

/// A number with a fixed form in a file.
pub(super) trait Plain: Copy + Send + Sync {
    const WIDTH: usize;
    fn put(self, out: &mut Vec<u8>);
    fn take(bytes: &[u8], into: &mut Vec<Self>);
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Plain for $type {
            const WIDTH: usize = size_of::<$type>();
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn take(bytes: &[u8], into: &mut Vec<Self>) {
                let (numbers, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
                into.extend(numbers.iter().map(|bytes| <$type>::from_le_bytes(*bytes)));
            }
        }
    )*};
}
plain!(u8, u16, u32, u64, i32, i64);

pub(super) struct Writer<'a, W: Write> {
    out: &'a mut W,
    buffer: Vec<u8>,
}

impl<'a, W: Write> Writer<'a, W> {
    pub(super) fn new(out: &'a mut W) -> Self {
        Self {
            out,
            buffer: Vec::with_capacity(PORTION),
        }
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        Ok(self.out.write_all(bytes)?)
    }

    pub(super) fn numbers<T: Plain>(&mut self, numbers: &[T]) -> Result<(), FileError> {
        self.raw(&((numbers.len() * T::WIDTH) as u64).to_le_bytes())?;
        let mut checksum = crc32fast::Hasher::new();
        for portion in numbers.chunks(PORTION / T::WIDTH) {
            self.buffer.clear();
            for number in portion {
                number.put(&mut self.buffer);
            }
            checksum.update(&self.buffer);
            self.out.write_all(&self.buffer)?;
        }
        self.raw(&checksum.finalize().to_le_bytes())
    }
}

pub(super) struct Reader<'a, R: Read> {
    input: &'a mut R,
    /// Bytes of the file that were not read yet: no section may be longer.
    left: u64,
    buffer: Vec<u8>,
}

impl<'a, R: Read> Reader<'a, R> {
    pub(super) fn new(input: &'a mut R, bytes: u64) -> Self {
        Self {
            input,
            left: bytes,
            buffer: vec![0; PORTION],
        }
    }

    pub(super) fn raw<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        self.left = self.left.saturating_sub(N as u64);
        Ok(bytes)
    }

    pub(super) fn numbers<T: Plain>(&mut self, section: &'static str) -> Result<Vec<T>, FileError> {
        let bytes = u64::from_le_bytes(self.raw()?);
        if bytes > self.left || bytes % T::WIDTH as u64 != 0 {
            return Err(FileError::Inconsistent { section });
        }
        self.left -= bytes;
        let mut rest = bytes as usize;
        let mut out = Vec::with_capacity(rest / T::WIDTH);
        let mut checksum = crc32fast::Hasher::new();
        while rest > 0 {
            let portion = &mut self.buffer[..rest.min(PORTION)];
            self.input.read_exact(portion)?;
            checksum.update(portion);
            T::take(portion, &mut out);
            rest -= portion.len();
        }
        if u32::from_le_bytes(self.raw()?) == checksum.finalize() {
            Ok(out)
        } else {
            Err(FileError::Checksum { section })
        }
    }

    /// A section of exactly so many numbers.
    pub(super) fn exactly<T: Plain>(
        &mut self,
        section: &'static str,
        len: usize,
    ) -> Result<Vec<T>, FileError> {
        let numbers = self.numbers(section)?;
        if numbers.len() == len {
            Ok(numbers)
        } else {
            Err(FileError::Inconsistent { section })
        }
    }

    pub(super) fn text(&mut self, section: &'static str) -> Result<String, FileError> {
        String::from_utf8(self.numbers(section)?).map_err(|_| FileError::Inconsistent { section })
    }

    /// Nothing follows.
    pub(super) fn at_end(&self) -> bool {
        self.left == 0
    }
}
