"""Classifies text that came without an image: a refusal, a failure reported by a gateway, or plain text."""

import re
from dataclasses import dataclass
from typing import Any

from generations.protocol.call_parameters import unfenced
from generations.protocol.error_category import ErrorCategory, category_of, is_fault_of_moderator
from generations.protocol.error_envelopes import ENVELOPE, bare_fields, error_in, is_failed
from generations.protocol.json import read_json
from generations.protocol.patterns import any_of
from generations.protocol.patterns.moderation import MODERATION_CODE, MODERATION_WORDS, NOTHING_FOUND, VERDICT
from generations.protocol.tasks import failed_since, state_of
from generations.protocol.upstream_error import MAX_MESSAGE, UpstreamError

_PROSE = 3_000
_SHORT = 200


@dataclass(frozen=True, slots=True)
class TextClassification:
    """What a text amounts to. With neither a refusal nor an error it is plain text."""

    is_refusal: bool = False
    error: UpstreamError | None = None


def classify_text(text: str, *, is_structured: bool = False) -> TextClassification:
    """Classify text that came without an image, by moderation codes, failure lines of gateways, and phrases of
    refusal. `is_structured`: the request asked for JSON, so an object is what it asked for unless it has a key
    "error"."""
    if error := _error_object(text, is_structured=is_structured):
        return TextClassification(error=error)
    text = text[: 4 * _PROSE]
    failed, code_word = _FAILED.search(text), _CODE_WORD.search(text)
    if not failed and len(text) < _SHORT and _COME_BACK.search(text):
        failed = _BEGINNING.match(text)
    if not failed and len(text) < _SHORT and failed_since(text):
        failed = _BEGINNING.match(text)
    if not failed and not code_word:
        return TextClassification(is_refusal=_is_refusal(text))
    reason = _reason(text, failed)
    code = reason if _NAME.fullmatch(reason) else (code_word[0] if code_word else None)
    declined = code_word or MODERATION_WORDS.search(reason) or MODERATION_CODE.search(code or "") or _is_refusal(text)
    return TextClassification(is_refusal=bool(declined), error=UpstreamError(reason[:MAX_MESSAGE], code))


