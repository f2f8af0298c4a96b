using System.Buffers;

namespace Vlm.Rewards;

/// <summary>The rows of <see cref="AnswerFormat.Table"/>: each convention with its source.</summary>
internal static class AnswerFormats
{
    // What is tried in turn where no format is named. The last number is not among them: it would pay for listing guesses.
    private static readonly Func<string, AnswerPart>[] s_auto =
        [AnswerTag.Find, Boxed.Find, HashMark.FindAtEnd, JsonAnswer.Find, Marker.Find];

    // Without one of these only the last of them can find anything.
    private static readonly SearchValues<char> s_signs = SearchValues.Create("<|\\#\"'");

    public static NamedTable<AnswerFormat> Table() => new("answer format",
        Row("auto", Auto, "", "<answer>3 + 4 = \\boxed{7}</answer>", "7", "the conventions below, in this order, then the whole text"),
        Row("tags", AnswerTag.Find, "no answer tags", "<think>3 + 4</think><Answer>7</Answer>", "7",
            "DeepSeek-AI 2025 (R1), arXiv:2501.12948, section 2.2"),
        Row("boxed", Boxed.Find, "no \\boxed{}", "so \\boxed{\\frac{1}{2}}", "\\frac{1}{2}",
            "Hendrycks et al. 2021 (MATH), arXiv:2103.03874; <|begin_of_box|>: GLM-4.1V, arXiv:2507.01006"),
        Row("hash", HashMark.Find, "no ####", "3 + 4\n#### 7", "7", "Cobbe et al. 2021 (GSM8K), arXiv:2110.14168"),
        Row("json", JsonAnswer.Find, "no JSON with an answer", "{\"answer\": 7}", "7",
            "structured outputs, as platform.openai.com/docs/guides/structured-outputs"),
        Row("marker", Marker.Find, "no words such as \"the answer is\"", "3 + 4. **Final answer**: 7", "7",
            "Wei et al. 2022 (chain of thought), arXiv:2201.11903; other languages: Shi et al. 2022 (MGSM), arXiv:2210.03057"),
        Row("last-number", LastNumber, "no number", "3 and 4 make 7.", "7",
            "EleutherAI lm-evaluation-harness, gsm8k, filter flexible-extract"),
        Row("whole", text => new(text), "", "The red ball.", "The red ball.",
            "short-answer prompts: Liu et al. 2023 (LLaVA-1.5), arXiv:2310.03744, section 3.2"));

    /// <summary>
    /// The answer of a solution that a data set holds, with its working, by tags, box or hash mark; null where it has none of these.
    /// </summary>
    public static string? Explicit(string solution)
    {
        if (Thinking.After(solution).Text is not { } text)
            return null;
        AnswerPart found = Narrow(text, s_auto.AsSpan(..3));
        return found.Text == text ? null : found.Text;
    }

    private static AnswerFormat Row(
        string name, Func<string, AnswerPart> find, string missing, string completion, string answer, string source) =>
        new(name, find, missing) { Source = source, Example = new(completion, answer) };

    private static AnswerPart Auto(string text) =>
        text.AsSpan().ContainsAny(s_signs) ? Narrow(text, s_auto) : Narrow(text, s_auto.AsSpan(^1..));

    private static AnswerPart Narrow(string text, ReadOnlySpan<Func<string, AnswerPart>> conventions)
    {
        var found = new AnswerPart(text);
        for (int i = 0; i < conventions.Length; i++)
        {
            AnswerPart narrower = conventions[i](found.Text!);
            if (narrower.Text is null && narrower.Problem.Length > 0)
                return narrower;
            if (narrower.Text is null)
                continue;
            found = narrower;
            if (!narrower.Text.AsSpan().ContainsAny(s_signs))
                i = Math.Max(i, conventions.Length - 2);        // on to the last, which needs no sign
        }

        return found;
    }

    private static AnswerPart LastNumber(string text)
    {
        string plain = PlainText.Of(text);
        (int at, NumberToken? last) = (0, null);
        while (NumberText.Next(plain, ref at, out NumberToken number))
            last = number;
        return last is { } found ? new(plain[found.Start..found.End]) : AnswerPart.None;
    }
}
