"""English function words: the small words that hold a sentence together."""

from understudy.english.wordset import word_set

# Dropped: they carry no meaning.
FILLER_ADVERBS = word_set("""
really absolutely totally just also actually honestly literally quite pretty basically mostly
generally mainly genuinely truly simply deeply seriously lowkey low-key highkey fucking bloody so
very extremely incredibly super definitely certainly obviously clearly probably currently kinda
sorta even personally sadly unfortunately luckily apparently especially particularly completely
well again then now perhaps maybe legit proper dead technically essentially fully
thoroughly strongly recently freakin freaking damn hella
""")
# Kept: without them the fact would be different.
KEPT_ADVERBS = word_set("""
never once always rarely hardly seldom sometimes often usually still secretly only barely
occasionally almost nearly accidentally regularly constantly frequently finally normally
typically once already first mainly nearly ever too
""")
ADVERBS = FILLER_ADVERBS | KEPT_ADVERBS

DETERMINERS = word_set("""
a an the my our your his her their its this that these those some any no every each all both
another several many few most more enough lots loads plenty half two three four five six seven
eight nine ten eleven twelve twenty thirty forty fifty hundred thousand one
""")
PREPOSITIONS = word_set("""
in at for with as on from to of about into by than under near through without towards toward over
after before around across along behind beside between beyond during inside outside off onto out
past since till until up via within against like despite except per throughout beneath above below
""")
# After a verb, these join the predicate: "lives in", "plays for".
JOINING = word_set("""
in at for with as on from to of about into by under near through without towards over after
against around across behind onto off between beside for like than outside inside along within
""")
PARTICLES = word_set(
    "up out off down over away back around along together forward apart through on in"
)
PRONOUNS = word_set("""
i me you he him she it we us they them this that these those one mine yours his hers ours theirs
everything something nothing anything everyone someone somebody anyone nobody everybody u ya yous
both all same so stuff things ones
""")
SUBJECT_PRONOUNS = word_set("i we you he she it they this that there these those u someone everyone "
                        "nobody somebody people everybody")  # fmt: skip
BE = word_set("am is are was were be been being")
MODALS = word_set("can could will would should might may must shall")
QUESTION_WORDS = word_set("what who whom whose which where when why how")
# Words that join clauses.
CONJUNCTIONS = word_set("and but or so because although though while whereas since if unless yet nor "
                    "when which who until except then plus")  # fmt: skip
NUMBERS = word_set("""
ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty
fifty sixty seventy eighty ninety one two three four five six seven eight nine
""")

# Sentence endings that say nothing.
TRAILERS = (
    "as well", "too", "also", "lol", "haha", "hahaha", "lmao", "though", "tho", "tbh", "btw", "ngl",
    "honestly", "actually", "really", "so much", "very much", "most of all", "the most", "and stuff",
    "and stuff like that", "and things", "and that", "and all that", "or something",
    "or something like that", "or whatever", "and so on", "etc", "you know", "i guess", "i think",
    "i suppose", "if that counts", "to be honest", "to be fair", "unfortunately", "sadly",
    "right now", "at the moment", "apparently", "obviously", "basically", "no contest", "of course",
    "please", "mate", "love", "innit", "for sure", "definitely", "probably", "maybe", "believe it or not",
    "to save my life", "in fact", "by the way", "rn", "imo", "for real", "fr", "i swear", "rain or shine", "give or take", "like an idiot", "do not get me wrong", "literally",
    "more than anything", "now", "these days", "nowadays", "personally", "even", "then", "at all",
    "i must admit", "i admit", "i have to admit", "i have to say", "i must say", "a lot really",
    "that is it", "that is all", "that is about it", "mostly", "mainly", "usually", "originally",
    "alas", "sorry", "please do not judge me", "do not judge me", "to my shame", "not gonna lie",
    "thank you", "thanks", "xx", "x", "everyone", "guys", "folks", "lads", "dude", "bro", "man",
    "i believe", "oh well", "so", "yet", "and such", "and the like", "instead", "if i am honest",
    "i reckon", "in general", "generally", "anyway", "like", "ahah", "hehe", "xd", "currently",
)  # fmt: skip

# Fronted phrases begin with one of these: "Every Sunday I…", "In my free time I…".
FRONTED = word_set("""
every once on in at as last when since after before during for most some nowadays back until till
if whenever here there sometimes usually normally occasionally often growing apart although though because
while given despite outside today tomorrow yesterday tonight one two three five ten years from
these currently lately recently even unless plus besides aside at over each with without by ages
""")
# Words for things that happen again and again.
FREQUENCY = word_set("every each most twice thrice daily weekly")

FIXED_PAIRS = (
    "born and raised", "born and bred", "washing up",
    "rain or shine",
    "give or take",
    "more or less",
    "once or twice",
    "two or three",
    "knife and fork",
    "fish and chips", "rock and roll", "salt and vinegar", "mac and cheese", "bed and breakfast",
    "drum and bass", "bread and butter", "gin and tonic", "dungeons and dragons", "country and western",
    "peanut butter and jelly", "cheese and onion", "cheese and biscuits", "ham and cheese",
    "beans and toast", "bits and pieces", "pros and cons", "arts and crafts", "up and down",
    "black and white", "track and field", "cats and dogs home", "rum and coke", "rice and beans",
    "rice and peas", "bangers and mash", "bacon and eggs", "eggs and bacon", "strawberries and cream",
    "cookies and cream", "pen and paper", "knife and fork", "pride and prejudice", "friends and family",
    "family and friends", "on and off", "again and again", "over and over", "more and more", "now and then",
    "rhythm and blues", "r and b", "half and half", "back and forth", "here and there", "hide and seek",
    "sales and marketing", "research and development", "health and safety", "war and peace",
    "crime and punishment", "mum and dad", "mom and dad", "surf and turf", "toad in the hole",
    "sweet and sour", "trial and error", "simon and garfunkel", "tom and jerry", "rick and morty",
    "parks and recreation", "ant and dec", "cat and mouse", "nuts and bolts", "wear and tear",
    "marks and spencer", "h and m", "florence and the machine", "mumford and sons", "bright and early",
    "spick and span", "oil and gas", "human resources and payroll", "wine and cheese", "tea and cake",
    "fast and furious", "lost and found", "one and only", "nice and quiet", "tea and biscuits",
)  # fmt: skip
_NOT_ADVERBS = word_set("""
family italy july apply reply supply rely bully multiply daily only lonely ugly friendly silly
elderly belly jelly lovely early curly july emily kelly lily sally molly billy holly
""")


def is_ly(word: str) -> bool:
    """Whether a word looks like an adverb: 'badly', but not 'family'."""
    return len(word) > 4 and word.endswith("ly") and word not in _NOT_ADVERBS
