//! What Larkspur Home sells: fifty kinds of things, their options and their prices.

/// Name, lowest and highest price in cents, and the options with their values.
pub(super) type Kind = (&'static str, i64, i64, &'static [(&'static str, &'static [&'static str])]);

const COLOR: &[&str] = &["sand", "slate", "moss", "rust", "ivory", "navy"];
const WOOD: &[&str] = &["oak", "walnut", "ash", "pine"];
const METAL: &[&str] = &["brass", "steel", "copper", "black iron"];
const CLOTH: &[&str] = &["linen", "cotton", "wool", "velvet"];
const SIZE: &[&str] = &["small", "medium", "large"];
const POWER: &[&str] = &["mains", "battery", "USB"];

/// The fifty kinds.
pub(super) const KINDS: &[Kind] = &[
    ("Table Lamp", 3_900, 12_900, &[("color", COLOR), ("foot", METAL)]),
    ("Floor Lamp", 8_900, 24_900, &[("color", COLOR), ("foot", METAL)]),
    ("Pendant Light", 5_900, 19_900, &[("metal", METAL), ("size", SIZE)]),
    ("Reading Light", 1_900, 5_900, &[("power", POWER), ("color", COLOR)]),
    ("Wall Mirror", 4_900, 21_900, &[("frame", WOOD), ("size", SIZE)]),
    ("Wall Clock", 2_900, 9_900, &[("rim", METAL), ("size", SIZE)]),
    ("Alarm Clock", 1_500, 4_900, &[("power", POWER), ("color", COLOR)]),
    ("Area Rug", 9_900, 49_900, &[("cloth", CLOTH), ("size", SIZE), ("color", COLOR)]),
    ("Door Mat", 1_200, 3_900, &[("color", COLOR), ("size", SIZE)]),
    ("Throw Blanket", 2_900, 11_900, &[("cloth", CLOTH), ("color", COLOR)]),
    ("Cushion", 1_400, 4_900, &[("cloth", CLOTH), ("color", COLOR)]),
    ("Curtain Pair", 3_900, 14_900, &[("cloth", CLOTH), ("color", COLOR), ("length", &["160 cm", "220 cm", "260 cm"])]),
    ("Bed Linen Set", 4_900, 17_900, &[("cloth", CLOTH), ("color", COLOR), ("size", &["single", "double", "king"])]),
    ("Pillow", 1_900, 8_900, &[("filling", &["down", "fibre", "latex"]), ("firmness", &["soft", "medium", "firm"])]),
    ("Bath Towel Set", 2_400, 7_900, &[("color", COLOR), ("pieces", &["2", "4", "6"])]),
    ("Bath Mat", 1_400, 4_400, &[("color", COLOR), ("size", SIZE)]),
    ("Laundry Basket", 2_200, 6_900, &[("color", COLOR), ("lid", &["with lid", "open"])]),
    ("Storage Box", 1_100, 4_900, &[("wood", WOOD), ("size", SIZE)]),
    ("Bookshelf", 8_900, 32_900, &[("wood", WOOD), ("shelves", &["3", "4", "5"])]),
    ("Side Table", 4_900, 18_900, &[("wood", WOOD), ("shape", &["round", "square"])]),
    ("Coffee Table", 9_900, 39_900, &[("wood", WOOD), ("shape", &["round", "oval", "square"])]),
    ("Dining Chair", 5_900, 22_900, &[("wood", WOOD), ("seat", CLOTH)]),
    ("Bar Stool", 4_900, 17_900, &[("wood", WOOD), ("height", &["65 cm", "75 cm"])]),
    ("Armchair", 19_900, 74_900, &[("cloth", CLOTH), ("color", COLOR)]),
    ("Footstool", 3_900, 12_900, &[("cloth", CLOTH), ("color", COLOR)]),
    ("Writing Desk", 14_900, 54_900, &[("wood", WOOD), ("drawers", &["none", "2", "4"])]),
    ("Desk Organiser", 1_200, 3_900, &[("wood", WOOD), ("trays", &["2", "3"])]),
    ("Coat Rack", 3_400, 12_400, &[("wood", WOOD), ("hooks", &["4", "6", "8"])]),
    ("Shoe Cabinet", 6_900, 21_900, &[("wood", WOOD), ("doors", &["2", "3"])]),
    ("Umbrella Stand", 1_900, 6_400, &[("metal", METAL)]),
    ("Picture Frame", 900, 3_900, &[("wood", WOOD), ("size", SIZE)]),
    ("Vase", 1_400, 7_900, &[("color", COLOR), ("size", SIZE)]),
    ("Plant Pot", 900, 5_400, &[("color", COLOR), ("size", SIZE)]),
    ("Candle Holder", 1_100, 4_400, &[("metal", METAL), ("arms", &["1", "3", "5"])]),
    ("Scented Candle", 900, 3_400, &[("scent", &["cedar", "fig", "lavender", "sea salt"]), ("size", SIZE)]),
    ("Dinner Plate Set", 3_900, 13_900, &[("color", COLOR), ("pieces", &["4", "6", "8"])]),
    ("Soup Bowl Set", 2_900, 9_900, &[("color", COLOR), ("pieces", &["4", "6"])]),
    ("Mug Set", 1_900, 6_900, &[("color", COLOR), ("pieces", &["2", "4", "6"])]),
    ("Glass Carafe", 1_900, 5_900, &[("size", &["0.75 l", "1 l", "1.5 l"]), ("stopper", &["cork", "glass"])]),
    ("Cutlery Set", 4_900, 16_900, &[("metal", &["matt steel", "polished steel"]), ("pieces", &["16", "24", "30"])]),
    ("Chef's Knife", 2_900, 14_900, &[("handle", WOOD), ("blade", &["16 cm", "20 cm", "24 cm"])]),
    ("Cutting Board", 1_400, 6_400, &[("wood", WOOD), ("size", SIZE)]),
    (
        "Frying Pan",
        2_900,
        11_900,
        &[("metal", &["cast iron", "carbon steel", "copper"]), ("width", &["20 cm", "24 cm", "28 cm"])],
    ),
    ("Stock Pot", 3_900, 13_900, &[("metal", &["steel", "copper"]), ("size", &["4 l", "6 l", "8 l"])]),
    ("Teapot", 2_400, 8_900, &[("color", COLOR), ("size", &["0.8 l", "1.2 l"])]),
    ("Coffee Grinder", 3_900, 18_900, &[("power", &["hand", "mains"]), ("color", COLOR)]),
    ("Kitchen Scale", 1_900, 6_900, &[("power", POWER), ("color", COLOR)]),
    ("Bread Bin", 2_400, 7_400, &[("wood", WOOD), ("color", COLOR)]),
    ("Tea Towel Set", 1_100, 3_400, &[("cloth", CLOTH), ("color", COLOR)]),
    ("Garden Lantern", 2_400, 9_900, &[("metal", METAL), ("power", POWER)]),
];
