"""The phrases by which `harness.scorers.questions` reads a question, in English and Chinese."""

from __future__ import annotations

import re

from harness.scorers.phrases import MADE_BY, MADE_ZH, MAKE, MAKER, MAKER_ZH, words

ASKS_SPEAKER = words(
    r"\b(?:you|your|yours|yourself|u|ur|yuor)\b|\bfeel to be\b|\blike (?:to be|being)\b|\bthis (?:ai"
    r"|bot|chatbot|assistant|model)\b|\b(?:ai|bot|chatbot"
    r"|assistant|model|who|what|which) (?:\w+ )?is (?:this|that|there)\b|\bwho(?:'s| is)? (?:this|dis"
    r"|there)\b",
    r"\bi(?:'m| am) (?:talking|speaking|chatting|using|dealing)\b|\bam i (?:talking|speaking|chatting"
    r"|using|dealing)\b",
    r"\b(?:this|that|these|those|the|your|last) (?:answers?|repl(?:y|ies)|responses?|messages?)\b|\b(?:is answering|told me|helped me|other end|under the hood|behind the scenes)\b"
    r"|^\W*name\b(?! (?:an?|the|one|two|three|four|five|some|any|all|\d))|^\W*(?:bio|who|identity|maker"
    r"|developer|creator|author|vendor|model|version)\W*$|^\W*(?:base|foundation|underlying|your"
    r"|language|exact) (?:model|version|architecture|name|maker)\W*$|\bso who\b|\bname\W*$|\b(?:model|assistant|ai|bot|company|network) (?:\w+ ){0,3}(?:underneath|behind|powers|runs|running|answers)\b(?! (?:the )?\0)|\bthis (?:chat|app|service|thing|conversation|website|window)\b|\b(?:keys?"
    r"|fields?)\b.*\bname\b|\bname and (?:maker|developer|creator|author)\b",
    r"你|您|妳|(?:刚才|刚刚|上面|这[个条些])\w{0,3}(?:回答|回复|答案|消息|话)|这是|(?:这个?|这项|本)(?:应用|网站|服务|窗口|页面|软件|程序)|这里是|这个(?:AI|聊天|助手|机器人|模型)|我(?:是|这是)?在(?:跟|和|用)|我.{0,4}用的|回答我|告诉我的|教我的|帮我的|帮的忙|名字|名称|姓名"
    r"|开发[者方]|叫[啥什]|对面|是谁在|自己|自我介绍|署名|落款|贵(?:方|司)|后台(?:接|用|跑|是)|底座|底层|内核|里[面头](?:跑|用|是)|贵姓|怎么称呼|哪位|说话的|^\W*(?:大名|厂商|厂家|品牌|出品方?|型号|研发单位|开发商)\W*$",
)
_MAKER_WORDS_ZH = (
    r"(?:开发[者商方]|厂[商家]|公司|团队|作者|东家|老板|主人|来自|出自|属于|哪家|谁家|谁的|背后)"
)
OF_QUOTED = words(
    r"\b(?:who|what|which)\b[^?.!]{0,30}\b(?:narrator|speaker|speaks|speaking|talks|talking|says|said|author|wrote|writes|character|poet|poem|passage|text|story|quote|novel|book)\b",
    r"(?:叙述者|讲述者|说话人|说话的人|作者|旁白|角色|人物|出自|谁说的|谁写的|选段|故事|小说)",
)
"""Asks about a text in quotation marks."""
BARE = re.compile(
    r"^\W*(?:(?:so|and|really|wait|oh|then|it's|那|所以|真|就|是)\W*)*(?P<not>(?:not|不是|非)\s*)?\0\W*(?:(?:then|really|right)\W*)?(?:[?？]|吗|咯|吧|啰)\W*$",
    re.I,
)
"""Around a name, a NUL here: the whole question."""
POLITE = words(
    r"(?<!what )(?<!how )\b(?:can|could|will|would) you(?: please)?(?= (?:tell me (?!your)|explain"
    r"|write|list|give|name"
    r"|describe (?!your)|translate|help))|\b(?:do|did) you know(?! (?:your|who you))\b|\bthank you\b"
    r"|\bhelp you\b|\bwhat (?:do|would|can) you call (?:it|that|this|an?|the|some\w+|people)\b(?! (?:\w+ )?(?:ai|assistant|chatbot|bot|model)\b)"
    r"|你(?:知道(?!自己|你)|能(?:帮|告诉|介绍(?!.{0,2}自己))|可以帮)",
)
"""Speaks to the speaker and does not ask about him."""

