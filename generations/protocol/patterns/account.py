"""What is said of an account or a key that is refused, and what only warns of it."""

import re

from generations.protocol.patterns import any_of

_ACCOUNT = (
    r"\b(?<!parameter )(?<!field )"
    r"(?:account|resource|organi[sz]ation|subscription|project|(?:api|access|secret|your|this)[ _-]?key|deployment"
    r"|workspace|team|(?<!of )(?<!by )(?<!from )(?<!of the )(?<!by the )(?<!from the )(?<!of this )(?<!by this )"
    r"(?<!from this )(?:user|consumer))"
)
_MAY = r"\b(?:(?:may|might|can|could|will|would|shall|should)\b(?! not\b)|being\b|(?<!not )be\b)"
_IS = (
    r"(?:(?:has|have) (?:now |already |therefore |thus )?been|and (?:now |therefore |thus )?been|is|was)"
    r"(?: currently| now| temporarily| permanently| automatically| indefinitely| therefore| thus)?"
)
# What belongs to a call, and is no account though it stands beside one; but not where it names a rule.
_OF_CALL = (
    r"service|server|parameter|field|option|prompt|request|image|content|input|message|text|picture|photo|task|output"
    r"|response"
)
_RULES = r"(?:usage |use |moderation |safety |management )?(?:polic|guideline|rule|standard|terms|restriction)"
_ACCOUNT_CJK = (
    r"(?:账号|账户|帐号|帐户|賬號|帳號|帳戶|用户|用戶|令牌|密钥|租户|(?<![a-z])key(?![a-z]|字段|参数|的?功能|值))"
)
_CLOSED_CJK = r"(?:封禁|停用|禁用|冻结|凍結|封号|封號|停权|停權|锁定|封停|拉黑|被封|永封)"
# A refusal of the account, told as a fact. What may or will happen to it is a warning about this prompt.
ACCOUNT = any_of(
    r"\byou (?:have been|are|were) (?:permanently |temporarily )?(?:banned|suspended)\b"
    r"|\byour (?:api )?access (?:has been|was|is)"
    r" (?:revoked|suspended|disabled|terminated|blocked)\b|\bapi access (?:is |has been )?(?:disabled|revoked"
    r"|suspended)",
    rf"(?!user\b.{{0,60}} flagged){_ACCOUNT}\b(?:(?!{_MAY}|\b(?:{_OF_CALL})\b)[^.!?\n]){{0,60}}?"
    rf" {_IS} (?:blocked|restricted|flagged|inactive|not active)\b(?! (?:to|by|in|for (?:this|the|your))\b)",
    rf"{_ACCOUNT}\b(?:(?!{_MAY}|(?<!terms of )\b(?:{_OF_CALL})\b(?![ -](?:{_RULES})))"
    rf"[^.!?\n]){{0,100}}?"
    rf" {_IS} (?:suspended|banned|disabled|deactivated|terminated|frozen|locked|closed)\b"
    r"(?! (?:to|in(?! (?:accordance|line|violation|breach|response|connection))"
    r"|for (?:this|the) (?:model|endpoint|operation|request|feature|region|api))\b)",
    r"\b(?:we|we['’]ve|have|has) (?:(?:have|temporarily|permanently|now|also|already|automatically|therefore) ){0,3}"
    r"(?:suspended|banned|disabled|deactivated|terminated|frozen|locked|closed|blocked"
    r"|had to (?:suspend|ban|disable|deactivate|terminate|freeze|lock|close|block)) your (?:\w{1,12} )?"
    r"(?:account|access|organi[sz]ation|subscription|(?:api|access)[ _-]?key)\b",
    rf"\baccount {_IS} (?:blocked|restricted|flagged) by\b",
    r"\b(?:resulted in|led to|caused) (?:(?:your|the|this) (?:\w{1,12} )?(?:account|organi[sz]ation|access)"
    r" (?:being|to be) (?:\w{1,12}ly )?(?:suspended|banned|disabled|deactivated|terminated|frozen|locked|closed)"
    r"|the (?:suspension|termination|closure|deactivation) of (?:your|the|this) (?:\w{1,12} )?(?:account|access))",
    r"\b(?:account|organi[sz]ation|subscription|api[ _-]?key|workspace)[ _-]"
    r"(?:blocked|suspended|banned|disabled|deactivated|terminated|restricted|flagged|frozen|locked|closed)\b",
    rf"{_ACCOUNT_CJK}(?:(?!将|將|会(?![话员议计长])|會(?![話員議計長])|可能|或(?=将|將|会|會|被|遭|许|許|面)|恐|以免|避免|否)"
    rf"[^。！!；;\n]){{0,24}}{_CLOSED_CJK}(?![^。，,\n]{{0,4}}(?:风险|風險|可能))",
    rf"{_ACCOUNT_CJK}(?:(?!否)[^。！!；;\n]){{0,24}}已(?:经|經)?(?:被|遭)?(?:系统|系統|平台|管理员|管理員|永久|临时|臨時|暂时|暫時|自动"
    rf"|自動){{0,2}}{_CLOSED_CJK}",
    r"アカウント[^。\n]{0,12}(?:停止|凍結|無効|ロック|利用停止)[^。\n]{0,4}(?:されました|されています|されている"
    r"|中です)"
    r"|계정[^.\n]{0,12}(?:정지|차단|비활성화)[^.\n]{0,2}(?:되었|됐|되어|상태)",
    r"\bcompte(?:(?!\b(?:peut|pourra|risque|sera)\b)[^.\n]){0,20} (?:a été|est) (?:temporairement |définitivement )?"
    r"(?:suspendu|bloqué|désactivé|banni|fermé)",
    r"konto[^.\n]{0,20} (?:wurde|ist) [^.\n]{0,20}(?:gesperrt|deaktiviert|geschlossen)(?! werden)"
    r"|\bkonto[^.\n]{0,12} zostało (?:zawieszone|zablokowane)",
    r"\bcuenta[^.\n]{0,20} (?:ha sido|está|fue) (?:temporalmente )?(?:suspendid|bloquead|desactivad|deshabilitad"
    r"|cerrad)"
    r"|\bconta[^.\n]{0,20} (?:foi|está) (?:temporariamente )?(?:suspens|bloquead|desativad|banid)",
    r"\baccount[^.\n]{0,20} è (?:stato )?(?:sospeso|bloccato|disattivato)",
    r"(?:аккаунт|уч[её]тн\w{1,3} запись)(?:(?!может|будет)[^.\n]){0,24}(?:заблокирован|приостановлен|отключен)",
    r"hesab\w{0,6} (?:askıya alındı|engellendi|kapatıldı)|tài khoản[^.\n]{0,16} đã bị (?:khóa|đình chỉ|cấm)"
    r"|akun[^.\n]{0,12} (?:telah|sudah) (?:ditangguhkan|diblokir)|تم (?:تعليق|حظر|إيقاف) حساب",
)
# Before a refusal in the present tense: what counts how often it has been warned of.
WARNING = any_of(r"\b(?:warning|strikes?|repeated|further|continued|next time|after \w{1,12} more|once more)\b")
# Before such a refusal in its sentence: what makes a warning or a supposition of it.
IF = any_of(
    r"\b(?:if|unless|whether|in case|avoid|prevent|risks? that|lead\w{0,3} to|result\w{0,3} in)\b"
    r"|\b(?:may|might|could|will|would|can)\b(?! not\b)",
    r"将|將|会(?![话员议计长])|會(?![話員議計長])|可能|否则|否則|导致|導致|造成|避免|防止|以免|如果|若|谨防",
    r"(?<!因)(?<!因为)(?<!由于)(?<!因[您你该])(?<!由于[您你该])(?:再次|多次|屡次|屢次|反复|累计)",
    r"\b(?:si|wenn|falls|se|jeśli|nếu|jika|eğer|если)\b|もし|場合|만약|경우|إذا",
)
# Right before an account: what supposes even that something has happened to it.
ONCE = re.compile(r"(?:如果|若是|若|倘若|假如|如)(?:您|你|该|該|此)?的?\Z")
KEY_CODE = any_of(
    r"(?:invalid|incorrect|wrong|expired|missing)[ _-]?(?:api[ _-]?)?(?:key|token)",
    r"api[ _-]?key[ _-]?(?:invalid|expired|disabled|not[ _-]?valid|\w{1,20}[ _-]?blocked)",
    r"^(?:authentication_error|authentication|unauthori[sz]ed|unauthenticated|account_?(?:deactivated|suspended"
    r"|disabled)|consumer_(?:invalid|suspended)|service_disabled|access_token_\w{1,30}|account_state_invalid)$",
)
# "token" as a word of its own is a key; max_tokens is an option.
KEY = any_of(
    r"(?:invalid|incorrect|wrong|missing|expired|no) .{0,12}(?:api[ _-]?key|\btoken\b|credential|authentication)",
    r"(?:api[ _-]?key|\btoken\b) .{0,40}(?:invalid|expired|not valid|incorrect|missing|leaked|revoked|deleted"
    r"|disabled)",
    r"(?:subscription|membership|plan|trial|licen[cs]e) (?:has |is )?expired"
    r"|(?:会员|會員|套餐|订阅|訂閱)(?:(?!将|將|未)[^。，,\n]){0,4}(?:过期|過期|到期)(?!后|後|前|时|日)|(?:密钥|令牌|金鑰)[^。，,\n]{0,6}(?:吊销|失效|删除"
    r"|撤销)",
    r"caller does not have permission|unregistered caller|not authori[sz]ed to (?:invoke|perform|access|use|call"
    r"|make)",
    r"\byour ip\b.{0,40}(?:blocked|banned|not allowed)",
    r"\b(?:user|your) (?:location|country|region|territory)\b[^.\n]{0,20} not (?:currently )?(?:supported|allowed)"
    r"|\bcountry, region,? or territory not supported",
    r"\bip\b.{0,8}不在.{0,16}(?:允许|白名单)|\b(?:ip|address) .{0,30}not .{0,12}(?:allow|white)[ -]?list",
    r"unauthori[sz]ed|authentication[_ ](?:error|failed|fails)|permission[_ ]denied|access[_ ]denied",
    r"(?:api[ -]?)?キー.{0,8}(?:無効|正しくありません)|認証(?:に|が)?(?:失敗|エラー)|(?:api )?키.{0,8}(?:유효하지"
    r"|잘못)|인증.{0,4}실패",
    r"clave (?:de )?api .{0,12}(?:no es válida|inválida|incorrecta)|chave (?:de )?api .{0,8}inválida"
    r"|clé (?:d['’])?api .{0,12}(?:invalide|incorrecte)",
    r"api-schlüssel .{0,16}(?:ungültig|falsch|abgelaufen)|(?:неверный|недействительный) (?:api[- ])?(?:ключ|токен)"
    r"|chiave api .{0,8}non valida",
    r"(?:令牌|密钥|金鑰)[^。，,\n]{0,4}是否",
    r"密钥(?:无效|错误|已过期|不正确)|金鑰(?:無效|錯誤)|api ?key(?:无效|错误|不存在|已过期)",
    r"无效的?(?:令牌|密钥|api)|令牌(?:已过期|无效|不可用|状态不可用)|鉴权失败|认证失败|未提供令牌",
)
# Wide, for a body that already says by its code that a key or an account is refused.
OF_KEY_OR_CREDIT = any_of(
    r"\bkey\b|api ?key|\btokens?\b|credential|authori[sz]|authenticat|permission",
    r"\b(?:log|sign)[ -]?(?:in|up)\b|account",
    r"credit|balance|quota|\bfunds?\b|recharge|top[ -]?up|\bpay|billing|subscri|\bplan\b|money|arrears",
    r"登录|登陆|登入|密钥|金鑰|令牌|认证|認證|鉴权|授权|权限|账号|账户|帳戶|余额|餘額|充值|储值|额度|額度|欠费|欠費|付费|支付|套餐|点数|积分",
    r"ログイン|キー|認証|残高|課金|로그인|키|인증|잔액|충전",
)
