using Vlm;
using Vlm.Datasets;
using Vlm.Rewards;

/// <summary>The task: name the colors, or the shapes, of all objects of a drawing, in any order.</summary>
/// <remarks>
/// A response has <see cref="Slots"/> words; the end token fills what is left. With s words said and n objects there, of which k fit
/// one another, it earns k / (s + n - k): missing, invented and repeated words cost.
/// </remarks>
static class NamedObjects
{
    /// <summary>Words of a response: a drawing has two to six objects.</summary>
    internal const int Slots = 7;

    /// <summary>The token of what is hidden.</summary>
    internal const int Mask = 0;

    /// <summary>The token that ends a response.</summary>
    internal const int End = 1;

    /// <summary>What a response may consist of, from <see cref="End"/> on; ids are places, and 0 is hidden.</summary>
    internal static readonly string[] Words =
        ["", "", "red", "green", "blue", "yellow", "purple", "cyan", "black", "circle", "square", "triangle", "diamond", "cross"];

    private static readonly (string Kind, string Question, RewardSet Rewards)[] s_asked =
    [
        ("colors", "Name the colors of all objects.", Paid("named_colors", item => item.Color)),
        ("shapes", "Name the shapes of all objects.", Paid("named_shapes", item => item.Shape)),
    ];

    private static readonly ShapesOptions s_drawings = new() { Kinds = ["caption"] };

    /// <summary>Tokens of the vocabulary: words, and one for each question.</summary>
    internal static int Vocabulary => Words.Length + s_asked.Length;

    /// <summary>The prompt at an index: an image and the token of its question.</summary>
    internal static Prompt Prompt(long seed, Split split, long index)
    {
        Example drawn = Shapes.Example(seed, split, index, s_drawings);
        int asked = (int)(index % s_asked.Length);
        (string kind, string question, RewardSet rewards) = s_asked[asked];
        Example example = drawn with
        {
            Kind = kind,
            Messages = [Message.User(question, 1)],
            Answer = string.Join(' ', ((CaptionTruth)drawn.Truth).Objects.Select(item => asked == 0 ? item.Color : item.Shape)),
            Rewards = rewards,
        };
        return new(example, question, [Words.Length + asked], null, []);
    }

    /// <summary>The response that a warm-up learns: names from left to right, then ends.</summary>
    /// <param name="prompt">A drawing.</param>
    /// <param name="omitted">The share of its objects that is passed over, as people who describe pictures do; one is named always.</param>
    /// <param name="random">Which.</param>
    internal static Rollout Target(Prompt prompt, double omitted, RandomStream random)
    {
        int[] there = [.. prompt.Example.Answer.Split(' ').Select(word => Array.IndexOf(Words, word))];
        int[] kept = [.. there.Where(_ => random.NextDouble() >= omitted)];
        int[] named = kept.Length > 0 ? kept : there[..1];
        int[] tokens = [.. named, .. Enumerable.Repeat(End, Slots - named.Length)];
        return new(prompt, 0, tokens, tokens, new float[Slots], prompt.Example.Answer, StopReason.EndOfSequence);
    }

    /// <summary>The words before the end.</summary>
    internal static string Text(IEnumerable<int> tokens) =>
        string.Join(' ', tokens.TakeWhile(token => token != End).Select(token => Words[token]));

    /// <summary>What words earn: the share of those that fit.</summary>
    internal static Score Score(string text, IReadOnlyList<string> there)
    {
        string[] said = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var left = there.GroupBy(word => word).ToDictionary(same => same.Key, same => same.Count());
        int fit = said.Count(word => left.TryGetValue(word, out int count) && count > 0 && (left[word] = count - 1) >= 0);
        return new((double)fit / (said.Length + there.Count - fit), $"{fit} of {there.Count}, {said.Length} said");
    }

    private static RewardSet Paid(string name, Func<CaptionObject, string> of) =>
        RewardSet.From(Reward.Of<CaptionTruth>(name, (text, truth) => Score(text, [.. truth.Objects.Select(of)])));
}
