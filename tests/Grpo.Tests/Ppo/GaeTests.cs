using System.Text.Json;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Ppo;

public class GaeTests
{
    private static readonly double[] s_rewards = [0, 0, 1], s_values = [0.5, 0.2, 0.4];

    // gamma 0.9, lambda 0.5, so each step back keeps 0.45 of the advantage:
    //   t   delta                          A                               A + V
    //   2    1 + 0           - 0.4 =  0.6    0.6                             1
    //   1    0 + 0.9 x 0.4   - 0.2 =  0.16   0.16 + 0.45 x 0.6  =  0.43      0.63
    //   0    0 + 0.9 x 0.2   - 0.5 = -0.32  -0.32 + 0.45 x 0.43 = -0.1265    0.3735
    [Fact]
    public void Each_action_gets_its_own_error_and_a_share_of_the_next_advantage()
    {
        GaeResult row = Gae.Compute(s_rewards, s_values, gamma: 0.9, lambda: 0.5);

        Same([-0.1265, 0.43, 0.6], row.Advantages);
        Same([0.3735, 0.63, 1], row.Returns);
    }

    // As above, but the last delta is 1 + 0.9 x 0.3 - 0.4 = 0.87; 0.16 + 0.45 x 0.87; -0.32 + 0.45 x 0.5515.
    [Fact]
    public void What_comes_after_a_cut_is_discounted_once()
    {
        GaeResult row = Gae.Compute(s_rewards, s_values, gamma: 0.9, lambda: 0.5, after: 0.3);

        Same([-0.071825, 0.5515, 0.87], row.Advantages);
    }

    [Fact]
    public void Lambda_one_is_the_return_less_the_value_and_lambda_zero_is_one_step()
    {
        Same([0.5, 0.8, 0.6], Gae.Compute(s_rewards, s_values, gamma: 1, lambda: 1).Advantages);
        Same([-0.3, 0.2, 0.6], Gae.Compute(s_rewards, s_values, gamma: 1, lambda: 0).Advantages);
    }

    // The place in the middle holds nonsense; without it the completion is that of the first test.
    [Fact]
    public void A_place_that_is_no_action_is_skipped()
    {
        GaeResult row = Gae.Compute(
            [0, 0, 7, 1, 5], [0.5, 0.2, 9, 0.4, 3], 0.9, 0.5, actions: [true, true, false, true, false]);

        Same([-0.1265, 0.43, 0, 0.6, 0], row.Advantages);
        Same([0.3735, 0.63, 0, 1, 0], row.Returns);
    }

    [Fact]
    public void Rows_of_different_lengths_are_refused()
    {
        Assert.Equal("3 rewards, 2 values must be as many",
            Assert.Throws<ArgumentException>(() => Gae.Compute(s_rewards, [1, 2], 1, 1)).Message);
        Assert.Equal("3 rewards, 3 values and 1 marks of actions must be as many",
            Assert.Throws<ArgumentException>(() => Gae.Compute(s_rewards, s_values, 1, 1, 0, [true])).Message);
    }

    // Mean 3, squares 4 + 1 + 0 + 9 = 14 over n - 1 = 3.
    [Fact]
    public void Whitening_is_over_all_rows_together()
    {
        double std = Math.Sqrt(14.0 / 3);
        double[][] white = Whitening.Apply([[1, 2], [3, 6]]);

        Same([-2 / std, -1 / std], white[0]);
        Same([0, 3 / std], white[1]);
        Assert.Equal([[0], []], Whitening.Apply([[4.5], []]));
    }

    [Fact]
    public void Whitening_leaves_out_what_is_no_action()
    {
        double std = Math.Sqrt(14.0 / 3);
        double[][] white = Whitening.Apply([[1, 100, 2], [3, 6]], [[true, false, true], [true, true]]);

        Same([-2 / std, 0, -1 / std], white[0]);
        Same([0, 3 / std], white[1]);
    }

    // Log-ratios of -1 - -1.5 = 0.5 and -2 - -1.25 = -0.75 nats, a tenth of each charged; the score comes last.
    [Fact]
    public void A_score_comes_with_the_last_action_and_the_divergence_with_each()
    {
        Same([-0.05, 2.075], TokenRewards.Shape(2, [-1f, -2f], [-1.5f, -1.25f], klWeight: 0.1));
        Same([0, 2], TokenRewards.Shape(2, [-1f, -2f]));
        Same([0, 2], TokenRewards.Shape(2, [-1f, -2f], [-1.5f, -1.25f]));
    }

