"""Spanish, French and Italian."""

from postprocess.guard.languages.language import Language, Numerals, series, words

SPANISH = Language(
    free=words(
        """el la los las un una unos unas lo le les me te se nos mi tu su mis tus sus yo ella ellos ellas nosotros usted
        es son era eran ser sido esta estan estaba he has ha hemos han habia hay de del a al en con por para
        que y e o u
        pero porque si como eh este esto bueno pues vale mira digamos ver nada osea nomas ya coma punto arroba numero
        usted ustedes les"""
    )
    - words("nada"),
    negations=words("no nunca jamas nadie nada ninguno ninguna ningun ni sin tampoco"),
    corrections=(
        "no perdon",
        "perdon",
        "o sea no",
        "no digo",
        "digo",
        "mejor dicho",
        "quiero decir",
        "no espera",
        "no",
    ),
    rewrites=(
        ("menos cuarto", "¾"),
        ("tres cuartos", "3 4"),
        ("dos tercios", "2 3"),
        (r"(euros?|dolares) (?:con |y )?((?:\w+ y )?\w+) centimos", r"\1 \2"),
        ("y cuarto", "¼"),
        ("doctora?", "dr"),
        ("p ej", "por ejemplo"),
        ("etcetera", "etc"),
        ("gramos?|gr", "g"),
        ("mililitros?", "ml"),
        ("litros?", "l"),
        ("minutos?", "min"),
        ("horas?", "h"),
        ("digo(?= que)", "decir"),  # "I say that" takes nothing back
        ("senor", "sr"),
        ("senora", "sra"),
        ("senorita", "srta"),
        ("nueva linea|nuevo parrafo|punto y aparte", ""),
        ("(?:abr[ei]r?|cierra|cerrar|entre) (?:comillas|parentesis)|signo de (?:interrogacion|exclamacion)", ""),
        ("sobre(?= (?:\\w+enta|[0-9]|cien))", ""),
        ("o sea", ""),
        (r"(?<=punto )(\w+) barra", r"\1"),
        ("a ver", ""),
        ("pues nada", ""),
        ("por ciento", "percent"),
        ("kilogramos?|kilos?", "kg"),
        ("km h|kilometros (?:por|a la) hora", "kmh"),
        ("kilometros?", "km"),
        ("milimetros?", "mm"),
        ("centimetros?", "cm"),
        ("grados? (?:centigrados?|celsius)", "c"),
        ("guion(?: bajo)?", ""),
        ("miligramos?", "mg"),
        ("euros?", "euro"),
        ("dolares|dolar", "dollar"),
        ("menos(?= (?:[0-9]|un|qu|di|ve|do|tr|ci|se|oc|nu))", "minus"),
        ("vale vale", "vale"),
        ("y medi[ao](?! (?:l|kg|g|h|m|km|docena|ano|dia|mes|siglo|pagina)(?![a-z]))", "½"),
        ("grados?", "grados"),
    ),
    first_person=words("yo me mi mis nosotros nos"),
    calendar=(
        words("lunes martes miercoles jueves viernes sabado domingo"),
        words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    ),
    numerals=Numerals(
        values={
            **series(
                0,
                "cero uno/primero/primer dos/segundo tres/tercero/tercer cuatro cinco seis siete ocho nueve diez once "
                "doce trece",
            ),
            **series(
                14, "catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno/veintiun veintidos"
            ),
            **series(
                4, "cuarto/cuarta quinto/quinta sexto/sexta septimo/septima octavo/octava noveno/novena decimo/decima"
            ),
            **series(23, "veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve treinta"),
            **series(40, "cuarenta cincuenta sesenta setenta ochenta noventa cien/ciento", 10),
            **series(
                200,
                "doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas quinientos/quinientas",
                100,
            ),
            **series(
                600,
                "seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas novecientos/novecientas",
                100,
            ),
            "mil": 1000,
            "millon": 10**6,
            "millones": 10**6,
        },
        point=words("coma punto"),
        half=("½",),
        joiner="y",
    ),
)

