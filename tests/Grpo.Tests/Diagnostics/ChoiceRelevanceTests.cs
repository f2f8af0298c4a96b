using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Diagnostics;

public class ChoiceRelevanceTests
{
    // Means 0.5, 0.5 and 2: their variance is (0.25 + 0.25 + 1) / 2 = 0.75. Variances within are 0.5, 0 and 2 over two each: the mean of
    // 0.25, 0 and 1 is 0.41667.
    [Fact]
    public void Relevance_is_the_variance_of_means_less_what_continuations_add() =>
        Assert.Equal(0.75 - (1.25 / 3), new Choice(1, [[0, 1], [0.5, 0.5], [1, 3]]).Relevance, 1e-12);

    // An action whose continuations say nothing, and one tried alone.
    [Fact]
    public void Without_two_actions_nothing_is_relevant_and_noise_alone_is_below_0()
    {
        Assert.Equal(0, new Choice(1, []).Relevance);
        Assert.Equal(0, new Choice(1, [[0, 1]]).Relevance);
        Assert.Equal(-0.25, new Choice(1, [[0, 1], [1, 0]]).Relevance, 1e-12);
        Assert.Throws<InvalidOperationException>(() => new Choice(1, [[0], [1]]).Relevance);
        Assert.Throws<InvalidOperationException>(() => new Choice(1, [[0, double.NaN], [1, 1]]).Relevance);
    }

    // V of 0.02, of 0.005 and of 0: 1 nat matters, 2 + 0.5 do not. The variance of two means that lie d apart is d^2 / 2.
    [Fact]
    public void The_ratio_is_of_nats()
    {
        Choice[] choices = [Apart(1, 0.2), Apart(2, 0.1), Apart(0.5, 0)];

        Assert.Equal(new ChoiceRelevance(2.5, 1, 3), ChoiceRelevance.Of(choices));
        Assert.Equal(2.5, ChoiceRelevance.Of(choices).Ratio);
        Assert.Equal(new ChoiceRelevance(0.5, 3, 3), ChoiceRelevance.Of(choices, 0.004));
        Assert.Equal(double.PositiveInfinity, ChoiceRelevance.Of(choices[2..]).Ratio);
        Assert.Equal(double.NaN, ChoiceRelevance.Of([]).Ratio);
    }

