//! A record of any cube as a JSON object for the table.

use crate::routes::accounts::AccountBody;
use crate::routes::cubes::value_json;
use geocrm_app::answer::Record;
use serde_json::{Map, Value, json};

/// Accounts as their own route gives them; other cubes column by column.
pub fn row_json(record: Record) -> Value {
    match record {
        Record::Account(view) => serde_json::to_value(AccountBody::from(*view)).unwrap_or_default(),
        Record::Row { id, place, columns } => {
            let mut object = Map::new();
            object.insert("id".to_owned(), json!(id.to_string()));
            for (name, value) in columns {
                object.insert(name.to_owned(), value_json(value));
            }
            if let Some(at) = place {
                object.insert("lng".to_owned(), json!(at.lng()));
                object.insert("lat".to_owned(), json!(at.lat()));
            }
            Value::Object(object)
        }
    }
}