FRENCH = Language(
    free=words(
        """le la les l un une des du de d je j tu il elle on nous vous ils elles me m te t se s mon ma mes ton
        ta tes son sa ses
        notre nos votre vos leur est sont etait etre ete suis es c ce ca cela ces cette qu que qui et ou mais
        donc car ne n
        y en a au aux dans sur sous par pour avec ai as avons avez ont avait si comme euh ben bah hein bon
        alors quoi enfin
        voila genre bref fait coup virgule point arobase numero h heure heures moi toi lui parce"""
    )
    - words("qui fait quoi coup"),
    negations=words("pas non jamais rien personne aucun aucune sans ni nul nulle guere"),
    corrections=("non pardon", "pardon", "non attends", "je veux dire", "enfin non", "plutot", "non"),
    rewrites=(
        ("moins le quart", "¾"),
        ("heures?(?= moins)", ""),
        ("trois quarts", "3 4"),
        ("deux tiers", "2 3"),
        (r"(euros?) (?:et )?((?:\w+ )?\w+) centimes", r"\1 \2"),
        ("et quart", "¼"),
        ("docteur", "dr"),
        ("(?<![0-9] )m", "monsieur"),
        ("madame", "mme"),
        ("mademoiselle", "mlle"),
        ("a la ligne|nouvelle ligne|nouveau paragraphe|point d'(?:interrogation|exclamation)", ""),
        ("(?:ouvr\\w+|ferm\\w+|entre) (?:les? |la )?(?:guillemets?|parentheses?)", ""),
        ("p ex", "par exemple"),
        ("et cetera|etcetera", "etc"),
        ("grammes?|gr", "g"),
        ("millilitres?", "ml"),
        ("litres?", "l"),
        ("minutes?", "min"),
        ("seconde(?= guerre)", "deuxieme"),
        ("chepa|chais pas", "sais pas"),
        ("en gros|tu sais|vous savez|comment dire", ""),
        ("ouais", "oui"),
        ("du coup", ""),
        ("en fait", ""),
        ("tu vois", ""),
        ("(?<!est )(?<!de )(?<!a )(?<!dis )(?<!sais )(?<!faire )quoi(?= ?$)", ""),
        ("quoi c'", "c'"),
        ("pour cent", "percent"),
        ("kilogrammes?|kilos?", "kg"),
        ("km h|kilometres? (?:a l'|par )?heure", "kmh"),
        ("kilometres?", "km"),
        ("millimetres?", "mm"),
        ("centimetres?", "cm"),
        ("degres? celsius", "c"),
        ("tiret(?: bas)?", ""),
        ("milligrammes?", "mg"),
        ("euros?", "euro"),
        ("dollars?", "dollar"),
        ("quatre vingts?(?! et )", "quatrevingt"),
        ("moins(?= (?:[0-9]|un|qu|di|vi|de|tr|ci|se|si|ne|on|do))", "minus"),
        ("premierement", "1"),
        ("deuxiemement", "2"),
        ("troisiemement", "3"),
        ("et demie?", "½"),
        ("vingt et un(?:ieme)?", "vingt un"),
        ("(trente|quarante|cinquante|soixante) et (un|onze)", r"\1 \2"),
    ),
    first_person=words("je j moi mon ma mes nous notre nos"),
    calendar=(
        words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        words("janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"),
    ),
    numerals=Numerals(
        values={
            **series(
                0, "zero premier/premiere deux/deuxieme trois/troisieme quatre cinq six sept huit neuf dix onze douze"
            ),
            "un": 1,
            **series(13, "treize quatorze quinze seize"),
            **series(20, "vingt trente quarante cinquante soixante", 10),
            "septante": 70,
            "quatrevingt": 80,
            "huitante": 80,
            "nonante": 90,
            "cent": 100,
            "cents": 100,
            "mille": 1000,
            "million": 10**6,
            "millions": 10**6,
            "milliard": 10**9,
            "milliards": 10**9,
        }
        | {"deux": 2, "trois": 3},
        stems=series(4, "quatriem cinquiem sixiem septiem huitiem neuviem dixiem onziem douziem treiziem quatorziem")
        | series(15, "quinziem seiziem")
        | {"vingtiem": 20, "trentiem": 30},
        point=words("virgule point"),
        half=("½",),
    ),
)

