"""Verbs, as data: the irregular ones with their forms, and the common regular ones."""

from understudy.english.wordset import word_set

# base past participle
IRREGULAR = """
be was been / beat beat beaten / become became become / begin began begun / bend bent bent
bet bet bet / bite bit bitten / blow blew blown / break broke broken / breed bred bred
bring brought brought / build built built / burn burnt burnt / burst burst burst / buy bought bought
catch caught caught / choose chose chosen / come came come / cost cost cost / cut cut cut
deal dealt dealt / dig dug dug / do did done / draw drew drawn / dream dreamt dreamt
drink drank drunk / drive drove driven / eat ate eaten / fall fell fallen / feed fed fed
feel felt felt / fight fought fought / find found found / fly flew flown / forget forgot forgotten
forgive forgave forgiven / freeze froze frozen / get got got / give gave given / go went gone
grind ground ground / grow grew grown / hang hung hung / have had had / hear heard heard
hide hid hidden / hit hit hit / hold held held / hurt hurt hurt / keep kept kept / knit knit knit
know knew known / lay laid laid / lead led led / lean leant leant / learn learnt learnt
leave left left / lend lent lent / let let let / lie lay lain / light lit lit / lose lost lost
make made made / mean meant meant / meet met met / mow mowed mown / pay paid paid / put put put
quit quit quit / read read read / ride rode ridden / ring rang rung / rise rose risen / run ran run
say said said / see saw seen / sell sold sold / send sent sent / set set set / sew sewed sewn
shake shook shaken / shine shone shone / shoot shot shot / show showed shown / shrink shrank shrunk
shut shut shut / sing sang sung / sink sank sunk / sit sat sat / sleep slept slept
smell smelt smelt / sneak snuck snuck / speak spoke spoken / spell spelt spelt / spend spent spent
spill spilt spilt / spin spun spun / spit spat spat / split split split / spoil spoilt spoilt
spread spread spread / stand stood stood / steal stole stolen / stick stuck stuck
sting stung stung / stink stank stunk / strike struck struck / swear swore sworn / sweep swept swept
swim swam swum / swing swung swung / take took taken / teach taught taught / tear tore torn
tell told told / think thought thought / throw threw thrown / understand understood understood
wake woke woken / wear wore worn / weave wove woven / weep wept wept / win won won
wind wound wound / withdraw withdrew withdrawn / write wrote written
undo undid undone / overthink overthought overthought / oversleep overslept overslept
overeat overate overeaten / babysit babysat babysat / rewatch rewatched rewatched
"""

