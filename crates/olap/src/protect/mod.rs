//! What may somebody learn of persons whose records they may not see? Counts and sums of fixed cells, and nothing
//! else. A cell is all persons of one region or hexagon, or of one class (a status, a housing type), or of one class
//! in one region or hexagon. Of each cell one figure is told ([`noise`]): withheld where few persons are behind it,
//! blurred else, and the same for every reader. A question ([`shape`]) may choose cells and add them up; persons
//! are left out of one that would need anything finer, whatever the data, so that neither an answer nor the lack of
//! one tells more than the cells do. Overlapping areas, unions, differences of filters and readers who put their answers together can
//! therefore learn nothing beyond the cells.
//!
//! Everybody else's way to sums leaves persons out for such a reader (`scope_draft`); only this module adds them.

mod cells;
mod noise;
mod shape;

use crate::error::OlapError;
use crate::live::LiveCube;
use crate::partial::{Partial, matched};
use crate::question::Question;
use cells::Records;
use geocrm_domain::scope::CellKey;
use geocrm_domain::{CubeQuery, PersonsTold, Value};
use noise::Noise;
use shape::Shape;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is told of persons to a question.
pub(crate) enum Told {
    /// It asks for other records only.
    Nothing,
    Cells(Box<Partial>),
    /// It would single persons out, and how to ask instead.
    LeftOut(String),
}

impl LiveCube {
    /// The cells of persons that a question chooses.
    pub(crate) fn protected(&self, key: CellKey, query: &CubeQuery) -> Result<Told, OlapError> {
        let Some(persons) = self.cube().persons else {
            return Ok(Told::Nothing);
        };
        let question = Question::new(self.cube(), query)?;
        let shape = match Shape::new(self.cube(), persons, query, &question) {
            Ok(Some(shape)) => shape,
            Ok(None) => return Ok(Told::Nothing),
            Err(why) => return Ok(Told::LeftOut(why)),
        };
        let noise = Noise::new(key);
        let gathered = |records: Records| {
            let mut all: BTreeMap<Vec<Value>, cells::Cell> = BTreeMap::new();
            for part in self.parts() {
                for (keys, cell) in part.person_cells(&shape, &question, &noise, records)? {
                    match all.get_mut(&keys) {
                        Some(known) => known.add(&cell),
                        None => drop(all.insert(keys, cell)),
                    }
                }
            }
            Ok::<_, OlapError>(all)
        };
        let area = shape.has_area();
        let mut counted = gathered(if area { Records::Placed } else { Records::All })?;
        counted.retain(|keys, _| shape.lies_inside(keys));
        let unplaced = gathered(Records::Unplaced)?;
        let without_place = matched(&shape.told(&question, &noise, unplaced));
        let table = shape.told(&question, &noise, counted);
        Ok(Told::Cells(Box::new(Partial {
            matched: matched(&table),
            without_place,
            regions: Arc::clone(self.regions()),
            table,
            question: Arc::new(question),
            persons: PersonsTold::Rounded,
            dwellings: None,
        })))
    }
}
