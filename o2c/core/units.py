"""Units of quantities by their UN/ECE codes (Recommendation 20, and 21 for packages), and how they are printed.

EN 16931 (BT-130, BT-150) wants the code; people want the word. These are the ones that invoices between companies
commonly use; all of them are in the code list of EN 16931 (rule BR-CL-23).
"""

from decimal import Decimal

# Symbols are the same in every language and number.
SYMBOLS = {
    "SEC": "s",
    "KGM": "kg",
    "GRM": "g",
    "MGM": "mg",
    "TNE": "t",
    "LBR": "lb",
    "ONZ": "oz",
    "MTR": "m",
    "DMT": "dm",
    "CMT": "cm",
    "MMT": "mm",
    "KMT": "km",
    "INH": "in",
    "FOT": "ft",
    "YRD": "yd",
    "SMI": "mi",
    "MTK": "m²",
    "DMK": "dm²",
    "CMK": "cm²",
    "MMK": "mm²",
    "FTK": "ft²",
    "MTQ": "m³",
    "DMQ": "dm³",
    "CMQ": "cm³",
    "FTQ": "ft³",
    "LTR": "l",
    "HLT": "hl",
    "CLT": "cl",
    "MLT": "ml",
    "GLL": "gal (US)",
    "GLI": "gal (UK)",
    "WTT": "W",
    "KWT": "kW",
    "MAW": "MW",
    "KVA": "kVA",
    "WHR": "Wh",
    "KWH": "kWh",
    "MWH": "MWh",
    "GV": "GJ",
    "2P": "kB",
    "4L": "MB",
    "E34": "GB",
    "E35": "TB",
    "TKM": "tkm",
    "P1": "%",
}
# Words: one and several, in English, German and French.
WORDS = {
    "C62": (("unit", "units"), ("Stück", "Stück"), ("unité", "unités")),
    "H87": (("piece", "pieces"), ("Stück", "Stück"), ("pièce", "pièces")),
    "EA": (("each", "each"), ("Stück", "Stück"), ("pièce", "pièces")),
    "XPP": (("piece", "pieces"), ("Stück", "Stück"), ("pièce", "pièces")),
    "NAR": (("article", "articles"), ("Artikel", "Artikel"), ("article", "articles")),
    "PR": (("pair", "pairs"), ("Paar", "Paar"), ("paire", "paires")),
    "SET": (("set", "sets"), ("Satz", "Sätze"), ("jeu", "jeux")),
    "DZN": (("dozen", "dozen"), ("Dutzend", "Dutzend"), ("douzaine", "douzaines")),
    "GRO": (("gross", "gross"), ("Gros", "Gros"), ("grosse", "grosses")),
    "CEN": (("hundred", "hundred"), ("Hundert", "Hundert"), ("centaine", "centaines")),
    "MIL": (("thousand", "thousand"), ("Tausend", "Tausend"), ("millier", "milliers")),
    "LO": (("lot", "lots"), ("Los", "Lose"), ("lot", "lots")),
    "5B": (("batch", "batches"), ("Charge", "Chargen"), ("lot", "lots")),
    "RM": (("ream", "reams"), ("Ries", "Ries"), ("rame", "rames")),
    "LEF": (("leaf", "leaves"), ("Blatt", "Blatt"), ("feuillet", "feuillets")),
    "ZP": (("page", "pages"), ("Seite", "Seiten"), ("page", "pages")),
    "MIN": (("minute", "minutes"), ("Minute", "Minuten"), ("minute", "minutes")),
    "HUR": (("hour", "hours"), ("Stunde", "Stunden"), ("heure", "heures")),
    "DAY": (("day", "days"), ("Tag", "Tage"), ("jour", "jours")),
    "E49": (("working day", "working days"), ("Arbeitstag", "Arbeitstage"), ("jour ouvré", "jours ouvrés")),
    "WEE": (("week", "weeks"), ("Woche", "Wochen"), ("semaine", "semaines")),
    "MON": (("month", "months"), ("Monat", "Monate"), ("mois", "mois")),
    "QAN": (("quarter", "quarters"), ("Quartal", "Quartale"), ("trimestre", "trimestres")),
    "SAN": (("half-year", "half-years"), ("Halbjahr", "Halbjahre"), ("semestre", "semestres")),
    "ANN": (("year", "years"), ("Jahr", "Jahre"), ("an", "ans")),
    "LS": (("lump sum", "lump sums"), ("Pauschale", "Pauschalen"), ("forfait", "forfaits")),
    "ACT": (("activity", "activities"), ("Leistung", "Leistungen"), ("activité", "activités")),
    "E48": (("service", "services"), ("Dienstleistung", "Dienstleistungen"), ("service", "services")),
    "E51": (("job", "jobs"), ("Auftrag", "Aufträge"), ("travail", "travaux")),
    "E53": (("test", "tests"), ("Prüfung", "Prüfungen"), ("essai", "essais")),
    "E54": (("trip", "trips"), ("Fahrt", "Fahrten"), ("trajet", "trajets")),
    "E55": (("use", "uses"), ("Nutzung", "Nutzungen"), ("utilisation", "utilisations")),
    "E27": (("dose", "doses"), ("Dosis", "Dosen"), ("dose", "doses")),
    "IE": (("person", "persons"), ("Person", "Personen"), ("personne", "personnes")),
    "DTN": (("quintal", "quintals"), ("Dezitonne", "Dezitonnen"), ("quintal", "quintaux")),
    "STN": (("short ton", "short tons"), ("US-Tonne", "US-Tonnen"), ("tonne courte", "tonnes courtes")),
    "LM": (("linear metre", "linear metres"), ("lfd. Meter", "lfd. Meter"), ("mètre linéaire", "mètres linéaires")),
    "ACR": (("acre", "acres"), ("Acre", "Acres"), ("acre", "acres")),
    "BLL": (("barrel (US)", "barrels (US)"), ("Barrel", "Barrel"), ("baril", "barils")),
    "XBG": (("bag", "bags"), ("Beutel", "Beutel"), ("sachet", "sachets")),
    "XBO": (("bottle", "bottles"), ("Flasche", "Flaschen"), ("bouteille", "bouteilles")),
    "XBX": (("box", "boxes"), ("Kiste", "Kisten"), ("boîte", "boîtes")),
    "XCR": (("crate", "crates"), ("Kasten", "Kästen"), ("caisse", "caisses")),
    "XCS": (("case", "cases"), ("Kiste", "Kisten"), ("caisse", "caisses")),
    "XCT": (("carton", "cartons"), ("Karton", "Kartons"), ("carton", "cartons")),
    "XDR": (("drum", "drums"), ("Fass", "Fässer"), ("fût", "fûts")),
    "XPA": (("packet", "packets"), ("Päckchen", "Päckchen"), ("paquet", "paquets")),
    "XPC": (("parcel", "parcels"), ("Paket", "Pakete"), ("colis", "colis")),
    "XPK": (("package", "packages"), ("Packung", "Packungen"), ("paquet", "paquets")),
    "XPX": (("pallet", "pallets"), ("Palette", "Paletten"), ("palette", "palettes")),
    "XRO": (("roll", "rolls"), ("Rolle", "Rollen"), ("rouleau", "rouleaux")),
    "XSA": (("sack", "sacks"), ("Sack", "Säcke"), ("sac", "sacs")),
    "XST": (("sheet", "sheets"), ("Bogen", "Bögen"), ("feuille", "feuilles")),
    "XTU": (("tube", "tubes"), ("Tube", "Tuben"), ("tube", "tubes")),
}
KNOWN_UNITS = frozenset(SYMBOLS) | frozenset(WORDS)
# Time and services: work, of which nothing passes a border.
WORK = frozenset({"MIN", "HUR", "DAY", "E49", "WEE", "MON", "QAN", "SAN", "ANN", "ACT", "E48", "E51", "E53", "E54"})
LANGUAGES = ("en", "de", "fr")