REGULAR = """
abandon accept accuse ache achieve act adapt add admire admit adopt adore advise afford agree aim
allow annoy answer apologise appear apply appreciate argue arrange arrive ask assemble attend
avoid back bake balance ban bark base bathe battle beg behave believe belong binge blame bless blog
blush boast boil book boost borrow bother bounce bowl box brag brew brush bully bump busk cancel
camp can care carry carve celebrate challenge change charge chase chat cheat check cheer chew chop
claim clap clean clear click climb close coach code collapse collect colour color comb commute
compare compete complain complete compose confess confuse consider contain continue control convert
cook copy correct cosplay cough count cover crash crave crawl create crochet cross cry cuddle cure
curse cycle dabble dance dare darn date daydream decide declare decorate defend delay delete deliver
deny depend describe deserve design despise destroy detest develop die dislike dive divide dodge
doodle doubt drag dread dress drift drool drop drum dry dump dye earn edit email embarrass embroider
emigrate employ end enjoy enrol enroll enter escape exaggerate exercise exist expect explain explore
face fail faint fake fancy farm fart fear feature fence fidget film finish fish fix flirt float flood
fold follow forage force forge freelance fry gamble game garden gather gaze giggle glue golf google
gossip grab graduate grill groom guess guide hack handle happen harvest hate haunt head heal heat
help hike hire hoard hope host hug hum hunt hurry identify ignore imagine immigrate improve
impress include inherit injure intend interview introduce invent invest invite iron jog join joke
juggle jump kayak kick kill kiss kneel knock lack land last laugh launch lecture lick lift like link
listen live loathe lock look love lower maintain manage march marry massage match matter measure
meditate mend mention merge mess microwave mind miss mix moan mop move murder nag name nap need nod
notice obsess offer open operate order organise organize overcook overpack oversee own pack paddle
paint park party pass perform persuade phone photograph pick pickle place plan plant play please
point polish post pour practice practise praise pray predict prefer prepare present press pretend
print procrastinate produce program promise promote pronounce protect prove publish pull punch punish
push question queue race rage raid raise ramble rant reach realise realize rebuild receive recite
recognise recognize recommend record recycle refuse regret rehearse relax rely remember remind remove
rent repair repeat replace reply report request rescue research resist respect rest restore retire
return review ride risk roast rob rock roll row rub rush sail sand save scare scream screenshot
scrub scuba sculpt search seem serve settle shave shout share shop sight sign skate sketch ski skip
skydive slam slip slow smash smile smoke smuggle sneeze sniff snooze snore snorkel snowboard solve
sort sound spare spoon sprint squat squeeze stack stammer stare start starve stay stitch stop store
stream stress stretch struggle study stumble stutter subscribe suck suffer suggest suit supply
support suppose surf surprise suspect swallow swap sweat switch talk tap taste tattoo tease tend test
text thank tick tidy tie tinker touch tour trade train translate travel treat trek trip trust try
tune turn tweet type unicycle upload use vape visit volunteer vote wait walk wander want warm wash
waste watch water weigh welcome whisper whistle whittle win wish wonder work worry worship wrap
wreck wrestle yawn yell
add automate barbecue bench binge-watch boulder brew busk call cater chair chant cheer clutter commit
contribute coordinate crack create crunch curate daydream debug deadlift deploy doomscroll double draft
dribble dunk eavesdrop entertain ferment figure file fill flip flop force fuel fumble gain glance
grate grumble guard hand-wash hit-record homeschool hoover hover hustle insist inspect install jot
judge jumble juggle lather lend limp list load long loop lurk mentor mock mumble mutter narrate
obey overuse overanalyse pace peel pet picnic poke pose pot powerlift preach preserve quilt quote
reckon referee refactor reheat relate relocate remodel renovate reorganise resell roam rule scan
scoff scratch scroll season separate shower shuffle sip skim slide slouch smother snack snap snort
solder spar speedrun splash spot spray stalk steam stir strum supervise surround tackle tailor
thrift tickle tinker toast trace transport tremble trim tutor twist umpire upholster vacuum visit
wave whine whip wipe wobble worry-eat zone
"""

# Verbs whose base form is at least as often a noun: after "and" they need evidence to count.
ALSO_NOUNS = word_set(
    """
    ache answer back battle beat bet bite blog boil book bowl box break brew brush bump burn can
    camp care catch chat change charge chase cheat check cheer claim click climb coach code
    colour color comb control cook copy cosplay cost cough count cover crash cross cry cure
    curse cut cycle dance date deal delay design dislike dive draw dread dream dress drink drive
    drop drum dump dye edit email end escape exercise face fail fake fall farm fart fear feature
    feed fence fight film fish fix float flood fold freeze fry game garden gamble gossip grill
    groom ground guess guide hack handle harvest hate head heat help hike hope host hug hum hunt
    hurry hurt iron joke jump kayak kick kiss knit knock land last laugh launch lecture lick lie
    lift light like link lock look love march massage match matter measure mess microwave mind
    mix moan mop move murder name nap need notice offer open order own pack paint park party
    pass phone photograph pick pickle place plan plant play point polish post practice praise
    present press print produce program promise punch push question queue quit race rage raid
    rant record regret rent repair reply report request rescue research respect rest return
    review ride ring rise risk roast rock roll row run rush sail sand save scare scream
    screenshot search set shake shave shop shout show sight sign skate sketch ski skip sleep
    slip smell smile smoke sneeze snooze sort sound spare spell spin spoon sprint squat stack
    stand stare start stay stick stitch stop store stream stress stretch strike struggle study
    suit supply support surf surprise suspect swap sweat swim swing switch talk tap taste tattoo
    tear tease test text tie tour trade train travel treat trek trip trust try tune turn tweet
    type use vape visit volunteer vote wait walk warm wash waste watch water weave welcome
    whisper whistle win wind wish wonder work worry worship wrap wreck yawn yell left felt saw
    wound lay lit found thought spoke snap bench boulder call chair crack draft fuel gain glance
    guard judge list load long loop pace pet pose pot quote rule scratch season shower shuffle
    sip slide snack spar spot spray steam toast trace trim tutor wave whip zone double file flip
    picnic referee vacuum
    """
)

# Verbs of feeling rather than doing: they begin a new thought.
STATIVE = word_set(
    """
    adore am be believe belong collect detest dislike enjoy fancy fear hate have know like live
    loathe love need own prefer support want was were wish work speak
    """
)
