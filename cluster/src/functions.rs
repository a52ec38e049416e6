//! What must every node know beyond the engine's own functions? Whether a place lies in an area, and which hexagon
//! holds a hexagon. They are registered on the scheduler, which plans with them, and on every executor.

use crate::geometry::{Area, LngLat};
use crate::slabs::Slabs;
use ballista_core::registry::BallistaFunctionRegistry;
use datafusion::arrow::array::{AsArray, BooleanArray, StringViewArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Int32Type, UInt64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{Expr, ident, lit};
use std::sync::Arc;

/// Longitude, latitude and an area: true inside, false outside, null without a place.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Within {
    name: &'static str,
    signature: Signature,
    edge_inside: bool,
}

/// A cell and a resolution: the cell's parent, null for a cell that is wider already.
#[derive(Debug, PartialEq, Eq, Hash)]
struct H3Parent(Signature);

/// A cell as lower-case hexadecimal text.
#[derive(Debug, PartialEq, Eq, Hash)]
struct H3Text(Signature);

/// Whether a place on the edge of an area is inside. It is; the other answer is there for a comparison to catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edges {
    #[default]
    Inside,
    Outside,
}

fn exact(types: &[DataType]) -> Signature {
    Signature::exact(types.to_vec(), Volatility::Immutable)
}

fn within_function(edges: Edges) -> ScalarUDF {
    ScalarUDF::from(Within {
        name: match edges {
            Edges::Inside => "geocrm_within",
            Edges::Outside => "geocrm_within_without_edge",
        },
        signature: exact(&[DataType::Int32, DataType::Int32, DataType::Binary]),
        edge_inside: edges == Edges::Inside,
    })
}

fn h3_parent_function() -> ScalarUDF {
    ScalarUDF::from(H3Parent(exact(&[DataType::UInt64, DataType::UInt64])))
}

fn h3_text_function() -> ScalarUDF {
    ScalarUDF::from(H3Text(exact(&[DataType::UInt64])))
}

fn all() -> [Arc<ScalarUDF>; 4] {
    [
        within_function(Edges::Inside),
        within_function(Edges::Outside),
        h3_parent_function(),
        h3_text_function(),
    ]
    .map(Arc::new)
}

/// Makes the functions known to a session that plans.
pub fn register(state: &mut SessionState) -> Result<()> {
    for function in all() {
        state.register_udf(function)?;
    }
    Ok(())
}

/// The functions of an executor.
pub fn registry() -> BallistaFunctionRegistry {
    let mut registry = BallistaFunctionRegistry::default();
    let own = all().map(|function| (function.name().to_owned(), function));
    registry.scalar_functions.extend(own);
    registry
}

/// True for the places of the area.
pub fn within(area: &Area, edges: Edges) -> Expr {
    let bytes = ScalarValue::Binary(Some(area.to_bytes()));
    within_function(edges).call(vec![ident("lng_e7"), ident("lat_e7"), lit(bytes)])
}

pub fn h3_parent(cell: Expr, resolution: u8) -> Expr {
    h3_parent_function().call(vec![cell, lit(u64::from(resolution))])
}

pub fn h3_text(cell: Expr) -> Expr {
    h3_text_function().call(vec![cell])
}

/// Index of the cell around a cell (H3 index, bit layout of mode 1): bits 52 to 55 are the resolution, below them
/// three bits for each of fifteen digits, all ones where a digit is not used.
pub fn parent(cell: u64, resolution: u8) -> Option<u64> {
    const RESOLUTION_BIT: u32 = 52;
    let own = (cell >> RESOLUTION_BIT & 0xF) as u8;
    if resolution > own {
        return None;
    }
    let unused = (1u64 << (3 * (15 - u32::from(resolution)))) - 1;
    let cleared = cell & !(0xF << RESOLUTION_BIT) | unused;
    Some(cleared | u64::from(resolution) << RESOLUTION_BIT)
}

impl ScalarUDFImpl for Within {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [lng_e7, lat_e7, area] = args.args.as_slice() else {
            return Err(exec_datafusion_err!("{} takes three arguments", self.name));
        };
        let slabs = match area {
            ColumnarValue::Scalar(ScalarValue::Binary(Some(bytes))) => {
                Area::from_bytes(bytes).as_ref().and_then(Slabs::new)
            }
            _ => None,
        };
        let slabs = slabs.ok_or_else(|| exec_datafusion_err!("{} is given no area", self.name))?;
        let (lng_e7, lat_e7) = (lng_e7.to_array(rows)?, lat_e7.to_array(rows)?);
        let lng_e7 = lng_e7.as_primitive::<Int32Type>().iter();
        let pairs = lng_e7.zip(lat_e7.as_primitive::<Int32Type>().iter());
        let inside: BooleanArray = pairs
            .map(|(lng_e7, lat_e7)| {
                Some(slabs.contains(LngLat::new(lng_e7?, lat_e7?), self.edge_inside))
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(inside)))
    }
}

impl ScalarUDFImpl for H3Parent {
    fn name(&self) -> &'static str {
        "geocrm_h3_parent"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::UInt64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [
            cells,
            ColumnarValue::Scalar(ScalarValue::UInt64(Some(resolution))),
        ] = args.args.as_slice()
        else {
            return Err(exec_datafusion_err!(
                "{} is given no resolution",
                self.name()
            ));
        };
        let cells = cells.to_array(args.number_rows)?;
        let cells = cells.as_primitive::<UInt64Type>().iter();
        let parents: UInt64Array = cells.map(|cell| parent(cell?, *resolution as u8)).collect();
        Ok(ColumnarValue::Array(Arc::new(parents)))
    }
}

impl ScalarUDFImpl for H3Text {
    fn name(&self) -> &'static str {
        "geocrm_h3_text"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [cells] = args.args.as_slice() else {
            return Err(exec_datafusion_err!("{} takes one argument", self.name()));
        };
        let cells = cells.to_array(args.number_rows)?;
        let cells = cells.as_primitive::<UInt64Type>().iter();
        let texts: StringViewArray = cells.map(|cell| Some(format!("{:x}", cell?))).collect();
        Ok(ColumnarValue::Array(Arc::new(texts)))
    }
}

#[cfg(test)]
mod tests {
    use super::parent;

    #[test]
    fn parents_are_those_that_h3_names() {
        // A cell of Amsterdam's canals, from the finest to the widest.
        let chain: [u64; 3] = [
            0x08a1_9695_364a_7fff,
            0x0871_9695_36ff_ffff,
            0x0851_9695_3fff_ffff,
        ];
        assert_eq!(parent(chain[0], 7), Some(chain[1]));
        assert_eq!(parent(chain[0], 5), Some(chain[2]));
        assert_eq!(parent(chain[1], 5), Some(chain[2]));
        assert_eq!(parent(chain[0], 10), Some(chain[0]));
        assert_eq!(parent(chain[1], 8), None);
    }
}