def unit_name(code: str, language: str = "en", quantity: Decimal | int = 1) -> str:
    """How a unit is printed behind a quantity; an unknown code as it is, another language as English.

    French has the singular below two ("1,5 heure"), English and German for one only ("1.5 hours").
    """
    if code in SYMBOLS:
        return SYMBOLS[code]
    if code not in WORDS:
        return code
    base = language.replace("_", "-").split("-")[0].lower()
    one, several = WORDS[code][LANGUAGES.index(base) if base in LANGUAGES else 0]
    singular = abs(quantity) < 2 if base == "fr" else abs(quantity) == 1
    return one if singular else several


def unit_choices(language: str = "en") -> list[tuple[str, str]]:
    """All known units for a form, by name: ("HUR", "hour")."""
    return sorted(((code, unit_name(code, language)) for code in KNOWN_UNITS), key=lambda pair: pair[1].casefold())


def _words_of_files() -> dict[str, str]:
    found = {code.casefold(): code for code in sorted(KNOWN_UNITS)}
    for code in ("C62", "HUR", "DAY", "MON"):
        for count in (1, 2):
            found.setdefault(unit_name(code, "en", count).casefold(), code)
    return found | {"pc": "C62", "pcs": "C62", "ea": "C62", "each": "C62"}


# What units are called in files: their codes, and the commonest in words.
WORDS_OF_FILES = _words_of_files()
