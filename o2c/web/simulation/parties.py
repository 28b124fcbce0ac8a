"""Customers that do not exist, put together from word lists. Numbers carry right check digits and belong to nobody."""

import unicodedata
from dataclasses import dataclass
from random import Random

from schwifty import IBAN
from stdnum.at import uid as at_uid
from stdnum.ch import uid as ch_uid
from stdnum.es import cif as es_cif
from stdnum.gb import vat as gb_vat
from stdnum.iso7064 import mod_11_10
from stdnum.luhn import calc_check_digit as luhn_digit
from stdnum.nl import bsn as nl_bsn


@dataclass(frozen=True)
class Land:
    """What names, towns and numbers look like in a country."""

    code: str
    language: str
    currency: str
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    pattern: str
    towns: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    phone: str
    desk: str  # what the people who pay invoices are called, as a mail address begins


GERMAN_HEADS = (
    "Alt", "Berg", "Birken", "Buch", "Eich", "Erlen", "Falken", "Grün", "Hasel", "Hirsch", "Kirsch", "Kron", "Linden",
    "Mühl", "Nord", "Ost", "Quell", "Reb", "Rosen", "Sand", "Silber", "Stein", "Tann", "Wald", "Weiden", "Wolken",
)  # fmt: skip
GERMAN_TAILS = (
    "bach", "berger", "brück", "dorf", "feld", "grund", "hain", "hof", "horst", "kamp", "ried", "see", "stett", "tal",
    "wang", "werth",
)  # fmt: skip
GERMAN_TRADES = (
    "Maschinenbau", "Logistik", "Werkzeuge", "Medizintechnik", "Verpackungen", "Elektrotechnik", "Bau", "Lebensmittel",
    "Textil", "Druck", "Kunststoffe", "Möbel", "Sanitär", "Automation", "Optik", "Papier", "Getränke", "Metallbau",
)  # fmt: skip
GERMAN_FIRST = ("Anna", "Birgit", "Claudia", "Dieter", "Emre", "Felix", "Greta", "Heike", "Jonas", "Katrin", "Leonie",
                "Marek", "Nadja", "Oliver", "Petra", "Ralf", "Sabine", "Tobias", "Ulrike", "Yasemin")  # fmt: skip
GERMAN_LAST = ("Albrecht", "Bauer", "Brandt", "Dietz", "Ebner", "Fink", "Gruber", "Haas", "Jansen", "Kaya", "Lorenz",
               "Moser", "Noll", "Ott", "Pohl", "Reiter", "Seidel", "Thoma", "Vogt", "Winter")  # fmt: skip
FRENCH_HEADS = ("Bel", "Bois", "Bonne", "Champ", "Clair", "Fleur", "Fort", "Grand", "Haute", "Mont", "Neuf", "Pierre",
                "Pont", "Roche", "Rive", "Saule", "Val", "Vieux")  # fmt: skip
FRENCH_TAILS = ("bois", "champ", "court", "fontaine", "lac", "mare", "mont", "prés", "rive", "roche", "val", "vigne",
                "ville", "voie")  # fmt: skip
FRENCH_TRADES = ("Emballages", "Matériaux", "Mécanique", "Transports", "Textiles", "Électronique", "Boissons",
                 "Imprimerie", "Menuiserie", "Plastiques", "Équipements", "Agroalimentaire", "Optique")  # fmt: skip
DUTCH_HEADS = ("Boven", "Duin", "Eiken", "Groen", "Haven", "Hoog", "Kreek", "Linde", "Meer", "Noorder", "Polder",
               "Rijn", "Ster", "Veen", "Wester", "Zand")  # fmt: skip
DUTCH_TAILS = ("beek", "berg", "brug", "dijk", "hof", "horst", "huis", "kamp", "land", "maat", "poort", "stede",
               "veld", "vliet", "zicht")  # fmt: skip
SPANISH_HEADS = ("Alta", "Bella", "Campo", "Costa", "Fuente", "Llano", "Luz", "Monte", "Olivo", "Piedra", "Prado",
                 "Puerta", "Rio", "Sierra", "Torre", "Valle")  # fmt: skip
