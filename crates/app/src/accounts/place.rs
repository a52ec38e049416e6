//! Where does an account stand, and what surrounds it? Its place is found from the address; the columns of its
//! surroundings are those of the address it stands at, or are measured at the place itself.

use crate::App;
use crate::error::AppError;
use crate::geocoding::place_of;
use geocrm_domain::record::Setting;
use geocrm_domain::region::{RegionId, RegionLevel};
use geocrm_domain::{Account, AddressId, LngLat, PlaceState};
use geocrm_geocode::State;
use geocrm_roads::Which;
use std::collections::HashMap;

/// A pin this close to a loaded address stands at that address, in metres.
const AT_THE_DOOR_M: f64 = 15.0;
const ROAD_REACH_M: f64 = 100.0;

impl App {
    /// What stands around a place; of an address that was matched, the address's own columns.
    pub(crate) async fn setting_at(
        &self,
        at: LngLat,
        address: Option<AddressId>,
    ) -> Result<Setting, AppError> {
        let found = self.settings_at(&[(at, address)]).await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The same for many places in one round trip.
    pub(crate) async fn settings_at(
        &self,
        places: &[(LngLat, Option<AddressId>)],
    ) -> Result<Vec<Setting>, AppError> {
        let (atlas, ground) = (self.atlas(), self.ground().await?);
        let near = |at: LngLat| {
            let nearest = ground.geocoder.reverse(at, 1).into_iter().next()?;
            (nearest.distance_m <= AT_THE_DOOR_M).then_some(nearest.id)
        };
        let doors: Vec<Option<AddressId>> = places
            .iter()
            .map(|(at, known)| known.or_else(|| near(*at)))
            .collect();
        let mut ids: Vec<i64> = doors.iter().flatten().map(|id| id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let loaded = self.store.addresses_by_ids(&ids).await?;
        let by_id: HashMap<i64, Setting> =
            loaded.into_iter().map(|a| (a.id, a.row.setting)).collect();
        let setting = |((at, _), door): (&(LngLat, Option<AddressId>), Option<AddressId>)| {
            let mut setting = door
                .and_then(|id| by_id.get(&id.0).cloned())
                .unwrap_or_else(|| Setting {
                    park_distance_m: ground
                        .nearest_park(*at)
                        .map(|(_, metres)| metres.round() as i32),
                    road_condition: ground
                        .roads
                        .nearest_road(*at, ROAD_REACH_M, Which::Drivable)
                        .and_then(|near| ground.road(near.road_id)?.condition)
                        .map(i32::from),
                    ..Setting::default()
                });
            setting.leaves = atlas.index.leaves(*at);
            setting
        };
        Ok(places.iter().zip(doors).map(setting).collect())
    }

    /// The territory whose regions hold a place; `None` where there is none.
    pub(crate) fn territory_of(
        territories: &[geocrm_store::Territory],
        path: &[(RegionLevel, String)],
    ) -> Option<String> {
        territories
            .iter()
            .find(|t| t.regions.iter().any(|region| path.contains(region)))
            .map(|t| t.code.clone())
    }

    pub(crate) fn region_path(&self, leaf: Option<RegionId>) -> Vec<(RegionLevel, String)> {
        let atlas = self.atlas();
        leaf.map(|leaf| {
            atlas
                .path(leaf)
                .into_iter()
                .map(|r| (r.level, r.code.clone()))
                .collect()
        })
        .unwrap_or_default()
    }

    /// Finds the place of an address and says how sure it is.
    pub(super) async fn locate(&self, account: &mut Account) -> Result<(), AppError> {
        let found = self.geocode_one(&account.address).await?;
        let candidate = place_of(&found);
        account.place = candidate.map(|c| c.place);
        account.address_id = candidate.map(|c| c.id);
        account.place_state = match found.state {
            State::Matched => PlaceState::Matched,
            State::Doubtful if candidate.is_some() => PlaceState::Doubtful,
            State::Doubtful | State::Failed => PlaceState::Failed,
        };
        Ok(())
    }

    pub(super) async fn setting_of(&self, account: &Account) -> Result<Setting, AppError> {
        match account.place.filter(|_| account.place_state.is_confirmed()) {
            Some(at) => self.setting_at(at, account.address_id).await,
            None => Ok(Setting::default()),
        }
    }
}
