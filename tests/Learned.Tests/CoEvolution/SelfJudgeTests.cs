using Vlm;
using Vlm.Rewards.Learned.CoEvolution;

namespace Learned.Tests.CoEvolution;

/// <summary>Answer, judge, answer again.</summary>
public class SelfJudgeTests
{
    // Question i is answered by a0, a1 ... in turn; the judge believes answer number i, so question 0 stands at once and question 2 after two tries.
    [Theory]
    [InlineData(0, new[] { "a0", "a0", "a0" })]
    [InlineData(1, new[] { "a0", "a1", "a1" })]
    [InlineData(2, new[] { "a0", "a1", "a2" })]
    [InlineData(5, new[] { "a0", "a1", "a2" })]
    public void It_answers_again_until_it_believes_or_has_tried_enough(int most, string[] last)
    {
        var sampler = new Scripted((prompt, key) => Reply(prompt));
        Prompt[] prompts = [.. Enumerable.Range(0, 3).Select(i => Ask(Graded.Question(i)))];

        IReadOnlyList<SelfJudged> judged = SelfJudge.Answer(sampler, prompts, Ask, most, new() { Greedy = true }, new(1, 0));

        Assert.Equal(last, judged.Select(one => one.Last.Text));
        Assert.All(judged, one => Assert.Equal("a0", one.First.Text));
        Assert.Equal(last.Select(text => text[1] - '0'), judged.Select(one => one.Again));
        Assert.Equal(prompts, judged.Select(one => one.Last.Prompt));
        Assert.All(sampler.Asked.Where(asked => asked.Contains("wrong", StringComparison.Ordinal)), asked => Assert.Matches("a[01]", asked));
    }

    private static string Reply(Prompt prompt)
    {
        string asked = prompt.Example.Question;
        int question = asked[asked.IndexOf("list ", StringComparison.Ordinal) + 5] - '0';
        int seen = Enumerable.Range(0, 9).LastOrDefault(n => asked.Contains($"a{n}", StringComparison.Ordinal), -1);
        return prompt.Example.Kind == ItemKind.Pointwise ? seen == question ? "Yes." : "No, it is not."
            : $"a{seen + 1}";
    }

    // A reply that is neither yes nor no believes; one that thinks without end is asked again and never judged.
    [Fact]
    public void Only_a_no_and_a_missing_answer_ask_again()
    {
        var sampler = new Scripted((prompt, _) => prompt.Example.Kind switch
        {
            ItemKind.Pointwise => prompt.Example.Id.EndsWith("q0", StringComparison.Ordinal) ? "hm" : throw new InvalidOperationException("judged"),
            ItemKind.Reflection => "better",
            _ => prompt.Example.Id == "q0" ? "good" : "<think>and so on",
        });

        IReadOnlyList<SelfJudged> judged = SelfJudge.Answer(
            sampler, [Ask(Graded.Question(0)), Ask(Graded.Question(1))], Ask, 1, new() { Greedy = true }, new(1, 0));

        Assert.Equal(["good", "better"], judged.Select(one => one.Last.Text));
        Assert.Equal([0, 1], judged.Select(one => one.Again));
    }

    [Fact]
    public void What_does_not_fit_the_model_stands()
    {
        var sampler = new Scripted((prompt, _) => prompt.Example.Kind == ItemKind.Pointwise ? "no" : "a");

        SelfJudged judged = Assert.Single(SelfJudge.Answer(sampler, [Ask(Graded.Question(0))],
            example => example.Kind == ItemKind.Reflection ? null : Ask(example), 3, new() { Greedy = true }, new(1, 0)));

        Assert.Equal(("a", 0), (judged.Last.Text, judged.Again));
        Assert.Equal(2, sampler.Asked.Count);
    }

    // Replies are drawn from the stream of seed, call and prompt alone: which other prompts are still open changes nothing.
    [Fact]
    public void Sampled_answers_do_not_depend_on_who_is_asked_beside()
    {
        static string Draw(Prompt prompt, SampleKey key)
        {
            var random = new RandomStream(key.Seed, "reply", key.Step, key.FirstPrompt);
            return prompt.Example.Kind == ItemKind.Pointwise ? random.Next(2) == 0 ? "yes" : "no" : $"a{random.Next(1000)}";
        }

        Prompt[] prompts = [.. Enumerable.Range(0, 12).Select(i => Ask(Graded.Question(i)))];
        string[] together = Last(prompts, 0), apart = [.. prompts.Index().SelectMany(one => Last([one.Item], one.Index))];

        Assert.Equal(together, apart);
        Assert.InRange(together.Distinct().Count(), 10, 12);

        static string[] Last(Prompt[] some, int first) => [.. SelfJudge.Answer(new Scripted(Draw), some, Ask, 3, new(), new(1, 0, first))
            .Select(one => $"{one.Again} {one.First.Text} {one.Last.Text}")];
    }

    // A verdict and the answer after it must not be drawn from the same numbers.
    [Fact]
    public void Every_call_about_a_prompt_draws_numbers_of_its_own()
    {
        var keys = new List<SampleKey>();
        var sampler = new Scripted((prompt, key) =>
        {
            keys.Add(key);
            return prompt.Example.Kind == ItemKind.Pointwise ? "no" : $"a{keys.Count}";
        });

        SelfJudge.Answer(sampler, [Ask(Graded.Question(0)), Ask(Graded.Question(1))], Ask, 3, new(), new(1, 5));

        Assert.Equal(2 * 7, keys.Count);        // an answer, then three verdicts and three answers, of two prompts
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    private static Prompt Ask(Example example) => new(example, "", [], null, []);

    // Answers each prompt by what it asks and by the number it has.
    private sealed class Scripted(Func<Prompt, SampleKey, string> reply) : ISampler
    {
        public List<string> Asked { get; } = [];

        public Rollout[] Sample(IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel)
        {
            Asked.AddRange(prompts.Select(prompt => prompt.Example.Question));
            return [.. prompts.Select((prompt, i) => new Rollout(prompt, 0, [], [], [],
                reply(prompt, key with { FirstPrompt = key.FirstPrompt + i }), StopReason.EndOfSequence))];
        }

        public IAsyncEnumerable<int> StreamAsync(Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel) =>
            throw new NotSupportedException();
    }
}
