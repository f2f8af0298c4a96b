using System.Buffers;

namespace Vlm.Rewards;

/// <summary>The words that announce an answer, in the languages of MGSM and the larger ones besides.</summary>
internal static class MarkerWords
{
    /// <summary>Words in Latin letters without accents, besides "answer", in any case.</summary>
    public static readonly string[] Latin =
    [
        "option", "choice", "ans", "antwort", "antwoord", "respuesta", "resposta", "alternativa", "risposta", "jibu",
        "jawabannya", "jawaban", "jawapan", "cevap", "svaret", "svar", "vastaus",
    ];

    /// <summary>All others, as they stand in a text that is composed (NFC), in any case.</summary>
    public static readonly string[] Others =
    [
        "r\u00e9ponse", "\u7b54\u6848", "\u7b54\u3048", "\u6700\u7ec8\u7ed3\u679c", "\u6545\u9009", "\u5e94\u9009", "\u6240\u4ee5\u9009",
        "\u56e0\u6b64\u9009", "\u672c\u9898\u9009", "\u6545\u9078", "\u61c9\u9078", "\u9009\u9879", "\u9078\u9805", "\u6b63\u89e3",
        "\u3053\u305f\u3048", "\u7b54", "\u043e\u0442\u0432\u0435\u0442", "\u0432\u0456\u0434\u043f\u043e\u0432\u0456\u0434\u044c",
        "\uc815\ub2f5", "\ub2f5\ubcc0", "\ub2f5", "\u0989\u09a4\u09cd\u09a4\u09b0", "\u0909\u0924\u094d\u0924\u0930", "\u091c\u0935\u093e\u092c",
        "\u0c38\u0c2e\u0c3e\u0c27\u0c3e\u0c28\u0c02", "\u0e04\u0e33\u0e15\u0e2d\u0e1a", "\u0625\u062c\u0627\u0628\u0629",
        "\u0627\u062c\u0627\u0628\u0629", "\u062c\u0648\u0627\u0628", "\u067e\u0627\u0633\u062e",
        "\u05ea\u05e9\u05d5\u05d1\u05d4", "\u03b1\u03c0\u03ac\u03bd\u03c4\u03b7\u03c3\u03b7", "\u0111\u00e1p \u00e1n", "tr\u1ea3 l\u1eddi",
        "yan\u0131t", "odpowied\u017a", "odpov\u011b\u010f", "r\u0103spuns", "v\u00e1lasz",
    ];

    /// <summary>Words that announce a number where nothing else does.</summary>
    public static readonly string[] Numbers =
    [
        "result", "total", "count", "number", "sum", "solution", "conclusion", "output", "\u7ed3\u679c", "\u7d50\u679c", "ergebnis",
        "l\u00f6sung", "\u7d50\u8ad6", "\u7ed3\u8bba",
    ];

    /// <summary>What stands between such a word and the answer; the longer of two that begin alike first.</summary>
    public static readonly string[] Verbs =
    [
        "is", "would be", "would therefore be", "should be", "must be", "will be", "has to be", "can only be", "turns out to be", "comes to",
        "comes out to", "equals", "becomes", "was", "es correcta", "correcta es", "es", "ist", "lautet", "est", "correta \u00e9", "\u00e9", "\u00e8",
        "ni", "adalah", "l\u00e0", "to", "\u00e4r", "\u5e94\u8be5\u662f", "\u5e94\u4e3a", "\u61c9\u70ba", "\u5c31\u662f", "\u5373\u4e3a", "\u7b49\u4e8e", "\u662f",
        "\u4e3a", "\u70ba", "\u9009", "\u9078", "\u306f", "\u0e04\u0e37\u0e2d", "\uc740", "\ub294", "\u09b9\u09b2\u09cb", "\u09b9\u09b2", "\u0939\u0948",
        "\u0647\u064a", "\u0647\u0648", "\u05d4\u05d9\u05d0", "\u03b5\u03af\u03bd\u03b1\u03b9",
    ];

    public static readonly SearchValues<string> AnyLatin = SearchValues.Create(Latin, StringComparison.OrdinalIgnoreCase);
    public static readonly SearchValues<string> AnyOther = SearchValues.Create(Others, StringComparison.OrdinalIgnoreCase);
    public static readonly SearchValues<string> AnyNumber = SearchValues.Create(Numbers, StringComparison.OrdinalIgnoreCase);
}
