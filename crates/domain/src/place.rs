//! What stands at an address: the kind of dwelling, the shape of its block and what it is used for.
//! Three separate questions with three separate columns; what is unknown stays absent (`None`).

/// A closed list with a stable code for storage, API and filters.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// `None` for a code that is not in the list.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use coded;

coded!(
    /// Kind of dwelling.
    HousingType {
        Apartment = "apartment",
        Terraced = "terraced",
        Corner = "corner",
        SemiDetached = "semi_detached",
        Detached = "detached",
        Houseboat = "houseboat",
        Other = "other",
    }
);

coded!(
    /// Shape of the block the building belongs to.
    BuildingForm {
        FreeStanding = "free_standing",
        Pair = "pair",
        Row = "row",
        ClosedBlock = "closed_block",
        Tower = "tower",
    }
);

coded!(
    /// What a building or an address is used for.
    BuildingUse {
        Dwelling = "dwelling",
        Retail = "retail",
        Office = "office",
        Hotel = "hotel",
        Public = "public",
        Industrial = "industrial",
        Agricultural = "agricultural",
        Ancillary = "ancillary",
        Other = "other",
    }
);

coded!(
    /// How sure a derived column is, and by which kind of rule it came about.
    Confidence {
        /// The source says so itself.
        Stated = "stated",
        /// Follows from the shapes or from neighbouring facts.
        Derived = "derived",
        /// A likely default where the source says little.
        Assumed = "assumed",
    }
);

coded!(
    /// Surface areas of the base map and of the business-park layer.
    AreaKind {
        Water = "water",
        Park = "park",
        Forest = "forest",
        Grass = "grass",
        Farmland = "farmland",
        Residential = "residential",
        Industrial = "industrial",
        Commercial = "commercial",
        Retail = "retail",
        BusinessPark = "business_park",
        Pedestrian = "pedestrian",
        Other = "other",
    }
);

impl AreaKind {
    /// Whether the area counts as a business park: a published one, or industrial or commercial land use.
    pub fn is_business_park(self) -> bool {
        matches!(
            self,
            Self::BusinessPark | Self::Industrial | Self::Commercial
        )
    }
}
