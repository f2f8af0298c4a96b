using System.Globalization;
using Vlm;

namespace Recipes.Cli;

/// <summary>A learned reward as it is typed: <c>rm:runs/reward-model/model:0.5</c>, <c>judge:http://127.0.0.1:8000/v1</c>.</summary>
/// <param name="Kind">rm, judge or clip.</param>
/// <param name="Target">A folder or an address.</param>
/// <param name="Weight">What its score is multiplied by; 0 measures without rewarding.</param>
public sealed record LearnedSpec(string Kind, string Target, double Weight)
{
    /// <summary>A trained reward model.</summary>
    public const string RewardModel = "rm";

    /// <summary>A generative judge.</summary>
    public const string Judge = "judge";

    /// <summary>An image-text encoder.</summary>
    public const string Clip = "clip";

    /// <summary>The judge that is the policy itself.</summary>
    public const string Self = "self";

    private const string Example = "rm:runs/reward-model/model:0.5, judge:http://127.0.0.1:8000/v1 or clip:FOLDER";
    private static readonly string[] s_kinds = [RewardModel, Judge, Clip];

    /// <summary>True where the word names a learned reward.</summary>
    public static bool Is(string word) => s_kinds.Any(kind => word.StartsWith(kind + ":", StringComparison.Ordinal));

    /// <summary>Reads such a word.</summary>
    /// <param name="word">Kind, target and perhaps a weight, with colons between them. A number after an address's host is its port.</param>
    /// <exception cref="UsageException">There is no target, or the weight is no finite number.</exception>
    public static LearnedSpec Parse(string word)
    {
        int first = word.IndexOf(':');
        (string kind, string rest) = (word[..first], word[(first + 1)..]);
        int last = rest.LastIndexOf(':');
        bool weighted = last > 0 && !IsPort(rest, last) && double.TryParse(rest[(last + 1)..], CultureInfo.InvariantCulture, out _);
        string target = weighted ? rest[..last] : rest;
        double weight = weighted ? double.Parse(rest[(last + 1)..], CultureInfo.InvariantCulture) : 1;
        return target.Length > 0 && double.IsFinite(weight) ? new(kind, target, weight) : throw new UsageException(
            target.Length == 0 ? $"'{word}' names no folder and no address" : $"'{word}' has no finite weight", $"--reward {word}", Example);
    }

    // "http://host:8000": the colon ends the host, where no path has begun.
    private static bool IsPort(string rest, int colon)
    {
        int scheme = rest.IndexOf("://", StringComparison.Ordinal);
        int host = scheme < 0 ? -1 : Math.Max(scheme + 3, rest.IndexOf(']', scheme + 3));      // "[::1]:8000"
        return scheme >= 0 && colon > scheme && rest.IndexOfAny(['/', ':'], host) == colon
            && uint.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}
