"""What moderators say of a prompt or a picture, and firewalls of a request."""

from generations.protocol.patterns import any_of

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
    r"\b(?:no (?:ha )?(?:pas|super)\w{1,5}|não passou|non ha superato) .{0,30}(?:segur(?:idad|ança)|sicurezza|modera)"
    r"|rechaz\w{1,4} .{0,20}seguridad|не прош\w{1,4} .{0,20}(?:безопасност|модерац)",
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
# That what was asked for or drawn has not passed a check, in a whole clause: words about checks in general say less.
VERDICT = any_of(
    r"\b(?:prompt|request|image|picture|photo|content|text|input|output|generation|result)s?\b(?:(?! (?:which|that|if))"
    r"[^.,?\n]){0,20}? (?:did|does|do|has|have|could)(?: not|n['’]t) pass(?:ed)?\b"
    r"[^.?\n]{0,30}\b(?:safety|moderat|content (?:check|review|filter|audit)|complian)",
    r"\b(?:safety|content|moderation)(?: (?:system|filter|check|review))?s?(?: has| have)? "
    r"(?:block|reject|refus|flag|declin)ed (?:the|your|this) (?:generated )?"
    r"(?:image|prompt|request|picture|generation)\b",
    r"\b(?:prompt|request|image|picture|photo|content|text|input|output|generation|result)s? (?:has |have )?failed"
    r"(?: (?:the|our|a))?(?: \w{1,12})? (?:safety|moderation|content|compliance)\b",
    r"^\W*+(?:(?:image |picture )?generation |request |prompt |image |picture )?(?:blocked|rejected|declined|refused)"
    r"\W{1,3}[^.?\n]{0,40}\b(?:nsfw|unsafe|inappropriate|safety|moderat|polic|sensitive|prohibited)",
    r"^\W*+(?:potential(?:ly)? |possible )?(?:nsfw|unsafe|inappropriate|sensitive|prohibited|explicit|harmful) "
    r"(?:content|image|material) (?:was |has been |is )?(?:detected|found|blocked)"
    r"(?=\W*\Z|[.:,;!]| in (?:the|your|one)\b)",
    r"(?:图片|图像|圖片|圖像|提示词|提示詞|内容|內容|请求|請求|输入|輸入|输出|輸出|文本|作品|结果|結果)"
    r"[^。，,：:？?\n]{0,8}(?:未|没有?|沒有?|不)(?:能)?(?:通过|通過)[^。，,？?的\n]{0,8}(?:安全|内容|內容|审核|審核|审查|審查|检测"
    r"|檢測|检查|檢查|风控|風控|合规)[^。，,？?的\n]{0,6}(?=[。，,！!.）)]|\s|\Z)",
    r"^\W*+(?:(?:内容|內容|安全|图片|圖片|图像|提示词|提示詞|平台|系统|系統)){0,3}(?:审核|審核|审查|審查|检测|檢測|检查|檢查)"
    r"(?:结果\W{0,2})?(?:未|没有?|沒有?|不)(?:能)?(?:通过|通過)(?=[。，,：:！!.）)]|\s|\Z)",
    r"\b(?:imagen|solicitud|petici[óo]n|prompt|indicaci[óo]n|texto|contenido)\b[^.?¿\n]{0,20} no (?:ha )?"
    r"(?:pas|super)\w{1,3} [^.?¿\n]{0,30}(?:seguridad|moderaci)"
    r"|(?:seguridad|moderaci[óo]n)(?: ha)? (?:rechaz|bloque)\w{1,4} "
    r"(?:la|el|su|tu|est[ae]) (?:solicitud|imagen|petici|prompt|indicaci|contenido|texto)",
    r"\b(?:imagem|solicitação|pedido|prompt|texto|conteúdo)\b[^.?\n]{0,20} não passou [^.?\n]{0,30}(?:segurança|modera)"
    r"|(?:segurança|moderação) (?:rejeit|bloque|recus)\w{1,4} (?:a|o|sua|seu|est[ae]) "
    r"(?:solicit|imagem|pedido|prompt|conteúdo)",
    r"\b(?:bild|anfrage|prompt|inhalt|eingabe|text)\b[^.?\n]{0,20} hat [^.?\n]{0,20}"
    r"(?:sicherheit|inhalt|moderation)\w{0,20} nicht (?:bestanden|passiert)"
    r"|(?:sicherheits|inhalts)\w{2,12} hat (?:das|die|den|ihre?n?|deine?n?) (?:bild|anfrage|prompt|eingabe|inhalt) "
    r"(?:blockiert|abgelehnt)",
    r"\b(?:image|demande|requête|prompt|texte|contenu)\b[^.?\n]{0,20} n['’]a pas (?:passé|réussi|franchi) [^.?\n]{0,30}"
    r"(?:sécurité|modération)|(?:sécurité|modération) a (?:bloqué|rejeté|refusé) "
    r"(?:l['’]image|(?:la|le|votre|cette|ce) (?:demande|requête|prompt|contenu))",
    r"(?:sicurezza|moderazione) ha (?:bloccato|rifiutato) (?:l['’]immagine|(?:la|il) (?:tua )?(?:richiesta|prompt))",
    r"\b(?:immagine|richiesta|prompt|testo|contenuto)\b[^.?\n]{0,20} non ha superato [^.?\n]{0,30}"
    r"(?:sicurezza|moderazione)",
    r"(?:изображени|запрос|картинк|промпт|текст|контент)\w{0,3} не прош\w{1,4} [^.?\n]{0,30}(?:безопасност|модерац)"
    r"|(?:безопасности|модерация) (?:отклонил|заблокировал)\w{0,2} (?:ваш |этот )?(?:запрос|изображени|промпт)",
    r"(?:画像|リクエスト|プロンプト|内容|コンテンツ|入力)[^。？\n]{0,12}(?:安全|審査|モデレーション|フィルタ)[^。？\n]{0,12}"
    r"(?:合格|通過)(?:し(?:ません|な)|でき)"
    r"|(?:安全|モデレーション)[^。？\n]{0,12}(?:画像|リクエスト|プロンプト)[^。？\n]{0,4}(?:ブロック|拒否)",
    r"(?:이미지|요청|프롬프트|콘텐츠|내용)[^.?\n]{0,12}(?:안전|심사|검열|모더레이션)[^.?\n]{0,12}통과하지"
    r"|(?:안전|모더레이션)[^.?\n]{0,8}(?:이미지|요청|프롬프트)[를을이가]? ?(?:차단|거부)",
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
# A finding that there was nothing to find.
NOTHING_FOUND = any_of(
    r"\b(?:(?:no|nothing(?: was| is)?|without|free of) (?:\w{1,20} )?|not (?:been |be |found |considered )?)(?:nsfw"
    r"|flagged|moderated|blocked|filtered|sensitive|unsafe|inappropriate|prohibited|(?:\w{1,20} )?violation)",
    r"\b(?:nsfw|unsafe|sensitive|flagged|blocked)\W{1,3}(?:false|no)\b",
    r"\bno moderation\b|(?:未|没有|無|无)(?:发现|發現|检测到|檢測到|检出|涉及|包含)",
)
