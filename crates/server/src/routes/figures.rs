//! How is a figure that the catalogue does not name written in JSON? As an object with a name and one member that says
//! what it is; inside it a figure is again such a member, or the name of a measure of the catalogue.

use geocrm_app::error::AppError;
use geocrm_app::geojson::parse_shapes;
use geocrm_domain::catalogue::Aggregate;
use geocrm_domain::{Bands, CubeQuery, Defined, Expression, Step};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json_;
use utoipa::ToSchema;

/// Bands of distance in metres: up to the first edge, between each two, and from the last on. The members of the
/// dimension `distance_band` are their lower bounds, null without a place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BandsAsked {
    /// `GeoJSON` points, lines or areas; the nearest counts. Great circles to points, a local plane to the others.
    pub around: Json_,
    /// Rising, from 1.
    pub edges_m: Vec<u32>,
}

impl BandsAsked {
    pub fn bands(self) -> Result<Bands, AppError> {
        Ok(Bands {
            around: parse_shapes(&self.around)?,
            edges_m: self.edges_m,
        })
    }
}

/// The name of a measure of the catalogue, or a figure defined here.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(examples("count", json!({"name": "median", "quantile": {"column": "building_year", "at": 0.5}})))]
#[serde(untagged)]
pub enum MeasureAsked {
    Named(String),
    Defined(DefinedFigure),
}

/// A figure under the name it has in the answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DefinedFigure {
    pub name: String,
    #[serde(flatten)]
    pub figure: FigureAsked,
}

/// Exactly one of these.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FigureAsked {
    /// A measure of the catalogue.
    Measure(String),
    /// Of a column whose values are amounts.
    Sum(String),
    Min(String),
    Max(String),
    Mean(String),
    /// How many members of a dimension occur.
    Distinct(String),
    Quantile(QuantileAsked),
    /// Part of the sum of all groups, or of those that agree in the first `within` dimensions.
    Share(ShareAsked),
    Ratio(RatioAsked),
    /// Per km² of the finest region among the dimensions, else of the area asked about.
    PerKm2(OperandAsked),
    /// Per dwelling: of the same addresses; for accounts, of all addresses of the same place and kind.
    PerDwelling(OperandAsked),
    /// The figure of the period before, or of the same period a year before.
    Earlier(EarlierAsked),
    /// This figure less the earlier one.
    Change(EarlierAsked),
    /// The change as a part of the earlier figure.
    Growth(EarlierAsked),
    /// The sum from the first period to this one.
    Cumulative(OperandAsked),
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantileAsked {
    pub column: String,
    /// 0 to 1 in whole thousandths; 0.5 is the median.
    #[serde(deserialize_with = "thousandths")]
    #[schema(value_type = f64)]
    pub at: u16,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareAsked {
    pub of: OperandAsked,
    #[serde(default)]
    pub within: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioAsked {
    pub of: OperandAsked,
    pub per: OperandAsked,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlierAsked {
    pub of: OperandAsked,
    pub step: StepAsked,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepAsked {
    Period,
    Year,
}

/// The name of a measure of the catalogue, or a figure.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum OperandAsked {
    Named(String),
    #[schema(no_recursion)]
    Figure(Box<FigureAsked>),
}

// Both are read by hand, so that a fault is told by what was written and not as "no variant matches".
impl<'de> Deserialize<'de> for MeasureAsked {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Json_::deserialize(from)? {
            Json_::String(name) => Ok(Self::Named(name)),
            Json_::Object(mut members) => {
                let Some(Json_::String(name)) = members.remove("name") else {
                    return Err(D::Error::custom("a figure needs a `name`"));
                };
                let figure = FigureAsked::deserialize(Json_::Object(members))
                    .map_err(|e| D::Error::custom(format!("figure `{name}`: {e}")))?;
                Ok(Self::Defined(DefinedFigure { name, figure }))
            }
            other => Err(D::Error::custom(format!(
                "a measure is a name or an object, not {other}"
            ))),
        }
    }
}

impl<'de> Deserialize<'de> for OperandAsked {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Json_::deserialize(from)? {
            Json_::String(name) => Ok(Self::Named(name)),
            other => FigureAsked::deserialize(other)
                .map(|figure| Self::Figure(Box::new(figure)))
                .map_err(D::Error::custom),
        }
    }
}

impl From<StepAsked> for Step {
    fn from(step: StepAsked) -> Self {
        match step {
            StepAsked::Period => Self::Period,
            StepAsked::Year => Self::Year,
        }
    }
}

impl From<OperandAsked> for Box<Expression> {
    fn from(operand: OperandAsked) -> Self {
        Self::new(match operand {
            OperandAsked::Named(name) => Expression::Measure(name),
            OperandAsked::Figure(figure) => (*figure).into(),
        })
    }
}

impl From<FigureAsked> for Expression {
    fn from(figure: FigureAsked) -> Self {
        let column = |aggregate, column| Self::Column { aggregate, column };
        match figure {
            FigureAsked::Measure(name) => Self::Measure(name),
            FigureAsked::Sum(name) => column(Aggregate::Sum, name),
            FigureAsked::Min(name) => column(Aggregate::Min, name),
            FigureAsked::Max(name) => column(Aggregate::Max, name),
            FigureAsked::Mean(name) => column(Aggregate::Mean, name),
            FigureAsked::Distinct(dimension) => Self::Distinct { dimension },
            FigureAsked::Quantile(QuantileAsked { column, at }) => Self::Quantile {
                column,
                permille: at,
            },
            FigureAsked::Share(ShareAsked { of, within }) => Self::Share {
                of: of.into(),
                within,
            },
            FigureAsked::Ratio(RatioAsked { of, per }) => Self::Ratio {
                of: of.into(),
                per: per.into(),
            },
            FigureAsked::PerKm2(of) => Self::PerKm2 { of: of.into() },
            FigureAsked::PerDwelling(of) => Self::PerDwelling { of: of.into() },
            FigureAsked::Earlier(EarlierAsked { of, step }) => Self::Earlier {
                of: of.into(),
                step: step.into(),
            },
            FigureAsked::Change(EarlierAsked { of, step }) => Self::Change {
                of: of.into(),
                step: step.into(),
            },
            FigureAsked::Growth(EarlierAsked { of, step }) => Self::Growth {
                of: of.into(),
                step: step.into(),
            },
            FigureAsked::Cumulative(of) => Self::Cumulative { of: of.into() },
        }
    }
}

/// Thousandths of a part.
fn thousandths<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let at = f64::deserialize(from)?;
    let whole = (at * 1_000.0).round();
    if (at * 1_000.0 - whole).abs() > 1e-6 || !(0.0..=1_000.0).contains(&whole) {
        return Err(D::Error::custom(format!(
            "`at` of a quantile is 0 to 1 in steps of 0.001, as 0.5 for the median, not {at}"
        )));
    }
    Ok(whole as u16)
}

