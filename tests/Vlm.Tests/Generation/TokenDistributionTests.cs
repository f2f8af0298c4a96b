using System.Text.Json.Nodes;
using Vlm.Generation;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class TokenDistributionTests
{
    // The reference's scores (null where it removed a token), for every filter that this sampler has.
    [SharedTheory]
    [InlineData("temperature_0.7", 0.7, 0, 1.0, 0.0)]
    [InlineData("top_k_5", 1.0, 5, 1.0, 0.0)]
    [InlineData("top_p_0.8", 1.0, 0, 0.8, 0.0)]
    [InlineData("min_p_0.1", 1.0, 0, 1.0, 0.1)]
    public void Filters_keep_what_the_reference_keeps(string name, double temperature, int topK, double topP, double minP)
    {
        using var scope = NewDisposeScope();
        JsonNode json = JsonNode.Parse(File.ReadAllText(
            SharedFiles.PathOf("fixtures", "hf", "generation", "logits_processors.json")))!;
        float[][] logits = [.. json["logits"]!.AsArray().Select(row => row!.AsArray().Select(x => x!.GetValue<float>()).ToArray())];
        double[][] wanted = [.. json["cases"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == name)!["probs"]!
            .AsArray().Select(row => row!.AsArray().Select(x => x!.GetValue<double>()).ToArray())];
        var sampling = new Sampling { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };

        Assert.Equal(3, logits.Length);
        for (int row = 0; row < logits.Length; row++)
        {
            float[] got = TokenDistribution.LogProbs(tensor(logits[row]).unsqueeze(0), sampling, null).exp().data<float>().ToArray();
            // In the last row all tokens are equal; which of them top-p drops is the sort's choice, how many is not.
            bool ties = row == 2;
            Assert.Equal(ties ? wanted[row].Order() : wanted[row], ties ? got.Order().Select(p => (double)p) : got.Select(p => (double)p),
                (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }

    // p = 0.5, 0.2, 0.3; cumulative 0.5, 0.7, 1: a number below 0.5 draws 0, below 0.7 draws 1, else 2.
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

        Assert.Equal(token, TokenDistribution.Draw(logProbs, tensor(new[] { uniform })).item<long>());
    }

    [Fact]
    public void A_banned_token_is_not_drawn_even_at_the_edges_of_the_interval()
    {
        using var scope = NewDisposeScope();
        Tensor bans = tensor(new float[] { TokenDistribution.Never, 0, 0, TokenDistribution.Never });
        Tensor logProbs = TokenDistribution.LogProbs(tensor(new float[] { 9, 1, 1, 9 }).unsqueeze(0), new Sampling(), bans);

        Assert.Equal(1, TokenDistribution.Draw(logProbs, tensor(new[] { 0f })).item<long>());
        Assert.Equal(2, TokenDistribution.Draw(logProbs, tensor(new[] { 0.9999999f })).item<long>());
        Assert.Equal(Math.Log(0.5), logProbs[0, 1].item<float>(), 1e-6);
    }
}