    [Fact]
    public void A_score_without_a_place_is_refused()
    {
        Assert.Throws<ArgumentException>(() => TokenRewards.Shape(1, []));
        Assert.Equal("a divergence weighted 0.1 needs the reference's log-probs",
            Assert.Throws<ArgumentException>(() => TokenRewards.Shape(1, [-1f], null, 0.1)).Message);
        Assert.Equal("1 log-probs and 2 of the reference",
            Assert.Throws<ArgumentException>(() => TokenRewards.Shape(1, [-1f], [-1f, -1f], 0.1)).Message);
    }

    // verl leaves what it carried in places that are no action; ours are 0, so those are not compared.
    [Theory]
    [InlineData("gamma1.0_lam1.0", 1, 1)]
    [InlineData("gamma0.9_lam0.95", 0.9, 0.95)]
    public void Advantages_returns_and_whitening_are_verl_s(string name, double gamma, double lambda)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json")));
        JsonElement vectors = file.RootElement.GetProperty("rl").GetProperty("gae");
        JsonElement inputs = vectors.GetProperty("inputs"), expected = vectors.GetProperty(name);
        double[][] rewards = Rows(inputs, "rewards"), values = Rows(inputs, "values");
        bool[][] actions = [.. Rows(inputs, "mask").Select(row => row.Select(x => x > 0).ToArray())];

        GaeResult[] rows =
            [.. rewards.Select((row, i) => Gae.Compute(row, values[i], gamma, lambda, actions: actions[i]))];

        Compare("verl_unwhitened", [.. rows.Select(row => row.Advantages)]);
        Compare("verl_returns", [.. rows.Select(row => row.Returns)]);
        Compare("verl_whitened", Whitening.Apply([.. rows.Select(row => row.Advantages)], actions));

        void Compare(string key, double[][] found)
        {
            double[][] theirs = Rows(expected, key);
            (double Theirs, double Ours)[] pairs =
            [
                .. theirs.SelectMany((row, i) => row.Select((x, t) => (x, t, i)))
                    .Where(item => actions[item.i][item.t]).Select(item => (item.x, found[item.i][item.t])),
            ];
            Assert.Equal(7, pairs.Length);
            Assert.All(pairs, pair => Assert.Equal(pair.Theirs, pair.Ours, 1e-8));
        }
    }

    // OpenRLHF takes a place that is no action for an action of value 0: the action before it gets another advantage.
    [Theory]
    [InlineData("gamma1.0_lam1.0", 1, 1, false)]
    [InlineData("gamma0.9_lam0.95", 0.9, 0.95, true)]
    public void A_place_that_is_no_action_is_skipped_where_OpenRLHF_takes_its_value_for_zero(
        string name, double gamma, double lambda, bool differs)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json")));
        JsonElement vectors = file.RootElement.GetProperty("rl").GetProperty("gae");
        double[] rewards = Rows(vectors.GetProperty("inputs"), "rewards")[0], values = Rows(vectors.GetProperty("inputs"), "values")[0];
        double[][] theirs = Rows(vectors.GetProperty(name), "openrlhf_unwhitened(zeroes masked values instead of skipping)");
        bool[] actions = [true, true, false, true, true];
        double[] zeroed = [.. values.Select((value, t) => actions[t] ? value : 0)];

        Same(theirs[0], Gae.Compute(rewards, zeroed, gamma, lambda).Advantages);
        double[] ours = Gae.Compute(rewards, values, gamma, lambda, actions: actions).Advantages;
        Assert.Equal(0, ours[2]);
        Assert.Equal(differs, Math.Abs(theirs[0][0] - ours[0]) > 0.09);
    }

    // VLA-RL's setting: an episode that ends in the middle of the row, and another that goes on at its end with a value of 0.5.
    //   0 to 1: rewards 1, 2, values 0.4, 0.6, ended; 2: reward 3, value 0.7, then 0.5. gamma 0.99, lambda 0.95.
    [Fact]
    public void An_episode_that_ends_in_the_middle_is_a_row_of_its_own()
    {
        double last = 2 - 0.6, first = 1 + (0.99 * 0.6) - 0.4 + (0.99 * 0.95 * last);

        Same([first, last], Gae.Compute([1, 2], [0.4, 0.6], 0.99, 0.95).Advantages);
        Same([3 + (0.99 * 0.5) - 0.7], Gae.Compute([3], [0.7], 0.99, 0.95, after: 0.5).Advantages);
    }

    private static double[][] Rows(JsonElement parent, string key) =>
    [
        .. parent.GetProperty(key).EnumerateArray()
            .Select(row => row.EnumerateArray().Select(x => x.GetDouble()).ToArray()),
    ];

    private static void Same(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 1e-7);         // log-probs are single precision
    }
}
