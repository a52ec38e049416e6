//! How many dwellings are where some records are? A density per dwelling of records that stand at addresses divides by
//! the dwellings of all addresses of the same place and kind: what a question asks of addresses is asked of these, too,
//! and what only its records have is not.

use crate::catalogue::{Cube, DWELLINGS};
use crate::expression::ExpressionError;
use crate::filter::{Filter, PLACE};
use crate::query::{CubeQuery, DISTANCE_BAND};

/// Whether the members of a dimension tell addresses apart as they do the records that stand at them.
pub fn of_address(cube: &Cube, dimension: &str) -> bool {
    dimension == DISTANCE_BAND || cube.is_of_address(dimension)
}

impl CubeQuery {
    /// What the addresses are asked for a density per dwelling of records that stand at them: by those dimensions and
    /// under those conditions that are about addresses. `None` where no figure needs it.
    pub fn dwellings(&self, cube: &'static Cube) -> Result<Option<Self>, ExpressionError> {
        let asked = |name: &String| self.expression(name).asks_dwellings();
        if cube.has_dwellings() || !self.measures.iter().any(asked) {
            return Ok(None);
        }
        let dimensions = self.dimensions.iter();
        Ok(Some(Self {
            measures: vec![DWELLINGS.to_owned()],
            dimensions: dimensions
                .filter(|name| of_address(cube, name))
                .cloned()
                .collect(),
            bands: self.bands.clone(),
            filter: self.conditions_of_addresses(cube)?,
            geometry: self.geometry.clone(),
            ..Self::default()
        }))
    }

    pub(crate) fn conditions_of_addresses(
        &self,
        cube: &Cube,
    ) -> Result<Option<Filter>, ExpressionError> {
        let mut out = Vec::new();
        let parts = self.filter.as_ref().map_or(Vec::new(), Filter::conditions);
        for part in parts {
            let (mut of_address, mut of_record) = (Vec::new(), Vec::new());
            for name in part.properties() {
                if name == PLACE || cube.is_of_address(name) {
                    of_address.push(name);
                } else {
                    of_record.push(name);
                }
            }
            if part.is_spatial() && !of_address.contains(&PLACE) {
                of_address.push(PLACE);
            }
            match (of_address.is_empty(), of_record.is_empty()) {
                (_, true) => out.push(part.clone()),
                (true, false) => {}
                (false, false) => {
                    return Err(ExpressionError::MixedCondition {
                        of_address: of_address.join(", "),
                        of_record: of_record.join(", "),
                    });
                }
            }
        }
        Ok((!out.is_empty()).then_some(Filter::And(out)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{ACCOUNTS, ADDRESSES, ROADS};
    use crate::expression::{Defined, Expression};
    use crate::filter::Compare;
    use crate::value::Value;

    fn equal(property: &str, value: &str) -> Filter {
        Filter::Compare {
            property: property.to_owned(),
            op: Compare::Equal,
            value: Value::text(value),
        }
    }

    fn question(filter: Option<Filter>) -> CubeQuery {
        CubeQuery {
            measures: vec!["reach".to_owned()],
            defined: vec![Defined {
                name: "reach".to_owned(),
                expression: Expression::PerDwelling {
                    of: Box::new(Expression::measure("count")),
                },
            }],
            dimensions: ["status", "district", "housing_type"]
                .map(str::to_owned)
                .to_vec(),
            filter,
            ..CubeQuery::default()
        }
    }

    #[test]
    fn addresses_are_asked_what_is_about_addresses() {
        let of_record = Filter::Or(vec![equal("status", "customer"), equal("owner", "1")]);
        let of_address = Filter::Or(vec![equal("city", "Delft"), equal("postcode4", "2611")]);
        let question = question(Some(Filter::And(vec![
            of_record,
            Filter::And(vec![of_address.clone(), equal("kind", "household")]),
        ])));
        assert_eq!(question.check_figures(&ACCOUNTS), Ok(()));
        let asked = question.dwellings(&ACCOUNTS).expect("valid");
        let asked = asked.expect("the addresses are asked");
        assert_eq!(asked.dimensions, ["district", "housing_type"]);
        assert_eq!(asked.filter, Some(Filter::And(vec![of_address])));
        assert_eq!(asked.check_figures(&ADDRESSES), Ok(()));
        let plain = CubeQuery {
            measures: vec!["count".to_owned()],
            ..question
        };
        assert_eq!(plain.dwellings(&ACCOUNTS), Ok(None));
    }

    #[test]
    fn a_condition_on_both_is_refused_by_name() {
        let mixed = Filter::Or(vec![equal("status", "customer"), equal("city", "Delft")]);
        let refused = question(Some(mixed)).check_figures(&ACCOUNTS);
        let refused = refused.expect_err("mixed").to_string();
        assert!(
            refused.contains("(city)") && refused.contains("(status)"),
            "{refused}"
        );
    }

    #[test]
    fn a_road_has_no_dwellings() {
        let question = CubeQuery {
            dimensions: vec!["district".to_owned()],
            ..question(None)
        };
        assert_eq!(
            question.check_figures(&ROADS),
            Err(ExpressionError::NoDwellings { cube: "roads" })
        );
    }
}
