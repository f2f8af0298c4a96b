namespace Vlm.Text;

/// <summary>Chat templates as the families' checkpoints bring them.</summary>
internal static class ChatTemplateSources
{
    private const string SmolVlmHead =
        "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
        + "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
        + "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
        + "{% elif line['type'] == 'image' %}{{ '<image>' }}";

    private const string SmolVlmVideo = "{% elif line['type'] == 'video' %}{{ '<video>' }}";

    private const string SmolVlmTail =
        "{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
        + "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";

    private const string QwenCounters =
        "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}";

    private const string QwenSystem =
        "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\n"
        + "You are a helpful assistant.<|im_end|>\n{% endif %}";

    private const string QwenMessage =
        "<|im_start|>{{ message['role'] }}\n"
        + "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n"
        + "{% else %}{% for content in message['content'] %}"
        + "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
        + "{% set image_count.value = image_count.value + 1 %}"
        + "{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}<|vision_start|><|image_pad|><|vision_end|>"
        + "{% elif content['type'] == 'video' or 'video' in content %}"
        + "{% set video_count.value = video_count.value + 1 %}"
        + "{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}<|vision_start|><|video_pad|><|vision_end|>"
        + "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}";

    private const string QwenEnd = "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    /// <summary>Of SmolVLM and Idefics3.</summary>
    public const string SmolVlm = SmolVlmHead + SmolVlmTail;

    /// <summary>Of Qwen2-VL and Qwen2.5-VL.</summary>
    public const string QwenVl =
        QwenCounters + "{% for message in messages %}" + QwenSystem + QwenMessage + QwenEnd;

    /// <summary>Of Qwen3-VL, as far as messages have texts, images and videos; its tools are left out.</summary>
    public const string Qwen3Vl = QwenCounters + "{% for message in messages %}" + QwenMessage + QwenEnd;

    /// <summary>True for the template of SmolVLM and of SmolVLM2, which knows videos too.</summary>
    public static bool IsSmolVlm(string source) =>
        source.TrimEnd('\n') is SmolVlm or SmolVlmHead + SmolVlmVideo + SmolVlmTail;
}
