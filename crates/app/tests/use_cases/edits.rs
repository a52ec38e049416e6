//! A hand that edits accounts at random through the application, as people do: creates, changes, moves, finds
//! again, assigns, deletes, restores, and now and then saves over somebody else's change, which must be refused.

use crate::differential::Asker;
use crate::random;
use crate::support::World;
use geocrm_app::accounts::{AccountChange, AccountView, NewAccount};
use geocrm_app::error::AppError;
use geocrm_domain::{
    AccountId, AccountKind, AccountStatus, LngLat, PostalAddress, UserId, VisibleScope,
};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

struct Known {
    id: AccountId,
    version: i64,
    deleted: bool,
}

pub struct Editor {
    rng: ChaCha8Rng,
    known: Vec<Known>,
    addresses: Vec<PostalAddress>,
    territories: Vec<String>,
    users: Vec<UserId>,
    /// Nobody else writes.
    alone: bool,
    /// What was done how often.
    pub done: BTreeMap<&'static str, usize>,
}

const ACTIONS: [&str; 9] = [
    "create",
    "change",
    "move",
    "geocode",
    "assign",
    "delete",
    "restore",
    "stale",
    "readdress",
];

impl Editor {
    pub async fn of(world: &World, seed: u64) -> Self {
        let ids = world
            .db
            .ask("SELECT id::text FROM accounts ORDER BY id")
            .await;
        let ids: Vec<AccountId> = ids
            .expect("accounts")
            .iter()
            .map(|id| id.parse().expect("an id"))
            .collect();
        let records = world
            .db
            .store
            .accounts_by_ids(&VisibleScope::everything(), &ids)
            .await;
        let known = records.expect("accounts").into_iter().map(|record| Known {
            id: record.account.id,
            version: record.account.version,
            deleted: false,
        });
        let addresses = world
            .db
            .store
            .addresses_by_ids(&(1..=500).collect::<Vec<_>>())
            .await;
        let territories = world.db.store.territories().await.expect("territories");
        Self {
            rng: random::rng(seed),
            known: known.collect(),
            addresses: addresses
                .expect("addresses")
                .into_iter()
                .map(|a| a.row.address)
                .collect(),
            users: territories.iter().filter_map(|t| t.user).collect(),
            territories: territories.into_iter().map(|t| t.code).collect(),
            alone: true,
            done: BTreeMap::new(),
        }
    }

    /// Several hands at once, each with its own share of the accounts.
    pub async fn crew(world: &World, seed: u64, hands: usize) -> Vec<Self> {
        let mut crew = Vec::with_capacity(hands);
        for hand in 0..hands {
            let mut editor = Self::of(world, seed * 100 + hand as u64).await;
            let mut at = 0;
            editor.known.retain(|_| {
                at += 1;
                at % hands == hand
            });
            editor.alone = false;
            crew.push(editor);
        }
        crew
    }

    pub fn ids(&self) -> Vec<AccountId> {
        self.known.iter().map(|known| known.id).collect()
    }

    /// Every action was done often enough to mean something.
    pub fn check_variety(&self, edits: usize) {
        for action in ACTIONS {
            let done = self.done.get(action).copied().unwrap_or_default();
            assert!(done * 100 >= edits, "{action} was done {done} times");
        }
    }

    /// One that is found, one that is nearly found, one that is not.
    fn address(&mut self) -> PostalAddress {
        let mut address = self.addresses.choose(&mut self.rng).expect("one").clone();
        match self.rng.random_range(0..6) {
            0 => address.house_number = Some("9999".to_owned()),
            1 => address.street = Some("Onvindbare Steeg".to_owned()),
            2 => address.postcode = None,
            _ => {}
        }
        address
    }

    fn revenue(&mut self) -> Option<i64> {
        let sizes = [0, 1, 99_999, 100_000, 10_000_000, 900_000_000_000];
        let size: i64 = *sizes.choose(&mut self.rng).expect("a size");
        self.rng
            .random_ratio(4, 5)
            .then(|| self.rng.random_range(0..=size))
    }

    fn day(&mut self) -> Option<chrono::NaiveDate> {
        let day = self.rng.random_range(10_000..20_700);
        let day = chrono::NaiveDate::from_epoch_days(day);
        day.filter(|_| self.rng.random_ratio(4, 5))
    }

