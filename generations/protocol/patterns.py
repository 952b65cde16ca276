"""Patterns of the messages and codes of moderators, gateways and providers, by what they mean.

Each phrase was seen in an answer, or is the same phrase in another language. Every repetition is bounded, so no text
makes a search slow.
"""

import re


def any_of(*alternatives: str) -> re.Pattern[str]:
    """A pattern that finds any of the alternatives, in any case."""
    return re.compile("|".join(alternatives), re.IGNORECASE)


MODERATION_CODE = any_of(
    r"moderation",
    r"content[ _-]?filter",
    r"content[ _-]?policy",
    r"policy[ _-]?violation",
    r"sensitive",
    r"prohibited[ _-]?content",
    r"image[ _-]?safety",
    r"^safety",
    r"safety[ _-](?:error|violation|block)",
    r"data[ _-]?inspection",
    r"nsfw",
    r"inappropriate",
    r"responsible[ _-]?ai",
    r"blocklist",
    r"unsafe",
    r"content[ _-]?(?:blocked|security|violation|risk)",
    r"green[ _-]?net",
    r"^(?:spii|recitation|image_recitation)$",
    r"risk[ _-]?control",
    r"prominent[_ ]people",
)
MODERATION_WORDS = any_of(
    r"safety (?:system|filter|polic|guideline|reason|check|setting|concern)",
    r"(?:content|usage|use|community|acceptable)[ -](?:management )?(?:polic|guideline|standard|restriction|filter)",
    r"violat\w{0,4}.{0,80}(?:polic|guideline|guardrail|terms|rules|standards)",
    r"(?:inappropriate|sensitive|prohibited|unsafe|explicit|disallowed|harmful|nsfw|sexual) "
    r"(?:content|information|material|image|word)",
    r"banned (?:prompt|word|content)|(?:prompt|image|content) is banned",
    r"contain\w{0,4} .{0,30}(?:inappropriate|sensitive|nsfw|unsafe)",
    r"(?:blocked|flagged|rejected|filtered|refused) .{0,60}"
    r"(?:moderation|safety|filter|policy|policies|inappropriate|sensitive)",
    r"(?:input|output|prompt|request|content) (?:was|has been|is|were) (?:flagged|moderated)",
    r"(?:input|output|prompt|image|content)[ _]moderation",
    r"\b(?:prohibited_content|image_safety|content_policy_violation|moderation_blocked)\b",
    r"\b(?:content_filter|data_inspection_failed|new_sensitive)\b",
    r"违规|違規|敏感(?:词|内容|信息|詞|內容)|内容安全|內容安全|安全(?:策略|系统|系統|审核|審核|政策|机制|原因)|(?:未|没有|没)(?:能)?通过.{0,8}审核|审核(?:未|不)(?:能)?通过",
    r"违反.{0,30}(?:政策|规定|准则|规范|条款|规则)|違反.{0,30}(?:政策|規定|準則|規範)|内容(?:政策|审核|审查|策略|过滤)|不良信息|不适当|不當內容|不当内容",
    r"色情|涉黄|涉政|风控|防护机制",
    r"(?:コンテンツ|利用|安全).{0,6}(?:ポリシー|規約|ガイドライン|フィルタ)|不適切|センシティブ|ポリシー(?:に)?違反|規約に違反",
    r"(?:콘텐츠|사용|안전).{0,6}(?:정책|필터|가이드라인)|부적절|정책(?:을|에)? ?위반",
    r"pol[ií]tica[s]? (?:de|sobre) (?:contenido|conteúdo|uso|seguridad|segurança)",
    r"contenido inapropiado|conteúdo impróprio|infringe|viola .{0,30}(?:pol[ií]tica|norma|diretri)",
    r"politique[s]? (?:de|d'|relative)|contenu (?:inapproprié|interdit|sensible)",
    r"enfrein\w* .{0,30}(?:politique|règle)",
    r"(?:inhalts|nutzungs|sicherheits)-?richtlinie|unangemessene? inhalt|verst(?:ö|o)(?:ß|ss)t .{0,40}richtlinie",
    r"политик\w* (?:контента|безопасности|использования)|недопустим\w* (?:контент|содерж)",
    r"vi phạm .{0,20}(?:chính sách|quy định)|inhoudsbeleid|(?:politika|kural|ilke)\w* .{0,20}ihlal",
    r"порушу\w* .{0,40}(?:правил|політик)|नीति .{0,20}उल्लंघन|ละเมิด.{0,20}นโยบาย",
    r"наруша\w* .{0,40}(?:правил|политик)|запрещ[её]нн\w* (?:контент|содерж)",
)
ACCOUNT = any_of(
    r"(?:account|resource|organi[sz]ation|subscription|project|api key|deployment) .{0,60}"
    r"(?:blocked|suspended|banned|disabled|deactivated|terminated|restricted|flagged)",
    r"(?:账号|账户|帐号|帐户|用户|令牌)[^。]{0,10}(?:被)?(?:封禁|停用|禁用|冻结|封号)",
)
QUOTA_CODE = any_of(
    r"insufficient[_ ]?(?:user[_ ]?)?(?:quota|balance|credit|fund)",
    r"billing",
    r"arrear",
    r"payment[_ ]?required",
    r"quota[_ ]?(?:exhausted|not[_ ]?enough)",
    r"free[_ ]?tier[_ ]?only",
    r"set[_ ]?limit[_ ]?exceeded",
    r"balance",
    r"credit",
)
KEY_CODE = any_of(
    r"(?:invalid|incorrect|wrong|expired|missing)[ _-]?(?:api[ _-]?)?(?:key|token)",
    r"api[ _-]?key[ _-]?(?:invalid|expired|disabled|not[ _-]?valid)",
    r"^(?:authentication_error|authentication|unauthori[sz]ed|unauthenticated|account_?(?:deactivated|suspended|disabled))$",
)
QUOTA_WORDS = any_of(
    r"insufficient (?:user )?(?:quota|balance|credit|fund)",
    r"exceeded your current quota",
    r"quota (?:is )?(?:not enough|exhausted|has been used up|insufficient)",
    r"(?:out of|not enough|no|insufficient|requires more) credits?\b",
    r"billing (?:hard )?limit",
    r"payment required",
    r"top up|recharge your",
    r"余额不足|額度不足|额度不足|额度已用(?:尽|完)|预扣费额度失败|用户额度|欠费|配额已(?:用尽|耗尽)|余额.{0,6}(?:已用|耗)尽|请充值|积分不足",
    r"残高不足|잔액.{0,4}부족|saldo insuficiente|solde insuffisant|guthaben|недостаточно средств",
)
NO_CHANNEL = any_of(
    r"无可用(?:的)?渠道|無可用渠道|没有可用(?:的)?(?:渠道|通道)|无可用通道",
    r"no (?:available |active )+(?:channel|provider|endpoint|distributor)s?",
    r"no (?:channel|provider|endpoint)s? (?:is |are )?(?:available|found)",
    r"no allowed providers",
)
RATE = any_of(
    r"rate[ _-]?limit",
    r"too many requests",
    r"\blimit resets\b|(?:images|requests) too (?:quickly|fast|often)|plan limit|(?:daily|hourly) limit",
    r"requests? (?:rate|per (?:min|day|sec))",
    r"\b(?:rpm|tpm|rpd|qps) ",
    r"throttl",
    r"resource[ _-]?exhausted",
    r"concurren\w+ .{0,20}(?:limit|exceed)|too many concurrent",
    r"请求(?:过于|太)?频繁|频率(?:过高|限制|超限)|限流|请求(?:数|次数)(?:过多|超)|并发(?:数)?(?:超|过)|触发.{0,6}限制|負荷|负载已饱和|負載已飽和",
    r"リクエスト(?:が)?多すぎ|レート制限|요청이 너무 많|demasiadas solicitudes|muitas solicitações|trop de requêtes",
    r"zu viele anfragen|слишком много запросов",
)
MODEL = any_of(
    r"not a chat model",
    r"model[_ ](?:not[_ ]found|does not exist|is not (?:found|supported|available))",
    r"(?:the |this )?model .{0,100}"
    r"(?:does(?: not|n't) exist|not found|is not supported|not supported|is not available|decommissioned|deprecated)",
    r"(?:unknown|invalid|unsupported) model",
    r"does not support image (?:generation|output)",
    r"模型.{0,40}(?:不存在|不支持|未找到|已下线|未开通)|不支持(?:的|该)?模型",
)
MODEL_DENIED = any_of(
    r"(?:not allowed|not permitted|not authori[sz]ed|not eligible|not entitled|no permission|must be verified) "
    r"(?:to|for) .{0,20}\bmodel",
    r"\baccess to (?:the |this )?model .{0,40}(?:denied|restricted|not granted)|\bmodel .{0,60}access (?:is )?denied",
    r"(?:do|does) not have (?:access|permission) (?:to|for) (?:the |this )?model",
    r"\bmodel .{0,60}(?:not available|not included|not enabled|not activated) (?:in|on|for|with) "
    r"(?:your|the|this) .{0,20}(?:plan|tier|account|key|subscription|project|region)",
    r"model[_ ]?(?:access[_ ]?denied|not[_ ]?allowed|not[_ ]?activated|not[_ ]?open)|\bunpurchased\b",
    r"模型.{0,20}(?:未开通|未購買|未购买|未授权|未授權|无权限|沒有權限|没有权限)|(?:无权|無權|没有权限|沒有權限).{0,20}模型",
)
MODEL_LIMIT = any_of(
    r"per[ _-]?model|model[ _-]?(?:rate|request|concurren|quota|capacity)",
    r"\bmodel: ?[`'\"]?[\w./-]",
    r"\blimit .{0,30}\bfor (?:the |this )?model\b",
    r"\blimit reached for [\w./-]{1,80} (?:in|on)\b",
    r"(?:该|此|当前|這個|这个)模型.{0,30}(?:限|频|頻|并发|繁忙|负载)|模型.{0,20}(?:限流|限速|过载)",
)
FIREWALL = any_of(
    r"^\W*(?:403 )?forbidden\W*$",
    r"\b(?:request|access|you) (?:was |has been |have been |is )?blocked\b",
    r"\bfirewall\b|\bwaf\b|\bsecurity (?:rule|service|solution)",
)
# More than the balance allows for this call, which says nothing about other calls.
TOO_MUCH_AT_ONCE = any_of(r"max_tokens|fewer tokens|can only afford", r"预扣费|預扣費")
# "token" as a word of its own is a key; max_tokens is an option.
KEY = any_of(
    r"(?:invalid|incorrect|wrong|missing|expired|no) .{0,12}(?:api[ _-]?key|\btoken\b|credential|authentication)",
    r"(?:api[ _-]?key|\btoken\b) .{0,20}(?:invalid|expired|not valid|incorrect|missing)",
    r"unauthori[sz]ed|authentication[_ ](?:error|failed|fails)|permission[_ ]denied|access[_ ]denied",
    r"无效的?(?:令牌|密钥|api)|令牌(?:已过期|无效|不可用|状态不可用)|鉴权失败|认证失败|未提供令牌",
)
INVALID = any_of(
    r"invalid[_ ](?:request|parameter|argument|prompt|value|image|size|param)",
    r"unsupported[_ ](?:parameter|value|size)",
    r"unknown[_ ]parameter",
    r"bad[_ ]request",
    r"参数(?:错误|无效|不合法|异常)|无效的?参数|不支持的参数",
)
TRANSIENT = any_of(
    r"overload|temporarily|timed? ?out|time-?out|unavailable|\bbusy\b|capacity",
    r"(?:try|retry) (?:again|later|after|in)|retry your request",
    r"connection (?:reset|refused|closed|aborted|error)|disconnected|bad gateway|upstream (?:error|connect)",
    r"繁忙|稍后(?:再试|重试)|稍後再試|超时|超時|重试|重試|服务不可用|服务器忙|过载|负载",
    r"しばらく|混雑|タイムアウト|잠시 후",
)