    // Four choices among 4, 8, 2 and 8. The first and the third matter: ln 4 + ln 2 = 3 ln 2 of each answer; the others have 6 ln 2.
    // With 64 continuations the deviation of V is below .002 where nothing matters; of the relevant ones it is .05 and more: two or
    // more tokens of either parity are tried.
    [Fact]
    public void Choices_that_matter_by_construction_are_told_from_those_that_do_not()
    {
        var policy = new TabularPolicy([4, 8, 2, 8]);

        IReadOnlyList<Choice> choices = Tried(policy, new() { Actions = 7, Continuations = 64, Draws = 64 }, TabularPolicy.Questions(6), Parities);
        var found = ChoiceRelevance.Of(choices);

        Assert.Equal(24, found.Choices);
        Assert.Equal([.. Each(Math.Log(4)), .. Each(Math.Log(8)), .. Each(Math.Log(2)), .. Each(Math.Log(8))], choices.Select(c => c.Entropy), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([.. Each(true), .. Each(false), .. Each(true), .. Each(false)], choices.Select(choice => choice.Relevance >= ChoiceRelevance.Threshold));
        Assert.Equal(2, found.Ratio, 1e-6);
        Assert.Equal((4, 8, 2), (choices[0].Rewards.Count, choices[6].Rewards.Count, choices[12].Rewards.Count));
        Assert.All(choices, choice => Assert.All(choice.Rewards, action => Assert.Equal(64, action.Count)));

        static IEnumerable<T> Each<T>(T value) => Enumerable.Repeat(value, 6);
    }

    // What is asked: the question's token, then the answer's own tokens, then the token that is tried; as many tokens as are left.
    [Fact]
    public void Answers_go_on_from_their_own_tokens()
    {
        var policy = new TabularPolicy([4, 8, 2, 8]);
        var options = new CounterfactualOptions { Actions = 2, Continuations = 3, Draws = 32, Batch = 5 };

        IReadOnlyList<Choice> choices = Tried(policy, options, TabularPolicy.Questions(2), Parities);

        Assert.Equal(8, choices.Count);
        Assert.Equal([3, 3, 2, 3], choices.Where((_, i) => i % 2 == 0).Select(choice => choice.Rewards.Count));
        var asked = policy.Asked.Where(one => one.Tokens[0] == 101).ToArray();
        int[][] own = [.. asked.Where(one => one.Group == 32).Select(one => one.Tokens)];
        Assert.Equal([1, 2, 3, 4], own.Select(tokens => tokens.Length));
        Assert.All(own, tokens => Assert.Equal(own[^1][..tokens.Length], tokens));
        int[][] tried = [.. asked.Where(one => one.Group == 3).Select(one => one.Tokens)];
        Assert.Equal([2, 2, 2, 3, 3, 3, 4, 4], tried.Select(tokens => tokens.Length));
        Assert.All(tried, tokens => Assert.Equal(own[^1][..(tokens.Length - 1)], tokens[..^1]));
        Assert.Equal(8, tried.Select(tokens => string.Join(' ', tokens)).Distinct().Count());
        Assert.All(asked.Where(one => one.Group != 32), one => Assert.Equal(4, one.Tokens.Length - 1 + one.Sampling.MaxNewTokens));
        Assert.Equal([(0, 2), (1, 1), (2, 0), (3, 0)], asked.Where(one => one.Group == 32)
            .Select(one => (one.Tokens.Length - 1, one.Sampling.MinNewTokens)));
    }

    // Token 1 ends an answer at once and earns 1, token 0 goes on and earns 0: means 1 and 0, variance 1/2. What comes second earns 0 anyway.
    [Fact]
    public void Tokens_that_end_an_answer_are_choices_too()
    {
        var policy = new TabularPolicy([2, 2], end: 1);

        IReadOnlyList<Choice> choices = Tried(policy, new(), TabularPolicy.Questions(40), answer => answer.Tokens!.Count == 1 ? 1 : 0, most: 2);

        Assert.All(choices.Take(40), choice => Assert.Equal(0.5, choice.Relevance, 1e-12));
        Assert.All(choices.Skip(40), choice => Assert.Equal(0, choice.Relevance, 1e-12));
        Assert.InRange(choices.Count, 50, 70);
        Assert.Equal((choices.Count - 40) / 40.0, ChoiceRelevance.Of(choices).Ratio, 1e-6);
        Assert.DoesNotContain(policy.Asked, asked => asked.Tokens.Contains(1));
    }

    [Fact]
    public void What_leaves_nothing_to_compare_is_refused()
    {
        var policy = new TabularPolicy([4]);

        Assert.Throws<ArgumentOutOfRangeException>(() => Tried(policy, new() { Continuations = 1 }, TabularPolicy.Questions(1), _ => 0));
        Assert.Throws<ArgumentException>(() => new CounterfactualChoices(policy, _ => "", new() { Greedy = true }).Of(TabularPolicy.Questions(1), default));
        Assert.Throws<ArgumentException>(() => Tried(policy, new(), [], _ => 0));
    }

    [Fact]
    public void The_same_key_gives_the_same_choices()
    {
        var policy = new TabularPolicy([4, 8, 2, 8]);
        static string Show(IReadOnlyList<Choice> choices) => string.Join('|', choices.Select(choice => string.Join(',', choice.Rewards.SelectMany(action => action))));
        string Once(long seed) => Show(Tried(policy, new(), TabularPolicy.Questions(5), Parities, seed: seed));

        Assert.Equal(Once(1), Once(1));
        Assert.NotEqual(Once(1), Once(2));
    }

    private static Choice Apart(double entropy, double distance) => new(entropy, [[0.3, 0.3], [0.3 + distance, 0.3 + distance]]);

    private static double Parities(SampledText answer) => (0.5 * (1 - (answer.Tokens![0] % 2))) + (0.5 * (1 - (answer.Tokens[2] % 2)));

    private static IReadOnlyList<Choice> Tried(TabularPolicy policy, CounterfactualOptions options, Prompt[] questions,
        Func<SampledText, double> reward, int most = 4, long seed = 1) => new CounterfactualChoices(
            policy, tokens => string.Join(' ', tokens), new Sampling { MaxNewTokens = most, MinNewTokens = 2 }, options)
        .Of(questions, new(seed, 1), (_, answer) =>
        {
            Assert.Equal(string.Join(' ', answer.Tokens!), answer.Text);
            return reward(answer);
        });
}
