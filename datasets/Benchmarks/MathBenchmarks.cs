using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Mathematics on pictures, whose scorers ask a language model what an answer says: MathVista, MathVerse.</summary>
internal static class MathBenchmarks
{
    private static readonly ScoringMode[] s_modes = [ScoringMode.Official, ScoringMode.LmmsEval];

    // {"pid": "1", "question": "...", "image": "images/1.jpg", "decoded_image": ..., "choices": null, "unit": null, "precision": 1.0,
    //  "answer": "1.2", "question_type": "free_form", "answer_type": "float", "metadata": {"task": "...", "skills": [...], ...}, "query": "..."}
    public static Benchmark MathVista { get; } = new()
    {
        Name = "mathvista",
        Title = "MathVista, Lu et al. 2023, arXiv:2310.02255",
        Address = "https://huggingface.co/datasets/AI4Math/MathVista",
        Licence = "CC BY-SA 4.0; its sources' own",
        Scorer = "https://github.com/lupantech/MathVista/blob/53d525874bdde205128e6b160b7357a88277d479/evaluation/calculate_score.py",
        Metric = "accuracy",
        Columns =
        [
            new("question", "question"), new("answer", "answer"), new("question_type", "question_type"), new("answer_type", "answer_type"),
            new("choices", "choices") { IsOptional = true }, new("unit", "unit") { IsOptional = true },
            new("precision", "precision") { IsOptional = true }, new("query", "query") { IsOptional = true },
            .. new[] { "language", "source", "category", "task", "context", "grade", "skills" }.Select(part =>
                new BenchmarkColumn(part, $"metadata.{part}", part) { IsOptional = true }),
        ],
        ImageNames = ["decoded_image"],
        MaxNewTokens = 1024,
        Modes = s_modes,
        Read = row => [VistaItem(row)],
        Judge = (answer, question, mode) => Rewards.MathVista.Rule(answer, Vista(question), mode).ByRulesAlone(),
        Ruling = (answer, question, mode) => Rewards.MathVista.Rule(answer, Vista(question), mode),
    };

    // {"sample_index": "1", "problem_index": "1", "problem_version": "Text Dominant", "question": "...", "image": ..., "answer": "C",
    //  "question_type": "multi-choice", "metadata": {"subject": "Plane Geometry", "subfield": "Angle", ...}, "query_wo": "...",
    //  "query_cot": "...", "question_for_eval": "..."}
    public static Benchmark MathVerse { get; } = new()
    {
        Name = "mathverse",
        Title = "MathVerse, Zhang et al. 2024, arXiv:2403.14624",
        Address = "https://huggingface.co/datasets/AI4Math/MathVerse",
        Licence = "MIT; its sources' own",
        Scorer = "https://github.com/ZrrSkywalker/MathVerse/blob/937b090597aeafb8e82b35d310a4bc5b9e2ea29d/evaluation/score_answer_s2.py",
        Metric = "accuracy",
        Columns =
        [
            new("question", "question"), new("answer", "answer"), new("query", "query_wo"),
            new("question_for_eval", "question_for_eval") { IsOptional = true }, new("problem_version", "problem_version") { IsOptional = true },
            new("subject", "metadata.subject", "subject") { IsOptional = true },
            new("subfield", "metadata.subfield", "subfield") { IsOptional = true },
        ],
        IsTextAllowed = true,       // the version "Text Only"
        MaxNewTokens = 1024,
        Modes = s_modes,
        Read = row => [VerseItem(row)],
        Judge = (answer, question, mode) => Rewards.MathVerse.Rule(answer, Verse(question), mode).ByRulesAlone(),
        Ruling = (answer, question, mode) => Rewards.MathVerse.Rule(answer, Verse(question), mode),
    };

