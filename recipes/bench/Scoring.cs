using System.Diagnostics;
using Vlm.Rewards;

/// <summary>Times every reward on short answers, and on long texts of the kind that a careless pattern takes for ever on.</summary>
static class Scoring
{
    private static readonly string[] s_around =
    [
        "{0}", "<answer>{0}</answer>", "The answer is {0}.", "<think>Let me see what is there.</think>\n<answer>{0}</answer>",
        "I look at the picture: two things stand side by side, and one of them is what was asked for. Answer: {0}",
    ];

    private static readonly string[] s_shapes =
    [
        "<answer>", "</answer>", "<answer>7</answer>", "<think>", "</think>", "\\boxed{", "\\boxed{7}", "{", "}", "[", "]", "(", "[1,2,",
        "(1,2),", "1", "1,", "1 ", "1.", "0.1e", "-", "\\frac{", "\"answer\": ", "\"", "the answer is ", "answer", "#### ", "**", "$", " ",
        "\n", "A ", "B. ", "not ", "one hundred ", "yes ", "no, ", "x1=", "<loc_1>", "<|box_start|>", "\u7b54\u6848", "e\u0301", "\u0301",
        "\uff11", "cat ", "red ball ",
    ];

    /// <summary>Microseconds for a short answer, and for the worst shape of each length.</summary>
    public static Dictionary<string, object> Measure(IReadOnlyList<int> lengths, int repeats)
    {
        var rows = new List<object>();
        Reward[] rewards = [.. Reward.Table.Where(row => row.Example is not null)];
        WarmUp(rewards);
        foreach (Reward reward in rewards)
        {
            var row = new Dictionary<string, object> { ["reward"] = reward.Name, ["short_us"] = Short(reward, repeats) };
            foreach (int length in lengths)
            {
                (string shape, double worst) = Worst(reward, length, repeats);
                (row[$"us_{length}"], row[$"worst_{length}"]) = (Math.Round(worst, 1), shape);
            }

            rows.Add(row);
        }

        return new() { ["rewards"] = rows };
    }

    // The JIT compiler does its best work in the background, after many calls: rows timed before it are timed on slower code.
    private static void WarmUp(Reward[] rewards)
    {
        for (int round = 0; round < 10; round++)
        {
            foreach (Reward reward in rewards)
                Short(reward, repeats: 5);
            Thread.Sleep(100);
        }
    }

    private static double Short(Reward reward, int repeats)
    {
        const int calls = 4000;
        string[] texts = [.. s_around.Select(around => around.Replace("{0}", reward.Example!.Right, StringComparison.Ordinal))];
        IEnumerable<double> times = Enumerable.Range(0, repeats).Select(_ => Microseconds(() =>
        {
            for (int i = 0; i < calls; i++)
                reward.Compute(texts[i % texts.Length], reward.Example!.Truth);
        }) / calls);
        return Math.Round(times.Min(), 3);
    }

    private static (string Shape, double Microseconds) Worst(Reward reward, int length, int repeats) => s_shapes
        .Select(shape =>
        {
            string text = string.Concat(Enumerable.Repeat(shape, (length / shape.Length) + 1))[..length];
            return (shape, Enumerable.Range(0, repeats).Min(_ => Microseconds(() => reward.Compute(text, reward.Example!.Truth))));
        })
        .MaxBy(timed => timed.Item2);

    private static double Microseconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }
}