    fn new_account(&mut self, anywhere: LngLat) -> NewAccount {
        let kinds = [AccountKind::Household, AccountKind::Organisation];
        let categories = ["Horeca", "Détail'handel", "100 % \\ net", "İstanbul", "ß"];
        NewAccount {
            name: format!("Nieuw {}", self.rng.random_range(0..1_000_000)),
            kind: *kinds.choose(&mut self.rng).expect("a kind"),
            status: *AccountStatus::ALL.choose(&mut self.rng).expect("a status"),
            category: categories.choose(&mut self.rng).map(|c| (*c).to_owned()),
            email: None,
            phone: None,
            note: None,
            address: self.address(),
            place: self.rng.random_ratio(1, 3).then_some(anywhere),
            territory: None,
            owner: self.users.choose(&mut self.rng).copied(),
            revenue_cents: self.revenue(),
            customer_since_on: self.day(),
            last_contact_on: self.day(),
        }
    }

    fn contents(&mut self) -> AccountChange {
        let categories = [
            None,
            Some("Horeca".to_owned()),
            Some("Nieuw\u{e9}".to_owned()),
        ];
        AccountChange {
            status: AccountStatus::ALL.choose(&mut self.rng).copied(),
            category: categories.choose(&mut self.rng).cloned(),
            revenue_cents: Some(self.revenue()),
            customer_since_on: Some(self.day()),
            last_contact_on: Some(self.day()),
            ..AccountChange::default()
        }
    }

    /// One edit that succeeds, or is refused for the one reason it must be.
    pub async fn edit(&mut self, world: &World, asker: &Asker) {
        let (app, who) = (&world.app, &world.admin);
        let action = *ACTIONS.choose(&mut self.rng).expect("an action");
        let anywhere = if self.rng.random() {
            asker.accounts().place(&mut self.rng)
        } else {
            asker.accounts().anywhere(&mut self.rng)
        };
        if action == "create" {
            let created = app.create_account(who, self.new_account(anywhere)).await;
            let account = created.expect("created").account;
            self.known.push(Known {
                id: account.id,
                version: account.version,
                deleted: false,
            });
            *self.done.entry(action).or_default() += 1;
            return;
        }
        let wanted = action == "restore";
        let fitting: Vec<usize> = (0..self.known.len())
            .filter(|at| self.known[*at].deleted == wanted)
            .collect();
        let Some(at) = fitting.choose(&mut self.rng).copied() else {
            return;
        };
        let Known { id, version, .. } = self.known[at];
        let edited: Result<AccountView, AppError> = match action {
            "change" => app.change_account(who, id, version, self.contents()).await,
            "move" => app.move_account(who, id, version, anywhere).await,
            "geocode" => app.geocode_account(who, id, version).await,
            "assign" => {
                let territory = self.territories.choose(&mut self.rng).cloned();
                let owner = self.users.choose(&mut self.rng).copied();
                let change = AccountChange {
                    territory: Some(territory.filter(|_| self.rng.random_ratio(5, 6))),
                    owner: Some(owner.filter(|_| self.rng.random_ratio(5, 6))),
                    ..AccountChange::default()
                };
                app.change_account(who, id, version, change).await
            }
            "readdress" => {
                let change = AccountChange {
                    address: Some(self.address()),
                    ..AccountChange::default()
                };
                app.change_account(who, id, version, change).await
            }
            "delete" => app.delete_account(who, id, version).await,
            "restore" => app.restore_account(who, id).await,
            _ => {
                self.save_over(world, id, version, anywhere).await;
                *self.done.entry(action).or_default() += 1;
                return;
            }
        };
        let account = edited.unwrap_or_else(|e| panic!("{action}: {e}")).account;
        assert!(
            (version..=version + 1).contains(&account.version),
            "{action}"
        );
        self.known[at].version = account.version;
        self.known[at].deleted = account.deleted_at.is_some();
        *self.done.entry(action).or_default() += 1;
    }

    /// With a version that is not the present one: refused, and told what it is now.
    async fn save_over(&mut self, world: &World, id: AccountId, version: i64, to: LngLat) {
        let (app, who, stale) = (&world.app, &world.admin, version - 1);
        let data_version = app.data_version();
        let refused = match self.rng.random_range(0..4) {
            0 => app.change_account(who, id, stale, self.contents()).await,
            1 => app.move_account(who, id, stale, to).await,
            2 => app.geocode_account(who, id, stale).await,
            _ => app.delete_account(who, id, stale).await,
        };
        match refused {
            Err(AppError::Conflict { current }) => {
                assert_eq!((current.id, current.version), (id, version));
            }
            other => panic!("a stale save: {other:?}"),
        }
        if self.alone {
            assert_eq!(app.data_version(), data_version);
        }
    }
}
