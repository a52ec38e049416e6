//! How many dwellings are where some records are? A density per dwelling of records that stand at addresses divides by
//! the dwellings of all addresses of the same place and kind: what a question asks of addresses is asked of these, too,
//! and what only its records have is not.

use crate::catalogue::{ADDRESSES, Cube, DWELLINGS};
use crate::expression::ExpressionError;
use crate::filter::{Filter, PLACE};
use crate::query::{CubeQuery, DISTANCE_BAND};

/// What records say of their place themselves, and their address may say otherwise.
const SAID: [&str; 4] = ["territory", "postcode", "postcode4", "city"];

/// Whether a record and its address have the same member of a dimension, or value of a property: regions, hexagons,
/// building, distances.
pub fn of_address(cube: &Cube, name: &str) -> bool {
    let address = ADDRESSES.property_type(name);
    let same = cube.at_addresses && address.is_some() && address == cube.property_type(name);
    name == DISTANCE_BAND || name == PLACE || (same && !SAID.contains(&name))
}

/// Whether figures per dwelling can be told by a dimension.
pub fn tells_dwellings(cube: &Cube, dimension: &str) -> bool {
    cube.has_dwellings() || (cube.at_addresses && !SAID.contains(&dimension))
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

    /// Refuses what leaves open where the dwellings are.
    pub(crate) fn check_dwellings(&self, cube: &Cube) -> Result<(), ExpressionError> {
        let named = self.filter.iter().flat_map(Filter::properties);
        let mut named = self.dimensions.iter().map(String::as_str).chain(named);
        if let Some(name) = named.find(|name| SAID.contains(name)) {
            return Err(ExpressionError::SaidOfPlace {
                cube: cube.name,
                name: name.to_owned(),
            });
        }
        self.conditions_of_addresses(cube)?;
        Ok(())
    }

    fn conditions_of_addresses(&self, cube: &Cube) -> Result<Option<Filter>, ExpressionError> {
        let mut out = Vec::new();
        let parts = self.filter.as_ref().map_or(Vec::new(), Filter::conditions);
        for part in parts {
            let (mut shared, mut own) = (Vec::new(), Vec::new());
            for name in part.properties() {
                let names = if of_address(cube, name) {
                    &mut shared
                } else {
                    &mut own
                };
                names.push(name);
            }
            if part.is_spatial() && !shared.contains(&PLACE) {
                shared.push(PLACE);
            }
            match (shared.is_empty(), own.is_empty()) {
                (_, true) => out.push(part.clone()),
                (true, false) => {}
                (false, false) => {
                    return Err(ExpressionError::MixedCondition {
                        of_address: shared.join(", "),
                        of_record: own.join(", "),
                    });
                }
            }
        }
        // One alone stays as it is, so that it does not grow past a limit.
        Ok(match out.len() {
            0 | 1 => out.pop(),
            _ => Some(Filter::And(out)),
        })
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
        let of_address = Filter::Or(vec![
            equal("district", "WK01"),
            equal("housing_type", "terraced"),
        ]);
        let question = question(Some(Filter::And(vec![
            of_record,
            Filter::And(vec![of_address.clone(), equal("kind", "household")]),
        ])));
        assert_eq!(question.check_figures(&ACCOUNTS), Ok(()));
        let asked = question.dwellings(&ACCOUNTS).expect("valid");
        let asked = asked.expect("the addresses are asked");
        assert_eq!(asked.dimensions, ["district", "housing_type"]);
        assert_eq!(asked.filter, Some(of_address));
        assert_eq!(asked.check_figures(&ADDRESSES), Ok(()));
        let plain = CubeQuery {
            measures: vec!["count".to_owned()],
            ..question
        };
        assert_eq!(plain.dwellings(&ACCOUNTS), Ok(None));
    }

    #[test]
    fn a_condition_on_both_is_refused_by_name() {
        let mixed = Filter::Or(vec![equal("status", "customer"), equal("district", "WK01")]);
        let refused = question(Some(mixed)).check_figures(&ACCOUNTS);
        let refused = refused.expect_err("mixed").to_string();
        assert!(
            refused.contains("(district)") && refused.contains("(status)"),
            "{refused}"
        );
    }

    #[test]
    fn what_an_account_says_of_its_place_is_refused() {
        for name in SAID {
            let by = CubeQuery {
                dimensions: vec![name.to_owned()],
                ..question(None)
            };
            for asked in [by, question(Some(equal(name, "1")))] {
                let refused = asked.check_figures(&ACCOUNTS);
                let refused = refused.expect_err(name).to_string();
                assert!(refused.contains(&format!("`{name}`")), "{refused}");
            }
            assert!(!tells_dwellings(&ACCOUNTS, name));
        }
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
