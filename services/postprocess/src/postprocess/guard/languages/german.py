"""German."""

from postprocess.guard.languages.language import Language, Numerals, series, words

GERMAN = Language(
    free=words(
        """der die das den dem des ein eine einen einem einer eines ich du er sie es wir ihr mich dich sich uns
        euch ihm ihn
        ihnen mir dir mein meine meinen dein ihre seine unser sein bin bist ist sind seid war waren wird werden
        wurde haben
        habe hab hast hat hatte hatten und oder aber denn dass ob wenn als wie in im an am auf aus bei mit nach
        von vom zu
        zum zur um fur uber unter bis durch ahm ah ahh hm hmm also halt eben ja mal naja na tja quasi sozusagen
        irgendwie eigentlich einfach so ne nen nem doch schon da dann genau gut ok okay ach wohl nun ohm gell punkt
        komma doppelpunkt bindestrich unterstrich schragstrich absatz neuer nummer
        uhr at bitte weil was es'"""
    )
    - words("was gut bitte"),
    negations=words(
        """nicht kein keine keinen keinem keiner keines keins nie niemals niemand niemanden niemandem nichts
        nein ohne weder
        noch nirgends keinesfalls"""
    )
    - words("noch"),
    corrections=(
        "nein entschuldigung",
        "nein quatsch",
        "nein warte",
        "ne warte",
        "nein moment",
        "entschuldigung",
        "quatsch",
        "ich meine",
        "beziehungsweise",
        "besser gesagt",
        "sorry",
        "nein",
        "ne",
    ),
    rewrites=(
        ("drei viertel(?! (?:nach|vor))", "3 4"),
        ("zwei drittel", "2 3"),
        (r"(euro) (?:und )?(\w+) cent", r"\1 \2"),
        ("nee", "nein"),
        ("ich sag mal|weisst du|oder so|im prinzip|im grunde|ach so|na gut|sag ich mal", ""),
        ("gross(?= (?:[a-z](?: |$)))", ""),
        ("ham", "haben"),
        ("doktor", "dr"),
        ("professor", "prof"),
        ("nich|net", "nicht"),
        ("nix", "nichts"),
        ("sowas", "so etwas"),
        ("hab's|habs", "habe es"),
        (r"(\w+)'s", r"\1 es"),
        ("keene?", "keine"),
        ("kilogramm|kilos?", "kg"),
        ("km h|stundenkilometer|kilometer (?:pro|die|in der) stunde", "kmh"),
        ("kilometern?", "km"),
        ("millimetern?", "mm"),
        ("zentimetern?", "cm"),
        ("grad celsius", "c"),
        ("milligramm", "mg"),
        ("zweimal", "2 mal"),
        ("dreimal", "3 mal"),
        ("einmal", "1 mal"),
        ("zirka|ca", "circa"),
        ("z b", "zum beispiel"),
        ("und so weiter", "usw"),
        ("u s w", "usw"),
        ("abs|paragra(?:f|ph)", ""),
        ("minus(?= \\w+ (?:at|punkt)(?= ))", ""),
        ("gramm", "g"),
        ("mio", "millionen"),
        ("mrd", "milliarden"),
        ("milliliter", "ml"),
        ("liter", "l"),
        ("strasse", "str"),
        ("(\\w+)strasse", r"\1str"),
        ("stunden?", "std"),
        ("minuten?", "min"),
        ("d h", "das heisst"),
        ("(zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn)einhalb", r"\1 ½"),
        ("neuer absatz|neue zeile|fragezeichen|ausrufezeichen", ""),
        ("(?:in )?(?:anfuhrungs(?:zeichen|striche)|klammern?)(?: (?:auf|zu))?", ""),
        ("prozent", "percent"),
        ("euros?", "euro"),
        ("dollars?", "dollar"),
        ("erstens", "1"),
        ("zweitens", "2"),
        ("drittens", "3"),
        ("viertens", "4"),
        ("funftens", "5"),
        ("ich hei(?:ß|ss)e", "ich heisse"),
        ("zwo", "zwei"),
        ("meter", "m"),
    ),
    first_person=words("ich mir mich mein meine wir uns unser"),
    calendar=(
        words("montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"),
        words("januar februar marz april mai juni juli august september oktober november dezember"),
    ),
    numerals=Numerals(
        values={
            **series(
                0, "null eins/ein/erst zwei/zweit drei/dritt vier funf sechs sieben/siebt acht neun zehn elf zwolf"
            ),
            **series(13, "dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn"),
            **series(20, "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig", 10),
            "hundert": 100,
            "tausend": 1000,
            "million": 10**6,
            "millionen": 10**6,
            "milliarde": 10**9,
            "milliarden": 10**9,
        },
        point=words("komma punkt"),
        joiner="und",
        compound=True,
    ),
)
