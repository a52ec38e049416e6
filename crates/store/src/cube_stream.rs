//! Cube rows for the engine: base columns only, column-wise batches, read by binary COPY because ten million rows
//! pass here at every start. Re-reading single records goes through the same decoding.

use crate::{Doing, ReadView, Result, StoreError};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use geocrm_domain::LngLat;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ColumnType, Cube, KeyType};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows of one batch; the last may be shorter.
pub(crate) const BATCH_ROWS: usize = 65_536;
/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL's dates begin.
const POSTGRES_EPOCH_DAYS: i32 = 10_957;
const DOING: &str = "reading a cube";

/// id, `lng_e7`, `lat_e7` and the base columns with their wire types fixed. Names come from the static catalogue.
fn select_list(cube: &Cube) -> String {
    let columns = cube.columns.iter().map(|column| {
        let kind = match column.kind {
            ColumnType::Text | ColumnType::H3 => "text",
            ColumnType::Int | ColumnType::Leaf(_) => "int8",
            ColumnType::Date => "date",
        };
        format!(", \"{}\"::{kind}", column.name)
    });
    format!(
        "SELECT id, lng_e7::int4, lat_e7::int4{} FROM cube_{}",
        columns.collect::<String>(),
        cube.name
    )
}

struct TextColumn {
    codes: Vec<u32>,
    known: HashMap<Box<[u8]>, u32>,
    dictionary: Vec<String>,
}

enum Building {
    Int(Vec<i64>),
    /// Hexadecimal text on the wire.
    H3(Vec<i64>),
    Date(Vec<i32>),
    Text(TextColumn),
}

struct BatchBuilder {
    keys: Keys,
    places: Vec<Option<LngLat>>,
    columns: Vec<Building>,
}

fn malformed(what: &'static str) -> StoreError {
    StoreError::Database {
        doing: DOING,
        source: sqlx::Error::Decode(what.into()),
    }
}

fn int4(bytes: &[u8]) -> Result<i32> {
    let bytes = bytes
        .try_into()
        .map_err(|_| malformed("a 4-byte number of other length"))?;
    Ok(i32::from_be_bytes(bytes))
}

fn int8(bytes: &[u8]) -> Result<i64> {
    let bytes = bytes
        .try_into()
        .map_err(|_| malformed("an 8-byte number of other length"))?;
    Ok(i64::from_be_bytes(bytes))
}

impl BatchBuilder {
    fn new(cube: &Cube) -> Self {
        Self {
            keys: match cube.key {
                KeyType::Int => Keys::Int(Vec::new()),
                KeyType::Uuid => Keys::Uuid(Vec::new()),
            },
            places: Vec::new(),
            columns: cube
                .columns
                .iter()
                .map(|column| match column.kind {
                    ColumnType::Int | ColumnType::Leaf(_) => Building::Int(Vec::new()),
                    ColumnType::H3 => Building::H3(Vec::new()),
                    ColumnType::Date => Building::Date(Vec::new()),
                    ColumnType::Text => Building::Text(TextColumn {
                        codes: Vec::new(),
                        known: HashMap::new(),
                        dictionary: Vec::new(),
                    }),
                })
                .collect(),
        }
    }

    /// Fields of one row in the order of [`select_list`], in PostgreSQL's binary form.
    fn push<'a>(&mut self, mut field: impl FnMut() -> Result<Option<&'a [u8]>>) -> Result<()> {
        let key = field()?.ok_or_else(|| malformed("a row without an id"))?;
        match &mut self.keys {
            Keys::Int(keys) => keys.push(int8(key)?),
            Keys::Uuid(keys) => {
                keys.push(Uuid::from_slice(key).map_err(|_| malformed("an id that is no UUID"))?);
            }
        }
        let (lng, lat) = (
            field()?.map(int4).transpose()?,
            field()?.map(int4).transpose()?,
        );
        self.places
            .push(lng.zip(lat).map(|(lng, lat)| LngLat::from_e7(lng, lat)));
        for column in &mut self.columns {
            column.push(field()?)?;
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    fn finish(self) -> CubeBatch {
        CubeBatch {
            keys: self.keys,
            places: self.places,
            columns: self.columns.into_iter().map(Building::finish).collect(),
        }
    }
}

impl Building {
    fn push(&mut self, bytes: Option<&[u8]>) -> Result<()> {
        match self {
            Self::Int(values) => values.push(bytes.map_or(Ok(NULL_INT), int8)?),
            Self::H3(values) => values.push(match bytes {
                None => NULL_INT,
                Some(hex) => std::str::from_utf8(hex)
                    .ok()
                    .and_then(|hex| u64::from_str_radix(hex, 16).ok())
                    .ok_or_else(|| malformed("a cell that is not hexadecimal"))?
                    as i64,
            }),
            Self::Date(values) => values.push(match bytes {
                None => NULL_DATE,
                Some(days) => int4(days)? + POSTGRES_EPOCH_DAYS,
            }),
            Self::Text(column) => column.push(bytes)?,
        }
        Ok(())
    }

    fn finish(self) -> ColumnData {
        match self {
            Self::Int(values) | Self::H3(values) => ColumnData::Int(values),
            Self::Date(values) => ColumnData::Date(values),
            Self::Text(column) => ColumnData::Text {
                dictionary: column.dictionary,
                codes: column.codes,
            },
        }
    }
}

impl TextColumn {
    fn push(&mut self, bytes: Option<&[u8]>) -> Result<()> {
        let Some(bytes) = bytes else {
            self.codes.push(NULL_CODE);
            return Ok(());
        };
        let code = if let Some(code) = self.known.get(bytes) {
            *code
        } else {
            let text =
                std::str::from_utf8(bytes).map_err(|_| malformed("text that is not UTF-8"))?;
            let code = self.dictionary.len() as u32;
            self.dictionary.push(text.to_owned());
            self.known.insert(bytes.into(), code);
            code
        };
        self.codes.push(code);
        Ok(())
    }
}

/// Cuts PostgreSQL's binary COPY format into rows.
struct CopyReader<'a> {
    source: BoxStream<'a, std::result::Result<Bytes, sqlx::Error>>,
    buffer: Vec<u8>,
    at: usize,
    header_read: bool,
    ended: bool,
}

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

