using TorchSharp;
using Vlm;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models.SmolVlm;

/// <summary>Generates one answer and says how fast, and what memory the whole process took.</summary>
static class Generating
{
    private const int NewTokens = 256;

    public static Dictionary<string, object> Measure(Work work, torch.Device device, long seed, BenchOptions options)
    {
        SmolVlmModel model = RandomWeights.Model(
            work.Config with { Text = work.Config.Text with { MaxPositions = 4096 } }, options.Dtype.ScalarType(), device);
        var policy = new TokenPolicy(model, tokens => "", endTokens: []);
        Prompt prompt = work.Prompt(seed);
        var sampling = new Sampling { MaxNewTokens = NewTokens, Greedy = true };
        double[] first = new double[options.Repeats], rest = new double[options.Repeats];
        for (int repeat = 0; repeat < options.Repeats; repeat++)
            (first[repeat], rest[repeat], _) = Measured.Answer(policy.StreamAsync(prompt, sampling, default).ToBlockingEnumerable());
        return new Dictionary<string, object>
        {
            ["size"] = "generate",
            ["dtype"] = options.Dtype.ToString().ToLowerInvariant(),
            ["weights_mb"] = Math.Round(model.Parameters.Sum(item => item.Value.numel() * item.Value.element_size()) / 1e6, 1),
            ["prompt_tokens"] = prompt.Tokens.Length,
            ["first_token_s"] = Math.Round(Run.MedianOf(first), 3),
            ["tok_s"] = Math.Round(Run.MedianOf(rest), 1),
            ["threads"] = options.Threads,
            ["repeats"] = options.Repeats,
        }.WithMemory(device);
    }
}
