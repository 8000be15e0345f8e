//! Word lists of our own, and small helpers of the seeded generators.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

/// Given names of the shop's and Harbor Mutual's customers.
pub const GIVEN_EN: &[&str] = &[
    "Adela", "Alden", "Alina", "Amos", "Anita", "Basil", "Bettina", "Briar", "Callum", "Carys", "Cedric", "Clara",
    "Corwin", "Dahlia", "Darius", "Delia", "Dorian", "Edda", "Elias", "Elodie", "Esme", "Ferris", "Fiona", "Gideon",
    "Greta", "Hadley", "Hanna", "Hector", "Imogen", "Ines", "Jarvis", "Jonas", "Judith", "Kendra", "Kiran", "Lena",
    "Leopold", "Lydia", "Magnus", "Maren", "Marlon", "Mina", "Nadia", "Nestor", "Odette", "Orson", "Petra", "Quentin",
    "Ramona", "Reuben", "Rosalind", "Rufus", "Selma", "Silas", "Tamsin", "Theodor", "Ursula", "Viola", "Wendel",
    "Yasmin", "Zelda", "Zubin",
];

/// Family names of the shop's and Harbor Mutual's customers.
pub const FAMILY_EN: &[&str] = &[
    "Abbot",
    "Alderson",
    "Ashdown",
    "Barlow",
    "Beckford",
    "Birchall",
    "Calder",
    "Carrow",
    "Castell",
    "Danvers",
    "Deacon",
    "Eastman",
    "Elwood",
    "Fairley",
    "Falk",
    "Garrick",
    "Gresham",
    "Halloran",
    "Hartnell",
    "Ingram",
    "Jessop",
    "Kimber",
    "Lachlan",
    "Lindqvist",
    "Maddox",
    "Marchetti",
    "Nakata",
    "Norcross",
    "Oduya",
    "Okafor",
    "Pemberton",
    "Prescott",
    "Quigley",
    "Radcliff",
    "Rossi",
    "Sabine",
    "Sandoval",
    "Sinclair",
    "Tanaka",
    "Thackery",
    "Underhill",
    "Varga",
    "Vasquez",
    "Wexford",
    "Whitlock",
    "Yarrow",
    "Yoon",
    "Zimmer",
];

/// Given names of Nordlicht's customers.
pub const GIVEN_DE: &[&str] = &[
    "Anke", "Annika", "Arne", "Birgit", "Björn", "Carsten", "Dagmar", "Detlef", "Dörte", "Elke", "Enno", "Frauke",
    "Gerrit", "Gudrun", "Hauke", "Heike", "Henning", "Ilse", "Inga", "Jens", "Jörg", "Jutta", "Kai", "Käthe",
    "Kirsten", "Lars", "Levke", "Maike", "Malte", "Meike", "Nils", "Okko", "Ole", "Rieke", "Sönke", "Silke", "Swantje",
    "Thies", "Ulrike", "Uwe", "Volker", "Wiebke", "Wolfgang", "Yvonne",
];

/// Family names of Nordlicht's customers.
pub const FAMILY_DE: &[&str] = &[
    "Ahrens",
    "Albers",
    "Bohnsack",
    "Brockmann",
    "Carstens",
    "Dierks",
    "Ehlers",
    "Feddersen",
    "Gerdes",
    "Groß",
    "Hansen",
    "Hinrichs",
    "Ibsen",
    "Jansen",
    "Jürgensen",
    "Kröger",
    "Kruse",
    "Lüders",
    "Lorenzen",
    "Möller",
    "Mahnke",
    "Nissen",
    "Oltmanns",
    "Paulsen",
    "Petersen",
    "Quast",
    "Rathje",
    "Sievers",
    "Schröder",
    "Thomsen",
    "Tietjen",
    "Uhlmann",
    "Voß",
    "Wiechers",
    "Wulf",
    "Zander",
];

