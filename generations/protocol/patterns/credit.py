"""What is said of money, credits and quotas that are used up."""

import re

from generations.protocol.patterns import any_of

_OWNER = (
    r"(?:(?:account|user|token|team|org(?:anization)?|api|key|credit|wallet|remaining|available|prepaid|prepayment|free"
    r"|trial|cash|project|customer|group|channel|total|your|my)s?)*"
)
_MONEY = rf"{_OWNER}(?:quota|balance|credit|fund)s?"
_POINTS = rf"{_OWNER}points?"
# The whole name of a code, without its separators.
QUOTA_NAME = re.compile(
    rf"(?:err(?:or)?)?{_OWNER}(?:has)?(?:"
    rf"(?:exceeded(?:your)?current|notenough|outof|no|lackof|low|negative|zero|exhausted|empty){_MONEY}"
    r"(?:left|remaining|available)?"
    rf"|insufficient[a-z]{{0,20}}?(?:quota|balance|credit|fund)s?|(?:insufficient|notenough){_POINTS}"
    rf"|(?:{_MONEY}|{_POINTS})(?:is|are|has|have|been)*"
    r"(?:insufficient|exhausted|not(?:enough|sufficient)|usedup|depleted|toolow)"
    rf"|(?:{_MONEY}|wallet)(?:is|are)?(?:low|empty|zero|negative)"
    r"|(?:in)?arrear(?:s|age)?|overdue(?:balance|payment)?|freetieronly|setlimitexceeded"
    r"|budget(?:limit)?exceeded|exceededbudget|spend(?:ing)?limit(?:reached|exceeded)"
    r"|billing(?:hard|soft)?limit(?:reached|exceeded)|billingnotactive|(?:payment|credits?)required|paymentoverdue"
    r"|creditlimit(?:reached|exceeded)|(?:pre|post)?(?:paid)?billoverdue)(?:error|exception)?",
)
BILLING_NAME = re.compile(r"billing(?:(?:hard|soft)?limit|disabled|required|issue|error)?")
# Money that is missing, which comes back with no time.
EMPTY_WORDS = any_of(
    r"insufficient (?:\w{1,20} ){0,2}(?:balance|credit|fund|points\b)",
    r"(?:balance|credits?|funds?) (?:(?:is|are|was|were|has been|have been) )?(?:now |too )?(?:insufficient"
    r"|negative|not enough|not sufficient|low\b)",
    r"overdue (?:balance|payment|bill)|\b(?:in|into|has|account) arrears?\b|(?:out of|not enough) (?:your )?(?:"
    r"balance|funds|money|credits?)",
    r"requires more credits?\b|costs? .{0,20}(?:credits?|points).{0,20}\byou (?:only )?have"
    r"|\bcard (?:was |has been )?declined|payment (?:method )?(?:was |has been )?(?:declined|failed)",
    r"payment required|outstanding (?:payment|bill|balance)",
    r"余额不足|額度不足|额度不足|额度已用(?:尽|完)|预扣费额度失败|欠费|配额已(?:用尽|耗尽)"
    r"|余额.{0,6}(?:已用|耗)尽|积分不足",
    r"残高不足|クレジット(?:が|は)?不足|잔액.{0,4}부족|크레딧.{0,4}부족|saldo insuficiente"
    r"|cr[ée]ditos? insuficientes?",
    r"sin (?:saldo|cr[ée]dito)|solde insuffisant|crédits? insuffisants?|guthaben .{0,30}(?:nicht|unzureichend)"
    r"|(?:kein|unzureichendes|nicht genug) guthaben|недостаточно (?:средств|кредит|баланс)",
    r"credito insufficiente|saldo niewystarczające|yetersiz bakiye|saldo tidak (?:cukup|mencukupi)|số dư không đủ"
    r"|الرصيد غير كاف|(?:nicht genügend|zu wenig) guthaben",
    r"残高が?(?:あり|ござい)ません|(?:残高|クレジット)が?(?:切れ|なくな|ゼロ)|クレジットがありません",
    r"(?:积分|点数|點數|余额|額度|额度|配额|算力)[^。，,\n]{0,6}(?:用完|用尽|耗尽|不够|不足)",
    r"(?:余额|餘額|积分|積分|点数|點數|额度)\s?(?:为|為|是|:|：)\s?0(?:\.0{1,8})?(?![.\d])"
    r"|(?<!white )(?<!white-)(?<!color )\bbalance is [$¥€]?0(?:\.0{1,8})?(?![.\d])",
    r"(?:没有|沒有|无|無)(?:任何|可用|剩余|足够)?的?(?:余额|餘額|积分|積分|点数|點數|额度|算力)(?!限制)"
    r"|(?<!重试)(?<!尝试)次数[^。，,\n]{0,4}(?:用完|用尽|耗尽|不够|不足)",
    r"\b(?:do|does|did)(?: not|n['’]t) have (?:any|enough|sufficient) (?:\w{1,16} )?(?:credits?|funds)\b"
    r"|\b(?:you|account|user|wallet|team|organi[sz]ation|project|workspace|customer) "
    r"(?:do|does|did)(?: not|n['’]t) have (?:any|enough|sufficient) (?:\w{1,16} )?(?:balance|points)\b",
    r"餘額不足|點數不足|点数不足|余额.{0,4}不足|账户.{0,6}欠费",
)
# What is used up is given anew after a time.
COMES_BACK = any_of(r"\b(?:resets?|renews?|refill\w{0,3}|refresh\w{0,3})\b", r"重置|恢复|恢復|刷新|リセット|초기화")
# A quota that is used up, which may come back after a time.
QUOTA_WORDS = any_of(
    r"insufficient (?:\w{1,20} ){0,2}quota",
    r"monthly (?:usage )?(?:quota|limit|allowance) (?:has been |is |was )?(?:exceeded|reached)|(?:exceeded"
    r"|reached) (?:your|the"
    r"|its) monthly (?:usage )?(?:quota|limit|allowance)",
    r"(?:balance|quota|credits?|funds?) (?:(?:is|are|was|were|has been|have been) )?(?:now |too )?(?:insufficient"
    r"|exhausted|depleted|negative|used up|not enough|not sufficient|low\b|empty)",
    r"exhausted (?:your )?(?:balance|funds|money|credits?)",
    r"(?:used|spent|exhausted) (?:all|up) .{0,30}(?:credits?|quota|balance)|exceeded .{0,30}(?:included"
    r"|monthly) credits",
    r"(?:spend(?:ing)?|credit|budget) (?:limit|cap) (?:has been |was |is )?(?:reached|exceeded)"
    r"|budget (?:has been )?"
    r"exceeded|(?:reached|exceeded) .{0,20}(?:spend(?:ing)?|billing) limit"
    r"|\bkey (?:limit|cap) (?:reached|exceeded) \((?:total|daily|weekly|monthly)",
    r"exceeded your current quota",
    r"quota (?:is )?(?:not enough|exhausted|has been used up|insufficient)",
    r"\bno (?:more |remaining )?credits? (?:left|remaining|available)|\bno credits\W{0,4}\Z",
    r"billing (?:hard |soft )?limit (?:has been |was |is )?(?:reached|exceeded)",
    r"credits? (?:has |have )?expired|(?<!\d)0 credits? (?:remaining|left)",
    r"\bout of (?:call volume )?quota",
    r"用户额度|guthaben .{0,30}(?:aufgebraucht|erschöpft)",
    r"crédits? (?:est |sont )?épuisés?|cr[ée]ditos? (?:se ha[n]? )?(?:agotado|esgotado)s?|(?:crédito|saldo) (?:agotado"
    r"|esgotado)|credito esaurito",
    r"баланс\w{0,2} (?:исчерпан|нулев)"
    r"|кредит\w{0,3} исчерпан",
)
# A limit, and advice how to raise it, which a limit of the rate may give as well.
LIMIT_WORDS = any_of(
    r"(?<!request )(?<!requests )(?<!token )(?<!tokens )(?<!call )(?<!calls )(?<!length )(?<!size )"
    r"limit (?:has been |was |is )?(?:reached|exceeded).{0,20}\bupgrade",
    r"\bkey (?:limit|cap) (?:has been |was |is )?(?:reached|exceeded)|\bkey usage (?:has )?exceed\w{0,3}\b",
    r"reached your (?:specified )?(?:api )?usage limits?",
    r"(?:please|to|and) top[ -]?up\b|top[ -]?up (?:your|the) (?:account|balance|credits?)|(?:please|to) recharge\b"
    r"|recharge your|请充值",
)
# More than the balance allows for this call, which says nothing about other calls.
TOO_MUCH_AT_ONCE = any_of(
    r"max_tokens|fewer tokens|can only afford|costs? .{0,20}(?:credits?|points).{0,20}\byou (?:only )?have",
    r"预扣费|預扣費",
)
