"""What is said of models, rates and what passes: limits, load and faults."""

from generations.protocol.patterns import any_of

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
