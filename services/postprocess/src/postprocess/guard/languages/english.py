"""English."""

from postprocess.guard.languages.language import Language, Numerals, series, words

ENGLISH = Language(
    free=words(
        """a an the this that these those there here it its i me my we us our you your he him his she her they
        them their
        is are was were be been being am do does did done have has had having will would shall should can could
        may might
        must to of in on at by for from with into onto as than then and or but so if because while about up out
        um uh uhm umm er erm ah hm hmm mm mhm huh oh well okay ok yeah right like just really actually basically
        literally anyway alright honestly also too some such please very quite pretty kind sort guys number step let
        comma period colon semicolon quote close open paragraph new line dot underscore slash paren dash star symbol o
        clock pm am going go got get s d re ve ll m t feet such capital over times which who what's let's year years
        again"""
    )
    - words("times go get again what's who open close please very going capital which year years kind right"),
    negations=words("not no never none nobody nothing neither nor without nowhere cannot unable hardly barely"),
    corrections=(
        "no wait",
        "well no",
        "or no",
        "no sorry",
        "sorry no",
        "no no",
        "wait no",
        "scratch that",
        "i mean",
        "i meant",
        "or rather",
        "correction",
        "sorry",
        "actually",
        "make that",
        "excuse me",
        "no",
    ),
    rewrites=(
        ("double (oh|o|zero|one|two|three|four|five|six|seven|eight|nine)", r"\1 \1"),
        ("triple (oh|o|zero|one|two|three|four|five|six|seven|eight|nine)", r"\1 \1 \1"),
        ("wait(?= (?:what|so|was|did|is))", ""),
        ("let(?: me|'s| us) see|alrighty|(?:question|exclamation) mark|let me think", ""),
        ("(should|could|would)a", r"\1 have"),
        ("cuz", "because"),
        ("doctor", "dr"),
        ("professor", "prof"),
        ("and a quarter", "¼"),
        (r"(\w+)n't not", r"\1 notnot"),  # "we can't not go" is no stammer
        ("can't", "can not"),
        ("cannot", "can not"),
        ("won't", "will not"),
        ("ain't", "not"),
        ("shan't", "shall not"),
        (r"(\w+)n't", r"\1 not"),
        ("gonna", "going to"),
        ("wanna", "want to"),
        ("gotta", "got to"),
        ("'?cause", "because"),
        ("kinda", "kind of"),
        ("dunno", "do not know"),
        ("lemme", "let me"),
        ("gimme", "give me"),
        ("nah", "no"),
        (r"(should|could|would) of", r"\1 have"),
        (r"'em", "them"),
        ("yep|yup", "yes"),
        ("p m", "pm"),
        ("(?<! [a-z] )([b-hj-z]) ([a-z])(?! [a-z] )", r"\1\2"),  # "t v"
        ("(?<! [a-z] )([ai]) ([b-hj-z])(?! [a-z] )", r"\1\2"),  # "i d", but no "a" before "I"
        ("(?<= u[hm] )(?:how do you say|what's the word|what(?:'s| is) it called|what do you call it)", ""),
        ("(?<=for )what(?= (?:like|maybe|about))", ""),
        ("a m", "am"),
        ("you know(?! (?:what|how|who|where|the))", ""),
        ("(?:kind|sort) of", ""),
        ("i mean(?! (?:it|that))", " ⟲ "),
        ("you see", ""),
        ("i guess", ""),
        ("or something(?: like that)?|so to speak|if you will|as it were|i suppose|hold on", ""),
        ("new (?:paragraph|line)|full stop", ""),
        ("(?:open|close|end) quote|unquote", ""),
        ("(?:open|close) paren(?:thesis)?", ""),
        ("capital(?= (?:[a-z](?: |$)))", ""),
        ("select star", "select"),
        ("greater than", ""),
        ("less than", ""),
        ("milligrams?", "mg"),
        ("kilos?|kilograms?", "kg"),
        ("(?:km|kilomet(?:er|re)s?) (?:h|(?:per|an) hour)|kph", "kmh"),
        ("miles (?:per|an) hour", "mph"),
        ("kilomet(?:er|re)s?", "km"),
        ("millimet(?:er|re)s?", "mm"),
        ("centimet(?:er|re)s?", "cm"),
        ("minutes?|mins?", "min"),
        ("degrees? f(?:ahrenheit)?", "f"),
        ("degrees? c(?:elsius|entigrade)?", "c"),
        ("hash ?tag|(?:triple )?back ?ticks?", ""),
        ("pounds?|lbs?", "pound"),
        (r"(dollars?|euros?|pounds?) (?:and )?((?:\w+ )?\w+) (?:cents?|pence)", r"\1 \2"),
        ("dollars?|bucks?", "dollar"),
        ("euros?", "euro"),
        ("per cent", "percent"),
        ("met(?:er|re)s?", "m"),
        ("foot|feet", "foot"),
        ("twice", "2 times"),
        ("once", "1 times"),
        ("thrice", "3 times"),
        ("o'clock", ""),
        ("colou?r", "color"),
        ("mister", "mr"),
        ("everyone", "everybody"),
        ("and a half", "½"),
        ("corporation", "corp"),
        ("extension", "ext"),
        ("three quarters", "3 4"),
        ("two thirds", "2 3"),
        ("(two|three|four) fifths", r"\1 5"),
        ("ounces?", "oz"),
        ("(?<=teen )hundreds", "hundred"),
        ("(?<=two )thousands", "thousand"),
        ("([b-hj-z]) and ([a-hj-z])", r"\1\2"),  # "q and a"
        ("negative(?= (?:[0-9]))", "minus"),
    ),
    first_person=words("i i'm i've i'll i'd me my we our us"),
    calendar=(
        words("monday tuesday wednesday thursday friday saturday sunday"),
        words("january february march april may june july august september october november december"),
    ),
    numerals=Numerals(
        values={
            **series(
                0,
                "zero/nil one/first two/second three/third four/fourth five/fifth six/sixth seven/seventh eight/eighth",
            ),
            **series(9, "nine/ninth ten/tenth eleven/eleventh twelve/twelfth thirteen/thirteenth fourteen/fourteenth"),
            **series(
                15, "fifteen/fifteenth sixteen/sixteenth seventeen/seventeenth eighteen/eighteenth nineteen/nineteenth"
            ),
            **series(20, "twenty/twentieth/twenties thirty/thirtieth/thirties forty/fortieth/forties", 10),
            **series(
                50,
                "fifty/fiftieth/fifties sixty/sixtieth/sixties seventy/seventies eighty/eighties ninety/nineties",
                10,
            ),
            "hundred": 100,
            "thousand": 1000,
            "million": 10**6,
            "billion": 10**9,
            "trillion": 10**12,
        },
        point=words("point"),
        half=("½",),
        joiner="and",
    ),
)
