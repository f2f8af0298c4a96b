using Vlm;

namespace Recipes.Cli;

/// <summary>What is measured where more is held out than shall be.</summary>
public static class HeldOutChoice
{
    /// <summary>The same for every seed, spread over the files; all, in their order, where there are no more than wanted.</summary>
    /// <param name="held">What is held out.</param>
    /// <param name="limit">The most that is measured.</param>
    public static T[] Of<T>(IReadOnlyList<T> held, int limit)
    {
        T[] all = [.. held];
        if (all.Length <= limit)
            return all;
        new RandomStream(0, "held-out").Shuffle<T>(all);
        return all[..limit];
    }
}
