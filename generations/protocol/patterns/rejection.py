"""What is said of a request that is wrong, too large or sent to the wrong address."""

from generations.protocol.patterns import any_of

# What belongs to one call alone.
OF_CALL = any_of(
    r"\b(?:prompts?|images?|pictures?|photos?|files?|url|download\w{0,3}|fetch\w{0,3}|size|resolution|too long)\b|https?://",
    r"提示词|提示詞|图片|圖片|图像|文件|下载|下載|尺寸|链接",
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