    private static BenchmarkItem VistaItem(BenchmarkRow row)
    {
        (string answer, string type) = (row.Text("answer"), row.Text("answer_type"));
        int precision = (int)double.Parse(row.TextOrNull("precision") ?? "0", CultureInfo.InvariantCulture);
        string question = row.Text("question") + (row.TextOrNull("unit") is { Length: > 0 } unit ? $" (Unit: {unit})" : "");
        return new(Prompt, row.Text("question_type") == "multi_choice" ? VistaChoice(row, answer) : new Truth.Word(answer))
        {
            Parts = row.Parts("question_type", "answer_type", "language", "source", "category", "task", "context", "grade", "skills"),
            Answer = answer,
            Facts = new Dictionary<string, string>
            {
                ["answer_type"] = type,
                ["precision"] = precision.ToString(CultureInfo.InvariantCulture),
                ["query"] = row.Mode == ScoringMode.LmmsEval ? row.TextOrNull("query") ?? "" : "",
            },
        };

        string Prompt(IReadOnlyList<string> options) => row.Mode == ScoringMode.LmmsEval
            ? string.Join('\n', [question, .. Lettered(options, "{0}. {1}"), .. Short(type, options.Count > 0, precision)])
            : string.Join('\n', [$"Question: {question}", .. options.Count > 0 ? (string[])["Choices:"] : [], .. Lettered(options, "({0}) {1}"),
                .. Hint(type, options.Count > 0, precision), "Solution:"]);
    }

    private static Truth.Choice VistaChoice(BenchmarkRow row, string answer)
    {
        string[] options = row.Texts("choices");
        int right = Array.IndexOf(options, answer);
        return right >= 0 && options.Length <= 26 ? new((char)('A' + right), options)
            : throw row.Wrong(
                $"the answer '{ImageText.Short(answer)}' is none of the {options.Length} choices", "the text of one of at most 26 choices");
    }

    private static IEnumerable<string> Lettered(IReadOnlyList<string> options, string form) => options.Select((option, i) =>
        string.Format(CultureInfo.InvariantCulture, form, (char)('A' + i), option));

    // evaluation/build_query.py, shot type "solution" without shots, which the released scripts of vision-language models ask with.
    private static IEnumerable<string> Hint(string type, bool hasOptions, int precision) => (hasOptions, type, precision) switch
    {
        (true, _, _) => ["Hint: Please answer the question and provide the correct option letter, e.g., A, B, C, D, at the end."],
        (_, "integer", _) => [Wanted("an integer answer", "value", "1, 2, 3")],
        (_, "float", 1) => [Wanted("a floating-point number with one decimal place", "value", "1.2, 1.3, 1.4")],
        (_, "float", 2) => [Wanted("a floating-point number with two decimal places", "value", "1.23, 1.34, 1.45")],
        (_, "list", _) => [Wanted("a Python list as an answer", "list", "[1, 2, 3], [1.2, 1.3, 1.4]")],
        _ => [],
    };

    private static string Wanted(string what, string kind, string examples) =>
        $"Hint: Please answer the question requiring {what} and provide the final {kind}, e.g., {examples}, at the end.";

    // lmms-eval's shot type "format-prompt".
    private static IEnumerable<string> Short(string type, bool hasOptions, int precision) => (hasOptions, type, precision) switch
    {
        (true, _, _) => ["Answer with the option's letter from the given choices directly."],
        (_, "integer", _) => ["Answer the question using a single integer number."],
        (_, "float", 1) => ["Answer the question using a single floating-point number with one decimal place."],
        (_, "float", 2) => ["Answer the question using a single floating-point number with two decimal places."],
        (_, "list", _) => ["Answer the question using a Python list."],
        _ => [],
    };

    private static MathVistaQuestion Vista(BenchmarkQuestion question) => new(
        question.Facts["query"] is { Length: > 0 } query ? query : question.Example.Question, question.Facts["answer_type"],
        int.Parse(question.Facts["precision"], CultureInfo.InvariantCulture), question.Options,
        question.Example.Truth is Truth.Choice choice ? choice.Options[choice.Letter - 'A'] : question.Answers[0]);

    private static BenchmarkItem VerseItem(BenchmarkRow row) => BenchmarkItem.Of(row.Text("query"), new Truth.Word(row.Text("answer"))) with
    {
        Parts = row.Parts("problem_version", "subject", "subfield"),
        Facts = new Dictionary<string, string>
        {
            ["question"] = row.Mode == ScoringMode.LmmsEval && row.TextOrNull("question_for_eval") is { } own ? own : row.Text("question"),
        },
    };

    private static MathVerseQuestion Verse(BenchmarkQuestion question) => new(question.Facts["question"], question.Answers[0]);
}