/// Street names in English.
pub const STREETS_EN: &[&str] = &[
    "Alder Lane",
    "Beacon Street",
    "Birch Avenue",
    "Brook Road",
    "Canal Street",
    "Chapel Hill",
    "Cooper Street",
    "Ferry Road",
    "Foundry Lane",
    "Garden Row",
    "Harbor View",
    "Kiln Street",
    "Lantern Way",
    "Linden Avenue",
    "Market Square",
    "Meadow Drive",
    "Mill Lane",
    "Orchard Street",
    "Quarry Road",
    "Rosemary Court",
    "Saddler Street",
    "Station Road",
    "Tanner Street",
    "Willow Crescent",
];

/// Street names in German.
pub const STREETS_DE: &[&str] = &[
    "Ahornweg",
    "Am Deich",
    "Am Hafen",
    "Bahnhofstraße",
    "Birkenallee",
    "Deichstraße",
    "Eschenweg",
    "Fährstraße",
    "Gartenstraße",
    "Heideweg",
    "Kirchgasse",
    "Leuchtturmweg",
    "Lindenallee",
    "Marktplatz",
    "Mühlenweg",
    "Nordstraße",
    "Rosenweg",
    "Schulstraße",
    "Seeblick",
    "Werftstraße",
];

/// City, state and the first three digits of its zip codes.
pub const CITIES_EN: &[(&str, &str, &str)] = &[
    ("Albany", "NY", "122"),
    ("Asheville", "NC", "288"),
    ("Boise", "ID", "837"),
    ("Boston", "MA", "021"),
    ("Burlington", "VT", "054"),
    ("Duluth", "MN", "558"),
    ("Eugene", "OR", "974"),
    ("Hartford", "CT", "061"),
    ("Lincoln", "NE", "685"),
    ("Madison", "WI", "537"),
    ("Mobile", "AL", "366"),
    ("Newport", "RI", "028"),
    ("Portland", "ME", "041"),
    ("Provo", "UT", "846"),
    ("Reno", "NV", "895"),
    ("Savannah", "GA", "314"),
    ("Spokane", "WA", "992"),
    ("Topeka", "KS", "666"),
    ("Tucson", "AZ", "857"),
    ("Worcester", "MA", "016"),
];

/// City, federal state and the first three digits of its postal codes.
pub const CITIES_DE: &[(&str, &str, &str)] = &[
    ("Augsburg", "BY", "861"),
    ("Bremen", "HB", "281"),
    ("Cuxhaven", "NI", "274"),
    ("Emden", "NI", "267"),
    ("Flensburg", "SH", "249"),
    ("Hamburg", "HH", "220"),
    ("Husum", "SH", "258"),
    ("Kiel", "SH", "241"),
    ("Lübeck", "SH", "235"),
    ("Oldenburg", "NI", "261"),
    ("Rostock", "MV", "180"),
    ("Stralsund", "MV", "184"),
];

/// One word of a list.
pub fn pick<'a, T>(rng: &mut ChaCha8Rng, from: &'a [T]) -> &'a T {
    from.choose(rng).unwrap_or(&from[0])
}

/// A number of exactly `digits` digits that does not begin with zero.
pub fn digits(rng: &mut ChaCha8Rng, digits: u32) -> String {
    let low = 10_u64.pow(digits.saturating_sub(1));
    rng.random_range(low..low * 10).to_string()
}

/// The five digits of a zip code in the city of `prefix`.
pub fn zip(rng: &mut ChaCha8Rng, prefix: &str) -> String {
    format!("{prefix}{:02}", rng.random_range(1..100))
}

/// Letters a to z only, for ids and addresses: `Jörg Groß` becomes `joerg gross`.
pub fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            other => out.push(other),
        }
    }
    out
}

/// One text of a list of texts.
pub fn text(rng: &mut ChaCha8Rng, from: &'static [&'static str]) -> &'static str {
    let chosen: &&str = pick(rng, from);
    chosen
}