def _error_object(text: str, *, is_structured: bool) -> UpstreamError | None:
    """The error in a text that is an error object: some gateways pass the upstream's body on as the model's text."""
    text = unfenced(text) if len(text) <= 4 * _PROSE else ""
    if not text.startswith("{"):
        return None
    try:
        document = read_json(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or not (error := error_in(document)):
        return None
    return error if document.get("error") or (not is_structured and _is_told(document, error)) else None


def _is_told(document: dict[str, Any], error: UpstreamError) -> bool:
    """Whether an object without a key "error", which a prompt may have asked for, is an error: it holds nothing else,
    and says so by a number, its state or words that are known."""
    fields = bare_fields(document)
    if not ENVELOPE.issuperset(fields):
        return False
    is_number = isinstance(error.code, int) and ("code" not in fields or not 0 <= error.code < 400)
    has_failed = is_number or document.get("success") is False or is_failed(state_of(document))
    return has_failed or category_of(error, 200) is not ErrorCategory.UNKNOWN


def _reason(text: str, failed: re.Match[str] | None) -> str:
    """The reason of a failure: a line that names it, else the text after the colon, else the whole text."""
    if named := _REASON.search(text, failed.end() if failed else 0):
        return named[1].strip(" *_`")
    rest = text[failed.end() :].lstrip(" *_`❌]】:：-—,，!！。.\n\t") if failed else ""
    return rest.strip() or text.strip(" >*_\n")


def _is_refusal(text: str) -> bool:
    """Whether a text refuses: it says "cannot", and names a policy topic or this request. A model that says it can only
    write text does not refuse."""
    prose = text[:_PROSE]
    if _BLUNT.search(prose) or (_SORRY.search(prose) and MODERATION_WORDS.search(prose)):
        return True
    if len(text) < _SHORT and _is_verdict(prose):
        return True
    if not _CANNOT.search(prose):
        return False
    if _UNABLE.search(prose):
        return bool(MODERATION_WORDS.search(prose))
    return bool(_TOPIC.search(prose) or _THAT.search(prose))


def _is_verdict(text: str) -> bool:
    """Whether a short text is no more than the finding of a moderator, which has worked and has found something."""
    if text.lstrip()[:1] in ("{", "[", "`", "~") or _ASKS.search(text):
        return False
    return bool(VERDICT.search(text)) and not (NOTHING_FOUND.search(text) or is_fault_of_moderator(text))


_ASKS = re.compile(r"[?？¿]|^\W*+(?:if|when|why|unless|should)\b|如果|若|为什么|原因", re.IGNORECASE)


_SUBJECTS = r"(?:图片|图像|圖片|圖像|视频|任务|任務|绘图|绘制|请求|繪圖|作图|画图)"
_ACTS = r"(?:生成|处理|绘制|创建|请求|任务|執行|执行|編輯|编辑)"
_FAILED = re.compile(
    r"(?:^|\n)[\s>#*_\[【]{0,12}+[❌🚫⛔⚠️✖✗×🔴😢😭\s]{0,6}+[\s*_]{0,6}+"
    rf"(?:{_SUBJECTS}?{_ACTS}(?:图片|图像|圖片)?(?:失败|失敗|出错|异常)"
    r"|(?:image |task |picture |request )?(?:generation|generating(?: image)?|creation|task|request)"
    r" (?:has )?(?:failed|error)"
    r"|failed to (?:generate|create|process|edit)"
    r"|(?:绘图|作图|画图|生图|出图)失败|出错了|发生错误|错误(?=\s*[:：】])|error(?=\s*[\]】:：(])"
    # Whole sentences: the lookahead keeps them in the reason.
    r"|(?=[^\n]{0,120}\b(?:due to|because of|encountered|ran into) (?:an? |some )?"
    r"(?:technical|internal|unexpected|temporary|system) (?:error|issue|problem|glitch)"
    r"|[^\n]{0,40}\b(?:hit|reached|exceeded) (?:the|your|our|my) [^\n]{0,40}limits?\b"
    r"[^\n]{0,200}\b(?:resets?|wait|later|again)\b"
    r"|[^\n]{0,40}(?:generating|creating|making|sending) (?:images|requests) too (?:quickly|fast|often))"
    r"|an (?:unexpected |internal )?error (?:has )?occurred|something went wrong|internal server error"
    r"|生成に失敗|이미지 생성(?:에)? 실패"
    r"|(?:error|fallo|échec|falha|fehler|ошибка)\b[^\n:：]{0,40}(?=[:：]))",
    re.IGNORECASE,
)
# A short text that only asks to come back later; all of it is the reason.
_COME_BACK = re.compile(
    r"请稍[后候]再?(?:试|重试)|請稍後再試|(?:系统|服务器?|服务)(?:当前)?(?:繁忙|过载)|try again later", re.IGNORECASE
)
_BEGINNING = re.compile("")
_REASON = re.compile(
    r"(?:失败原因|失敗原因|错误原因|错误信息|原因|reason|details?)[*_]{0,2}\s?[:：]\s?([^\n]{1,1000})", re.IGNORECASE
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,60}+(?:_[A-Za-z0-9]{1,60}+){1,20}+")
_CODE_WORD = re.compile(
    r"(?<!\w)(?:(?:input|output|image|prompt)_moderation|moderation_blocked|content_policy_violation|content_filter"
    r"|data_inspection_failed|PROHIBITED_CONTENT|IMAGE_SAFETY|sensitive_words_detected|content_moderation_failed)(?!\w)"
)

_CANNOT = any_of(
    r"\b(?:can(?:no|'|’)t|can not|(?:i|we) could(?: not|n['’]t)|won['’]t|will not) (?!wait\b|believe\b)",
    r"\b(?:unable|not able|n['’]t able|not allowed|not permitted|decline|refuse) to\b|not comfortable|must decline",
    r"无法|不能|無法|没办法|沒辦法|不可以|拒绝|拒絕|不便",
    r"でき(?:ません|かねます|ない)|お断り|(?:応|こた|答)え(?:でき|られ)?ません|할 수 없|불가|도와드릴 수 없",
    r"\bno puedo\b|\bno podemos\b|\bno es posible\b|não posso|não podemos|não consigo|je ne peux pas",
    r"je ne suis pas en mesure|impossible de|\bkann\b.{0,60}\bnicht\b|не могу|не можем|невозможно",
    r"non posso|kan .{0,20}niet|nie mogę|yapamam|tidak (?:dapat|bisa)|لا يمكنني|لا أستطيع|không thể",
    r"\w(?:amıyor|emiyor)(?:um|uz)\b|не можу|नहीं .{0,12}सक|ไม่สามารถ",
)
_TOPIC = any_of(
    r"polic(?:y|ies)|guideline|safety|violence|violent|sexual|porn|nud(?:e|ity)\b|explicit",
    r"inappropriate|unethical|illegal|harmful|\bhate(?:ful)?\b|copyright|trademark",
    r"real (?:people|person|individual)|public figure|\bminors?\b|offensive|sensitive|\bgore\b|weapon",
    r"moderation|terms of (?:use|service)|not permitted|graphic content",
    r"政策|准则|準則|规定|規定|违反|違反|违规|違規|敏感|色情|暴力|不当|不當|不适|安全|版权|版權|侵权",
    r"法律|违法|公众人物|真实人物|裸露|血腥|儿童|未成年|道德",
    r"ポリシー|ガイドライン|規約|不適切|安全|著作権|暴力|性的|정책|가이드라인|부적절|안전|저작권|폭력|선정",
    r"pol[ií]tica|\bnormas?\b|directri|diretri|inapropiad|impr[óo]pri|ilegal|violen|sexua|derechos de autor",
    r"direitos autorais|politique|inappropri|illégal|\brègles?\b|consigne|richtlinie|unangemessen|urheber",
    r"gewalt|политик|правил|недопустим|насил|авторск|безопасн|contenut|linee guida|zasad",
    r"kebijakan|chính sách|سياس",
)
_HELP = (
    r"(?:help|assist|comply|proceed|continue|fulfil+|do|create|generat|produc|draw|mak|process|provid|engag"
    r"|depict|edit)"
)
_THIS = r"(?:this|that|such|your request|your prompt|it\b|the request)"
_BEI = r"(?:该|此|这|那|您的|你的|這|該)"
_THAT = any_of(
    rf"{_HELP}\w{{0,4}} (?:you )?(?:(?:with|in|on|any|creating|generating|making|drawing|editing) ){{0,3}}{_THIS}",
    r"(?:无法|不能|無法|没办法|拒绝)[^，。,.\n]{0,14}"
    r"(?:协助|帮助|帮你|帮您|处理|满足|完成|提供|回应|生成|绘制|创建|创作|制作|協助|幫助|處理|滿足|繪製)"
    rf"[^，。,.\n]{{0,8}}{_BEI}",
    r"(?:この|その|ご要望|ご依頼|リクエスト|そのような|このような)[^。\n]{0,30}(?:でき|お断り|応じ|応え|お応え)",
    r"(?:해당|이|그|요청)[^.\n]{0,30}(?:수 없|없습니다)",
    r"\b(?:con|a|crear|generar|criar|gerar) (?:esa?|est[ea]|essa?|tu|su|sua) ?"
    r"(?:solicitud|petición|pedido|imagen|imagem)?",
    r"cette (?:demande|image)|votre demande|dabei nicht|diese[rmsn]? (?:anfrage|bitte|bild|wunsch)",
    r"\b(?:ajudar|ayudar\w{0,3}|aider|helfen|помочь|aiutar\w{0,3})\b",
    r"\b(?:это|этот|этим)\b|данн\w+|ваш\w* запрос|questa|richiesta",
)
_UNABLE = any_of(
    r"\b(?:text[- ]based|language model|text[- ]only)\b",
    r"\bas an ai(?: model)?[ ,].{0,60}(?:generate|create|draw) (?:images|pictures)",
    r"\b(?:ability|capability|capable|tools?|function\w*) (?:to|of|for) "
    r"(?:directly )?(?:generat|creat|draw|produc|display)",
    r"(?:generate|create|draw|produce|display|show|send|view|see) (?:any )?(?:images|pictures|visuals|photos)"
    r"(?: directly)?\b(?! (?:of|that|with|depicting|contain))",
    r"语言模型|文本模型|文字模型|无法直接(?:生成|绘制|创建|画)|没有(?:绘图|画图|图像生成)|不具备",
    r"テキスト(?:ベース|モデル)|言語モデル|언어 모델|텍스트",
    r"modelo de (?:lenguaje|linguagem|texto)|modèle de langage|sprachmodell|языковая модель",
)
_SORRY = any_of(
    r"sorry|apologi[sz]e|unfortunately|抱歉|对不起|對不起|很遗憾|申し訳|すみません|ごめん|죄송|유감",
    r"lo siento|lamento|desculp|désolé|leider|entschuldig|es tut mir leid|извините|к сожалению|mi dispiace|maaf",
    r"xin lỗi|üzgünüm|вибачте|क्षमा|ขออภัย",
)
_BLUNT = any_of(
    r"(?:request|prompt|image|content)s? (?:was|has been|have been|is|were) "
    r"(?:blocked|rejected|flagged|declined|refused|filtered)",
    r"violat(?:es?|ing) (?:our|the|my) guardrails",
    r"violates? (?:our|the|my|openai|google|usage|content) ?\w{0,20} ?(?:polic|guideline|terms|rules|safety)",
    r"(?:does|did|do)(?: not|n['’]t) (?:follow|comply with|meet|adhere to) (?:our|the|my) .{0,20}"
    r"(?:polic|guideline|terms)",
    r"(?:goes|is) against (?:our|my|the) (?:content |usage )?(?:polic|guideline)",
    r"(?:请求|提示词|内容|图片).{0,10}(?:被拒绝|被拦截|被屏蔽|违规|违反|未通过)",
    r"可能(?:会)?(?:违反|涉及|包含|含有).{0,40}(?:政策|规定|规范|准则|限制|违规|敏感|色情|裸露)",
    r"ポリシーに違反|規約に違反|정책(?:을|에) ?위반|vi phạm chính sách",
)
