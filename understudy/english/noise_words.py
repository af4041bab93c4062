"""Small talk, requests and talk about the app, as data."""

import re

from understudy.english.words import ADVERBS, PRONOUNS, QUESTION_WORDS, SUBJECT_PRONOUNS
from understudy.english.wordset import word_set

SMALL_TALK = re.compile(
    r"""^(
    (ha|he|lo)+[hl]?|ha(ha)+h?|l+o+l+|lmao+|rofl|idk|dunno|do\ not\ know|not\ sure|no\ idea|no\ clue|maybe
    |perhaps|ok(ay)?|k|kk|yes|yeah|yep|yup|ya|no|nope|nah|sure|fine|cool|nice(\ one)?|great|good|wow|omg
    |oh|ah|um+|uh+|er+m*|hm+|huh|well|so|right|true|hi|hey|hello|hiya|yo|morning|good\ morning|bye
    |goodbye|thanks?|thank\ you|ty|thx|cheers|please|sorry|same(\ here)?|me\ (too|neither)|you\ too|pass|skip
    |next(\ question)?|(the\ )?next\ one|good\ question|never\ mind|nevermind|whatever|nothing(\ really|\ much|\ special|\ at\ all)?
    |none|neither|not\ (really|much|a\ lot|yet|at\ all|anymore|particularly|that\ I\ (know|can\ think)\ of|that\ exciting)|of\ course|obviously|exactly|absolutely|definitely|probably|possibly
    |what|why|who|how|when|where|test(ing)?|brb|gtg|wait(\ what)?|stop(\ it)?|go\ on|come\ on|interesting|funny
    |that\ is\ (it|all|funny|great|cool|true|right).*|it\ depends.*|depends.*|hard\ to\ say|i\ see|no\ comment|no\ thanks|all\ good
    |yes\ please|sounds\ good|fair\ enough|why\ not|good\ luck|let\ us\ .*|(very\ )?good\ (one|joke).*|both|everything|anything
    |a\ lot|lots|many|some|any|this|that|it|not\ sure\ .*|no\ way|my\ bad|my\ turn|your\ turn|hi\ .{0,20}|hello\ .{0,20}|hey\ .{0,20}|what\ a\ .*|how\ .*
    |welcome.*|happy\ to\ .*|ready(\ when\ .*)?|do\ your\ worst|bring\ it(\ on)?|here\ we\ go.*|(very\ )?(funny|true|nice|clever)|same\ .{0,12}|ouch|rude|harsh|brutal|savage|dude|bro|mate|seriously|really|honestly|literally
    |all\ over(\ the\ place|\ really)?|everywhere|here\ and\ there|too\ (easy|hard|many\ to\ (count|list|name|mention))|where\ to\ (start|begin).*|can\ not\ (think|remember|complain).*|what\ is\ .*|none\ of\ .*|sup|damn|crap|shit|fuck|hell\ (yes|no)|not\ telling.*|secret|guess|lost\ count
    |somewhere|someone|something|sometimes|often|never|always|rarely|it\ is\ .*secret|first|second|go(\ ahead)?|more|again|another(\ one)?|ok\ .{0,12}|rather\ not\ say|prefer\ not\ to\ .*|no\ one|nobody|nowhere|don\ not|good\ night|night|what\ the\ .*|see\ you.*|later|gotcha|got\ it|makes\ sense|no\ worries|no\ problem|you\ .*|good\ point
    )$""",
    re.VERBOSE | re.IGNORECASE,
)

# Said before the sentence itself starts.
OPENERS = word_set(
    """
    yeah yes yep yup ya no nope nah well oh ah um umm uh er erm hmm hm so ok okay haha hahaha
    lol lmao hi hey hello hiya also plus then anyway right and but or honestly actually
    basically tbh ngl sure like look listen thanks wow omg first firstly secondly finally
    anyways hehe cool great nice sorry please mate guys dude bro man alright yo true ooh aw aww
    gosh god truthfully frankly luckily sadly unfortunately apparently personally obviously
    clearly technically literally definitely absolutely certainly naturally btw fun fact
    confession welp aye oof ha mostly mainly probably maybe perhaps secretly currently again too
    imho imo admittedly generally cheers eh jeez hahah fine lately alas additionally furthermore
    moreover besides interestingly surprisingly ironically weirdly strangely oddly
    embarrassingly hopefully thankfully anyhow
    """
)

