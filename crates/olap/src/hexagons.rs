//! Figures by H3 cell for who draws them: by the cells' 64-bit indices, without a text for each.

use crate::bind::{Asked, at_most};
use crate::column::Meaning;
use crate::cube::CubeData;
use crate::dictionary::{Dictionary, cell_of};
use crate::error::OlapError;
use crate::group::group;
use crate::lanes::Lanes;
use crate::live::LiveCube;
use geocrm_domain::{CubeQuery, Number, Value, VisibleScope, limits};

/// Figures of cells, as columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellFigures {
    cells: Vec<u64>,
    /// As many for each cell as measures were asked.
    figures: Vec<Option<Number>>,
}

impl CellFigures {
    /// Each cell with its figures, one per measure asked; nothing where no measure was.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[Option<Number>])> {
        let measures = self.figures.len() / self.cells.len().max(1);
        let figures = self.figures.chunks(measures.max(1));
        self.cells.iter().copied().zip(figures)
    }
}

impl LiveCube {
    /// What [`LiveCube::query`] says by an H3 dimension alone, rising by index; records without a place, which have
    /// no cell, are left out.
    pub fn query_cells(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<CellFigures, OlapError> {
        at_most("dimensions of a query by cells", query.dimensions.len(), 1)?;
        if let Some(plain) = self.plain(scope)
            && let Some(cells) = plain.query_cells(scope, query)?
        {
            return Ok(cells);
        }
        let mut out = CellFigures::default();
        for row in self.query(scope, query)?.rows {
            if let Some(Value::Text(text)) = row.keys.first()
                && let Some(cell) = cell_of(text)
            {
                out.cells.push(cell);
                out.figures.extend(row.values);
            }
        }
        Ok(out)
    }
}

impl CubeData {
    /// `None` where the question is not of this kind.
    fn query_cells(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<Option<CellFigures>, OlapError> {
        let [dimension] = &query.dimensions[..] else {
            return Ok(None);
        };
        let level = self.dimension_level(dimension)?;
        let Meaning::Dictionary(dictionary) = level.meaning(&self.columns()[level.column]) else {
            return Ok(None);
        };
        let Dictionary::Cell(cells) = &*dictionary else {
            return Ok(None);
        };
        let plain = query.order.is_empty() && query.limit.is_none() && query.bands.is_none();
        if !plain || !query.defined.is_empty() {
            return Ok(None);
        }
        query
            .check_figures(self.cube())
            .map_err(OlapError::Expression)?;
        let lanes = Lanes::new(self, &query.measures)?;
        let filter = query.filter.as_ref();
        let plan = self.plan(scope, Asked::Sums, filter, query.geometry.as_ref())?;
        let groups = group(self, &plan, &[level], &lanes)?;
        at_most("groups of an answer", groups.len(), limits::ANSWER_GROUPS)?;
        let mut out = CellFigures {
            cells: Vec::with_capacity(groups.len()),
            figures: Vec::with_capacity(groups.len() * lanes.measures()),
        };
        for at in 0..groups.len() {
            let Some(index) = (groups.codes(at)[0] as usize).checked_sub(1) else {
                continue;
            };
            out.cells.push(cells[index]);
            for measure in 0..lanes.measures() {
                let figure = lanes.number(self, measure, groups.cell(at))?;
                out.figures.push(figure);
            }
        }
        Ok(Some(out))
    }
}
