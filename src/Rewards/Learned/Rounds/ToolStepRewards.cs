using System.Text.RegularExpressions;

namespace Vlm.Rewards.Learned.Rounds;

/// <summary>What a step of an agent with tools should be.</summary>
public enum ToolStep
{
    /// <summary>An answer, in &lt;answer&gt;: paid by the F1 of its words.</summary>
    Answer,

    /// <summary>A program, in &lt;code&gt;: paid as soon as there is one.</summary>
    Code,

    /// <summary>What is wrong with the image, in &lt;problem&gt;: paid by the set of its words.</summary>
    Problem,
}

/// <summary>Rewards of an agent's steps: accuracy by the kind of the step, and format.</summary>
/// <remarks>Visual-ARFT, Liu et al. 2025, arXiv:2505.14246: R = acc + format.</remarks>
public static class ToolStepRewards
{
    private const double CodeWorth = 0.9, PartOfRotation = 0.5;
    private const string Rotation = "rotat";
    private static readonly string[] s_steps = ["answer", "code", "problem"];

    private static readonly Regex s_tag = new("</?(?:answer|code|problem|think)>", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>R = acc + format.</summary>
    /// <param name="completion">What the agent wrote in this step.</param>
    /// <param name="step">What the step should be.</param>
    /// <param name="truth">The answer; the problems, parted by commas; of no matter for code.</param>
    public static Score Reward(string completion, ToolStep step, string truth)
    {
        Score accuracy = Accuracy(completion, step, truth);
        double format = Format(completion);
        return new(accuracy.Value + format, $"{accuracy.Reason}; {(format == 1 ? "in form" : "not in form")}");
    }

    /// <summary>0 for a step of another kind than wanted; else what the step is worth, 0 to 1.</summary>
    /// <inheritdoc cref="Reward" path="/param"/>
    public static Score Accuracy(string completion, ToolStep step, string truth)
    {
        string tag = s_steps[(int)step];
        if (Inside(completion, tag) is not { } said)
            return Score.Zero($"no single <{tag}>");
        if (s_steps.Any(other => other != tag && completion.Contains($"<{other}>", StringComparison.Ordinal)))
            return Score.Zero("a step of another kind");
        return step switch
        {
            ToolStep.Answer => TokenF1.Score(said, truth),
            ToolStep.Code => said.Trim().Length > 0 ? new(CodeWorth, "code") : Score.Zero("no code"),
            _ => Problems(Set(said), Set(truth)),
        };
    }

    /// <summary>1 where each tag opens and closes once at most, one after another, and one of them is a step; else 0.</summary>
    /// <param name="completion">What the agent wrote in this step.</param>
    public static double Format(string completion)
    {
        var seen = new HashSet<string>();
        string? open = null;
        foreach (Match tag in s_tag.Matches(completion))
        {
            string name = tag.Value.Trim('<', '/', '>');
            bool closes = tag.Value[1] == '/';
            if (closes ? open != name : open is not null || !seen.Add(name))
                return 0;
            open = closes ? null : name;
        }

        return open is null && s_steps.Count(seen.Contains) == 1 ? 1 : 0;
    }

    // The same set is right; another rotation than the true one is half right, where all else is the same.
    private static Score Problems(HashSet<string> said, HashSet<string> truth)
    {
        if (said.SetEquals(truth))
            return Score.One("the same problems");
        bool turned = said.Count(IsRotation) == 1 && truth.Count(IsRotation) == 1;
        return turned && said.Where(name => !IsRotation(name)).ToHashSet().SetEquals(truth.Where(name => !IsRotation(name)))
            ? new(PartOfRotation, "another rotation") : Score.Zero("other problems");
    }

    private static bool IsRotation(string problem) => problem.StartsWith(Rotation, StringComparison.Ordinal);

    private static HashSet<string> Set(string text) =>
        [.. text.Split([',', ';', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => name.ToLowerInvariant())];

    private static string? Inside(string text, string tag)
    {
        string[] opened = text.Split($"<{tag}>");
        return opened.Length == 2 && opened[1].Split($"</{tag}>") is [var inside, _] ? inside : null;
    }
}
