using System.Globalization;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>What a judge is told to look at: a text with placeholders, and how its verdict is written.</summary>
/// <remarks>
/// Placeholders: {question}, the chat up to the answer; {answer}, or {answer_a} and {answer_b}, what is
/// judged; {reference}, the reference answer; {format}, how the verdict is to be written, which follows the
/// text where it has no place in it.
/// </remarks>
public sealed record Rubric : INamed
{
    /// <summary>Names of all placeholders.</summary>
    public static IReadOnlyList<string> Placeholders { get; } = [Question, Answer, AnswerA, AnswerB, Reference, Format];

    internal const string Question = "question", Answer = "answer", AnswerA = "answer_a", AnswerB = "answer_b",
        Reference = "reference", Format = "format";

    private readonly RubricTemplate _template;
    private readonly JudgedText _judged;

    /// <summary>A rubric.</summary>
    /// <param name="name">Its name, or the file that it was read from.</param>
    /// <param name="text">With placeholders.</param>
    /// <param name="form">How the verdict is written.</param>
    /// <exception cref="UsageException">It has a placeholder that is none, or lacks one that
    /// every use of it needs.</exception>
    public Rubric(string name, string text, VerdictForm form)
    {
        (Name, Text, Form, _template, _judged) = (name, text, form, new(text), new(text));
        if (_template.Placeholders.FirstOrDefault(placeholder => !Placeholders.Contains(placeholder)) is { } odd)
            throw new UsageException($"the rubric has an unknown placeholder {{{odd}}}", name,
                NearestName.Of(odd, Placeholders) is { } near ? $"{{{near}}}" : $"one of {Braced(Placeholders)}");
        string[] missing = [.. Needed(form).Where(placeholder => !_template.Placeholders.Contains(placeholder))];
        if (missing.Length > 0)
            throw new UsageException(
                $"the rubric has no {Braced(missing)}", name, $"a text with {Braced(Needed(form))}");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The text, with its placeholders.</summary>
    public string Text { get; }

    /// <summary>How the verdict is written.</summary>
    public VerdictForm Form { get; }

    /// <summary>The least score.</summary>
    public double Low { get; init; } = 1;

    /// <summary>The most.</summary>
    public double High { get; init; } = 10;

    /// <summary>What is scored, for <see cref="VerdictForm.Dimensions"/>.</summary>
    public IReadOnlyList<string> Dimensions { get; init; } = [];

    /// <summary>What it is used for unless said otherwise.</summary>
    public JudgeMode Mode { get; init; }

    /// <summary>It shows the reference answer.</summary>
    public bool ShowsReference => Form == VerdictForm.Dimensions || _template.Placeholders.Contains(Reference);

    /// <summary>What is judged, as the judge is shown it: no tag of the rubric, no verdict.</summary>
    internal string Shown(string judged) => _judged.Shown(judged);

    /// <summary>What a judge is asked.</summary>
    /// <param name="values">Of the placeholders; {format} is the rubric's own.</param>
    public string Fill(IReadOnlyDictionary<string, string> values)
    {
        string text = _template.Fill(name => name == Format ? VerdictFormats.Of(this) : values[name]);
        return _template.Placeholders.Contains(Format) ? text : $"{text.TrimEnd()}\n\n{VerdictFormats.Of(this)}";
    }

    /// <summary>Refuses a mode that reads other verdicts.</summary>
    /// <exception cref="UsageException">The verdict of this rubric says nothing that the mode could use.</exception>
    public Rubric For(JudgeMode mode) => FormsOf(mode).Contains(Form) ? this : throw new UsageException(
        $"the rubric gives a verdict of form {OptionText.Show(Form)}, and mode {OptionText.Show(mode)} needs {string.Join(" or ", FormsOf(mode).Select(form => OptionText.Show(form)))}",
        Name, $"a rubric for {OptionText.Show(mode)}, such as {RubricPresets.DefaultOf(mode).Name}");

    /// <summary>The forms of verdict that a mode reads; the first is that of a file that says none.</summary>
    internal static IReadOnlyList<VerdictForm> FormsOf(JudgeMode mode) => mode switch
    {
        JudgeMode.Pointwise => [VerdictForm.Score, VerdictForm.YesNo],
        JudgeMode.Reference => [VerdictForm.Dimensions],
        JudgeMode.Accuracy => [VerdictForm.YesNo],
        _ => [VerdictForm.Preference, VerdictForm.Reasoned],
    };

    private static string[] Needed(VerdictForm form) => form switch
    {
        VerdictForm.Score or VerdictForm.YesNo => [Question, Answer],
        VerdictForm.Dimensions => [Question, Answer, Reference],
        _ => [Question, AnswerA, AnswerB],
    };

    private static string Braced(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"{{{name}}}"));
}

/// <summary>How verdicts are to be written: what a judge reads, in the words of what its reply is read by.</summary>
internal static class VerdictFormats
{
    /// <summary>For a rubric.</summary>
    public static string Of(Rubric rubric) => rubric.Form switch
    {
        VerdictForm.Score => string.Create(CultureInfo.InvariantCulture, $"""
            Explain your judgement in one or two sentences. Then write the score, a number from {rubric.Low} to {rubric.High}, in double square brackets on a line of its own, as in [[{rubric.High}]].
            """),
        VerdictForm.YesNo =>
            "Explain your judgement in one sentence. Then write [[yes]] or [[no]] on a line of its own.",
        VerdictForm.Dimensions => string.Create(CultureInfo.InvariantCulture, $"""
            Reply with one JSON object and nothing else. "a" holds the scores of Answer A and "b" those of Answer B, whole numbers from {rubric.Low} to {rubric.High}:
            {Shape(rubric)}
            Put a number in place of each N.
            """),
        VerdictForm.Preference => """
            Explain your judgement in one or two sentences. Then write your verdict on a line of its own: [[A]] if Answer A is better, [[B]] if Answer B is better, [[C]] if they are equally good.
            """,
        _ => """
            Keep to this form, and write nothing outside of the two tags. Each line holds one thing to look at, with a score from 1 to 10 for both answers; then come the sums of those scores, term by term; then the answer with the higher sum.
            <think>
            1. NAME: Answer 1 (S/10) - why; Answer 2 (S/10) - why
            Total score:
            Answer 1: S+S+S=T
            Answer 2: S+S+S=T
            </think>
            <answer>Answer 1 is better</answer>
            The last line is exactly "Answer 1 is better" or "Answer 2 is better" between its tags; where the sums are equal, it may be "Answers are equally good".
            """,
    };

    private static string Shape(Rubric rubric)
    {
        string scores = "{" + string.Join(", ", rubric.Dimensions.Select(name => $"\"{name}\": N")) + "}";
        return "{\"a\": " + scores + ", \"b\": " + scores + "}";
    }
}
