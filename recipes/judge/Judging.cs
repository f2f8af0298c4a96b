using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Rewards.Learned;
using Vlm.Rewards.Learned.Judges;

/// <summary>Lines of what a judge said.</summary>
static class Judging
{
    private static readonly JsonSerializerOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line for each completion; all are asked together.</summary>
    public static async IAsyncEnumerable<string> ScoreAsync(JudgedFile file, IJudge judge, [EnumeratorCancellation] CancellationToken cancel)
    {
        using (judge)
        {
            IReadOnlyList<LearnedScore> scores = await judge.ScoreAsync(file.Completions, cancel);
            foreach ((string id, LearnedScore score) in file.Ids.Zip(scores))
                yield return new JsonObject { ["id"] = id, ["score"] = score.Value, ["reason"] = score.Reason }.ToJsonString(s_line);
        }
    }

    /// <summary>A line for each pair: the score is 1 where the first is better, 0 where the second is.</summary>
    public static async IAsyncEnumerable<string> CompareAsync(
        JudgedFile file, PairComparer comparer, [EnumeratorCancellation] CancellationToken cancel)
    {
        using (comparer)
        {
            IReadOnlyList<Comparison> compared = await comparer.CompareAsync(file.Pairs, cancel);
            foreach ((string id, Comparison comparison) in file.Ids.Zip(compared))
                yield return new JsonObject
                {
                    ["id"] = id,
                    ["score"] = comparison.ToFirst,
                    ["better"] = comparison.ToFirst switch { > 0.5 => "a", < 0.5 => "b", null => null, _ => "tie" },
                    ["reason"] = comparison.Reason,
                }.ToJsonString(s_line);
        }
    }
}