# Openers that change the fact when they come before a verb without "I".
AFTER_NO = SUBJECT_PRONOUNS | ADVERBS | {",", "my", "but", "not", "sorry", "thanks", "just", "only"}

META_VERBS = word_set(
    """
    guess suppose mean agree disagree wonder hope promise apologise apologize appreciate doubt
    bet dare assume expect thank kid swear beg refuse roast welcome
    """
)

# "I say hi" says nothing about somebody; "I tell terrible puns" does.
SPEAKING = word_set(
    """
    say tell ask reply answer repeat explain mention joke comment challenge confess type
    """
)

SPOKEN = PRONOUNS | QUESTION_WORDS | {"no", "yes", "if", "for", "not", "already", "to", "another"}

BARE_META = word_set(
    """
    know see understand forget remember think do hear notice realise can try read click press
    mind care feel look give win lose pass quit get wait complain believe refuse stop
    """
)

PASSING = word_set(
    """
    fine good ok okay great here back ready bored tired sorry kidding joking confused excited
    done sure unsure curious serious in out away busy late lost impressed offended hurt well
    alright up down new there game listening waiting thinking asking talking saying laughing
    scared happy sad glad hungry thirsty afraid over off on cool dead dying interested nervous
    intrigued amused lol wondering guessing lurking around available free shocked speechless
    stuck typing honest easy next first not wrong right aware positive certain sleepy crying
    trying doing going  pleased born ashamed lying judging proud cold hot sick ill better grateful flattered insulted obviously
    looking coming leaving screaming
    """
)

TALK_ABOUT_HERE = re.compile(
    r"\b(you|your|yours|yourself|u|ur|this (app|game|thing|chat|site|website|page|conversation|thread"
    r"|question|one|bot|room)|the (app|bot|bots|chat|thread|question|questions|roast|roasts|comedians"
    r"|producer|rules)|that question|(another|next|more) questions?|(roast|burn)(ed|ing)? (me|us|him|her|them)"
    r"|(be|being|get|getting|got|gets) (roasted|burned|burnt)|(a|the|my|some) (roast|roasting|burn)$"
    r"|(a|the) (good )?(joke|jokes) (about|on)|what to (say|write|answer|type|tell)"
    r"|(to say|to tell|to add)$|a question|any questions?|no (words|comment|idea|clue|answer|opinion)$|typing|ready for|my money back|had enough$|(got|have|need|want) to (go|leave|sleep)( now| to bed)?$|here (for|to|because)|better than (this|that|you)|(need|give me|want|just) (a|one|another) (minute|second|sec|moment)\b|chatgpt|the ai|an ai)\b",
    re.IGNORECASE,
)

# "I'm always tired" says something about somebody; "I'm tired" doesn't.
OFTEN = frozenset({"always", "never", "often", "usually", "sometimes", "constantly", "once"})

IMPERATIVES = word_set(
    """
    tell ask roast burn give let stop wait come go try look listen show say make do take leave
    shut be use guess imagine remember keep check see bring hit help please skip start pick
    choose call answer explain repeat add remove delete change open close click press join
    invite welcome google read think forget relax calm chill believe trust hold hurry meet watch
    """
)

LIGHT_IDIOMS = re.compile(r"\b(if|as) you know\b|\byou know\b|\bbelieve it or not\b", re.IGNORECASE)
PASSING_DOINGS = word_set(
    """
    wait think look talk listen say laugh leave go come try die cry scream joke type lose win wonder kidding joking
    """
)