/// Names and definitions of the measures asked for.
pub fn put_measures(query: &mut CubeQuery, measures: Vec<MeasureAsked>) {
    for measure in measures {
        match measure {
            MeasureAsked::Named(name) => query.measures.push(name),
            MeasureAsked::Defined(DefinedFigure { name, figure }) => {
                query.measures.push(name.clone());
                query.defined.push(Defined {
                    name,
                    expression: figure.into(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Json_) -> Result<CubeQuery, String> {
        let measures = serde_json::from_value(json).map_err(|e| e.to_string())?;
        let mut query = CubeQuery::default();
        put_measures(&mut query, measures);
        Ok(query)
    }

    #[test]
    fn names_and_figures_may_be_mixed() {
        let query = read(json!([
            "count",
            {"name": "p90", "quantile": {"column": "building_year", "at": 0.9}},
            {"name": "growth", "growth": {"of": {"ratio": {"of": "revenue_cents", "per": "count"}}, "step": "year"}},
        ]))
        .expect("measures");
        assert_eq!(query.measures, ["count", "p90", "growth"]);
        let quantile = Expression::Quantile {
            column: "building_year".to_owned(),
            permille: 900,
        };
        assert_eq!(query.expression("p90"), quantile);
        assert!(
            matches!(&query.expression("growth"), Expression::Growth { of, step: Step::Year }
            if matches!(**of, Expression::Ratio { .. }))
        );
    }

    #[test]
    fn faults_name_the_figure() {
        let fault = |json| read(json).expect_err("a fault");
        assert!(fault(json!([{"sum": "revenue_cents"}])).contains("`name`"));
        let unknown = fault(json!([{"name": "x", "average": "revenue_cents"}]));
        assert!(
            unknown.contains("`x`") && unknown.contains("`average`"),
            "{unknown}"
        );
        assert!(fault(json!([7])).contains("not 7"));
        for at in [0.1234, -0.5, 1.5] {
            let quantile =
                json!([{"name": "p", "quantile": {"column": "building_year", "at": at}}]);
            let said = fault(quantile);
            assert!(
                said.contains("`p`") && said.contains(&at.to_string()),
                "{said}"
            );
        }
    }
}
