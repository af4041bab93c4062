"""Words that tell what a fact is about, as data. The first category with a match wins."""

from understudy.english.wordset import word_set

CATEGORY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("pet", word_set("""
        dog cat puppy puppies kitten hamster parrot rabbit goldfish tortoise lizard gecko snake budgie
        poodle labrador horse pony ponies chicken hen ferret pet greyhound pug dachshund bees tarantula
        guinea-pig spaniel corgi whippet donkey
    """)),
    ("family", word_set("""
        kid child children son daughter wife husband mum mom dad mother father sister brother twin
        parent gran grandma grandad grandson granddaughter grandchildren grandkid nan uncle aunt cousin
        girlfriend boyfriend partner married engaged single youngest eldest oldest niece nephew gf bf
        fiancé fiancée toddler baby ex in-law family stepmum stepdad
    """)),
    ("music", word_set("""
        music guitar piano violin drum drums bass ukulele banjo band choir sing sings singing singer song
        jazz opera metal techno hip-hop rap vinyl concert gig karaoke trumpet saxophone cello flute
        accordion bagpipe k-pop kpop reggae radiohead abba eurovision dj playlist album soprano orchestra
        punk blues folk harmonica clarinet recorder
    """)),
    ("film", word_set("""
        film movie cinema netflix tv television telly series sitcom anime documentary documentaries
        horror soap episode frozen disney show box-set alien
    """)),
    ("book", word_set("""
        book novel read reads reading poetry poem library comic manga author bookshop
    """)),
    ("sport", word_set("""
        football soccer tennis rugby cricket golf run runs running runner marathon triathlon swim swims
        swimming cycle cycles cycling gym yoga ski skis skiing surf surfs surfing climb climbs climbing
        hike hikes hiking boxing darts basketball hockey badminton judo karate pilates crossfit rowing
        skate skates skating skateboarding snowboard snowboarding netball f1 formula volleyball weights
        jog jogs jogging sport parkrun bowling fencing squash backflip bowls bouldering weightlifting
    """)),
    ("food", word_set("""
        food pizza pasta curry cook cooks cooking bake bakes baking bread sourdough chocolate coffee tea
        beer wine whisky gin cheese meat vegan vegetarian eat eats ate eating drink drinks drank sushi
        burger chips crisps cake biscuit breakfast lunch dinner fruit vegetable salad egg bacon nugget
        noodle ramen soup sandwich sandwiches toast garlic onion olive mushroom avocado pineapple marmite
        cereal spicy kebab taco potato potatoes rice hummus sugar allergic toastie cocktail restaurant
        porridge steak lasagne marmalade sausage fish cheesecake pancake coriander cilantro celery butter
        jam honey sherry cider pickle snack dessert pudding pie nuts crisp sauce cheetos stew risotto
        recipe diet roast kitchen barbecue
    """)),
    ("travel", word_set("""
        travel travels travelling traveling abroad country countries holiday camping flight flying visit
        visited backpacking passport camper road-trip paris japan iceland thailand airport caravan been
    """)),
    ("hobby", word_set("""
        chess gardening garden knit knits knitting crochet paint paints painting draw draws drawing
        photography photographer game gaming puzzle crossword fishing birdwatching pottery sewing lego model
        stamp craft dance dances dancing woodwork woodworking podcast hobby hobbies magic sudoku quiz quizzes
        coding writing diy origami astronomy allotment plant warhammer dungeons minecraft roblox juggling
        restoring collecting tomatoes candles scrapbooking calligraphy theatre improv stand-up board-games
        pokémon monopoly
    """)),
    ("work", word_set("""
        teacher nurse doctor plumber engineer accountant dentist lawyer solicitor developer programmer
        manager chef driver barista consultant designer student electrician builder farmer writer
        journalist librarian police firefighter paramedic scientist analyst admin sales marketing retired
        unemployed self-employed freelance freelancer office postman vet architect pilot waiter waitress
        cashier secretary hairdresser carpenter mechanic clerk pharmacist translator recruiter colleague
        meeting florist judge baker butcher cleaner gardener tailor optician actuary banker it hr
        insurance server production laptop email unread shift magician welder roofer midwife
    """)),
    ("possession", word_set("""
        car volvo fiat ford boat bike motorbike motorcycle shoe trainer clothes phone collection houseplant
        tattoo sock van lanyard mug desk plate clock haircut minivan air-fryer
    """)),
    ("language", word_set("""
        spanish french german italian portuguese japanese english mandarin chinese polish welsh
        russian arabic dutch swedish korean turkish greek hindi klingon esperanto
    """)),
    ("home", word_set("house flat apartment village city farm bungalow room studio shed")),
)  # fmt: skip