SPANISH_TAILS = ("blanca", "clara", "dorada", "florida", "fria", "mar", "mayor", "nevada", "nueva", "real", "seca",
                 "sol", "verde", "viva")  # fmt: skip
ENGLISH_HEADS = ("Alder", "Ash", "Barrow", "Birch", "Black", "Bright", "Cold", "Copper", "Fair", "Harrow", "Hazel",
                 "Iron", "Kings", "Lark", "Maple", "Marsh", "North", "Oak", "Raven", "Silver", "Stone", "Thorn",
                 "West", "Winter")  # fmt: skip
ENGLISH_TAILS = ("bridge", "brook", "bury", "combe", "croft", "dale", "field", "ford", "gate", "ham", "hurst", "ley",
                 "mere", "moor", "ridge", "stead", "ton", "well", "wick", "worth")  # fmt: skip
ENGLISH_TRADES = ("Engineering", "Logistics", "Packaging", "Instruments", "Foods", "Building Supplies", "Textiles",
                  "Print", "Controls", "Plastics", "Furniture", "Medical", "Tools", "Beverages", "Marine",
                  "Electrical")  # fmt: skip
ENGLISH_FIRST = ("Aaron", "Beth", "Callum", "Dana", "Elliot", "Fiona", "Grace", "Harvey", "Isla", "Jamal", "Kezia",
                 "Liam", "Maya", "Nathan", "Olivia", "Priya", "Reuben", "Sian", "Tariq", "Zoe")  # fmt: skip
ENGLISH_LAST = ("Archer", "Bell", "Carver", "Doyle", "Ellison", "Frost", "Grant", "Hale", "Ingram", "Joyce", "Keane",
                "Lowe", "Marsh", "Norris", "Okafor", "Patel", "Quinn", "Rhodes", "Sharma", "Tate")  # fmt: skip
GERMAN_STREETS = ("Bahnhofstraße", "Gartenweg", "Hafenstraße", "Industriestraße", "Lindenallee", "Marktplatz",
                  "Mühlweg", "Ringstraße", "Werkstraße", "Wiesenweg")  # fmt: skip
ENGLISH_STREETS = ("Mill Lane", "Station Road", "Foundry Street", "Harbour Way", "Park Avenue", "Kiln Road",
                   "Commerce Drive", "Orchard Close", "Wharf Street", "Quarry Road")  # fmt: skip

_GERMAN = {
    "language": "de",
    "heads": GERMAN_HEADS,
    "tails": GERMAN_TAILS,
    "trades": GERMAN_TRADES,
    "pattern": "{stem} {trade} {form}",
    "streets": GERMAN_STREETS,
    "first_names": GERMAN_FIRST,
    "last_names": GERMAN_LAST,
    "desk": "buchhaltung",
}
_ENGLISH = {
    "language": "en",
    "heads": ENGLISH_HEADS,
    "tails": ENGLISH_TAILS,
    "trades": ENGLISH_TRADES,
    "pattern": "{stem} {trade} {form}",
    "streets": ENGLISH_STREETS,
    "first_names": ENGLISH_FIRST,
    "last_names": ENGLISH_LAST,
    "desk": "accounts",
}

