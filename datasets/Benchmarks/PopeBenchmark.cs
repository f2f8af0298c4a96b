using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Is there an object in the image? Half of the objects are not.</summary>
internal static class PopeBenchmark
{
    // {"question_id": "1", "question": "Is there a snowboard in the image?", "answer": "yes", "category": "random", "image": ...}
    public static Benchmark Pope { get; } = new()
    {
        Name = "pope",
        Title = "POPE, Li et al. 2023, arXiv:2305.10355",
        Address = "https://huggingface.co/datasets/lmms-lab/POPE",
        Licence = "MIT; images of COCO under their own",
        Scorer = "https://github.com/AoiDragon/POPE/blob/main/evaluate.py",
        Metric = "f1",
        Columns =
        [
            new("question", "question"), new("answer", "answer"), new("category", "category", "split") { IsOptional = true },
        ],
        MaxNewTokens = 128,
        Read = row =>
        [
            BenchmarkItem.Of(row.Text("question").Trim() + (row.Mode == ScoringMode.VlmEvalKit ? "" : VqaBenchmarks.Short), Truth(row)) with
            {
                Parts = row.Parts("category"),
            },
        ],
        Judge = (answer, question, mode) => Vlm.Rewards.Pope.Score(answer, IsYes(question), mode),
        Sum = static (answers, mode) => Vlm.Rewards.Pope.Of(
            [.. answers.Select(answer => new PopeAnswer(
                answer.Said, IsYes(answer.Question), answer.Question.Parts is [var split, ..] ? split.Value : ""))], mode),
    };

    private static Truth.Word Truth(BenchmarkRow row) => row.Text("answer").Trim().ToLowerInvariant() is ("yes" or "no") and var word
        ? new(word) : throw row.Wrong($"the answer is '{ImageText.Short(row.Text("answer"))}'", "yes or no");

    private static bool IsYes(BenchmarkQuestion question) => question.Answers is ["yes"];
}