impl CopyReader<'_> {
    /// Makes `bytes` available at the read position; `false` at the end of the stream.
    async fn fill(&mut self, bytes: usize) -> Result<bool> {
        while self.buffer.len() - self.at < bytes {
            let Some(chunk) = self.source.next().await else {
                return Ok(false);
            };
            let chunk = chunk.doing(DOING)?;
            if self.at > 0 {
                self.buffer.drain(..self.at);
                self.at = 0;
            }
            self.buffer.extend_from_slice(&chunk);
        }
        Ok(true)
    }

    async fn take_i16(&mut self) -> Result<i16> {
        if !self.fill(2).await? {
            return Err(malformed("a cut stream"));
        }
        let value = i16::from_be_bytes([self.buffer[self.at], self.buffer[self.at + 1]]);
        self.at += 2;
        Ok(value)
    }

    async fn header(&mut self) -> Result<()> {
        let fixed = SIGNATURE.len() + 8;
        if !self.fill(fixed).await? || self.buffer[self.at..self.at + SIGNATURE.len()] != *SIGNATURE
        {
            return Err(malformed("a stream that is not binary COPY"));
        }
        let extension = int4(&self.buffer[self.at + fixed - 4..self.at + fixed])? as usize;
        if !self.fill(fixed + extension).await? {
            return Err(malformed("a cut header"));
        }
        self.at += fixed + extension;
        self.header_read = true;
        Ok(())
    }

    /// Reads one row into the builder; `false` after the last.
    async fn row_into(&mut self, fields: usize, batch: &mut BatchBuilder) -> Result<bool> {
        if !self.header_read {
            self.header().await?;
        }
        let count = self.take_i16().await?;
        if count == -1 {
            self.ended = true;
            return Ok(false);
        }
        if count as usize != fields {
            return Err(malformed("a row of another width"));
        }
        let mut end = 0;
        for _ in 0..fields {
            if !self.fill(end + 4).await? {
                return Err(malformed("a cut row"));
            }
            let length = int4(&self.buffer[self.at + end..self.at + end + 4])?;
            end += 4 + length.max(0) as usize;
        }
        if !self.fill(end).await? {
            return Err(malformed("a cut row"));
        }
        let row = &self.buffer[self.at..self.at + end];
        let mut at = 0;
        batch.push(|| {
            let length = int4(&row[at..at + 4])?;
            at += 4;
            if length < 0 {
                return Ok(None);
            }
            let value = &row[at..at + length as usize];
            at += length as usize;
            Ok(Some(value))
        })?;
        self.at += end;
        Ok(true)
    }
}

impl ReadView {
    /// Every row of a cube, in batches of 65,536; the last may be shorter, an empty cube gives none.
    pub async fn stream_cube<'a>(
        &'a mut self,
        cube: &'static Cube,
    ) -> Result<impl Stream<Item = Result<CubeBatch>> + Send + 'a> {
        let statement = format!("COPY ({}) TO STDOUT (FORMAT binary)", select_list(cube));
        let source = self.tx.copy_out_raw(&statement).await.doing(DOING)?;
        let reader = CopyReader {
            source,
            buffer: Vec::with_capacity(1 << 16),
            at: 0,
            header_read: false,
            ended: false,
        };
        Ok(futures::stream::try_unfold(
            reader,
            move |mut reader| async move {
                if reader.ended {
                    return Ok(None);
                }
                let mut batch = BatchBuilder::new(cube);
                while batch.len() < BATCH_ROWS
                    && reader.row_into(cube.columns.len() + 3, &mut batch).await?
                {}
                if reader.ended {
                    // Reads the end of the command, so that the connection is free again.
                    while reader
                        .source
                        .next()
                        .await
                        .transpose()
                        .doing(DOING)?
                        .is_some()
                    {}
                }
                Ok((batch.len() > 0).then(|| (batch.finish(), reader)))
            },
        ))
    }

    /// The rows with these keys that the cube has now, ordered by key; a key that is missing was deleted.
    pub async fn cube_rows(&mut self, cube: &'static Cube, keys: &Keys) -> Result<CubeBatch> {
        let mut sql = QueryBuilder::<Postgres>::new(select_list(cube));
        sql.push(" WHERE id = ANY(");
        match keys {
            Keys::Int(keys) => sql.push_bind(keys.clone()),
            Keys::Uuid(keys) => sql.push_bind(keys.clone()),
        };
        sql.push(") ORDER BY id");
        let rows: Vec<PgRow> = sql.build().fetch_all(&mut *self.tx).await.doing(DOING)?;
        let mut batch = BatchBuilder::new(cube);
        for row in &rows {
            let mut at = 0;
            batch.push(|| {
                let value = row.try_get_raw(at).doing(DOING)?;
                at += 1;
                if sqlx::ValueRef::is_null(&value) {
                    return Ok(None);
                }
                value.as_bytes().map(Some).map_err(undecodable)
            })?;
        }
        Ok(batch.finish())
    }
}

fn undecodable(source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Database {
        doing: DOING,
        source: sqlx::Error::Decode(source),
    }
}
