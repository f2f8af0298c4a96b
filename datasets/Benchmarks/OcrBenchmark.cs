using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>1,000 texts to be read, in pictures of ten kinds; a point for each.</summary>
internal static class OcrBenchmark
{
    private const string Formula = "HME100k";

    // {"dataset": "IIIT5K", "question": "what is written in the image?", "question_type": "Regular Text Recognition",
    //  "answer": ["CENTRE"], "image": ...}
    public static Benchmark OcrBench { get; } = new()
    {
        Name = "ocrbench",
        Title = "OCRBench, Liu et al. 2024, arXiv:2305.07895",
        Address = "https://huggingface.co/datasets/echo840/OCRBench",
        Licence = "not stated as a whole; its sources' own",
        Scorer = "https://github.com/Yuliang-Liu/MultimodalOCR/blob/main/OCRBench/example.py",
        Metric = "ocrbench",
        Columns =
        [
            new("question", "question"),
            new("answer", "answer"),
            new("question_type", "question_type", "category"),
            new("dataset", "dataset") { IsOptional = true },
        ],
        MaxNewTokens = 128,
        IsShare = false,
        Read = row =>
        [
            BenchmarkItem.Of(row.Text("question").Trim(), AcceptedAnswers.Of(row.Texts("answer"))) with
            {
                Parts = row.Parts("question_type"),
                Facts = new Dictionary<string, string> { ["dataset"] = row.TextOrNull("dataset") ?? "" },
            },
        ],
        Judge = (answer, question, mode) => Vlm.Rewards.OcrBench.Score(answer, question.Answers, IsFormula(question), mode),
        Sum = (answers, mode) => Points(answers, mode == ScoringMode.LmmsEval ? 1000 : 1),
    };

    private static bool IsFormula(BenchmarkQuestion question) => question.Facts["dataset"] == Formula
        || question.Parts.Any(part => part.Value == "Handwritten Mathematical Expression Recognition");

    // A point for each question; lmms-eval gives the share of 1,000.
    private static CorpusScore Points(IReadOnlyList<BenchmarkAnswer> answers, double of)
    {
        double Number(IReadOnlyList<BenchmarkAnswer> some) => some.Sum(answer => answer.Score.Value) / of;
        return BenchmarkScores.Mean(answers) with { Value = Number(answers), Parts = [.. BenchmarkScores.Parts(answers, Number)] };
    }
}
