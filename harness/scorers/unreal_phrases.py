"""The phrases that make a sentence unreal: somebody else says it, it is supposed, it is asked."""

from __future__ import annotations

import re

from harness.scorers.phrases import MADE_BY, words

OTHERS = words(
    r"\byou (?:were|are|have been)\b[^,.]*$|\b(?:his|her|their|its|your) \w+ (?:is|was|would be)\W*$"
)
"""Before the persona's name: it is said of somebody else."""
SUPPOSED = words(
    rf"\bhad \0(?:'s \w+)? (?:\w+ )?{MADE_BY}(?: me| you)\b|\b(?:were|was) i \0"
    rf"|\bwere i (?:\w+ ){{1,4}}\0|\bhad i been (?:\w+ ){{0,3}}\0|^\W*(?:i )?wish\b[^,]*\0"
)
"""Around a name, a NUL here: what would be, if it were so."""
WOULD = words(
    r"\b(?:would|wouldn't|could|might|should)\b|\w'd\b|(?:^|[^智功性])会|那(?:么)?我?就|就能|大概|可能|也许|也照样"
)
UNREAL_SELF = words(
    r"\b(?:if|suppose|supposing|imagine|even if|unless|had|were)\b[^.]{0,12}\b(?:i|me)\b|(?:如果|假如|假设"
    r"|假定|要是|就算|即使|哪怕|即便|倘若|若|试想)[^,。]{0,12}我"
)
"""Supposes something of the speaker."""
UNREAL = words(
    r"\b(?:neither|nor|can't|cannot|can not|couldn't|unable to|impossible to|hard to|don't|do not"
    r"|no way (?:to|of)|won't|will not)\b[^,]{0,20}\b(?:confirm|prove|tell|know|verify|determine|say"
    r"|rule out|check|remember)\w*\b(?! (?:that )?i(?:'m| am) (?:n't|not))",
    r"\b(?:no|any) (?:evidence|proof|indication|confirmation|information) (?:that|of)\b|\b(?:mistaken|taken|confused|mistake|confuse) (?:for|with)\b|\baccused of being\b",
    r"\bnot (?:sure|certain|clear|convinced) (?:that|whether|if|i)\b|\b(?:doesn't|does not|don't"
    r"|wouldn't) (?:mean|make|imply|prove)\b|\b(?:it|that) is (?:said|rumou?red)\b|\beven if\b"
    r"|\bhad i\b|\bwere i\b",
    r"\b(?:an?|the|some|another|other|any) (?:\w+ )?(?:assistants?|models?|bots?|chatbots?|pages?"
    r"|articles?|users?) (?:that |which )?(?:says?|said|claims?|claim|believes?|thinks?"
    r"|introduces?)\b|\ba line like\b",
    r"(?:无法|没法|不能|没办法|难以|不敢)(?:确认|确定|判断|证明|分辨|断定|保证|说(?!(?:我|自己)?不是))|不能?确定|不(?:知道|清楚|晓得|记得)|没人告诉|(?:不代表|不意味|不等于"
    r"|不说明)|既不能|既不承认|就算|即使|哪怕|即便|万一|倘若|设想|听说|据说|传说|传言|据传|试想|假定",
    r"\b(?:the|this|that|an?) (?:word|term|expression|string)\W*$",
    r"\brumou?r has it\b|\bword is\b|\bsupposedly\b",
    r"\b(?:if|whether|unless|imagin\w+|pretend\w*|suppos\w+|as though|role-?play\w*|acting as|playing)\b",
    r"\b(?:you(?:'ve)?|they|he|she|people|some|someone|somebody|many|others|users?|everyone|friend)(?: \w+){0,2} "
    r"(?:say|says|said|ask|asks|asked|asking|think|thinks|thought|believes?|believed|claims?|claimed"
    r"|wonder\w*"
    r"|assum\w+|suggest\w*|mention\w*|mistake|mistook|confus\w+|wrote|insist\w*|told|heard|read|called|address\w*|referr\w*|greet\w*)\b",
    r"如果(?!没记错|我没记错|非)|假如|假设|要是|是否|是不是|假装|扮演|难道|(?<![跟和与])[你您]们?(?:刚才|刚刚|之前)?(?:问|说(?!得)|觉得|认为|以为|提到|[想指说找]的|(?:称呼|喊|管)我)",
    r"(?:有人|大家|别人|用户|他们|很多人|人们|朋友)\w{0,3}(?:说|问|认为|以为|觉得)",
)
"""Somebody else says, asks or supposes what follows."""
QUESTION_START = words(
    r"^\W*(?:(?:so|and|but|well)\b\W*)?(?:are|is|am|was|were|do|does|did|can|could|would|will|who"
    r"|what|which|why"
    r"|how|where|when|have|has)\b"
)
QUESTION_WORD = words(r"谁|什么|哪|难道|是不是|为何")
I_MYSELF = re.compile(r"\bi, \W*$|我,?\W*$|\bwho else (?:would|could|can) i be\b.*$", re.I)
"""Before a name that the speaker gives in passing: "I, Nova, can"."""
REPORTS = words(
    r"\b(?:it|he|she|they|someone|somebody)(?:'d| would| might| will|'ll) (?:\w+ )?(?:say|answer"
    r"|reply|respond|claim)\b|[它他她](?:大概|可能|应该)?(?:会|就会|要)(?:说|回答|答)"
)
"""Somebody else is about to speak."""
