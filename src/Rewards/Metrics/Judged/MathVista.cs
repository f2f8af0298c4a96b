using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>A question of MathVista.</summary>
/// <param name="Query">What the model was asked, as the extraction shows it.</param>
/// <param name="AnswerType">"integer", "float", "list" or "text".</param>
/// <param name="Precision">Decimals of a float.</param>
/// <param name="Options">Of a multiple-choice question; none elsewhere.</param>
/// <param name="Answer">As the file has it; the text of the right option.</param>
public sealed record MathVistaQuestion(string Query, string AnswerType, int Precision, IReadOnlyList<string> Options, string Answer);

/// <summary>MathVista: a language model takes the answer from the reply, and what it took is compared as a text.</summary>
/// <remarks>
/// Lu et al. 2023, arXiv:2310.02255. Official: lupantech/MathVista 53d52587, evaluation/extract_answer.py and calculate_score.py. An option's
/// own text, an int or a float is taken as it is; else the model is asked. Of options the letter in brackets or alone counts, else the
/// option that is fewest edits away; an integer is cut, a float rounded to the question's decimals, and both compared as Python
/// writes them. The rule for 'The answer is "..".' (quick_extract) is off in the official code and in lmms-eval, and so here. An
/// empty answer is unparsed (--ignore_empty_extractions): by default the scorer takes it for the shortest option. lmms-eval,
/// lmms_eval/tasks/mathvista, differs in the prompt and compares without white space around. VLMEvalKit's rules are not here.
/// </remarks>
public static partial class MathVista
{
    /// <summary>Scores an answer.</summary>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="mode">Official, or lmms-eval.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another mode.</exception>
    public static Ruling Rule(string answer, MathVistaQuestion question, ScoringMode mode = ScoringMode.Official)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)mode, (int)ScoringMode.VlmEvalKit, nameof(mode));
        string said = mode == ScoringMode.LmmsEval ? PythonText.Strip(answer) : answer;
        if (PythonText.Strip(said).Length == 0)
            return new Ruling.Given(Unparsed.Because("an empty answer"));
        return Quick(said, question) is { } quick ? Compare(quick)
            : new Ruling.Ask(MathVistaPrompts.Extraction(question.Query, said), reply => Compare(PythonText.Strip(reply)));

        Ruling Compare(string extraction) => extraction.Length == 0
            ? new Ruling.Given(Unparsed.Because("the judge found no answer in it")) : Compared(extraction, question, mode);
    }

    /// <summary>What is taken of an answer without a language model; null where one has to be asked.</summary>
    private static string? Quick(string said, MathVistaQuestion question) => question switch
    {
        { Options.Count: > 0 } => question.Options.Contains(said) ? said : null,
        { AnswerType: "integer" } => Whole().IsMatch(said) ? Digits(said) : null,
        { AnswerType: "float" } => PythonText.Float(said) is { } number ? PythonText.Repr(number) : null,
        _ => null,
    };

    private static Ruling Compared(string extraction, MathVistaQuestion question, ScoringMode mode)
    {
        string? prediction = Normalized(extraction, question);
        if (prediction is null)
            return new Ruling.Given(Unparsed.Because($"'{extraction}' is no {question.AnswerType}"));
        bool isRight = mode == ScoringMode.LmmsEval
            ? PythonText.Strip(prediction) == PythonText.Strip(question.Answer) : prediction == question.Answer;
        return Ruling.Of(isRight, $"says {prediction}");
    }

    private static string? Normalized(string extraction, MathVistaQuestion question) => question switch
    {
        { Options.Count: > 0 } => Option(extraction, question.Options),
        { AnswerType: "integer" } => PythonText.Float(extraction) is { } number && double.IsFinite(number)
            ? new BigInteger(number).ToString(CultureInfo.InvariantCulture) : null,
        { AnswerType: "float" } => PythonText.Float(extraction) is { } number
            ? PythonText.Repr(PythonText.Round(number, question.Precision)) : null,
        _ => extraction,
    };

    private static string Option(string extraction, IReadOnlyList<string> options)
    {
        string said = Bracketed().Match(extraction) is { Success: true } letter ? letter.Groups[1].Value.ToUpperInvariant() : extraction;
        return said is [>= 'A' and <= 'Z'] && said[0] - 'A' < options.Count ? options[said[0] - 'A']
            : options.MinBy(option => Anls.Edits(said, option))!;
    }

    private static string Digits(string said) => BigInteger.Parse(
        PythonText.Strip(said).Replace("_", "", StringComparison.Ordinal).TrimStart('+'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        .ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\(([a-zA-Z])\)")]
    private static partial Regex Bracketed();

    // int(text).
    [GeneratedRegex(@"\A\s*[+-]?[0-9]+(?:_[0-9]+)*\s*\z")]
    private static partial Regex Whole();
}
