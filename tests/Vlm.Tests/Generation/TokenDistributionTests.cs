using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Generation;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class TokenDistributionTests
{
    public static TheoryData<string, Sampling> Cases { get; } = new()
    {
        { "temperature_0.7", new() { Temperature = 0.7 } },
        { "top_k_5", new() { TopK = 5 } },
        { "top_p_0.8", new() { TopP = 0.8 } },
        { "top_p_0.0_keeps_one", new() { TopP = 0 } },
        { "min_p_0.1", new() { MinP = 0.1 } },
        { "rep_1.3", new() { RepetitionPenalty = 1.3 } },
        {
            "qwen_chain_rep1.05_temp0.7_topk20_topp0.8",
            new() { RepetitionPenalty = 1.05, Temperature = 0.7, TopK = 20, TopP = 0.8 }
        },
        {
            "full_chain_rep1.2_temp0.5_topk10_topp0.9_minp0.05",
            new() { RepetitionPenalty = 1.2, Temperature = 0.5, TopK = 10, TopP = 0.9, MinP = 0.05 }
        },
    };

    // Scores are up to 15 and have 24 bits: one rounding more or less is 1e-6. Two logits of the first row and all of the last
    // are equal, and of these, too, the reference's are removed.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_and_probabilities_are_the_references(string name, Sampling sampling)
    {
        using var scope = NewDisposeScope();
        ReferenceCase wanted = ReferenceCase.Read(name);

        HistoryMasks? history = HistoryRules.Of(sampling, wanted.Prompts, [], 24)
            ?.Masks([.. wanted.Prompts.Select((_, row) => new ActionHistory(row, [], 0))], CPU);
        Tensor logits = stack([.. wanted.Logits.Select(row => tensor(row))]);                // [3, 24]
        float[] scores = TokenDistribution.Scores(logits, sampling, null, history).data<float>().ToArray();
        float[] probs = TokenDistribution.LogProbs(logits, sampling, null, history).exp().data<float>().ToArray();

        for (int row = 0; row < 3; row++)
            for (int id = 0; id < 24; id++)
            {
                Assert.Equal(wanted.Scores[row][id] ?? TokenDistribution.Never, scores[row * 24 + id], 1e-6f);
                Assert.Equal(wanted.Probs[row][id], probs[row * 24 + id], 1e-6f);
                Assert.Equal(wanted.Scores[row][id] is null, probs[row * 24 + id] == 0);
            }
    }

    [Fact]
    public void Every_case_of_the_reference_is_compared() =>
        Assert.Equal(Cases.Select(item => item.Data.Item1), ReferenceCase.Names());

    // Divided by 1e-8 the scores are -2e9, -3e9 and -2.5e9, all below the -1e9 of removed tokens; the first is the best.
    [Fact]
    public void At_a_temperature_near_zero_removed_tokens_stay_hopeless()
    {
        using var scope = NewDisposeScope();
        Tensor logits = tensor(new float[] { -20, -30, -25 }).unsqueeze(0);

        float[] probs = TokenDistribution.LogProbs(logits, new Sampling { Temperature = 1e-8, TopK = 1 }, null)
            .exp().data<float>().ToArray();

        Assert.Equal([1f, 0f, 0f], probs);
    }

    // p = 0.5, 0.2, 0.3; cumulative 0.5, 0.7, 1: a number below 0.5 samples 0, below 0.7 samples 1, else 2.
    [Theory]
    [InlineData(0.0f, 0)]
    [InlineData(0.49f, 0)]
    [InlineData(0.51f, 1)]
    [InlineData(0.69f, 1)]
    [InlineData(0.71f, 2)]
    [InlineData(0.9999999f, 2)]
    public void A_uniform_number_picks_the_token_whose_share_holds_it(float uniform, long token)
    {
        using var scope = NewDisposeScope();
        Tensor logProbs = tensor(new float[] { 0.5f, 0.2f, 0.3f }).log().unsqueeze(0);

        Assert.Equal(token, TokenDistribution.Sample(logProbs, tensor(new[] { uniform })).item<long>());
    }

    [Fact]
    public void A_banned_token_is_not_drawn_even_at_the_edges_of_the_interval()
    {
        using var scope = NewDisposeScope();
        Tensor bans = tensor(new float[] { TokenDistribution.Never, 0, 0, TokenDistribution.Never });
        Tensor logProbs = TokenDistribution.LogProbs(tensor(new float[] { 9, 1, 1, 9 }).unsqueeze(0), new Sampling(), bans);

        Assert.Equal(1, TokenDistribution.Sample(logProbs, tensor(new[] { 0f })).item<long>());
        Assert.Equal(2, TokenDistribution.Sample(logProbs, tensor(new[] { 0.9999999f })).item<long>());
        Assert.Equal(Math.Log(0.5), logProbs[0, 1].item<float>(), 1e-6);
    }

    /// <summary>One case of the reference: three rows over 24 tokens, the ids before them, and what came out.</summary>
    private sealed record ReferenceCase(Prompt[] Prompts, float[][] Logits, float?[][] Scores, float[][] Probs)
    {
        internal static IEnumerable<string> Names() =>
            File()["cases"]!.AsArray().Select(one => one!["name"]!.GetValue<string>());

        internal static ReferenceCase Read(string name)
        {
            JsonNode json = File();
            JsonNode one = json["cases"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == name)!;
            return new ReferenceCase(
                [.. Rows<int>(json["input_ids"]!).Select(ids => new Prompt("", "", ids, null, []))],
                Rows<float>(json["logits"]!), Rows<float?>(one["scores"]!), Rows<float>(one["probs"]!));
        }

        private static JsonNode File() => JsonNode.Parse(System.IO.File.ReadAllText(
            Fixtures.PathOf("generation", "logits_processors.json")))!;

        private static T[][] Rows<T>(JsonNode node) => node.Deserialize<T[][]>()!;
    }
}