LANDS = {
    land.code: land
    for land in (
        Land("DE", currency="EUR", forms=("GmbH", "GmbH & Co. KG", "AG", "KG", "e. K."), phone="+49 30 23125 {n:03d}",
             towns=(("20095", "Hamburg"), ("80331", "München"), ("50667", "Köln"), ("04109", "Leipzig"),
                    ("70173", "Stuttgart"), ("44135", "Dortmund"), ("90402", "Nürnberg")), **_GERMAN),
        Land("AT", currency="EUR", forms=("GmbH", "GesmbH", "KG", "AG"), phone="+43 1 5550 {n:03d}",
             towns=(("1010", "Wien"), ("4020", "Linz"), ("5020", "Salzburg"), ("8010", "Graz")), **_GERMAN),
        Land("CH", currency="CHF", forms=("AG", "GmbH", "& Söhne AG"), phone="+41 44 5550 {n:03d}",
             towns=(("8001", "Zürich"), ("3011", "Bern"), ("4051", "Basel"), ("9000", "St. Gallen")), **_GERMAN),
        Land("FR", currency="EUR", language="fr", heads=FRENCH_HEADS, tails=FRENCH_TAILS, trades=FRENCH_TRADES,
             forms=("SARL", "SAS", "SA", "& Fils SARL"), pattern="{trade} {stem} {form}", phone="+33 1 99 00 {n:04d}",
             towns=(("69001", "Lyon"), ("31000", "Toulouse"), ("44000", "Nantes"), ("67000", "Strasbourg"),
                    ("59000", "Lille"), ("33000", "Bordeaux")),
             streets=("rue du Port", "avenue des Tilleuls", "rue de la Gare", "chemin des Vignes", "rue des Forges",
                      "place du Marché", "rue de l'Usine"),
             first_names=("Amélie", "Bruno", "Camille", "Damien", "Élise", "Fabien", "Hélène", "Inès", "Julien",
                          "Karim", "Lucie", "Mathieu", "Noémie", "Olivier", "Pauline", "Rémi", "Sophie", "Yann"),
             last_names=("Aubert", "Blanchet", "Caron", "Delmas", "Faure", "Garnier", "Hubert", "Lacroix", "Marchand",
                         "Noël", "Perrin", "Renaud", "Sabatier", "Tissot", "Vidal"), desk="comptabilite"),
        Land("NL", currency="EUR", language="en", heads=DUTCH_HEADS, tails=DUTCH_TAILS,
             trades=("Verpakkingen", "Logistiek", "Techniek", "Bouw", "Textiel", "Voeding", "Kunststoffen", "Meubelen",
                     "Elektro", "Drukkerij"), forms=("B.V.", "N.V.", "V.O.F."), pattern="{stem} {trade} {form}",
             towns=(("1012 AB", "Amsterdam"), ("3011 CD", "Rotterdam"), ("3511 EF", "Utrecht"),
                    ("5611 GH", "Eindhoven")), streets=("Havenweg", "Kerkstraat", "Molenlaan", "Stationsplein",
                    "Industrieweg"), phone="+31 20 555 0{n:03d}",
             first_names=("Anouk", "Bram", "Daan", "Femke", "Guus", "Hanna", "Joris", "Lotte", "Mees", "Sanne"),
             last_names=("Bakker", "de Boer", "Dekker", "Hendriks", "Kuipers", "Mulder", "Peters", "Smit", "Visser",
                         "de Wit"), desk="crediteuren"),
        Land("ES", currency="EUR", language="en", heads=SPANISH_HEADS, tails=SPANISH_TAILS,
             trades=("Suministros", "Talleres", "Transportes", "Envases", "Textiles", "Alimentos", "Muebles",
                     "Instalaciones", "Papelera", "Conservas"), forms=("S.L.", "S.A.", "S.L.U."),
             pattern="{trade} {stem} {form}", towns=(("28001", "Madrid"), ("08001", "Barcelona"), ("46001", "Valencia"),
             ("41001", "Sevilla"), ("48001", "Bilbao")), streets=("Calle Mayor", "Avenida del Puerto",
             "Calle de la Fuente", "Paseo de los Olmos", "Calle Nueva"), phone="+34 910 55 0{n:03d}",
             first_names=("Alba", "Bruno", "Carla", "Diego", "Elena", "Hugo", "Irene", "Javier", "Lucía", "Mateo",
                          "Nuria", "Pablo"),
             last_names=("Aguilar", "Blanco", "Cano", "Delgado", "Gallego", "Herrero", "Lozano", "Molina", "Prieto",
                         "Rivas", "Soler"), desk="facturas"),
        Land("GB", currency="GBP", forms=("Ltd", "Limited", "plc", "LLP", "& Sons Ltd"), phone="+44 20 7946 0{n:03d}",
             towns=(("M1 1AE", "Manchester"), ("B1 1AA", "Birmingham"), ("LS1 1UR", "Leeds"), ("BS1 4DJ", "Bristol"),
                    ("EH1 1YZ", "Edinburgh"), ("S1 2HE", "Sheffield")), **_ENGLISH),
        Land("US", currency="USD", forms=("Inc.", "LLC", "Corp.", "Co."), phone="+1 212 555 0{n:03d}",
             towns=(("10001", "New York"), ("60601", "Chicago"), ("44101", "Cleveland"), ("02108", "Boston"),
                    ("97201", "Portland"), ("78701", "Austin")), **_ENGLISH),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Party:
    """A customer as the outside sees it."""

    name: str
    vat_id: str
    country: str
    language: str
    street: str
    postal_code: str
    city: str
    iban: str
    bic: str
    domain: str


def party(dice: Random, country: str) -> Party:
    """A company of the country."""
    land = LANDS[country]
    stem = dice.choice(land.heads) + dice.choice(land.tails)
    trade = dice.choice(land.trades)
    postal_code, city = dice.choice(land.towns)
    street, house = dice.choice(land.streets), dice.randrange(1, 180)
    number_first = land.language == "fr" or country in {"GB", "US"}
    return Party(
        name=land.pattern.format(stem=stem, trade=trade, form=dice.choice(land.forms)),
        vat_id=vat_id(dice, country),
        country=country,
        language=land.language,
        street=f"{house} {street}" if number_first else f"{street} {house}",
        postal_code=postal_code,
        city=city,
        iban=iban(country, dice.randrange(10**10)),
        bic="",
        domain=f"{slug(stem)}-{slug(trade)}.example",
    )


def person(dice: Random, country: str) -> tuple[str, str, str]:
    """Somebody who works there: a name, what stands before the @, and a telephone number kept for fiction."""
    land = LANDS[country]
    first, last = dice.choice(land.first_names), dice.choice(land.last_names)
    return f"{first} {last}", f"{slug(first)}.{slug(last)}", land.phone.format(n=dice.randrange(1000))


def slug(text: str) -> str:
    """The text as it stands in a domain name."""
    text = text.lower().replace("ß", "ss").replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(sign if sign.isalnum() else "-" for sign in plain).strip("-")


BBANS = {
    # bank code (of no bank), length of the account number
    "DE": ("10000000", 10),
    "AT": ("19999", 11),
    "CH": ("09999", 12),
    "FR": ("1000600001", 11),
    "NL": ("BANK", 10),
    "ES": ("99990001", 10),
    "GB": ("DEMO", 8),
}


def iban(country: str, account: int) -> str:
    """A well-formed IBAN of no real bank; empty for countries without IBANs."""
    if country not in BBANS:
        return ""
    bank, length = BBANS[country]
    return str(IBAN.generate(country, bank_code=bank, account_code=f"{account % 10**length:0{length}d}"))


def vat_id(dice: Random, country: str) -> str:
    """A VAT id with the right check digit, as the VAT Information Exchange System writes it; empty for the US."""
    while True:
        body = f"{dice.randrange(1_000_000, 10_000_000):07d}"
        if country == "DE":
            return f"DE{body}5{mod_11_10.calc_check_digit(body + '5')}"
        if country == "AT":
            return f"ATU{body}{at_uid.calc_check_digit('U' + body)}"
        if country == "CH":
            digit = ch_uid.calc_check_digit("9" + body)
            if digit != "X" and len(str(digit)) == 1:
                return f"CHE-9{body[:2]}.{body[2:5]}.{body[5:]}{digit} MWST"
        elif country == "FR":
            siren = f"9{body}" + luhn_digit(f"9{body}")
            return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
        elif country == "NL":
            for digit in "0123456789":
                if nl_bsn.checksum(f"9{body}{digit}") == 0:
                    return f"NL9{body}{digit}B01"
        elif country == "ES":
            return f"ESB{body}{es_cif.calc_check_digits('B' + body)[0]}"
        elif country == "GB":
            first = f"{body}"
            weighted = gb_vat.checksum(first + "00")
            for check in range(97):
                if (weighted + 10 * (check // 10) + check % 10) % 97 == 0:
                    return f"GB{first}{check:02d}"
        else:
            return ""
