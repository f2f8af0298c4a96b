using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Questions of college exams, with options or open, with several images among the words.</summary>
internal static class MmmuBenchmark
{
    // {"id": "validation_Accounting_1", "question": "<image 1> Baxter Company has ...", "options": "['$6', '$7', '$8', '$9']", "answer": "B",
    //  "question_type": "multiple-choice", "subfield": "Managerial Accounting", "image_1": ...}
    public static Benchmark Mmmu { get; } = new()
    {
        Name = "mmmu",
        Title = "MMMU, Yue et al. 2023, arXiv:2311.16502",
        Address = "https://huggingface.co/datasets/lmms-lab/MMMU",
        Licence = "Apache 2.0",
        Scorer = "https://github.com/MMMU-Benchmark/MMMU/blob/main/mmmu/utils/eval_utils.py",
        Metric = "accuracy",
        Columns =
        [
            new("question", "question"), .. ChoiceRow.Options, new("answer", "answer"),
            new("question_type", "question_type") { IsOptional = true }, new("subject", "subject", "category") { IsOptional = true },
            new("subfield", "subfield") { IsOptional = true }, new("difficulty", "topic_difficulty") { IsOptional = true },
        ],
        MaxNewTokens = 128,
        Read = row => [Item(row) with { Parts = [.. row.Parts("question_type", "subject", "difficulty"), .. Subject(row)] }],
        Judge = (answer, question, mode) => question.Options.Count > 0
            ? MmmuChoice.Score(answer, ChoiceBenchmarks.Right(question), question.Options, mode)
            : MmmuOpen.Score(answer, question.Answers, mode),
    };

    private static BenchmarkItem Item(BenchmarkRow row)
    {
        string question = row.Text("question");
        if (row.TextOrNull("question_type") == "open" || !ChoiceRow.HasOptions(row))
            return BenchmarkItem.Of($"{question}\n\n{VqaBenchmarks.Short.Trim()}", AcceptedAnswers.Of(row.Texts("answer")));
        Truth.Choice truth = ChoiceRow.Read(row, isNumber: false);
        return row.Mode == ScoringMode.VlmEvalKit ? new(options => ChoiceBenchmarks.KitPrompt(question, row.Hint(), options), truth)
            : new(options => $"{question}\n{ChoiceRow.Lines(options)}\n\n{ChoiceBenchmarks.Letter.Trim()}", truth);
    }

    // validation_Accounting_1
    private static IEnumerable<BenchmarkPart> Subject(BenchmarkRow row) =>
        !row.Has("subject") && row.Id?.Split('_') is [_, .. var middle, _] && middle.Length > 0
        ? [new("subject", string.Join('_', middle))] : [];
}