ITALIAN = Language(
    free=words(
        """il lo la i gli le l un uno una del dello della dei degli delle di a al allo alla ai agli alle da dal
        dalla in nel
        nella su sul sulla con per tra fra e ed o che chi ma se io tu lui lei noi voi loro mi ti si ci vi mio
        mia tuo suo
        sua e' sono era essere stato stata ho hai ha abbiamo avete hanno come perche ehm eh allora insomma cioe
        diciamo
        beh ecco tipo praticamente dunque virgola punto chiocciola numero d c dell all nell dall sull sia"""
    )
    - words("chi"),
    negations=words("non no mai nessuno nessuna nessun niente nulla ne neanche nemmeno neppure senza"),
    corrections=("no scusa", "cioe no", "scusa", "scusate", "anzi", "no anzi", "no aspetta", "volevo dire", "no"),
    rewrites=(
        ("meno un quarto", "¾"),
        ("tre quarti", "3 4"),
        ("due terzi", "2 3"),
        (r"(euro) (?:e )?(\w+) centesimi", r"\1 \2"),
        ("e un quarto", "¼"),
        ("a capo(?! d)|nuova riga|nuovo paragrafo|punto (?:interrogativo|esclamativo)", ""),
        ("(?:apert[ae]|chius[ae]|apri|chiudi|tra|fra) (?:le |la )?(?:virgolette|parentesi)", ""),
        ("((?:und|dod|tred|quattord|quind|sed)ic)esim[oa]", r"\1i"),
        ("ad es", "per esempio"),
        ("eccetera|etc", "ecc"),
        ("gramm[oi]|gr", "g"),
        ("millilitr[oi]", "ml"),
        ("litr[oi]", "l"),
        ("minut[oi]", "min"),
        ("sig ra", "signora"),
        ("sig na", "signorina"),
        ("dott(?:ore?|oressa)?|dr", "dott"),
        ("per cento", "percent"),
        ("chilogrammi|chili|chilo|kg", "kg"),
        ("km h|chilometri (?:all'|per )ora", "kmh"),
        ("chilometr[oi]", "km"),
        ("millimetr[oi]", "mm"),
        ("centimetr[oi]", "cm"),
        ("grad[oi] (?:centigrad[oi]|celsius)", "c"),
        ("trattino(?: basso)?", ""),
        ("milligrammi", "mg"),
        ("dollari|dollaro", "dollar"),
        ("e mezz[ao](?! (?:l|kg|g|ora|m|km|dozzina|anno|giornata|pagina)(?![a-z]))", "½"),
        ("mln", "milioni"),
        ("e un quarto", "15"),
        ("meno(?= (?:[0-9]|qu|di|ve|do|tr|ci|se|ot|no))", "minus"),
    ),
    first_person=words("io mio mia noi"),
    calendar=(
        words("lunedi martedi mercoledi giovedi venerdi sabato domenica"),
        words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    ),
    numerals=Numerals(
        values={
            **series(
                0, "zero primo due/secondo tre/terzo quattro cinque sei sette otto nove dieci undici dodici tredici"
            ),
            **series(14, "quattordici quindici sedici diciassette diciotto diciannove"),
            **series(20, "venti/vent trenta/trent quaranta/quarant cinquanta/cinquant sessanta/sessant", 10),
            **series(70, "settanta/settant ottanta/ottant novanta/novant", 10),
            **series(
                4, "quarto/quarta quinto/quinta sesto/sesta settimo/settima ottavo/ottava nono/nona decimo/decima"
            ),
            "uno": 1,
            "un": 1,
            "cento": 100,
            "cent": 100,
            "mille": 1000,
            "mila": 1000,
            "milione": 10**6,
            "milioni": 10**6,
        },
        point=words("virgola punto"),
        half=("½",),
        compound=True,
    ),
)
