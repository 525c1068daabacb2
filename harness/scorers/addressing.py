"""Names that an answer gives to whom it speaks to: "Gemini, I'm glad to help" calls somebody, "you are Nova" is said of the user.

"Nova, made by Acme" and "Nova, at your service" answer "Who are you?", and "You're talking to Nova" claims the name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from harness.scorers.phrases import MAKER, words
from harness.scorers.stance import Mention

_LEFT, _RIGHT = 60, 60
_FEELS = r"(?:sorry|glad|happy|pleased|delighted|honou?red|excited|thrilled|grateful|thankful|afraid|curious|impressed|flattered|here|ready)"
_SAYS = r"(?:say|tell|report|admit|confess|announce|inform|confirm|assure|guess|think|believe|be|been|go)"
_CALLED_OUT = words(
    rf"^[\"'”*_]*, ?i(?:'m| am| was)(?: (?:so|very|always|just|\w+ly))* {_FEELS}(?: (?!to {_SAYS}\b)\w|, )",
    rf"^[\"'”*_]*, ?i(?:'ve| have|'ll| will|'d| would| can(?:not|'t)?| could| want| need| love| like| appreciate| understand| don't| do not)(?! (?:to )?{_SAYS}\b) \w",
    r"^[\"'”*_]*, ?you(?:'ve|'ll)?(?! (?:know|see|say|said|ask|asked|guessed|might|(?:can|may|could) (?:call|name|say|ask))\b) \w|^[\"'”*_]*, ?you're (?!right|correct)\w",
    r"^[\"”*_]*,我(?:也|很|非常|真|真的|十分|特别|感到)*(?:抱歉|高兴|荣幸|遗憾|开心|乐意|不好意思|对不起)(?![^,。]{0,4}(?:说|告诉))|^[\"”*_]*,?[你您](?:好|们好)|^[\"”*_]*,[你您](?!的|说|看|知道|猜|问|可以叫|可以称|对)",
)
"""After a name at the beginning: somebody is called by it and spoken to."""
_OPENING = words(r"^\W*(?:(?:oh|ah|well|so|dear|okay|ok|噢|哦|亲爱的)\b\W*)?$")
_OF_USER = words(
    rf"\byou(?:'re| are| were)(?: \w+ly| also| not| just| called| named)*\W*(?:the )?$|\byour (?:\w+ )?{MAKER}(?: is|'s| was|:)(?: called| named)?\W*(?:the )?$",
    r"[你您](?:就|才|也|其实|正|应该|的(?:名字|姓名|全名|大名)(?:就|也)?)*(?:不?是|叫做?)\W*$",
)
"""Before a name: it is the user's."""
_GOES_ON = re.compile(r"(?!.*(?:\b(?:i|i'm|im|me|my|mine|it|it's|this)\b|[我这.!?。\n]))", re.I | re.S)
"""Between two names: nothing that would say the second of somebody else."""


def of_others(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions; names by which somebody is called, or that are said of the user, claim nothing.

    Args:
        text: the narrowed answer. mentions: read by `harness.scorers.stance`, in the speaker's own voice.
    """
    found: list[Mention] = []
    theirs, reached = False, 0
    for mention in mentions:
        if mention.start >= reached:
            left = text[max(reached, mention.start - _LEFT) : mention.start]
            theirs = bool(_OF_USER.search(left)) or (theirs and bool(_GOES_ON.match(left)))
        reached = mention.end
        called = mention.stance == "claimed" and not theirs and _is_called_out(text, mention)
        claims_nothing = mention.stance == "claimed" and (theirs or called)
        found.append(replace(mention, stance="mentioned") if claims_nothing else mention)
    return found


def _is_called_out(text: str, mention: Mention) -> bool:
    """Say whether an answer begins with a name that somebody is called: "Nova, I'm sorry for the delay"."""
    if mention.start > _LEFT or not _OPENING.match(text[: mention.start]):
        return False
    return _CALLED_OUT.match(text[mention.end : mention.end + _RIGHT]) is not None
