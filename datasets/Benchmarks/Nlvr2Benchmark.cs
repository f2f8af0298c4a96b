using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Is a statement true of two photographs?</summary>
internal static class Nlvr2Benchmark
{
    // {"identifier": "dev-850-0-0", "sentence": "The right image shows two dogs.", "label": "True", "left_image": ..., "right_image": ...}
    public static Benchmark Nlvr2 { get; } = new()
    {
        Name = "nlvr2",
        Title = "NLVR2, Suhr et al. 2019, arXiv:1811.00491",
        Address = "https://huggingface.co/datasets/lmms-lab/NLVR2",
        Licence = "CC BY 4.0 (statements); photographs of the web under their own",
        Scorer = "https://github.com/lil-lab/nlvr/blob/master/nlvr2/eval/metrics.py",
        Metric = "accuracy",
        Columns =
        [
            new("sentence", "sentence", "question"), new("label", "label", "answer"),
            new("identifier", "identifier", "question_id") { IsOptional = true },
        ],
        MaxNewTokens = 16,
        ImageNames = ["left_image", "right_image"],
        Read = row => [BenchmarkItem.Of($"{row.Text("sentence")}\nIs this true of the two images? Answer true or false.", Label(row)) with
        {
            Facts = new Dictionary<string, string> { ["sentence"] = Sentence(row.TextOrNull("identifier") ?? row.Text("sentence")) },
        }],
        Judge = (answer, question, _) => Vlm.Rewards.Nlvr2.Score(answer, IsTrue(question)),
        Sum = static (answers, _) => Vlm.Rewards.Nlvr2.Of([.. answers.Select(answer =>
            new Nlvr2Answer(answer.Question.Facts["sentence"], answer.Said ?? "", IsTrue(answer.Question)))]),
    };

    private static Truth.Word Label(BenchmarkRow row) => row.Text("label").Trim().ToLowerInvariant() is ("true" or "false") and var word
        ? new(word) : throw row.Wrong($"the label is '{ImageText.Short(row.Text("label"))}'", "true or false");

    private static bool IsTrue(BenchmarkQuestion question) => question.Answers is ["true"];

    // dev-850-0-0 and dev-850-2-0 are one statement about two pairs of images.
    private static string Sentence(string identifier) => identifier.Split('-') is [var split, var set, _, var sentence]
        ? $"{split}-{set}-{sentence}" : identifier;
}