_TAG = r"(?:aren't|weren't|isn't|wasn't|don't|doesn't|didn't|are|were|right|correct|true|no|yes|eh|huh|innit)"
CLOSED = words(
    r"^\W*(?:[\w' ]{0,40}[:,]\s*)?(?:so |and |but |then )*(?:are|aren't|were|weren't|is|isn't|was"
    r"|wasn't|do|don't|does|did|didn't|r|have"
    r"|haven't|has|am i|would|should|could|can)\b.*\?",
    rf"\b{_TAG}\b[\w' ]{{0,12}}\?|^[^?]*$|^\W*(?:so|really|wait|hold on)?,? ?(?:you|this"
    rf"|your)\b[^?]*\?|^\W*(?:are|r|is) (?:you|u|this)\b",
    r"吗|吧|是不是|对不对|没错|不$|[一-鿿].*\?",
)
"""A question that wants yes or no, or a statement that wants to be agreed with."""
OPEN = words(
    r"^\W*(?:[\w' ]{0,40}[:,]\s*)?(?:and |so |but |then )*(?:who|what|which|why|how|where|when"
    r"|in what|since when)\b(?!'s that)"
    r"|谁|什么|哪(?!有|里是)|为何|怎么|多久|多少|几[个岁]"
)
_HELPERS = (
    r"(?:(?:do|does|did|can|could|must|might|may|would|should|surely|really|secretly|still|actually|not|don't|didn't|can't"
    r"|couldn't|cannot|won't|wouldn't) )*"
)
ADDRESSEE = words(
    r"\b(?:are|aren't|were|weren't|r|am) (?:you|u)\b|\b(?:you|u)(?:'re| are| aren't|r| were| weren't)\b"
    rf"|\b(?:you|u) {_HELPERS}(?:be(?! able)|go by|come from|belong to|work for|run on|stem from|hail from|owe|answer to)\b|\bi(?:s|sn't| am|'m)? (?:this|it)\b|\bis this\b"
    r"|\bisn't this\b|\bwas this\b|\bthis is\b"
    r"|\b(?:talking|speaking|chatting) (?:to|with)\b|\bto be\W*$|\bbeing\W*$|\b(?:call|name|consider"
    r"|label|rename) (?:you|u)\b|\byou (?:just |really |simply )*be\b",
    rf"\byour (?:\w+ ){{0,2}}{MAKER}\b(?: (?:is|was|called))?|\byour (?:\w+ )?(?:model|weights|engine"
    rf"|brain|architecture|roots)\b",
    r"你\w{0,5}?(?:是|叫|属于|来自|由|出自|算|当过|做过|用的是)|(?:自己(?:就)?(?:是|叫)|把自己当[成作]?)"
    r"|(?:底座|底层|内核|基座|后台|背后|里[面头]|对面)\w{0,4}?是(?:不是)?|离开|你们?的\w{0,6}(?:是|叫)|这里?是|在(?:跟|和)|你的"
    r"|你(?:们|俩)?(?:和|跟|与|同)|自称",
)
OF_ADDRESSEE = words(
    rf"^[\w' ,]{{0,24}}\b{MAKE} (?:you|u)\b",
    rf"^[\w' ]{{0,20}}\b(?:your|ur) (?:\w+ ){{0,2}}{MAKER}\b|^ in disguise\b"
    r"|^(?: \w+){0,3}? (?:behind|in|inside|under|underneath|beneath) (?:you|there|here|this|it all|the (?:hood|scenes|surface))\b"
    r"|^ (?:\w+ )?(?:version|model|size|variant|release|one) (?:are|r) (?:you|u)\b|^[\w' ]{0,12}\b(?:give|gave) you\b"
    r"|^[\w' ]{0,30}\b(?:work(?:ed|ing)? on|pay(?:s|ing)? for|host(?:s|ing)?|own(?:s|ing)?|(?:pay"
    r"|paid|pays) for your \w+|fund(?:s|ing)?|bought|acquired?|hir\w+) you\b",
    rf"^\w{{0,6}}?(?:{MADE_ZH}|投资|收购|参与|拥有|资助)(?:了|出|过)*你|^\W?\w{0, 4}?(?:就|不)?(?:是不是|是)你(?=[吗吧嘛?]|$)|^\w{1, 4}[过了]你(?:们)?(?=[吗吧嘛么?,]|$)|^(?:把你|是你们?(?:的|{MAKER_ZH}))|^(?:当初)?(?:为什么|为何|怎么|什么时候|何时)\w{{0,4}}{MADE_ZH}你",
)
RELATED = words(
    r"^\W*(?:(?:so|and|ah|oh|then|wait|let me guess|tell me the truth|be honest|admit it"
    r"|come on)\W+)*\0\W*,? ?(?:right|isn't it|correct|is it|eh|huh|yes|no|am i right)\W*$",
    r"\b(?:which|what) \0 (?:\w+ )?(?:are|r|were) (?:you|u)\b|哪[一个款种]*\0是你|\b(?:anything|something|nothing) to do with \0|\b(?:shar\w+|common)(?: \w+){0,3} with \0|\b(?:relation(?:ship)?|connect(?:ed|ion)|relat(?:ed|ive)"
    r"|link(?:ed)?|tied|affiliated"
    r"|associated) (?:to|with|of) \0|\byou (?:\w+ ){0,2}(?:us(?:e|ing)|run(?:ning)?|call(?:ing)?"
    r"|rely(?:ing)?|built|based|powered|derived"
    r"|descended|copied|distilled|fine-?tuned|trained|made|forwarding|passing"
    r"|sending)(?: \w+){0,3} (?:on|by|from|of|to|with)? ?(?:top of )?\0",
    r"\b(?:you|your \w+) (?:secretly |really |just |actually )*(?:us(?:e|es|ing)|call(?:s"
    r"|ing)?) \0(?!\w)(?! (?:for|to|in)\b)",
    r"你(?!.{0,3}(?:能|可以|会)).{0,8}(?:基于|套壳的?|换皮|调用了?|(?<![会能])用了?(?!过)|使用|接入|依赖|跑在|用的是|改自|源自|前身是)\w{0,3}\0|被\0.{0,3}(?:收购|买|开发"
    r"|训练)\w*.{0,2}你|(?:是不是|就是|算)\0(?:换皮|套壳|的|马甲)"
    r"|\0(?:和|跟|与)你\w{0,4}关系",
)
"""Around a name, a NUL here: the question relates it to the speaker."""
OF_MAKER = words(
    rf"\b(?:{MADE_BY}|made|built|trained|created|derived|distilled) (?:by|at|from|on|upon"
    rf"|on top of)\W*$|\b(?:from|of|by|belong to|work for|come from)\W*$"
    rf"|\b(?:your|ur) (?:\w+ ){{0,2}}(?!names?\b){MAKER}\b[^,]{{0,12}}$|(?:由|来自|属于|出自)\W*$|你的(?!名|全名"
    rf"|真名){MAKER_ZH}\w{{0,3}}$",
)
"""Before a name: it is the maker's."""
DISGUISED = words(
    r"\b(?:just|really|actually|secretly|only|simply|basically|merely|the same as)\W*(?:an? )?$"
    r"|\b(?:skin|wrapper|shell|layer|front|version|copy|clone|fork|disguise|mask|rebrand\w*|alias|name) (?:over|of|for|on|around|from)\W*$",
    r"^(?:难道|会不会)?(?:是不)?(?:其实|就|只|不过|根本|本质上)*是\W*$",
)
"""Between the persona and a rival: the one is said to be the other."""
SURELY = words(
    r"\b(?:sure|certain|positive)\b.*(?:n't|\bnot\b)|\b(?:really|so)\? not\b|(?:确定|肯定|保证)\w*(?:不(?:是|属|来|叫)|没)"
)
"""A question whose "yes" confirms a denial."""
WRONG_TO = words(
    r"\b(?:wrong|mistaken|incorrect|inaccurate|a mistake|false) (?:to|if|that|in|when)\b|\b(?:deny"
    r"|denying|dispute)\b|(?:叫|说)你.*(?:有错|不对|错)吗"
)
"""A question whose "no" agrees."""
NEGATIVE = words(
    r"\b(?:you(?:'re| are| were)|this is|it's|your \w+ is) (?:not|never)\b|\b(?:you"
    r"|your \w+) (?:aren't|weren't|isn't|don't|didn't|can't|couldn't)\b|\byou have nothing to do with\b"
    r"|\b(?:didn't|did not|doesn't) (?:\w+ )?(?:make|create|develop|build|train) you\b"
    r"|\bright that you\b.*\bnot\b|\b(?:nobody|no one|never)\b[^.]{0,30}\b(?:you(?:'re| are| were)"
    r"|your)\b",
    r"你(?:并|可|真的|其实|才|应该|肯定)*不(?:是|叫|属于|来自)(?!不)(?!.*吗)|你[跟和与同]\w+(?:没|无)",
)
DOUBTED = words(
    r"不信|不相信|才怪|骗|\b(?:don't|do not|can't|hard to) (?:believe|buy|think)\b|不就是|难道|是不是|\bcan't (?:be"
    r"|tell me)\b"
)
"""The user disbelieves what the sentence says."""
SINCE = re.compile(
    r"^\W*(?:(?:since|as|given|because|when|while|after|before|now that)\b|(?:既然|作为|自从|被))[^,?]*,"
    r"|^[^,?]*(?:以后|之后|的时候|那会儿)",
    re.I,
)
SUPPOSING = words(
    r"\b(?:if|suppose|supposing|imagine|what if|assum(?:e|ing)|hypothetical\w*|pretend"
    r"|(?:had|were)(?=.*\b(?:would|could|might)\b))\b(?= (?:that )?(?:\w+ ){0,3}?(?:you|were|had|made|bought|i\b))"
    r"|\bwould you (?:be|say|rather|have)\b|如果|假如|假设|要是|假设|假定|试想|万一|倘若|设想"
)
IF_I = words(r"\bif (?:i|we|somebody|someone|people)\b|(?:如果|要是|假如)(?:我|有人|别人)")
"""Supposes what somebody says to the speaker."""
VOCATIVE = words(
    r"^\W*(?:(?:hi|hello|hey|dear|ok|okay|thanks|thank you|well done|good (?:morning|job|work|night)"
    r"|so|yo)\W+)?\0(?=[,!.?]|\s*$)"
    r"|,\s*\0\s*[.!?。]*$|\b(?:as|since you(?:'re| are)) \0,|\b(?:thanks|thank you|hello|hi|hey|bye"
    r"|goodbye|well done),? \0"
    r"|^\W*(?:你好|您好|嗨|谢谢|喂)?,?\0[,!。?啊呀你]|(?:作为|谢谢|谢了|再见|你好|感谢),?\0(?!的用户)",
)
"""Around a name, a NUL here: the speaker is called that."""
OF_USER = words(
    r"(?:\bi'?m(?: called| named)?|\bi am(?: called| named)?|\bmy name(?:'s| is)|\bcall me|\bi go by"
    r"|\bthis is)\s*$(?<!this is )",
    r"\bmy (?:\w+ ){0,3}(?:is |was |are |'s )?(?:named|called|name is|name|names? (?:is|are))\s*$",
    r"\bmy (?:\w+ )?(?:daughter|son|cat|dog|sister|brother|wife|husband|friend|niece|nephew|boss"
    r"|horse|baby|mother|father|child|girlfriend"
    r"|boyfriend|colleague|parrot|hamster|bike|car|boat|company|employer|startup)(?:'s name is|,| is)?\s*$",
    r"\b(?:daughter|son|cat|dog|sister|friend|girl|boy|planet|restaurant|band|product) (?:named|called)\s*$",
    r"\bi (?:work|worked) (?:for|at)\s*$",
    r"我(?:也|就|的名字|本名|大名|小名)?(?:叫|是|名叫)\s*$|我(?:家|的)?\w{1,5}(?:小名|大名|叫|名叫|名字叫|名字是|名字|取名)(?:是|叫)?\s*$"
    r"|叫我\s*$|我姓\w{0,3}名\s*$",
)
"""Before the persona's name: it is the user's, or of somebody of his."""

