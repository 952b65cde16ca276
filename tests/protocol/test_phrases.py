"""Words that came without an image: what they amount to, in many languages."""

import json

import pytest

from generations.protocol.response import read

REFUSED = (
    "Es tut mir leid, aber ich kann dieses Bild nicht erstellen, da es gegen unsere Inhaltsrichtlinien verstößt.",
    "I wasn't able to generate this image because the request violates our content policies.",
    "This request has been flagged by our safety system. Please modify your prompt and try again.",
    "Lo siento, no puedo generar esa imagen porque infringe nuestras políticas de contenido.",
    "Je suis désolé, mais je ne peux pas générer cette image car elle enfreint notre politique de contenu.",
    "Mi dispiace, non posso generare questa immagine perché viola le nostre norme sui contenuti.",
    "申し訳ありませんが、そのリクエストはコンテンツポリシーに違反しているため、画像を生成できません。",
    "죄송합니다. 이 요청은 콘텐츠 정책에 위배되므로 이미지를 생성할 수 없습니다.",
    "Desculpe, não posso criar essa imagem porque ela viola nossas políticas de conteúdo.",
    "Извините, я не могу создать это изображение, так как запрос нарушает нашу политику в отношении контента.",
    "Xin lỗi, tôi không thể tạo hình ảnh này vì nó vi phạm chính sách nội dung của chúng tôi.",
    "很抱歉，我无法生成该图像，因为该请求违反了我们的内容政策。",
    "抱歉，您的提示词包含敏感内容，已被安全系统拦截，请修改后重试。",
    "I'm unable to generate images that depict real public figures in a sexual context.",
    "This image generation request did not follow our content policy.",
    "由于内容政策限制，我无法生成这张图片。",
    "很抱歉，这个请求可能涉及版权角色，我不能生成相关图像。",
    "This content may violate our guardrails concerning nudity, sexuality, or erotic content.",
    "I can't create that image because it would depict a minor.",
    "Failed to process image: banned prompt detected",
    "Your request was rejected by the safety system.",
    "対応できません。性的な内容を含む画像は生成できません。",
    "Я не могу помочь с этим запросом.",
    "No puedo ayudarte con eso.",
    "Ich kann dir dabei nicht helfen.",
    "Je ne peux pas vous aider avec cette demande.",
    "抱歉，我不能协助处理该请求。",
    "生成的图片未通过安全审核，请更换提示词",
    "죄송하지만 해당 이미지는 생성할 수 없습니다. 안전 정책에 위배됩니다.",
    "The generated images were blocked because they may contain prohibited content.",
    "عذرًا، لا يمكنني إنشاء هذه الصورة لأنها تنتهك سياسة المحتوى.",
    "Dieses Bild kann ich leider nicht erstellen, da es gewalttätige Inhalte zeigt.",
    "No puedo crear imágenes de personas reales en situaciones violentas.",
    "Désolé, cette demande enfreint nos règles d'utilisation.",
    "क्षमा करें, मैं यह छवि नहीं बना सकता क्योंकि यह सामग्री नीति का उल्लंघन करती है।",
    "Maaf, saya tidak dapat membuat gambar ini karena melanggar kebijakan konten.",
    "安全ポリシーに抵触するため、この画像は生成できません。",
    "요청하신 이미지는 정책 위반으로 생성이 불가합니다.",
    "Sorry, ik kan deze afbeelding niet maken omdat het in strijd is met ons inhoudsbeleid.",
    "Przepraszam, nie mogę wygenerować tego obrazu, ponieważ narusza zasady dotyczące treści.",
    "К сожалению, я не могу сгенерировать это изображение: оно нарушает правила использования.",
    "ขออภัย ฉันไม่สามารถสร้างภาพนี้ได้เนื่องจากละเมิดนโยบายเนื้อหา",
    "Üzgünüm, bu görseli oluşturamıyorum çünkü içerik politikamızı ihlal ediyor.",
    "很抱歉，我無法產生這張圖片，因為它可能違反內容政策。",
    "Вибачте, я не можу створити це зображення, оскільки воно порушує політику контенту.",
    "Yêu cầu của bạn vi phạm chính sách nội dung.",
    "该请求违反了我们的使用政策，因此我无法生成这张图片。",
)

FAILED = (
    "You've hit the free plan limit for image generation requests. "
    "You can create more images when the limit resets in 23 hours and 14 minutes.",
    "You're generating images too quickly. To ensure the best experience for everyone, "
    "we have rate limits in place. Please wait for 4 minutes before generating more images.",
    "生成失败：上游服务超时，请稍后重试",
    "❌ 图片生成失败：HTTP 502 Bad Gateway",
    "Error: Failed to fetch image from upstream",
    "⚠️ 生成失败，请重试",
    "当前使用人数过多，请稍后再试。",
    "I wasn't able to generate the image due to a technical error. Please try again.",
)

