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
    r"(?<!case[ _-])sensitive",
    r"prohibited[ _-]?content",
    r"image[ _-]?safety",
    r"^safety",
    r"safety[ _-](?:error|violation|block)",
    r"(?<!parameter\.)data[ _-]?inspection|rule[ _-]?blocked",
    r"nsfw",
    r"inappropriate",
    r"responsible[ _-]?ai",
    r"blocklist",
    r"unsafe",
    r"content[ _-]?(?:blocked|security|violation|risk)",
    r"green[ _-]?net",
    r"^(?:spii|recitation|image_recitation)$",
    r"risk[ _-]?(?:control|not[ _-]?pass|reject)",
    r"prominent[_ ]people",
    r"\b(?:request|content|prompt|image|input|output)?[ _-]?moderated\b",
    r"content[ _-]?filtered|guardrail|\bflagged\b|error[ _-]?toxic|not[ _-]?safe\b|image[ _-]?prohibited",
    r"policy[ _-]?blocked|prompt[ _-]?blocked|blocked[ _-]?(?:prompt|content|by[ _-]?(?:safety|policy|moderation))",
    r"illegal[ _-]?content|content[ _-]?(?:illegal|prohibited|rejected|unsafe|check[ _-]?fail)|audit[ _-]?(?:fail"
    r"|reject)",
    r"敏感|违规|違規|不合规|不合規|合规|合規|审核|審核",
)
MODERATION_WORDS = any_of(
    r"safety (?:system|filter|polic|guideline|reason|check|setting|concern)",
    r"(?:content|usage|use|community|acceptable)[ -](?:management )?(?:polic|guideline|standard|restriction|filter)",
    r"violat\w{0,4}(?!.{0,60}\b(?:schema|field|parameter|constraint|format|json)\b).{0,80}(?:polic|guideline"
    r"|guardrail|terms|rules|standards)",
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
    r"\b(?:pre|post)? ?(?:img|image|text|prompt|video)? ?risk (?:is |was |did |check )?(?:not |un)pass"
    r"|\brisk not pass",
    r"\b(?:request|content|prompt|image|picture|input|output)s? (?:is |was |were |has been |been |got )?moderated\b",
    r"\bmoderated(?: by|:|\.|$)|\bmoderator\b|(?:block|reject|refus|filter)\w{0,4} by .{0,30}(?:moderat|safety"
    r"|guardrail)",
    r"(?:not|isn['’]t|un) ?(?:safe for work|sfw)\b"
    r"|(?<!data )\bnot (?:been )?compliant(?! with (?:the )?\w{1,20} (?:standard|spec|format|schema))|(?:fail"
    r"|not pass)\w{0,3} .{0,30}"
    r"(?:moderation|safety (?:check|review|filter)|risk (?:check|control)|compliance|content (?:check|review|audit))"
    r"|(?:content|text|image|prompt|input|output) (?:check|review|audit|inspection) (?:is |was |has )?(?:fail|reject"
    r"|not pass)",
    r"(?:copyright|trademark)\w{0,3} .{0,30}(?:infring|violat|protected|restrict)"
    r"|intellectual property .{0,20}(?:infring|violat)",
    r"不合规|不合規|合规(?:检测|检查|审核|性|校验)|(?<!参数)(?<!格式)(?<!尺寸)(?:不|未|没有)(?!.{0,24}(?:参数|格式"
    r"|尺寸|字段))(?:符合|满足|遵守|通过).{0,12}(?:规范|规定|政策"
    r"|准则|合规|審核|审查|检测|检查)"
    r"|包含.{0,8}(?:不良|敏感|违法|违规|不当|禁止)|涉嫌.{0,8}(?:违规|违法|侵权|敏感)|(?:内容|图片|提示词|文本|输入"
    r"|输出).{0,8}(?:有|存在)?风险",
    r"违规|違規|敏感(?:词|内容|信息|詞|內容)|内容安全|內容安全|安全(?:策略|系统|系統|审核|審核|政策|机制|原因)|(?:未"
    r"|没有|没)(?:能)?通过.{0,8}审核|审核(?:未|不)(?:能)?通过",
    r"违反.{0,30}(?:政策|规定|准则|规范|条款|规则)|違反.{0,30}(?:政策|規定|準則|規範)|内容(?:政策|审核|审查|策略"
    r"|过滤)|不良信息|不适当|不當內容|不当内容",
    r"色情|涉黄|涉政|风控|防护机制",
    r"(?:コンテンツ|利用|安全).{0,6}(?:ポリシー|規約|ガイドライン|フィルタ)|不適切|センシティブ|ポリシー(?:に)?違反"
    r"|規約に違反",
    r"(?:콘텐츠|사용|안전).{0,6}(?:정책|필터|가이드라인)|부적절|정책(?:을|에)? ?위반",
    r"pol[ií]tica[s]? (?:de|sobre) (?:contenido|conteúdo|uso|seguridad|segurança)",
    r"contenido inapropiado|conteúdo impróprio|infringe|viola .{0,30}(?:pol[ií]tica|norma|diretri)",
    r"politique[s]? (?:de|d'|relative)|contenu (?:inapproprié|interdit|sensible)",
    r"enfrein\w* .{0,30}(?:politique|règle)",
    r"(?:inhalts|nutzungs|sicherheits)-?richtlinie|unangemessene? inhalt|verst(?:ö|o)(?:ß|ss)t .{0,40}richtlinie",
    r"политик\w* (?:контента|безопасности|использования)|недопустим\w* (?:контент|содерж)",
    r"vi phạm .{0,20}(?:chính sách|quy định)|inhoudsbeleid|(?:politika|kural|ilke)\w* .{0,20}ihlal",
    r"порушу\w* .{0,40}(?:правил|політик)|नीति .{0,20}उल्लंघन|ละเมิด.{0,20}นโยบาย",
    r"наруша\w* .{0,40}(?:правил|политик)|запрещ[её]нн\w* (?:контент|содерж)|модераци\w*",
    r"審査.{0,8}(?:不合格|通過しま?せん|拒否)|審査に?(?:落ち|通り?ません)|禁止(?:され|コンテンツ)"
    r"|有害(?:な)?コンテンツ|モデレーション",
    r"검열|심사.{0,8}(?:통과|거부)|유해.{0,6}(?:콘텐츠|내용)|민감한? (?:콘텐츠|내용)|모더레이션",
    r"moderaci[óo]n|moderaç[ãa]o|modération|moderazione|moderacj\w*|denetim\w* (?:tarafından|nedeniyle)",
    r"contenuto (?:inappropriato|vietato|sensibile|non consentito)|viol\w* .{0,30}(?:le norme|linee guida|politica"
    r"|termini)",
    r"contenido (?:prohibido|sensible|no permitido)|conteúdo (?:proibido|sensível|inadequado)|contenu bloqué",
    r"ongepaste? inhoud|gebruiksbeleid|nieodpowiedni\w* (?:treść|treści|zawartość)|narusza .{0,30}(?:zasady"
    r"|regulamin|polityk)",
    r"uygunsuz içerik|konten (?:tidak pantas|sensitif|terlarang)|melanggar .{0,30}(?:kebijakan|pedoman|aturan)",
    r"nội dung (?:nhạy cảm|không phù hợp|bị cấm)|เนื้อหา.{0,12}(?:ไม่เหมาะสม|ต้องห้าม)|अनुचित सामग्री",
    r"(?:ينتهك|مخالف\w*|انتهاك).{0,30}(?:سياس|شروط|إرشاد)|محتوى (?:غير لائق|محظور|حساس)|תוכן (?:לא הולם|אסור)"
    r"|הפרת? .{0,20}מדיניות",
    r"(?:forbidden|banned|blocked|restricted|illegal|prohibited|sensitive) (?:word|term|keyword|phrase|concept)s?\b",
    r"\bprompts? (?!.{0,40}\b(?:api key|token|credential))(?:is |was |has been |are |were )?(?:not (?:allowed"
    r"|permitted|acceptable|accepted)|forbidden|blocked"
    r"|rejected|refused|denied|banned|disallowed|unacceptable)\b(?! (?:with|when|for|in|if|together|unless|as|to)\b)",
    r"(?:提示词|提示詞|提示语|关键词|關鍵詞|描述|输入内容)[^。，,\n]{0,8}(?:拦截|攔截|屏蔽|封锁|拒绝|拒絕|禁止"
    r"|不被允许|不允许|不可用"
    r"|违禁)|违禁词|違禁詞|屏蔽词|安全機制",
    r"syst[èe]me de sécurité|(?:filtres?|raisons?|règles?|consignes?|contrôles?) de sécurité"
    r"|sicherheits(?:system|filter|mechanism|gr(?:ü|ue)nde|prüfung|regeln|vorgaben)",
    r"(?:sistema|filtros?|motivos|razones|normas|controles?) de seguridad"
    r"|(?:sistema|filtros?|motivos|razões|normas) de segurança|(?:sistema|filtr[oi]|motivi|norme) di sicurezza",
    r"(?:систем|фильтр|правил|соображени|политик)\w{0,6} безопасности|(?:систем|фільтр|правил)\w{0,6} безпеки",
    r"نظام (?:السلامة|الأمان|الحماية)|(?:مرشح|فلتر|لأسباب) (?:السلامة|الأمان|تتعلق بالسلامة)",
    r"(?:安全|セーフティ)(?:性)?(?:・| )?(?:システム|フィルタ|機能|チェック|上の理由)|안전 ?(?:시스템|필터|검사|장치"
    r"|상의 이유)"
    r"|보안 (?:시스템|필터)",
    r"güvenlik (?:sistem|filtre|neden|kontrol)\w{0,12}|hệ thống (?:an toàn|kiểm duyệt|bảo mật)"
    r"|bộ lọc (?:an toàn|nội dung)|lý do an toàn|kiểm duyệt",
    r"system\w{0,3} bezpieczeństwa|filtr\w{0,3} (?:bezpieczeństwa|treści)|veiligheids(?:systeem|filter|redenen)"
    r"|sistem keamanan|filter (?:keamanan|konten)",
    r"ระบบ(?:ความ)?ปลอดภัย|सुरक्षा (?:प्रणाली|फ़िल्टर|फिल्टर|कारणों)|säkerhetssystem|sikkerhe[dt]ssystem"
    r"|turvallisuusjärjestelm|מערכת ה?(?:בטיחות|אבטחה)",
    r"content ?policy ?violation|(?:sensitive|risk|safety|content) (?:check|review|detection) (?:is |was "
    r"|has )?(?:failed"
    r"|not pass)|\bdata is blocked by\b",
    r"(?:reject|refus|block|declin|contain|depict|featur)\w{0,4}\b.{0,40}\b(?:public figure|celebrit|real (?:person"
    r"|people)"
    r"|minors?\b|nudity|nude\b|gore\b|violence)",
    r"(?<!['\"`])\bnsfw\b|^\W*unsafe\W*$|(?:rejected|blocked|flagged|refused)\W{1,3}(?:as )?(?:unsafe|sensitive)\b"
    r"|(?:内容|图片|提示词|输入)[^。，,\n]{0,6}不安全|不安全(?:的)?内容",
    r"\bmots? (?:interdits?|bannis?|sensibles?)|verbotene[nrs]? (?:w(?:ö|oe)rt|begriff|inhalt)"
    r"|palabras? (?:prohibidas?"
    r"|sensibles?)|palavras? proibidas?|parole (?:vietate|proibite)",
    r"(?:запрещ|заборон)\w{1,6} слов|금지(?:된)? ?(?:단어|어\b)|금칙어|禁止(?:語|ワード|用語)|ngワード|yasaklı kelime"
    r"|zabronion\w{1,3} słow|từ (?:bị |ngữ )?cấm|verboden woord|kata (?:yang )?(?:di|ter)larang"
    r"|كلمات (?:محظورة|ممنوعة)",
    r"inhaltsfilter|filtres? de contenu|filtros? de (?:contenido|conteúdo)|filtro (?:dei |di )?contenut"
    r"|фильтр\w{0,3} (?:контента|содержимого)|inhoudsfilter|contentfilter|içerik filtre",
    r"declined .{0,40}(?:safety|moderation|content policy)|(?<!-)\bcontent (?:is |was )?not (?:allowed|permitted"
    r"|acceptable)\b"
    r"(?! (?:with|when|for|in|as|to)\b)",
    r"copyrighted (?:character|content|material|work|image)|public figures? (?:is|are) not|\b(?:nudity|gore|violence"
    r"|nude"
    r"|sexual content|weapons?) (?:was |is |were )?detected",
    r"(?:裸露|暴力|血腥|低俗)(?:内容|信息|画面|元素)|涉及.{0,6}(?:政治|暴力|裸露|血腥|侵权)|内容(?:受限|被限制"
    r"|不被允许)",
    r"unangemessene[rs]? inhalt|неприемлем\w{1,4} (?:контент|содерж)|niezgodn\w{1,3} z (?:regulaminem|zasadami)",
    r"bryter mot .{0,30}(?:policy|riktlinje)|olämpligt innehåll|sisältökäytän|retningslinjer .{0,20}(?:brudt"
    r"|overtrådt)",
    r"\b(?:prompt|response|output|content) (?:was |is |has been )?blocked (?:due to|because of|by|for) .{0,20}"
    r"(?:security|configur)|\bcontent security (?:reason|check|risk|review|strateg|issue|violation)"
    r"|\btrigger\w{0,3} .{0,24}(?:strategy of the platform|content security|risk control)",
    r"\bguardrails?(?: checks?)?(?: defined [^.\n]{0,24})? (?:has |have )?failed\b(?! to\b)"
    r"(?!.{0,40}\b(?:time|connect|refused|unavailable|unreach|internal|network|error|[45]\d\d\b|busy|overload))",
    r"\b(?:input|output|prompt)[ _-]?(?:text|image|img|video|audio|content)[ _-]?risk\b|\bshark not pass\b",
    r"\b(?:content|prompt|text|words?) (?:is|are) illegal\b(?! (?:\w{1,12} )?(?:json|xml|format|syntax|utf|encod|value"
    r"|type|char))|^\W*(?:(?:real|human|person)(?:['’]s)? )*faces? (?:was |were )?detected(?=\W*\Z|.{0,20}\b(?:not|no"
    r"|block|reject|forbid|refus)\w{0,4}\b)",
    r"(?<!账户)(?<!账号)(?<!实名)(?<!企业)(?<!资质)审核失败|(?:安全|内容|风险|风控)(?:拦截|攔截)|(?:文本|图片|圖片|文字)[^。，,\n]{0,4}(?:违禁"
    r"|違禁)|(?:内容|內容|提示词|提示詞|文本)[^。，,\n参格类长字编a-z]{0,4}不合法",
    r"涉及.{0,6}(?:版权|版權|知识产权|肖像|名人|公众人物)|(?<!未)(?<!没有)(?<!没)(?<!无法)(?:检测|檢測|识别)(?:到|出)(?!多)(?:(?![没无未沒])[^。\n]){0,6}"
    r"(?:人脸|人臉|真人|名人|未成年)(?:(?!过小|太小|过大|模糊|不清|不完整|遮挡|角度)[^。\n]){0,12}(?:无法|不能|不支持|不允许|禁止|拒绝)",
    r"bloccat\w .{0,20}\bfiltr|bloquead\w .{0,20}\bfiltro|bloqué\w{0,2} .{0,20}\bfiltre"
    r"|\bfilter\w{0,2} .{0,20}(?:blockiert|abgelehnt)|(?:blockiert|abgelehnt) .{0,20}\bfilter"
    r"|заблокирован\w{0,2} .{0,20}фильтр",
)
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
KEY_CODE = any_of(
    r"(?:invalid|incorrect|wrong|expired|missing)[ _-]?(?:api[ _-]?)?(?:key|token)",
    r"api[ _-]?key[ _-]?(?:invalid|expired|disabled|not[ _-]?valid|\w{1,20}[ _-]?blocked)",
    r"^(?:authentication_error|authentication|unauthori[sz]ed|unauthenticated|account_?(?:deactivated|suspended"
    r"|disabled)|consumer_(?:invalid|suspended)|service_disabled|access_token_\w{1,30}|account_state_invalid)$",
)
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
    r"(?:tokens?|images?|calls?|queries|generations?) per (?:min|hour|sec|day)",
    r"(?:parallel|simultaneous) (?:\w{1,12} ){0,2}limit",
    r"\b(?:rpm|tpm|rpd|qps) ",
    r"throttl",
    r"resource[ _-]?exhausted",
    r"concurren\w+ .{0,20}(?:limit|exceed)|too many concurrent",
    r"请求(?:过于|太)?频繁|频率(?:过高|限制|超限)|限流|请求(?:数|次数)(?:过多|超)|并发(?:数)?(?:超|过)"
    r"|触发.{0,6}限制|負荷|负载已饱和|負載已飽和",
    r"リクエスト(?:が)?多すぎ|レート制限|요청이 너무 많|demasiadas solicitudes|muitas solicitações|trop de requêtes",
    r"zu viele (?:anfragen|aufrufe)|anfragelimit|слишком много запросов|превышен\w* .{0,12}лимит",
    r"troppe richieste|te veel (?:verzoeken|aanvragen)|zbyt wiele (?:żądań|zapytań)|çok fazla istek"
    r"|terlalu banyak permintaan",
    r"quá nhiều yêu cầu|طلبات كثيرة|l[íi]mite de (?:velocidad|tasa|solicitudes|taxa|requisições)|limite de (?:débit"
    r"|requêtes)",
    r"(?:请求|並發|并发|调用)(?:次数|数|量)?.{0,6}(?:上限|超限|过高|过快)|請求(?:過於|太)?頻繁|超(?:出"
    r"|过).{0,6}(?:频率|速率|并发|qps)",
    r"request_?limit_?exceed|job[ _-]?num[ _-]?exceed",
    # As the first words alone: a limit of polls or of tool calls is met after work has begun.
    r"\A\W{0,4}(?!.{0,300}\b(?:still|may|might|after process\w*|process(?:ed|ing)|generat\w*|poll\w*|charged"
    r"|tools?|body|size|\d{1,6}\s?[KMG]i?B)\b)"
    r"(?:(?:(?:open|the|your|our|this|daily|hourly|qps|total|maximum|api) ){0,5}(?:api|request|call) limit "
    r"(?:has been |was |is )?(?:reached|exceeded)|(?:(?:request|you|has|have|api) ){0,4}reached (?:the |your |its )?"
    r"(?:api|request|call) limit)",
    r"(?:too many|maximum (?:number of )?)[ ]?(?:running|active|pending|unfinished) (?:task|job|request|generation)s",
    r"(?:处理|处理中|进行中|运行中?|同时)[^。，,\n]{0,6}任务(?:数量?)?(?:过多|太多|(?:已?达到?|超过?|超出)(?:了)?(?:最大)?"
    r"(?:并发)?(?:数量?)?(?:上限|限制))",
    r"concurrent limit|qps limit|リクエスト制限|速度制限|요청 한도|호출 한도",
)
# Beside a limit that is told in words alone: what can only be said once work has begun.
AFTER_WORK = any_of(
    r"\b(?:(?:may|might) still|partial\w{0,2}|dropped|poll\w{0,3}"
    r"|after (?:process|generat|render|\d{1,3} (?:retr|attempt))\w*)\b",
    r"\b(?:(?:was|were|been|image|images|picture) (?:generated|drawn|charged|billed|processed)(?! (?:per|in|each)\b))\b"
    r"|\bduring (?:processing|generation|rendering|drawing)\b|\bafter \d{1,3}\s?%",
    r"\b(?:fetch|get|upload|save|store|query|retriev)\w{0,3} (?:the |task )?(?:results?|status|images?|output)\b",
    r"已扣[费費除]|扣费成功|已生成|任务中断|(?:获取|查询|上传|保存|轮询)[^。，,\n]{0,4}(?:结果|状态|图片)",
)
MODEL = any_of(
    r"not a chat model",
    r"model[_ ](?:not[_ ]found|does not exist|is not (?:found|supported|available))",
    r"\bmodels?/\S{1,120} (?:is |was )?not found",
    r"(?:the |this )?model .{0,100}"
    r"(?:does(?: not|n't) exist|not found|is not supported|not supported|is not available|decommissioned|deprecated)",
    r"(?:unknown|invalid|unsupported) model|\bdeployment[_ ]?not[_ ]?found",
    r"does not support image (?:generation|output)",
    r"模型.{0,40}(?:不存在|不支持|未找到|已下线|未开通)|不支持(?:的|该)?模型|找不到.{0,8}模型",
    r"モデル.{0,40}(?:存在しません|見つかりません|サポートされて)|모델.{0,40}(?:존재하지 않|찾을 수 없|지원하지 않)",
    r"(?:el|o) modelo .{0,60}(?:no existe|não existe|no encontrado|não encontrado|no (?:está|es) (?:disponible"
    r"|compatible))",
    r"le modèle .{0,60}(?:n['’]existe pas|introuvable|n['’]est pas)|modell .{0,60}(?:nicht gefunden|existiert nicht"
    r"|nicht verfügbar)",
    r"модель .{0,60}(?:не найдена|не существует|не поддерживается|недоступна)|modello .{0,60}non (?:esiste|trovato"
    r"|disponibile)",
)
MODEL_DENIED = any_of(
    r"organi[sz]ation (?:must be|is not|has not been|needs to be|isn['’]t) verified"
    r"|organi[sz]ation[_ ]?(?:unverified|not[_ ]?verified|verification[_ ]?required)|\bverify organi[sz]ation",
    r"\bmodel .{0,60}not (?:been )?(?:purchased|bought|subscribed|activated|opened)",
    r"\bno (?:access|permission) (?:to|for) (?:the |this )?model",
    r"(?:not allowed|not permitted|not authori[sz]ed|not eligible|not entitled|no permission|must be verified) "
    r"(?:to|for) .{0,20}\bmodel",
    r"\baccess to (?:the |this )?model .{0,40}(?:denied|restricted|not granted)|\bmodel .{0,60}access (?:is )?denied",
    r"(?:do|does)(?: not|n['’]t) have (?:access|permission) (?:to|for) (?:(?:the |this )?model"
    r"|[`'\"]?[a-z]{2,20}-[\w.-]{0,60}\d)",
    r"\bmodel .{0,60}(?:not available|not included|not enabled|not activated) (?:in|on|for|with) "
    r"(?:your|the|this) .{0,20}(?:plan|tier|account|key|subscription|project|region)",
    r"\bmodel (?:is |has been |was )?(?:disabled|not open(?:ed)?)\b(?! (?:temporarily|for))",
    r"\b(?:free|trial|unpaid) (?:users?|accounts?|tier) (?:cannot|can['’]t|can not|may not) use .{0,20}\b(?:models?"
    r"|image generation)\b"
    r"|\bno access to"
    r" .{0,30}\bmodels?\b|agree to the terms of (?:this|the) model|\bmodel \S{1,80} is gated|modell .{0,40}nicht"
    r" (?:freigeschaltet|freigegeben)|模型.{0,6}(?:需要|仅|只).{0,8}(?:付费|会员|vip|企业)",
    r"\bimage generation (?:is |has )?not (?:been )?(?:enabled|available|allowed|included|permitted|activated) (?:in|on"
    r"|for|with) (?:your|the|this) (?:\w{1,16} )?(?:group|plan|tier|account|key|subscription|project|team"
    r"|organi[sz]ation)|(?:not allowed|not permitted|not authori[sz]ed|no permission) (?:to|for) (?:use )?image"
    r" generation",
    r"\bmodel .{0,60}is (?:blocked|disabled|restricted|disallowed) (?:at|by|in|for|on) (?:the |your |this )?(?:project"
    r"|organi[sz]ation|account|workspace|team|group)\b",
    r"(?:分组|令牌|套餐|账号|账户|用户|密钥)[^。，,\n]{0,4}(?:未开启|未开通|不支持|无权|没有权限|未授权)[^。，,\n]{0,6}"
    r"(?:图片|图像|生图|绘图|画图)(?!的?(?:格式|大小|尺寸|数量|输入|上传|链接|类型|分辨率))",
    r"model[_ ]?(?:access[_ ]?denied|not[_ ]?allowed|not[_ ]?activated|not[_ ]?open)|\bunpurchased\b",
    r"模型.{0,20}(?:未开通|未購買|未购买|未授权|未授權|无权限|沒有權限|没有权限)|(?:无权|無權|没有权限"
    r"|沒有權限).{0,20}模型|(?:未|没有?|沒有?|尚未)(?:开通|開通|购买|購買).{0,20}模型",
)
MODEL_LIMIT = any_of(
    r"per[ _-]?model|model[ _-]?(?:rate|request|concurren|quota|capacity)",
    r"\bmodel: ?[`'\"]?[\w./-]",
    r"\blimit .{0,30}\bfor (?:the |this )?model\b",
    r"\blimit reached for [\w./-]{1,80} (?:in|on)\b",
    r"(?<![\w/.:-])[\w.-]{1,60}/[\w.:-]{1,80} is (?:temporarily |currently )?(?:rate[ -]?limited|overloaded)",
    r"(?:该|此|当前|這個|这个)模型.{0,30}(?:限|频|頻|并发|繁忙|负载|访问量|请求量|拥挤)|模型.{0,20}(?:限流|限速|过载)",
)
FIREWALL = any_of(
    r"^\W*(?:403 )?forbidden\W*$",
    r"\b(?:request|access|you) (?:was |has been |have been |is )?blocked\b",
    r"\bfirewall\b|\bwaf\b|\bsecurity (?:rule|service|solution)",
)
# Nothing but the prompt can have been meant by a refusal that speaks of it.
PROMPT = any_of(
    r"\bprompts?\b(?![ _-]?tokens?)|提示词|提示詞|提示语|关键词|關鍵詞|プロンプト|프롬프트|промпт",
    r"\b(?:your|the|this|uploaded|reference) (?:image|picture|photo|description|text|words?) .{0,30}(?:forbidden"
    r"|blocked"
    r"|not (?:allowed|permitted)|rejected|refused|denied|banned)",
)
# What belongs to one call alone.
OF_CALL = any_of(
    r"\b(?:prompts?|images?|pictures?|photos?|files?|url|download\w{0,3}|fetch\w{0,3}|size|resolution|too long)\b|https?://",
    r"提示词|提示詞|图片|圖片|图像|文件|下载|下載|尺寸|链接",
)
# A moderator that could not do its work has refused nothing.
FAULT_OF_MODERATOR = any_of(
    r"(?:moderat(?:ion|or)|safety|guardrail|content[ _-](?:filter(?:ing)?|check|security|review|audit)"
    r"|risk[ _-]control)s?"
    r"(?:[ _-](?:service|server|system|api|endpoint|model|check|filter|request|backend|provider|layer"
    r"|call)){0,2}[ _:,-]"
    r"(?:[\w'’]{1,10}[ _,:-]){0,3}(?:unavailable|unreachable|timed?[ _-]?out|overload|not respond|no response|temporar"
    r"|internal[ _-]error|down\b|busy\b|(?:(?<=not )|(?<=n't )|(?<=n’t ))be (?:reached|performed|completed)"
    r"|connection|returned (?:an error|5\d\d))",
    r"(?:unable to|could(?: not|n['’]t)|cannot|failed to) (?:reach|connect to|contact|call|run|perform|complete"
    r"|query|load)"
    r" (?:the |our )?(?:\w{1,12} )?(?:moderat|safety|guardrail|content[ -](?:filter|check|review))",
    r"timed? ?out (?:while|during|waiting for|in|at) (?:the |our )?(?:\w{1,12} )?(?:moderat|safety|content[ -](?:check"
    r"|review|filter))",
    r"(?:审核|審核|风控|風控|内容安全|敏感词检测|内容检测)(?:服务|系统|接口|服務|系統|模块|请求)?[^。，,\n]{0,6}"
    r"(?:超时|超時|不可用|繁忙|无响应|过载|连接失败|调用失败|请求失败|(?:异常|異常)(?=.{0,12}(?:稍后|稍後|重试|重試)))",
    r"(?:审核|審核|风控|風控|内容安全|敏感词检测|内容检测)[^。，,\n]{0,6}(?:服务|系统|接口|服務|系統|模块|请求|调用)"
    r"[^。，,\n]{0,6}(?:异常|異常)",
    r"(?:モデレーション|審査)[^。\n]{0,12}(?:タイムアウト|利用できません|一時的)|(?:모더레이션|심사"
    r"|검열)[^.\n]{0,12}(?:시간 ?초과"
    r"|일시적|사용할 수 없)",
    r"(?:mod[ée]ra|sécurité|seguridad|segurança|sicurezza|sicherheitssystem)\w{0,8}[^.\n]{0,20}(?:indisponib|délai"
    r"|no (?:está )?disponible|indisponível"
    r"|non disponibile"
    r"|nicht (?:verfügbar|erreichbar)|überlastet|zeitüberschreitung)|(?:модераци\w"
    r"|систем\w{1,3} безопасности)[^.\n]{0,20}(?:недоступ|время"
    r"|перегруж)",
)
REFUSED = any_of(
    r"\b(?:block|reject|refus|flag|declin|violat)\w{0,4}|(?<!not )\bfiltered|违规|违反|拒绝|拦截|違規|違反|拒絕|攔截",
    r"\bcontain\w{0,4} .{0,30}\b(?:inappropriate|sensitive|nsfw|unsafe|prohibited|explicit|sexual)",
    r"包含|含有|涉及|涉嫌|敏感(?:信息|内容|資訊|內容)|违禁|違禁|不合规|不合規|(?:未|没有|不)通过.{0,8}审核",
)
# A parameter in a complaint about parameters, which may have any name but that of a finding.
_PARAMETER = r"(?:parameter|argument|field|option|property|param|attribute)"
_NAME = (
    r"(?![\w.-]{0,60}(?:violat|blocked|prohibit|flagged|detected|failed|unsafe|moderated|illegal|inappropriate))"
    r"[a-z][a-z0-9_.-]{0,60}"
)
OF_PARAMETER = any_of(
    rf"\b(?:{_PARAMETER}|value for)s?(?: (?:supplied|named|name|provided))?\W{{1,4}}{_NAME}"
    r"(?=\W*\Z|[^\w\s]| (?:is|was|must|should|not|in|for)\b)",
    rf"(?:^|[\s'\"`:.]){_NAME}['\"`]?:? (?:(?:must|should|has to) be|expects?|is (?:unknown|unrecogni[sz]ed|required)\b"
    r"|is (?:not )?(?:an? )?(?:unknown|valid|invalid|supported|unsupported|unexpected|known|recogni[sz]ed)"
    rf" {_PARAMETER}|extra (?:inputs|fields)|unknown field|field required)",
    rf"\b{_NAME}['\"`]? {_PARAMETER} (?:must|should|has to|expects?|is)\b",
    rf"\bextra (?:inputs|fields|properties) (?:are )?not (?:permitted|allowed)\W{{1,4}}{_NAME}(?=\W*\Z)",
    rf"(?:参数|參數|字段)(?:错误|无效|不合法|异常|不支持|錯誤|無效)?\W{{0,3}}{_NAME}(?![a-z0-9_.-]| [a-z])",
)
# More than the balance allows for this call, which says nothing about other calls.
TOO_MUCH_AT_ONCE = any_of(
    r"max_tokens|fewer tokens|can only afford|costs? .{0,20}(?:credits?|points).{0,20}\byou (?:only )?have",
    r"预扣费|預扣費",
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
INVALID = any_of(
    r"invalid[_ ](?:request|parameter|argument|prompt|value|image|size|param)",
    r"unsupported[_ ](?:parameter|value|size)",
    r"unknown[_ ]parameter",
    r"bad[_ ]request",
    r"参数(?:错误|无效|不合法|异常|缺失)|无效的?参数|不支持的参数|缺少.{0,8}参数|參數(?:錯誤|無效)",
    r"(?:無効な|不正な)(?:パラメータ|リクエスト|引数)|잘못된 (?:요청|매개변수|파라미터)|유효하지 않은 (?:요청"
    r"|매개변수)",
    r"(?:parámetro|solicitud|petición) (?:no válid|inválid|incorrect)|(?:parâmetro|requisição|solicitação) inválid",
    r"(?:paramètre|requête) (?:invalide|incorrect|non valide)|ungültige[rs]? (?:parameter|anfrage|wert)"
    r"|parametro non valido|richiesta non valida",
    r"(?:неверный|недопустимый|некорректный) (?:параметр|запрос|значение)|неверн\w* запрос",
)
TOO_LARGE = any_of(
    r"(?:request|payload|content|body|entity|upload|file|image|picture|attachment)s?(?: (?:entity|body|payload|data"
    r"|file))*"
    r" (?:(?:is|was|are|were) )?(?:far |much )?too (?:large|big)\b",
    r"\brequest[_ ]too[_ ]large\b|(?:payload|entity|body|content|file|image)_?too_?large",
    r"(?:body|payload|request|entity|upload|file|image|picture)s?[ -](?:size|length) .{0,40}exceed",
    r"(?:body|payload|request|entity|upload|file|image|picture)s? .{0,60}(?:exceed|over|larger than|bigger than"
    r"|greater than)"
    r"\w{0,2} .{0,60}(?:\d ?(?:[kmg]i?b|bytes)\b|(?:body|payload|upload|file|size) limit|maximum (?:allowed )?size)",
    r"exceed\w{0,3} .{0,40}(?:body|payload|request|upload|file|image)[ -]?(?:size|length)"
    r"|(?:less|smaller) than \d+(?:\.\d+)? ?[mk]i?b\b",
    r"max(?:imum)?[ _]?(?:body|payload|request|upload|file|image|content)[ _]?(?:size|length)",
    r"(?:请求(?:体|实体|内容|数据|大小)?|图片|图像|文件|上传|附件|素材)[^。]{0,12}(?:过大|太大|超(?:过"
    r"|出)[^。]{0,12}(?:大小|限制|[MmKk][Bb]))"
    r"|請求(?:主體)?過大|檔案過大",
    r"(?:リクエスト|ファイル|画像|本文)(?:サイズ)?が大きすぎ|요청(?:이|\s본문이)? 너무 (?:큽|크)|(?:파일"
    r"|이미지)(?:이|가)? 너무 (?:큽|크)",
    r"(?:solicitud|petición|archivo|imagen|requisição|arquivo|imagem) (?:es |é )?demasiado grande|(?:requisição"
    r"|arquivo|imagem) muito grande",
    r"(?:requête|fichier|image|corps) (?:est )?trop (?:volumineu|grand|lourd)|(?:anfrage|datei|bild) (?:ist )?zu groß",
    r"(?:запрос|файл|изображение|тело запроса) (?:слишком )?(?:больш|велик)|richiesta troppo grande"
    r"|file troppo grande",
)
# Words that may speak of a result as well, so that only a status of a request makes them those of a request.
TOO_LARGE_IN_REQUEST = any_of(
    r"(?:image|file|picture|body|request) size .{0,12}beyond|exceed\w{0,3} .{0,20}\bmax(?:imum)? bytes\b",
    r"\b(?:image_url\S{0,20}|data[ -]?ur[il]|base64(?: string| data)?)(?: is)?:? (?:string )?too (?:long|large|big)",
    r"(?:请求(?:体|实体|内容|数据)?|图片|图像|文件|上传|附件|素材)[^。]{0,12}(?:大小|体积)超限",
)
# What was drawn may be too large to be given back, and was paid for.
OF_RESULT = any_of(
    r"\b(?:output|response|result|generated|upscaled|returned|produced)s? (?:(?:image|picture|file|body|data) )?"
    r"(?:(?:size|length) )?(?:is|was|are|were|exceed|too|larger|bigger|beyond)",
    r"\bto (?:return|respond|send back|deliver|store|save)\b",
    r"(?:生成|输出|返回|绘制)(?:后|出)?的(?:图片|图像|文件|内容|数据)|(?:返回|输出|结果|响应)(?:体|数据|内容|图片|图像|文件)?"
    r"(?:大小|体积)?(?:过大|太大|超)",
)
# What a model cannot hold, or may not read in a minute, says nothing about the size of the body.
OF_TOKENS = any_of(r"\btokens?\b|context (?:length|window|size)|\btpm\b|上下文|コンテキスト|max_tokens")
ROUTE = any_of(
    r"^\W*(?:404 ?)?(?:page )?not found\W*$|^\W*404\W*$|^\W*(?:405 ?)?method not allowed\W*$",
    r"\b404 page not found|invalid url|unknown (?:request )?(?:url|path|route|endpoint)|cannot (?:post|get) /",
    r"no (?:matching )?(?:route|handler|such (?:route|endpoint|path))\b|no route matched",
    r"(?:route|path|endpoint|url|resource|api|page)s? .{0,80}(?:not found|not exist|doesn['’]t exist|n['’]t found)",
    r"requested (?:url|resource|path) .{0,80}(?:not found|could not be found)|unrecognized request url",
    r"(?:接口|路径|路由|地址|页面|资源)[^。]{0,12}(?:不存在|未找到|错误)|ページが見つかりません|페이지를 찾을 수 없",
    r"page (?:introuvable|non trouvée)|página no encontrada|página não encontrada|seite nicht gefunden"
    r"|страница не найдена",
)
TRANSIENT = any_of(
    r"overload|temporarily|timed? ?out|time-?out|unavailable|\bbusy\b|capacity",
    r"(?:try|retry) (?:again|later|after|in)|retry your request",
    r"connection (?:reset|refused|closed|aborted|error)|disconnected|bad gateway|upstream (?:error|connect)",
    r"繁忙|稍后(?:再试|重试)|稍後再試|超时|超時|重试|重試|服务不可用|服务器忙|过载|负载",
    r"しばらく|混雑|タイムアウト|一時的|잠시 후|시간 ?초과|일시적|혼잡",
    r"(?:intente|inténtelo|intenta|tente) .{0,12}(?:más tarde|de nuevo|novamente)|tiempo de espera|tempo (?:limite"
    r"|esgotado)",
    r"(?:réessaye[rz]|reessaye[rz]) |délai (?:d['’]attente )?dépassé|indisponible|surchargé|sobrecargad"
    r"|no disponible|indisponível",
    r"(?:versuchen sie es|bitte) .{0,20}(?:später|erneut)|zeitüberschreitung|überlastet|nicht erreichbar",
    r"попробуйте .{0,12}(?:позже|снова)|повторите .{0,12}(?:позже|попытку)|недоступ|перегружен|время ожидания"
    r"|riprova|sovraccaric",
)
