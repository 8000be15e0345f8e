//! What happened, in the words of whoever it happened to, by line and peril.

use crate::insurer::Line;

/// In English.
pub(super) fn english(line: Line, peril: &str) -> &'static [&'static str] {
    match (line, peril) {
        (_, "collision") => &[
            "I was in a collision with another car at a crossing and my front bumper is crushed.",
            "Someone ran into the back of my car at a red light, a rear-end collision.",
        ],
        (Line::Motor, "theft") => &[
            "My car was broken into and the wheels were stolen from it.",
            "The navigation unit was stolen out of my parked car.",
        ],
        (Line::Home, "theft") => &[
            "Burglars broke into our house and stole the television and some jewellery.",
            "My bicycle was stolen from the locked cellar.",
        ],
        (Line::Motor, "fire") => &["The engine of my car caught fire on the road."],
        (Line::Home, "fire") => &[
            "A fire broke out in our kitchen and burnt the cupboards.",
            "A candle set the curtain on fire and the room is full of soot.",
        ],
        (_, "water") => &[
            "A water pipe burst in the bathroom and flooded the floor below.",
            "The washing machine hose broke and we have water damage in the kitchen.",
        ],
        (Line::Motor, "storm") => {
            &["Hail left dents all over the roof of my car in the storm.", "The storm blew a branch onto my car."]
        }
        (Line::Home, "storm") => {
            &["The storm tore tiles off our roof.", "During the storm a tree fell onto the garage."]
        }
        (Line::Motor, "glass") => &["A stone chipped the windscreen of my car and the glass is cracked."],
        (Line::Home, "glass") => {
            &["The glass of our terrace door is broken.", "A window pane is broken, glass everywhere."]
        }
        (Line::Motor, "vandalism") => &[
            "Vandals scratched my car with a key along the whole side.",
            "My car was vandalised, both mirrors were kicked off.",
        ],
        (Line::Home, "vandalism") => &["Vandals sprayed graffiti on the front of our house."],
        _ => &["Something else went wrong that I cannot put a name to."],
    }
}

/// In German.
pub(super) fn german(line: Line, peril: &str) -> &'static [&'static str] {
    match (line, peril) {
        (_, "collision") => &[
            "An einer Kreuzung kam es zu einem Zusammenstoß mit einem anderen Auto, die Stoßstange ist eingedrückt.",
            "An der roten Ampel gab es einen Auffahrunfall, das Heck meines Autos ist beschädigt.",
        ],
        (Line::Motor, "theft") => &[
            "Aus meinem geparkten Auto wurde das Navigationsgerät gestohlen.",
            "Die Räder meines Autos wurden über Nacht gestohlen, also Diebstahl.",
        ],
        (Line::Home, "theft") => &[
            "Einbrecher haben aus unserem Haus den Fernseher und etwas Schmuck gestohlen.",
            "Mein Fahrrad wurde aus dem verschlossenen Keller gestohlen.",
        ],
        (Line::Motor, "fire") => &["Der Motor meines Autos ist während der Fahrt in Brand geraten."],
        (Line::Home, "fire") => &[
            "In unserer Küche gab es einen Brand, die Schränke sind verkohlt.",
            "Eine Kerze hat die Gardine in Brand gesetzt, das Zimmer ist voller Ruß.",
        ],
        (_, "water") => &[
            "Im Bad ist ein Wasserrohr geplatzt, die Wohnung darunter ist nass.",
            "Der Schlauch der Waschmaschine ist gerissen, wir haben einen Wasserschaden in der Küche.",
        ],
        (Line::Motor, "storm") => &[
            "Beim Sturm fiel ein Ast auf mein Auto.",
            "Der Hagelsturm hat das Dach meines Autos voller Dellen hinterlassen.",
        ],
        (Line::Home, "storm") => {
            &["Der Sturm hat Ziegel von unserem Dach gerissen.", "Beim Sturm ist ein Baum auf die Garage gestürzt."]
        }
        (Line::Motor, "glass") => &["Ein Steinschlag hat die Windschutzscheibe meines Autos gesprungen, Glasschaden."],
        (Line::Home, "glass") => {
            &["Das Glas unserer Terrassentür ist zerbrochen.", "Eine Fensterscheibe ist zerbrochen, also Glasbruch."]
        }
        (Line::Motor, "vandalism") => &[
            "Mein Auto wurde mutwillig zerkratzt, das war Vandalismus.",
            "Durch Vandalismus wurden beide Außenspiegel abgetreten.",
        ],
        (Line::Home, "vandalism") => &["Unsere Hausfassade wurde durch Vandalismus mit Graffiti beschmiert."],
        _ => &["Es ist etwas anderes passiert, das ich nicht benennen kann."],
    }
}
