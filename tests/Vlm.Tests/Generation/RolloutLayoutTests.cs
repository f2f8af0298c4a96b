using Vlm.Generation;

namespace Vlm.Tests.Generation;

public class RolloutLayoutTests
{
    // States by what is behind them: a, a 5, b, b 5; then a and a 5 again, and a.
    [Fact]
    public void Actions_with_the_same_tokens_behind_them_stand_in_one_state()
    {
        Prompt a = new("a", "", [1, 2], null, []), b = new("b", "", [1, 2], null, []);

        (long[] firsts, long[] which) = RolloutLayout.Arrange([Of(a, 5, 6), Of(b, 5, 6), Of(a, 5, 7), Of(a, 8)]).UniquePrefixes();

        Assert.Equal([0, 1, 2, 3, 0, 1, 0], which);
        Assert.Equal([0, 1, 2, 3], firsts);
    }

    // a 3 and a 4 are two states though both are followed by 5.
    [Fact]
    public void A_state_is_known_by_all_tokens_behind_it()
    {
        Prompt a = new("a", "", [1], null, []);

        (long[] firsts, long[] which) = RolloutLayout.Arrange([Of(a, 3, 5, 5), Of(a, 4, 5, 5), Of(a, 3, 5, 9)]).UniquePrefixes();

        Assert.Equal([0, 1, 2, 0, 3, 4, 0, 1, 2], which);
        Assert.Equal([0, 1, 2, 4, 5], firsts);
    }

    private static Rollout Of(Prompt prompt, params int[] tokens) =>
        new(prompt, 0, tokens, [.. tokens.Select(_ => 0)], [.. tokens.Select(_ => 0f)], "", StopReason.EndOfSequence);
}