ONLY_WORDS = (
    "Your content policy is clear. What style would you like?",
    "Sorry, could you tell me which colours you want?",
    "Here is your image of a tiger!",
    "As a text-based AI, I can't create images, but I can describe one for you.",
    "我是语言模型，无法直接生成图片，但可以帮你写提示词。",
    "What style should the policy poster have?",
    "I can't wait to see what you do with this tiger!",
    "安全第一海报：您想要什么颜色？",
    "Voici l'image que vous avez demandée.",
    "Here's a description of the safety sign you asked for: a yellow triangle.",
    "Ось ваше зображення!",
    "I cannot tell which cat you mean; please say more.",
    "Hier ist dein Bild!",
    'The knight refused to fight. "I cannot help you," he said, and rode away.',
    'Prompt: a poster that says "violence is not allowed here", flat design',
    "请问您想要什么风格的图片？",
    "My daily limit of coffee is two cups, see you later.",
    "The poster says: request limits apply. Look again later!",
)


def outcome_of(words: str) -> str:
    choice = {"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"}
    return read(json.dumps({"choices": [choice]}).encode()).outcome


@pytest.mark.parametrize("words", REFUSED)
def test_a_refusal_is_heard_in_any_language(words: str) -> None:
    assert outcome_of(words) == "refusal"


VERDICTS = (
    "The generated image did not pass the safety check.",
    "生成的图片未通过安全检查",
    "> 审核未通过",
    "Generation blocked: NSFW content detected",
    "Potential NSFW content was detected in one or more images. A black image will be returned instead.",
    "El sistema de seguridad rechazó la solicitud.",
    "La imagen generada no pasó la revisión de seguridad.",
    "A imagem gerada não passou na verificação de segurança.",
    "Das generierte Bild hat die Sicherheitsprüfung nicht bestanden.",
    "L'image générée n'a pas passé le contrôle de sécurité.",
    "Изображение не прошло проверку безопасности.",
    "生成された画像は安全性チェックに合格しませんでした。",
    "생성된 이미지가 안전 검사를 통과하지 못했습니다.",
    "The safety filter blocked the image.",
    "Moderation rejected the prompt.",
    "Le filtre de sécurité a bloqué l'image.",
    "Der Sicherheitsfilter hat das Bild blockiert.",
    "Il filtro di sicurezza ha bloccato l'immagine.",
    "安全フィルタにより画像がブロックされました。",
    "안전 필터가 이미지를 차단했습니다.",
)
NO_VERDICTS = (
    "failed to run",
    "Safety checker failed to run",
    "The content filter failed to run.",
    "Here is a poster about safety systems.",
    'I drew a sign that says "content policy".',
    "The safety check passed.",
    "No NSFW content was detected.",
    "Nothing was flagged by the safety filter.",
    "The yellow triangle warns of electricity. A sign that is damaged fails a safety check and must be replaced.",
    "Your parcel was rejected by customs because it contained prohibited content such as batteries.",
    "The image of a shop window did not pass the reviewers' taste check, so I kept it simple.",
    "The text does not pass for handwriting; check the font.",
    "Sensitive content detected is the title of the album cover.",
    "The content policy draft was rejected by the board on Tuesday.",
    "A robot whose safety filter failed, drawn in noir style.",
    "Do you want the sign to say 'Content blocked by safety filter'?",
    "In the cartoon a moderator has rejected a fish. Shall I make the fish blue?",
    "If the image does not pass the safety check, I will try again.",
    "Safety check: passed. No nudity detected.",
    "The generation failed after the safety check had passed.",
    "内容安全检测没有通过的原因很多，例如画面模糊。您想了解哪一种？",
    "El sistema de seguridad del museo bloqueó la puerta.",
    "Das Sicherheitssystem hat die Tür blockiert.",
    "Система безопасности заблокировала дверь.",
    "安全システムがドアをブロックしました。",
    "보안 시스템이 문을 차단했습니다.",
    "O sistema de segurança bloqueou a porta.",
    "Il sistema di sicurezza ha bloccato la porta.",
)


@pytest.mark.parametrize("words", VERDICTS)
def test_the_finding_of_a_moderator_is_a_refusal(words: str) -> None:
    assert outcome_of(words) == "refusal"


@pytest.mark.parametrize("words", NO_VERDICTS)
def test_words_about_moderation_are_no_finding(words: str) -> None:
    assert outcome_of(words) == "text_only"


@pytest.mark.parametrize("words", FAILED)
def test_a_failure_told_in_words_is_an_error(words: str) -> None:
    assert outcome_of(words) == "error"


@pytest.mark.parametrize("words", ONLY_WORDS)
def test_a_promise_or_a_question_is_only_words(words: str) -> None:
    assert outcome_of(words) == "text_only"


@pytest.mark.parametrize(
    ("words", "detail"),
    [
        ("[ERROR] upstream returned 502", "upstream returned 502"),
        ("【错误】：上游超时", "上游超时"),
        ("**[Error]**: GPU lost", "GPU lost"),
        ("Error: [GPU] lost", "[GPU] lost"),
        ("生成失败：上游服务超时", "上游服务超时"),
    ],
)
def test_the_brackets_of_a_failure_are_no_part_of_its_reason(words: str, detail: str) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"}
    error = read(json.dumps({"choices": [choice]}).encode()).error
    assert error is not None
    assert error.message == detail