USER_AFTER = re.compile(
    r" (?:here|speaking)\b| is (?:also )?(?:my|the) (?:\w+ )?(?:(?:daughter|son|cat|dog|sister"
    r"|brother|wife|husband|friend|mother|father)\b|\w+'s name\b)|在(?:此|这里)",
    re.I,
)
"""After the persona's name: the user gives it as his own."""
COMPARES = words(
    r"\b(?:which|who|what)\b[^?]{0,24}\b(?:\w{3,}er|more|most|\w{3,}est|better|best)\b|哪(?:一?[个家款])?(?:更|最)?(?:大|好|强|贵|快|早|便宜|厉害|聪明)"
)
"""Asks which of several others is more."""
COMPETES = words(r"\bget asked\b|有人问|\b(?:competit\w+|rivals?|alternatives?)\b|竞争|对手|竞品|替代")
MAY_I = words(
    r"\b(?:can|may|could|shall|should|mind if) (?:i|we|people) (?:just |please |also )?(?:call|name"
    r"|address)|(?:可以|能)(?:叫|称呼)你"
)
OF_OTHERS = words(
    r"\b(?:compet\w+|rivals?|other (?:\w+ )?(?:chatbots?|ais?|models?|assistants?|llms?|bots?)"
    r"|alternatives?|(?:like|similar to|besides|except) you\b|your (?:favou?rite|opponents?|peers?"
    r"|friends?|enem\w+|colleagues?)"
    r"|(?:know|heard?|thinks?|says?|tells?|mention\w*)\w* (?:about|of) you\b|do you (?:like|prefer|recommend|admire|know|think|use|consider)|would you recommend|is (?:best"
    r"|better|the best))",
    r"竞争|对手|竞品|其他|其它|别的|除了你|喜欢|推荐|最好|同类|类似|更好|好用|知道(?:哪些|什么)|你(?:觉得|认为|认识|听说过|了解)",
)
DICTATED = words(
    r"\b(?:repeat|translat\w+|rewrite|rephrase|paraphrase|proofread|review|edit|count|copy|echo|quote"
    r"|summari[sz]e|transcribe|grammar|correct)\b",
    r"\bhow many (?:words|letters|characters|syllables)\b|\bwhat does\b.*\bmean\b|\b(?:say|write|type"
    r"|print|output|put|turn|change|convert|read)\b[^.?!\"'“]{0,40}(?:[\"'“:]|$)",
    r"\b(?:past|future|present) tense\b|\b(?:sentence|phrase|text|passage|line|following)\b",
    r"翻译|译[成为]|复述|重复|跟(?:我|着)[念读说]|改[写成为]|润色|校对|几个字|多少个?字|这句话|这段|照[抄着]|抄写|朗读|念一遍|仿写|缩写|扩写|转成|语病"
    r"|什么意思|点评|造句|疑问句|否定句|纠正|说(?=[:\"“「])",
)
"""The question hands over a text to be repeated, changed or judged."""
ANSWER_TOO = words(
    r"\b(?:then|and|also)(?: \w+){0,2} (?:answer|reply to) (?:it|me|the question|truthfully|honestly)\b|\b(?:then|and|also)(?: \w+)? answer\b",
    r"(?:再|然后|并|接着|同时)\w{0,3}(?:回答|作答)",
)
"""The text that is handed over is a question to be answered too."""
STAGED = words(
    r"\b(?:pretend|role-?play|impersonate|imitate|cosplay)\w*\b|\bact(?:ing)? (?:as|like)\b"
    r"|\b(?:imagine (?:that )?|as (?:if|though) )you(?:'re| are| were)\b",
    r"\b(?:play|act)(?:ing)? (?:out )?(?:(?:the|a|this) )?(?:role|part|character|scene)\b|\byou play\b|\bactor playing\b"
    r"|\bin the (?:voice|style|role|character) of\b|\b(?:stay|remain) in character\b",
    r"扮演|假装|装作|假扮|角色扮演|饰演|模仿|想象你是|演一?[个下段]|继续演|cos\b",
)
UNSTAGED = words(
    r"\b(?:stop|quit|drop|cease|don't|without|no|not|no more|enough|are you|you(?:'re| are)|why (?:do"
    r"|are) you) (?:the )?(?:pretend|role-?play|act|imitat|impersonat)\w*"
    r"|(?:别|不要|停止|不用|少|是不是在|你在)再?(?:假装|扮演|装作|模仿|演|装)"
)
FICTION = words(
    r"\b(?:write|tell|compose|continue|create|invent|make up|draft|give"
    r"|finish)\b[^.?!]{0,50}\b(?:dialogues?|conversation|story|scene|script|play|sketch"
    r"|skit|tale|novel|fable|screenplay|chat log|interview|debate|limerick about (?!you))\b"
    r"|\bcontinue (?:the|this)\b|\bexample (?:sentence|dialogue|of a sentence)|\bsentence (?:with"
    r"|using|containing)\b",
    r"续写|造句|编[一个段]|(?:写|来|讲|编|接)[^,。?]{0,14}(?:台词|对话|剧本|小品|故事|相声|短剧|小说|童话|段子|对白|辩论)",
)
GHOST = words(
    r"\b(?:e-?mail|letter|message|post|note|review|speech|statement|tweet|press release|bio"
    r"|introduction|announcement|reply|memo|card|ad|advert)\b"
    r"[^.?!]{0,24}\b(?:from|by|on behalf of|in the name of|signed by|written by|as if)\b (?!you\b|yourself)",
    r"\bmy (?:own )?(?:\w+ )?(?:self-introduction|introduction|bio|cv|resume|cover letter|profile"
    r"|speech|linkedin|about page)\b|\bghost-?writ\w+",
    r"(?:帮我|替我|给我|为我)[^。?]{0,14}(?:自我介绍|简历|个人简介|演讲稿|求职信|发言稿)|以[^,。你]{1,14}(?:的名义|的口吻|的身份|的语气|的第一人称)"
    r"|(?:代表|替|代)[^,。你]{1,10}写"
    r"|我的自我介绍",
)
OF_ITSELF = words(
    r"\bhow you (?:came|were|began|started)\b|\b(?:about|of|introduc\w+|describ\w+|present\w*) (?:you|yourself)\b|\byour (?:own|self|maker"
    r"|origin|creation|name|identity|birth|life|bio\w*)\b|\bwho (?:you are|made you|built you)\b",
    r"你自己|自己的|你的(?:名字|身世|来历|身份|开发)|介绍(?:一下)?你|关于你|你是谁",
)
"""The text that the question asks for is about the speaker."""
WANTS_MAKER = words(
    r"\b(?:makers?|creators?|developers?|builders?|trainers?|vendor|manufacturer|provider|authors?|owners?|employers?|boss|company|companies|firm|labs?|team|startup|organi[sz]ation|brand)\b"
    r"|\bwhose\b|\bbelong to\b|\b(?:come|came|are you|is it) from\b|\bwork for\b|\bbehind (?:you|this|it)\b",
    rf"\b(?:{MADE_BY}|{MAKE}) (?:\w+ )?(?:by|you|u|me|this|it)\b|{MADE_ZH}|{_MAKER_WORDS_ZH}",
)
"""Asks who made the speaker, or says who did."""
PORTRAIT = words(
    r"\b(?:introduc\w+|describ\w+|present\w*|(?:tell|say)\b[^?.!]{0,24}\babout) yourself\b|\b(?:who|what)(?: \w+)? are you\b|\bwho you are\b",
    r"(?:介绍|描述)(?:一下|下)?(?:你|自己)|你是(?:谁|什么|哪位)|自我介绍",
)
"""Asks the speaker who he is."""
TOLD = words(
    r"\b(?:say|admit|claim|tell \w+|told \w+|said|claimed to be|confirm|pretend"
    r"|insist)(?: that)? (?:you(?:'re| are| were)|your)\b|\bintroduced yourself (?:to \w+ )?as\b|自我介绍(?:时|里|中)?(?:说|为|成)|说(?:了)?(?:过)?你(?:是|叫)|承认你|自称|叫你"
)
"""The user wants to hear that the speaker is somebody, or has heard it."""
CORRECTING = words(
    r"\b(?:put|set) (?:\w+ ){0,3}(?:right|straight)\b|\bcorrect (?:it|this|that|these|the|what|any|me|him|her)\b|\bwhat(?:ever|'s| is) (?:is )?wrong\b|\bfix (?:it|this|the|what)\b",
    r"改正|更正|纠正|改对|订正|哪里(?:错|不对)|什么(?:错|不对)",
)
"""Wants what is wrong in a text to be put right."""
WHO_IN_TRUTH = words(r"\b(?:who|what) (?:\w+ )?are you\W*$|你(?:\w{0,3})是(?:谁|哪位|什么)\W*$")
"""At the end: asks who the speaker is, whatever was said before."""
TOLD_WORDS = words(
    r"\b(?:say|admit|repeat|confirm)\b[^.?!]{0,20}[\"'“]i(?:'m| am)\b|说\W{0,3}我(?:是|叫|来自|由)"
)
COMPARING = words(
    r"\b(?:differ\w*|compar\w+|than|similar|versus|vs|as \w+ as)\b|\b(?:who|which)(?:'s| is)? (?:\w+er|more)\b|区别|不同|不一样|相比|像[^,?]{1,16}一样\w|[你谁它]比|比[你它]|(?:谁|哪个)(?:更|强|厉害|好|聪明|快)"
)
"""Compares the speaker with somebody: what is different then is no denial."""
ABILITY = words(
    r"\b(?:can|could|able to|know|like|love|think|use|used|opinion|recommend|prefer|heard)\b|能|会(?!不会是)|可以|知道|喜欢|觉得|认为|推荐|用过|了解|听说"
)
"""Asks what the speaker can or likes, so that a name in it need not be taken for his."""
