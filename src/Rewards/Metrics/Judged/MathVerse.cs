namespace Vlm.Rewards;

/// <summary>A question of MathVerse.</summary>
/// <param name="Question">As the judge is shown it.</param>
/// <param name="Answer">The right answer, as the file has it.</param>
public sealed record MathVerseQuestion(string Question, string Answer);

/// <summary>MathVerse: a language model takes the answer from the reply, and says whether it is consistent with the truth.</summary>
/// <remarks>
/// Zhang et al. 2024, arXiv:2403.14624, without its scores of single steps. Official: ZrrSkywalker/MathVerse 937b0905,
/// evaluation/extract_answer_s1.py and score_answer_s2.py; the scorer asks again until the judge says 0 or 1, here another word is
/// unparsed. lmms-eval, lmms_eval/tasks/mathverse with lmms_eval/llm_judge/prompt.py: one question, without extraction; any 1 in the
/// judge's reply is right. VLMEvalKit's rules are not here.
/// </remarks>
public static class MathVerse
{
    /// <summary>Scores an answer.</summary>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="mode">Official, or lmms-eval.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another mode.</exception>
    public static Ruling Rule(string answer, MathVerseQuestion question, ScoringMode mode = ScoringMode.Official)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)mode, (int)ScoringMode.VlmEvalKit, nameof(mode));
        if (PythonText.Strip(answer).Length == 0)
            return new Ruling.Given(Unparsed.Because("an empty answer"));
        return mode == ScoringMode.LmmsEval
            ? new Ruling.Ask(MathVersePrompts.Binary(question.Question, question.Answer, PythonText.Strip(answer)), Binary)
            : new Ruling.Ask(MathVersePrompts.Extraction(answer), reply => Consistency(reply, question));
    }

    private static Ruling.Ask Consistency(string reply, MathVerseQuestion question)
    {
        string extraction = PythonText.Strip(reply.Replace("Extracted Answer: ", "", StringComparison.Ordinal));
        return new Ruling.Ask(MathVersePrompts.Score(question.Question, question.Answer, extraction), verdict =>
            PythonText.Strip(verdict.Replace("Judgement:", "", StringComparison.Ordinal)) switch
            {
                "1" => Ruling.Of(true, $"says {extraction}"),
                "0" => Ruling.Of(false, $"says {extraction}"),
                _ => new Ruling.Given(Unparsed.Because("the judge said neither 0 nor 1")),
            });
    }

    private static Ruling Binary(string reply) => Ruling.Of(reply.Contains('1', StringComparison.Ordinal), "the judge compared it");
}
